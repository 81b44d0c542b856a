/** How calls end, as grpc-js takes it. */
import { Metadata, type StatusObject } from '@grpc/grpc-js';
import type { GrpcStatus } from '../errors/grpc-status.js';

export function isEmpty(metadata: Metadata): boolean {
  return Object.keys(metadata.getMap()).length === 0;
}

/** @param trailers take the details of the status; undefined: none were set */
export function statusObject(status: GrpcStatus, trailers = new Metadata()): StatusObject {
  const { code, message, details } = status;
  if (details) trailers.set('grpc-status-details-bin', details);
  return { code, details: message, metadata: trailers };
}
