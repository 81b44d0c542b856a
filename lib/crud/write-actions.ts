/** Actions that write: Create, Update, PartialUpdate, Destroy. Each is one transaction. */
import type { ObjectLiteral } from 'typeorm';
import type { GrpcContext } from '../request/grpc-context.js';
import { isPromise } from '../serialization/maybe-promise.js';
import { ACCESS, GivesMessages } from './access.js';
import { GenericController, type Message, type Values } from './generic-controller.js';
import { GrpcAction, LookupField, PartialSelf, SelfSerializer } from './grpc-action.js';
import { action } from './with-actions.js';

/** See `ActionTypes`. */
export abstract class Create<M extends ObjectLiteral> extends GenericController<M> {
  @GivesMessages()
  @GrpcAction({ request: SelfSerializer, response: SelfSerializer })
  async create(request: object, ctx: GrpcContext): Promise<Message> {
    const writes = this.performCreate === Create.prototype.performCreate ? this[ACCESS].writes : undefined;
    const written = writes?.create(request as Message, ctx);
    const stored = isPromise(written) ? await written : written;
    if (stored) return stored;
    const values = await this.readValues(request, ctx, 'create');
    return (
      (await writes?.insert(values, ctx)) ??
      ctx.transaction(async () => this.serialize(await this.performCreate(values, ctx), ctx))
    );
  }

  /** Stores a new object. Override it to add values or effects; it runs inside the transaction. */
  protected performCreate(values: Values<M>, ctx: GrpcContext): Promise<M> {
    return this[ACCESS].insert(values, ctx);
  }
}

/** `Create`: stores a new object and answers with it as the database has it. */
export const CreateAction = action<'create'>(Create);

/** See `ActionTypes`. */
export abstract class Update<M extends ObjectLiteral> extends GenericController<M> {
  @GivesMessages()
  @GrpcAction({ request: SelfSerializer, response: SelfSerializer })
  async update(request: object, ctx: GrpcContext): Promise<Message> {
    if (this.performUpdate === Update.prototype.performUpdate) {
      const writing = this[ACCESS].writes.update(request as Message, 'update', ctx);
      const written = isPromise(writing) ? await writing : writing;
      if (written) return written;
    }
    return ctx.transaction(async () => {
      const object = await this.getObject(ctx);
      const values = await this.readValues(request, ctx, 'update');
      await this.performUpdate(object, values, ctx);
      return this.serialize(object, ctx);
    });
  }

  /** Writes all values of a request to an object. Override it to add values or effects. */
  protected async performUpdate(object: M, values: Values<M>, ctx: GrpcContext): Promise<void> {
    await this[ACCESS].update(object, values, ctx);
  }
}

/** `Update`: writes an object as a whole. */
export const UpdateAction = action<'update'>(Update);

/** See `ActionTypes`. */
export abstract class PartialUpdate<M extends ObjectLiteral> extends GenericController<M> {
  @GivesMessages()
  @GrpcAction({
    request: PartialSelf,
    requestName: (base) => `${base}PartialUpdateRequest`,
    response: SelfSerializer,
  })
  async partialUpdate(request: object, ctx: GrpcContext): Promise<Message> {
    if (this.performPartialUpdate === PartialUpdate.prototype.performPartialUpdate) {
      const writing = this[ACCESS].writes.update(request as Message, 'partial-update', ctx);
      const written = isPromise(writing) ? await writing : writing;
      if (written) return written;
    }
    return ctx.transaction(async () => {
      const object = await this.getObject(ctx);
      const values = await this.readValues(request, ctx, 'partial-update');
      await this.performPartialUpdate(object, values, ctx);
      return this.serialize(object, ctx);
    });
  }

  /** Writes the listed values of a request to an object. Override it to add values or effects. */
  protected async performPartialUpdate(object: M, values: Values<M>, ctx: GrpcContext): Promise<void> {
    await this[ACCESS].update(object, values, ctx);
  }
}

/** `PartialUpdate`: writes the fields named in `_partial_update_fields` and leaves the others. */
export const PartialUpdateAction = action<'partialUpdate'>(PartialUpdate);

/** See `ActionTypes`. */
export abstract class Destroy<M extends ObjectLiteral> extends GenericController<M> {
  @GivesMessages()
  @GrpcAction({ request: LookupField, requestName: (base) => `${base}DestroyRequest` })
  async destroy(_request: object, ctx: GrpcContext): Promise<Message> {
    if (this.performDestroy === Destroy.prototype.performDestroy && (await this[ACCESS].writes.remove(ctx)))
      return {};
    return ctx.transaction(async () => {
      await this.performDestroy(await this.getObject(ctx), ctx);
      return {};
    });
  }

  /** Removes an object; with a `@DeleteDateColumn()` it is only marked. Override it to do something else. */
  protected async performDestroy(object: M, ctx: GrpcContext): Promise<void> {
    await this[ACCESS].remove(object, ctx);
  }
}

/** `Destroy`: removes the object that the lookup fields name. */
export const DestroyAction = action<'destroy'>(Destroy);
