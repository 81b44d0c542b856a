import { GrpcCancelledException, GrpcDeadlineExceededException } from '@nestjs/microservices';
import { describe, expect, it } from 'vitest';
import { CallLife } from '../../../lib/request/call-life.js';

describe('a call that its caller cancels', () => {
  it.each([
    ['is over when its time is, by a clock that is a little ahead', 5, GrpcDeadlineExceededException],
    ['is cancelled before that', 60_000, GrpcCancelledException],
    ['is cancelled when it has all the time there is', Infinity, GrpcCancelledException],
  ])('%s', (_what, left, expected) => {
    const life = new CallLife(Date.now() + left);
    life.cancel();
    expect(() => life.throwIfAborted()).toThrow(expected);
  });
});
