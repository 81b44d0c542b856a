/** Nest's enhancers around our actions: every kind, however it is registered, in every kind of application. */
import {
  Catch,
  Inject,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type ArgumentMetadata,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { GrpcNotFoundException } from '@nestjs/microservices';
import { AllowAny, GrpcAction, GrpcContext, GrpcController, type Authenticator } from 'nestjs-socio-grpc';
import { tap, throwError, type Observable } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { APP_KINDS, bootApp, type AppKind, type TestApp } from '../support/boot-app.js';
import { connectClient, DOORS, type ProtoClient } from '../support/client.js';

const WAYS = ['app', 'use-global', 'class', 'method'] as const;
type Way = (typeof WAYS)[number];
const NOT_FOUND = 5;

const events: string[] = [];
const note = (what: string, ctx: { user?: { name?: string } } | undefined = GrpcContext.current()): void => {
  events.push(`${what} ${ctx?.user?.name ?? 'nobody'}`);
};

class NamedAuthentication implements Authenticator {
  authenticate() {
    events.push('authenticator');
    return { user: { name: 'ada' } };
  }
}

function guard(way: Way): Type<CanActivate> {
  class Guard implements CanActivate {
    canActivate(execution: ExecutionContext): boolean {
      note(`guard ${way}`, execution.switchToRpc().getContext<GrpcContext>());
      return true;
    }
  }
  return Guard;
}

function interceptor(way: Way): Type<NestInterceptor> {
  class Interceptor implements NestInterceptor {
    intercept(_execution: ExecutionContext, next: CallHandler): Observable<unknown> {
      note(`interceptor ${way}`);
      return next.handle().pipe(
        tap({
          next: () => note(`item ${way}`),
          complete: () => note(`end ${way}`),
          error: () => note(`error ${way}`),
        }),
      );
    }
  }
  return Interceptor;
}

function pipe(way: Way): Type<PipeTransform> {
  class Pipe implements PipeTransform {
    transform(value: unknown, { type }: ArgumentMetadata): unknown {
      // Nest runs pipes for the context too, as a custom parameter.
      if (type === 'body') note(`pipe ${way}`);
      return value;
    }
  }
  return Pipe;
}

class AppError extends Error {}
class UseGlobalError extends Error {}
class ClassError extends Error {}
class MethodError extends Error {}
const ERRORS: Readonly<Record<Way, new () => Error>> = {
  app: AppError,
  'use-global': UseGlobalError,
  class: ClassError,
  method: MethodError,
};

function filter(way: Way): Type<ExceptionFilter> {
  @Catch(ERRORS[way])
  class Filter implements ExceptionFilter {
    catch(): Observable<never> {
      note(`filter ${way}`);
      return throwError(() => new GrpcNotFoundException(`by ${way}`));
    }
  }
  return Filter;
}

const ENHANCERS = Object.fromEntries(
  WAYS.map((way) => [
    way,
    { guard: guard(way), interceptor: interceptor(way), pipe: pipe(way), filter: filter(way) },
  ]),
) as Record<
  Way,
  {
    guard: Type<CanActivate>;
    interceptor: Type<NestInterceptor>;
    pipe: Type<PipeTransform>;
    filter: Type<ExceptionFilter>;
  }
>;

const MESSAGE = { text: 'string' };

@GrpcController({ authentication: [NamedAuthentication], permissions: [AllowAny] })
@UseGuards(ENHANCERS.class.guard)
@UseInterceptors(ENHANCERS.class.interceptor)
@UsePipes(ENHANCERS.class.pipe)
@UseFilters(ENHANCERS.class.filter)
class EchoController {
  constructor(@Inject('SUFFIX') private readonly suffix: string) {}

  @GrpcAction({ request: MESSAGE, response: MESSAGE })
  @UseGuards(ENHANCERS.method.guard)
  @UseInterceptors(ENHANCERS.method.interceptor)
  @UsePipes(ENHANCERS.method.pipe)
  @UseFilters(ENHANCERS.method.filter)
  async echo(request: { text: string }, ctx: GrpcContext) {
    note('handler', ctx);
    if (request.text in ERRORS) throw new ERRORS[request.text as Way]();
    return { text: request.text + this.suffix };
  }

  @GrpcAction({ request: MESSAGE, response: MESSAGE, responseStream: true })
  @UseGuards(ENHANCERS.method.guard)
  @UseInterceptors(ENHANCERS.method.interceptor)
  @UsePipes(ENHANCERS.method.pipe)
  @UseFilters(ENHANCERS.method.filter)
  async *echoes(request: { text: string }, ctx: GrpcContext) {
    note('handler', ctx);
    yield { text: `1${this.suffix}` };
    yield { text: `2${this.suffix}` };
    if (request.text in ERRORS) throw new ERRORS[request.text as Way]();
    note('done');
  }
}

function waysOf(kind: AppKind): readonly Way[] {
  return kind === 'hybrid without inheritance' ? ['class', 'method'] : WAYS;
}

const each = (what: string, ways: readonly Way[]): string[] => ways.map((way) => `${what} ${way} ada`);
/** Interceptors see what comes out from the innermost to the outermost. */
const inward = (what: string, ways: readonly Way[]): string[] => each(what, ways.toReversed());

describe.each(APP_KINDS)('enhancers in a %s app', (kind) => {
  describe.each(DOORS)('through the %s door', (door) => {
    let app: TestApp;
    let client: ProtoClient;
    const ways = waysOf(kind);
    const before = [
      'authenticator',
      ...each('guard', ways),
      ...each('interceptor', ways),
      ...each('pipe', ways),
      'handler ada',
    ];

    beforeAll(async () => {
      app = await bootApp({
        kind,
        controllers: [EchoController],
        providers: [
          { provide: 'SUFFIX', useValue: '!' },
          { provide: APP_GUARD, useClass: ENHANCERS.app.guard },
          { provide: APP_INTERCEPTOR, useClass: ENHANCERS.app.interceptor },
          { provide: APP_PIPE, useClass: ENHANCERS.app.pipe },
          { provide: APP_FILTER, useClass: ENHANCERS.app.filter },
        ],
        globals: (nest) => {
          const {
            guard: Guard,
            interceptor: Interceptor,
            pipe: Pipe,
            filter: Filter,
          } = ENHANCERS['use-global'];
          nest.useGlobalGuards(new Guard());
          nest.useGlobalInterceptors(new Interceptor());
          nest.useGlobalPipes(new Pipe());
          nest.useGlobalFilters(new Filter());
        },
      });
      client = await connectClient(app, door);
    });

    afterAll(async () => {
      client?.close();
      await app?.close();
    });

    beforeEach(() => {
      events.length = 0;
    });

    it('run once each and in order around a unary call', async () => {
      expect(await client.get('EchoController/Echo', { text: 'hi' })).toEqual({ text: 'hi!' });
      expect(events).toHaveLength(new Set(events).size);
      expect(sorted(events)).toEqual(sorted([...before, ...inward('item', ways), ...inward('end', ways)]));
      expect(events.slice(0, before.length)).toEqual(before);
    });

    it('run once each around a stream and see every item and its true end', async () => {
      const { messages, code } = await client.call('EchoController/Echoes', { text: 'hi' });
      expect(code).toBe(0);
      expect(messages).toEqual([{ text: '1!' }, { text: '2!' }]);
      const items = inward('item', ways);
      expect(events).toEqual([...before, ...items, ...items, 'done ada', ...inward('end', ways)]);
    });

    it.each(WAYS)('the filter of its kind catches an error (%s)', async (way) => {
      const answer = await client.call('EchoController/Echo', { text: way });
      if (!ways.includes(way)) return expectUnmapped(answer);
      expect(answer).toMatchObject({ code: NOT_FOUND, details: `by ${way}` });
      expect(events).toEqual([...before, ...inward('error', ways), `filter ${way} ada`]);
    });

    it.each(WAYS)('the filter of its kind catches an error in the middle of a stream (%s)', async (way) => {
      const answer = await client.call('EchoController/Echoes', { text: way });
      expect(answer.messages).toEqual([{ text: '1!' }, { text: '2!' }]);
      if (!ways.includes(way)) return expectUnmapped(answer);
      expect(answer).toMatchObject({ code: NOT_FOUND, details: `by ${way}` });
      const items = inward('item', ways);
      expect(events).toEqual([...before, ...items, ...items, ...inward('error', ways), `filter ${way} ada`]);
    });

    /** Without the application's global filters our own mapping still holds. */
    function expectUnmapped(answer: { code: number; details: string }): void {
      expect(answer).toMatchObject({ code: 13, details: 'internal error' });
      expect(events.filter((event) => event.startsWith('filter'))).toEqual([]);
    }
  });
});

function sorted(list: readonly string[]): string[] {
  return list.toSorted();
}
