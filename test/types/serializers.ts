/** What users' code must and must not type-check; compiled by `npm run typecheck`, never run. */
import {
  Field,
  MethodField,
  ModelSerializer,
  ProtoSerializer,
  Related,
  type GrpcContext,
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
