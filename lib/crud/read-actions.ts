/** Actions that read: List, Stream, Retrieve. */
import type { ObjectLiteral } from 'typeorm';
import type { GrpcContext } from '../request/grpc-context.js';
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
    safe: true,
  })
  async list(_request: object, ctx: GrpcContext): Promise<object> {
    const { shape } = this[ACCESS].actionOf(ctx);
    return { [shape.listField]: await this[ACCESS].readList(ctx) };
  }
}

/** `List`: all objects of the query in one answer, at most `limits.maxListRows`. */
export const ListAction = action<'list'>(List);

/** See `ActionTypes`. */
export abstract class Stream<M extends ObjectLiteral> extends GenericController<M> {
  @GivesMessages()
  @GrpcAction({
    request: {},
    requestName: (base) => `${base}StreamRequest`,
    response: SelfSerializer,
    responseStream: true,
    safe: true,
  })
  async *stream(_request: object, ctx: GrpcContext): AsyncGenerator<object, void, undefined> {
    yield* this[ACCESS].readStream(ctx);
  }
}

/** `Stream`: objects one by one, fetched in chunks as the caller reads. The stream is no snapshot. */
export const StreamAction = action<'stream'>(Stream);

/** See `ActionTypes`. */
export abstract class Retrieve<M extends ObjectLiteral> extends GenericController<M> {
  @GivesMessages()
  @GrpcAction({
    request: LookupField,
    requestName: (base) => `${base}RetrieveRequest`,
    response: SelfSerializer,
    safe: true,
  })
  async retrieve(_request: object, ctx: GrpcContext): Promise<Message> {
    return this[ACCESS].readObject(ctx);
  }
}

/** `Retrieve`: the one object that the lookup fields name. */
export const RetrieveAction = action<'retrieve'>(Retrieve);
