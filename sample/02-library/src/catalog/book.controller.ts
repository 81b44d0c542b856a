import { GrpcFailedPreconditionException } from '@nestjs/microservices';
import {
  FieldFilter,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  LookupField,
  OrderingFilter,
  SearchFilter,
  SelfSerializer,
  StreamAction,
  withActions,
  withDetails,
  type GrpcContext,
  type Values,
} from 'nestjs-socio-grpc';
import { callerOf } from '../auth/caller.js';
import { BookFilters } from './book-filters.js';
import { BookPages } from './book-pages.js';
import { BookState, type Book } from './book.entity.js';
import { BookDetailSerializer, BookSerializer } from './book.serializer.js';
import { MineFilter } from './mine-filter.js';
import { News } from './news.js';
import { BOOK_PERMISSIONS } from './permissions.js';
import { VisibleBooks } from './visible-books.js';

@GrpcController({
  serializer: BookSerializer,
  permissions: BOOK_PERMISSIONS,
  scope: VisibleBooks,
  filters: BookFilters,
  search: ['title', '^author.name', '=isbn'],
  ordering: { fields: ['title', 'printed', 'author.name', 'addedAt'], default: ['title'] },
  filterBackends: [FieldFilter, SearchFilter, OrderingFilter, MineFilter],
  pagination: BookPages,
})
export class BookController extends withActions(GenericCrudController, StreamAction)<Book> {
  constructor(private readonly news: News) {
    super();
  }

  override getSerializer(action: string) {
    return action === 'retrieve' ? BookDetailSerializer : super.getSerializer(action);
  }

  protected override performCreate(values: Values<Book>, ctx: GrpcContext) {
    const { id, branch } = callerOf(ctx);
    return super.performCreate({ ...values, owner: { id }, branch: { id: branch } }, ctx);
  }

  /** A draft becomes visible to readers, once. */
  @GrpcAction({ request: LookupField, response: SelfSerializer, transaction: true })
  async publish(_request: object, ctx: GrpcContext) {
    const book = await this.getObject(ctx);
    // The condition is the lock: of two calls at once, one changes a row.
    const { affected } = await this.getRepository(ctx).update(
      { id: book.id, state: BookState.Draft },
      { state: BookState.Published },
    );
    if (affected !== 1)
      throw withDetails(new GrpcFailedPreconditionException('The book is published already.'), {
        reason: 'BOOK_PUBLISHED',
      });
    await ctx.afterCommit(() => this.news.published(book.id));
    return book;
  }

  /** Books of the caller's catalogue as they are published, until the caller hangs up. */
  @GrpcAction({ response: SelfSerializer, responseStream: true, safe: true })
  async *announcements(_request: object, ctx: GrpcContext) {
    for await (const id of this.news.books(ctx.signal)) {
      const book = await this.getQuery(ctx).andWhere(`${this.alias}.id = :id`, { id }).getOne();
      if (book) yield book;
    }
  }
}
