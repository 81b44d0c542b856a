import { describe, expect, it } from 'vitest';
import { credentialsOf } from '../../../lib/request/authenticators/scheme.js';
import type { GrpcContext } from '../../../lib/request/grpc-context.js';

function credentialsIn(authorization: string): string | undefined {
  return credentialsOf(
    { headers: new Map([['authorization', authorization]]) } as never as GrpcContext,
    'Bearer',
  );
}

describe('credentials', () => {
  it.each(['Bearer a', 'bearer   a', '  BEARER a  '])('follow their scheme: %j', (authorization) => {
    expect(credentialsIn(authorization)).toBe('a');
  });

  it.each(['', 'Basic a', 'Bearera', 'Bearer\ta'])('of another scheme are none: %j', (authorization) => {
    expect(credentialsIn(authorization)).toBeUndefined();
  });

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer \t a'])('are one word: %j', (authorization) => {
    expect(() => credentialsIn(authorization)).toThrow('Expected one');
  });

  it('are handed on as they are, other blanks than those of HTTP too', () => {
    expect(credentialsIn('Bearer \ta')).toBe('\ta');
  });
});
