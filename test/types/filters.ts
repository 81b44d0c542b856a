/** What options of lists must and must not type-check; compiled, never run. */
import {
  CursorPagination,
  FieldFilter,
  Filter,
  FilterFields,
  FilterSet,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  ProtoSerializer,
  type GrpcContext,
  type Page,
} from 'nestjs-socio-grpc';
import type { Relation, SelectQueryBuilder } from 'typeorm';

class Author {
  id!: number;
  name!: { first: string; last: string };
  books!: Relation<Book>[];
}

class Book {
  id!: number;
  title!: string;
  pages!: number | null;
  sold!: boolean;
  printed!: Date | null;
  author!: Relation<Author> | null;
  describe(): string {
    return this.title;
  }
}

@ModelSerializer({ model: Book })
export class BookSerializer extends ProtoSerializer<Book> {}

@GrpcController({
  serializer: BookSerializer,
  filters: {
    title: ['icontains'],
    pages: ['gte', 'range'],
    sold: ['exact'],
    printed: ['lt', 'isnull'],
    author: ['in'],
    'author.name.last': ['istartswith'],
    'author.books.title': ['exact'],
  },
  search: ['title', '^author.name.last', '=author.books.title'],
  ordering: { fields: ['title', 'author.name.last'], default: ['-printed', 'title'] },
  pagination: CursorPagination.with({ pageSize: 5 }),
  filterBackends: [FieldFilter],
})
export class BookController extends GenericCrudController<Book> {
  protected override async paginate(query: SelectQueryBuilder<Book>, ctx: GrpcContext): Promise<Page<Book>> {
    const page = await super.paginate(query, ctx);
    return { ...page, objects: page.objects.filter(({ pages }) => pages !== null) };
  }
}

@GrpcController({ serializer: BookSerializer, pagination: null })
export class WholeController extends GenericCrudController<Book> {}

// @ts-expect-error a book has no "titel"
@GrpcController({ serializer: BookSerializer, filters: { titel: ['exact'] } })
export class MisspeltFilter extends GenericCrudController<Book> {}

// @ts-expect-error nor has an author's name a "middle"
@GrpcController({ serializer: BookSerializer, filters: { 'author.name.middle': ['exact'] } })
export class MisspeltPath extends GenericCrudController<Book> {}

// @ts-expect-error numbers contain nothing
@GrpcController({ serializer: BookSerializer, filters: { pages: ['icontains'] } })
export class WrongLookup extends GenericCrudController<Book> {}

// @ts-expect-error there is no such lookup
@GrpcController({ serializer: BookSerializer, filters: { title: ['like'] } })
export class UnknownLookup extends GenericCrudController<Book> {}

// @ts-expect-error methods are no columns
@GrpcController({ serializer: BookSerializer, filters: { describe: ['exact'] } })
export class MethodFilter extends GenericCrudController<Book> {}

// @ts-expect-error nothing to order by
@GrpcController({ serializer: BookSerializer, ordering: { fields: ['-title'] } })
export class MisspeltOrder extends GenericCrudController<Book> {}

// @ts-expect-error nothing to search
@GrpcController({ serializer: BookSerializer, search: ['~title'] })
export class MisspeltSearch extends GenericCrudController<Book> {}

@FilterFields<Book>({ title: ['exact'] })
export class BookFilters extends FilterSet<Book> {
  @Filter({ path: 'pages', lookup: 'gte' }) minPages!: number;
  @Filter({ type: 'boolean' })
  anonymous(query: SelectQueryBuilder<Book>, anonymous: boolean): void {
    query.andWhere(anonymous ? '1 = 1' : '1 = 0');
  }
}

@GrpcController({ serializer: BookSerializer, filters: BookFilters })
export class FilteredController extends GenericCrudController<Book> {}

// @ts-expect-error an author has no title
@FilterFields<Author>({ title: ['exact'] })
export class AuthorFilters extends FilterSet<Author> {}

// @ts-expect-error filters of authors are no filters of books
@GrpcController({ serializer: BookSerializer, filters: AuthorFilters })
export class WrongFilterSet extends GenericCrudController<Book> {}
