import type { ConfigService } from '@nestjs/config';
import { BearerAuthentication, type SocioGrpcOptions } from 'nestjs-socio-grpc';
import { callerFrom } from '../auth/caller.js';
import type { Environment } from './environment.js';
import { REQUEST_ID, requestId } from './request-id.js';

export function grpcOptions(config: ConfigService<Environment, true>): SocioGrpcOptions {
  return {
    package: 'library.v1',
    url: config.get('GRPC_URL', { infer: true }),
    proto: { dir: config.get('PROTO_DIR', { infer: true }) },
    authentication: [BearerAuthentication.with({ user: callerFrom })],
    middleware: [requestId],
    logging: { format: 'object', context: (ctx) => ({ requestId: ctx.values.get(REQUEST_ID) }) },
    shutdown: { grace: config.get('SHUTDOWN_GRACE', { infer: true }) },
  };
}
