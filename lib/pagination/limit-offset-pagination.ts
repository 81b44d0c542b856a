import { Injectable } from '@nestjs/common';
import type { GrpcContext } from '../request/grpc-context.js';
import { integerParameter, pageSize } from './page-parameters.js';
import { NOTHING, type PageSource } from './page-source.js';
import { Paginator, type Page, type PageField } from './paginator.js';

/** Options of `LimitOffsetPagination.with()`. */
export interface LimitOffsetOptions {
  /** Objects in an answer when the request does not say. Default: 100. */
  readonly pageSize?: number;
  /** Most objects that a request may ask for; more is lowered to it. Default: `limits.maxPageSize`. */
  readonly maxPageSize?: number;
  /** Whether answers tell how many objects there are, which may take one more statement. Default: `exact`. */
  readonly count?: 'exact' | 'none';
}

/**
 * Any stretch of a list: `limit` objects after `offset` others. See DRF `LimitOffsetPagination`.
 *
 * @example
 * \@GrpcController({ serializer: PostSerializer, pagination: LimitOffsetPagination.with({ count: 'none' }) })
 */
@Injectable()
export class LimitOffsetPagination extends Paginator {
  static override readonly parameters: readonly string[] = ['limit', 'offset'];
  static override readonly answers: readonly PageField[] = ['count'];

  protected readonly options: LimitOffsetOptions = {};

  static with(options: LimitOffsetOptions): typeof LimitOffsetPagination {
    @Injectable()
    class Configured extends this {
      protected override readonly options = options;
    }
    return Configured;
  }

  /** @throws ValidationException when limit or offset are no numbers; under `dsg` such ones are ignored */
  override async paginate<T>(source: PageSource<T>, ctx: GrpcContext): Promise<Page<T>> {
    const { pageSize: standard = 100, maxPageSize = Infinity, count = 'exact' } = this.options;
    const limit = pageSize(ctx, 'limit', standard, maxPageSize, source.maxPageSize);
    const offset = integerParameter(ctx, 'offset', 0) ?? 0;
    const { objects, more } = Number.isSafeInteger(offset) ? await source.slice(offset, limit) : NOTHING;
    if (count === 'none') return { objects };
    // Beyond the end nobody knows how far beyond.
    const ended = !more && (objects.length > 0 || offset === 0);
    return { objects, count: ended ? offset + objects.length : await source.count() };
  }
}
