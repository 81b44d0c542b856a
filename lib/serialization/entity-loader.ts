/**
 * Entities behind the messages: for models whose loading somebody hears (`@AfterLoad()`, `afterLoad` of a subscriber),
 * for properties that only an entity has, and for methods of serializers. They are made from the rows that were read
 * anyway.
 */
import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import { toMessageProperty, type RawRow } from './column-reader.js';
import type { Column, Relation } from './column-types.js';
import { isHeard } from './listeners.js';
import { columnValue } from './json-messages.js';
import { LoadedGuard, NotLoaded } from './loaded-guard.js';
import { isInMessage } from './message-fields.js';
import type { MethodReader } from './method-reader.js';
import { columnsOf, ownColumns, type Needs } from './needs.js';
import type { ObjectMessages } from './object-messages.js';
import { hasOwnToMessage } from './proto-serializer.js';
import type { Draft, Slot } from './read-parts.js';
import { TextReader } from './related-text.js';
import type { SerializerShape, ShapeField } from './shape.js';
import type { Shapes } from './shapes.js';

interface SelectedColumn {
  readonly slot: Slot;
  readonly hydrate: (raw: unknown) => unknown;
}

interface LoadedColumn extends SelectedColumn {
  readonly column: Column;
}

type Finish = (entity: ObjectLiteral, draft: Draft) => void;

/** A relation whose related entities were read into a member of the draft. */
export interface LinkedRelation {
  readonly member: string;
  readonly relation: Relation;
  /** Only for the entity: the message does not have it. */
  readonly hidden: boolean;
  /** The entity has it: no other field reads the relation before. */
  readonly seen: boolean;
  /** `text`: the message has texts instead. */
  readonly kind: 'nested' | 'text';
}

/** One place in a serializer's tree. */
export interface LoaderOptions {
  readonly metadata: EntityMetadata;
  /** Undefined: nothing but what a method needs. */
  readonly shape: SerializerShape | undefined;
  readonly needs: Needs;
  readonly linked: readonly LinkedRelation[];
  readonly shapes: Shapes;
  /** From the object that is serialized on: `author.publisher`. */
  readonly place: string;
  /** Objects inside of others are finished before them. */
  readonly depth: number;
  /** Undefined: no method reads the entities. */
  readonly messages: ObjectMessages | undefined;
}

export interface LoadedEntity {
  readonly loader: EntityLoader;
  readonly draft: Draft;
  readonly entity: ObjectLiteral;
}

export class EntityLoader {
  readonly depth: number;
  /** By the model, and by its child entities. */
  private readonly columns: ReadonlyMap<EntityMetadata, readonly LoadedColumn[]>;
  private readonly discriminator: Slot | undefined;
  private readonly finishers: readonly Finish[];
  private readonly methods: readonly { readonly property: string; readonly reader: MethodReader }[];
  private readonly texts: readonly { readonly property: string; readonly reader: TextReader }[];
  private readonly guard: LoadedGuard | undefined;

  /** @param select adds a column to the statement */
  constructor(
    private readonly options: LoaderOptions,
    select: (column: Column) => SelectedColumn,
  ) {
    const { metadata, shape, needs, linked, shapes, place, messages } = options;
    this.depth = options.depth;
    const fields = shape?.fields.filter((field) => isInMessage(field, 'Response')) ?? [];
    const heard = isHeard(metadata.dataSource, metadata, 'afterLoad');
    const whole = heard || fields.some(({ source }) => source.kind === 'property');
    const wanted = new Set([
      ...metadata.primaryColumns,
      ...(whole ? ownColumns(metadata) : []),
      ...fields.flatMap(columnsOf),
      ...needs.columns,
    ]);
    const columns = metadata.columns
      .filter((column) => wanted.has(column) && !column.isVirtual)
      .map((column) => Object.assign({ column }, select(column)));
    this.columns = new Map(
      [metadata, ...metadata.childEntityMetadatas].map((each) => [
        each,
        columns.filter(({ column }) => each.findColumnWithPropertyPath(column.propertyPath)),
      ]),
    );
    this.discriminator = metadata.discriminatorColumn && select(metadata.discriminatorColumn).slot;
    this.finishers = fields.flatMap((field) => finisherOf(field, heard, shapes) ?? []);
    this.methods = fields.flatMap((field) =>
      field.source.kind === 'method' && shape && messages
        ? [{ property: field.property, reader: messages.method(shape, field, place) }]
        : [],
    );
    this.texts = fields.flatMap((field) =>
      field.source.kind === 'text' && shape
        ? [{ property: field.property, reader: new TextReader(shape, field, field.source, place) }]
        : [],
    );
    this.guard =
      messages &&
      new LoadedGuard(
        metadata,
        columns.map(({ column }) => column),
        linked.map(({ relation }) => relation),
        place,
      );
  }

  load(row: RawRow): ObjectLiteral {
    const metadata = this.metadataOf(row);
    const entity = metadata.create(undefined, { fromDeserializer: true });
    for (const { column, slot, hydrate } of this.columns.get(metadata) ?? [])
      column.setEntityValue(entity, hydrate(row[slot]));
    return entity;
  }

  /** Gives an entity the related entities that were read with it. */
  link(entity: ObjectLiteral, draft: Draft, entityOf: (draft: Draft) => ObjectLiteral | undefined): void {
    for (const { member, relation, hidden, seen, kind } of this.options.linked) {
      const nested = draft[member] as Draft | readonly Draft[] | null;
      const related = Array.isArray(nested) ? nested.map(entityOf) : nested && entityOf(nested as Draft);
      if (seen) relation.setEntityValue(entity, related);
      if (kind === 'text') draft[member] = related;
      if (hidden) delete draft[member];
    }
  }

  /** Makes what was not loaded throw, before methods read the entity. */
  protect(entity: ObjectLiteral): void {
    this.guard?.protect(entity);
  }

  /** Takes over into the message what the event made of the entity, and what methods give. */
  async finish(entity: ObjectLiteral, draft: Draft, context: unknown): Promise<void> {
    for (const finish of this.finishers) finish(entity, draft);
    for (const { property, reader } of this.texts) draft[property] = reader.read(draft[property], context);
    for (const { property, reader } of this.methods) draft[property] = await reader.read(entity, context);
    const { shape, messages } = this.options;
    if (!messages || !shape || !hasOwnToMessage(shape.serializer)) return;
    const message = await this.ownMessage(messages, shape, entity, { ...draft }, context);
    // In place: the message around it holds this very object.
    for (const property of Object.keys(draft)) delete draft[property];
    Object.assign(draft, message);
  }

  private async ownMessage(
    messages: ObjectMessages,
    { serializer }: SerializerShape,
    entity: ObjectLiteral,
    draft: Draft,
    context: unknown,
  ): Promise<Draft> {
    try {
      return await messages.ownMessage(serializer, entity, context, async () => ({ ...draft }));
    } catch (error) {
      if (!(error instanceof NotLoaded)) throw error;
      throw error.explained(
        `${serializer.name}.toMessage()`,
        this.options.place,
        (path) => `Name it: @ModelSerializer({ needs: [..., '${path}'] }).`,
      );
    }
  }

  private metadataOf(row: RawRow): EntityMetadata {
    const { metadata } = this.options;
    if (this.discriminator === undefined) return metadata;
    const value = row[this.discriminator];
    return (
      metadata.childEntityMetadatas.find(({ discriminatorValue }) => discriminatorValue === value) ?? metadata
    );
  }
}

/** @param heard the event may have changed columns */
function finisherOf(field: ShapeField, heard: boolean, shapes: Shapes): Finish | undefined {
  const { property, source, type, repeated } = field;
  switch (source.kind) {
    case 'column': {
      if (!heard) return undefined;
      const { column } = source;
      const convert = columnValue(field, column, shapes);
      return (entity, draft) => {
        draft[property] = convert(column.getEntityValue(entity));
      };
    }
    case 'property': {
      const convert = toMessageProperty(type, repeated);
      return (entity, draft) => {
        draft[property] = convert(entity[source.property]);
      };
    }
    case 'embedded': {
      const fields = type.kind === 'embedded' ? type.fields : [];
      const finishers = fields.flatMap((each) => finisherOf(each, heard, shapes) ?? []);
      return (entity, draft) => {
        for (const finish of finishers) finish(entity, draft[property] as Draft);
      };
    }
    default:
      return undefined;
  }
}
