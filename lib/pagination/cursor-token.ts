/**
 * Cursors as texts: a place in a list, bound to the list it was given out by, and signed; with a secret also unreadable. The
 * signature is the start of the key stream, so that the same place is always the same text.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5297 for the construction
 */
import { createCipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { GrpcNotFoundException } from '@nestjs/microservices';
import { ValidationException } from '../errors/validation-exception.js';
import type { GrpcContext } from '../request/grpc-context.js';
import type { Position } from './page-source.js';

export interface Cursor {
  readonly from: Position;
  readonly inclusive: boolean;
  readonly backward: boolean;
}

/** Bytes of the signature; of SHA-256 the first half is more than enough for what it protects. */
const SIGNATURE = 16;
/** Longer ones are not worth to be looked at; a place has the values of its row, and texts may be long. */
const MAX_LENGTH = 1_000_000;
const FLAGS = { backward: 1, inclusive: 2 } as const;

export class CursorToken {
  private readonly signing: Buffer;
  private readonly hiding: Buffer | undefined;

  constructor(secret: string | undefined) {
    this.signing = keyOf(`cursor:${secret ?? ''}`);
    this.hiding = secret === undefined ? undefined : keyOf(`hidden cursor:${secret}`);
  }

  /** @param fingerprint of the list */
  write({ from, inclusive, backward }: Cursor, fingerprint: string): string {
    const flags = (backward ? FLAGS.backward : 0) + (inclusive ? FLAGS.inclusive : 0);
    const body = Buffer.from(JSON.stringify([flags, ...from.map(asJson)]));
    const signature = this.sign(body, fingerprint);
    return Buffer.concat([signature, this.mask(body, signature)]).toString('base64url');
  }

  /** Undefined when the text is no cursor of the list. */
  read(text: string, fingerprint: string): Cursor | undefined {
    if (text.length > MAX_LENGTH) return undefined;
    const bytes = Buffer.from(text, 'base64url');
    // The last character of base64 has bits that mean nothing.
    if (bytes.length <= SIGNATURE || bytes.toString('base64url') !== text) return undefined;
    const signature = bytes.subarray(0, SIGNATURE);
    const body = this.mask(bytes.subarray(SIGNATURE), signature);
    if (!timingSafeEqual(signature, this.sign(body, fingerprint))) return undefined;
    return readBody(body.toString());
  }

  /** Hides what is readable, and the other way round. */
  private mask(bytes: Buffer, signature: Buffer): Buffer {
    return this.hiding ? createCipheriv('aes-256-ctr', this.hiding, signature).update(bytes) : bytes;
  }

  private sign(body: Buffer, fingerprint: string): Buffer {
    return createHmac('sha256', this.signing)
      .update(fingerprint)
      .update('\0')
      .update(body)
      .digest()
      .subarray(0, SIGNATURE);
  }
}

function keyOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
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

/** What is no cursor of the list that it is sent to: a wrong value, or under `dsg` a page that is not there. */
export function invalidCursor({ conventions }: GrpcContext): Error {
  if (conventions === 'dsg') return new GrpcNotFoundException('Invalid cursor');
  const message =
    'Invalid cursor. Send one that this list gave, with the same filters, search and ordering, or none for the first page.';
  return new ValidationException({ cursor: [{ message, code: 'invalid' }] });
}
