import { GrpcException, GrpcInvalidArgumentException } from '@nestjs/microservices';
import { describe, expect, it } from 'vitest';
import { toGrpcStatus } from '../../../lib/errors/to-grpc-status.js';
import { ValidationException } from '../../../lib/errors/validation-exception.js';
import { decodeDetails, detail } from './decode-details.js';

const blank = { message: 'This field may not be blank.', code: 'blank' };

describe('ValidationException', () => {
  it('is an exception of Nest', () => {
    const exception = new ValidationException({ headline: [blank] });
    expect(exception).toBeInstanceOf(GrpcInvalidArgumentException);
    expect(exception).toBeInstanceOf(GrpcException);
    expect(exception.name).toBe('ValidationException');
    expect(exception.getError()).toEqual({
      code: 3,
      message: '{"headline": [{"message": "This field may not be blank.", "code": "blank"}]}',
    });
  });

  it('has non_field_errors of the whole request', () => {
    expect(ValidationException.ofRequest('Either isbn or title.').message).toBe(
      '{"non_field_errors": [{"message": "Either isbn or title.", "code": "invalid"}]}',
    );
  });

  it.each(['socio', 'dsg'] as const)('has the same JSON and BadRequest in %s', (style) => {
    const errors = {
      title: [blank],
      f: [{}, { x: [{ message: 'é', code: 'max_length' }] }, {}],
      g: { h: [blank] },
    };
    const status = toGrpcStatus(new ValidationException(errors), { style });
    const message =
      '{"title": [{"message": "This field may not be blank.", "code": "blank"}], ' +
      '"f": [{}, {"x": [{"message": "\\u00e9", "code": "max_length"}]}, {}], ' +
      '"g": {"h": [{"message": "This field may not be blank.", "code": "blank"}]}}';
    expect(status).toEqual({ code: 3, message, details: expect.any(Buffer) });
    expect(decodeDetails(status.details)).toEqual({
      code: 3,
      message,
      details: [
        {
          BadRequest: {
            fieldViolations: [
              { field: 'title', description: 'This field may not be blank.', reason: 'BLANK' },
              { field: 'f[2].x', description: 'é', reason: 'MAX_LENGTH' },
              { field: 'g.h', description: 'This field may not be blank.', reason: 'BLANK' },
            ],
          },
        },
        { ErrorInfo: { reason: 'VALIDATION_FAILED', domain: 'nestjs-socio-grpc' } },
      ],
    });
  });

  it('counts the errors that find no room', () => {
    const errors = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`f${index}`, [blank]]));
    const { message, details } = toGrpcStatus(new ValidationException(errors), { style: 'socio' });
    const shown = Object.keys(JSON.parse(message)).length - 1;
    expect(shown).toBeGreaterThan(10);
    expect(JSON.parse(message)).toEqual({
      ...Object.fromEntries(Object.entries(errors).slice(0, shown)),
      non_field_errors: [{ message: `and ${10_000 - shown} more errors`, code: 'too_many_errors' }],
    });
    const { fieldViolations } = detail(details, 'BadRequest') as { fieldViolations: object[] };
    expect(fieldViolations).toHaveLength(shown + 1);
    expect(fieldViolations.at(-1)).toEqual({
      field: 'non_field_errors',
      description: `and ${10_000 - shown} more errors`,
      reason: 'TOO_MANY_ERRORS',
    });
  });

  it('shows at most 50 errors, however short', () => {
    const errors = { f: Array.from({ length: 52 }, () => ({ message: '', code: '' })) };
    const status = toGrpcStatus(new ValidationException(errors), { style: 'socio' });
    const { non_field_errors: rest, f } = JSON.parse(status.message);
    expect(f.length).toBeLessThanOrEqual(50);
    expect(rest[0].message).toBe(`and ${52 - f.length} more errors`);
  });

  it('names the place without nesting where the place alone is too long', () => {
    const items = [...Array.from({ length: 5_000 }, () => ({})), { title: [blank] }];
    expect(new ValidationException({ books: items }).message).toBe(
      '{"books[5001].title": [{"message": "This field may not be blank.", "code": "blank"}]}',
    );
  });

  it('cuts long texts of errors', () => {
    const errors = { a: [{ message: 'x'.repeat(10_000), code: 'long' }], b: [blank] };
    expect(new ValidationException(errors).message).toBe(
      `{"a": [{"message": "${'x'.repeat(300)}\\u2026", "code": "long"}], ` +
        '"b": [{"message": "This field may not be blank.", "code": "blank"}]}',
    );
  });
});
