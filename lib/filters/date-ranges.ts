/**
 * What counts as one moment. Answers show milliseconds, while PostgreSQL keeps microseconds and SQLite texts of several
 * lengths: what a caller was shown must find the row.
 */
import type { DataSource } from 'typeorm';
import { isSqlite } from '../serialization/column-reader.js';

/** From a millisecond, included, to the next one, excluded; in the column's own form. */
export function instantRange(dataSource: DataSource, value: Date): { from: unknown; to: unknown } {
  const next = new Date(value.getTime() + 1);
  if (!isSqlite(dataSource)) return { from: value, to: next };
  return { from: sqliteText(value), to: sqliteText(next) };
}

/** The least of all texts that SQLite has for a moment: `datetime('now')` writes no milliseconds, TypeORM does. */
function sqliteText(value: Date): string {
  if (value.getTime() >= FIVE_DIGITS) return BEHIND_DIGITS;
  return value
    .toISOString()
    .replace('T', ' ')
    .replace('Z', '')
    .replace(/\.000$/, '');
}

/** The first moment of a year that ISO 8601 writes with a sign, which is less than any digit. */
const FIVE_DIGITS = Date.UTC(10_000, 0);
const BEHIND_DIGITS = ':';

/** `10:20` is also written `10:20:00` and `10:20:00.000`: the least and the greatest of the texts of one time. */
export function timeRange(value: string): { from: string; to: string } {
  const [hours = '', minutes = '', seconds = '00'] = value.split(':');
  const [whole = '00', fraction = ''] = seconds.split('.');
  const to = `${hours}:${minutes}:${whole}.${fraction.padEnd(6, '0')}`;
  return { from: to.replace(/\.?0+$/, '').replace(/:00$/, ''), to };
}
