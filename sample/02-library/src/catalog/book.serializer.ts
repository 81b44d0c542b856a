import { Min } from 'class-validator';
import {
  Field,
  MethodField,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  Related,
  ValidationException,
} from 'nestjs-socio-grpc';
import { CoverSerializer } from '../covers/cover.serializer.js';
import { VisibleMembers } from '../members/visible-members.js';
import { AuthorSerializer } from './author.serializer.js';
import { Book } from './book.entity.js';
import { Chapter } from './chapter.entity.js';
import { isIsbn } from './isbn.js';

@ModelSerializer({ model: Chapter, fields: ['id', 'number', 'title'] })
export class ChapterSerializer extends ProtoSerializer<Chapter> {}

/** What lists show and requests send: related objects are keys, chapters are written with the book. */
@ModelSerializer({
  model: Book,
  fields: [
    'id',
    'isbn',
    'title',
    'summary',
    'printed',
    'state',
    'copies',
    'lent',
    'author',
    'authorName',
    'tags',
    'chapters',
    'branch',
    'owner',
    'addedAt',
  ],
  readOnly: ['state', 'lent', 'branch'],
})
export class BookSerializer extends ProtoSerializer<Book> {
  @Field({ maxLength: 17, description: 'ISBN-13, with or without hyphens' }) isbn!: string;
  @Field({ allowBlank: true }) summary!: string;
  @Field() @Min(1) copies!: number;
  @Related({ source: 'author', slug: 'name', readOnly: true }) authorName!: string;
  @Related({ scope: VisibleMembers, readOnly: true }) owner!: number;
  @Nested(() => ChapterSerializer, { write: ['create', 'replace', 'remove'] }) chapters!: Chapter[];

  validateIsbn(isbn: string) {
    const digits = isbn.replaceAll('-', '');
    if (!isIsbn(digits)) throw ValidationException.ofRequest('Not an ISBN-13.', 'isbn');
    return digits;
  }
}

/** What Retrieve shows: the related objects themselves. */
@ModelSerializer({
  model: Book,
  fields: [
    'id',
    'isbn',
    'title',
    'summary',
    'printed',
    'state',
    'author',
    'tags',
    'chapters',
    'cover',
    'available',
  ],
  description: 'One book with everything around it',
})
export class BookDetailSerializer extends ProtoSerializer<Book> {
  @Nested(() => AuthorSerializer) author!: object;
  @Nested(() => ChapterSerializer) chapters!: object[];
  @Nested(() => CoverSerializer) cover!: object;

  @MethodField({ type: 'int32', needs: ['copies', 'lent'], description: 'copies in the house' })
  available({ copies, lent }: Book): number {
    return copies - lent;
  }
}
