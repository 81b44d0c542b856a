import { GrpcResourceExhaustedException } from '@nestjs/microservices';
import { describe, expect, it } from 'vitest';
import { toGrpcStatus } from '../../../lib/errors/to-grpc-status.js';
import { ValidationException } from '../../../lib/errors/validation-exception.js';
import { withDetails } from '../../../lib/errors/with-details.js';
import { decodeDetails } from './decode-details.js';

describe('withDetails', () => {
  it('returns the same exception and adds its details', () => {
    const exception = new GrpcResourceExhaustedException('too many loans');
    const same = withDetails(exception, {
      fields: { book: 'is lent', reader: [{ message: 'has 5 loans', code: 'loan_limit' }] },
      reason: 'LOAN_LIMIT',
      retryAfter: 3600,
    });
    expect(same).toBe(exception);
    const status = toGrpcStatus(same, { style: 'socio' });
    expect(status.message).toBe('too many loans');
    expect(decodeDetails(status.details)).toEqual({
      code: 8,
      message: 'too many loans',
      details: [
        {
          BadRequest: {
            fieldViolations: [
              { field: 'book', description: 'is lent', reason: 'INVALID' },
              { field: 'reader', description: 'has 5 loans', reason: 'LOAN_LIMIT' },
            ],
          },
        },
        { ErrorInfo: { reason: 'LOAN_LIMIT', domain: 'nestjs-socio-grpc' } },
        { RetryInfo: { retryDelay: { seconds: '3600' } } },
      ],
    });
  });

  it('keeps what an earlier call attached', () => {
    const exception = new GrpcResourceExhaustedException('full');
    withDetails(withDetails(exception, { reason: 'FULL' }), { retryAfter: 1 });
    expect(decodeDetails(toGrpcStatus(exception, { style: 'socio' }).details).details).toEqual([
      { ErrorInfo: { reason: 'FULL', domain: 'nestjs-socio-grpc' } },
      { RetryInfo: { retryDelay: { seconds: '1' } } },
    ]);
  });

  it('adds fields to those of a ValidationException', () => {
    const exception = new ValidationException({ a: [{ message: 'x', code: 'y' }] });
    expect(toGrpcStatus(withDetails(exception, { fields: { b: 'z' } }), { style: 'dsg' }).message).toBe(
      '{"a": [{"message": "x", "code": "y"}], "b": [{"message": "z", "code": "invalid"}]}',
    );
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('sends no RetryInfo for %d seconds', (retryAfter) => {
    const exception = withDetails(new GrpcResourceExhaustedException('full'), { retryAfter });
    expect(decodeDetails(toGrpcStatus(exception, { style: 'socio' }).details).details).toEqual([
      { ErrorInfo: { reason: 'RESOURCE_EXHAUSTED', domain: 'nestjs-socio-grpc' } },
    ]);
  });
});
