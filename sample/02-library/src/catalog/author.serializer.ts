import { ModelSerializer, ProtoSerializer, Related } from 'nestjs-socio-grpc';
import { Author } from './author.entity.js';
import { VisibleBooks } from './visible-books.js';

/** The scope holds for the keys that are shown, and for filters through the relation. */
@ModelSerializer({ model: Author, fields: ['id', 'name', 'born', 'books'] })
export class AuthorSerializer extends ProtoSerializer<Author> {
  @Related({ scope: VisibleBooks, readOnly: true }) books!: number[];
}
