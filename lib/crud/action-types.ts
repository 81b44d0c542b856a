/** What a method must take and give, by the options of its `@GrpcAction()`. For the compiler only. */
import type { Observable } from 'rxjs';
import type { ListedField, ListedOneOf } from '../generation/field-list.js';
import type { ExternalMessage, ExternalType } from '../proto/external-message.js';
import type { EnumType } from '../serialization/enums.js';
import type { AnyMessage as AnyValue, Duration } from '../serialization/codec/index.js';
import type { ProtoSerializer, SerializerClass } from '../serialization/proto-serializer.js';

type Integer32 = 'int32' | 'uint32' | 'sint32' | 'fixed32' | 'sfixed32';
type Integer64 = 'int64' | 'uint64' | 'sint64' | 'fixed64' | 'sfixed64';

/** Where a message is, and a value in it; null and undefined where there is none. */
interface WellKnownValues {
  'google.protobuf.Any': AnyValue | null | undefined;
  'google.protobuf.BoolValue': boolean | null | undefined;
  'google.protobuf.BytesValue': Uint8Array | null | undefined;
  'google.protobuf.DoubleValue': number | null | undefined;
  'google.protobuf.Duration': Duration | null | undefined;
  'google.protobuf.Empty': object | null | undefined;
  'google.protobuf.FloatValue': number | null | undefined;
  'google.protobuf.Int32Value': number | null | undefined;
  'google.protobuf.Int64Value': string | null | undefined;
  'google.protobuf.ListValue': readonly unknown[] | null | undefined;
  'google.protobuf.StringValue': string | null | undefined;
  'google.protobuf.Timestamp': Date | null | undefined;
  'google.protobuf.UInt32Value': number | null | undefined;
  'google.protobuf.UInt64Value': string | null | undefined;
  'google.protobuf.Value': unknown;
}

/** Undefined for types that the compiler knows nothing of. */
interface RequestValues
  extends Record<Integer32 | 'double' | 'float', number>, Record<Integer64, string>, WellKnownValues {
  bool: boolean;
  string: string;
  bytes: Buffer;
  'google.protobuf.Struct': Readonly<Record<string, unknown>>;
}

interface ResultValues
  extends
    Record<Integer32 | 'double' | 'float', number>,
    Record<Integer64, string | bigint | number>,
    WellKnownValues {
  bool: boolean;
  string: string;
  bytes: Uint8Array;
  'google.protobuf.Struct': object;
}

/** Members of an enum: those of a TypeScript enum, or of a list. */
type MemberOf<E> = E extends readonly (infer V)[] ? V : E[keyof E];

type RequestValue<T> = T extends keyof RequestValues
  ? RequestValues[T]
  : T extends `map<${string}, ${infer V}>`
    ? Record<string, NonNullable<RequestValue<V>>>
    : T extends ListedOneOf
      ? {
          [K in keyof T['oneof'] & string]: {
            case: K;
            value: NonNullable<RequestValue<Written<T['oneof'][K]>[1]>>;
          };
        }[keyof T['oneof'] & string]
      : T extends SerializerClass
        ? // oxlint-disable-next-line typescript/no-explicit-any -- the values of its message are not the model's
          any
        : T extends ExternalType<infer V>
          ? V
          : T extends EnumType
            ? MemberOf<T>
            : unknown;

type ResultValue<T> = T extends keyof ResultValues
  ? ResultValues[T]
  : T extends `map<${string}, ${infer V}>`
    ? Readonly<Record<string, NonNullable<ResultValue<V>>>>
    : T extends ListedOneOf
      ? {
          readonly [K in keyof T['oneof'] & string]: {
            readonly case: K;
            readonly value: NonNullable<ResultValue<Written<T['oneof'][K]>[1]>>;
          };
        }[keyof T['oneof'] & string]
      : T extends SerializerClass
        ? object
        : T extends ExternalType<infer V>
          ? V
          : T extends EnumType
            ? MemberOf<T>
            : unknown;

/** Cardinality and type of a listed field. */
type Written<F> = F extends `optional ${infer T}`
  ? ['optional', T]
  : F extends `repeated ${infer T}`
    ? ['repeated', T]
    : F extends ListedOneOf
      ? ['optional', F]
      : F extends ListedField
        ? F extends { readonly cardinality: infer C }
          ? [C, F['type']]
          : Written<F['type']>
        : ['singular', F];

/** A message that is nested has presence, as an optional field has. */
type Presence<F> =
  Written<F> extends ['singular', SerializerClass | ExternalMessage] ? 'optional' : Written<F>[0];

type Simple<T> = { [K in keyof T]: T[K] };
type KeysOf<F, C> = { [K in keyof F]: Presence<F[K]> extends C ? K : never }[keyof F];

/** Of an `optional` field there is no property when it was not sent. */
type ListedRequest<F> = Simple<
  { -readonly [K in KeysOf<F, 'singular'>]: RequestValue<Written<F[K]>[1]> } & {
    -readonly [K in KeysOf<F, 'optional'>]?: RequestValue<Written<F[K]>[1]>;
  } & { -readonly [K in KeysOf<F, 'repeated'>]: RequestValue<Written<F[K]>[1]>[] }
>;

type ListedResult<F> = Simple<
  { readonly [K in KeysOf<F, 'singular'>]: ResultValue<Written<F[K]>[1]> } & {
    readonly [K in KeysOf<F, 'optional'>]?: ResultValue<Written<F[K]>[1]> | null | undefined;
  } & { readonly [K in KeysOf<F, 'repeated'>]: readonly ResultValue<Written<F[K]>[1]>[] }
>;

/** A list whose texts the compiler does not know says nothing of its fields. */
type IsKnown<F> = string extends keyof F ? false : true extends UnknownIn<F>[keyof F] ? false : true;
type UnknownIn<F> = { [K in keyof F]: [F[K]] extends [never] ? true : string extends F[K] ? true : false };

type MessageOption = { readonly placeholder: string } | { resolve(target: never): unknown } | string;

// oxlint-disable-next-line typescript/no-explicit-any -- what is not known fits everything
type Unknown = any;

/**
 * The request of an action, as its options say it: the fields of a field list; of a serializer, a placeholder and what
 * generation plugins make of it anything.
 */
export type RequestOf<O> = O extends { readonly plugins: unknown }
  ? Unknown
  : O extends { readonly request: infer R }
    ? [R] extends [never]
      ? Unknown
      : R extends ExternalMessage<infer V>
        ? V
        : R extends SerializerClass | MessageOption
          ? Unknown
          : IsKnown<R> extends true
            ? ListedRequest<R>
            : Unknown
    : object;

/**
 * What an action gives: the values of a field list; for a serializer its message, or an object of its model; with
 * generation plugins, for which an array stands for a list, anything.
 */
export type ResultOf<O> = O extends { readonly plugins: unknown }
  ? Unknown
  : O extends { readonly response: infer R }
    ? [R] extends [never]
      ? Unknown
      : R extends ExternalMessage<infer V>
        ? V
        : R extends SerializerClass
          ? SerializerResult<R>
          : R extends MessageOption
            ? AnyMessage
            : IsKnown<R> extends true
              ? ListedResult<R>
              : AnyMessage
    : unknown;

/** No promise of something else. */
type AnyMessage = object & NoPromise;
interface NoPromise {
  readonly then?: never;
}

/** A message, or an object of the model: what has nothing of either is neither. */
type SerializerResult<S> = S extends abstract new (...args: never[]) => infer I
  ? {
      readonly [K in keyof I | keyof ModelOfSerializer<I>]?: MessageValue<(I & ModelOfSerializer<I>)[K]>;
    } & NoPromise
  : never;
type ModelOfSerializer<I> = I extends ProtoSerializer<infer M> ? M : never;

/** Numbers of 64 bits and decimals may be texts, moments may be dates. */
type MessageValue<T> = T extends string | number | bigint | Date
  ? string | number | bigint | Date | null | undefined
  : T extends boolean
    ? boolean | null | undefined
    : unknown;

type Argument<O> = O extends { readonly requestStream: true } ? AsyncIterable<RequestOf<O>> : RequestOf<O>;

type Later<R> = R | Promise<R> | Observable<R>;
type Several<R> = AsyncIterable<R> | Observable<R> | Promise<AsyncIterable<R>> | Promise<Observable<R>>;

type Given<O> = O extends { readonly responseStream: infer S }
  ? S extends true
    ? Several<ResultOf<O>>
    : S extends false
      ? Later<ResultOf<O>>
      : unknown
  : Later<ResultOf<O>>;

/** A decorator of methods that take and give what the options say; further parameters are Nest's. */
export type ActionDecorator<O> = <T extends (request: Argument<O>, ...others: Unknown[]) => Given<O>>(
  prototype: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void;
