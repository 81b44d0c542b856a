/** Serializers -> what reads the requests of a controller's actions. */
import type { Type } from '@nestjs/common';
import { classValidationOf, loadClassValidator } from '../serialization/class-validation.js';
import type { ConventionsName, Relation } from '../serialization/column-types.js';
import { serializersIn } from '../generation/field-list.js';
import type { MessageDraft } from '../generation/message-draft.js';
import { InputReader } from '../serialization/input.js';
import { ListedRequest } from '../serialization/listed-request.js';
import { NestedInput, type NestedField } from '../serialization/nested-input.js';
import type { ProtoSerializer, SerializerClass } from '../serialization/proto-serializer.js';
import { OneOfInput } from '../serialization/oneof-input.js';
import { RelatedReader } from '../serialization/related.js';
import { RequestValidator, type NestedReader } from '../serialization/request-validator.js';
import type { FindScope } from '../serialization/row-scope.js';
import { SerializerRules } from '../serialization/serializer-rules.js';
import type { SerializerShape, ShapeField } from '../serialization/shape.js';
import type { Shapes } from '../serialization/shapes.js';
import type { ProviderFinder } from './provider-finder.js';

type ClassValidator = Awaited<ReturnType<typeof loadClassValidator>>;

export class ValidatorCompiler {
  /** By serializer, and by the relation that is left out. */
  private readonly known = new Map<SerializerClass, Map<Relation | undefined, RequestValidator>>();

  constructor(
    private readonly controller: Type<object>,
    private readonly shapes: Shapes,
    private readonly providers: ProviderFinder,
    private readonly conventions: ConventionsName,
    private readonly classValidator: ClassValidator,
    private readonly scopeOf: FindScope,
    private readonly maxRelated: number,
  ) {}

  /** @param omitted a relation that is not read, because the parent of a nested object fills it */
  async compile(shape: SerializerShape, omitted?: Relation): Promise<RequestValidator> {
    const known = this.known.get(shape.serializer) ?? new Map<Relation | undefined, RequestValidator>();
    this.known.set(shape.serializer, known);
    const found = known.get(omitted);
    if (found) return found;
    const asked = omitted
      ? { ...shape, fields: shape.fields.filter((field) => !isOver(field, omitted)) }
      : shape;
    const nested: NestedReader[] = [];
    const validator = new RequestValidator(
      asked,
      new InputReader(asked, this.conventions, this.maxRelated),
      new RelatedReader(asked, this.scopeOf),
      nested,
      await this.rules(asked),
    );
    // Known before its nested ones are made: plain serializers may nest each other.
    known.set(omitted, validator);
    for (const field of asked.fields) {
      const { kind } = field.type;
      if (!field.readOnly && (kind === 'serializer' || kind === 'oneof'))
        nested.push(...(await this.nestedReaders(field)));
    }
    return validator;
  }

  /**
   * What reads a request of listed fields; undefined where nothing is nested in it.
   *
   * @param draft of the request; where that is a list, its items are read one by one
   */
  async compileListed(draft: MessageDraft, place: string): Promise<ListedRequest | undefined> {
    const { content, fields } = draft.content.kind === 'list' ? draft.content.item : draft;
    const listed = content.kind === 'fields' ? serializersIn(fields) : [];
    if (listed.length === 0) return undefined;
    const nested: NestedReader[] = [];
    for (const { property, serializer, name, cardinality, member } of listed) {
      const shape = this.shapes.get(serializer);
      if (!shape) continue;
      const validator = await this.compile(shape);
      const repeated = cardinality === 'repeated';
      const field: NestedField = { property, name, repeated, source: { kind: 'message' } };
      const reader = (held: NestedField) => new NestedInput(held, validator, undefined);
      nested.push(
        member === undefined ? reader(field) : OneOfInput.create(field, { property: member, name }, reader),
      );
    }
    const required = listed.filter((each) => each.cardinality === 'singular' && each.member === undefined);
    return new ListedRequest(place, new Set(Object.keys(fields)), required, nested);
  }

  private async nestedReaders(field: ShapeField): Promise<NestedReader[]> {
    const { type } = field;
    const inner = type.kind === 'serializer' ? this.shapes.get(type.serializer) : undefined;
    if (inner)
      return [new NestedInput(field, await this.compile(inner, filledByParent(field)), this.scopeOf(field))];
    const readers: NestedReader[] = [];
    for (const member of type.kind === 'oneof' ? type.members : []) {
      const shape = member.type.kind === 'serializer' ? this.shapes.get(member.type.serializer) : undefined;
      if (!shape) continue;
      const validator = await this.compile(shape);
      readers.push(OneOfInput.create(field, member, (held) => new NestedInput(held, validator, undefined)));
    }
    return readers;
  }

  private async rules(shape: SerializerShape): Promise<SerializerRules> {
    const { serializer } = shape;
    const instance = await this.providers.instance<ProtoSerializer>(
      this.controller,
      serializer as Type<ProtoSerializer>,
    );
    const classValidation = this.classValidator && classValidationOf(serializer, this.classValidator);
    return new SerializerRules(shape, instance, classValidation);
  }
}

function isOver({ source }: ShapeField, relation: Relation): boolean {
  return 'relation' in source && source.relation === relation;
}

/** Children of a one-to-many, or of the inverse side of a one-to-one, belong to the object that nests them. */
function filledByParent({ source }: ShapeField): Relation | undefined {
  if (source.kind !== 'nested') return undefined;
  const { relation } = source;
  return relation.isOneToMany || relation.isOneToOneNotOwner ? relation.inverseRelation : undefined;
}
