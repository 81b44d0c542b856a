/** Drafts -> messages of the contract, with their names. */
import type { FieldDescriptor, WellKnownName } from '../proto/descriptors.js';
import { isExternal, type ExternalMessage } from '../proto/external-message.js';
import { messageName, serializerBaseName, snakeCase } from '../proto/names.js';
import type { ConventionsName } from '../serialization/column-types.js';
import type { MessageHome, MessageOwner } from '../serialization/message-home.js';
import type { MessageCatalog } from '../serialization/messages.js';
import type { SerializerClass } from '../serialization/proto-serializer.js';
import type { Shapes } from '../serialization/shapes.js';
import { ListedFields, type FieldList } from './field-list.js';
import type { ActionTarget, MessageDraft } from './message-draft.js';
import type { MessageNames } from './message-names.js';

export const EMPTY = 'google.protobuf.Empty';

/** One action, as far as its messages need to know it. */
export interface NamedAction {
  readonly target: ActionTarget;
  readonly rpc: string;
  readonly names: MessageNames;
  /** `PostController.publish`, as problems name it. */
  readonly place: string;
  /** How its messages get other names, where that is not plain. */
  readonly cure: string | undefined;
  /** Properties of the serializer that find an object. */
  readonly lookup: readonly string[];
}

const OTHER_LIST =
  'Give both controllers the same kind of "pagination", or one of them a serializer class of its own.';

export class MessageBuilder {
  private readonly listed: ListedFields;

  constructor(
    private readonly shapes: Shapes,
    private readonly catalog: MessageCatalog,
    private readonly problems: string[],
    private readonly conventions: ConventionsName,
  ) {
    this.listed = new ListedFields(catalog, problems, (serializer, home) => this.nested(serializer, home));
  }

  /**
   * Adds the message of a draft, and those it contains; returns its name.
   *
   * @param item it is one of a list: then a message without fields is one of its own, which may get some later
   */
  add(draft: MessageDraft, action: NamedAction, item = false): string {
    const { content, direction, enums } = draft;
    switch (content.kind) {
      case 'named':
        return this.named(draft, content.type, action);
      case 'list':
        return this.list(draft, content, action);
      case 'serializer':
        return this.catalog.addSerializer(content.serializer, direction, enums, {
          name: nameUnlessStandard(draft, content.serializer, action),
          partial: content.partial,
          beside:
            Object.keys(draft.fields).length > 0
              ? (home) => this.listed.describe(draft.fields, home, action.place)
              : undefined,
        });
      default:
        return this.fields(draft, action, item);
    }
  }

  private fields(draft: MessageDraft, action: NamedAction, item: boolean): string {
    const name = nameOf(draft, action);
    const home: MessageHome = { name, direction: draft.direction, enums: draft.enums };
    const lookup = draft.content.kind === 'lookup' ? this.lookup(home, action) : [];
    const fields = [...lookup, ...this.listed.describe(draft.fields, home, action.place)];
    if (fields.length === 0 && draft.name === undefined && !item) return EMPTY;
    return this.catalog.add(name, fields, { text: action.place, cure: action.cure }, draft.description);
  }

  private named(draft: MessageDraft, type: WellKnownName | ExternalMessage, { place }: NamedAction): string {
    const name = isExternal(type) ? type.name : type;
    const added = Object.keys(draft.fields);
    if (added.length > 0)
      this.problems.push(
        `${place}: ${name} cannot get the field "${added[0]}". List the fields of the ${draft.direction.toLowerCase()} instead.`,
      );
    if (isExternal(type)) return this.external(type, draft, place);
    // The reference takes a whole Struct without a name for nothing, and its clients expect that.
    if (this.conventions === 'dsg' && type !== EMPTY && draft.name === undefined) return EMPTY;
    return type;
  }

  private external(type: ExternalMessage, { direction }: MessageDraft, place: string): string {
    const where = `${place}: its ${direction.toLowerCase()}`;
    if (type.form.kind !== 'one')
      this.problems.push(
        `${where} is many messages of ${type.name}. Expected one, or fields that hold them.`,
      );
    return this.catalog.addExternal(type, where) ?? type.name;
  }

  private list(
    draft: MessageDraft,
    { item, field }: MessageDraft['content'] & { kind: 'list' },
    action: NamedAction,
  ): string {
    const { direction, enums } = draft;
    // In a list a Struct stays what it is.
    const itemName =
      item.content.kind === 'named' && !isExternal(item.content.type)
        ? item.content.type
        : this.add(item, action, true);
    const serializer = item.content.kind === 'serializer' ? item.content.serializer : undefined;
    const property = field ?? (serializer && this.shapes.get(serializer)?.listField) ?? 'results';
    const name = nameOf(draft, action, true);
    const beside = { ...this.besideItems(draft, action), ...draft.fields };
    const fields = [
      itemsField(property, itemName),
      ...this.listed.describe(beside, { name, direction, enums }, action.place),
    ];
    return this.catalog.add(name, fields, listOwner(serializer, fields, action), draft.description);
  }

  /** What tells of the page. In requests the reference has its count, whatever that may say there. */
  private besideItems({ direction }: MessageDraft, { target: { lists } }: NamedAction): FieldList {
    const answers =
      direction === 'Response'
        ? lists.answers
        : lists.answers.filter((name) => this.conventions === 'dsg' && name === 'count');
    return Object.fromEntries(answers.map((name) => [name, name === 'count' ? 'int32' : 'string']));
  }

  /** As in the serializer, but without presence: a lookup needs its key. */
  private lookup(home: MessageHome, { target, lookup, place }: NamedAction): FieldDescriptor[] {
    const { serializer } = target;
    const shape = serializer && this.shapes.get(serializer);
    return lookup.flatMap((property) => {
      const field = shape?.fields.find((candidate) => candidate.property === property);
      if (field)
        return { ...this.catalog.describeField(field, home), cardinality: 'singular' as const, comment: [] };
      if (shape)
        this.problems.push(
          `${place.split('.')[0]}: lookup "${property}" is no field of ${shape.serializer.name}. Add it to "fields", or set "lookup".`,
        );
      return [];
    });
  }

  /** The reference names such a message after the class, with the fields of both directions and no enums. */
  private nested(serializer: SerializerClass, { direction, enums }: MessageHome): string {
    if (this.conventions !== 'dsg') return this.catalog.addSerializer(serializer, direction, enums);
    return this.catalog.addSerializer(serializer, 'Response', 'values', { name: serializer.name, all: true });
  }
}

function nameOf(draft: MessageDraft, { names, target, rpc }: NamedAction, list = false): string {
  const { service } = target;
  const { direction, name: given } = draft;
  return names.nameOf({ direction, list, given, stem: stemOf(draft, service, rpc), service, rpc });
}

/** A message with its standard name is the serializer's own, whoever uses it. */
function nameUnlessStandard(
  draft: MessageDraft,
  serializer: SerializerClass,
  action: NamedAction,
): string | undefined {
  const name = nameOf(draft, action);
  const standard = messageName(undefined, serializerBaseName(serializer.name), draft.direction);
  return draft.name === undefined && name === standard ? undefined : name;
}

function stemOf({ content }: MessageDraft, service: string, rpc: string): string {
  if (content.kind === 'list') return stemOf(content.item, service, rpc);
  return content.kind === 'serializer' ? serializerBaseName(content.serializer.name) : `${service}${rpc}`;
}

function itemsField(property: string, item: string): FieldDescriptor {
  return {
    kind: 'field',
    name: snakeCase(property),
    property,
    type: { kind: 'message', name: item },
    cardinality: 'repeated',
    number: 0,
    comment: [],
  };
}

/** Controllers of one serializer may page in different ways. */
function listOwner(
  serializer: SerializerClass | undefined,
  fields: readonly FieldDescriptor[],
  { place }: NamedAction,
): MessageOwner {
  if (!serializer) return { text: `the list of ${place}` };
  const names = fields.map(({ name }) => name).join(', ');
  return { text: `the list of ${serializer.name} with ${names}`, cure: OTHER_LIST };
}
