/** Controllers of models that are type parameters, and mixins of users' own; compiled, never run. */
import {
  action,
  AllowAny,
  GenericController,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ListAction,
  LookupField,
  ModelSerializer,
  ProtoSerializer,
  SelfSerializer,
  StreamAction,
  withActions,
  type ActionKind,
  type GrpcContext,
  type ModelOf,
  type Scope,
  type Values,
} from 'nestjs-socio-grpc';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

type Same<A> = <T>() => T extends A ? 1 : 2;
type Equal<A, B> = Same<A> extends Same<B> ? true : false;
const expectType = <T extends true>(): T | undefined => undefined;

interface Tenanted {
  id: number;
  tenant: string;
}

class Post implements Tenanted {
  id!: number;
  tenant!: string;
  headline!: string;
}

export abstract class TenantController<M extends Tenanted> extends withActions(
  GenericCrudController,
  StreamAction,
)<M> {
  protected override getQuery(ctx: GrpcContext) {
    return super.getQuery(ctx).andWhere(`${this.alias}.tenant = :tenant`, { tenant: ctx.user.tenant });
  }

  protected override performCreate(values: Values<M>, ctx: GrpcContext): Promise<M> {
    return super.performCreate({ ...values, tenant: ctx.user.tenant }, ctx);
  }

  protected override async performUpdate(object: M, values: Values<M>, ctx: GrpcContext) {
    await super.performUpdate(object, values, ctx);
  }

  @GrpcAction({ request: LookupField, response: SelfSerializer })
  async touch(_request: object, ctx: GrpcContext) {
    const object = await this.getObject(ctx);
    object.tenant = 'touched';
    return this.serialize(object, ctx);
  }

  override async *stream(request: object, ctx: GrpcContext) {
    yield* super.stream(request, ctx);
  }
}

@ModelSerializer({ model: Post })
export class PostSerializer extends ProtoSerializer<Post> {}

class OwnTenant implements Scope<Post> {
  where(ctx: GrpcContext) {
    return { tenant: ctx.user.tenant as string };
  }
}

@GrpcController({ serializer: PostSerializer, permissions: [AllowAny], scope: OwnTenant })
export class PostController extends TenantController<Post> {
  /** Names that the library does not need for itself. */
  constructor(
    private readonly model: string,
    private readonly access: string,
  ) {
    super();
  }

  @GrpcAction({ request: LookupField, response: SelfSerializer })
  async lookup(request: object, ctx: GrpcContext) {
    void this.model;
    void this.access;
    return this.retrieve(request, ctx);
  }
}

@GrpcController({ service: 'OtherPost' })
export class OtherPostController extends PostController {}

export abstract class Archive<M extends ObjectLiteral> extends GenericController<M> {
  @GrpcAction({ request: LookupField, response: SelfSerializer })
  async archive(_request: object, ctx: GrpcContext) {
    return this.serialize(await this.performArchive(await this.getObject(ctx), ctx), ctx);
  }

  protected async performArchive(object: M, _ctx: GrpcContext): Promise<M> {
    return object;
  }

  protected archived(ctx: GrpcContext): SelectQueryBuilder<M> {
    return this.getQuery(ctx).andWhere(`${this.alias}.archived = true`);
  }
}

export interface ArchiveKind extends ActionKind {
  readonly type: Archive<ModelOf<this['model']>>;
}

export const ArchiveAction = action<ArchiveKind>(Archive);

export const ArchiveBase = withActions(GenericController, ListAction, ArchiveAction);

@GrpcController({ serializer: PostSerializer, service: 'Archive' })
export class ArchiveController extends ArchiveBase<Post> {
  both(ctx: GrpcContext) {
    return [this.list({}, ctx), this.archive({}, ctx)];
  }

  protected override archived(ctx: GrpcContext) {
    const query = super.archived(ctx);
    expectType<Equal<typeof query, SelectQueryBuilder<Post>>>();
    return query;
  }

  protected override async performArchive(post: Post, ctx: GrpcContext) {
    const archived = await super.performArchive(post, ctx);
    expectType<Equal<typeof archived, Post>>();
    return archived;
  }
}

export class WrongArchiveHook extends ArchiveBase<Post> {
  // @ts-expect-error posts are no numbers
  protected override async performArchive(post: number) {
    return post;
  }
}

/** Everything at once: a model that is a type parameter, actions of the library and of a user, overrides of both. */
export abstract class TenantArchive<M extends Tenanted> extends withActions(
  GenericCrudController,
  ArchiveAction,
)<M> {
  protected override getQuery(ctx: GrpcContext) {
    return super.getQuery(ctx).andWhere(`${this.alias}.tenant = :tenant`, { tenant: ctx.user.tenant });
  }

  protected override archived(ctx: GrpcContext) {
    return super.archived(ctx).andWhere(`${this.alias}.tenant = :tenant`, { tenant: ctx.user.tenant });
  }

  protected override async performArchive(object: M, ctx: GrpcContext) {
    object.tenant = 'archive';
    return super.performArchive(object, ctx);
  }

  protected override performCreate(values: Values<M>, ctx: GrpcContext): Promise<M> {
    return super.performCreate({ ...values, tenant: ctx.user.tenant }, ctx);
  }

  async archiveAll(objects: readonly M[], ctx: GrpcContext) {
    return [await this.serialize(objects, ctx), await this.archive({}, ctx)];
  }
}

@GrpcController({ serializer: PostSerializer, service: 'TenantArchive' })
export class TenantArchiveController extends TenantArchive<Post> {
  protected override async performArchive(post: Post, ctx: GrpcContext) {
    const archived = await super.performArchive(post, ctx);
    expectType<Equal<typeof archived, Post>>();
    return archived;
  }
}

/** The model of the base is more general than the serializer's. */
@GrpcController({ serializer: PostSerializer, service: 'AnyTenanted' })
export class TenantedController extends GenericCrudController<Tenanted> {}
