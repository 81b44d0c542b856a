/** Plain JSON -> `google.protobuf.Struct` as `@grpc/proto-loader` takes and gives it, and back. */

/** A JSON value; members that are undefined are left out, as `JSON.stringify()` does. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** `google.protobuf.Struct` as proto-loader has it. */
export interface StructMessage {
  fields: Record<string, ValueMessage>;
}

/** `google.protobuf.Value` as proto-loader has it: one of them is set. */
export interface ValueMessage {
  nullValue?: 'NULL_VALUE';
  numberValue?: number;
  stringValue?: string;
  boolValue?: boolean;
  structValue?: StructMessage;
  listValue?: { values: ValueMessage[] };
}

/**
 * For fields of the type `google.protobuf.Struct`: filters and page parameters of lists, JSON columns.
 *
 * @example
 * posts.list({ _filters: toStruct({ headline__icontains: 'hello', ordering: '-pub_date' }) })
 */
export function toStruct(object: JsonObject): StructMessage {
  const fields: Record<string, ValueMessage> = {};
  for (const [key, value] of Object.entries(object))
    if (value !== undefined)
      Object.defineProperty(fields, key, { value: toValue(value), enumerable: true, writable: true });
  return { fields };
}

/** The plain object that a message of the type `google.protobuf.Struct` stands for; JSON columns of answers, for example. */
export function fromStruct({ fields = {} }: Partial<StructMessage>): JsonObject {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, fromValue(value)]));
}

function toValue(value: Json): ValueMessage {
  if (value === null) return { nullValue: 'NULL_VALUE' };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (isList(value)) return { listValue: { values: value.map(toValue) } };
  return { structValue: toStruct(value) };
}

/** Depending on its options proto-loader leaves empty lists out, and shows members that are not set as null. */
function fromValue(value: ValueMessage): Json {
  if (value.structValue) return fromStruct(value.structValue);
  if (value.listValue) return listOf(value.listValue).map(fromValue);
  return value.stringValue ?? value.numberValue ?? value.boolValue ?? null;
}

function listOf({ values = [] }: { values?: readonly ValueMessage[] }): readonly ValueMessage[] {
  return values;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
