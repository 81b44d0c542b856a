/** Values that are written in one go are written as protobufjs writes them. */
import fc from 'fast-check';
import { BufferWriter } from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import {
  isWrittenDate,
  writeDate,
  writeFlag,
  writeInt32,
  writeMoment,
  writeText,
} from '../../../../lib/serialization/codec/quick-values.js';

const FIRST = Date.parse('0000-01-01T00:00:00.000Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

const TAG = fc.integer({ min: 1, max: 2 ** 29 - 1 }).map((number) => (number << 3) >>> 0);

/** Behind what stands in the buffer already, so that it has to grow at any place. */
function same(before: number, quick: (writer: BufferWriter) => void, slow: (writer: BufferWriter) => void) {
  const [one, other] = [quick, slow].map((write) => {
    const writer = new BufferWriter();
    writer.raw(Buffer.alloc(before, 7));
    write(writer);
    writer.double(1.5);
    return Buffer.from(writer.finish());
  });
  expect(one).toEqual(other);
}

const BEFORE = fc.integer({ min: 0, max: 300 });

describe('values that fit', () => {
  it.each([
    ['of ASCII', fc.string({ unit: 'grapheme-ascii', maxLength: 300 })],
    ['of any characters', fc.string({ unit: 'grapheme', maxLength: 300 })],
    [
      'long enough for lengths of several bytes',
      fc
        .tuple(
          fc.constantFrom('a', 'é', '€', '𝄞', 'aé'),
          fc.constantFrom(41, 42, 63, 64, 127, 128, 4095, 4096, 5000, 9000),
        )
        .map(([unit, times]) => unit.repeat(times)),
    ],
  ])('write texts %s', (_what, texts) => {
    fc.assert(
      fc.property(TAG, texts, BEFORE, (tag, text, before) =>
        same(
          before,
          (writer) => writeText(writer, tag, text),
          (writer) => writer.uint32(tag).string(text),
        ),
      ),
      { numRuns: 300 },
    );
  });

  it('write integers', () => {
    fc.assert(
      fc.property(TAG, fc.integer(), BEFORE, (tag, value, before) =>
        same(
          before,
          (writer) => writeInt32(writer, tag, value),
          (writer) => writer.uint32(tag).int32(value),
        ),
      ),
    );
  });

  it('write flags', () => {
    fc.assert(
      fc.property(TAG, fc.boolean(), BEFORE, (tag, value, before) =>
        same(
          before,
          (writer) => writeFlag(writer, tag, value),
          (writer) => writer.uint32(tag).bool(value),
        ),
      ),
    );
  });

  it('write dates', () => {
    const times = fc.oneof(
      fc.integer({ min: FIRST, max: LAST }),
      fc.constantFrom(FIRST, LAST, 0, -1, Date.UTC(2000, 1, 29), Date.UTC(1900, 1, 28), Date.UTC(2100, 2, 1)),
    );
    fc.assert(
      fc.property(TAG, times, BEFORE, (tag, time, before) => {
        expect(isWrittenDate(time)).toBe(true);
        same(
          before,
          (writer) => writeDate(writer, tag, time),
          (writer) => writer.uint32(tag).string(new Date(time).toISOString()),
        );
      }),
      { numRuns: 3000 },
    );
    expect([FIRST - 1, LAST + 1, NaN].map(isWrittenDate)).toEqual([false, false, false]);
  });

  it('write the first and the last day of each month of four hundred years', () => {
    const writer = new BufferWriter();
    for (let month = 0; month < 4800; month += 1)
      for (const day of [0, 1]) {
        const date = new Date(Date.UTC(1800, month, day, 23, 59, 59, 999));
        writer.pos = 0;
        writeDate(writer, 8, date.getTime());
        expect(Buffer.from(writer.buf.subarray(2, writer.pos)).toString()).toBe(date.toISOString());
      }
  });

  it('write moments', () => {
    const moments = fc
      .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString());
    fc.assert(
      fc.property(TAG, moments, BEFORE, (tag, iso, before) =>
        same(
          before,
          (writer) => writeMoment(writer, tag, iso.replace('T', ' ').replace('Z', '')),
          (writer) => writer.uint32(tag).string(iso),
        ),
      ),
    );
  });
});
