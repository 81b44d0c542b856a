/**
 * Arithmetic on reserved numbers, and the lines that declare them. Pure; used by the numbering, by the
 * printer and by the comparison of contracts, which all must agree on what "the same reservation" is.
 */
import type { Reserved } from './descriptors.js';

/** A range of numbers, inclusive on both sides. */
export type NumberRange = readonly [from: number, to: number];

/** 2^29 - 1. See https://protobuf.dev/programming-guides/proto3/#assigning */
export const MAX_FIELD_NUMBER = 536_870_911;

/** 2^31 - 1: an enum travels as int32. */
export const MAX_ENUM_NUMBER = 2_147_483_647;

/**
 * Sorts ranges and joins those that overlap or touch.
 *
 * @example
 * mergeRanges([[5, 5], [2, 3], [4, 4]]); // [[2, 5]]
 */
export function mergeRanges(ranges: readonly NumberRange[]): NumberRange[] {
  const merged: NumberRange[] = [];
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1] + 1) merged[merged.length - 1] = [last[0], Math.max(last[1], to)];
    else merged.push([from, to]);
  }
  return merged;
}

/**
 * What of `ranges` is not in `others`.
 *
 * @example
 * subtractRanges([[2, 6]], [[2, 3], [6, 9]]); // [[4, 5]]
 */
export function subtractRanges(
  ranges: readonly NumberRange[],
  others: readonly NumberRange[],
): NumberRange[] {
  const taken = mergeRanges(others);
  return mergeRanges(ranges).flatMap(([from, to]) => {
    const left: NumberRange[] = [];
    let next = from;
    for (const [start, end] of taken) {
      if (end < next || start > to) continue;
      if (start > next) left.push([next, start - 1]);
      next = end + 1;
    }
    if (next <= to) left.push([next, to]);
    return left;
  });
}

/** Whether one of the ranges holds the number. */
export function covers(ranges: readonly NumberRange[], number: number): boolean {
  return ranges.some(([from, to]) => number >= from && number <= to);
}

/**
 * The `reserved` lines of a message or an enum, numbers before names because one line cannot hold both.
 *
 * @param max the number that is written as `max`: {@link MAX_FIELD_NUMBER} or {@link MAX_ENUM_NUMBER}
 * @example
 * printReserved({ ranges: [[2, 2], [5, 7]], names: ['old'] }, MAX_FIELD_NUMBER);
 * // ['reserved 2, 5 to 7;', 'reserved "old";']
 */
export function printReserved(reserved: Reserved, max: number): string[] {
  const ranges = reserved.ranges.map((range) => printRange(range, max));
  const names = reserved.names.map((name) => `"${name}"`);
  return [ranges, names].filter((list) => list.length > 0).map((list) => `reserved ${list.join(', ')};`);
}

function printRange([from, to]: NumberRange, max: number): string {
  if (from === to) return `${from}`;
  return `${from} to ${to === max ? 'max' : to}`;
}
