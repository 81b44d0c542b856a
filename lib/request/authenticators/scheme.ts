/** The header `authorization` of a call: `Bearer eyJ…`, `Basic QWRh…`. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { GrpcUnauthenticatedException } from '@nestjs/microservices';
import { withDetails } from '../../errors/with-details.js';
import type { GrpcContext } from '../grpc-context.js';

/**
 * What follows the scheme, or undefined when the call has no credentials of this scheme.
 *
 * @throws GrpcUnauthenticatedException when the scheme is followed by nothing, or by several words
 */
export function credentialsOf(ctx: GrpcContext, scheme: string): string | undefined {
  const header = ctx.headers.get('authorization');
  if (header === undefined) return undefined;
  const text = header.trim();
  const space = text.indexOf(' ');
  const found = space < 0 ? text : text.slice(0, space);
  if (found.toLowerCase() !== scheme.toLowerCase()) return undefined;
  const credentials = space < 0 ? '' : text.slice(space).replace(/^ +/, '');
  if (credentials === '' || credentials.includes(' '))
    throw refused(`Expected one "authorization: ${scheme} <credentials>".`, 'CREDENTIALS_MALFORMED');
  return credentials;
}

/** UNAUTHENTICATED with a reason that programs can read. */
export function refused(message: string, reason: string): Error {
  return withDetails(new GrpcUnauthenticatedException(message), { reason });
}

/** Whether two secrets are equal, in a time that does not tell how much of them is. */
export function equalSecrets(a: string, b: string): boolean {
  // Digests, because the comparison needs equal lengths, and lengths are no secret then either.
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
