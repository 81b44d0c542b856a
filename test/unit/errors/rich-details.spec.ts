import { describe, expect, it } from 'vitest';
import { encodeRichDetails } from '../../../lib/errors/rich-details.js';
import { decodeDetails } from './decode-details.js';

const base = { code: 3, message: 'no', reason: 'NOPE', violations: [] };

describe('encodeRichDetails', () => {
  it('always has ErrorInfo', () => {
    expect(decodeDetails(encodeRichDetails(base))).toEqual({
      code: 3,
      message: 'no',
      details: [{ ErrorInfo: { reason: 'NOPE', domain: 'nestjs-socio-grpc' } }],
    });
  });

  it('adds BadRequest and RetryInfo when there is something to say', () => {
    const violations = [{ field: 'books[1].title', description: 'Büch', reason: 'max_length' }];
    expect(decodeDetails(encodeRichDetails({ ...base, violations, retryAfter: 2.5 })).details).toEqual([
      {
        BadRequest: {
          fieldViolations: [{ field: 'books[1].title', description: 'Büch', reason: 'MAX_LENGTH' }],
        },
      },
      { ErrorInfo: { reason: 'NOPE', domain: 'nestjs-socio-grpc' } },
      { RetryInfo: { retryDelay: { seconds: '2', nanos: 500_000_000 } } },
    ]);
  });

  it('replaces halves of surrogate pairs', () => {
    expect(decodeDetails(encodeRichDetails({ ...base, message: 'a\ud800b' })).message).toBe('a\ufffdb');
  });

  it('cuts reasons at 63 characters', () => {
    const [info] = decodeDetails(encodeRichDetails({ ...base, reason: 'too long '.repeat(20) })).details;
    expect(info).toEqual({
      ErrorInfo: { reason: 'TOO_LONG_'.repeat(7), domain: 'nestjs-socio-grpc' },
    });
  });
});
