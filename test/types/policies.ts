/** Permissions, scopes, middleware and authenticators as applications write them; compiled, never run. */
import { Inject, Injectable } from '@nestjs/common';
import {
  and,
  BasicAuthentication,
  BearerAuthentication,
  createContextKey,
  GenericCrudController,
  GrpcController,
  HasRole,
  IsAuthenticated,
  localeMiddleware,
  ModelSerializer,
  Nested,
  not,
  or,
  Permission,
  ProtoSerializer,
  TokenAuthentication,
  ValidationException,
  withDetails,
  type Authenticator,
  type ConventionsName,
  type Credentials,
  type ExceptionDetails,
  type FieldErrors,
  type GrpcContext,
  type GrpcMiddleware,
  type MiddlewareFunction,
  type Next,
  type PermissionExpression,
  type RowScopeClass,
  type Scope,
  type SocioGrpcOptions,
  type Values,
  type WriteKind,
} from 'nestjs-socio-grpc';

class User {
  id!: number;
  name!: string;
}

class Post {
  id!: number;
  headline!: string;
  user!: User;
}

@Injectable()
class Users {
  async find(name: string): Promise<User | undefined> {
    return name === '' ? undefined : { id: 1, name };
  }
}

@Injectable()
export class IsAuthor extends Permission<Post> {
  override readonly message = 'Only the author may do this.';

  constructor(@Inject(Users) private readonly users: Users) {
    super();
  }

  override async hasObjectPermission(ctx: GrpcContext, post: Post) {
    return (await this.users.find(post.user.name))?.id === ctx.user.id;
  }
}

export const AUTHOR_OR_EDITOR: PermissionExpression = or(
  HasRole('editor'),
  and(IsAuthenticated, IsAuthor, not(HasRole('guest'))),
);

@Injectable()
export class OwnPosts implements Scope<Post> {
  where(ctx: GrpcContext) {
    return ctx.user ? [{ user: { id: Number(ctx.user.id) } }, { headline: 'public' }] : [];
  }
}

export const OWN_POSTS: RowScopeClass = OwnPosts;

export class MisspeltScope implements Scope<Post> {
  // @ts-expect-error a post has no "titel"
  where() {
    return { titel: 'x' };
  }
}

export const TENANT = createContextKey<string | undefined>('tenant', undefined);

@Injectable()
export class TenantMiddleware implements GrpcMiddleware {
  async use(ctx: GrpcContext, next: Next) {
    ctx.values.set(TENANT, ctx.headers.get('x-tenant'));
    await next();
    ctx.setTrailer('x-tenant', ctx.values.get(TENANT) ?? 'none');
  }
}

export const timed: MiddlewareFunction = async (_ctx, next) => next();

@Injectable()
export class ApiKeyAuthentication implements Authenticator {
  readonly challenge = 'ApiKey';

  constructor(private readonly users: Users) {}

  async authenticate(ctx: GrpcContext): Promise<Credentials | undefined> {
    const user = await this.users.find(String(ctx.get('x-api-key')[0] ?? ''));
    return user && { user };
  }
}

@Injectable()
export class PasswordAuthentication extends BasicAuthentication {
  constructor(private readonly users: Users) {
    super();
  }

  protected verify(name: string, _password: string) {
    return this.users.find(name);
  }
}

@Injectable()
export class UserAuthentication extends BearerAuthentication {
  protected override findUser(claims: unknown, _ctx: GrpcContext) {
    return { id: Number((claims as { sub: string }).sub) };
  }
}

@ModelSerializer({ model: User })
export class UserSerializer extends ProtoSerializer<User> {}

@ModelSerializer({ model: Post, fields: ['id', 'headline', 'user'] })
export class PostSerializer extends ProtoSerializer<Post> {
  @Nested(() => UserSerializer, { write: ['connect'] }) user!: User;
}

@GrpcController({
  serializer: PostSerializer,
  authentication: [
    ApiKeyAuthentication,
    PasswordAuthentication,
    UserAuthentication,
    TokenAuthentication.with({ tokens: { secret: { id: 1 } } }),
  ],
  permissions: [AUTHOR_OR_EDITOR],
  scope: OwnPosts,
  middleware: [TenantMiddleware, timed, localeMiddleware({ supported: ['en'] })],
})
export class PostController extends GenericCrudController<Post> {
  constructor(private readonly users: Users) {
    super();
  }

  protected override async performCreate(values: Values<Post>, ctx: GrpcContext) {
    const errors: FieldErrors = { headline: [{ message: 'Nobody has that name.', code: 'invalid' }] };
    const details: ExceptionDetails = { reason: 'NOBODY' };
    if (!(await this.users.find(values.headline ?? '')))
      throw withDetails(new ValidationException(errors), details);
    return super.performCreate(values, ctx);
  }

  protected override readValues<V extends object = Values<Post>>(
    request: object,
    ctx: GrpcContext,
    kind: WriteKind = 'create',
  ) {
    return super.readValues<V>(request, ctx, kind);
  }
}

export const conventions: ConventionsName = 'dsg';
export const options: SocioGrpcOptions = { conventions, middleware: [timed], permissions: [IsAuthenticated] };
