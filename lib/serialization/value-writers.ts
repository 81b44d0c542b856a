/** Values of columns -> fields. What a driver gives as the field has it is written as it is; the rest is converted. */
import type { BufferWriter } from 'protobufjs/minimal.js';
import type { Children } from './children.js';
import { DELIMITED, tagOf, VARINT, type FieldLayout } from './codec/index.js';
import {
  isWrittenDate,
  writeDate,
  writeFlag,
  writeInt32,
  writeMoment,
  writeText,
} from './codec/quick-values.js';
import type { RawRow } from './column-reader.js';
import { isMoment } from './plain-columns.js';
import type { ReadValue } from './read-parts.js';

export type WriteRow = (writer: BufferWriter, row: RawRow, children: Children, depth: number) => void;

export function valueWriter(value: ReadValue, layout: FieldLayout): WriteRow {
  return quickWriter(value, layout) ?? anyWriter(value, layout);
}

function anyWriter({ slot, convert }: ReadValue, { write }: FieldLayout): WriteRow {
  return (writer, row, _children, depth) => {
    const value = convert(row[slot]);
    if (value !== undefined) write(writer, value, depth);
  };
}

/** Undefined: all values have to be converted. */
function quickWriter(value: ReadValue, layout: FieldLayout): WriteRow | undefined {
  const { slot, plain } = value;
  const { field } = layout;
  if (!plain || !field || field.cardinality === 'repeated' || field.type.kind !== 'scalar') return undefined;
  const { scalar } = field.type;
  const other = anyWriter(value, layout);
  /** Zeros are written where presence counts. */
  const zeros = field.cardinality === 'optional';
  const tag = (wireType: number): number => tagOf(field.number, wireType);
  if (plain === 'text' && scalar === 'string') return textWriter(slot, tag(DELIMITED), zeros, other);
  if (plain === 'moment' && scalar === 'string') return momentWriter(slot, tag(DELIMITED), other);
  if (plain === 'date' && scalar === 'string') return dateWriter(slot, tag(DELIMITED), other);
  if (plain === 'integer' && scalar === 'int32') return integerWriter(slot, tag(VARINT), zeros, other);
  if (plain === 'bit' && scalar === 'bool') return flagWriter(slot, tag(VARINT), zeros, [0, 1], other);
  if (plain === 'flag' && scalar === 'bool')
    return flagWriter(slot, tag(VARINT), zeros, [false, true], other);
  return undefined;
}

function textWriter(slot: number, tag: number, zeros: boolean, other: WriteRow): WriteRow {
  return (writer, row, children, depth) => {
    const raw = row[slot];
    if (typeof raw !== 'string') other(writer, row, children, depth);
    else if (zeros || raw !== '') writeText(writer, tag, raw);
  };
}

function momentWriter(slot: number, tag: number, other: WriteRow): WriteRow {
  return (writer, row, children, depth) => {
    const raw = row[slot];
    if (isMoment(raw)) writeMoment(writer, tag, raw);
    else other(writer, row, children, depth);
  };
}

function dateWriter(slot: number, tag: number, other: WriteRow): WriteRow {
  return (writer, row, children, depth) => {
    const raw = row[slot];
    const time = raw instanceof Date ? raw.getTime() : Number.NaN;
    if (isWrittenDate(time)) writeDate(writer, tag, time);
    else other(writer, row, children, depth);
  };
}

function integerWriter(slot: number, tag: number, zeros: boolean, other: WriteRow): WriteRow {
  return (writer, row, children, depth) => {
    const raw = row[slot];
    if (typeof raw !== 'number' || (raw | 0) !== raw) other(writer, row, children, depth);
    else if (zeros || raw !== 0) writeInt32(writer, tag, raw);
  };
}

function flagWriter(
  slot: number,
  tag: number,
  zeros: boolean,
  [off, on]: readonly [unknown, unknown],
  other: WriteRow,
): WriteRow {
  return (writer, row, children, depth) => {
    const raw = row[slot];
    if (raw === on) writeFlag(writer, tag, true);
    else if (raw !== off) other(writer, row, children, depth);
    else if (zeros) writeFlag(writer, tag, false);
  };
}
