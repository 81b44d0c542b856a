/**
 * Columns whose raw values are message values already, or nearly: what TypeORM's hydration and our conversion would make
 * of them in several steps is made in one. Whatever is not as expected takes the long way.
 */
import type { DataSource } from 'typeorm';
import { isSqlite } from './column-reader.js';
import { findColumnType, isList, type Column } from './column-types.js';
import type { ShapeFieldType } from './shape.js';

type Convert = (raw: unknown) => unknown;

/**
 * What raw values usually are: a text, a number, a flag, a flag as 0 or 1, a moment as TypeORM writes it on SQLite, a moment
 * as a `Date`.
 */
export type PlainKind = 'text' | 'integer' | 'float' | 'flag' | 'bit' | 'moment' | 'date';

/** Undefined: raw values have to be converted. */
export function plainKindOf(
  dataSource: DataSource,
  column: Column,
  type: ShapeFieldType,
): PlainKind | undefined {
  if (type.kind !== 'scalar' || column.transformer || column.isVirtualProperty || isList(column))
    return undefined;
  const kind = findColumnType(column, 'socio')?.kind;
  if (kind !== type.value) return undefined;
  switch (kind) {
    case 'integer':
    case 'float':
      return kind;
    case 'string':
    case 'uuid':
      return type.scalar === 'string' ? 'text' : undefined;
    case 'boolean':
      return isSqlite(dataSource) ? 'bit' : 'flag';
    case 'datetime':
      if (type.scalar !== 'string') return undefined;
      return isSqlite(dataSource) ? 'moment' : 'date';
    default:
      return undefined;
  }
}

/** @param whole the long way, which knows all values */
export function shortened(plain: PlainKind | undefined, whole: Convert): Convert {
  switch (plain) {
    case 'integer':
      return (raw) => (Number.isInteger(raw) ? raw : whole(raw));
    case 'float':
      return (raw) => (typeof raw === 'number' ? raw : whole(raw));
    case 'text':
      return (raw) => (typeof raw === 'string' ? raw : whole(raw));
    case 'bit':
      return (raw) => (raw === 1 ? true : raw === 0 ? false : whole(raw));
    case 'flag':
      return (raw) => (typeof raw === 'boolean' ? raw : whole(raw));
    case 'moment':
      return (raw) => (isMoment(raw) ? `${raw.slice(0, 10)}T${raw.slice(11)}Z` : whole(raw));
    case 'date':
      return (raw) => (raw instanceof Date ? raw.toISOString() : whole(raw));
    case undefined:
      return whole;
  }
}

/** As TypeORM writes moments on SQLite, in UTC; days that there may not be in a month are left to `Date`. */
export function isMoment(raw: unknown): raw is string {
  return typeof raw === 'string' && MOMENT.test(raw);
}

const MOMENT = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}$/;
