import { Inject, Injectable } from '@nestjs/common';
import type { DeepPartial, ObjectLiteral, Repository, SelectQueryBuilder } from 'typeorm';
import type { Page } from '../pagination/paginator.js';
import type { GrpcContext } from '../request/grpc-context.js';
import type { PermissionExpression } from '../request/permission-expressions.js';
import type { WriteKind } from '../serialization/presence.js';
import type { SerializerClass } from '../serialization/proto-serializer.js';
import { ACCESS } from './access.js';
import { CompiledControllers } from './compiled-controller.js';
import { controllerOptionsOf } from './grpc-controller.js';
import { ModelAccess, type HookOverrides } from './model-access.js';

/** A message as the codec takes it: properties in camelCase. */
export type Message = Readonly<Record<string, unknown>>;

/** Validated values of a request, by model property; relations are objects that hold the key. */
export type Values<M extends ObjectLiteral> = DeepPartial<M>;

const COMPILED: unique symbol = Symbol('nestjs-socio-grpc:compiled');
const MADE: unique symbol = Symbol('nestjs-socio-grpc:made');

/**
 * The base of all controllers over a model: no action of its own, but every seam that actions use. Add actions
 * with `withActions()` or take a ready base such as `GenericCrudController`.
 *
 * @example
 * \@GrpcController({ serializer: PostSerializer, permissions: [AllowAny] })
 * export class PostController extends withActions(GenericController, ListAction)<Post> {
 *   protected override getQuery(ctx: GrpcContext) {
 *     return super.getQuery(ctx).andWhere(`${this.alias}.hidden = false`);
 *   }
 * }
 */
@Injectable()
export abstract class GenericController<M extends ObjectLiteral = ObjectLiteral> {
  // A property, not a parameter: subclasses keep their constructors to themselves.
  @Inject(CompiledControllers) private readonly [COMPILED]!: CompiledControllers;
  private [MADE]: ModelAccess<M> | undefined;

  /** Name of the model's table inside `getQuery()`. */
  protected get alias(): string {
    return this[ACCESS].model.alias;
  }

  /**
   * The serializer of an action. Override it to use different ones; it is asked at boot, once for each action,
   * so the answer may depend on nothing but the name.
   */
  getSerializer(_action: string): SerializerClass | undefined {
    return controllerOptionsOf(this.constructor)?.serializer;
  }

  /**
   * Who may call an action. Override it where actions of the library differ; `permissions` of `@GrpcAction()` says it for one
   * of your own. It is asked at boot, once for each action, so the answer may depend on nothing but the name. Undefined: the
   * module's permissions hold.
   *
   * @example
   * override getPermissions(action: string) {
   *   return action === 'destroy' ? [IsAdmin] : super.getPermissions(action);
   * }
   */
  getPermissions(_action: string): readonly PermissionExpression[] | undefined {
    return controllerOptionsOf(this.constructor)?.permissions;
  }

  /** The model's repository on the call's connection. */
  protected getRepository(ctx: GrpcContext): Repository<M> {
    return ctx.manager.getRepository<M>(this[ACCESS].model.metadata.target);
  }

  /**
   * Which rows this controller works on: those in its scope. Override it to narrow or order them, with conditions,
   * joins, limits of your own; start with `super.getQuery(ctx)`. Limits are for lists: Retrieve and the writes find
   * whatever the conditions allow.
   */
  protected getQuery(ctx: GrpcContext): SelectQueryBuilder<M> {
    return this[ACCESS].query(ctx);
  }

  /**
   * Narrows and orders a query by what the request asks for, through the controller's filter backends. Override it to add
   * conditions of your own; call it in actions of your own with `@GrpcAction({ filters: true })`.
   *
   * @throws ValidationException when the request asks for a filter, a value or an order that is not allowed
   */
  protected filterQuery(query: SelectQueryBuilder<M>, ctx: GrpcContext): Promise<SelectQueryBuilder<M>> {
    return this[ACCESS].filterQuery(query, ctx);
  }

  /**
   * The page of a query that the request asks for, by the controller's paginator; all objects where there is none. For
   * actions of your own with `@GrpcAction({ pagination: true })`, or to be overridden: then List goes through it, with
   * entities.
   *
   * @throws GrpcNotFoundException when there is no such page
   * @throws ValidationException when the request's page parameters make no sense
   * @throws GrpcResourceExhaustedException when there is no paginator and more than `limits.maxListRows`
   */
  protected paginate(query: SelectQueryBuilder<M>, ctx: GrpcContext): Promise<Page<M>> {
    return this[ACCESS].paginate(query, ctx);
  }

  /**
   * A page -> the message of a list, as List answers it. For actions of your own with `response: ListOfSelf`.
   *
   * @example
   * \@GrpcAction({ request: {}, response: ListOfSelf, filters: true, pagination: true })
   * async published(_request: object, ctx: GrpcContext) {
   *   const query = this.getQuery(ctx).andWhere(`${this.alias}.published IS NOT NULL`);
   *   return this.serializePage(await this.paginate(await this.filterQuery(query, ctx), ctx), ctx);
   * }
   */
  protected serializePage(page: Page<M>, ctx: GrpcContext): Promise<Message> {
    return this[ACCESS].reads.pageMessage(page, ctx);
  }

  /**
   * The object that the request names by its lookup fields: among those that the caller can see, and when the object
   * permissions agree.
   *
   * @param named the lookup fields where the request is not what names them: a stream of requests, a field of another name
   * @throws GrpcNotFoundException when there is none, or the key cannot be one
   * @throws GrpcPermissionDeniedException when an object permission refuses
   * @example
   * const book = await this.getObject(ctx, { id: first.book });
   */
  protected getObject(ctx: GrpcContext, named?: object): Promise<M> {
    return this[ACCESS].findObject(ctx, named as Message | undefined);
  }

  /**
   * Objects of the model -> messages, read anew through the action's serializer, so that what the database
   * filled in is seen. Order is kept. Where it is overridden, List, Stream and Retrieve go through it as well, with
   * entities.
   */
  protected serialize(object: M, ctx: GrpcContext): Promise<Message>;
  protected serialize(objects: readonly M[], ctx: GrpcContext): Promise<Message[]>;
  protected async serialize(objects: M | readonly M[], ctx: GrpcContext): Promise<Message | Message[]> {
    if (Array.isArray(objects)) return this[ACCESS].serialize(objects as readonly M[], ctx);
    const [message] = await this[ACCESS].serialize([objects as M], ctx);
    return message as Message;
  }

  /**
   * The validated values of a request, by model property; relations are objects that hold the key. For actions of
   * your own whose request is a serializer, or lists some among its fields: then the fields are as they were sent, and
   * what is nested in them is values.
   *
   * @param kind what becomes of fields that were left out; `create` unless an existing object is changed
   * @throws ValidationException with every reason at once
   * @example
   * \@GrpcAction({ request: { book: BookSerializer, copies: 'int32' }, response: SelfSerializer })
   * async buy(request: object, ctx: GrpcContext) {
   *   const { book, copies } = await this.readValues<{ book: Values<Book>; copies: number }>(request, ctx);
   *   return this.performCreate({ ...book, copies }, ctx);
   * }
   */
  protected async readValues<V extends object = Values<M>>(
    request: object,
    ctx: GrpcContext,
    kind: WriteKind = 'create',
  ): Promise<V> {
    return (await this[ACCESS].readValues(request as Message, kind, ctx)) as V;
  }

  /** @internal */
  get [ACCESS](): ModelAccess<M> {
    this[MADE] ??= new ModelAccess<M>(this[COMPILED].get(this.constructor), {
      getRepository: (ctx) => this.getRepository(ctx),
      getQuery: (ctx) => this.getQuery(ctx),
      filterQuery: (query, ctx) => this.filterQuery(query, ctx),
      paginate: (query, ctx) => this.paginate(query, ctx),
      getObject: (ctx) => this.getObject(ctx),
      serialize: (objects, ctx) => this.serialize(objects, ctx),
      overrides: GenericController.overridesOf(this),
    });
    return this[MADE];
  }

  /** @internal which hooks of a controller, or of its prototype, are not the library's own */
  static overridesOf(controller: GenericController): HookOverrides {
    const base = GenericController.prototype;
    return {
      getRepository: controller.getRepository !== base.getRepository,
      getQuery: controller.getQuery !== base.getQuery,
      filterQuery: controller.filterQuery !== base.filterQuery,
      paginate: controller.paginate !== base.paginate,
      getObject: controller.getObject !== base.getObject,
      serialize: controller.serialize !== base.serialize,
      readValues: controller.readValues !== base.readValues,
    };
  }
}
