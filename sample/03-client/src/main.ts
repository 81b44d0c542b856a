import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { HTTP_PORT } from './settings.js';

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks();
await app.listen(HTTP_PORT);
new Logger('Gateway').log(`HTTP server listens on ${await app.getUrl()}`);
