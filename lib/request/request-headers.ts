/**
 * Request metadata read like HTTP headers. Clients of the reference send a JSON object under one key, since browsers'
 * gRPC gateways let few keys through; see the option `metadataKeys.headers`.
 */
import type { Metadata } from '@grpc/grpc-js';
import { GrpcInvalidArgumentException } from '@nestjs/microservices';

/** Which of two headers of one name counts: the metadata's own, or the one inside the JSON. */
export type HeadersPrecedence = 'metadata' | 'json';

export interface HeadersKey {
  readonly key: string;
  /** `metadata`: the JSON only adds names, so that a caller cannot override what a gateway set. */
  readonly precedence: HeadersPrecedence;
}

/** Names have no case; a name that was sent several times has its values joined by commas, as in HTTP. */
export class RequestHeaders implements Iterable<[name: string, value: string]> {
  private readonly byName: ReadonlyMap<string, string>;

  /**
   * @internal
   * @param json undefined when there is no such key
   * @throws GrpcInvalidArgumentException when the JSON is none, or no object of texts
   */
  constructor(metadata: Metadata, json: HeadersKey | undefined) {
    const own = Object.keys(metadata.getMap())
      .filter((name) => !name.endsWith('-bin') && name !== json?.key)
      .map((name): [string, string] => [name, metadata.get(name).join(', ')]);
    const inside = json ? headersInside(metadata, json.key) : [];
    this.byName = new Map(json?.precedence === 'json' ? [...own, ...inside] : [...inside, ...own]);
  }

  get(name: string): string | undefined {
    return this.byName.get(name.toLowerCase());
  }

  has(name: string): boolean {
    return this.byName.has(name.toLowerCase());
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.byName.entries();
  }
}

function headersInside(metadata: Metadata, key: string): [string, string][] {
  const [text] = metadata.get(key);
  if (text === undefined) return [];
  return Object.entries(jsonObject(key, String(text))).map(([name, value]) => {
    if (typeof value === 'object') throw invalid(key, `the value of "${name.slice(0, 30)}" is no text`);
    return [name.toLowerCase().replaceAll('_', '-'), String(value)];
  });
}

function jsonObject(key: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(key, 'it is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(key, `it is ${Array.isArray(value) ? 'a list' : String(typeof value)}`);
  return value as Record<string, unknown>;
}

function invalid(key: string, found: string): GrpcInvalidArgumentException {
  return new GrpcInvalidArgumentException(
    `metadata "${key}": expected a JSON object of names and texts, but ${found}.`,
  );
}
