/** Cursors as texts: a place in a list, bound to the list it was given out by, and signed. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { ValidationException } from '../errors/validation-exception.js';
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
    return readBody(body.toString());
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

/** Without a secret anybody can sign: what is inside is looked at too. */
function readBody(text: string): Cursor | undefined {
  const parts = parsed(text);
  if (!Array.isArray(parts)) return undefined;
  const [flags, ...values] = parts as unknown[];
  if (typeof flags !== 'number' || ![0, 1, 2, 3].includes(flags)) return undefined;
  const from = values.map(fromJson);
  if (from.includes(undefined)) return undefined;
  return {
    from,
    backward: (flags & FLAGS.backward) !== 0,
    inclusive: (flags & FLAGS.inclusive) !== 0,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** JSON has neither bytes nor NaN and Infinity, which columns have. */
function asJson(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (Buffer.isBuffer(value)) return { bytes: value.toString('base64') };
  if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) };
  return value;
}

/** Undefined: we write no such value. */
function fromJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { bytes, number } = value as { bytes?: unknown; number?: unknown };
  if (typeof bytes === 'string') return Buffer.from(bytes, 'base64');
  return number === 'NaN' || number === 'Infinity' || number === '-Infinity' ? Number(number) : undefined;
}

/** What is no cursor of the list that it is sent to. */
export function invalidCursor(): ValidationException {
  const message =
    'Invalid cursor. Send one that this list gave, with the same filters, search and ordering, or none for the first page.';
  return new ValidationException({ cursor: [{ message, code: 'invalid' }] });
}
