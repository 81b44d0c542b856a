/** Enum columns -> enums of the contract. */
import { getMetadataArgsStorage } from 'typeorm';
import { NOTHING_RESERVED, type EnumDescriptor } from '../proto/descriptors.js';
import { pascalCase, screamingSnakeCase } from '../proto/names.js';
import { columnTypeName, type Column } from './column-types.js';

export function isEnumColumn(column: Column): boolean {
  return /^(simple-)?enum$/.test(columnTypeName(column));
}

/**
 * The enum of a column, wrapped in a message of its own as the reference places it by default:
 * `message BookGenre { enum Enum {…} }`. TypeScript enums have no name at run time, so it is built from model
 * and property.
 */
export function describeColumnEnum(column: Column): EnumDescriptor {
  const members = enumMembers(column);
  return {
    kind: 'enum',
    name: `${column.entityMetadata.name}${pascalCase(column.propertyName)}.Enum`,
    values: [
      { kind: 'enum-value', name: 'ENUM_UNSPECIFIED', number: -1, value: undefined, comment: [] },
      ...members.map(([name, value]) => ({
        kind: 'enum-value' as const,
        name,
        number: -1,
        value,
        comment: [],
      })),
    ],
    reserved: NOTHING_RESERVED,
    comment: [],
  };
}

function enumMembers(column: Column): readonly (readonly [name: string, value: string | number])[] {
  const declared = declaredEnum(column);
  if (declared && !Array.isArray(declared)) {
    // A numeric TypeScript enum also maps its numbers back to names.
    const names = Object.keys(declared).filter((name) => !/^-?\d+$/.test(name));
    return names.map((name) => [
      screamingSnakeCase(name),
      (declared as Record<string, string | number>)[name] ?? name,
    ]);
  }
  return (column.enum ?? []).map((value) => [
    screamingSnakeCase(`${/^\d/.test(String(value)) ? 'VALUE_' : ''}${value}`),
    value,
  ]);
}

/** TypeORM's metadata keeps values only; the enum object with its names is in the decorator's arguments. */
function declaredEnum(column: Column): unknown {
  const { target, propertyName } = column;
  const args = getMetadataArgsStorage().columns.find(
    (candidate) =>
      candidate.propertyName === propertyName &&
      typeof candidate.target === 'function' &&
      (candidate.target === target ||
        (typeof target === 'function' && target.prototype instanceof candidate.target)),
  );
  return args?.options.enum;
}
