/**
 * Entities behind the messages, for models whose loading somebody hears (`@AfterLoad()`, `afterLoad` of a
 * subscriber) and for properties that only an entity has. They are made from the rows that were read anyway; what
 * they hold after the event is what the messages say.
 */
import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm';
import { toMessageColumn, toMessageProperty, type RawRow } from './column-reader.js';
import type { Column, Relation } from './column-types.js';
import { isHeard } from './listeners.js';
import { isInMessage } from './messages.js';
import type { CallAccess } from './call-access.js';
import type { SerializerShape, ShapeField } from './shape.js';
import type { Shapes } from './shapes.js';

type Draft = Record<string, unknown>;

interface SelectedColumn {
  readonly alias: string;
  readonly hydrate: (raw: unknown) => unknown;
}

interface LoadedColumn extends SelectedColumn {
  readonly column: Column;
}

type Finish = (entity: ObjectLiteral, draft: Draft) => void;

export interface LoadedEntity {
  readonly loader: EntityLoader;
  readonly draft: Draft;
  readonly entity: ObjectLiteral;
}

/** Why the messages of a serializer, or of those it nests, need entities; undefined: rows are enough. */
export function whyEntities(
  dataSource: DataSource,
  shapes: Shapes,
  { serializer, metadata, fields }: SerializerShape,
): string | undefined {
  if (!metadata) return undefined;
  if (isHeard(dataSource, metadata, 'afterLoad')) return `the loading of "${metadata.name}" is listened to`;
  for (const field of fields.filter((each) => isInMessage(each, 'Response'))) {
    const { source, type, property } = field;
    if (source.kind === 'property') return `${serializer.name}.${property} is a property of the entity`;
    const nested = type.kind === 'serializer' ? shapes.get(type.serializer) : undefined;
    const reason = nested && whyEntities(dataSource, shapes, nested);
    if (reason) return reason;
  }
  return undefined;
}

/** Makes the entities of one place in a serializer's tree. */
export class EntityLoader {
  /** By the model, and by its child entities. */
  private readonly columns: ReadonlyMap<EntityMetadata, readonly LoadedColumn[]>;
  private readonly discriminator: string | undefined;
  private readonly relations: readonly { readonly property: string; readonly relation: Relation }[];
  private readonly finishers: readonly Finish[];

  /** @param select adds a column to the statement */
  constructor(
    shape: SerializerShape,
    private readonly metadata: EntityMetadata,
    select: (column: Column) => SelectedColumn,
  ) {
    const fields = shape.fields.filter((field) => isInMessage(field, 'Response'));
    const declared = new Set(fields.flatMap(({ source }) => (source.kind === 'column' ? source.column : [])));
    const columns = metadata.columns
      .filter((column) => (column.isSelect && !column.isVirtual) || declared.has(column))
      .map((column) => Object.assign({ column }, select(column)));
    this.columns = new Map(
      [metadata, ...metadata.childEntityMetadatas].map((each) => [
        each,
        columns.filter(({ column }) => each.findColumnWithPropertyPath(column.propertyPath)),
      ]),
    );
    this.discriminator = metadata.discriminatorColumn && select(metadata.discriminatorColumn).alias;
    this.relations = fields.flatMap(({ property, source }) =>
      source.kind === 'nested' ? { property, relation: source.relation } : [],
    );
    this.finishers = fields.flatMap((field) => finisherOf(field) ?? []);
  }

  load(row: RawRow): ObjectLiteral {
    const metadata = this.metadataOf(row);
    const entity = metadata.create(undefined, { fromDeserializer: true });
    for (const { column, alias, hydrate } of this.columns.get(metadata) ?? [])
      column.setEntityValue(entity, hydrate(row[alias]));
    return entity;
  }

  /** Gives an entity the related entities that its message nests. */
  link(entity: ObjectLiteral, draft: Draft, entityOf: (draft: Draft) => ObjectLiteral | undefined): void {
    for (const { property, relation } of this.relations) {
      const nested = draft[property] as Draft | readonly Draft[] | null;
      relation.setEntityValue(
        entity,
        Array.isArray(nested) ? nested.map(entityOf) : nested && entityOf(nested as Draft),
      );
    }
  }

  /** Takes over into the message what the event made of the entity. */
  finish(entity: ObjectLiteral, draft: Draft): void {
    for (const finish of this.finishers) finish(entity, draft);
  }

  private metadataOf(row: RawRow): EntityMetadata {
    if (this.discriminator === undefined) return this.metadata;
    const value = row[this.discriminator];
    return (
      this.metadata.childEntityMetadatas.find(({ discriminatorValue }) => discriminatorValue === value) ??
      this.metadata
    );
  }
}

/**
 * Tells that the entities are loaded, then completes their messages.
 *
 * @param roots messages of `metadata`; the event goes from them to the related entities, as TypeORM does it
 */
export async function finishEntities(
  metadata: EntityMetadata,
  roots: readonly Draft[],
  loaded: readonly LoadedEntity[],
  access: CallAccess,
): Promise<void> {
  const entities = new Map(loaded.map(({ draft, entity }) => [draft, entity]));
  for (const { loader, draft, entity } of loaded)
    loader.link(entity, draft, (nested) => entities.get(nested));
  await access.run(async ({ queryRunner, connection }) => {
    const runner = queryRunner ?? connection.createQueryRunner();
    try {
      await runner.broadcaster.broadcast(
        'Load',
        metadata,
        roots.flatMap((draft) => entities.get(draft) ?? []),
      );
    } finally {
      if (!queryRunner) await runner.release();
    }
  });
  for (const { loader, draft, entity } of loaded) loader.finish(entity, draft);
}

function finisherOf({ property, source, type, repeated }: ShapeField): Finish | undefined {
  switch (source.kind) {
    case 'column': {
      const { column } = source;
      const convert = toMessageColumn(column, type);
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
      const finishers = fields.flatMap((field) => finisherOf(field) ?? []);
      return (entity, draft) => {
        for (const finish of finishers) finish(entity, draft[property] as Draft);
      };
    }
    default:
      return undefined;
  }
}
