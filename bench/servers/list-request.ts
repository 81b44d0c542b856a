/** Filters and page of a list, as proto-loader and protobufjs give google.protobuf.Struct. */

interface JsonValue {
  readonly boolValue?: boolean;
  readonly numberValue?: number;
  readonly stringValue?: string;
}

interface Struct {
  readonly fields: Readonly<Record<string, JsonValue>>;
}

export interface ListRequest {
  readonly _filters?: Struct | null;
  readonly _pagination?: Struct | null;
}

export interface ListParameters {
  readonly filters: Readonly<Record<string, unknown>>;
  readonly offset: number;
  readonly limit: number;
}

const KINDS = ['boolValue', 'numberValue', 'stringValue'] as const;
const MAX_PAGE_SIZE = 1000;

export function parametersOf({ _filters, _pagination }: ListRequest): ListParameters {
  const { page = 1, page_size: size = 100 } = plain(_pagination) as { page?: number; page_size?: number };
  const limit = Math.min(size, MAX_PAGE_SIZE);
  return { filters: plain(_filters), offset: (page - 1) * limit, limit };
}

function plain(struct: Struct | null | undefined): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(struct?.fields ?? {}))
    // protobufjs has the zeros of what was not sent on the prototype.
    for (const kind of KINDS) if (Object.hasOwn(value, kind)) result[name] = value[kind];
  return result;
}
