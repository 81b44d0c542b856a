/** The library with everything on: tokens, permissions, one log line for each call, filters, pages, validation. */
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  BearerAuthentication,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  IsAuthenticated,
  ListController,
  ModelSerializer,
  Nested,
  PageNumberPagination,
  ProtoSerializer,
  SocioGrpcModule,
  SocioGrpcServer,
  socioGrpc,
  StreamController,
} from 'nestjs-socio-grpc';
import { typeOrmOptions } from '../databases.js';
import { Author, Comment, ENTITIES, Post, Reading } from '../domain/entities.js';
import { JWT_OPTIONS } from '../domain/secret.js';
import { serve } from './serve.js';

const FIELDS = ['id', 'headline', 'subtitle', 'content', 'rating', 'views', 'pinned', 'publishedAt'] as const;

@ModelSerializer({ model: Post, fields: [...FIELDS, 'author'] })
export class PostSerializer extends ProtoSerializer<Post> {}

@ModelSerializer({ model: Author })
export class AuthorSerializer extends ProtoSerializer<Author> {}

@ModelSerializer({ model: Comment, fields: ['id', 'text'] })
export class CommentSerializer extends ProtoSerializer<Comment> {}

@ModelSerializer({ model: Post, fields: [...FIELDS, 'author', 'comments'] })
export class NestedPostSerializer extends ProtoSerializer<Post> {
  @Nested(() => AuthorSerializer) author!: Author;
  @Nested(() => CommentSerializer) comments!: Comment[];
}

@ModelSerializer({ model: Reading })
export class ReadingSerializer extends ProtoSerializer<Reading> {}

const LISTS = {
  filters: { pinned: ['exact'], headline: ['icontains'], views: ['gte', 'lt'] },
  ordering: { fields: ['views', 'publishedAt'] },
  pagination: PageNumberPagination.with({ pageSize: 100, count: 'none' }),
} as const;

@GrpcController({ serializer: PostSerializer, ...LISTS })
export class PostController extends GenericCrudController<Post> {}

@GrpcController({ serializer: NestedPostSerializer, ...LISTS })
export class NestedPostController extends ListController<Post> {}

@GrpcController({ serializer: ReadingSerializer })
export class ReadingController extends StreamController<Reading> {}

@GrpcController()
export class SumController {
  @GrpcAction({ request: { a: 'int32', b: 'int32' }, response: { sum: 'int32' } })
  add({ a, b }: { a: number; b: number }) {
    return { sum: a + b };
  }
}

await serve(async ({ database, protoDir, poolSize, asyncContext }, watch) => {
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        ...typeOrmOptions(database, poolSize),
        entities: ENTITIES,
        logger: watch.logger,
      }),
      JwtModule.register(JWT_OPTIONS),
      SocioGrpcModule.forRoot({
        package: 'bench',
        url: '127.0.0.1:0',
        proto: { dir: protoDir },
        authentication: [BearerAuthentication],
        permissions: [IsAuthenticated],
        asyncContext,
      }),
    ],
    controllers: [PostController, NestedPostController, ReadingController, SumController],
  })
  class AppModule {}
  const app = await NestFactory.createMicroservice(AppModule, socioGrpc());
  await app.listen();
  return app.get(SocioGrpcServer).port ?? 0;
});
