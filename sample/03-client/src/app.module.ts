import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { GrpcToHttpExceptionFilter } from 'nestjs-socio-grpc/client';
import { BooksController } from './books/books.controller.js';
import { CoversController } from './books/covers.controller.js';
import { LibraryModule } from './library/library.module.js';
import { LoansController } from './loans/loans.controller.js';
import { LoginController } from './login.controller.js';

@Module({
  imports: [LibraryModule],
  controllers: [LoginController, BooksController, CoversController, LoansController],
  // Failed calls become the HTTP answers that fit them: 404, 403, 400 with the errors of the fields, 504, ...
  providers: [{ provide: APP_FILTER, useClass: GrpcToHttpExceptionFilter }],
})
export class AppModule {}
