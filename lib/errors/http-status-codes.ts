import { status } from '@grpc/grpc-js';
import type { ErrorStyle } from './grpc-status.js';

/** The table of django-socio-grpc. */
const GRPC_CODES: { readonly [code: number]: readonly number[] } = {
  [status.INVALID_ARGUMENT]: [400, 406, 411, 413, 414, 415, 417, 422, 431],
  [status.UNAUTHENTICATED]: [401, 511],
  [status.PERMISSION_DENIED]: [403, 451],
  [status.NOT_FOUND]: [404, 410],
  [status.UNIMPLEMENTED]: [405, 501, 505],
  [status.DEADLINE_EXCEEDED]: [408, 504],
  [status.ABORTED]: [409],
  [status.FAILED_PRECONDITION]: [412, 423, 424, 428],
  [status.OUT_OF_RANGE]: [416],
  [status.RESOURCE_EXHAUSTED]: [429, 507],
  [status.INTERNAL]: [500, 502],
  [status.UNAVAILABLE]: [503],
};

const BY_HTTP_STATUS = new Map(
  Object.entries(GRPC_CODES).flatMap(([code, statuses]) => statuses.map((http) => [http, Number(code)])),
);

/**
 * @returns the gRPC code of an HTTP status. In Nest applications 409 mostly tells of a duplicate, hence
 * ALREADY_EXISTS under `socio`; the reference has ABORTED.
 */
export function grpcCodeOfHttp(http: number, style: ErrorStyle): number {
  if (http === 409 && style === 'socio') return status.ALREADY_EXISTS;
  return BY_HTTP_STATUS.get(http) ?? status.UNKNOWN;
}
