/** What happens to the entities of a statement once all of its rows are read. */
import type { DataSource, EntityMetadata } from 'typeorm';
import type { CallAccess } from './call-access.js';
import type { LoadedEntity } from './entity-loader.js';
import { isHeard } from './listeners.js';
import { isInMessage } from './message-fields.js';
import { hasOwnToMessage } from './proto-serializer.js';
import type { Draft } from './read-parts.js';
import type { SerializerShape } from './shape.js';
import type { Shapes } from './shapes.js';

/** Why the messages of a serializer, or of those it nests, need entities; undefined: rows are enough. */
export function whyEntities(
  dataSource: DataSource,
  shapes: Shapes,
  shape: SerializerShape,
): string | undefined {
  return reasonIn(dataSource, shapes, shape, new Set());
}

function reasonIn(
  dataSource: DataSource,
  shapes: Shapes,
  shape: SerializerShape,
  seen: Set<SerializerShape>,
): string | undefined {
  const { serializer, metadata, fields } = shape;
  if (!metadata || seen.has(shape)) return undefined;
  seen.add(shape);
  if (isHeard(dataSource, metadata, 'afterLoad')) return `the loading of "${metadata.name}" is listened to`;
  if (hasOwnToMessage(serializer)) return `${serializer.name} has a toMessage() of its own`;
  for (const { source, type, property } of fields.filter((each) => isInMessage(each, 'Response'))) {
    if (source.kind === 'property') return `${serializer.name}.${property} is a property of the entity`;
    if (source.kind === 'method') return `${serializer.name}.${property} is a method`;
    if (source.kind === 'text') return `${serializer.name}.${property} is the text of an entity`;
    const nested = type.kind === 'serializer' ? shapes.get(type.serializer) : undefined;
    const reason = nested && reasonIn(dataSource, shapes, nested, seen);
    if (reason) return reason;
  }
  return undefined;
}

/**
 * Links the entities, tells that they are loaded, then completes their messages.
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
  for (const { loader, entity } of loaded) loader.protect(entity);
  const fromInside = loaded.toSorted((a, b) => b.loader.depth - a.loader.depth);
  for (const { loader, draft, entity } of fromInside) await loader.finish(entity, draft, access.context);
}
