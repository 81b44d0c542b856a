/**
 * What a caller asks of a list beside its action: filters, search, order, page. They come as a JSON object in a field of
 * the request, under a key of the metadata, or both.
 */
import type { Metadata } from '@grpc/grpc-js';
import { jsonObject } from './json-metadata.js';

/**
 * Where parameters are read: in the request's field, in the metadata, or in both, then the request wins. See DSG
 * `FILTER_BEHAVIOR` and `PAGINATION_BEHAVIOR`.
 */
export type ParameterBehavior = 'request' | 'metadata' | 'metadata-and-request';

export interface ParameterSource {
  /** Metadata key whose value is a JSON object; undefined: metadata is not looked at. */
  readonly metadataKey: string | undefined;
  /** Property of the request that holds the object; undefined: the request is not looked at. */
  readonly property: string | undefined;
}

/** Properties, and fields, of a request message that hold parameters. */
export const FILTERS_FIELD = '_filters';
export const PAGINATION_FIELD = '_pagination';

/**
 * The parameters of one call by name, as JSON values. Filters and pages share one set of names, as in the reference:
 * what comes later in the list of sources wins, name by name.
 */
export class RequestParameters implements Iterable<[name: string, value: unknown]> {
  private readonly byName: ReadonlyMap<string, unknown>;

  /**
   * @internal
   * @throws GrpcInvalidArgumentException when metadata that should be a JSON object is none
   */
  constructor(metadata: Metadata, request: unknown, sources: readonly ParameterSource[]) {
    this.byName = read(metadata, request, sources);
  }

  get size(): number {
    return this.byName.size;
  }

  get(name: string): unknown {
    return this.byName.get(name);
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  [Symbol.iterator](): IterableIterator<[string, unknown]> {
    return this.byName.entries();
  }
}

const NONE: ReadonlyMap<string, unknown> = new Map();

function read(
  metadata: Metadata,
  request: unknown,
  sources: readonly ParameterSource[],
): ReadonlyMap<string, unknown> {
  // Most calls have none.
  let found: Map<string, unknown> | undefined;
  const add = (values: object | undefined): void => {
    if (!values) return;
    for (const [name, value] of Object.entries(values)) (found ??= new Map()).set(name, value);
  };
  for (const { metadataKey, property } of sources) {
    if (metadataKey !== undefined) add(inMetadata(metadata, metadataKey));
    if (property !== undefined) add(inRequest(request, property));
  }
  return found ?? NONE;
}

function inRequest(request: unknown, property: string): object | undefined {
  if (typeof request !== 'object' || request === null || !Object.hasOwn(request, property)) return undefined;
  const value: unknown = request[property as keyof object];
  return typeof value === 'object' && value !== null ? value : undefined;
}

/** A key that was sent several times: the last counts, as in the reference. */
function inMetadata(metadata: Metadata, key: string): object | undefined {
  const text = metadata.get(key).at(-1);
  return text === undefined ? undefined : jsonObject(key, String(text));
}
