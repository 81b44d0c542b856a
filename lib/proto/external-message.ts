/** Messages that somebody else's `.proto` file declares, as declarations of an application name them. */

/** What a field of that type holds: one message, a list of them, or a map. */
export type ExternalForm =
  { readonly kind: 'one' } | { readonly kind: 'list' } | { readonly kind: 'map'; readonly key: MapKey };

/** Types of the keys of maps; in JavaScript all of them are texts. */
export type MapKey =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'sint64'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed32'
  | 'sfixed64';

/** A message of somebody else as the type of a field, or many of them. `T` is what JavaScript holds. */
export class ExternalType<T = unknown> {
  /** For the compiler alone. */
  declare protected readonly holds: T;

  /** @internal */
  constructor(
    /** Its full name, `google.type.Money`. */
    readonly name: string,
    /** As it is imported, `google/type/money.proto`. */
    readonly file: string,
    readonly form: ExternalForm,
  ) {}
}

/** A message of somebody else. `externalMessage()` makes it. */
export class ExternalMessage<T = unknown> extends ExternalType<T> {
  /** @internal */
  constructor(name: string, file: string) {
    super(name, file, { kind: 'one' });
  }

  /** Many of them: `repeated google.type.Money`. */
  get list(): ExternalType<T[]> {
    return new ExternalType(this.name, this.file, { kind: 'list' });
  }

  /** Many of them by a key, `map<string, google.type.Money>`: a plain object. */
  mapBy(key: MapKey): ExternalType<Record<string, T>> {
    return new ExternalType(this.name, this.file, { kind: 'map', key });
  }
}

/** Options of `externalMessage()`. */
export interface ExternalMessageOptions {
  /** The file as others import it, from one of the folders in `proto.includeDirs` or `proto.dir` on. */
  readonly file: string;
}

/**
 * Names a message of a `.proto` file that the application does not write: one of Google's, of another team, of a vendor.
 * It may be the type of fields, what actions take and what they answer; the file is imported and never changed. Boot
 * reads it, and refuses to start when it is not there or declares no such message.
 *
 * `T` is the message in JavaScript: properties in camelCase, 64-bit integers as texts, bytes as Buffers, enums as their
 * names, a `oneof` as `{ case, value }`, Google's own as everywhere else.
 *
 * @param name its full name
 * @example
 * export interface Money { currencyCode: string; units: string; nanos: number }
 * export const Money = externalMessage<Money>('google.type.Money', { file: 'google/type/money.proto' });
 *
 * \@Field({ type: Money }) price!: Money;
 * \@GrpcAction({ request: { to: 'string', amounts: Money.list }, response: Money })
 */
export function externalMessage<T = unknown>(
  name: string,
  { file }: ExternalMessageOptions,
): ExternalMessage<T> {
  return new ExternalMessage<T>(name, file);
}

export function isExternal(value: unknown): value is ExternalType {
  return value instanceof ExternalType;
}
