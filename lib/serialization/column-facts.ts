/** What a column says of its field. */
import 'reflect-metadata';
import { findColumnType, type Column } from './column-types.js';
import type { EnumType } from './enums.js';
import type { FieldFacts, FieldTypes } from './field-types.js';
import { isOptional, type GivenType } from './written-types.js';

/** @param written a type that the declaration gives in place of the column's own */
export function columnFacts(
  property: string,
  column: Column,
  types: FieldTypes,
  written: GivenType | undefined,
  enumType?: EnumType,
): FieldFacts | undefined {
  if (written === undefined && !enumType && isJson(column) && !holdsObjects(column))
    return types.problem(
      property,
      `is ${typeName(column)} in a column of JSON, which a google.protobuf.Struct cannot hold. ` +
        `Declare it with @JsonField({ type: '${designTypeOf(column) === Array ? 'list' : 'value'}' }).`,
    );
  const type = enumType
    ? types.ofEnum(property, enumType, false, column)
    : types.ofColumn(property, column, written);
  if (!type) return undefined;
  const facts = { ...factsOfColumn(column), type: type.type, repeated: type.repeated };
  return isOptional(written) ? { ...facts, required: false } : facts;
}

/** Everything but the type. */
export function factsOfColumn(column: Column): Omit<FieldFacts, 'type' | 'repeated'> {
  return {
    source: { kind: 'column', column },
    key: column.isPrimary,
    nullable: column.isNullable,
    modelDefault: column.default !== undefined && column.default !== null,
    readOnly: isFilledByNature(column),
    maxLength: Number(column.length) || undefined,
  };
}

export function isJson(column: Column): boolean {
  return !column.isArray && findColumnType(column, 'socio')?.kind === 'json';
}

/** As far as TypeScript tells: of unions and of what is not known it says that they are objects. */
function holdsObjects(column: Column): boolean {
  return ![Array, String, Number, Boolean].includes(designTypeOf(column) as ArrayConstructor);
}

function designTypeOf({ target, propertyName }: Column): unknown {
  const prototype: unknown = typeof target === 'function' ? target.prototype : undefined;
  return prototype && Reflect.getMetadata('design:type', prototype as object, propertyName);
}

function typeName(column: Column): string {
  const name = (designTypeOf(column) as { readonly name: string }).name.toLowerCase();
  return name === 'array' ? 'an array' : `a ${name}`;
}

/** Columns that TypeORM or the database fills. */
function isFilledByNature(column: Column): boolean {
  return (
    column.isGenerated ||
    column.isCreateDate ||
    column.isUpdateDate ||
    column.isDeleteDate ||
    column.isVersion ||
    column.asExpression !== undefined ||
    column.isVirtualProperty ||
    (!column.isInsert && !column.isUpdate)
  );
}
