import 'reflect-metadata';
import { Controller, UseGuards, type Type } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { ObjectLiteral } from 'typeorm';
import { SetupError } from '../errors/setup-error.js';
import type { FilterBackendClass } from '../filters/filter-backend.js';
import type { FilterSetClass } from '../filters/filter-set.js';
import type { FilterOptions, OrderingOptions, SearchPath } from '../filters/path-types.js';
import type { PaginatorClass } from '../pagination/paginator.js';
import { PassThroughFilter } from '../request/fallback-filter.js';
import type { AuthenticatorClass } from '../request/authentication.js';
import { GrpcContext } from '../request/grpc-context.js';
import type { Middleware } from '../request/middleware.js';
import type { PermissionExpression } from '../request/permission-expressions.js';
import { PermissionGuard } from '../request/permissions.js';
import type { ScopeClass } from '../request/scope.js';
import type { IsAnyModel } from '../serialization/model-paths.js';
import type { SerializerClass } from '../serialization/proto-serializer.js';
import { ACCESS, givesMessages } from './access.js';
import { asNestResult, serialized } from './action-results.js';
import { actionsOf } from './grpc-action.js';
import { FILTERS, GUARDS, ROUTE_ARGUMENTS } from './nest-metadata.js';
import { attachAnswers } from './plain-answers.js';

const OPTIONS = Symbol('nestjs-socio-grpc:controller');

/** Keeps our handlers out of other transports and theirs out of ours. */
export const SOCIO_GRPC_TRANSPORT = Symbol('socio-grpc');

/** Options of `@GrpcController()`; `M` is the serializer's model. */
export interface GrpcControllerOptions<M extends object = object> {
  /** Default serializer of all actions; see `getSerializer()`. Its model is the controller's model. */
  readonly serializer?: SerializerClass<M>;
  /** Name of the service without `Controller`. Default: the class name without its last `Controller`. */
  readonly service?: string;
  /** Proto package of the service. Default: that of `forFeature()` in its module, else the application's. */
  readonly package?: string;
  /** Who may call. Default: the module's; when nobody states any, the server is reachable from this machine only. */
  readonly permissions?: readonly PermissionExpression[];
  /** How callers are recognised; the first that succeeds wins. Default: the module's. */
  readonly authentication?: readonly AuthenticatorClass[];
  /** Which rows of the model a caller can see at all. Default: all. */
  readonly scope?: ScopeClass;
  /** Runs around every call of this controller, inside the module's. Default: none. */
  readonly middleware?: readonly Middleware[];
  /** Property, or properties, that find one object; `name.last` is inside an embedded one. Default: the primary key. */
  readonly lookup?: LookupOf<NoInfer<M>> | readonly LookupOf<NoInfer<M>>[];
  /** What requests may filter by: lookups by path, or a `FilterSet`. Default: nothing. */
  // oxlint-disable-next-line typescript/no-explicit-any -- of a model that says nothing any set is one
  readonly filters?: FilterOptions<NoInfer<M>> | FilterSetClass<IsAnyModel<M> extends true ? any : M>;
  /** Where `search` looks: paths, with DRF's signs `^`, `=`, `@` and `$` in front. Default: nowhere. */
  readonly search?: readonly SearchPath<NoInfer<M>>[];
  /** What requests may order by, and the order when they do not say. Default: by the key. */
  readonly ordering?: OrderingOptions<NoInfer<M>>;
  /** What narrows and orders lists, in that order. Default: the module's. */
  readonly filterBackends?: readonly FilterBackendClass[];
  /** How lists are cut into pages; null: not at all. Default: the module's. */
  readonly pagination?: PaginatorClass | null;
  /** Name of the TypeORM data source. Default: the serializer's, else the unnamed one. */
  readonly dataSource?: string;
  /** Comment of the service in the `.proto`. */
  readonly description?: string | readonly string[];
}

/** Columns of a model by their properties, and paths into embedded objects. */
export type LookupOf<M> =
  IsAnyModel<M> extends true ? string : (keyof M & string) | `${keyof M & string}.${string}`;

/**
 * Classes that a serializer of `M` fits: controllers of `M` or of what `M` extends, and classes without a model.
 * Optional all through, so that the decorator stays one for Nest's `applyDecorators()`.
 */
export interface ControllerFor<M> {
  readonly prototype?: ObjectLiteral & {
    readonly [ACCESS]?: {
      // oxlint-disable-next-line typescript/no-explicit-any -- fits controllers of whichever model
      readonly serialize: (objects: readonly (IsAnyModel<M> extends true ? any : M)[], ctx: never) => unknown;
    };
  };
}

/** What a handler of ours carries through Nest to our server. */
export interface HandlerMark {
  readonly controller: Type<object>;
  readonly action: string;
}

/**
 * Makes a class a gRPC service: its actions become rpcs, wired into Nest's guards, pipes, interceptors and
 * exception filters. A subclass of a controller inherits the options that it does not state, except `service`.
 *
 * @example
 * \@GrpcController({ serializer: PostSerializer, permissions: [AllowAny] })
 * export class PostController extends GenericCrudController<Post> {}
 */
export function GrpcController<M extends object = object>(
  options: GrpcControllerOptions<M> = {},
): (target: ControllerFor<M>) => void {
  return (target) => {
    const controller = target as unknown as Type<object>;
    Reflect.defineMetadata(OPTIONS, { ...inheritedOptions(controller), ...options }, controller);
    for (const [action, { transaction }] of actionsOf(controller.prototype as object))
      registerAction(controller, action, transaction === true);
    attachEnhancers(controller);
    attachAnswers(controller);
    Controller()(controller);
  };
}

/** A subclass keeps what its base stated and it does not; only the name of the service is each one's own. */
function inheritedOptions(controller: Type<object>): GrpcControllerOptions {
  const { service: _own, ...inherited } = controllerOptionsOf(controller) ?? {};
  return inherited;
}

/** The options of a controller class; a subclass without the decorator has its base's. */
export function controllerOptionsOf(controller: object): GrpcControllerOptions | undefined {
  return Reflect.getMetadata(OPTIONS, controller) as GrpcControllerOptions | undefined;
}

/** Whether a class has the decorator itself: a subclass without it would share the handlers of its base. */
export function isGrpcController(controller: object): boolean {
  return Reflect.hasOwnMetadata(OPTIONS, controller);
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Fresh function -> what it was made from, or wrappers would pile up at each level of inheritance. */
const originals = new WeakMap<Method, Method>();

/** The method that was written, where a handler was made of it. */
export function originalOf(method: unknown): unknown {
  return originals.get(method as Method) ?? method;
}

/**
 * Nest keeps a handler's metadata on the function object, so controllers that inherit one action would share it.
 * Each class gets a function of its own that carries every metadata key of the original.
 */
function registerAction(controller: Type<object>, action: string, transaction: boolean): void {
  // Said at once: boot would not come to its end.
  if (action === 'then')
    throw new SetupError([
      `${controller.name}.then: JavaScript takes an object with a method "then" for a promise, and Nest would wait for the controller for ever. Give the method another name, and the rpc its own with @GrpcAction({ name: 'Then' }).`,
    ]);
  const prototype = controller.prototype as Record<string, Method>;
  const declared = prototype[action] as Method;
  const original = originals.get(declared) ?? declared;
  const asItIs = givesMessages(original);
  const fresh: Method = function (...args) {
    const ctx = contextOf(args);
    const perform = (): unknown =>
      asItIs ? original.apply(this, args) : serialized(this, original.apply(this, args), ctx);
    const result = transaction ? inTransaction(perform, ctx) : perform();
    return asItIs && result instanceof Promise ? result : asNestResult(result, ctx);
  };
  Object.defineProperty(fresh, 'name', { value: action });
  for (const key of Reflect.getMetadataKeys(original) as unknown[])
    Reflect.defineMetadata(key, Reflect.getMetadata(key, original), fresh);
  originals.set(fresh, original);
  const descriptor = { value: fresh, writable: true, configurable: true, enumerable: false };
  Object.defineProperty(prototype, action, descriptor);
  const mark: HandlerMark = { controller, action };
  MessagePattern(`${controller.name}/${action}`, SOCIO_GRPC_TRANSPORT, { socioGrpc: mark })(
    prototype,
    action,
    descriptor,
  );
  declareParameters(controller, action);
}

/** Under a custom transport Nest passes the payload alone unless parameters are decorated. */
function declareParameters(controller: Type<object>, action: string): void {
  const prototype = controller.prototype as object;
  if (!Reflect.hasMetadata(ROUTE_ARGUMENTS, controller, action)) {
    Payload()(prototype, action, 0);
    Ctx()(prototype, action, 1);
  }
  // A global pipe with `validateCustomDecorators` would try to construct a context.
  const types = Reflect.getMetadata('design:paramtypes', prototype, action) as unknown[] | undefined;
  if (types?.includes(GrpcContext))
    Reflect.defineMetadata(
      'design:paramtypes',
      types.map((type) => (type === GrpcContext ? Object : type)),
      prototype,
      action,
    );
}

function attachEnhancers(controller: Type<object>): void {
  const guards = (Reflect.getMetadata(GUARDS, controller) as unknown[] | undefined) ?? [];
  if (!guards.includes(PermissionGuard)) UseGuards(PermissionGuard)(controller);
  // First in the list is last in line, so that the user's filters on class and method win.
  const filters = (Reflect.getMetadata(FILTERS, controller) as unknown[] | undefined) ?? [];
  if (!filters.includes(PassThroughFilter))
    Reflect.defineMetadata(FILTERS, [PassThroughFilter, ...filters], controller);
}

/** Parameters may be decorated, and calls of `super` may leave some out. Undefined outside any call. */
function contextOf([, second]: readonly unknown[]): GrpcContext | undefined {
  return second instanceof GrpcContext ? second : GrpcContext.current();
}

/** Direct calls in tests are outside any call, and run as they are. */
function inTransaction(work: () => unknown, ctx: GrpcContext | undefined): unknown {
  if (!ctx) return work();
  return ctx.transaction(async () => {
    const result = await work();
    // It does its work when it is subscribed to, which must not be after the commit.
    return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
  });
}
