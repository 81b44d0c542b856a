import type { EntitySchema, EntityTarget, ObjectLiteral, ObjectType } from 'typeorm';

/** @internal */
export const MESSAGES: unique symbol = Symbol('nestjs-socio-grpc:messages');

/** What objects are without a `toMessage()` of their own, for each call: one object may be in several at once. */
class DefaultMessages {
  private readonly known = new WeakMap<object, WeakMap<object, DefaultMessage>>();

  set(object: object, context: unknown, message: DefaultMessage): void {
    const calls = this.known.get(object) ?? new WeakMap<object, DefaultMessage>();
    this.known.set(object, calls.set(context as object, message));
  }

  get(object: object, context: unknown): DefaultMessage | undefined {
    return this.known.get(object)?.get(context as object);
  }
}

type DefaultMessage = () => Promise<Record<string, unknown>>;

/**
 * The base of every serializer: a class that describes the shape of one message and how it meets a model.
 * It holds no data; the library reads what its decorators declared and compiles readers and writers at boot.
 *
 * @example
 * \@ModelSerializer({ model: Post, fields: 'all' })
 * export class PostSerializer extends ProtoSerializer<Post> {}
 */
export abstract class ProtoSerializer<M extends object = object> {
  /** Carries the model's type to the compiler; there is no such property at run time. */
  declare protected readonly model?: M;

  /** @internal */
  readonly [MESSAGES] = new DefaultMessages();

  /**
   * The message of an object. Override it to change messages as a whole; fields alone are better served by
   * `@MethodField()`. What it reads of the object beside the fields of the serializer belongs into `needs` of
   * `@ModelSerializer()`. Where it is overridden, entities are made of the rows.
   *
   * @param object with what the serializer's fields and `needs` load
   * @param ctx the call's `GrpcContext`
   * @returns properties in camelCase, as the fields say; others are ignored
   * @example
   * override async toMessage(book: Book, ctx: GrpcContext) {
   *   const message = await super.toMessage(book, ctx);
   *   return ctx.user ? message : { ...message, price: undefined };
   * }
   */
  async toMessage(object: M, ctx: unknown): Promise<Record<string, unknown>> {
    const message = this[MESSAGES].get(object, ctx);
    if (!message)
      throw new Error(
        `${this.constructor.name}.toMessage(): is called by the library; from elsewhere use "serialize()" of the controller.`,
      );
    return message();
  }
}

/** A serializer's class, as options take it. */
export type SerializerClass<M extends object = object> = abstract new (
  ...args: never[]
) => ProtoSerializer<M>;

/** An entity class or an `EntitySchema`. */
export type Model<M extends ObjectLiteral = ObjectLiteral> = ObjectType<M> | EntitySchema<M>;

export type ModelTarget = EntityTarget<ObjectLiteral>;

export function isSerializerClass(value: unknown): value is SerializerClass {
  return typeof value === 'function' && value.prototype instanceof ProtoSerializer;
}

export function hasOwnToMessage({ prototype }: SerializerClass): boolean {
  return (prototype as ProtoSerializer).toMessage !== ProtoSerializer.prototype.toMessage;
}
