/** What users' code must and must not type-check; compiled by `npm run typecheck`, never run. */
import {
  GenericController,
  GenericCrudController,
  ListAction,
  ReadOnlyController,
  StreamAction,
  withActions,
  type GrpcContext,
  type Values,
} from 'nestjs-socio-grpc';
import type { SelectQueryBuilder } from 'typeorm';

type Same<A> = <T>() => T extends A ? 1 : 2;
type Equal<A, B> = Same<A> extends Same<B> ? true : false;
const expectType = <T extends true>(): T | undefined => undefined;
// @ts-expect-error the comparison itself can tell types apart
expectType<Equal<Post, object>>();

class Post {
  id!: number;
  headline!: string;
}

export class PostController extends withActions(GenericCrudController, StreamAction)<Post> {
  constructor(private readonly shelf: string) {
    super();
  }

  protected override getQuery(ctx: GrpcContext) {
    const query = super.getQuery(ctx);
    expectType<Equal<typeof query, SelectQueryBuilder<Post>>>();
    return query.andWhere(`${this.alias}.headline <> :shelf`, { shelf: this.shelf });
  }

  protected override async performCreate(values: Values<Post>, ctx: GrpcContext) {
    const post = await super.performCreate({ ...values, headline: values.headline ?? ctx.user.name }, ctx);
    expectType<Equal<typeof post, Post>>();
    return post;
  }

  override async *stream(request: object, ctx: GrpcContext) {
    for await (const message of super.stream(request, ctx)) yield message;
  }

  async publish(_request: object, ctx: GrpcContext) {
    const post = await this.getObject(ctx);
    expectType<Equal<typeof post, Post>>();
    // @ts-expect-error a post has no such property
    post.title = 'x';
    return this.serialize(post, ctx);
  }
}

export class Readers extends withActions(ReadOnlyController, StreamAction)<Post> {
  all(ctx: GrpcContext) {
    return [this.list({}, ctx), this.retrieve({}, ctx), this.stream({}, ctx)];
  }

  none(ctx: GrpcContext) {
    // @ts-expect-error creating is no action of this class
    return this.create({}, ctx);
  }
}

export class Lister extends withActions(GenericController, ListAction)<Post> {
  none(ctx: GrpcContext) {
    // @ts-expect-error retrieving is no action of this class
    return this.retrieve({}, ctx);
  }
}

export class WrongHook extends GenericCrudController<Post> {
  // @ts-expect-error values are no number
  protected override performCreate(values: number) {
    return Promise.resolve(values);
  }
}
