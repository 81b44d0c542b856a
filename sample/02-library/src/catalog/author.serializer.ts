import { ModelSerializer, ProtoSerializer } from 'nestjs-socio-grpc';
import { Author } from './author.entity.js';

@ModelSerializer({ model: Author })
export class AuthorSerializer extends ProtoSerializer<Author> {}
