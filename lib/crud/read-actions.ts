/** Actions that read: List, Stream, Retrieve. */
import type { ObjectLiteral } from 'typeorm';
import type { GrpcContext } from '../request/grpc-context.js';
import { isPromise, type MaybePromise } from '../serialization/maybe-promise.js';
import { ACCESS, GivesMessages } from './access.js';
import { GenericController, type Message } from './generic-controller.js';
import { GrpcAction, ListOfSelf, LookupField, SelfSerializer } from './grpc-action.js';
import { action } from './with-actions.js';

/** See `ActionTypes`. */
export abstract class List<M extends ObjectLiteral> extends GenericController<M> {
  @GivesMessages()
  @GrpcAction({
    request: {},
    requestName: (base) => `${base}ListRequest`,
    response: ListOfSelf,
    filters: true,
    pagination: true,
    safe: true,
  })
  async list(_request: object, ctx: GrpcContext): Promise<object> {
    return await this[ACCESS].reads.list(ctx);
  }
}

/** `List`: the objects that filters find, a page at a time; without a paginator at most `limits.maxListRows`. */
export const ListAction = action<'list'>(List);

/** See `ActionTypes`. */
export abstract class Stream<M extends ObjectLiteral> extends GenericController<M> {
  @GivesMessages()
  @GrpcAction({
    request: {},
    requestName: (base) => `${base}StreamRequest`,
    response: SelfSerializer,
    responseStream: true,
    filters: true,
    pagination: true,
    safe: true,
  })
  stream(_request: object, ctx: GrpcContext): AsyncIterable<object> {
    return this[ACCESS].reads.stream(ctx);
  }
}

/**
 * `Stream`: the objects that filters find one by one, fetched in chunks as the caller reads; of one page when the request
 * asks for one. The stream is no snapshot.
 */
export const StreamAction = action<'stream'>(Stream);

/** See `ActionTypes`. */
export abstract class Retrieve<M extends ObjectLiteral> extends GenericController<M> {
  @GivesMessages(readObject)
  @GrpcAction({
    request: LookupField,
    requestName: (base) => `${base}RetrieveRequest`,
    response: SelfSerializer,
    safe: true,
  })
  async retrieve(_request: object, ctx: GrpcContext): Promise<Message> {
    const object = readObject(this, ctx);
    return isPromise(object) ? await object : object;
  }
}

function readObject(controller: object, ctx: GrpcContext): MaybePromise<Message> {
  return (controller as GenericController<ObjectLiteral>)[ACCESS].reads.object(ctx);
}

/** `Retrieve`: the one object that the lookup fields name. */
export const RetrieveAction = action<'retrieve'>(Retrieve);
