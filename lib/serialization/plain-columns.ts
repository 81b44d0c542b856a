/**
 * Columns whose raw values are message values already, or nearly: what TypeORM's hydration and our conversion would make
 * of them in several steps is made in one. Whatever is not as expected takes the long way.
 */
import type { DataSource } from 'typeorm';
import { isSqlite } from './column-reader.js';
import { findColumnType, isList, type Column } from './column-types.js';
import type { ShapeFieldType } from './shape.js';

type Convert = (raw: unknown) => unknown;

/** @param whole the long way, which knows all values */
export function shortened(
  dataSource: DataSource,
  column: Column,
  type: ShapeFieldType,
  whole: Convert,
): Convert {
  if (type.kind !== 'scalar' || column.transformer || column.isVirtualProperty || isList(column))
    return whole;
  const kind = findColumnType(column, 'socio')?.kind;
  if (kind !== type.value) return whole;
  switch (kind) {
    case 'integer':
      return (raw) => (Number.isInteger(raw) ? raw : whole(raw));
    case 'float':
      return (raw) => (typeof raw === 'number' ? raw : whole(raw));
    case 'string':
    case 'uuid':
      return type.scalar === 'string' ? (raw) => (typeof raw === 'string' ? raw : whole(raw)) : whole;
    case 'boolean':
      return isSqlite(dataSource)
        ? (raw) => (raw === 1 ? true : raw === 0 ? false : whole(raw))
        : (raw) => (typeof raw === 'boolean' ? raw : whole(raw));
    case 'datetime':
      return isSqlite(dataSource) && type.scalar === 'string'
        ? (raw) =>
            typeof raw === 'string' && MOMENT.test(raw) ? `${raw.slice(0, 10)}T${raw.slice(11)}Z` : whole(raw)
        : whole;
    default:
      return whole;
  }
}

/** As TypeORM writes moments on SQLite, in UTC; days that there may not be in a month are left to `Date`. */
const MOMENT = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}$/;
