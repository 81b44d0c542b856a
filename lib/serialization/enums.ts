/** Enums of TypeScript, lists of values and enum columns -> enums of the contract. */
import 'reflect-metadata';
import { getMetadataArgsStorage } from 'typeorm';
import { NOTHING_RESERVED, type EnumDescriptor, type EnumValueDescriptor } from '../proto/descriptors.js';
import { pascalCase, screamingSnakeCase } from '../proto/names.js';
import { columnTypeName, type Column } from './column-types.js';
import { linesOf } from './declarations.js';

/** A TypeScript enum, or a list of values. */
export type EnumType = Readonly<Record<string, string | number>> | readonly (string | number)[];

/** Names of a TypeScript enum's members; of a list its values. */
export type EnumMember<E extends EnumType> = E extends readonly (infer V extends string | number)[]
  ? V
  : Exclude<keyof E, number> & string;

/** What `declareEnum()` says of an enum. */
export interface EnumOptions<E extends EnumType = EnumType> {
  /** Name in the `.proto`. */
  readonly name: string;
  /** Comment of the enum: one line, or several. */
  readonly description?: string | readonly string[];
  /** Comments of its members. */
  readonly members?: { readonly [M in EnumMember<E>]?: string | readonly string[] };
}

const OPTIONS = Symbol('nestjs-socio-grpc:enum');

/**
 * Names an enum in the contract and describes it, wherever it is used: in columns, serializers and actions. A TypeScript
 * enum has no name at run time, so without it an enum is named after the model and property, or the message and field,
 * that use it.
 *
 * @example
 * export enum Genre { Novel = 'novel', Poetry = 'poetry' }
 * declareEnum(Genre, { name: 'Genre', description: 'Where a book stands', members: { Novel: 'Prose of some length' } });
 */
export function declareEnum<const E extends EnumType>(type: E, options: EnumOptions<E>): void {
  Reflect.defineMetadata(OPTIONS, options, type);
}

export function isDeclaredEnum(type: object): type is EnumType {
  return Reflect.hasMetadata(OPTIONS, type);
}

/**
 * Where an enum stands in the file:
 * - `global-wrapped`: `message Genre { enum Enum {…} }`, so that members of different enums may have one name;
 * - `global`: `enum Genre {…}`;
 * - `message`, `message-wrapped`: the same inside of each message that uses it.
 */
export type EnumPlacement = 'global-wrapped' | 'global' | 'message' | 'message-wrapped';

/** Where the reference has them. */
export const STANDARD_PLACEMENT: EnumPlacement = 'global-wrapped';

export function isEnumColumn(column: Column): boolean {
  return /^(simple-)?enum$/.test(columnTypeName(column));
}

/** The enum of a column, without a place yet. */
export function describeColumnEnum(column: Column): EnumDescriptor {
  return describeEnum(
    declaredEnum(column) ?? column.enum ?? [],
    `${column.entityMetadata.name}${pascalCase(column.propertyName)}`,
  );
}

/**
 * An enum without a place in the file, and so without its unspecified value.
 *
 * @param name what it is called where nothing was declared for it
 */
export function describeEnum(type: EnumType, name: string): EnumDescriptor {
  const options = Reflect.getMetadata(OPTIONS, type) as EnumOptions | undefined;
  const comments = (options?.members ?? {}) as Readonly<Record<string, string | readonly string[]>>;
  return {
    kind: 'enum',
    name: options?.name ?? name,
    values: membersOf(type).map(({ key, member, value }) => ({
      kind: 'enum-value',
      name: member,
      number: -1,
      value,
      comment: linesOf(comments[key]),
    })),
    reserved: NOTHING_RESERVED,
    comment: linesOf(options?.description),
  };
}

/** An enum where it is to stand, with the value that stands for none as the reference names it. */
export function placeEnum(
  descriptor: EnumDescriptor,
  placement: EnumPlacement,
  message: string,
): EnumDescriptor {
  const wrapped = placement.endsWith('wrapped');
  const unspecified: EnumValueDescriptor = {
    kind: 'enum-value',
    name: `${wrapped ? 'ENUM' : screamingSnakeCase(descriptor.name)}_UNSPECIFIED`,
    number: -1,
    value: undefined,
    comment: [],
  };
  const home = placement.startsWith('message') ? `${message}.` : '';
  return {
    ...descriptor,
    name: `${home}${descriptor.name}${wrapped ? '.Enum' : ''}`,
    values: [unspecified, ...descriptor.values],
  };
}

function membersOf(type: EnumType): { key: string; member: string; value: string | number }[] {
  if (Array.isArray(type))
    return (type as readonly (string | number)[]).map((value) => ({
      key: String(value),
      member: screamingSnakeCase(`${/^\d/.test(String(value)) ? 'VALUE_' : ''}${value}`),
      value,
    }));
  // A numeric TypeScript enum also maps its numbers back to names.
  const keys = Object.keys(type).filter((key) => !/^-?\d+$/.test(key));
  return keys.map((key) => ({
    key,
    member: screamingSnakeCase(key),
    value: (type as Record<string, string | number>)[key] ?? key,
  }));
}

/** TypeORM's metadata keeps values only; the enum object with its names is in the decorator's arguments. */
function declaredEnum(column: Column): EnumType | undefined {
  const { target, propertyName } = column;
  const args = getMetadataArgsStorage().columns.find(
    (candidate) =>
      candidate.propertyName === propertyName &&
      typeof candidate.target === 'function' &&
      (candidate.target === target ||
        (typeof target === 'function' && target.prototype instanceof candidate.target)),
  );
  return args?.options.enum as EnumType | undefined;
}
