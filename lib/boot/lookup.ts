import type { EntityMetadata } from 'typeorm';
import type { LookupPart } from '../crud/compiled-controller.js';
import { persistentValue } from '../serialization/column-reader.js';
import {
  findColumnType,
  type Column,
  type ConventionsName,
  type ValueKind,
} from '../serialization/column-types.js';
import { fromMessageValue, InvalidValue, type FromMessage } from '../serialization/input-values.js';

/** The properties that find one object of a model: the named ones, or its primary key. */
export function lookupParts(
  controller: string,
  metadata: EntityMetadata,
  lookup: string | readonly string[] | undefined,
  conventions: ConventionsName,
  problems: string[],
): readonly LookupPart[] {
  const names = lookup ?? metadata.primaryColumns.map((column) => column.propertyPath);
  // Nothing to look for finds anything: Destroy would remove a row that nobody named.
  if (lookup?.length === 0)
    problems.push(
      `${controller}: "lookup" names no property. Name one, or leave it out for the primary key.`,
    );
  return [names].flat().flatMap((property) => {
    const column = metadata.findColumnWithPropertyPath(property);
    const type = column && findColumnType(column, conventions);
    if (column && type && type.proto !== 'google.protobuf.Struct')
      return [
        {
          property,
          column,
          convert: converter(
            column,
            type.kind,
            fromMessageValue({
              kind: 'scalar',
              scalar: type.proto,
              value: type.kind,
            }),
          ),
        },
      ];
    problems.push(
      `${controller}: lookup "${property}" is no column of "${metadata.name}" that finds an object. Correct "lookup".`,
    );
    return [];
  });
}

/** A request of the application's own may name a key in another type; the database has it as the column's transformer says. */
function converter(column: Column, kind: ValueKind, convert: FromMessage): FromMessage {
  return (value) => {
    const numeric = kind === 'integer' && typeof value === 'string' && /^-?\d+$/.test(value);
    const converted = convert(numeric ? Number(value) : value);
    return converted instanceof InvalidValue ? converted : persistentValue(column, converted);
  };
}
