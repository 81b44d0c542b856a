import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { socioGrpc } from 'nestjs-socio-grpc';
import { AppModule } from './app.module.js';

const app = await NestFactory.createMicroservice(AppModule, socioGrpc());
app.enableShutdownHooks();
await app.listen();
