import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Metadata, status } from '@grpc/grpc-js';
import {
  BadRequestException,
  ConflictException,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
  ServiceUnavailableException,
} from '@nestjs/common';
import {
  GrpcAlreadyExistsException,
  GrpcException,
  GrpcInternalException,
  GrpcInvalidArgumentException,
  GrpcNotFoundException,
  GrpcUnauthenticatedException,
  GrpcUnimplementedException,
  RpcException,
} from '@nestjs/microservices';
import { TimeoutError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ErrorStyle } from '../../../lib/errors/grpc-status.js';
import { toGrpcStatus } from '../../../lib/errors/to-grpc-status.js';
import { detail } from './decode-details.js';

function outcome(error: unknown, style: ErrorStyle = 'socio') {
  const { code, message, cause } = toGrpcStatus(error, { style });
  return [status[code], message, cause === error ? 'logged' : 'not logged'];
}

function reasonOf(error: unknown) {
  return detail(toGrpcStatus(error, { style: 'socio' }).details, 'ErrorInfo');
}

describe("Nest's GrpcException", () => {
  it.each([
    [new GrpcNotFoundException('Post: 9 not found!'), 'NOT_FOUND', 'Post: 9 not found!', 'not_found'],
    [new GrpcAlreadyExistsException('twice'), 'ALREADY_EXISTS', 'twice', 'already_exist'],
    [new GrpcInvalidArgumentException('bad'), 'INVALID_ARGUMENT', 'bad', 'invalid_argument'],
    [new GrpcUnauthenticatedException('who?'), 'UNAUTHENTICATED', 'who?', 'not_authenticated'],
    [new GrpcUnimplementedException('later'), 'UNIMPLEMENTED', 'later', 'unimplemented'],
    [new GrpcException('limit', 8), 'RESOURCE_EXHAUSTED', 'limit', 'throttled'],
    [new GrpcException('OK is no error', 0), 'UNKNOWN', 'OK is no error', 'unknown'],
  ])('%o keeps code and text', (error, code, text, word) => {
    expect(outcome(error)).toEqual([code, text, 'not logged']);
    expect(outcome(error, 'dsg')).toEqual([code, `{"message": "${text}", "code": "${word}"}`, 'not logged']);
    expect(reasonOf(error)).toEqual({ reason: code, domain: 'nestjs-socio-grpc' });
  });

  it('is logged when the fault is the own one', () => {
    expect(outcome(new GrpcInternalException('printer on fire'))).toEqual([
      'INTERNAL',
      'printer on fire',
      'logged',
    ]);
    expect(outcome(new GrpcInternalException('fire'), 'dsg')).toEqual([
      'INTERNAL',
      '{"message": "fire", "code": "error"}',
      'logged',
    ]);
  });

  it('escapes what is not ASCII in the JSON of the reference only', () => {
    expect(outcome(new GrpcNotFoundException('accentué'))[1]).toBe('accentué');
    expect(outcome(new GrpcNotFoundException('accentué'), 'dsg')[1]).toBe(
      '{"message": "accentu\\u00e9", "code": "not_found"}',
    );
  });
});

describe('HttpException', () => {
  it.each([
    [[400, 406, 411, 413, 414, 415, 417, 422, 431], 'INVALID_ARGUMENT'],
    [[401, 511], 'UNAUTHENTICATED'],
    [[403, 451], 'PERMISSION_DENIED'],
    [[404, 410], 'NOT_FOUND'],
    [[405, 501, 505], 'UNIMPLEMENTED'],
    [[408, 504], 'DEADLINE_EXCEEDED'],
    [[412, 423, 424, 428], 'FAILED_PRECONDITION'],
    [[416], 'OUT_OF_RANGE'],
    [[429, 507], 'RESOURCE_EXHAUSTED'],
    [[500, 502], 'INTERNAL'],
    [[503], 'UNAVAILABLE'],
    [[302, 402, 418, 599], 'UNKNOWN'],
  ])('%j is %s', (statuses, code) => {
    for (const http of statuses)
      expect(outcome(new HttpException('text', http)).slice(0, 2)).toEqual([code, 'text']);
  });

  it('409 is ALREADY_EXISTS, ABORTED as in the reference', () => {
    expect(outcome(new ConflictException('taken'))).toEqual(['ALREADY_EXISTS', 'taken', 'not logged']);
    expect(outcome(new ConflictException('taken'), 'dsg')).toEqual([
      'ABORTED',
      '{"message": "taken", "code": "aborted"}',
      'not logged',
    ]);
  });

  it.each([
    [new NotFoundException(), 'NOT_FOUND', 'Not Found', 'not logged'],
    [new NotFoundException('no such book'), 'NOT_FOUND', 'no such book', 'not logged'],
    [new NotFoundException({ message: 'own body', shelf: 4 }), 'NOT_FOUND', 'own body', 'not logged'],
    [new NotFoundException({ shelf: 4 }), 'NOT_FOUND', 'Not Found', 'not logged'],
    [new ServiceUnavailableException('back at noon'), 'UNAVAILABLE', 'back at noon', 'not logged'],
    [new InternalServerErrorException(), 'INTERNAL', 'Internal Server Error', 'logged'],
    [new InternalServerErrorException('said so'), 'INTERNAL', 'said so', 'logged'],
    [new HttpException(new Error('secret') as never, 500), 'INTERNAL', 'Internal Server Error', 'logged'],
  ])('%o has its own text', (error, ...expected) => {
    expect(outcome(error)).toEqual(expected);
  });

  it('of ValidationPipe names the fields that its sentences name', () => {
    const error = new BadRequestException([
      'email must be an email',
      'each value in tags must be a string',
      'author.name should not be empty',
      'property admin should not exist',
      'The price is wrong',
    ]);
    const { code, message, details } = toGrpcStatus(error, { style: 'socio' });
    expect([code, message]).toEqual([
      status.INVALID_ARGUMENT,
      'email must be an email; each value in tags must be a string; author.name should not be empty; ' +
        'property admin should not exist; The price is wrong',
    ]);
    expect(detail(details, 'BadRequest')).toEqual({
      fieldViolations: [
        { field: 'email', description: 'email must be an email', reason: 'INVALID' },
        { field: 'tags', description: 'each value in tags must be a string', reason: 'INVALID' },
        { field: 'author.name', description: 'author.name should not be empty', reason: 'INVALID' },
        { field: 'admin', description: 'property admin should not exist', reason: 'INVALID' },
        { description: 'The price is wrong', reason: 'INVALID' },
      ],
    });
    expect(reasonOf(error)).toEqual({ reason: 'VALIDATION_FAILED', domain: 'nestjs-socio-grpc' });
  });
});

describe('RpcException', () => {
  it.each([
    [new RpcException('text'), 'UNKNOWN', 'text'],
    [new RpcException({ code: 5, message: 'gone' }), 'NOT_FOUND', 'gone'],
    [new RpcException({ status: 5, message: 'gone' }), 'NOT_FOUND', 'gone'],
    [new RpcException({ code: 0, message: 'not OK' }), 'UNKNOWN', 'not OK'],
    [new RpcException({ code: 'E_SHELF', message: 'text' }), 'UNKNOWN', 'text'],
  ])('%o is sent as given in both conventions', (error, ...expected) => {
    expect(outcome(error)).toEqual([...expected, 'not logged']);
    expect(outcome(error, 'dsg')).toEqual([...expected, 'not logged']);
  });
});

describe('a status of grpc-js', () => {
  const serviceError = (code: number, details: string) =>
    Object.assign(new Error(`${code} ${status[code]}: ${details}`), {
      code,
      details,
      metadata: new Metadata(),
    });

  it.each([
    [{ code: 6, details: 'twice', metadata: new Metadata() }, 'ALREADY_EXISTS', 'twice'],
    [{ code: 6, message: 'twice' }, 'ALREADY_EXISTS', 'twice'],
    [Object.assign(new Error('twice'), { code: 6 }), 'ALREADY_EXISTS', 'twice'],
    [serviceError(5, 'no such shelf'), 'NOT_FOUND', 'no such shelf'],
    [serviceError(14, 'back at noon'), 'UNAVAILABLE', 'back at noon'],
    [{ status: 'error', message: 'of a filter of Nest' }, 'UNKNOWN', 'of a filter of Nest'],
  ])('%o is sent as given in both conventions', (error, ...expected) => {
    expect(outcome(error)).toEqual([...expected, 'not logged']);
    expect(outcome(error, 'dsg')).toEqual([...expected, 'not logged']);
  });

  it.each(['No connection established. Last error: connect ECONNREFUSED 10.0.0.5:50051', 'read ECONNRESET'])(
    'hides addresses behind the server: %s',
    (details) => {
      expect(outcome(serviceError(14, details))).toEqual([
        'UNAVAILABLE',
        'a service that this one needs is not available',
        'logged',
      ]);
    },
  );
});

describe('an aborted or late call', () => {
  it.each([
    [
      new DOMException('This operation was aborted', 'AbortError'),
      'CANCELLED',
      'the call was cancelled',
      'not logged',
    ],
    [AbortSignal.abort().reason, 'CANCELLED', 'the call was cancelled', 'not logged'],
    [new DOMException('late', 'TimeoutError'), 'DEADLINE_EXCEEDED', 'the call took too long', 'logged'],
    [new TimeoutError(), 'DEADLINE_EXCEEDED', 'the call took too long', 'logged'],
  ])('%o', (error, ...expected) => {
    expect(outcome(error)).toEqual(expected);
  });
});

describe('anything else', () => {
  class SecretError extends Error {}
  const hostile = Object.defineProperty(new Error('secret'), 'message', {
    get() {
      throw new Error('secret getter');
    },
  });

  it.each([
    ['an error', new Error('secret')],
    ['an own class', new SecretError('secret')],
    ['a text', 'secret'],
    ['a number', 5],
    ['an object', { message: 'secret' }],
    ['an object with code 0', { code: 0, message: 'secret' }],
    ['an object with an HTTP code', { code: 404, message: 'secret' }],
    ['a system error', Object.assign(new Error('open /etc/secret'), { code: 'ENOENT', errno: -2 })],
    ['a DOMException with code 12', new DOMException('secret', 'SyntaxError')],
    ['an error whose getter throws', hostile],
    ['an object without prototype', Object.create(null)],
  ])('%s says nothing of itself', (_, thrown) => {
    expect(outcome(thrown)).toEqual(['INTERNAL', 'internal error', 'logged']);
    expect(outcome(thrown, 'dsg')).toEqual(['UNKNOWN', 'internal error', 'logged']);
    expect(toGrpcStatus(thrown, { style: 'socio' }).details?.includes('secret')).toBe(false);
  });

  it('keeps the failure of a child process with exit code 1 secret', async () => {
    const error: unknown = await promisify(execFile)(process.execPath, ['-e', 'process.exit(1)']).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 1 });
    expect(outcome(error)).toEqual(['INTERNAL', 'internal error', 'logged']);
  });

  it.each([undefined, null])('takes %s', (thrown) => {
    expect(toGrpcStatus(thrown, { style: 'socio' })).toMatchObject({ code: 13, message: 'internal error' });
  });
});
