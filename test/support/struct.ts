/** Plain JSON -> google.protobuf.Struct as proto-loader takes it. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export function struct(value: { readonly [key: string]: Json }): object {
  return { fields: Object.fromEntries(Object.entries(value).map(([key, member]) => [key, valueOf(member)])) };
}

/** Plain JSON -> google.protobuf.Value. */
export function valueOf(value: Json): object {
  if (value === null) return { nullValue: 'NULL_VALUE' };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (Array.isArray(value)) return { listValue: { values: (value as readonly Json[]).map(valueOf) } };
  return { structValue: struct(value as { readonly [key: string]: Json }) };
}
