/** What requests may ask of a controller's lists: filters, order, pages. */
import { GrpcResourceExhaustedException } from '@nestjs/microservices';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { assertKnownParameters, findNamed } from '../filters/field-filter.js';
import { ORDERING_PARAMETER, orderOf } from '../filters/ordering-filter.js';
import type { Page } from '../pagination/paginator.js';
import type { GrpcContext } from '../request/grpc-context.js';
import type { CallAccess } from '../serialization/call-access.js';
import { bracketed, narrowed } from '../serialization/query-shape.js';
import type { RowReader } from '../serialization/row-reader.js';
import type { SerializerShape } from '../serialization/shape.js';
import type { CompiledController } from './compiled-controller.js';
import type { Message } from './generic-controller.js';
import { QueryPages, type ListRows } from './query-pages.js';

export class ModelLists {
  constructor(private readonly compiled: CompiledController) {}

  /** Runs the filter backends; none of them can undo what another did. */
  async filter<M extends ObjectLiteral>(
    query: SelectQueryBuilder<M>,
    ctx: GrpcContext,
  ): Promise<SelectQueryBuilder<M>> {
    const { backends, listing } = this.compiled;
    assertKnownParameters(ctx, listing);
    let narrow = bracketed(query) as SelectQueryBuilder<M>;
    for (const backend of backends)
      narrow = await narrowed(narrow, (open) => backend.filterQuery(open, ctx, listing));
    return narrow;
  }

  /**
   * @throws GrpcResourceExhaustedException when there is no paginator and more than `limits.maxListRows`
   */
  async page<T>(
    rows: ListRows,
    reader: RowReader<T>,
    ctx: GrpcContext,
    access: CallAccess,
  ): Promise<Page<T>> {
    const { paginator, maxListRows, maxPageSize, listing } = this.compiled;
    const order = orderOf(ctx, listing);
    const pages = new QueryPages(rows, reader, access, order, () => this.identity(ctx), maxPageSize);
    if (paginator) return paginator.paginate(pages, ctx);
    const { objects, more } = await pages.slice(0, maxListRows);
    if (more)
      throw new GrpcResourceExhaustedException(
        `the list has more than ${maxListRows} objects (limits.maxListRows). Use Stream, or a paginator.`,
      );
    return { objects };
  }

  message({ objects, ...beside }: Page<Message>, { listField }: SerializerShape): Message {
    return { ...beside, [listField]: objects };
  }

  asksForPage(ctx: GrpcContext): boolean {
    return this.compiled.pageParameters.some((name) => ctx.parameters.has(name));
  }

  /** What decides which rows a list has, beside what it is ordered by. */
  private identity(ctx: GrpcContext): unknown {
    const { pageParameters, listing } = this.compiled;
    const asked = [...ctx.parameters].filter(
      ([name]) =>
        !pageParameters.includes(name) &&
        name !== ORDERING_PARAMETER &&
        (listing.parameters.has(name) || findNamed(listing.filters, name)),
    );
    asked.sort(([a], [b]) => (a < b ? -1 : 1));
    return [ctx.service, asked];
  }
}
