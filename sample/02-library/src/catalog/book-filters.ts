import { Filter, FilterFields, FilterSet } from 'nestjs-socio-grpc';
import type { SelectQueryBuilder } from 'typeorm';
import type { Book } from './book.entity.js';

@FilterFields<Book>({
  isbn: ['exact', 'in'],
  title: ['exact', 'icontains', 'istartswith'],
  printed: ['gte', 'lt', 'range', 'isnull'],
  state: ['exact', 'ne'],
  author: ['exact'],
  'author.name': ['exact', 'icontains'],
  'tags.label': ['exact', 'in'],
})
export class BookFilters extends FilterSet<Book> {
  /** A name of its own for a path and a lookup. */
  @Filter({ path: 'copies', lookup: 'gte' }) minCopies!: number;

  /** A condition of its own. */
  @Filter({ type: 'boolean', description: 'whether a copy is in the house' })
  available(query: SelectQueryBuilder<Book>, available: boolean): void {
    const { alias } = query;
    query.andWhere(`${alias}.lent ${available ? '<' : '='} ${alias}.copies`);
  }
}
