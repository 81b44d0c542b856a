import 'reflect-metadata';
import { ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { Logger } from 'nestjs-pino';
import { connectSocioGrpc } from 'nestjs-socio-grpc';
import { AppModule } from './app.module.js';
import type { Environment } from './config/environment.js';

const app = await NestFactory.create(AppModule, { bufferLogs: true });
const logger = app.get(Logger);
app.useLogger(logger);
app.enableShutdownHooks();
connectSocioGrpc(app);
await app.startAllMicroservices();
await app.listen(app.get<ConfigService<Environment, true>>(ConfigService).get('HTTP_PORT', { infer: true }));
logger.log(`HTTP server listens on ${await app.getUrl()}`);
