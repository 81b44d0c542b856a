/** What the calls of one controller need at run time: its model, its actions, and the instances named in options. */
import type { Type } from '@nestjs/common';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { CompiledController, CompiledModel } from '../crud/compiled-controller.js';
import type { ActionMessages, DeclaredController } from '../crud/describe.js';
import type { GrpcControllerOptions } from '../crud/grpc-controller.js';
import { SetupError } from '../errors/setup-error.js';
import type { ResolvedOptions } from '../options.js';
import type { Authenticator, AuthenticatorClass } from '../request/authentication.js';
import { ConnectionQueue, hasSingleConnection } from '../request/connection-queue.js';
import {
  compose,
  isMiddlewareClass,
  type Middleware,
  type MiddlewareFunction,
} from '../request/middleware.js';
import { RowSources } from '../request/row-source.js';
import { resolvePermission, type PermissionExpression } from '../request/permission-expressions.js';
import { judgesObjects, type Permission } from '../request/permissions.js';
import type { ConventionsName } from '../serialization/column-types.js';
import type { RowScope } from '../serialization/row-scope.js';
import type { Shapes } from '../serialization/shapes.js';
import type { ListingDraft } from '../filters/declare-listing.js';
import { ActionCompiler, serializersOfAction } from './action-compiler.js';
import { aliasOf } from './aliases.js';
import { compileListing, paginatorOf, PathScopes } from './listing-compiler.js';
import type { ProviderFinder } from './provider-finder.js';
import { scopesOf } from './serializer-parts.js';

export interface ControllerDraft {
  readonly controller: Type<object>;
  readonly options: GrpcControllerOptions;
  readonly declared: DeclaredController;
  /** What actions take and give, by method. */
  readonly messages: ReadonlyMap<string, ActionMessages>;
  readonly dataSource: DataSource | undefined;
  readonly metadata: EntityMetadata | undefined;
  readonly conventions: ConventionsName;
  readonly listing: ListingDraft;
}

export class ControllerCompiler {
  private readonly queues = new Map<DataSource, ConnectionQueue>();
  private readonly rowSources = new Map<DataSource, RowSources>();

  private constructor(
    private readonly options: ResolvedOptions,
    private readonly actions: ActionCompiler,
    private readonly shapes: Shapes,
    private readonly providers: ProviderFinder,
  ) {}

  static async create(
    options: ResolvedOptions,
    shapes: Shapes,
    providers: ProviderFinder,
  ): Promise<ControllerCompiler> {
    const actions = await ActionCompiler.create(
      shapes,
      providers,
      options.conventions,
      options.limits.maxListRows,
    );
    return new ControllerCompiler(options, actions, shapes, providers);
  }

  /** @throws SetupError when a class named in options cannot be made, or not be shared by all calls */
  async compile(draft: ControllerDraft): Promise<CompiledController> {
    const { controller, options, declared, dataSource } = draft;
    const { authentication, middleware, limits } = this.options;
    const actionPermissions = await this.permissions(controller, declared);
    return {
      name: controller.name,
      model: this.model(draft),
      ...(await this.actions.compile(controller, declared, draft.messages, dataSource, draft.metadata)),
      scope: options.scope && (await this.providers.instance<RowScope>(controller, options.scope)),
      actionPermissions,
      judgedActions: judged(actionPermissions),
      authenticators: await this.authenticators(controller, options.authentication ?? authentication),
      around: await this.around(controller, [...middleware, ...(options.middleware ?? [])]),
      ...(await this.lists(draft)),
      maxListRows: limits.maxListRows,
      maxPageSize: limits.maxPageSize,
    };
  }

  /** By action; what several of them state is one instance. */
  private async permissions(
    controller: Type<object>,
    { actions }: DeclaredController,
  ): Promise<ReadonlyMap<string, readonly Permission[]>> {
    const known = new Map<PermissionExpression, Permission>();
    const found = new Map<string, readonly Permission[]>();
    for (const { key, permissions = this.options.permissions ?? [] } of actions) {
      for (const expression of permissions.filter((each) => !known.has(each)))
        known.set(
          expression,
          await resolvePermission(expression, (type) => this.providers.instance(controller, type)),
        );
      found.set(
        key,
        permissions.map((expression) => known.get(expression) as Permission),
      );
    }
    return found;
  }

  private async lists({ controller, options, declared, listing }: ControllerDraft) {
    const { shapes, providers } = this;
    const serializers = declared.actions.flatMap(serializersOfAction);
    const scopeOf = await scopesOf(controller, serializers, shapes, providers);
    const scopes = new PathScopes(serializers, shapes, scopeOf);
    const paginator = paginatorOf(options, this.options);
    return {
      backends: await this.instances(controller, listing.backends),
      listing: await compileListing(controller, listing, scopes, providers, this.options.limits),
      paginator: paginator && (await providers.instance(controller, paginator)),
      pageParameters: paginator?.parameters ?? [],
    };
  }

  private async authenticators(
    controller: Type<object>,
    types: readonly AuthenticatorClass[],
  ): Promise<Authenticator[]> {
    const authenticators = await this.instances(controller, types);
    for (const authenticator of authenticators)
      try {
        await authenticator.assertReady?.();
        assertSendable(authenticator);
      } catch (error) {
        throw new SetupError([
          `${controller.name}: ${error instanceof Error ? error.message : String(error)}`,
        ]);
      }
    return authenticators;
  }

  private instances<T>(controller: Type<object>, types: readonly Type<T>[]): Promise<T[]> {
    return Promise.all(types.map((type) => this.providers.instance(controller, type)));
  }

  private async around(
    controller: Type<object>,
    middleware: readonly Middleware[],
  ): Promise<MiddlewareFunction | undefined> {
    const functions = middleware.map(async (each): Promise<MiddlewareFunction> => {
      if (typeof each === 'function' && !isMiddlewareClass(each)) return each;
      const instance = await this.providers.instance(controller, each);
      return Object.defineProperty(instance.use.bind(instance), 'name', { value: each.name });
    });
    return compose(await Promise.all(functions));
  }

  private model({ declared, dataSource, metadata }: ControllerDraft): CompiledModel | undefined {
    if (!metadata || !dataSource) return undefined;
    const queue = this.queueOf(dataSource);
    const rowSources = this.rowSourcesOf(dataSource);
    return { dataSource, queue, rowSources, metadata, alias: aliasOf(metadata), lookup: declared.lookup };
  }

  private rowSourcesOf(dataSource: DataSource): RowSources {
    const known = this.rowSources.get(dataSource);
    const sources = known ?? new RowSources(dataSource, this.options.preparedStatements);
    this.rowSources.set(dataSource, sources);
    return sources;
  }

  private queueOf(dataSource: DataSource): ConnectionQueue | undefined {
    if (!hasSingleConnection(dataSource)) return undefined;
    const queue = this.queues.get(dataSource) ?? new ConnectionQueue();
    this.queues.set(dataSource, queue);
    return queue;
  }
}

/** @throws Error when the challenge cannot be sent: then no caller would be refused, but the server would break */
function assertSendable({ challenge = '' }: Authenticator): void {
  if (!/^[ -~]*$/.test(challenge))
    throw new Error(`the challenge ${JSON.stringify(challenge)} has other characters than those of ASCII.`);
}

function judged(actionPermissions: CompiledController['actionPermissions']): ReadonlySet<string> {
  return new Set(
    [...actionPermissions].flatMap(([action, permissions]) =>
      permissions.some(judgesObjects) ? [action] : [],
    ),
  );
}
