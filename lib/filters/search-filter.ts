import { Injectable } from '@nestjs/common';
import { GrpcResourceExhaustedException } from '@nestjs/microservices';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { ValidationException } from '../errors/validation-exception.js';
import type { GrpcContext } from '../request/grpc-context.js';
import { InvalidValue } from '../serialization/input-values.js';
import { FilterBackend } from './filter-backend.js';
import { text } from './filter-value.js';
import { compiled, type CompiledListing, type Listing, type SearchField } from './listing.js';
import { lookupSql, type Bind, type Lookup, type Operand } from './lookups.js';
import { operandOf, StatementNames, whereOnPath } from './path-conditions.js';

/** Name of the parameter. */
export const SEARCH_PARAMETER = 'search';

/**
 * Finds rows by words: each word must be in one of the controller's search fields; words in quotes are one. Case is
 * ignored. See `search` of `@GrpcController()` and DRF `SearchFilter`.
 */
@Injectable()
export class SearchFilter extends FilterBackend {
  /**
   * @throws ValidationException when the search is no text
   * @throws GrpcResourceExhaustedException when it has more words than `limits.filterConditions`
   */
  override filterQuery<M extends ObjectLiteral>(
    query: SelectQueryBuilder<M>,
    ctx: GrpcContext,
    listing: Listing,
  ): SelectQueryBuilder<M> {
    const { search } = compiled(listing);
    const words = askedWords(ctx, compiled(listing));
    if (words.length === 0) return query;
    const names = new StatementNames(query, 's');
    for (const word of words) {
      const conditions = search.map((field) => condition(query, field, word, ctx, names));
      query.andWhere(`(${conditions.join(' OR ')})`);
    }
    return query;
  }
}

/**
 * The words that a request searches for.
 *
 * @throws ValidationException, GrpcResourceExhaustedException as `SearchFilter` does
 */
export function askedWords(ctx: GrpcContext, { search, limits }: CompiledListing): readonly string[] {
  const asked = ctx.parameters.get(SEARCH_PARAMETER);
  if (search.length === 0 || asked === undefined || asked === null) return [];
  const words = wordsOf(asked);
  if (words.length > limits.filterConditions)
    throw new GrpcResourceExhaustedException(
      `search: ${words.length} words are more than limits.filterConditions, ${limits.filterConditions}.`,
    );
  return words;
}

/** The condition for a word where all fields are columns of the model itself. */
export function wordCondition({ search }: CompiledListing, alias: string, word: string, bind: Bind): string {
  return search.map(({ path, mode }) => matches(mode, operandOf(alias, path), word, bind)).join(' OR ');
}

/** Words are parted by blanks and commas. */
function wordsOf(asked: unknown): string[] {
  const read = text(asked);
  if (read instanceof InvalidValue)
    throw new ValidationException({ [SEARCH_PARAMETER]: [{ message: read.message, code: read.code }] });
  const words = [...String(read).matchAll(/"([^"]*)"|[^\s,"]+/g)].map(([word, quoted]) => quoted ?? word);
  return words.filter((word) => word.trim() !== '');
}

const LOOKUP: Readonly<Record<'contains' | 'startswith' | 'exact', Lookup>> = {
  contains: 'icontains',
  startswith: 'istartswith',
  exact: 'iexact',
};

function condition(
  query: SelectQueryBuilder<ObjectLiteral>,
  { path, mode }: SearchField,
  word: string,
  ctx: GrpcContext,
  names: StatementNames,
): string {
  return whereOnPath(query, path, ctx, names, (operand) => matches(mode, operand, word, names.bind));
}

function matches(mode: SearchField['mode'], operand: Operand, word: string, bind: Bind): string {
  switch (mode) {
    case 'fulltext':
      return `to_tsvector(${operand.sql}) @@ plainto_tsquery(${bind(word)})`;
    case 'regex':
      return `${operand.sql} ~* ${bind(word)}`;
    default:
      return lookupSql(LOOKUP[mode], operand, [word], bind);
  }
}
