/** What callers make of errors: Nest's own client, grpc-js, and a gateway to HTTP. */
import { Client, credentials, status } from '@grpc/grpc-js';
import { Controller, Get, Inject, Module, Query } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  ClientsModule,
  GrpcAbortedException,
  GrpcInternalException,
  GrpcNotFoundException,
  GrpcUnavailableException,
  Transport,
  type ClientGrpc,
} from '@nestjs/microservices';
import { AllowAny, GrpcAction, GrpcController, ValidationException, withDetails } from 'nestjs-socio-grpc';
import {
  fromGrpcError,
  GrpcClientError,
  grpcErrorInterceptor,
  GrpcToHttpExceptionFilter,
  rethrowGrpcErrors,
} from 'nestjs-socio-grpc/client';
import { firstValueFrom, type Observable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';

const FIELDS = {
  title: [{ message: 'This field may not be blank.', code: 'blank' }],
  lines: [{}, { text: [{ message: 'Too long.', code: 'max_length' }] }],
};

const ERRORS: Record<string, () => Error> = {
  fields: () => new ValidationException(FIELDS),
  busy: () => withDetails(new GrpcUnavailableException('try later'), { reason: 'BUSY', retryAfter: 1.5 }),
  missing: () => new GrpcNotFoundException('no such thing'),
  aborted: () => new GrpcAbortedException('{"looks": "like JSON"}'),
  broken: () => new GrpcInternalException('SECRET'),
};

@GrpcController({ permissions: [AllowAny] })
class FailController {
  @GrpcAction({ request: { how: 'string' }, response: { how: 'string' } })
  async fail({ how }: { how: string }) {
    const make = ERRORS[how];
    if (make) throw make();
    return { how };
  }
}

interface FailService {
  fail(request: { how: string }): Observable<{ how: string }>;
}

let app: TestApp;
const clientOptions = (channelOptions = {}) => ({
  transport: Transport.GRPC as const,
  options: { package: 'test', protoPath: app.protoFile, url: app.address, channelOptions },
});

beforeAll(async () => {
  app = await bootApp({ controllers: [FailController] });
});

afterAll(async () => {
  await app?.close();
});

async function failing(how: string): Promise<GrpcClientError> {
  const client = ClientProxyFactory.create(clientOptions()) as unknown as ClientGrpc & { close(): void };
  const service = client.getService<FailService>('FailController');
  try {
    return await firstValueFrom(service.fail({ how }).pipe(rethrowGrpcErrors())).then(
      () => expect.fail('it succeeds'),
      (error: GrpcClientError) => error,
    );
  } finally {
    client.close();
  }
}

describe('an error at the caller', () => {
  it('has the errors of fields, nested and one by one', async () => {
    const error = await failing('fields');
    expect(error).toBeInstanceOf(GrpcClientError);
    expect(error).toMatchObject({
      code: status.INVALID_ARGUMENT,
      codeName: 'INVALID_ARGUMENT',
      fields: FIELDS,
    });
    expect(error.violations).toEqual([
      { field: 'title', description: 'This field may not be blank.', reason: 'BLANK' },
      { field: 'lines[2].text', description: 'Too long.', reason: 'MAX_LENGTH' },
    ]);
  });

  it('has the reason, and when to try again', async () => {
    const error = await failing('busy');
    expect(error).toMatchObject({
      code: status.UNAVAILABLE,
      message: 'try later',
      reason: 'BUSY',
      retryAfter: 1.5,
    });
    expect(error.fields).toBeUndefined();
    expect((await failing('aborted')).fields).toBeUndefined();
  });

  it('is left alone when it is none of gRPC', () => {
    const other = new Error('other');
    expect(fromGrpcError(other)).toBe(other);
    expect(fromGrpcError(undefined)).toBeUndefined();
    expect(fromGrpcError({ code: 5, details: 'x' })).toEqual({ code: 5, details: 'x' });
  });

  it('carries the same through the interceptor of grpc-js', async () => {
    const client = new Client(app.address, credentials.createInsecure(), {
      interceptors: [grpcErrorInterceptor],
    });
    const identity = (bytes: Buffer): Buffer => bytes;
    const call = (bytes: Buffer) =>
      new Promise((resolve) =>
        client.makeUnaryRequest('/test.FailController/Fail', identity, identity, bytes, (error, answer) =>
          resolve(error ?? answer),
        ),
      );
    const how = (text: string): Buffer => Buffer.concat([Buffer.from([10, text.length]), Buffer.from(text)]);
    expect(await call(how('fields'))).toMatchObject({ code: 3, fields: FIELDS });
    expect(await call(how('busy'))).toMatchObject({ code: 14, reason: 'BUSY', retryAfter: 1.5 });
    expect(await call(how('fine'))).toEqual(how('fine'));
    client.close();
  });
});

describe('a gateway to HTTP', () => {
  it('answers with the status that fits', async () => {
    @Controller()
    class GatewayController {
      private readonly service: FailService;

      constructor(@Inject('FAIL') client: ClientGrpc) {
        this.service = client.getService<FailService>('FailController');
      }

      @Get('raw')
      raw(@Query('how') how: string) {
        return this.service.fail({ how });
      }

      @Get('typed')
      typed(@Query('how') how: string) {
        return this.service.fail({ how }).pipe(rethrowGrpcErrors());
      }
    }

    @Module({
      imports: [ClientsModule.register([{ name: 'FAIL', ...clientOptions() }])],
      controllers: [GatewayController],
      providers: [{ provide: APP_FILTER, useClass: GrpcToHttpExceptionFilter }],
    })
    class GatewayModule {}

    const gateway = await NestFactory.create(GatewayModule, { logger: false });
    await gateway.listen(0, '127.0.0.1');
    const url = await gateway.getUrl();
    for (const way of ['raw', 'typed']) {
      const ask = async (how: string) => {
        const answer = await fetch(`${url}/${way}?how=${how}`);
        return { status: answer.status, retry: answer.headers.get('retry-after'), body: await answer.json() };
      };
      expect(await ask('fine')).toMatchObject({ status: 200, body: { how: 'fine' } });
      expect(await ask('fields')).toEqual({
        status: 400,
        retry: null,
        body: {
          statusCode: 400,
          error: 'INVALID_ARGUMENT',
          message: 'The request is not valid.',
          fields: FIELDS,
          reason: expect.any(String),
        },
      });
      expect(await ask('busy')).toMatchObject({ status: 503, retry: '2', body: { reason: 'BUSY' } });
      expect(await ask('missing')).toMatchObject({ status: 404, body: { message: 'no such thing' } });
      expect(await ask('aborted')).toMatchObject({ status: 409 });
      expect(await ask('broken')).toMatchObject({ status: 500, body: { message: 'Internal server error' } });
      expect(JSON.stringify(await ask('broken'))).not.toContain('SECRET');
    }
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    await gateway.close();
  });
});
