/** Exceptions of Nest: deliberate, so their texts are meant for the caller. */
import { STATUS_CODES } from 'node:http';
import { status } from '@grpc/grpc-js';
import { HttpException } from '@nestjs/common';
import { GrpcException, RpcException } from '@nestjs/microservices';
import { isErrorCode, type Failure } from './failure.js';
import type { ErrorStyle } from './grpc-status.js';
import { grpcCodeOfHttp } from './http-status-codes.js';
import type { FieldViolation } from './rich-details.js';
import { ValidationException } from './validation-exception.js';

/** @returns undefined for what Nest did not define */
export function nestFailure(error: unknown, style: ErrorStyle): Failure | undefined {
  if (error instanceof ValidationException) {
    return { code: status.INVALID_ARGUMENT, message: error.errors, reason: 'VALIDATION_FAILED' };
  }
  if (error instanceof GrpcException) return { code: codeOr(error.getCode()), message: error.message };
  if (error instanceof HttpException) return httpFailure(error, style);
  if (error instanceof RpcException) return rpcFailure(error);
  return undefined;
}

/** What Nest throws for a guard that returns false; it gives the exception no code of its own. */
const GUARD_REFUSAL = 'Forbidden resource';

/** `new RpcException({ code, message })`; Nest's own filters read `status` as well. */
function rpcFailure(exception: RpcException): Failure {
  const body = exception.getError();
  if (body === GUARD_REFUSAL)
    return { code: status.PERMISSION_DENIED, message: 'You do not have permission to perform this action.' };
  const { code, status: alias } = (typeof body === 'object' ? body : {}) as {
    code?: unknown;
    status?: unknown;
  };
  return { code: codeOr(code ?? alias), message: exception.message, verbatim: true };
}

function httpFailure(exception: HttpException, style: ErrorStyle): Failure {
  const code = grpcCodeOfHttp(exception.getStatus(), style);
  const texts = validationTexts(exception);
  if (!texts) return { code, message: httpText(exception) };
  return {
    code,
    message: texts.join('; '),
    violations: texts.map(violationOf),
    reason: 'VALIDATION_FAILED',
  };
}

/** What `ValidationPipe` throws has a list of class-validator's texts as its message. */
function validationTexts(exception: HttpException): readonly string[] | undefined {
  const { message } = Object(exception.getResponse()) as { message?: unknown };
  if (!Array.isArray(message) || message.length === 0) return undefined;
  return message.every((text) => typeof text === 'string') ? message : undefined;
}

/** An error given as the body is not for the client, a body without text gets the words of its status. */
function httpText(exception: HttpException): string {
  const body: unknown = exception.getResponse();
  if (typeof body === 'string') return body;
  if (!(body instanceof Error)) {
    const { message } = Object(body) as { message?: unknown };
    if (typeof message === 'string') return message;
  }
  return STATUS_CODES[exception.getStatus()] ?? 'error';
}

const SUBJECT = /^(?:each value in |nested property |property )?([A-Za-z_]\w*(?:\.\w+)*) (?:must|should) /;

/** Names a field only where class-validator's standard sentences do: own texts may begin with any word. */
function violationOf(text: string): FieldViolation {
  return { field: SUBJECT.exec(text)?.[1] ?? '', description: text, reason: 'invalid' };
}

function codeOr(code: unknown): number {
  return isErrorCode(code) ? code : status.UNKNOWN;
}
