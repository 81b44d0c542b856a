import { Injectable } from '@nestjs/common';
import { GrpcNotFoundException } from '@nestjs/microservices';
import type { GrpcContext } from '../request/grpc-context.js';
import { integerParameter, pageSize } from './page-parameters.js';
import { NOTHING, type PageSource } from './page-source.js';
import { Paginator, type Page, type PageField } from './paginator.js';

/** Options of `PageNumberPagination.with()`. */
export interface PageNumberOptions {
  /** Objects on a page when the request does not say. Default: 100. */
  readonly pageSize?: number;
  /** Most objects that a request may ask for; more is lowered to it. Default: `limits.maxPageSize`. */
  readonly maxPageSize?: number;
  /** Whether answers tell how many objects there are, which may take one more statement. Default: `exact`. */
  readonly count?: 'exact' | 'none';
}

/**
 * Pages by their number: `page` from 1, or `last`, and `page_size`. See DRF `PageNumberPagination`.
 *
 * @example
 * \@GrpcController({ serializer: PostSerializer, pagination: PageNumberPagination.with({ pageSize: 20 }) })
 */
@Injectable()
export class PageNumberPagination extends Paginator {
  static override readonly parameters: readonly string[] = ['page', 'page_size'];
  static override readonly answers: readonly PageField[] = ['count'];

  protected readonly options: PageNumberOptions = {};

  static with(options: PageNumberOptions): typeof PageNumberPagination {
    @Injectable()
    class Configured extends this {
      protected override readonly options = options;
    }
    return Configured;
  }

  /**
   * @throws GrpcNotFoundException when there is no such page, with DRF's text; the first page may be empty
   * @throws ValidationException when page or size are no numbers from 1; under `dsg` a size that is none is ignored
   */
  override async paginate<T>(source: PageSource<T>, ctx: GrpcContext): Promise<Page<T>> {
    const { pageSize: standard = 100, maxPageSize = Infinity, count = 'exact' } = this.options;
    const size = pageSize(ctx, 'page_size', standard, maxPageSize, source.maxPageSize);
    const last = ctx.parameters.get('page') === 'last' ? await source.count() : undefined;
    const page = last === undefined ? pageNumber(ctx) : Math.max(Math.ceil(last / size), 1);
    const offset = (page - 1) * size;
    // Beyond what an offset can say there is certainly nothing.
    const { objects, more } = Number.isSafeInteger(offset) ? await source.slice(offset, size) : NOTHING;
    if (objects.length === 0 && page > 1) throw invalidPage();
    if (count === 'none') return { objects };
    const known = last ?? (more ? undefined : offset + objects.length);
    return { objects, count: known ?? (await source.count()) };
  }
}

/** Under `dsg` page 0 is the first, and what is no number is no page, as in the reference. */
function pageNumber(ctx: GrpcContext): number {
  if (ctx.conventions !== 'dsg') return integerParameter(ctx, 'page', 1) ?? 1;
  const asked = ctx.parameters.get('page');
  if (asked === undefined || asked === null || asked === '') return 1;
  const page = Number(asked);
  if (!Number.isInteger(page) || page < 0) throw invalidPage();
  return Math.max(page, 1);
}

function invalidPage(): GrpcNotFoundException {
  return new GrpcNotFoundException('Invalid page.');
}
