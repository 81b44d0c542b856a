import { status } from '@grpc/grpc-js';
import { GrpcInvalidArgumentException } from '@nestjs/microservices';
import { NON_FIELD_ERRORS, type FieldErrors } from './field-errors.js';
import { fitStatus } from './fit-status.js';

export type { FieldError, FieldErrors } from './field-errors.js';

/**
 * The request has values that cannot be accepted: INVALID_ARGUMENT with every reason against every field. Throw
 * it from `perform*` hooks and own actions when a rule depends on more than one value or on the database; rules
 * of a single field belong into the serializer.
 *
 * The message is the JSON of DRF and of django-socio-grpc in both conventions, the details carry the same as
 * `google.rpc.BadRequest`. A long list is cut to what fits into the trailers and ends with "and N more errors".
 *
 * @param errors by the field's name in the `.proto`; see {@link FieldErrors} for nested messages
 *
 * @example
 * throw new ValidationException({
 *   end_date: [{ message: 'The loan ends before it starts.', code: 'invalid' }],
 * });
 */
export class ValidationException extends GrpcInvalidArgumentException {
  override readonly name = 'ValidationException';

  constructor(readonly errors: FieldErrors) {
    // Cut here already: an exception filter of the user may send the message on as it is.
    super(fitStatus({ code: status.INVALID_ARGUMENT, message: errors }, 'socio').message);
  }

  /**
   * A reason that concerns several fields or none, under DRF's key `non_field_errors`.
   *
   * @param code a word for programs
   *
   * @example
   * throw ValidationException.ofRequest('Either isbn or title must be given.');
   */
  static ofRequest(message: string, code = 'invalid'): ValidationException {
    return new ValidationException({ [NON_FIELD_ERRORS]: [{ message, code }] });
  }
}
