/**
 * What a careful developer writes by hand: controllers on Nest's own gRPC transport, the columns that the answer needs,
 * one guard that verifies the same tokens, a validation pipe on writes. Nothing is logged.
 */
import { join } from 'node:path';
import { status, type Metadata } from '@grpc/grpc-js';
import {
  Controller,
  Injectable,
  Module,
  UsePipes,
  ValidationPipe,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { GrpcMethod, RpcException, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import {
  IsBoolean,
  IsISO8601,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  MaxLength,
} from 'class-validator';
import { Observable } from 'rxjs';
import {
  LessThan,
  ILike,
  MoreThan,
  MoreThanOrEqual,
  type FindOptionsSelect,
  type FindOptionsWhere,
  Repository,
} from 'typeorm';
import { freePort, typeOrmOptions } from '../databases.js';
import { ENTITIES, Post, Reading } from '../domain/entities.js';
import { JWT_OPTIONS } from '../domain/secret.js';
import { parametersOf, type ListRequest } from './list-request.js';
import { serve } from './serve.js';

@Injectable()
class TokenGuard implements CanActivate {
  constructor(private readonly jwt: JwtService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const [header] = context.switchToRpc().getContext<Metadata>().get('authorization');
    try {
      await this.jwt.verifyAsync(String(header).replace(/^Bearer /, ''));
      return true;
    } catch {
      throw new RpcException({ code: status.UNAUTHENTICATED, message: 'The token is not valid.' });
    }
  }
}

class PostDto {
  @IsString() @IsNotEmpty() @MaxLength(200) headline!: string;
  @IsOptional() @IsString() @MaxLength(200) subtitle?: string;
  @IsString() @IsNotEmpty() content!: string;
  @IsNumber() rating!: number;
  @IsInt() views!: number;
  @IsBoolean() pinned!: boolean;
  @IsISO8601() published_at!: string;
  @IsInt() author!: number;
}

const UPDATABLE = ['headline', 'subtitle', 'content', 'rating', 'views', 'pinned'] as const;

class PartialPostDto {
  @IsInt() id!: number;
  @IsString() @MaxLength(200) headline!: string;
  @IsOptional() @IsString() @MaxLength(200) subtitle?: string;
  @IsString() content!: string;
  @IsNumber() rating!: number;
  @IsInt() views!: number;
  @IsBoolean() pinned!: boolean;
  @IsString({ each: true }) _partial_update_fields!: string[];
}

const COLUMNS = {
  id: true,
  headline: true,
  subtitle: true,
  content: true,
  rating: true,
  views: true,
  pinned: true,
  publishedAt: true,
  authorId: true,
} as const satisfies FindOptionsSelect<Post>;

function toMessage(post: Post) {
  const { id, headline, subtitle, content, rating, views, pinned, publishedAt, authorId } = post;
  return {
    id,
    headline,
    subtitle,
    content,
    rating,
    views,
    pinned,
    published_at: publishedAt.toISOString(),
    author: authorId,
  };
}

function whereOf({ filters }: ReturnType<typeof parametersOf>): FindOptionsWhere<Post> {
  return {
    ...(filters['pinned'] !== undefined && { pinned: filters['pinned'] as boolean }),
    ...(filters['views__gte'] !== undefined && { views: MoreThanOrEqual(filters['views__gte'] as number) }),
    ...(filters['views__lt'] !== undefined && { views: LessThan(filters['views__lt'] as number) }),
    ...(filters['headline__icontains'] !== undefined && {
      headline: ILike(`%${filters['headline__icontains'] as string}%`),
    }),
  };
}

@Controller()
class PostController {
  constructor(@InjectRepository(Post) private readonly posts: Repository<Post>) {}

  @GrpcMethod('PostController', 'Retrieve')
  async retrieve({ id }: { id: number }) {
    return toMessage(await this.find(id));
  }

  @GrpcMethod('PostController', 'List')
  async list(request: ListRequest) {
    const parameters = parametersOf(request);
    const { offset, limit } = parameters;
    const posts = await this.posts.find({
      select: COLUMNS,
      where: whereOf(parameters),
      order: { id: 'ASC' },
      skip: offset,
      take: limit,
    });
    return { results: posts.map(toMessage) };
  }

  @GrpcMethod('NestedPostController', 'List')
  async nested(request: ListRequest) {
    const parameters = parametersOf(request);
    const { offset, limit } = parameters;
    const posts = await this.posts.find({
      select: {
        ...COLUMNS,
        author: { id: true, name: true, country: true },
        comments: { id: true, text: true },
      },
      where: whereOf(parameters),
      relations: { author: true, comments: true },
      // An order of comments too would cut pages by comments instead of posts.
      order: { id: 'ASC' },
      skip: offset,
      take: limit,
    });
    return {
      results: posts.map((post) =>
        Object.assign(toMessage(post), {
          author: post.author,
          comments: post.comments.toSorted((a, b) => a.id - b.id),
        }),
      ),
    };
  }

  @GrpcMethod('PostController', 'Create')
  @UsePipes(new ValidationPipe({ transform: true, exceptionFactory: invalid }))
  async create({ published_at, author, subtitle = null!, ...values }: PostDto) {
    const post = this.posts.create({
      ...values,
      subtitle,
      publishedAt: new Date(published_at),
      authorId: author,
    });
    await this.posts.insert(post);
    return toMessage(post);
  }

  @GrpcMethod('PostController', 'PartialUpdate')
  @UsePipes(new ValidationPipe({ transform: true, exceptionFactory: invalid }))
  async partialUpdate(request: PartialPostDto) {
    const names = UPDATABLE.filter((name) => request._partial_update_fields.includes(name));
    await this.posts.update(request.id, Object.fromEntries(names.map((name) => [name, request[name]])));
    return toMessage(await this.find(request.id));
  }

  private async find(id: number): Promise<Post> {
    const post = await this.posts.findOne({ select: COLUMNS, where: { id } });
    if (!post) throw new RpcException({ code: status.NOT_FOUND, message: `Post: ${id} not found!` });
    return post;
  }
}

/** Rows of one statement of a stream. */
const CHUNK = 500;

@Controller()
class ReadingController {
  constructor(@InjectRepository(Reading) private readonly readings: Repository<Reading>) {}

  @GrpcMethod('ReadingController', 'Stream')
  stream(): Observable<object> {
    return new Observable((subscriber) => {
      this.sendAll(subscriber).then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      );
    });
  }

  /** Nest's transport does not tell when its client has read enough, so rows come as fast as the database gives them. */
  private async sendAll(subscriber: { readonly closed: boolean; next(row: object): void }): Promise<void> {
    let last = 0;
    for (;;) {
      const rows = await this.readings.find({
        where: { id: MoreThan(last) },
        order: { id: 'ASC' },
        take: CHUNK,
      });
      for (const { id, sensor, value, valid, takenAt } of rows)
        subscriber.next({ id, sensor, value, valid, taken_at: takenAt.toISOString() });
      last = rows.at(-1)?.id ?? last;
      if (rows.length < CHUNK || subscriber.closed) return;
      // Lets the transport write what it has.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

@Controller()
class SumController {
  @GrpcMethod('SumController', 'Add')
  add({ a, b }: { a: number; b: number }) {
    return { sum: a + b };
  }
}

function invalid(errors: readonly unknown[]): RpcException {
  return new RpcException({ code: status.INVALID_ARGUMENT, message: JSON.stringify(errors) });
}

await serve(async ({ database, protoDir, poolSize }, watch) => {
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        ...typeOrmOptions(database, poolSize),
        entities: ENTITIES,
        logger: watch.logger,
      }),
      TypeOrmModule.forFeature(ENTITIES),
      JwtModule.register(JWT_OPTIONS),
    ],
    controllers: [PostController, ReadingController, SumController],
    providers: [{ provide: APP_GUARD, useClass: TokenGuard }],
  })
  class AppModule {}
  const port = await freePort();
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, {
    transport: Transport.GRPC,
    options: {
      package: 'bench',
      url: `127.0.0.1:${port}`,
      protoPath: join(protoDir, 'bench/bench.proto'),
      loader: { keepCase: true, longs: String, defaults: true },
    },
  });
  await app.listen();
  return port;
});
