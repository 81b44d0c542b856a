/**
 * What actions do with the rows of a model. The hooks of the controller decide which rows and how they become
 * messages; everything here that nobody overrides is one statement.
 */
import type { ObjectLiteral, Repository, SelectQueryBuilder } from 'typeorm';
import type { Page } from '../pagination/paginator.js';
import type { GrpcContext } from '../request/grpc-context.js';
import { callAccess } from '../request/call-access.js';
import { assertObjectPermission } from '../request/permissions.js';
import type { CallAccess } from '../serialization/call-access.js';
import type { WriteKind } from '../serialization/presence.js';
import { bracketed } from '../serialization/query-shape.js';
import { ownId, readObjects } from '../serialization/read-objects.js';
import type { ReadPlan } from '../serialization/read-plan.js';
import { applyScope } from '../serialization/row-scope.js';
import type { ResultSerializer } from './access.js';
import type { CompiledAction, CompiledController, CompiledModel } from './compiled-controller.js';
import { EntityRows } from './entity-rows.js';
import type { Message, Values } from './generic-controller.js';
import { ModelLists } from './model-lists.js';
import { ModelReads, rowsOf, type ReadableModel } from './model-reads.js';
import { insertValues, updateValues } from './nested-writer.js';
import { ActionAnswer } from './action-answer.js';
import type { NestedWrites } from './nested-writes.js';
import { ObjectLookup } from './object-lookup.js';
import { RowWrites } from './row-writes/row-writes.js';
import { removeObject } from './write-object.js';

type OverriddenHook =
  'getRepository' | 'getQuery' | 'filterQuery' | 'paginate' | 'getObject' | 'serialize' | 'readValues';

export type HookOverrides = { readonly [hook in OverriddenHook]: boolean };

/** What a controller may override. */
export interface ModelHooks<M extends ObjectLiteral> {
  getRepository(ctx: GrpcContext): Repository<M>;
  getQuery(ctx: GrpcContext): SelectQueryBuilder<M>;
  filterQuery(query: SelectQueryBuilder<M>, ctx: GrpcContext): Promise<SelectQueryBuilder<M>>;
  paginate(query: SelectQueryBuilder<M>, ctx: GrpcContext): Promise<Page<M>>;
  getObject(ctx: GrpcContext): Promise<M>;
  serialize(objects: readonly M[], ctx: GrpcContext): Promise<Message[]>;
  /** Which of them are not the library's own. */
  readonly overrides: HookOverrides;
}

export class ModelAccess<M extends ObjectLiteral> implements ResultSerializer, ReadableModel<M> {
  readonly lists: ModelLists;
  /** Writes that need no objects. */
  readonly writes: RowWrites;
  private ownLookup: ObjectLookup<M> | undefined;
  private ownReads: ModelReads<M> | undefined;
  private readonly exactKeys = new WeakMap<M, ObjectLiteral>();

  constructor(
    private readonly compiled: CompiledController,
    private readonly hooks: ModelHooks<M>,
  ) {
    this.lists = new ModelLists(compiled);
    this.writes = new RowWrites(compiled, hooks.overrides);
  }

  get model(): CompiledModel {
    const { name, model } = this.compiled;
    if (!model)
      throw new Error(`${name}: has no model. Set "serializer" in @GrpcController() to one with a model.`);
    return model;
  }

  get lookup(): ObjectLookup<M> {
    this.ownLookup ??= new ObjectLookup<M>(this.compiled.name, this.model);
    return this.ownLookup;
  }

  /** What List, Stream and Retrieve give. */
  get reads(): ModelReads<M> {
    this.ownReads ??= new ModelReads<M>(this.compiled, this.hooks, this);
    return this.ownReads;
  }

  /** All rows of the model that there are for the caller. */
  query(ctx: GrpcContext): SelectQueryBuilder<M> {
    const query = this.hooks.getRepository(ctx).createQueryBuilder(this.model.alias);
    return this.scoped(query, ctx);
  }

  async findObject(ctx: GrpcContext, named?: Message): Promise<M> {
    const request = named ?? this.lookup.requestOf(ctx);
    const query = this.lookup.narrow(await this.listQuery(ctx), request);
    const { object, key } = await this.lookup.find(request, () =>
      ctx.callDatabase.statement(() => this.lookup.one(query)),
    );
    this.exactKeys.set(object, key);
    const permissions = this.compiled.actionPermissions.get(ctx.action) ?? [];
    await assertObjectPermission(permissions, ctx, object);
    return object;
  }

  /** Narrows and orders a query as the request asks, by the controller's filter backends. */
  filterQuery(query: SelectQueryBuilder<M>, ctx: GrpcContext): Promise<SelectQueryBuilder<M>> {
    return this.lists.filter(query, ctx);
  }

  /** The page of a query that the request asks for, as entities. */
  paginate(query: SelectQueryBuilder<M>, ctx: GrpcContext): Promise<Page<M>> {
    return this.lists.page(rowsOf(query), this.entityRows(ctx), ctx, this.access(ctx));
  }

  /** Objects of the model -> messages, read anew. */
  serialize(objects: readonly M[], ctx: GrpcContext): Promise<Message[]> {
    return readObjects(this.planOf(ctx), this.model.metadata, objects, this.access(ctx), (object) =>
      this.keyOf(object),
    );
  }

  serializeResult(result: unknown, ctx: GrpcContext): unknown {
    const form = this.compiled.answers.get(ctx.action);
    if (!form) return result;
    return new ActionAnswer(form, (objects) => this.hooks.serialize(objects as M[], ctx)).make(result, ctx);
  }

  /** The values of a request, by what the action takes. */
  readValues(request: Message, kind: WriteKind, ctx: GrpcContext): Promise<Record<string, unknown>> {
    const reader = this.compiled.listedRequests.get(ctx.action) ?? this.actionOf(ctx).validator;
    return reader.read(request, kind, this.access(ctx));
  }

  actionOf(ctx: GrpcContext): CompiledAction {
    const action = this.compiled.actions.get(ctx.action);
    if (!action) throw new Error(`${this.compiled.name}.${ctx.action}: has no serializer`);
    return action;
  }

  insert(values: Values<M>, ctx: GrpcContext): Promise<M> {
    return ctx.callDatabase.statement(() =>
      insertValues(this.hooks.getRepository(ctx), values, this.nestedWrites(ctx), this.access(ctx)),
    );
  }

  async update(object: M, values: Values<M>, ctx: GrpcContext): Promise<void> {
    const repository = this.hooks.getRepository(ctx);
    await ctx.callDatabase.statement(() =>
      updateValues(repository, object, this.keyOf(object), values, this.nestedWrites(ctx), this.access(ctx)),
    );
  }

  async remove(object: M, ctx: GrpcContext): Promise<void> {
    const repository = this.hooks.getRepository(ctx);
    await ctx.callDatabase.statement(() => removeObject(repository, object, this.keyOf(object)));
  }

  /** The call as reading and validating see it. */
  access(ctx: GrpcContext): CallAccess {
    return callAccess(ctx);
  }

  /** The key of an object, exact where the object's own is not. */
  private keyOf(object: M): ObjectLiteral {
    return this.exactKeys.get(object) ?? ownId(this.model.metadata, object);
  }

  /** What requests of the action may do to related objects. */
  private nestedWrites(ctx: GrpcContext): readonly NestedWrites[] {
    return this.compiled.actions.get(ctx.action)?.nestedWrites ?? [];
  }

  planOf(ctx: GrpcContext): ReadPlan {
    const { plan, shape } = this.actionOf(ctx);
    if (!plan) throw new Error(`${shape.serializer.name}: has no model to read from`);
    return plan;
  }

  private scoped(query: SelectQueryBuilder<M>, ctx: GrpcContext): SelectQueryBuilder<M> {
    const { scope } = this.compiled;
    if (scope) applyScope(query, this.model.alias, this.model.metadata, scope, ctx);
    return query;
  }

  /** The rows that there are, with the conditions and the order that the request asks for. */
  async listQuery(ctx: GrpcContext): Promise<SelectQueryBuilder<M>> {
    const query = await this.hooks.filterQuery(this.hooks.getQuery(ctx), ctx);
    bracketed(query);
    const { getQuery, filterQuery } = this.hooks.overrides;
    // A `where()` in an override replaces the conditions that were there, the scope's among them.
    return getQuery || filterQuery ? this.scoped(query, ctx) : query;
  }

  entityRows(ctx: GrpcContext): EntityRows<M> {
    return new EntityRows<M>(
      this.model,
      (query, access) => this.planOf(ctx).keysOf(query, access),
      () => this.hooks.getRepository(ctx).createQueryBuilder(this.model.alias),
      (object, key) => void this.exactKeys.set(object, key),
    );
  }
}
