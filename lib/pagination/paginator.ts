import type { Type } from '@nestjs/common';
import type { GrpcContext } from '../request/grpc-context.js';
import type { PageSource } from './page-source.js';

/** One page of a list. */
export interface Page<T> {
  readonly objects: readonly T[];
  /** How many objects all pages have together; undefined: nobody counted. */
  readonly count?: number;
  /** Cursor of the page behind this one; empty: there is none. */
  readonly nextCursor?: string;
  /** Cursor of the page before this one; empty: there is none. */
  readonly previousCursor?: string;
}

/** Fields that a page may add to a list message. */
export type PageField = 'count' | 'nextCursor' | 'previousCursor';

/**
 * Cuts lists into pages. Shipped: `PageNumberPagination`, `LimitOffsetPagination`, `CursorPagination`; extend it for a
 * kind of its own. One instance serves all calls; it is the provider of that class if there is one. See DRF
 * `BasePagination`.
 *
 * @example
 * class FirstTen extends Paginator {
 *   async paginate<T>(source: PageSource<T>) {
 *     const { objects } = await source.slice(0, 10);
 *     return { objects };
 *   }
 * }
 */
export abstract class Paginator {
  /** Names of the parameters that it reads. Default: none. */
  static readonly parameters: readonly string[] = [];
  /** What it tells beside the objects. Default: nothing. */
  static readonly answers: readonly PageField[] = [];

  /**
   * @param source the objects of the list, not read yet; gives messages or entities, whichever is asked for
   * @throws GrpcInvalidArgumentException when the request's parameters make no sense
   */
  abstract paginate<T>(source: PageSource<T>, ctx: GrpcContext): Promise<Page<T>>;
}

/** A paginator's class, as options take it. */
export type PaginatorClass = Type<Paginator> & {
  readonly parameters: readonly string[];
  readonly answers: readonly PageField[];
};
