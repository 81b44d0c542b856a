/** What operators of a service see: JSON logs of nestjs-pino, spans of OpenTelemetry. */
import { execFile } from 'node:child_process';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcNotFoundException } from '@nestjs/microservices';
import { Logger as PinoLogger, LoggerModule } from 'nestjs-pino';
import {
  AllowAny,
  GrpcAction,
  GrpcController,
  SocioGrpcModule,
  socioGrpc,
  type Authenticator,
  type SocioGrpcOptions,
} from 'nestjs-socio-grpc';
import { createGrpcTestingClient } from 'nestjs-socio-grpc/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildLibrary } from '../support/built-library.js';

const TEXT = { text: 'string' };

class SomebodyAuthentication implements Authenticator {
  authenticate() {
    return { user: { id: 7, password: 'SECRET' } };
  }
}

@GrpcController({ permissions: [AllowAny], authentication: [SomebodyAuthentication] })
class EchoController {
  @GrpcAction({ request: TEXT, response: TEXT })
  async echo({ text }: { text: string }) {
    if (text === 'missing') throw new GrpcNotFoundException('no such thing');
    if (text === 'broken') throw new Error('out of ink');
    return { text };
  }
}

/** Of the whole file: outside of HTTP requests nestjs-pino writes to the stream that it was given first. */
const lines: Record<string, unknown>[] = [];
const stream = new Writable({
  write(chunk: Buffer, _encoding, done) {
    lines.push(JSON.parse(String(chunk)));
    done();
  },
});

async function linesOf(
  logging: NonNullable<SocioGrpcOptions['logging']>,
): Promise<readonly Record<string, unknown>[]> {
  @Module({
    imports: [
      LoggerModule.forRoot({ pinoHttp: { stream, level: 'info' } }),
      SocioGrpcModule.forRoot({ package: 'test', proto: { mode: 'off' }, logging }),
    ],
    controllers: [EchoController],
  })
  class AppModule {}
  const app = await NestFactory.createMicroservice(AppModule, { ...socioGrpc(), bufferLogs: true });
  app.useLogger(app.get(PinoLogger));
  const client = await createGrpcTestingClient(app);
  lines.splice(0);
  for (const text of ['SECRET', 'missing', 'broken'])
    await client
      .unary('EchoController/Echo', { text }, { metadata: { authorization: 'Bearer SECRET' } })
      .catch(() => undefined);
  const logged = lines.splice(0);
  await app.close();
  return logged;
}

describe('nestjs-pino', () => {
  it('gets one record for each call, with members to search by', async () => {
    const logged = await linesOf({ format: 'object', context: () => ({ tenant: 'acme' }) });
    const common = {
      context: 'SocioGrpc',
      path: '/test.EchoController/Echo',
      milliseconds: expect.any(Number),
      callId: expect.stringMatching(/^[\da-f-]{36}$/),
      user: '7',
      tenant: 'acme',
    };
    expect(logged).toMatchObject([
      { ...common, level: 30, code: 'OK' },
      { ...common, level: 40, code: 'NOT_FOUND' },
      { ...common, level: 50, code: 'INTERNAL' },
    ]);
    expect(JSON.stringify(logged[2])).toContain('Error: out of ink\\n');
    expect(JSON.stringify(logged)).not.toContain('SECRET');
  });

  it('gets one readable line for each call where that is preferred', async () => {
    const logged = await linesOf({});
    expect(logged.map(({ level, context }) => [level, context])).toEqual([
      [30, 'SocioGrpc'],
      [40, 'SocioGrpc'],
      [50, 'SocioGrpc'],
    ]);
    expect(logged[0]?.['msg']).toMatch(/^\/test\.EchoController\/Echo OK [\d.]+ms callId=/);
    expect(JSON.stringify(logged[2])).toContain('Error: out of ink\\n');
    expect(JSON.stringify(logged)).not.toContain('SECRET');
  });
});

describe('the log of a process that ends', () => {
  beforeAll(buildLibrary, 120_000);

  it.each(['exit', 'error'])('has the line of its last call, after an %s', async (end) => {
    const script = fileURLToPath(new URL('../support/ending-app.mjs', import.meta.url));
    const ended = promisify(execFile)(process.execPath, [script, end], {
      env: { ...process.env, NO_COLOR: '1' },
    });
    await expect(ended).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('/test.EchoController/Echo OK'),
    });
  });
});

describe("OpenTelemetry's instrumentation of gRPC", () => {
  beforeAll(buildLibrary, 120_000);

  it('sees each call with its status, beneath its caller and above what the action does', async () => {
    const script = fileURLToPath(new URL('../support/traced-app.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script]);
    const ECHO = 'grpc.test.EchoController/Echo';
    const COUNT = 'grpc.test.EchoController/Count';
    const [SERVER, CLIENT] = [1, 2];
    const callsThatEndWith = (code: number) => [
      { name: 'inside', kind: 0, parent: `${SERVER} ${ECHO}` },
      { name: ECHO, kind: SERVER, code, parent: `${CLIENT} ${ECHO}` },
      { name: ECHO, kind: CLIENT, code },
      { name: 'item 1', kind: 0, parent: `${SERVER} ${COUNT}` },
      { name: 'item 2', kind: 0, parent: `${SERVER} ${COUNT}` },
      { name: COUNT, kind: SERVER, code, parent: `${CLIENT} ${COUNT}` },
      { name: COUNT, kind: CLIENT, code },
    ];
    expect(JSON.parse(stdout)).toEqual([...callsThatEndWith(0), ...callsThatEndWith(5)]);
  });
});
