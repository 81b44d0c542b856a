import { Injectable } from '@nestjs/common';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { clip, ECHO_LENGTH } from '../errors/text.js';
import { ValidationException } from '../errors/validation-exception.js';
import type { GrpcContext } from '../request/grpc-context.js';
import { findNamed } from './field-filter.js';
import { FilterBackend } from './filter-backend.js';
import { compiled, type CompiledListing, type OrderTerm, type Listing } from './listing.js';
import { StatementNames, valueOnPath } from './path-conditions.js';

/** Name of the parameter. */
export const ORDERING_PARAMETER = 'ordering';

/**
 * Orders lists as the request says, among the paths that the controller allows; see `ordering` of `@GrpcController()`.
 * Rows that are equal in it come in the order of their keys. See DRF `OrderingFilter`.
 */
@Injectable()
export class OrderingFilter extends FilterBackend {
  /** @throws ValidationException when the request orders by what is not allowed; under `dsg` that is ignored */
  override filterQuery<M extends ObjectLiteral>(
    query: SelectQueryBuilder<M>,
    ctx: GrpcContext,
    listing: Listing,
  ): SelectQueryBuilder<M> {
    const terms = orderOf(ctx, compiled(listing));
    if (terms.length === 0) return query;
    const names = new StatementNames(query, 'o');
    query.orderBy();
    for (const { path, descending } of terms)
      query.addOrderBy(orderExpression(query, path, ctx, names), descending ? 'DESC' : 'ASC');
    return query;
  }
}

/** TypeORM's own way to name a column where there is one, so that others recognise it. */
export function orderExpression(
  query: SelectQueryBuilder<ObjectLiteral>,
  path: OrderTerm['path'],
  ctx: unknown,
  names: StatementNames,
): string {
  return path.steps.length === 0
    ? `${query.alias}.${path.column.propertyPath}`
    : valueOnPath(query, path, ctx, names);
}

/**
 * The order of a list: the request's, else the controller's.
 *
 * @throws ValidationException when the request orders by what is not allowed
 */
export function orderOf(ctx: GrpcContext, { ordering }: CompiledListing): readonly OrderTerm[] {
  const asked = ctx.parameters.get(ORDERING_PARAMETER);
  if (ordering.fields.size === 0 || asked === undefined) return ordering.default;
  const terms = new Map<string, OrderTerm>();
  for (const name of namesIn(asked, ctx)) {
    const descending = name.startsWith('-');
    const path = findNamed(ordering.fields, descending ? name.slice(1) : name);
    // The first mention of a path decides; what follows cannot change the order any more.
    if (path && !terms.has(path.name)) terms.set(path.name, { path, descending });
    if (!path && ctx.conventions !== 'dsg')
      throw invalid(
        `"${clip(name, ECHO_LENGTH)}" is no order of this list. Expected some of: ${clip([...ordering.fields.keys()].join(', '), 1000)}; "-" in front is descending.`,
      );
  }
  return terms.size > 0 ? [...terms.values()] : ordering.default;
}

/** Most names that are looked at: what a longer list could add is already decided by these, or a mistake. */
const MAX_NAMES = 100;

function namesIn(asked: unknown, { conventions }: GrpcContext): string[] {
  const items: readonly unknown[] = typeof asked === 'string' ? asked.split(',', MAX_NAMES) : [asked].flat();
  const texts = items.slice(0, MAX_NAMES).filter((item) => typeof item === 'string');
  if (texts.length < Math.min(items.length, MAX_NAMES) && conventions !== 'dsg')
    throw invalid('Expected a text such as "-published,title", or a list of texts.');
  return texts.map((text) => text.trim()).filter((text) => text !== '');
}

function invalid(message: string): ValidationException {
  return new ValidationException({ [ORDERING_PARAMETER]: [{ message, code: 'invalid' }] });
}
