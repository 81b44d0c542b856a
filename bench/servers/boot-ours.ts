/** An application with a service for each of its many entities; prints how long the process has run when it listens. */
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { socioGrpc } from 'nestjs-socio-grpc';

const file = new URL('../../many-entities.mjs', import.meta.url).href;
const { AppModule } = (await import(file)) as { AppModule: Type<object> };
const app = await NestFactory.createMicroservice(AppModule, { ...socioGrpc(), logger: false });
await app.listen();
process.stdout.write(String(Math.round(performance.now())), () => process.exit());
