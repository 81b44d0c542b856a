import type { FieldLookup } from '../errors/grpc-status.js';
import type { CompiledController } from '../crud/compiled-controller.js';
import type { Column } from '../serialization/column-types.js';
import type { ShapeField } from '../serialization/shape.js';

/** How errors of the database name the fields of the message that the caller sent. */
export function fieldLookup(controller: CompiledController, action: string): FieldLookup | undefined {
  const { model, actions } = controller;
  const shape = actions.get(action)?.shape;
  if (!model || !shape) return undefined;
  return (table, columns) => {
    if (table !== model.metadata.tableName && table !== model.metadata.tablePath) return undefined;
    const names = columns.flatMap((databaseName) => {
      const column = model.metadata.columns.find((candidate) => candidate.databaseName === databaseName);
      return (column && pathOf(shape.fields, column)) ?? [];
    });
    return names.length === columns.length ? names : undefined;
  };
}

/** Of an embedded message `address.city`. */
function pathOf(fields: readonly ShapeField[], column: Column): string | undefined {
  for (const { name, source, type } of fields) {
    if (source.kind === 'column' && source.column === column) return name;
    if (source.kind === 'key' && source.relation.joinColumns.includes(column)) return name;
    const inner = type.kind === 'embedded' ? pathOf(type.fields, column) : undefined;
    if (inner !== undefined) return `${name}.${inner}`;
  }
  return undefined;
}
