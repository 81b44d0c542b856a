/**
 * What List, Stream and Retrieve give. Where nobody but the library decides which rows there are, they are asked for
 * without a query builder; every hook that is overridden is gone through.
 */
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { CursorPagination } from '../pagination/cursor-pagination.js';
import { LimitOffsetPagination } from '../pagination/limit-offset-pagination.js';
import { PageNumberPagination } from '../pagination/page-number-pagination.js';
import type { Page, Paginator } from '../pagination/paginator.js';
import { callAccess } from '../request/call-access.js';
import type { GrpcContext } from '../request/grpc-context.js';
import { inChunks } from '../serialization/keys.js';
import { whenDone, type MaybePromise } from '../serialization/maybe-promise.js';
import type { PlanRows } from '../serialization/plan-rows.js';
import type { RowWindow } from '../serialization/select-rows.js';
import type { ReadPlan } from '../serialization/read-plan.js';
import { Chunks } from './chunks.js';
import type { CompiledAction, CompiledController } from './compiled-controller.js';
import type { EntityRows } from './entity-rows.js';
import type { Message } from './generic-controller.js';
import type { ModelHooks } from './model-access.js';
import type { ModelLists } from './model-lists.js';
import type { ObjectLookup } from './object-lookup.js';
import { OwnQuestions } from './own-questions.js';
import type { ListRows } from './query-pages.js';

const ONE: RowWindow = { limit: 1 };

/** What reading needs of the access to a model. */
export interface ReadableModel<M extends ObjectLiteral> {
  readonly lookup: ObjectLookup<M>;
  readonly lists: ModelLists;
  /** The rows that there are, with the conditions and the order that the request asks for. */
  listQuery(ctx: GrpcContext): Promise<SelectQueryBuilder<M>>;
  actionOf(ctx: GrpcContext): CompiledAction;
  planOf(ctx: GrpcContext): ReadPlan;
  entityRows(ctx: GrpcContext): EntityRows<M>;
}

export class ModelReads<M extends ObjectLiteral> {
  /** Undefined: it takes queries to ask. */
  private readonly questions: OwnQuestions | undefined;
  /** Whether no paginator of somebody else sees the messages. */
  private readonly ownPages: boolean;

  constructor(
    private readonly compiled: CompiledController,
    private readonly hooks: ModelHooks<M>,
    private readonly model: ReadableModel<M>,
  ) {
    const { getRepository, getQuery, filterQuery } = hooks.overrides;
    this.questions = getRepository || getQuery || filterQuery ? undefined : OwnQuestions.of(compiled);
    this.ownPages = isOwnPaginator(compiled.paginator);
  }

  /** The message of the object that the request names, in one query where nobody wants to see the object itself. */
  object(ctx: GrpcContext): MaybePromise<Message> {
    const unseen = ctx.takeUnseen();
    const { overrides } = this.hooks;
    if (overrides.getObject || overrides.serialize || this.compiled.judgedActions.has(ctx.action))
      return this.serializedObject(ctx);
    const { lookup } = this.model;
    const request = lookup.requestOf(ctx);
    const query = async () => lookup.narrow(await this.model.listQuery(ctx), request);
    const question = this.questions?.ask(ctx, query, () => lookup.wanted(request));
    const plan = this.planOf(ctx, unseen);
    const access = callAccess(ctx);
    const first = async (asked: SelectQueryBuilder<M>) => (await plan.read(asked, access, 1))[0];
    if (!question) return query().then((asked) => lookup.find(request, () => first(asked)));
    return lookup.find(request, () =>
      whenDone(plan.ask(question, access, ONE), (rows): MaybePromise<Message | undefined> =>
        rows ? whenDone(plan.toItems(rows, access), ([message]) => message) : query().then(first),
      ),
    );
  }

  private async serializedObject(ctx: GrpcContext): Promise<Message> {
    const [message] = await this.hooks.serialize([await this.hooks.getObject(ctx)], ctx);
    return message as Message;
  }

  /** What one List answers: the objects of a page as messages, and what the paginator tells beside them. */
  async list(ctx: GrpcContext): Promise<Message> {
    const unseen = ctx.takeUnseen() && this.ownPages;
    const { overrides } = this.hooks;
    if (overrides.paginate || overrides.serialize)
      return this.pageMessage(await this.hooks.paginate(await this.model.listQuery(ctx), ctx), ctx);
    const plan = this.planOf(ctx, unseen);
    const page = await this.model.lists.page(await this.rows(ctx), plan, ctx, callAccess(ctx));
    return this.model.lists.message(page, this.model.actionOf(ctx).shape);
  }

  /** A page of entities -> the message of a list. */
  async pageMessage(page: Page<M>, ctx: GrpcContext): Promise<Message> {
    const objects = await this.hooks.serialize(page.objects, ctx);
    return this.model.lists.message({ ...page, objects }, this.model.actionOf(ctx).shape);
  }

  /** The messages of all objects one by one; of one page when the request asks for one. */
  stream(ctx: GrpcContext): AsyncIterable<Message> {
    return new Chunks(this.streamChunks(ctx, ctx.takeUnseen() && this.ownPages));
  }

  private async *streamChunks(
    ctx: GrpcContext,
    unseen: boolean,
  ): AsyncGenerator<readonly Message[], void, undefined> {
    const query = await this.model.listQuery(ctx);
    const { overrides } = this.hooks;
    const { lists } = this.model;
    const plan = this.planOf(ctx, unseen);
    const access = callAccess(ctx);
    if (lists.asksForPage(ctx)) {
      if (overrides.paginate || overrides.serialize)
        return yield this.hooks.serialize((await this.hooks.paginate(query, ctx)).objects, ctx);
      return yield (await lists.page(rowsOf(query), plan, ctx, access)).objects;
    }
    if (!overrides.serialize) return yield* plan.stream(query, access);
    const rows = this.model.entityRows(ctx);
    for (const keys of inChunks(await plan.keysOf(query, access)))
      yield this.hooks.serialize(await rows.readByKeys(keys, access), ctx);
  }

  private planOf(ctx: GrpcContext, unseen: boolean): PlanRows<Message> {
    const plan = this.model.planOf(ctx);
    return unseen ? plan.unseen : plan;
  }

  private async rows(ctx: GrpcContext): Promise<ListRows> {
    const query = () => this.model.listQuery(ctx);
    const question = this.questions?.ask(ctx, query);
    return question ? { question, query } : rowsOf(await query());
  }
}

/** The rows of a query, as a list is read from. */
export function rowsOf<M extends ObjectLiteral>(query: SelectQueryBuilder<M>): ListRows {
  return { question: undefined, query: () => Promise.resolve(query) };
}

const PAGINATORS: readonly (abstract new () => Paginator)[] = [
  PageNumberPagination,
  LimitOffsetPagination,
  CursorPagination,
];

function isOwnPaginator(paginator: Paginator | undefined): boolean {
  return !paginator || PAGINATORS.some(({ prototype }) => prototype.paginate === paginator.paginate);
}
