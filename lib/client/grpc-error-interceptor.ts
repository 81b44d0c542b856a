import { InterceptingCall, status, type Interceptor, type StatusObject } from '@grpc/grpc-js';
import { GrpcClientError } from './grpc-client-error.js';

/**
 * A client interceptor of grpc-js: errors of its calls carry what a `GrpcClientError` has (`fields`, `violations`,
 * `reason`, `retryAfter`) beside grpc-js's own members. grpc-js makes the error itself, so its class stays;
 * `fromGrpcError()` gives the other.
 *
 * @example
 * ClientsModule.register([{ name: 'SHOP', transport: Transport.GRPC, options: {
 *   package: 'shop', protoPath, channelOptions: { interceptors: [grpcErrorInterceptor] },
 * } }]);
 */
export const grpcErrorInterceptor: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, _listener, next) {
      next(metadata, {
        onReceiveStatus: (received, forward) => forward(withDetails(received)),
      });
    },
  });

/** grpc-js copies every member of a status to the error that it makes of it. */
function withDetails(received: StatusObject): StatusObject {
  if (received.code === status.OK) return received;
  const { fields, violations, reason, retryAfter } = new GrpcClientError(
    received.code,
    received.details,
    received.metadata,
  );
  return Object.assign({}, received, { fields, violations, reason, retryAfter });
}
