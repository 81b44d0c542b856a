import type { EntitySchema, EntityTarget, ObjectLiteral, ObjectType } from 'typeorm';

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
