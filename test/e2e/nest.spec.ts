/** What an application of Nest expects of a transport, beyond its enhancers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Catch,
  Controller,
  createParamDecorator,
  ForbiddenException,
  Get,
  Scope,
  SetMetadata,
  UnauthorizedException,
  UseGuards,
  ValidationPipe,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory, Reflector } from '@nestjs/core';
import {
  ClientProxyFactory,
  Ctx,
  GrpcMethod,
  MessagePattern,
  Payload,
  Transport,
} from '@nestjs/microservices';
import {
  AllowAny,
  connectSocioGrpc,
  GrpcAction,
  GrpcController,
  IsAuthenticated,
  Permission,
  SocioGrpcModule,
  SocioGrpcServer,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { firstValueFrom, from, of } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { Module } from '@nestjs/common';
import { bootApp, type AppParts, type TestApp } from '../support/boot-app.js';
import { connectClient, connectTo, DOORS, type ProtoClient } from '../support/client.js';
import { freePort } from '../support/free-port.js';

const TEXT = { text: 'string' };
const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(
  parts: AppParts,
  door: (typeof DOORS)[number] = 'socket',
): Promise<{ app: TestApp; client: ProtoClient }> {
  const app = await bootApp(parts);
  closing.push(() => app.close());
  const client = await connectClient(app, door);
  closing.push(() => client.close());
  return { app, client };
}

class Refuse implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

class Unauthorized implements CanActivate {
  canActivate(): boolean {
    throw new UnauthorizedException('no token');
  }
}

class Broken implements CanActivate {
  canActivate(): boolean {
    throw new Error('secret: guard');
  }
}

class Never extends Permission {
  override hasPermission(): boolean {
    return false;
  }
}

@GrpcController({ permissions: [AllowAny] })
class GuardedController {
  @UseGuards(Refuse) @GrpcAction() async refused(): Promise<object> {
    return {};
  }
  @UseGuards(Unauthorized) @GrpcAction() async unauthorized(): Promise<object> {
    return {};
  }
  @UseGuards(Broken) @GrpcAction() async broken(): Promise<object> {
    return {};
  }
}

@GrpcController({ permissions: [IsAuthenticated] })
class AnonymousController {
  @GrpcAction() async call(): Promise<object> {
    return {};
  }
}

@GrpcController({
  permissions: [Never],
  authentication: [
    class {
      authenticate() {
        return { user: {} };
      }
    },
  ],
})
class NeverController {
  @GrpcAction() async call(): Promise<object> {
    return {};
  }
}

describe.each(DOORS)('refusals through the %s door', (door) => {
  it.each(['microservice', 'hybrid', 'hybrid without inheritance'] as const)(
    'have their own codes in a %s app',
    async (kind) => {
      const { client } = await start(
        { kind, controllers: [GuardedController, AnonymousController, NeverController] },
        door,
      );
      expect((await client.call('GuardedController/Refused')).code).toBe(7);
      expect(await client.call('GuardedController/Unauthorized')).toMatchObject({
        code: 16,
        details: 'no token',
      });
      expect(await client.call('GuardedController/Broken')).toMatchObject({
        code: 13,
        details: 'internal error',
      });
      expect((await client.call('AnonymousController/Call')).code).toBe(16);
      expect((await client.call('NeverController/Call')).code).toBe(7);
    },
  );
});

const seen: unknown[] = [];
class Roles implements CanActivate {
  constructor(private readonly reflector: Reflector = new Reflector()) {}
  canActivate(execution: ExecutionContext): boolean {
    seen.push([
      execution.getClass().name,
      execution.getHandler().name,
      this.reflector.getAllAndOverride('role', [execution.getHandler(), execution.getClass()]),
    ]);
    return true;
  }
}

abstract class Base {
  @GrpcAction({ request: TEXT, response: TEXT })
  @SetMetadata('role', 'of the base')
  async echo(request: { text: string }): Promise<{ text: string }> {
    return { text: `base ${request.text}` };
  }

  @GrpcAction({ response: TEXT, responseStream: true })
  async *count(): AsyncIterable<{ text: string }> {
    yield { text: '1' };
    yield { text: '2' };
  }
}

@GrpcController({ permissions: [AllowAny] })
@UseGuards(Roles)
class PlainController extends Base {}

@GrpcController({ permissions: [AllowAny] })
@UseGuards(Roles)
@SetMetadata('role', 'of the class')
class OverridingController extends Base {
  override async echo(request: { text: string }) {
    const { text } = await super.echo(request);
    return { text: `over ${text}` };
  }

  override async *count() {
    yield { text: '0' };
    for await (const item of super.count()) yield item;
  }
}

@GrpcController({ permissions: [AllowAny] })
class LeafController extends OverridingController {
  override async *count() {
    for await (const item of super.count()) yield { text: `leaf ${item.text}` };
  }
}

describe('inheritance', () => {
  it('gives each class actions of its own that keep what was declared', async () => {
    seen.length = 0;
    const { client } = await start({ controllers: [PlainController, OverridingController, LeafController] });
    expect(await client.get('PlainController/Echo', { text: 'x' })).toEqual({ text: 'base x' });
    expect(await client.get('OverridingController/Echo', { text: 'x' })).toEqual({ text: 'over base x' });
    const texts = async (method: string) => (await client.call(method)).messages.map(({ text }) => text);
    expect(await texts('PlainController/Count')).toEqual(['1', '2']);
    expect(await texts('OverridingController/Count')).toEqual(['0', '1', '2']);
    expect(await texts('LeafController/Count')).toEqual(['leaf 0', 'leaf 1', 'leaf 2']);
    expect(seen.slice(0, 2)).toEqual([
      ['PlainController', 'echo', 'of the base'],
      ['OverridingController', 'echo', 'of the class'],
    ]);
  });
});

const Caller = createParamDecorator(
  (_data: unknown, execution: ExecutionContext) =>
    execution.switchToRpc().getContext<GrpcContext>().get('x-caller')[0],
);

class TextDto {
  text!: string;
}

@GrpcController({ permissions: [AllowAny] })
class ParametersController {
  @GrpcAction({ request: TEXT, response: TEXT })
  async named(@Caller() caller: string, @Payload('text') text: string, @Ctx() ctx: GrpcContext) {
    return { text: `${caller} ${text} ${ctx.action}` };
  }

  @GrpcAction({ request: TEXT, response: TEXT })
  async plain(request: TextDto, ctx: GrpcContext) {
    return { text: `${request.text} ${ctx.service}` };
  }

  @GrpcAction({ request: TEXT, response: TEXT })
  observable(request: { text: string }) {
    return of({ text: request.text });
  }

  @GrpcAction({ request: TEXT, response: TEXT, responseStream: true })
  observables() {
    return from([{ text: 'a' }, { text: 'b' }]);
  }

  @GrpcAction({ request: TEXT, response: TEXT, responseStream: true })
  async promised() {
    return (async function* () {
      yield { text: 'a' };
    })();
  }

  @GrpcAction({ request: TEXT, response: TEXT, requestStream: true })
  async join(requests: AsyncIterable<{ text: string }>) {
    let text = '';
    for await (const request of requests) text += request.text;
    return { text };
  }

  @GrpcAction({ request: TEXT, response: TEXT, requestStream: true, responseStream: true })
  async *shout(requests: AsyncIterable<{ text: string }>) {
    for await (const { text } of requests) yield { text: text.toUpperCase() };
    yield { text: 'end' };
  }
}

@GrpcController({ permissions: [AllowAny] })
class ScopedController {
  @GrpcAction({ response: TEXT }) async call() {
    return { text: 'fresh' };
  }
  @GrpcAction() async fail(): Promise<object> {
    throw new ForbiddenException('scoped');
  }
}
Reflect.defineMetadata('scope:options', { scope: Scope.REQUEST }, ScopedController);

describe.each(DOORS)('actions through the %s door', (door) => {
  it('take parameters as Nest gives them, and give values, promises, Observables and iterables', async () => {
    const { client } = await start({ controllers: [ParametersController] }, door);
    const metadata = { 'x-caller': 'ada' };
    expect(await client.get('ParametersController/Named', { text: 'x' }, { metadata })).toEqual({
      text: 'ada x named',
    });
    expect(await client.get('ParametersController/Plain', { text: 'x' })).toEqual({ text: 'x Parameters' });
    expect(await client.get('ParametersController/Observable', { text: 'x' })).toEqual({ text: 'x' });
    const { messages } = await client.call('ParametersController/Observables');
    expect(messages).toEqual([{ text: 'a' }, { text: 'b' }]);
    expect((await client.call('ParametersController/Promised')).messages).toEqual([{ text: 'a' }]);
    expect((await client.call('ParametersController/Join', [{ text: 'a' }, { text: 'b' }])).message).toEqual({
      text: 'ab',
    });
    expect(
      (await client.call('ParametersController/Shout', [{ text: 'a' }, { text: 'b' }])).messages.map(
        ({ text }) => text,
      ),
    ).toEqual(['A', 'B', 'end']);
  });

  it('pass a global ValidationPipe that whitelists', async () => {
    const { client } = await start(
      {
        controllers: [ParametersController],
        globals: (app) =>
          app.useGlobalPipes(
            new ValidationPipe({ whitelist: true, transform: true, validateCustomDecorators: true }),
          ),
      },
      door,
    );
    expect(await client.get('ParametersController/Observable', { text: 'x' })).toEqual({ text: 'x' });
    expect((await client.call('ParametersController/Join', [{ text: 'a' }, { text: 'b' }])).message).toEqual({
      text: 'ab',
    });
  });

  it('work in request scope, errors included', async () => {
    const { client } = await start({ controllers: [ScopedController] }, door);
    expect(await client.get('ScopedController/Call')).toEqual({ text: 'fresh' });
    expect(await client.call('ScopedController/Fail')).toMatchObject({ code: 7, details: 'scoped' });
  });

  it('are refused for too much metadata and for undecodable bytes, and the connection goes on', async () => {
    const { client } = await start({ controllers: [ParametersController] }, door);
    const answer = await client.call(
      'ParametersController/Plain',
      {},
      { metadata: { 'x-long': 'x'.repeat(17_000) } },
    );
    expect(answer).toMatchObject({
      code: 8,
      details: expect.stringMatching(/larger than limits\.metadata, 16384/),
    });
    const undecodable = await client.callWithBytes('ParametersController/Plain', Buffer.from([0x0a, 0xff]));
    expect(undecodable.code).toBe(3);
    expect(await client.get('ParametersController/Plain', { text: 'x' })).toEqual({ text: 'x Parameters' });
  });

  it('see the end of the call as an aborted signal', async () => {
    const aborted: string[] = [];
    @GrpcController({ permissions: [AllowAny] })
    class SlowController {
      @GrpcAction({ response: TEXT })
      async wait(_request: object, ctx: GrpcContext) {
        await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
        aborted.push((ctx.signal.reason as Error).constructor.name);
        return {};
      }

      @GrpcAction({ response: TEXT, responseStream: true })
      async *drip(_request: object, ctx: GrpcContext) {
        try {
          for (let n = 0; ; n += 1) {
            yield { text: String(n) };
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        } finally {
          aborted.push(`drip ${ctx.signal.aborted}`);
        }
      }
    }
    const { client } = await start(
      { controllers: [SlowController], options: { deadline: { default: 300 } } },
      door,
    );
    expect(
      (await client.call('SlowController/Wait', {}, { deadline: new Date(Date.now() + 400) })).code,
    ).toBe(4);
    expect((await client.call('SlowController/Wait')).code).toBe(4);
    const aborter = new AbortController();
    setTimeout(() => aborter.abort(), 200);
    expect((await client.call('SlowController/Wait', {}, { signal: aborter.signal })).code).toBe(1);
    const stopper = new AbortController();
    setTimeout(() => stopper.abort(), 200);
    expect((await client.call('SlowController/Drip', {}, { signal: stopper.signal })).code).toBe(1);
    await expect
      .poll(() => aborted)
      .toEqual([
        // A client that gives up at its deadline may be a moment ahead of ours.
        expect.stringMatching(/^Grpc(DeadlineExceeded|Cancelled)Exception$/),
        'GrpcDeadlineExceededException',
        'GrpcCancelledException',
        'drip true',
      ]);
  });
});

@Catch()
class CatchAll {
  catch(
    error: Error,
    host: {
      getType(): string;
      switchToHttp(): { getResponse(): { status(code: number): { json(body: object): void } } };
    },
  ): void {
    if (host.getType() === 'http')
      host.switchToHttp().getResponse().status(418).json({ caught: error.message });
    else throw error;
  }
}

@Controller()
class WebController {
  @Get('forbidden') forbidden(): never {
    throw new ForbiddenException('web');
  }
  @Get('broken') broken(): never {
    throw new Error('secret: web');
  }
}

describe('HTTP in a hybrid app', () => {
  it.each([
    ['without filters', [], { forbidden: [403, 'web'], broken: [500, 'Internal server error'] }],
    [
      'with a catch-all of the user',
      [{ provide: APP_FILTER, useClass: CatchAll }],
      { forbidden: [418, 'web'], broken: [418, 'secret: web'] },
    ],
  ])('answers as if we were not there, %s', async (_how, providers, expected) => {
    const { app } = await start({
      kind: 'hybrid',
      controllers: [GuardedController, WebController],
      providers,
    });
    await (app.app as INestApplication).listen(0, '127.0.0.1');
    const url = await (app.app as INestApplication).getUrl();
    for (const [path, [code, text]] of Object.entries(expected)) {
      const answer = await fetch(`${url}/${path}`);
      const body = (await answer.json()) as { message?: string; caught?: string };
      expect([answer.status, body.message ?? body.caught]).toEqual([code, text]);
    }
  });
});

const heard: string[] = [];
class Hears implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    heard.push(`${execution.getClass().name}.${execution.getHandler().name}`);
    return true;
  }
}

@Controller()
class HandWrittenController {
  @GrpcMethod('HandWritten', 'Echo') echo(request: { text: string }) {
    return { text: `hand ${request.text}` };
  }
  @MessagePattern('sum', Transport.TCP) sum(@Payload() numbers: number[]) {
    return numbers.reduce((a, b) => a + b, 0);
  }
  @MessagePattern('everywhere') everywhere() {
    return 'here';
  }
}

describe('hand-written handlers beside ours', () => {
  it('live in the same app, each server with its own', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'socio-grpc-hand-'));
    closing.push(() => rm(dir, { recursive: true, force: true }));
    const protoPath = join(dir, 'hand.proto');
    await writeFile(
      protoPath,
      'syntax = "proto3"; package hand; service HandWritten { rpc Echo (Text) returns (Text); } message Text { string text = 1; }',
    );
    @Module({
      imports: [SocioGrpcModule.forRoot({ package: 'test', url: '127.0.0.1:0', proto: { dir } })],
      controllers: [ParametersController, HandWrittenController],
      providers: [{ provide: APP_GUARD, useClass: Hears }],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false });
    closing.push(() => app.close());
    const [grpcPort, tcpPort] = [await freePort(), await freePort()];
    connectSocioGrpc(app);
    app.connectMicroservice(
      { transport: Transport.GRPC, options: { url: `127.0.0.1:${grpcPort}`, package: 'hand', protoPath } },
      { inheritAppConfig: true },
    );
    app.connectMicroservice(
      { transport: Transport.TCP, options: { host: '127.0.0.1', port: tcpPort } },
      { inheritAppConfig: true },
    );
    await app.startAllMicroservices();

    const ours = connectTo(`127.0.0.1:${app.get(SocioGrpcServer).port}`, join(dir, 'test/test.proto'));
    const theirs = connectTo(`127.0.0.1:${grpcPort}`, protoPath);
    const tcp = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: tcpPort },
    });
    closing.push(
      () => ours.close(),
      () => theirs.close(),
      () => tcp.close(),
    );
    expect(await ours.get('ParametersController/Plain', { text: 'x' })).toEqual({ text: 'x Parameters' });
    expect(await theirs.get('HandWritten/Echo', { text: 'x' })).toEqual({ text: 'hand x' });
    expect(await firstValueFrom(tcp.send('sum', [1, 2, 3]))).toBe(6);
    expect(await firstValueFrom(tcp.send('everywhere', {}))).toBe('here');
    expect(heard).toEqual([
      'ParametersController.plain',
      'HandWrittenController.echo',
      'HandWrittenController.sum',
      'HandWrittenController.everywhere',
    ]);
  });
});

describe('one controller in two modules', () => {
  it('is a boot error that shows the cure', async () => {
    @Module({ controllers: [ParametersController] })
    class Other {}
    @Module({
      imports: [
        Other,
        SocioGrpcModule.forRoot({ package: 'test', proto: { mode: 'off' }, url: '127.0.0.1:0' }),
      ],
      controllers: [ParametersController],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false });
    closing.push(() => app.close());
    connectSocioGrpc(app);
    await expect(app.startAllMicroservices()).rejects.toThrow(
      'ParametersController: is in "controllers" of two modules. Put it into one, or give the other a subclass of its own.',
    );
  });
});
