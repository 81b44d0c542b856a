import { GenericCrudController, GrpcController, PageNumberPagination } from 'nestjs-socio-grpc';
import type { Author } from './author.entity.js';
import { AuthorSerializer } from './author.serializer.js';
import { CATALOG_PERMISSIONS } from './permissions.js';

@GrpcController({
  serializer: AuthorSerializer,
  permissions: CATALOG_PERMISSIONS,
  filters: { name: ['exact', 'icontains'], born: ['gte', 'lt', 'isnull'], 'books.title': ['icontains'] },
  search: ['name'],
  ordering: { fields: ['name', 'born'], default: ['name'] },
  pagination: PageNumberPagination.with({ pageSize: 20 }),
})
export class AuthorController extends GenericCrudController<Author> {}
