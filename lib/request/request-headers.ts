/**
 * Request metadata read like HTTP headers. Clients of the reference send a JSON object under one key, since browsers'
 * gRPC gateways let few keys through; see the option `metadataKeys.headers`.
 */
import type { Metadata } from '@grpc/grpc-js';
import { clip, ECHO_LENGTH } from '../errors/text.js';
import { invalidMetadata, jsonObject } from './json-metadata.js';

/** Which of two headers of one name counts: the metadata's own, or the one inside the JSON. */
export type HeadersPrecedence = 'metadata' | 'json';

export interface HeadersKey {
  readonly key: string;
  /** `metadata`: the JSON only adds names, so that a caller cannot override what a gateway set. */
  readonly precedence: HeadersPrecedence;
}

/** Names have no case; a name that was sent several times has its values joined by commas, as in HTTP. */
export class RequestHeaders implements Iterable<[name: string, value: string]> {
  private byName: ReadonlyMap<string, string> | undefined;

  /**
   * @internal
   * @param json undefined when there is no such key
   * @throws GrpcInvalidArgumentException when the JSON is none, or no object of texts
   */
  constructor(
    private readonly metadata: Metadata,
    json: HeadersKey | undefined,
  ) {
    if (json) this.byName = merged(metadata, json);
  }

  get(name: string): string | undefined {
    const key = name.toLowerCase();
    if (this.byName) return this.byName.get(key);
    const values = key.endsWith('-bin') ? [] : this.metadata.get(key);
    return values.length === 0 ? undefined : values.join(', ');
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    this.byName ??= new Map(ownHeaders(this.metadata));
    return this.byName.entries();
  }
}

function merged(metadata: Metadata, { key, precedence }: HeadersKey): ReadonlyMap<string, string> {
  const own = ownHeaders(metadata).filter(([name]) => name !== key);
  const inside = headersInside(metadata, key);
  return new Map(precedence === 'json' ? [...own, ...inside] : [...inside, ...own]);
}

function ownHeaders(metadata: Metadata): [string, string][] {
  return Object.keys(metadata.getMap())
    .filter((name) => !name.endsWith('-bin'))
    .map((name) => [name, metadata.get(name).join(', ')]);
}

const EXPECTED = 'a JSON object of names and texts';

function headersInside(metadata: Metadata, key: string): [string, string][] {
  // Sent several times, the last counts, as in the reference.
  const text = metadata.get(key).at(-1);
  if (text === undefined) return [];
  return Object.entries(jsonObject(key, String(text), EXPECTED)).flatMap(([given, value]) => {
    if (typeof value === 'object')
      throw invalidMetadata(key, EXPECTED, `the value of "${clip(given, ECHO_LENGTH)}" is no text`);
    const name = given.toLowerCase().replaceAll('_', '-');
    // Bytes are no headers, neither those of the metadata nor these.
    return name.endsWith('-bin') ? [] : [[name, String(value)]];
  });
}
