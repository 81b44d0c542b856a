/** What users' code must and must not type-check; compiled by `npm run typecheck`, never run. */
import {
  Field,
  GrpcAction,
  MethodField,
  ModelSerializer,
  ProtoSerializer,
  Related,
  type GrpcContext,
  type OneOf,
} from 'nestjs-socio-grpc';

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

@ModelSerializer({ model: Book, fields: ['id', 'byline'], needs: ['author.name'] })
export class WithMethods extends ProtoSerializer<Book> {
  @MethodField({ type: 'string', needs: ['title', 'author.name'] })
  byline(book: Book, _ctx: GrpcContext): string {
    return book.title + book.author.name;
  }

  // @ts-expect-error the author has no "nmae"
  @MethodField({ type: 'string', needs: ['author.nmae'] })
  misspelt(book: Book): string {
    return book.title;
  }

  // @ts-expect-error gets a book, not an author
  @MethodField({ type: 'string' })
  mistaken(author: Author & { born: number }): string {
    return author.name;
  }

  override async toMessage(book: Book, ctx: GrpcContext) {
    return { ...(await super.toMessage(book, ctx)), title: book.title };
  }
}

/** Of whatever model has a name: a base for several serializers. */
export abstract class Named<M extends { name: string }> extends ProtoSerializer<M> {
  @MethodField({ type: 'string' })
  shout(object: M): string {
    return object.name.toUpperCase();
  }
}

@ModelSerializer({ model: Author, fields: ['id', 'shout'] })
export class NamedAuthor extends Named<Author> {}

// @ts-expect-error the model has no "title"
@ModelSerializer({ model: Author, needs: ['title'] })
export class NeedsTitle extends ProtoSerializer<Author> {}

@ModelSerializer({ model: Book, fields: ['id', 'author'] })
export class BySlug extends ProtoSerializer<Book> {
  @Related(() => Author, { slug: 'name' }) author!: Author;
}

@ModelSerializer({ model: Book, fields: ['id', 'author'] })
export class ByMisspeltSlug extends ProtoSerializer<Book> {
  // @ts-expect-error the author has no "nmae"
  @Related(() => Author, { slug: 'nmae' }) author!: Author;
}

@ModelSerializer({ model: Book, fields: ['id', 'author'] })
export class ByText extends ProtoSerializer<Book> {
  @Related(() => Author, { text: ({ name }) => name, needs: ['name'] }) author!: string;
}

@ModelSerializer({ model: Book, fields: ['id', 'author'] })
export class ByTextOfNothing extends ProtoSerializer<Book> {
  // @ts-expect-error the author has no "nmae" to need
  @Related(() => Author, { text: ({ name }) => name, needs: ['nmae'] }) author!: string;
}

type Contact = OneOf<{ email: string; phone: number }>;

export function textOf(contact: Contact): string {
  return contact.case === 'email' ? contact.value.trim() : contact.value.toFixed();
}

// @ts-expect-error there is no such member
export const FAX: Contact = { case: 'fax', value: 1 };

export class Kinds {
  @GrpcAction({
    request: {
      at: 'google.protobuf.Timestamp',
      counts: 'map<string, int64>',
      to: { oneof: { a: 'string', b: 'int32' } },
    },
    response: { took: 'google.protobuf.Duration', to: { oneof: { a: 'string', b: 'int32' } } },
  })
  known(request: {
    at: Date | null | undefined;
    counts: Record<string, string>;
    to?: OneOf<{ a: string; b: number }>;
  }) {
    return {
      took: { seconds: Object.keys(request.counts).length, nanos: 0 },
      to: { case: 'b' as const, value: 1 },
    };
  }

  // @ts-expect-error a moment is a Date
  @GrpcAction({ request: { at: 'google.protobuf.Timestamp' }, response: {} })
  textual(request: { at: string }) {
    return { at: request.at };
  }

  // @ts-expect-error the member "a" is a text
  @GrpcAction({ request: {}, response: { to: { oneof: { a: 'string' } } } })
  mistaken() {
    return { to: { case: 'a' as const, value: 1 } };
  }
}
