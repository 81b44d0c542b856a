/** How calls end, as grpc-js takes it. */
import { Metadata } from '@grpc/grpc-js';
import type { GrpcStatus } from '../errors/grpc-status.js';

export function isEmpty(metadata: Metadata): boolean {
  return Object.keys(metadata.getMap()).length === 0;
}

/** @param trailers undefined: none were set */
export function statusObject(status: GrpcStatus, trailers: Metadata | undefined) {
  const { code, message, details } = status;
  if (!details) return { code, details: message, metadata: trailers ?? null };
  const metadata = trailers ?? new Metadata();
  metadata.set('grpc-status-details-bin', details);
  return { code, details: message, metadata };
}
