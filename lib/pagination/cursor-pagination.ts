import { Injectable } from '@nestjs/common';
import type { GrpcContext } from '../request/grpc-context.js';
import { CursorToken, invalidCursor, type Cursor } from './cursor-token.js';
import { pageSize } from './page-parameters.js';
import type { PageSource, Position } from './page-source.js';
import { Paginator, type Page, type PageField } from './paginator.js';

/** Options of `CursorPagination.with()`. */
export interface CursorOptions {
  /** Objects on a page when the request does not say. Default: 100. */
  readonly pageSize?: number;
  /** Most objects that a request may ask for; more is lowered to it. Default: `limits.maxPageSize`. */
  readonly maxPageSize?: number;
  /** Whether answers tell how many objects there are, which takes one more statement. Default: `none`. */
  readonly count?: 'exact' | 'none';
  /**
   * Signs and hides what is in the cursors; the same in all processes that serve the API. Without it cursors are only safe
   * from damage: who forges one reaches no row that filters, scope and permissions do not show, but may start anywhere, and
   * who reads one learns the values that its row has in the columns of the order. Default: none.
   */
  readonly secret?: string;
}

/**
 * Pages that begin behind a row, not behind a number of rows: the last page costs what the first costs, and rows that
 * come and go meanwhile move none of the others. The request has `cursor` and `page_size`; the answer `next_cursor` and
 * `previous_cursor`, empty at the ends. The order is that of the request, or of the controller, and then the key; an
 * index on it keeps it quick. See DRF `CursorPagination`.
 *
 * @example
 * \@GrpcController({ serializer: BookSerializer, pagination: CursorPagination.with({ pageSize: 50 }) })
 */
@Injectable()
export class CursorPagination extends Paginator {
  static override readonly parameters: readonly string[] = ['cursor', 'page_size'];
  static override readonly answers: readonly PageField[] = ['count', 'nextCursor', 'previousCursor'];

  protected readonly options: CursorOptions = {};
  private token: CursorToken | undefined;

  static with(options: CursorOptions): typeof CursorPagination {
    @Injectable()
    class Configured extends this {
      protected override readonly options = options;
    }
    return Configured;
  }

  /**
   * @throws ValidationException when the cursor was not given out by this list, with these filters and this order; under
   * `dsg` GrpcNotFoundException, as in the reference
   */
  override async paginate<T>(source: PageSource<T>, ctx: GrpcContext): Promise<Page<T>> {
    const { pageSize: standard = 100, maxPageSize = Infinity, count = 'none', secret } = this.options;
    this.token ??= new CursorToken(secret);
    const size = pageSize(ctx, 'page_size', standard, maxPageSize, source.maxPageSize);
    const cursor = this.cursorOf(ctx, source.fingerprint, this.token);
    const found = await source.seek({ ...cursor, limit: size + 1 });
    const ends = endsOf(found.positions, size, cursor);
    const text = (end: Cursor | undefined): string =>
      end ? (this.token as CursorToken).write(end, source.fingerprint) : '';
    return {
      objects: cursor?.backward ? found.objects.slice(-size) : found.objects.slice(0, size),
      nextCursor: text(ends.next),
      previousCursor: text(ends.previous),
      ...(count === 'exact' && { count: await source.count() }),
    };
  }

  private cursorOf(ctx: GrpcContext, fingerprint: string, token: CursorToken): Cursor | undefined {
    const asked = ctx.parameters.get('cursor');
    if (asked === undefined || asked === null || asked === '') return undefined;
    const cursor = typeof asked === 'string' ? token.read(asked, fingerprint) : undefined;
    if (cursor) return cursor;
    throw invalidCursor(ctx);
  }
}

/**
 * Where the pages on both sides begin.
 *
 * @param positions of the page's rows in the order of the list, one more than its size where there are more
 */
function endsOf(
  positions: readonly Position[],
  size: number,
  cursor: Cursor | undefined,
): { next?: Cursor; previous?: Cursor } {
  const more = positions.length > size;
  const backward = cursor?.backward === true;
  const shown = backward ? positions.slice(-size) : positions.slice(0, size);
  const [first] = shown;
  const last = shown.at(-1);
  if (!first || !last) {
    // All rows on this side are gone; the one that it started from may still be there.
    if (!cursor) return {};
    const back: Cursor = { from: cursor.from, inclusive: !cursor.inclusive, backward: !backward };
    return backward ? { next: back } : { previous: back };
  }
  const next: Cursor = { from: last, inclusive: false, backward: false };
  const previous: Cursor = { from: first, inclusive: false, backward: true };
  return {
    ...((more || backward) && { next }),
    ...((backward ? more : cursor !== undefined) && { previous }),
  };
}
