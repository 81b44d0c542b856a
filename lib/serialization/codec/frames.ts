/** Where a nested message ends, and how to get over what its reader does not know. */
import type { Reader } from 'protobufjs/minimal.js';
import { Malformed, MAX_DEPTH, TOO_DEEP } from './errors.js';
import { DELIMITED, END_GROUP, FIXED32, FIXED64, START_GROUP, VARINT } from './value-codec.js';

/**
 * Narrows the reader to the next `length` bytes, so that nothing inside can read beyond them.
 *
 * @returns the former end, which the caller sets again behind the last field
 */
export function enter(reader: Reader, length: number, depth: number): number {
  if (depth > MAX_DEPTH) throw new Malformed(TOO_DEEP);
  const outer = reader.len;
  const end = reader.pos + length;
  if (end > outer) throw new Malformed('truncated message');
  reader.len = end;
  return outer;
}

/**
 * Skips the field behind a tag that has no reader. Not protobufjs's `skipType`: that takes a varint of any
 * length and counts depth from a global setting.
 */
export function skipField(reader: Reader, tag: number, depth: number): void {
  if (tag >>> 3 === 0) throw new Malformed('invalid tag');
  switch (tag & 7) {
    case VARINT:
      // A bool is any varint of up to ten bytes.
      reader.bool();
      return;
    case FIXED64:
      reader.skip(8);
      return;
    case DELIMITED:
      reader.skip(reader.size());
      return;
    case START_GROUP:
      skipGroup(reader, tag >>> 3, depth + 1);
      return;
    case FIXED32:
      reader.skip(4);
      return;
    default:
      throw new Malformed('invalid tag');
  }
}

function skipGroup(reader: Reader, number: number, depth: number): void {
  if (depth > MAX_DEPTH) throw new Malformed(TOO_DEEP);
  const end = (number << 3) | END_GROUP;
  for (let tag = reader.tag(); tag !== end >>> 0; tag = reader.tag()) skipField(reader, tag, depth);
}
