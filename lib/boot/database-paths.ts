import type { CompiledController } from '../crud/compiled-controller.js';
import { whyEntities } from '../crud/write-object.js';

/** Which path to the database each action of a controller takes, and why: for the log. */
export function pathsOf({ name, model, actions }: CompiledController): string[] {
  const reads = [...actions].flatMap(([action, { plan }]) =>
    plan ? `${name}.${action}: reads ${explained('rows', plan.whyEntities)}` : [],
  );
  const depths = [...new Set([...actions.values()].map(({ shape }) => shape))].flatMap((shape) =>
    shape.fields.flatMap(({ property, source }) =>
      source.kind === 'nested' && source.depth !== undefined
        ? `${name}: "${property}" of ${shape.serializer.name} is read ${source.depth} levels deep`
        : [],
    ),
  );
  if (!model) return reads;
  const { dataSource, metadata } = model;
  const writes = (['insert', 'update', 'remove'] as const).map(
    (write) =>
      `${name}: ${write} of "${metadata.name}" takes ${explained('one statement', whyEntities(dataSource, metadata, write))}`,
  );
  return [...reads, ...depths, ...writes];
}

function explained(otherwise: string, why: string | undefined): string {
  return why === undefined ? otherwise : `entities, since ${why}`;
}
