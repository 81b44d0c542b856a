/** Controllers that are not ours, HTTP routes and handlers of Nest's own gRPC transport, with our guard and interceptors. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Body,
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Logger,
  Post,
  Req,
  UseGuards,
  UseInterceptors,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { GrpcMethod, GrpcNotFoundException, Transport } from '@nestjs/microservices';
import {
  AuthenticationGuard,
  BearerAuthentication,
  ExceptionInterceptor,
  GrpcAction,
  GrpcController,
  IsAuthenticated,
  LoggingInterceptor,
  TokenAuthentication,
  ValidationException,
  withDetails,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { Observable, of } from 'rxjs';
import { EntityNotFoundError } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { bootApp, type AppParts } from '../support/boot-app.js';
import { connectClient, connectTo, type ProtoClient } from '../support/client.js';
import { freePort } from '../support/free-port.js';
import { detail } from '../unit/errors/decode-details.js';

const PROTO = `syntax = "proto3"; package hand;
  service Hand { rpc Do (Text) returns (Text); rpc Count (Text) returns (stream Text); rpc Who (Text) returns (Text); }
  message Text { string text = 1; }`;
const FIELDS = { title: [{ message: 'This field may not be blank.', code: 'blank' }] };

const ERRORS: Record<string, () => unknown> = {
  missing: () => withDetails(new GrpcNotFoundException('no such thing'), { reason: 'GONE' }),
  fields: () => new ValidationException(FIELDS),
  row: () => new EntityNotFoundError('Book', {}),
  http: () => new ForbiddenException('not you'),
  broken: () => new Error('SECRET'),
};

function failFor(how: string): void {
  const make = ERRORS[how];
  if (make) throw make();
}

@GrpcController({ permissions: [IsAuthenticated] })
class MeController {
  @GrpcAction({ response: { id: 'string' } })
  async whoAmI(_request: object, ctx: GrpcContext) {
    return { id: String(ctx.user.sub ?? ctx.user.id) };
  }
}

@Controller()
@UseInterceptors(LoggingInterceptor, ExceptionInterceptor)
class HandController {
  @GrpcMethod('Hand', 'Do') do({ text }: { text: string }) {
    failFor(text);
    return { text };
  }

  @GrpcMethod('Hand', 'Count') count({ text }: { text: string }): Observable<object> {
    if (text === 'endless') return new Observable((subscriber) => subscriber.next({ text: '1' }));
    return new Observable((subscriber) => {
      subscriber.next({ text: '1' });
      try {
        failFor(text);
        subscriber.complete();
      } catch (error) {
        subscriber.error(error);
      }
    });
  }

  @GrpcMethod('Hand', 'Who')
  @UseGuards(AuthenticationGuard)
  who(_request: object, _metadata: unknown, call: { user: { id: string } }) {
    return of({ text: call.user.id });
  }
}

@Controller('things')
@UseInterceptors(ExceptionInterceptor)
class ThingsController {
  @Post() do(@Body() { how }: { how: string }) {
    failFor(how);
    return { how };
  }
}

const closing: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closing.splice(0).toReversed()) await close();
});

async function startHybrid(parts: Partial<AppParts> & Pick<AppParts, 'controllers'>): Promise<{
  url: string;
  app: INestApplication;
  ours: ProtoClient;
}> {
  const running = await bootApp({ kind: 'hybrid', ...parts });
  closing.push(() => running.close());
  const app = running.app as INestApplication;
  await app.listen(0, '127.0.0.1');
  const ours = await connectClient(running);
  closing.push(() => ours.close());
  return { url: await app.getUrl(), app, ours };
}

describe('a JWT', () => {
  const verifyOptions = { audience: 'library', clockTolerance: 5 };

  /** As an application writes it. */
  @Injectable()
  class JwtGuard implements CanActivate {
    constructor(private readonly jwt: JwtService) {}

    async canActivate(execution: ExecutionContext): Promise<boolean> {
      const request = execution.switchToHttp().getRequest<{
        headers: Record<string, string | undefined>;
        user?: unknown;
      }>();
      const [, token = ''] = (request.headers['authorization'] ?? '').split(' ');
      request.user = await this.jwt.verifyAsync(token).catch(() => undefined);
      return request.user !== undefined;
    }
  }

  @Controller()
  class AccountController {
    constructor(private readonly jwt: JwtService) {}

    @Post('login') login(@Body() { name }: { name: string }) {
      return { token: this.jwt.sign({ sub: name }) };
    }

    @Get('own') @UseGuards(JwtGuard) own(@Req() { user }: { user: { sub: string } }) {
      return { sub: user.sub };
    }

    @Get('shared') @UseGuards(AuthenticationGuard) shared(@Req() { user }: { user: { sub: string } }) {
      return { sub: user.sub };
    }
  }

  it('of a login route opens HTTP routes and our services by one configuration', async () => {
    const jwt = JwtModule.registerAsync({
      global: true,
      useFactory: async () => ({
        secret: 's3cret',
        signOptions: { audience: 'library', expiresIn: 60 },
        verifyOptions,
      }),
    });
    const { url, ours, app } = await startHybrid({
      imports: [jwt],
      controllers: [MeController, AccountController],
      options: { authentication: [BearerAuthentication] },
    });
    const login = await fetch(`${url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'ada' }),
    });
    const { token } = (await login.json()) as { token: string };
    const over = async (bearer: string) => {
      const authorization = `Bearer ${bearer}`;
      const http = (route: string) => fetch(`${url}/${route}`, { headers: { authorization } });
      const [own, shared] = [await http('own'), await http('shared')];
      const { code, message } = await ours.call('MeController/WhoAmI', {}, { metadata: { authorization } });
      return { own: own.status, shared: shared.status, code, id: message?.id, text: await shared.text() };
    };
    expect(await over(token)).toEqual({ own: 200, shared: 200, code: 0, id: 'ada', text: '{"sub":"ada"}' });

    const service = app.get(JwtService, { strict: false });
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: 'ada', aud: 'library' };
    const foreign = new JwtService({ secret: 'guessed' }).sign(claims);
    for (const bad of [
      foreign,
      new JwtService({ secret: 's3cret' }).sign({ ...claims, aud: 'other' }),
      new JwtService({ secret: 's3cret' }).sign({ ...claims, exp: now - 60 }),
      `${token.slice(0, -2)}xx`,
      service.sign({ sub: 'ada' }).replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString('base64url')),
    ])
      expect(await over(bad)).toMatchObject({ own: 403, shared: 401, code: 16 });
    const late = new JwtService({ secret: 's3cret' }).sign({ ...claims, exp: now - 2 });
    expect(await over(late)).toMatchObject({ own: 200, shared: 200, code: 0 });
    const refused = await fetch(`${url}/shared`);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('that nobody could verify is a problem at boot', async () => {
    const boot = bootApp({
      controllers: [MeController],
      options: { authentication: [BearerAuthentication.with({ user: (claims) => claims })] },
    });
    await expect(boot).rejects.toThrow(
      'MeController: BearerAuthentication verifies JWTs, but there is no JwtService. Import JwtModule of @nestjs/jwt, ' +
        'or verify tokens in a way of your own: BearerAuthentication.with({ verify }).',
    );
  });
});

describe("a handler of Nest's own gRPC transport", () => {
  let log: MockInstance<Logger['log']>;
  let warn: MockInstance<Logger['warn']>;
  let error: MockInstance<Logger['error']>;

  beforeEach(() => {
    log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  });

  async function connect(parts: Partial<AppParts> = {}): Promise<ProtoClient> {
    const dir = await mkdtemp(join(tmpdir(), 'socio-grpc-hand-'));
    closing.push(() => rm(dir, { recursive: true, force: true }));
    const protoPath = join(dir, 'hand.proto');
    await writeFile(protoPath, PROTO);
    const url = `127.0.0.1:${await freePort()}`;
    await startHybrid({
      controllers: [MeController, HandController],
      globals: (app) =>
        (app as INestApplication).connectMicroservice({
          transport: Transport.GRPC,
          options: { url, package: 'hand', protoPath },
        }),
      ...parts,
    });
    const client = connectTo(url, protoPath);
    closing.push(() => client.close());
    for (const spy of [log, warn, error]) spy.mockClear();
    return client;
  }

  it('fails with the status and the details of our table', async () => {
    const client = await connect();
    for (const method of ['Hand/Do', 'Hand/Count']) {
      const missing = await client.call(method, { text: 'missing' });
      expect(missing).toMatchObject({ code: 5, details: 'no such thing' });
      const [bytes] = missing.trailers.get('grpc-status-details-bin') as Buffer[];
      expect(detail(bytes, 'ErrorInfo')).toMatchObject({ reason: 'GONE' });
      const fields = await client.call(method, { text: 'fields' });
      expect(fields.code).toBe(3);
      expect(JSON.parse(fields.details)).toEqual(FIELDS);
      expect(await client.call(method, { text: 'row' })).toMatchObject({ code: 5 });
      expect(await client.call(method, { text: 'http' })).toMatchObject({ code: 7, details: 'not you' });
      expect(await client.call(method, { text: 'broken' })).toMatchObject({
        code: 13,
        details: 'internal error',
      });
      expect(await client.call(method, { text: 'fine' })).toMatchObject({ code: 0 });
    }
  });

  it('has one line in the log for each call, with the stack of what was unexpected', async () => {
    const client = await connect();
    for (const method of ['Hand/Do', 'Hand/Count'])
      for (const text of ['fine', 'missing', 'broken']) await client.call(method, { text });
    expect(log.mock.calls.map(([line]) => String(line).split(' ').slice(0, 2))).toEqual([
      ['HandController/do', 'OK'],
      ['HandController/count', 'OK'],
    ]);
    expect(log.mock.calls[0]?.[0]).toMatch(
      /^HandController\/do OK [\d.]+ms callId=[\da-f-]{36} peer=(?!unknown)\S+$/,
    );
    expect(warn.mock.calls.map(([line]) => String(line).split(' ').slice(0, 2))).toEqual([
      ['HandController/do', 'NOT_FOUND'],
      ['HandController/count', 'NOT_FOUND'],
    ]);
    expect(error).toHaveBeenCalledTimes(2);
    for (const [line, stack] of error.mock.calls) {
      expect(line).toMatch(/^HandController\/(do|count) INTERNAL .* message="internal error"$/);
      expect(stack).toMatch(/^Error: SECRET\n\s+at /);
    }
  });

  it('that was cancelled is logged as cancelled', async () => {
    const client = await connect();
    const deadline = new Date(Date.now() + 100);
    expect((await client.call('Hand/Count', { text: 'endless' }, { deadline })).code).toBe(4);
    await vi.waitFor(() => expect(log).toHaveBeenCalledTimes(1));
    expect(log.mock.calls[0]?.[0]).toMatch(/^HandController\/count CANCELLED /);
  });

  it('knows its caller by our authenticators', async () => {
    const client = await connect({
      options: { authentication: [TokenAuthentication.with({ tokens: { a: { id: 'billing' } } })] },
    });
    const who = (authorization?: string) =>
      client.call('Hand/Who', {}, { metadata: authorization ? { authorization } : {} });
    expect((await who('Token a')).message).toEqual({ text: 'billing' });
    expect(log.mock.calls[0]?.[0]).toMatch(/^HandController\/who OK .* user=billing$/);
    const refused = await who('Token b');
    expect(refused).toMatchObject({ code: 16, details: 'The token is not valid.' });
    expect(refused.trailers.get('www-authenticate')).toEqual(['Token']);
    expect(await who()).toMatchObject({
      code: 16,
      details: 'Authentication credentials were not provided.',
    });
  });
});

describe('an HTTP route', () => {
  it('fails with the answer that our table gives', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const { url } = await startHybrid({ controllers: [MeController, ThingsController] });
    const ask = async (how: string) => {
      const answer = await fetch(`${url}/things`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ how }),
      });
      return { status: answer.status, body: await answer.json() };
    };
    expect(await ask('fine')).toEqual({ status: 201, body: { how: 'fine' } });
    expect(await ask('missing')).toEqual({
      status: 404,
      body: { statusCode: 404, error: 'NOT_FOUND', message: 'no such thing', reason: 'GONE' },
    });
    expect(await ask('fields')).toMatchObject({ status: 400, body: { fields: FIELDS } });
    expect(await ask('row')).toMatchObject({ status: 404 });
    expect(await ask('http')).toMatchObject({ status: 403, body: { message: 'not you' } });
    expect(error).not.toHaveBeenCalled();
    expect(await ask('broken')).toEqual({
      status: 500,
      body: { statusCode: 500, error: 'INTERNAL', message: 'Internal server error' },
    });
    expect(error).toHaveBeenCalledTimes(1);
    expect(error.mock.calls[0]?.[1]).toMatch(/^Error: SECRET/);
  });
});

it('our own controllers are not logged twice, nor mapped twice, by them', async () => {
  const log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);

  @GrpcController({ service: 'Me', permissions: [] })
  @UseInterceptors(LoggingInterceptor, ExceptionInterceptor)
  class OwnController {
    @GrpcAction({ response: { id: 'string' } })
    async whoAmI() {
      return { id: 'x' };
    }
  }
  const { ours } = await startHybrid({ controllers: [OwnController] });
  log.mockClear();
  expect((await ours.call('MeController/WhoAmI')).code).toBe(0);
  expect(log).toHaveBeenCalledTimes(1);
});
