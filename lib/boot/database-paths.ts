import type { CompiledController } from '../crud/compiled-controller.js';
import { GenericController } from '../crud/generic-controller.js';
import { originalOf } from '../crud/grpc-controller.js';
import { overridden, RowWrites } from '../crud/row-writes/row-writes.js';
import type { RowWrite } from '../crud/row-writes/why-typeorm.js';
import { Create, Destroy, PartialUpdate, Update } from '../crud/write-actions.js';
import { whyEntities } from '../crud/write-object.js';

/**
 * Which path to the database each action of a controller takes, and why: for the log.
 *
 * @param prototype of the controller's class
 */
export function pathsOf(compiled: CompiledController, prototype: object): string[] {
  const { name, model, actions } = compiled;
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
  return [...reads, ...depths, ...writes, ...writesOf(compiled, prototype)];
}

/** The library's own actions that write, and the hooks that they are made of. */
const WRITES: readonly (readonly [action: string, hook: string, base: object, write: RowWrite])[] = [
  ['create', 'performCreate', Create.prototype, 'insert'],
  ['update', 'performUpdate', Update.prototype, 'update'],
  ['partialUpdate', 'performPartialUpdate', PartialUpdate.prototype, 'update'],
  ['destroy', 'performDestroy', Destroy.prototype, 'remove'],
];

function writesOf(compiled: CompiledController, prototype: object): string[] {
  if (!(prototype instanceof GenericController)) return [];
  const rows = new RowWrites(compiled, GenericController.overridesOf(prototype));
  return WRITES.flatMap(([action, hook, base, write]) => {
    const own = memberOf(prototype, action);
    if (own === undefined || originalOf(own) !== memberOf(base, action)) return [];
    const why =
      memberOf(prototype, hook) === memberOf(base, hook) ? rows.why(action, write) : overridden(hook);
    const way = why === undefined ? 'writes in one statement' : `writes in a transaction, since ${why}`;
    const scoped = why === undefined && compiled.scope && write !== 'insert';
    return `${compiled.name}.${action}: ${way}${scoped ? ', where its scope is about columns of the row' : ''}`;
  });
}

function memberOf(object: object, name: string): unknown {
  return (object as Readonly<Record<string, unknown>>)[name];
}

function explained(otherwise: string, why: string | undefined): string {
  return why === undefined ? otherwise : `entities, since ${why}`;
}
