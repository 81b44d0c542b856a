// An application on the built library whose process ends right after a call: by `exit`, or by an `error` that nobody caught.
import { AllowAny, GrpcAction, GrpcController, SocioGrpcModule, socioGrpc } from 'nestjs-socio-grpc';
import { createGrpcTestingClient } from 'nestjs-socio-grpc/testing';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

class EchoController {
  echo(request) {
    return request;
  }
}
const TEXT = { text: 'string' };
GrpcAction({ request: TEXT, response: TEXT })(
  EchoController.prototype,
  'echo',
  Object.getOwnPropertyDescriptor(EchoController.prototype, 'echo'),
);
GrpcController({ permissions: [AllowAny] })(EchoController);

class AppModule {}
Module({
  imports: [SocioGrpcModule.forRoot({ package: 'test', proto: { mode: 'off' } })],
  controllers: [EchoController],
})(AppModule);

const app = await NestFactory.createMicroservice(AppModule, socioGrpc());
const client = await createGrpcTestingClient(app);
await client.unary('EchoController/Echo', { text: 'last' });
if (process.argv[2] === 'exit') process.exit(1);
throw new Error('the process ends');
