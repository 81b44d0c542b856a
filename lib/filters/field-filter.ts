import { Injectable } from '@nestjs/common';
import { GrpcResourceExhaustedException } from '@nestjs/microservices';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { clip, ECHO_LENGTH } from '../errors/text.js';
import { ValidationException, type FieldError } from '../errors/validation-exception.js';
import type { GrpcContext } from '../request/grpc-context.js';
import { InvalidValue } from '../serialization/input-values.js';
import { FilterBackend } from './filter-backend.js';
import { compiled, type ListFilter, type CompiledListing, type Listing } from './listing.js';
import { requestName } from './model-path.js';
import { StatementNames } from './path-conditions.js';

/** Applies the filters that a controller declares; see `filters` of `@GrpcController()`. */
@Injectable()
export class FieldFilter extends FilterBackend {
  /**
   * @throws ValidationException with every value that cannot be read, by the filter's name
   * @throws GrpcResourceExhaustedException when there are more filters, or longer lists, than the limits allow
   */
  override async filterQuery<M extends ObjectLiteral>(
    query: SelectQueryBuilder<M>,
    ctx: GrpcContext,
    listing: Listing,
  ): Promise<SelectQueryBuilder<M>> {
    const known = compiled(listing);
    if (known.filters.size === 0 || ctx.parameters.size === 0) return query;
    const names = new StatementNames(query, 'f');
    for (const { filter, values } of askedFilters(ctx, known)) await filter.apply(query, values, ctx, names);
    return query;
  }
}

interface AskedFilter {
  readonly filter: ListFilter;
  readonly values: readonly unknown[];
}

/**
 * The filters that a request asks for, with what was read of their values.
 *
 * @throws ValidationException, GrpcResourceExhaustedException as `FieldFilter` does
 */
export function askedFilters(ctx: GrpcContext, { filters, limits }: CompiledListing): readonly AskedFilter[] {
  if (filters.size === 0 || ctx.parameters.size === 0) return [];
  const asked: AskedFilter[] = [];
  const errors: Record<string, readonly FieldError[]> = {};
  for (const [name, value] of ctx.parameters) {
    const filter = findNamed(filters, name);
    if (!filter || (ctx.conventions === 'dsg' && isEmpty(value))) continue;
    if (Array.isArray(value)) assertListLength(filter, value, limits);
    const values = filter.read(value);
    if (values instanceof InvalidValue)
      errors[filter.name] = [{ message: values.message, code: values.code }];
    else {
      assertListLength(filter, values, limits);
      asked.push({ filter, values });
    }
  }
  const refused = Object.keys(errors).length;
  const count = asked.length + refused;
  if (count > limits.filterConditions)
    throw new GrpcResourceExhaustedException(
      `${count} filters are more than limits.filterConditions, ${limits.filterConditions}.`,
    );
  if (refused > 0) throw new ValidationException(errors);
  return asked;
}

function assertListLength(
  { name }: ListFilter,
  { length }: readonly unknown[],
  { inList }: Listing['limits'],
): void {
  if (length > inList)
    throw new GrpcResourceExhaustedException(
      `filter "${name}": ${length} values are more than limits.inList, ${inList}.`,
    );
}

/** Longer names cannot be any, and are not worth to be taken apart. */
const MAX_NAME = 300;

/** What a request's name stands for: as it is declared, or with dots and capitals. */
export function findNamed<T>(known: ReadonlyMap<string, T>, name: string): T | undefined {
  return known.get(name) ?? (name.length > MAX_NAME ? undefined : known.get(requestName(name)));
}

/** What django-filter takes for no filter at all. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value as object).length === 0;
}

/**
 * Refuses names that mean nothing, so that a misspelt filter does not show more than was asked for.
 *
 * @throws ValidationException which names the allowed ones; under `dsg` such names are ignored, as in the reference
 */
export function assertKnownParameters(ctx: GrpcContext, { filters, parameters }: CompiledListing): void {
  if (ctx.conventions === 'dsg' || ctx.parameters.size === 0) return;
  const unknown = [...ctx.parameters]
    .map(([name]) => name)
    .filter((name) => !parameters.has(name) && !findNamed(filters, name));
  if (unknown.length === 0) return;
  const allowed = [...filters.keys(), ...parameters];
  const message =
    allowed.length === 0
      ? 'This list has no filters, no order and no pages to ask for.'
      : `Unknown. Expected one of: ${clip(allowed.join(', '), 1000)}.`;
  throw new ValidationException(
    Object.fromEntries(
      unknown.slice(0, 50).map((name) => [clip(name, ECHO_LENGTH), [{ message, code: 'unknown' }]]),
    ),
  );
}
