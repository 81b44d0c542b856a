/**
 * The writes of a controller where nothing but the library's own has a say: each is one statement, and no object is
 * made. Everything else goes the long way, which also finds out what is wrong with a request.
 */
import { isOwnBackend } from '../../filters/own-conditions.js';
import type { GrpcContext } from '../../request/grpc-context.js';
import type { MaybePromise } from '../../serialization/maybe-promise.js';
import type { WriteKind } from '../../serialization/presence.js';
import type { CompiledAction, CompiledController } from '../compiled-controller.js';
import type { Message } from '../generic-controller.js';
import type { HookOverrides } from '../model-access.js';
import type { NamedRow, RowWriter } from './row-writer.js';
import { scopeConditions } from './scope-conditions.js';
import type { RowWrite } from './why-typeorm.js';

type WritingAction = CompiledAction & { readonly rowWriter: RowWriter };

export class RowWrites {
  private readonly whyRows: string | undefined;
  private readonly whyObjects: string | undefined;

  constructor(
    private readonly compiled: CompiledController,
    private readonly overrides: HookOverrides,
  ) {
    this.whyRows = whyNoRows(overrides);
    this.whyObjects = whyObjects(compiled, overrides);
  }

  /** Why an action's writes of a kind take a transaction and objects; undefined: they need not. */
  why(action: string, write: RowWrite): string | undefined {
    const compiled = this.compiled.actions.get(action);
    if (!compiled?.rowWriter) return 'its messages are of another model';
    const why = this.whyRows ?? (write === 'insert' ? undefined : this.whyObject(action));
    const whyRequest = write === 'update' ? this.whyRequest(compiled) : undefined;
    return why ?? whyRequest ?? compiled.rowWriter.why(write);
  }

  /** Stores what a request says; undefined: the long way has to. */
  create(request: Message, ctx: GrpcContext): MaybePromise<Message | undefined> {
    const action = this.actionFor(ctx, 'insert');
    if (!action || this.overrides.readValues) return undefined;
    const read = action.validator.readAlone(request, 'create');
    return read && action.rowWriter.insert(read.values, read.unchecked, ctx);
  }

  /** Stores values that have been read from a request; undefined: the long way has to. */
  insert(values: object, ctx: GrpcContext): MaybePromise<Message | undefined> {
    return this.actionFor(ctx, 'insert')?.rowWriter.insert(values as Message, [], ctx);
  }

  /** Writes what a request says to the object that the call names; undefined: the long way has to. */
  update(request: Message, kind: WriteKind, ctx: GrpcContext): MaybePromise<Message | undefined> {
    const action = this.overrides.readValues ? undefined : this.actionFor(ctx, 'update');
    const named = action && this.named(ctx);
    const read = named && action.validator.readAlone(request, kind);
    return read && action.rowWriter.update(named, read.values, read.unchecked, ctx);
  }

  /** Removes the object that the call names; false: the long way has to. */
  remove(ctx: GrpcContext): Promise<boolean> | false {
    const action = this.actionFor(ctx, 'remove');
    const named = action && this.named(ctx);
    return named ? action.rowWriter.remove(named, ctx) : false;
  }

  private actionFor(ctx: GrpcContext, write: RowWrite): WritingAction | undefined {
    if (this.whyRows !== undefined || this.compiled.listedRequests.has(ctx.action)) return undefined;
    const action = this.compiled.actions.get(ctx.action);
    return action && isWriting(action) && action.rowWriter.why(write) === undefined ? action : undefined;
  }

  private whyObject(action: string): string | undefined {
    return (
      this.whyObjects ??
      (this.compiled.judgedActions.has(action) ? 'its permissions judge objects' : undefined)
    );
  }

  private whyRequest({ validator }: CompiledAction): string | undefined {
    return this.overrides.readValues ? overridden('readValues') : validator.whyNotAlone;
  }

  /** The row that the call names; undefined: more than its request and columns of the row decide which there are. */
  private named(ctx: GrpcContext): NamedRow | undefined {
    const { request } = ctx;
    if (this.whyObject(ctx.action) !== undefined || ctx.parameters.size > 0) return undefined;
    if (typeof request !== 'object' || request === null) return undefined;
    const { model, scope } = this.compiled;
    const conditions = model && scopeConditions(model.metadata, scope, ctx);
    return conditions && { request: request as Message, scope: conditions };
  }
}

function isWriting(action: CompiledAction): action is WritingAction {
  return action.rowWriter !== undefined;
}

/** Why rows alone are not enough. */
function whyNoRows({ serialize, getRepository }: HookOverrides): string | undefined {
  if (serialize) return overridden('serialize');
  return getRepository ? overridden('getRepository') : undefined;
}

/** Why a request alone does not say which row is meant. */
function whyObjects({ backends }: CompiledController, overrides: HookOverrides): string | undefined {
  const hook = (['getObject', 'getQuery', 'filterQuery'] as const).find((name) => overrides[name]);
  if (hook) return overridden(hook);
  // The library's own do nothing to a query unless the request asks for it.
  const foreign = backends.find((backend) => !isOwnBackend(backend));
  return foreign && `${foreign.constructor.name} may narrow which objects there are`;
}

export function overridden(hook: string): string {
  return `${hook}() is overridden`;
}
