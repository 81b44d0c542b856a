import { Inject, Injectable } from '@nestjs/common';
import { GrpcNotFoundException, GrpcResourceExhaustedException } from '@nestjs/microservices';
import {
  QueryFailedError,
  type DeepPartial,
  type ObjectLiteral,
  type Repository,
  type SelectQueryBuilder,
} from 'typeorm';
import type { GrpcContext } from '../request/grpc-context.js';
import { assertObjectPermission, Permission } from '../request/permissions.js';
import { InvalidValue } from '../serialization/input-values.js';
import type { WriteKind } from '../serialization/presence.js';
import type { SerializerClass } from '../serialization/proto-serializer.js';
import type { CallAccess } from '../serialization/call-access.js';
import type { ReadPlan } from '../serialization/read-plan.js';
import { applyScope } from '../serialization/row-scope.js';
import {
  CompiledControllers,
  type CompiledAction,
  type CompiledController,
  type CompiledModel,
} from './compiled-controller.js';
import { controllerOptionsOf } from './grpc-controller.js';
import type { NestedWrites } from './nested-writes.js';

/** A message as the codec takes it: properties in camelCase. */
export type Message = Readonly<Record<string, unknown>>;

/** Validated values of a request, by model property; relations are objects that hold the key. */
export type Values<M extends ObjectLiteral> = DeepPartial<M>;

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
  @Inject(CompiledControllers) private readonly compiledControllers!: CompiledControllers;

  private readonly exactKeys = new WeakMap<M, ObjectLiteral>();

  /** Name of the model's table inside `getQuery()`. */
  protected get alias(): string {
    return this.model.alias;
  }

  /**
   * The serializer of an action. Override it to use different ones; it is asked at boot, once for each action,
   * so the answer may depend on nothing but the name.
   */
  getSerializer(_action: string): SerializerClass | undefined {
    return controllerOptionsOf(this.constructor)?.serializer;
  }

  /** The model's repository on the call's connection. */
  protected getRepository(ctx: GrpcContext): Repository<M> {
    return ctx.manager.getRepository<M>(this.model.metadata.target);
  }

  /**
   * Which rows this controller works on: those in its scope. Override it to narrow or order them; start with
   * `super.getQuery(ctx)`.
   */
  protected getQuery(ctx: GrpcContext): SelectQueryBuilder<M> {
    const query = this.getRepository(ctx).createQueryBuilder(this.alias);
    const { scope } = this.compiled;
    if (scope) applyScope(query, this.alias, this.model.metadata, scope, ctx);
    return query;
  }

  /** Narrows a query by what the request asks for. Override it to add conditions of your own. */
  protected async filterQuery(
    query: SelectQueryBuilder<M>,
    _ctx: GrpcContext,
  ): Promise<SelectQueryBuilder<M>> {
    return query;
  }

  /**
   * The object that the request names by its lookup fields.
   *
   * @throws GrpcNotFoundException when there is none, or the key cannot be one
   * @throws GrpcPermissionDeniedException when an object permission refuses
   */
  protected async getObject(ctx: GrpcContext): Promise<M> {
    const query = this.lookup(await this.filterQuery(this.getQuery(ctx), ctx), ctx);
    const object = await this.orNotFound(ctx, () => ctx.callDatabase.statement(() => query.getOne()));
    await assertObjectPermission(this.compiled.permissions, ctx, object);
    this.rememberKey(object, ctx);
    return object;
  }

  /**
   * Objects of the model -> messages, read anew through the action's serializer, so that what the database
   * filled in is seen. Order is kept.
   */
  protected serialize(object: M, ctx: GrpcContext): Promise<Message>;
  protected serialize(objects: readonly M[], ctx: GrpcContext): Promise<Message[]>;
  protected async serialize(objects: M | readonly M[], ctx: GrpcContext): Promise<Message | Message[]> {
    const list = (Array.isArray(objects) ? objects : [objects]) as readonly M[];
    const query = this.getRepository(ctx)
      .createQueryBuilder(this.alias)
      .whereInIds(list.map((object) => this.keyOf(object)));
    const messages = await this.planOf(ctx).readByKeys(
      query,
      list.map((object) => this.keyOf(object)),
      this.access(ctx),
    );
    return Array.isArray(objects) ? messages : (messages[0] as Message);
  }

  /** @internal the message of the object that the request names, in one query */
  protected async readObject(ctx: GrpcContext): Promise<Message> {
    const { permissions } = this.compiled;
    // Somebody wants to see the object itself first.
    if (this.getObject !== GenericController.prototype.getObject || permissions.some(judgesObjects))
      return this.serialize(await this.getObject(ctx), ctx);
    const query = this.lookup(await this.filterQuery(this.getQuery(ctx), ctx), ctx);
    return this.orNotFound(ctx, async () => (await this.planOf(ctx).read(query, this.access(ctx)))[0]);
  }

  /** @internal the messages of a query, refused when there are more than `limits.maxListRows` */
  protected async readList(query: SelectQueryBuilder<M>, ctx: GrpcContext): Promise<Message[]> {
    const { maxListRows } = this.compiled;
    const messages = await this.planOf(ctx).read(query.limit(maxListRows + 1), this.access(ctx));
    if (messages.length > maxListRows)
      throw new GrpcResourceExhaustedException(
        `the list has more than ${maxListRows} objects (limits.maxListRows). Use Stream.`,
      );
    return messages;
  }

  /** @internal the messages of a query one by one */
  protected readStream(query: SelectQueryBuilder<M>, ctx: GrpcContext): AsyncIterable<Message> {
    return this.planOf(ctx).stream(query, this.access(ctx));
  }

  /**
   * The validated values of a request, by model property; relations are objects that hold the key. For actions of
   * your own whose request is a serializer.
   *
   * @param kind what becomes of fields that were left out; `create` unless an existing object is changed
   * @throws ValidationException with every reason at once
   */
  protected async readValues(
    request: object,
    ctx: GrpcContext,
    kind: WriteKind = 'create',
  ): Promise<Values<M>> {
    const { validator } = this.actionOf(ctx);
    return (await validator.read(request as Message, kind, this.access(ctx))) as Values<M>;
  }

  /** @internal what requests of the action may do to related objects */
  protected nestedWrites(ctx: GrpcContext): readonly NestedWrites[] {
    return this.compiled.actions.get(ctx.action)?.nestedWrites ?? [];
  }

  /** @internal the name of the list message's field */
  protected listField(ctx: GrpcContext): string {
    return this.actionOf(ctx).shape.listField;
  }

  private get compiled(): CompiledController {
    return this.compiledControllers.get(this.constructor);
  }

  private get model(): CompiledModel {
    const { name, model } = this.compiled;
    if (!model)
      throw new Error(`${name}: has no model. Set "serializer" in @GrpcController() to one with a model.`);
    return model;
  }

  private actionOf(ctx: GrpcContext): CompiledAction {
    const action = this.compiled.actions.get(ctx.action);
    if (!action) throw new Error(`${this.compiled.name}.${ctx.action}: has no serializer`);
    return action;
  }

  private planOf(ctx: GrpcContext): ReadPlan {
    const { plan, shape } = this.actionOf(ctx);
    if (!plan) throw new Error(`${shape.serializer.name}: has no model to read from`);
    return plan;
  }

  /** @internal the call as reading and validating see it */
  protected access(ctx: GrpcContext): CallAccess {
    return { context: ctx, run: (statement) => ctx.callDatabase.statement(statement) };
  }

  /** @internal the key of an object, exact where the object's own property is not */
  protected keyOf(object: M): ObjectLiteral {
    const key = this.exactKeys.get(object) ?? this.model.metadata.getEntityIdMap(object);
    if (!key) throw new Error(`${this.model.metadata.name}: an object without its key cannot be serialized`);
    return key;
  }

  /** On SQLite TypeORM gives 64-bit keys as lossy numbers; the request has them exactly. */
  private rememberKey(object: M, ctx: GrpcContext): void {
    const { metadata } = this.model;
    const found = this.lookupValues(ctx);
    if (!metadata.primaryColumns.every((column) => found.some((part) => part.column === column))) return;
    this.exactKeys.set(
      object,
      Object.assign({}, ...found.map(({ column, value }) => column.createValueMap(value))),
    );
  }

  private lookup(query: SelectQueryBuilder<M>, ctx: GrpcContext): SelectQueryBuilder<M> {
    for (const [index, { column, value }] of this.lookupValues(ctx).entries()) {
      if (value instanceof InvalidValue) throw this.notFound(ctx);
      query.andWhere(`${this.alias}.${column.propertyPath} = :lookup${index}`, { [`lookup${index}`]: value });
    }
    return query;
  }

  private lookupValues(ctx: GrpcContext) {
    const request = ctx.request as Message;
    return this.model.lookup.map(({ property, column, convert }) => ({
      column,
      value: convert(request[property] ?? ''),
    }));
  }

  private async orNotFound<T>(ctx: GrpcContext, find: () => Promise<T | null | undefined>): Promise<T> {
    let found: T | null | undefined;
    try {
      found = await find();
    } catch (error) {
      // A key that the column's type cannot hold belongs to no row.
      if (!(error instanceof QueryFailedError && isDataException(error))) throw error;
    }
    if (found === null || found === undefined) throw this.notFound(ctx);
    return found;
  }

  private notFound(ctx: GrpcContext): GrpcNotFoundException {
    const request = ctx.request as Message;
    const key = this.model.lookup
      .map(({ property }) => String(request[property] ?? '').slice(0, 30))
      .join(', ');
    return new GrpcNotFoundException(`${this.model.metadata.name}: ${key} not found!`);
  }
}

function judgesObjects(permission: { hasObjectPermission: unknown }): boolean {
  return permission.hasObjectPermission !== Permission.prototype.hasObjectPermission;
}

/** SQLSTATE class 22, "data exception": out of range, malformed uuid. */
function isDataException(error: QueryFailedError): boolean {
  const { code } = error.driverError as { code?: unknown };
  return typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code);
}
