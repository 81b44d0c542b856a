/** Cursors as texts: a place in a list, bound to the list it was given out by, and signed. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Position } from './page-source.js';

export interface Cursor {
  readonly from: Position;
  readonly inclusive: boolean;
  readonly backward: boolean;
}

/** Bytes of the signature; of SHA-256 the first half is more than enough for what it protects. */
const SIGNATURE = 16;
/** Longer ones were not given out by us. */
const MAX_LENGTH = 16_384;
const FLAGS = { backward: 1, inclusive: 2 } as const;

export class CursorToken {
  private readonly key: Buffer;

  constructor(secret: string | undefined) {
    this.key = createHash('sha256')
      .update(`cursor:${secret ?? ''}`)
      .digest();
  }

  /** @param fingerprint of the list */
  write({ from, inclusive, backward }: Cursor, fingerprint: string): string {
    const flags = (backward ? FLAGS.backward : 0) + (inclusive ? FLAGS.inclusive : 0);
    const body = Buffer.from(JSON.stringify([flags, ...from.map(asJson)]));
    return Buffer.concat([this.sign(body, fingerprint), body]).toString('base64url');
  }

  /** Undefined when the text is no cursor of the list. */
  read(text: string, fingerprint: string): Cursor | undefined {
    if (text.length > MAX_LENGTH) return undefined;
    const bytes = Buffer.from(text, 'base64url');
    // The last character of base64 has bits that mean nothing.
    if (bytes.length <= SIGNATURE || bytes.toString('base64url') !== text) return undefined;
    const body = bytes.subarray(SIGNATURE);
    if (!timingSafeEqual(bytes.subarray(0, SIGNATURE), this.sign(body, fingerprint))) return undefined;
    const [flags, ...from] = JSON.parse(body.toString()) as [number, ...unknown[]];
    return {
      from,
      backward: (flags & FLAGS.backward) !== 0,
      inclusive: (flags & FLAGS.inclusive) !== 0,
    };
  }

  private sign(body: Buffer, fingerprint: string): Buffer {
    return createHmac('sha256', this.key)
      .update(fingerprint)
      .update('\0')
      .update(body)
      .digest()
      .subarray(0, SIGNATURE);
  }
}

function asJson(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
