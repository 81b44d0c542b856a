/**
 * What the library's own backends ask of columns of the model itself, as a text and values. It says the same as the query
 * that they would build, without one; what looks through relations, or is somebody else's, needs the query.
 */
import type { GrpcContext } from '../request/grpc-context.js';
import { askedFilters, FieldFilter } from './field-filter.js';
import type { FilterBackend } from './filter-backend.js';
import { compiled, type Listing } from './listing.js';
import type { Bind } from './lookups.js';
import { orderOf, OrderingFilter } from './ordering-filter.js';
import { askedWords, SearchFilter, wordCondition } from './search-filter.js';

export class OwnConditions {
  /** In the order in which they were bound. */
  readonly parameters: Record<string, unknown> = {};
  /** All that was added. */
  text = '';
  private bound = 0;

  constructor(readonly alias: string) {}

  /** Names values as `StatementNames` does. */
  binder(prefix: string): Bind {
    return (value) => {
      const name = `${prefix}${this.bound}`;
      this.bound += 1;
      this.parameters[name] = value;
      return `:${name}`;
    };
  }

  add(text: string): void {
    this.text += `\n${text}`;
  }
}

/** Adds what a backend asks; false: only a query can say it. */
export type AskOwn = (conditions: OwnConditions, ctx: GrpcContext, listing: Listing) => boolean;

const ASKS: ReadonlyMap<unknown, AskOwn> = new Map<unknown, AskOwn>([
  [FieldFilter.prototype.filterQuery, askFields],
  [SearchFilter.prototype.filterQuery, askWords],
  [OrderingFilter.prototype.filterQuery, askOrder],
]);

/** Whether what a backend does to a query is the library's own. */
export function isOwnBackend({ filterQuery }: FilterBackend): boolean {
  return ASKS.has(filterQuery);
}

/** How backends ask without a query; undefined: one of them is not the library's own. */
export function ownAsks(backends: readonly FilterBackend[]): readonly AskOwn[] | undefined {
  const asks = backends.flatMap(({ filterQuery }) => ASKS.get(filterQuery) ?? []);
  return asks.length === backends.length ? asks : undefined;
}

function askFields(conditions: OwnConditions, ctx: GrpcContext, listing: Listing): boolean {
  const bind = conditions.binder('f');
  for (const { filter, values } of askedFilters(ctx, compiled(listing))) {
    if (!filter.own) return false;
    conditions.add(filter.own(values, conditions.alias, bind));
  }
  return true;
}

function askWords(conditions: OwnConditions, ctx: GrpcContext, listing: Listing): boolean {
  const known = compiled(listing);
  const words = askedWords(ctx, known);
  if (words.length === 0) return true;
  if (known.search.some(({ path }) => path.steps.length > 0)) return false;
  const bind = conditions.binder('s');
  for (const word of words) conditions.add(wordCondition(known, conditions.alias, word, bind));
  return true;
}

function askOrder(conditions: OwnConditions, ctx: GrpcContext, listing: Listing): boolean {
  const terms = orderOf(ctx, compiled(listing));
  for (const { path, descending } of terms) {
    if (path.steps.length > 0) return false;
    conditions.add(`${descending ? '-' : '+'}${path.name}`);
  }
  return true;
}
