/** What options of controllers must and must not type-check; compiled, never run. */
import { applyDecorators, UseGuards, type CanActivate } from '@nestjs/common';
import {
  AllowAny,
  GenericController,
  GenericCrudController,
  GrpcController,
  ListAction,
  ModelSerializer,
  ProtoSerializer,
  Serializer,
  withActions,
  type GrpcControllerOptions,
  type SerializerClass,
} from 'nestjs-socio-grpc';
import { EntitySchema } from 'typeorm';

class Author {
  id!: number;
  name!: { first: string; last: string };
}

class Book {
  id!: number;
  title!: string;
  author!: Author;
}

@ModelSerializer({ model: Author })
export class AuthorSerializer extends ProtoSerializer<Author> {}

@ModelSerializer({ model: Book })
export class BookSerializer extends ProtoSerializer<Book> {}

@Serializer()
export class FreeSerializer extends ProtoSerializer {}

@GrpcController({ serializer: BookSerializer, permissions: [AllowAny] })
export class BookController extends GenericCrudController<Book> {
  private readonly shelf = 'A';

  where() {
    return this.shelf;
  }
}

// @ts-expect-error authors are no books
@GrpcController({ serializer: AuthorSerializer })
export class AuthorsAsBooks extends GenericCrudController<Book> {}

// @ts-expect-error nor with a set of actions of one's own
@GrpcController({ serializer: AuthorSerializer })
export class AuthorsAsBookList extends withActions(GenericController, ListAction)<Book> {}

// @ts-expect-error nor where a base said so
@GrpcController({ serializer: AuthorSerializer })
export class AuthorsAsMoreBooks extends BookController {}

/** The model is stated nowhere but in the serializer. */
@GrpcController({ serializer: AuthorSerializer })
export class UntypedController extends GenericCrudController {}

/** Messages without a model fit everywhere. */
@GrpcController({ serializer: FreeSerializer })
export class FreeController extends GenericCrudController<Book> {}

/** Controllers without a model take any serializer. */
@GrpcController({ serializer: AuthorSerializer })
export class PlainController {
  ping() {
    return {};
  }
}

@GrpcController()
export class EmptyController {}

const Shelf = new EntitySchema<{ id: number }>({ name: 'shelf', columns: { id: { type: 'int' } } });

@ModelSerializer({ model: Shelf })
export class ShelfSerializer extends ProtoSerializer<{ id: number }> {}

@GrpcController({ serializer: ShelfSerializer, lookup: 'id' })
export class ShelfController extends GenericCrudController<{ id: number }> {}

@GrpcController({ serializer: AuthorSerializer, lookup: ['id', 'name.last'] })
export class AuthorController extends GenericCrudController<Author> {}

@GrpcController({ lookup: 'title' })
export class TitleController extends BookController {}

// @ts-expect-error a book has no "titel"
@GrpcController({ serializer: BookSerializer, lookup: 'titel' })
export class MisspeltController extends GenericCrudController<Book> {}

// @ts-expect-error nor in a list
@GrpcController({ serializer: BookSerializer, lookup: ['id', 'titel'] })
export class MisspeltListController extends GenericCrudController<Book> {}

class Guard implements CanActivate {
  canActivate() {
    return true;
  }
}

/** Decorators of one's own, as Nest composes them. */
export const BookApi = applyDecorators(GrpcController({ serializer: BookSerializer }), UseGuards(Guard));
export const Api = (serializer: SerializerClass, options: GrpcControllerOptions = {}) =>
  applyDecorators(GrpcController({ ...options, serializer }), UseGuards(Guard));
export const OpenBooks = GrpcController({ serializer: BookSerializer, permissions: [AllowAny] });
export const AllOfBooks = ModelSerializer({ model: Book });

@BookApi
export class DecoratedController extends GenericCrudController<Book> {}

@Api(BookSerializer, { service: 'Api' })
export class ApiController extends GenericCrudController<Book> {}

@OpenBooks
export class OpenController extends GenericCrudController<Book> {}

// @ts-expect-error authors are no books
@OpenBooks
export class OpenAuthorController extends GenericCrudController<Author> {}

@AllOfBooks
export class OtherBookSerializer extends ProtoSerializer<Book> {}
