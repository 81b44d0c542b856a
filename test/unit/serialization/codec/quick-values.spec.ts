/** Values that are written in one go are written as protobufjs writes them. */
import fc from 'fast-check';
import { BufferWriter } from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import {
  writeFlag,
  writeInt32,
  writeMoment,
  writeText,
} from '../../../../lib/serialization/codec/quick-values.js';

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
