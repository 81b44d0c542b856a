/** Actions without enhancers are called without Nest's pipeline; whoever adds one gets it, in whichever place. */
import { status } from '@grpc/grpc-js';
import {
  Catch,
  ConsoleLogger,
  Injectable,
  Logger,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type NestInterceptor,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { GrpcAbortedException, Payload } from '@nestjs/microservices';
import {
  AllowAny,
  GrpcAction,
  GrpcContext,
  GrpcController,
  Permission,
  PermissionGuard,
  type SocioGrpcOptions,
} from 'nestjs-socio-grpc';
import { of, throwError, type Observable } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bootApp, type AppParts } from '../support/boot-app.js';
import { connectClient } from '../support/client.js';

const closing: (() => Promise<void> | void)[] = [];
let seen: string[] = [];

afterEach(async () => {
  seen = [];
  vi.restoreAllMocks();
  for (const close of closing.splice(0).toReversed()) await close();
});

@Injectable()
class Guard implements CanActivate {
  canActivate() {
    return seen.push('guard') > 0;
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestGuard extends Guard {}

@Injectable()
class Interceptor implements NestInterceptor {
  intercept(_context: unknown, next: CallHandler) {
    seen.push('interceptor');
    return next.handle();
  }
}

@Injectable()
class Pipe implements PipeTransform {
  transform(value: unknown) {
    seen.push('pipe');
    return value;
  }
}

@Catch(RangeError)
class Filter implements ExceptionFilter<RangeError> {
  catch({ message }: RangeError) {
    seen.push('filter');
    return throwError(() => new GrpcAbortedException(message));
  }
}

class Noted extends Permission {
  override hasPermission() {
    return seen.push('permission') > 0;
  }
}

const TEXT = { text: 'string' };

/** A controller of its own for each test, since decorators stay. */
function makeController(
  decorators: readonly ClassDecorator[] = [],
  onMethod: readonly MethodDecorator[] = [],
) {
  class EchoController {
    echo({ text }: { text: string }, _ctx: GrpcContext) {
      if (text === 'out of range') throw new RangeError(text);
      return { text };
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(EchoController.prototype, 'echo') as PropertyDescriptor;
  for (const decorate of [...onMethod, GrpcAction({ request: TEXT, response: TEXT }) as MethodDecorator])
    decorate(EchoController.prototype, 'echo', descriptor);
  GrpcController({ permissions: [Noted] })(EchoController);
  for (const decorate of decorators) decorate(EchoController);
  return EchoController;
}

async function start(controller: Type<object>, parts: Partial<AppParts> = {}) {
  const app = await bootApp({ controllers: [controller], ...parts });
  closing.push(() => app.close());
  const client = await connectClient(app, 'socket');
  closing.push(() => client.close());
  return (text = 'hello') => client.call('EchoController/Echo', { text });
}

const GLOBAL_PROVIDERS = [
  [APP_GUARD, Guard, ['guard', 'permission']],
  [APP_GUARD, RequestGuard, ['guard', 'permission']],
  [APP_INTERCEPTOR, Interceptor, ['permission', 'interceptor']],
  [APP_PIPE, Pipe, ['permission', 'pipe']],
] as const;

const DECORATORS: readonly (readonly [string, ClassDecorator & MethodDecorator, readonly string[]])[] = [
  ['a guard', UseGuards(Guard), ['permission', 'guard']],
  ['an interceptor', UseInterceptors(Interceptor), ['permission', 'interceptor']],
  ['a pipe', UsePipes(Pipe), ['permission', 'pipe']],
];

describe('an action that nobody has enhanced', () => {
  it('is called without the pipeline, and its permissions are asked once', async () => {
    const pipeline = vi.spyOn(PermissionGuard.prototype, 'canActivate');
    const call = await start(makeController());
    expect(await call()).toMatchObject({ code: status.OK, message: { text: 'hello' } });
    expect(seen).toEqual(['permission']);
    expect(pipeline).not.toHaveBeenCalled();
  });

  it('answers errors as the pipeline does', async () => {
    const bare = await (await start(makeController()))('out of range');
    const piped = await (await start(makeController([UseInterceptors(Interceptor)])))('out of range');
    expect(bare).toMatchObject({ code: status.INTERNAL, details: 'internal error' });
    expect({ code: bare.code, details: bare.details }).toEqual({ code: piped.code, details: piped.details });
  });
});

/** As old libraries have them: `then()` gives nothing. */
function later(value: unknown, fails = false): object {
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- is what is tested
    then: (done: (value: unknown) => void, failed: (error: unknown) => void): void => {
      setImmediate(() => (fails ? failed(value) : done(value)));
    },
  };
}

@GrpcController({ permissions: [AllowAny] })
class LaterController {
  @GrpcAction({ response: TEXT })
  one() {
    return later({ text: 'late' }) as { text: string };
  }

  @GrpcAction({ response: TEXT })
  none() {
    return later(new RangeError('too late'), true) as { text: string };
  }

  @GrpcAction({ response: TEXT, responseStream: true })
  many() {
    return later(of({ text: 'a' }, { text: 'b' })) as Observable<{ text: string }>;
  }

  @GrpcAction({ response: TEXT, responseStream: true })
  single() {
    return { text: 'alone' } as unknown as Observable<{ text: string }>;
  }
}

@UseInterceptors(Interceptor)
@GrpcController({ permissions: [AllowAny], service: 'PipedLater' })
class PipedLaterController extends LaterController {}

it('a value of a streaming action is a stream of one, as the pipeline has it', async () => {
  const app = await bootApp({ controllers: [LaterController, PipedLaterController] });
  closing.push(() => app.close());
  const client = await connectClient(app);
  closing.push(() => client.close());
  for (const service of ['LaterController', 'PipedLaterController'])
    expect((await client.call(`${service}/Single`)).messages).toEqual([{ text: 'alone' }]);
});

it('promises of other libraries are waited for, as the pipeline does', async () => {
  const app = await bootApp({ controllers: [LaterController, PipedLaterController] });
  closing.push(() => app.close());
  const client = await connectClient(app);
  closing.push(() => client.close());
  for (const service of ['LaterController', 'PipedLaterController']) {
    expect((await client.call(`${service}/One`)).message).toEqual({ text: 'late' });
    expect((await client.call(`${service}/None`)).details).toBe('internal error');
    expect((await client.call(`${service}/Many`)).messages).toEqual([{ text: 'a' }, { text: 'b' }]);
  }
});

describe('the pipeline', () => {
  it.each(DECORATORS)('runs for %s on the class', async (_name, decorator, order) => {
    const call = await start(makeController([decorator]));
    expect((await call()).code).toBe(status.OK);
    expect([...new Set(seen)].toSorted()).toEqual(order.toSorted());
  });

  it.each(DECORATORS)('runs for %s on the method', async (_name, decorator, order) => {
    const call = await start(makeController([], [decorator]));
    expect((await call()).code).toBe(status.OK);
    expect([...new Set(seen)]).toEqual(order);
  });

  it('runs for a filter on class and method', async () => {
    for (const controller of [
      makeController([UseFilters(Filter)]),
      makeController([], [UseFilters(Filter)]),
    ]) {
      const call = await start(controller);
      expect(await call('out of range')).toMatchObject({ code: status.ABORTED, details: 'out of range' });
    }
    expect(seen).toEqual(['permission', 'filter', 'permission', 'filter']);
  });

  it.each(GLOBAL_PROVIDERS)(
    'runs for a global enhancer as a provider, %s',
    async (provide, useClass, order) => {
      const call = await start(makeController(), { providers: [{ provide, useClass }] });
      expect((await call()).code).toBe(status.OK);
      expect([...new Set(seen)]).toEqual(order);
    },
  );

  it('runs for a global filter as a provider', async () => {
    const call = await start(makeController(), { providers: [{ provide: APP_FILTER, useClass: Filter }] });
    expect((await call('out of range')).code).toBe(status.ABORTED);
    expect(seen).toEqual(['permission', 'filter']);
  });

  it.each(['microservice', 'hybrid'] as const)('runs for global enhancers of a %s', async (kind) => {
    const call = await start(makeController(), {
      kind,
      globals: (app) => app.useGlobalGuards(new Guard()).useGlobalInterceptors(new Interceptor()),
    });
    expect((await call()).code).toBe(status.OK);
    expect(seen).toEqual(['guard', 'permission', 'interceptor']);
  });

  it('runs for pipes of a parameter', async () => {
    const controller = makeController();
    Payload(Pipe)(controller.prototype, 'echo', 0);
    const call = await start(controller);
    expect((await call()).code).toBe(status.OK);
    expect(seen).toEqual(['permission', 'pipe']);
  });

  it('runs for what a test puts in the place of the permission guard', async () => {
    const call = await start(makeController(), {
      overrides: (builder) => builder.overrideGuard(PermissionGuard).useValue(new Guard()),
    });
    expect((await call()).code).toBe(status.OK);
    expect(seen).toEqual(['guard']);
  });
});

@GrpcController({ permissions: [AllowAny] })
class CurrentController {
  @GrpcAction({ response: TEXT })
  async current(_request: object, ctx: GrpcContext) {
    await new Promise((resolve) => setImmediate(resolve));
    const current = GrpcContext.current();
    return { text: current === undefined ? 'unknown' : current === ctx ? 'known' : 'another' };
  }

  @GrpcAction({ response: TEXT, responseStream: true })
  async *many(_request: object, ctx: GrpcContext) {
    for (let index = 0; index < 3; index += 1) yield this.current({}, ctx);
  }
}

@GrpcController({ permissions: [AllowAny], service: 'Logged' })
class LoggedController extends CurrentController {
  @GrpcAction({ response: TEXT })
  async fail(): Promise<object> {
    throw new Error('unexpected');
  }
}

@UseInterceptors(Interceptor)
@GrpcController({ permissions: [AllowAny], service: 'Piped' })
class PipedController extends CurrentController {}

describe('GrpcContext.current()', () => {
  const CASES: readonly (readonly [SocioGrpcOptions, string])[] = [
    [{}, 'known'],
    [{ asyncContext: true }, 'known'],
    [{ asyncContext: false }, 'unknown'],
  ];

  it.each(CASES)('with %j is %s in bare actions, and known inside the pipeline', async (options, text) => {
    const app = await bootApp({ controllers: [CurrentController, PipedController], options });
    closing.push(() => app.close());
    const client = await connectClient(app, 'socket');
    closing.push(() => client.close());
    expect((await client.call('CurrentController/Current', {})).message).toEqual({ text });
    expect((await client.call('CurrentController/Many', {})).messages).toEqual([
      { text },
      { text },
      { text },
    ]);
    expect((await client.call('PipedController/Current', {})).message).toEqual({ text: 'known' });
  });

  it.each(['current', 'fail'])(
    'is known to a logger of the application and to what adds to the log: %s',
    async (action) => {
      const known: (string | undefined)[] = [];
      class ContextLogger extends ConsoleLogger {
        override log = (): void => void known.push(GrpcContext.current()?.action);
        override error = (): void => void known.push(GrpcContext.current()?.action);
      }
      const context = (): Readonly<Record<string, unknown>> => {
        known.push(GrpcContext.current()?.action);
        return {};
      };
      const app = await bootApp({ controllers: [LoggedController], options: { logging: { context } } });
      closing.push(() => app.close());
      const client = await connectClient(app, 'socket');
      closing.push(() => client.close());
      Logger.overrideLogger(new ContextLogger());
      closing.push(() => Logger.overrideLogger(false));
      await client.call(`LoggedController/${action === 'fail' ? 'Fail' : 'Current'}`, {});
      expect(known).toEqual([action, action]);
    },
  );
});
