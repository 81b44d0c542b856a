import type { Metadata } from '@grpc/grpc-js';

/** What HTTP/2 knows no more: Node throws instead of sending it, some of it where nobody could catch that. */
const OF_CONNECTIONS = [
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
];

/**
 * Metadata of an answer without headers that are about a connection. Whoever hands on the headers of an HTTP/1 answer has
 * them too, and they would end the process; proxies between the versions drop them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-8.2.2
 */
export function sendable(metadata: Metadata): Metadata {
  for (const name of OF_CONNECTIONS) metadata.remove(name);
  return metadata;
}
