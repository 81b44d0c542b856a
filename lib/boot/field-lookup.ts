import type { EntityMetadata } from 'typeorm';
import type { FieldLookup } from '../errors/grpc-status.js';
import type { CompiledController } from '../crud/compiled-controller.js';
import type { SerializerShape, ShapeField } from '../serialization/shape.js';

/** How errors of the database name the fields of the message that the caller sent. */
export function fieldLookup(controller: CompiledController, action: string): FieldLookup | undefined {
  const { model, actions } = controller;
  const shape = actions.get(action)?.shape;
  if (!model || !shape) return undefined;
  return (table, columns) => {
    if (table !== model.metadata.tableName && table !== model.metadata.tablePath) return undefined;
    const fields = columns.map((column) => fieldOf(shape, model.metadata, column));
    return fields.every((field) => field !== undefined) ? fields.map(({ name }) => name) : undefined;
  };
}

function fieldOf(
  shape: SerializerShape,
  metadata: EntityMetadata,
  databaseName: string,
): ShapeField | undefined {
  const column = metadata.columns.find((candidate) => candidate.databaseName === databaseName);
  return (
    column &&
    shape.fields.find(({ source }) => {
      if (source.kind === 'column') return source.column === column;
      return source.kind === 'key' && source.relation.joinColumns.includes(column);
    })
  );
}
