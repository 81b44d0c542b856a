import type { Metadata } from '@grpc/grpc-js';

/**
 * What HTTP/2 knows no more: Node throws instead of sending it, some of it where nobody could catch that. And what gRPC says
 * itself of its body and its end.
 */
const NOT_OURS = [
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'grpc-encoding',
  'grpc-message',
  'grpc-status',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
];

/** What Node refuses to send twice. */
const ONCE = new Set([
  'access-control-allow-credentials',
  'access-control-max-age',
  'access-control-request-method',
  'age',
  'authorization',
  'content-language',
  'content-location',
  'content-md5',
  'content-range',
  'date',
  'dnt',
  'etag',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'range',
  'referer',
  'retry-after',
  'tk',
  'upgrade-insecure-requests',
  'user-agent',
  'x-content-type-options',
]);

/**
 * Metadata of an answer as Node's HTTP/2 sends it: without headers that are about a connection, a body or an end, and with the
 * last value of those that HTTP has once. Whoever hands on the headers of an HTTP/1 answer has them all, and they would end the
 * process; proxies between the versions drop them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-8.2.2
 */
export function sendable(metadata: Metadata): Metadata {
  for (const name of NOT_OURS) metadata.remove(name);
  for (const [name, values] of Object.entries(metadata.toJSON())) {
    const last = values.at(-1);
    if (values.length > 1 && last !== undefined && ONCE.has(name)) metadata.set(name, last);
  }
  return metadata;
}
