import type { Metadata } from '@grpc/grpc-js';
import {
  Body,
  ConflictException,
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  ParseIntPipe,
  Post,
  Query,
} from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import { GrpcClientError, rethrowGrpcErrors, toStruct } from 'nestjs-socio-grpc/client';
import { catchError } from 'rxjs';
import type { LoanControllerClient } from '../clients/library/v1/library.client.js';
import { Caller } from '../library/caller.js';
import { LIBRARY } from '../library/library.js';

/** Refusals that another attempt, later, may not meet: for HTTP they are conflicts. */
const CONFLICTS = new Set(['NO_COPY_LEFT', 'LOAN_LIMIT', 'LOAN_CLOSED']);

@Controller('loans')
export class LoansController {
  private readonly loans: LoanControllerClient;

  constructor(@Inject(LIBRARY) client: ClientGrpc) {
    this.loans = client.getService<LoanControllerClient>('LoanController');
  }

  @Get()
  list(@Query('state') state: string | undefined, @Caller() caller: Metadata) {
    return this.loans.list({ _filters: toStruct({ state }) }, caller);
  }

  @Post()
  borrow(@Body() { book }: { book: number }, @Caller() caller: Metadata) {
    return this.loans.borrow({ book }, caller).pipe(rethrowGrpcErrors(), conflicts());
  }

  @Post(':id/return')
  @HttpCode(200)
  giveBack(@Param('id', ParseIntPipe) id: number, @Caller() caller: Metadata) {
    return this.loans.giveBack({ id }, caller).pipe(rethrowGrpcErrors(), conflicts());
  }
}

/** Errors that are told apart by their reason; the filter answers the others. */
function conflicts<T>() {
  return catchError<T, never>((error: unknown) => {
    if (error instanceof GrpcClientError && CONFLICTS.has(error.reason ?? ''))
      throw new ConflictException({ statusCode: 409, message: error.message, reason: error.reason });
    throw error;
  });
}
