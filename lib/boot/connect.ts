import type { INestApplication, INestMicroservice, NestHybridApplicationOptions } from '@nestjs/common';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { SocioGrpcServer } from './socio-grpc-server.js';

/**
 * Microservice options that run the gRPC server of the application's `SocioGrpcModule`.
 *
 * @example
 * const app = await NestFactory.createMicroservice(AppModule, socioGrpc());
 * await app.listen();
 */
export function socioGrpc(): AsyncMicroserviceOptions {
  return {
    useFactory: (server: SocioGrpcServer) => ({ strategy: server.awaitHandlers() }),
    inject: [SocioGrpcServer],
  };
}

/**
 * Adds the gRPC server to an HTTP application. Set global guards, pipes, interceptors and filters before: Nest
 * binds them here.
 *
 * @param options `inheritAppConfig: false` leaves the application's global enhancers out. Default: true.
 * @example
 * const app = await NestFactory.create(AppModule);
 * connectSocioGrpc(app);
 * await app.startAllMicroservices();
 * await app.listen(3000);
 */
export function connectSocioGrpc(
  app: INestApplication,
  options: NestHybridApplicationOptions = {},
): INestMicroservice {
  return app.connectMicroservice<AsyncMicroserviceOptions>(socioGrpc(), {
    inheritAppConfig: true,
    ...options,
  });
}
