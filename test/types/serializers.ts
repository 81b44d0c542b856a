/** What users' code must and must not type-check; compiled by `npm run typecheck`, never run. */
import { Field, ModelSerializer, ProtoSerializer, Related } from 'nestjs-socio-grpc';

class Author {
  id!: number;
  name!: string;
}

class Book {
  id!: number;
  title!: string;
  author!: Author;
}

@ModelSerializer({ model: Book })
export class All extends ProtoSerializer<Book> {}

@ModelSerializer({ model: Book, fields: '__all__', exclude: ['author'] })
export class Excluding extends ProtoSerializer<Book> {}

@ModelSerializer({ model: Book, fields: ['id', 'title', 'authorName'], readOnly: ['title'] })
export class Listed extends ProtoSerializer<Book> {
  @Related({ source: 'author', slug: 'name' }) authorName!: string;
}

// @ts-expect-error neither the model nor the class has "titel"
@ModelSerializer({ model: Book, fields: ['id', 'titel'] })
export class Misspelt extends ProtoSerializer<Book> {}

// @ts-expect-error the model has no "auhtor"
@ModelSerializer({ model: Book, exclude: ['auhtor'] })
export class Miswritten extends ProtoSerializer<Book> {
  @Field() title!: string;
}
