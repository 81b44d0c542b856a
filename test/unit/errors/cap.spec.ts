import { GrpcNotFoundException, RpcException } from '@nestjs/microservices';
import { BadRequestException } from '@nestjs/common';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldErrors } from '../../../lib/errors/field-errors.js';
import type { GrpcStatus } from '../../../lib/errors/grpc-status.js';
import { toGrpcStatus } from '../../../lib/errors/to-grpc-status.js';
import { ValidationException } from '../../../lib/errors/validation-exception.js';
import { withDetails } from '../../../lib/errors/with-details.js';
import { decodeDetails, detail } from './decode-details.js';

const LIMIT = 6144;
const style = fc.constantFrom('socio' as const, 'dsg' as const);
/** Also halves of surrogate pairs, and texts far beyond the limit. */
const text = fc
  .tuple(
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
    fc.integer({ min: 1, max: 1_000 }),
  )
  .map(([unit, times]) => unit.repeat(times));

function assertFits(status: GrpcStatus): void {
  const wire = encodeURI(status.message).length + (status.details?.toString('base64').length ?? 0);
  expect(wire).toBeLessThanOrEqual(LIMIT);
  expect(decodeDetails(status.details)).toMatchObject({ code: status.code, message: status.message });
  expect(detail(status.details, 'ErrorInfo')).toBeDefined();
}

describe('the cap on message and details', () => {
  it('holds for any plain text', () => {
    fc.assert(
      fc.property(text, style, (message, convention) => {
        assertFits(toGrpcStatus(new GrpcNotFoundException(message), { style: convention }));
        assertFits(toGrpcStatus(new RpcException({ code: 9, message }), { style: convention }));
        assertFits(toGrpcStatus(new BadRequestException([message, message]), { style: convention }));
      }),
      { numRuns: 40 },
    );
  });

  it('holds for any errors of fields, and the message is JSON that names an error', () => {
    const error = fc.record({ message: text, code: text });
    const { errors } = fc.letrec<{ errors: FieldErrors }>((tie) => ({
      errors: fc.dictionary(
        text,
        fc.oneof(
          { maxDepth: 3 },
          fc.array(error, { minLength: 1, maxLength: 5 }),
          tie('errors'),
          fc.array(tie('errors'), { maxLength: 3 }),
        ),
        { minKeys: 1, maxKeys: 4 },
      ) as fc.Arbitrary<FieldErrors>,
    }));
    fc.assert(
      fc.property(errors, style, (given, convention) => {
        const status = toGrpcStatus(new ValidationException(given), { style: convention });
        assertFits(status);
        expect(typeof JSON.parse(status.message)).toBe('object');
        if (JSON.stringify(given).includes('"code"')) expect(status.message).toContain('"code"');
      }),
      { numRuns: 40 },
    );
  });

  it('holds for 10,000 errors with any texts', () => {
    fc.assert(
      fc.property(text, text, style, (field, message, convention) => {
        const errors = Array.from({ length: 10_000 }, (_, index) => [
          `${field.slice(0, 50)}${index}`,
          [{ message: message.slice(0, 50), code: 'invalid' }],
        ]);
        const status = toGrpcStatus(new ValidationException(Object.fromEntries(errors)), {
          style: convention,
        });
        assertFits(status);
        expect(status.message).toMatch(/and \d+ more errors/);
      }),
      { numRuns: 10 },
    );
  });

  it('holds for any attached details', () => {
    fc.assert(
      fc.property(
        text,
        fc.dictionary(text, text),
        text,
        fc.double(),
        style,
        (message, fields, reason, retryAfter, convention) => {
          const error = withDetails(new GrpcNotFoundException(message), { fields, reason, retryAfter });
          assertFits(toGrpcStatus(error, { style: convention }));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('holds for anything that is thrown', () => {
    fc.assert(
      fc.property(fc.anything(), style, (thrown, convention) => {
        assertFits(toGrpcStatus(thrown, { style: convention }));
      }),
      { numRuns: 200 },
    );
  });

  it('cuts a plain text at a character and marks the cut', () => {
    const { message } = toGrpcStatus(new GrpcNotFoundException('😀'.repeat(5_000)), { style: 'socio' });
    expect(message).toMatch(/^(?:😀){300,}…$/u);
  });

  it('keeps the JSON of the reference whole when it cuts the text', () => {
    const { message } = toGrpcStatus(new GrpcNotFoundException('é'.repeat(5_000)), { style: 'dsg' });
    expect(JSON.parse(message)).toEqual({ message: expect.stringMatching(/^é{300,}…$/), code: 'not_found' });
  });

  it('leaves room for violations beside a long text', () => {
    const error = withDetails(new GrpcNotFoundException('x'.repeat(9_000)), {
      fields: { a: 'one', b: 'two' },
    });
    expect(detail(toGrpcStatus(error, { style: 'socio' }).details, 'BadRequest')).toEqual({
      fieldViolations: [
        { field: 'a', description: 'one', reason: 'INVALID' },
        { field: 'b', description: 'two', reason: 'INVALID' },
      ],
    });
  });
});
