/** Page parameters of a request. */
import { ValidationException } from '../errors/validation-exception.js';
import type { GrpcContext } from '../request/grpc-context.js';

/**
 * A whole number; 64-bit numbers may come as texts.
 *
 * @param least the smallest that makes sense
 * @returns undefined when the request does not say; under `dsg` also when it makes no sense, as in the reference
 * @throws ValidationException when it is no such number
 */
export function integerParameter(ctx: GrpcContext, name: string, least: number): number | undefined {
  const value = ctx.parameters.get(name);
  if (value === undefined || value === null) return undefined;
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
  const number = /^[+-]?\d{1,20}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number)) return refused(ctx, name, 'A valid integer is required.', 'invalid');
  if (number < least)
    return refused(ctx, name, `Ensure this value is greater than or equal to ${least}.`, 'min_value');
  return number;
}

function refused(ctx: GrpcContext, name: string, message: string, code: string): undefined {
  if (ctx.conventions === 'dsg') return undefined;
  throw new ValidationException({ [name]: [{ message, code }] });
}

/** The size that a request may have: what it asks for, the paginator's own, and at most the limits. */
export function pageSize(ctx: GrpcContext, name: string, standard: number, ...limits: number[]): number {
  return Math.min(integerParameter(ctx, name, 1) ?? standard, ...limits);
}
