/** Who is asked what, when, and what the refused are told. */
import type { CallHandler, ExecutionContext, NestInterceptor, Type } from '@nestjs/common';
import {
  AllowAny,
  and,
  GenericController,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  IsAuthenticated,
  IsAuthenticatedOrReadOnly,
  ModelSerializer,
  not,
  or,
  Permission,
  ProtoSerializer,
  StreamAction,
  TokenAuthentication,
  withActions,
  type GrpcContext,
  type PermissionClass,
  type PermissionExpression,
  type SocioGrpcOptions,
} from 'nestjs-socio-grpc';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { connectClient, type Answer, type ProtoClient } from '../support/client.js';
import { createDatabase } from '../support/databases.js';

const OK = 0;
const DENIED = 7;
const UNAUTHENTICATED = 16;

@Entity()
class Paper {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
}

@ModelSerializer({ model: Paper })
class PaperSerializer extends ProtoSerializer<Paper> {}

let asked: string[] = [];

class Asking extends Permission<Paper> {
  override hasPermission(ctx: GrpcContext) {
    asked.push(`${ctx.action}${ctx.safe ? ' safe' : ''}`);
    return true;
  }

  override async hasObjectPermission(ctx: GrpcContext, paper: Paper) {
    asked.push(`${ctx.action} of "${paper.text}"`);
    return paper.text !== 'sealed';
  }
}

function paperController(permissions: readonly PermissionExpression[] | undefined) {
  @GrpcController({ serializer: PaperSerializer, service: 'Paper', ...(permissions && { permissions }) })
  class PaperController extends withActions(GenericCrudController, StreamAction)<Paper> {
    @GrpcAction({ request: { id: 'int32' }, response: PaperSerializer, safe: true })
    show(_request: object, ctx: GrpcContext) {
      return this.getObject(ctx);
    }

    @GrpcAction({ request: { id: 'int32' }, response: PaperSerializer, responseStream: true })
    async *repeat(_request: object, ctx: GrpcContext) {
      yield await this.getObject(ctx);
    }
  }
  return PaperController;
}

const REQUESTS: Readonly<Record<string, object>> = {
  List: {},
  Stream: {},
  Create: { text: 'new' },
  Retrieve: { id: 1 },
  Update: { id: 1, text: 'open' },
  PartialUpdate: { id: 1, text: 'open', _partialUpdateFields: ['text'] },
  Show: { id: 1 },
  Repeat: { id: 1 },
  Destroy: { id: 1 },
};

class Through implements NestInterceptor {
  intercept(_execution: ExecutionContext, next: CallHandler) {
    return next.handle();
  }
}

let app: TestApp | undefined;
let client: ProtoClient | undefined;

beforeEach(() => {
  asked = [];
});

afterEach(async () => {
  client?.close();
  await app?.close();
  app = undefined;
  client = undefined;
});

async function boot(
  permissions: readonly PermissionExpression[] | undefined,
  options: SocioGrpcOptions = {},
): Promise<ProtoClient> {
  app = await bootApp({
    database: await createDatabase('sqlite'),
    entities: [Paper],
    controllers: [paperController(permissions)],
    options: {
      authentication: [TokenAuthentication.with({ tokens: { a: { id: 1 } } })],
      ...options,
    },
  });
  client = await connectClient(app);
  await app.dataSource.getRepository(Paper).save([{ text: 'open' }, { text: 'sealed' }]);
  return client;
}

function call(rpc: string, request: object = {}, known = true): Promise<Answer> {
  const metadata = known ? { authorization: 'Token a' } : {};
  return client!.call(`PaperController/${rpc}`, { ...REQUESTS[rpc], ...request }, { metadata });
}

describe('a permission', () => {
  it.each(['socio', 'dsg'] as const)(
    'is asked once before each action, and again with the one object, under %s',
    async (conventions) => {
      await boot([Asking], { conventions });
      for (const rpc of Object.keys(REQUESTS)) await call(rpc);
      expect(asked).toEqual([
        'list safe',
        // The reference counts Stream among the writes.
        conventions === 'dsg' ? 'stream' : 'stream safe',
        'create',
        'retrieve safe',
        'retrieve of "open"',
        'update',
        'update of "open"',
        'partialUpdate',
        'partialUpdate of "open"',
        'show safe',
        'show of "open"',
        'repeat',
        'repeat of "open"',
        'destroy',
        'destroy of "open"',
      ]);
    },
  );

  it('that refuses an object keeps every action from it', async () => {
    await boot([Asking]);
    for (const [rpc, request] of Object.entries(REQUESTS)) {
      const { code, messages } = await call(rpc, 'id' in request ? { id: 2 } : {});
      expect(`${rpc} ${code}`).toBe(`${rpc} ${'id' in request ? DENIED : OK}`);
      if (code === DENIED) expect(messages).toEqual([]);
    }
    const texts = (await app!.dataSource.getRepository(Paper).find()).map(({ text }) => text);
    expect(texts).toEqual(['open', 'sealed', 'new']);
  });

  it('of the module holds where a controller states none, and only there', async () => {
    class Nobody extends Permission {
      override hasPermission() {
        return false;
      }
    }
    await boot(undefined, { permissions: [Nobody] });
    expect((await call('List')).code).toBe(DENIED);
    client?.close();
    await app?.close();
    await boot([AllowAny], { permissions: [Nobody] });
    expect((await call('List')).code).toBe(OK);
  });

  it('that reads only lets an unknown caller read', async () => {
    await boot([IsAuthenticatedOrReadOnly]);
    const readable = new Set(['List', 'Stream', 'Retrieve', 'Show']);
    for (const rpc of Object.keys(REQUESTS))
      expect(`${rpc} ${(await call(rpc, {}, false)).code}`).toBe(
        `${rpc} ${readable.has(rpc) ? OK : UNAUTHENTICATED}`,
      );
  });

  it.each(['socio', 'dsg'] as const)('tells the refused why, in the words of %s', async (conventions) => {
    class Closed extends Permission {
      override readonly message = 'The office is closed.';
      override hasPermission(ctx: GrpcContext) {
        return ctx.action !== 'list';
      }
    }
    class Silent extends Permission {
      override hasPermission() {
        return false;
      }
    }
    await boot([Closed, Silent], { conventions });
    const words = async (rpc: string, known = true): Promise<unknown> => {
      const { code, details } = await call(rpc, {}, known);
      return [code, conventions === 'dsg' ? JSON.parse(details) : details];
    };
    const shown = (message: string) =>
      conventions === 'dsg' ? { message, code: 'permission_denied' } : message;
    const standard = 'You do not have permission to perform this action.';
    expect(await words('List')).toEqual([DENIED, shown('The office is closed.')]);
    expect(await words('Stream')).toEqual([DENIED, shown(standard)]);
    expect(await words('List', false)).toEqual(
      conventions === 'dsg'
        ? [DENIED, shown('The office is closed.')]
        : [UNAUTHENTICATED, 'Authentication credentials were not provided.'],
    );
  });

  it('tells the unknown why where nobody can say who they are', async () => {
    class Closed extends Permission {
      override readonly message = 'The office is closed.';
      override hasPermission() {
        return false;
      }
    }
    await boot([Closed], { authentication: [] });
    expect(await call('List')).toMatchObject({ code: UNAUTHENTICATED, details: 'The office is closed.' });
  });
});

describe('permissions of single actions', () => {
  class Nobody extends Permission {
    override readonly message = 'Nobody may.';
    override hasPermission() {
      return false;
    }
  }
  class NotSealed extends Permission<Paper> {
    override async hasObjectPermission(_ctx: GrpcContext, paper: Paper) {
      return paper.text !== 'sealed';
    }
  }

  class BaseController extends withActions(GenericCrudController, StreamAction)<Paper> {
    override getPermissions(action: string) {
      switch (action) {
        case 'list':
        case 'show':
          return [AllowAny];
        case 'destroy':
          return [Nobody];
        case 'retrieve':
          return [AllowAny, NotSealed];
        default:
          return super.getPermissions(action);
      }
    }

    @GrpcAction({ request: { id: 'int32' }, response: PaperSerializer, permissions: [or(Nobody, NotSealed)] })
    shred(_request: object, ctx: GrpcContext) {
      return this.getObject(ctx);
    }

    @GrpcAction({ request: { id: 'int32' }, response: PaperSerializer, permissions: [Nobody] })
    show(_request: object, ctx: GrpcContext) {
      return this.getObject(ctx);
    }
  }

  const guarded: PermissionClass[] = [IsAuthenticated];

  @GrpcController({ serializer: PaperSerializer, service: 'Paper', permissions: guarded })
  class PaperController extends BaseController {
    // Without the decorator it keeps what the base declared, permissions included.
    override shred(request: object, ctx: GrpcContext) {
      return super.shred(request, ctx);
    }
  }

  @GrpcController({ service: 'Plain' })
  class PlainController {
    @GrpcAction({ permissions: [AllowAny] }) async open() {}
    @GrpcAction({ permissions: [IsAuthenticated] }) async closed() {}
  }

  const CALLED: Readonly<Record<string, object>> = { ...REQUESTS, Shred: { id: 1 } };

  it.each(['piped', 'bare'])('hold instead of those of the controller, %s', async (way) => {
    app = await bootApp({
      database: await createDatabase('sqlite'),
      entities: [Paper],
      controllers: [PaperController, PlainController],
      options: { authentication: [TokenAuthentication.with({ tokens: { a: { id: 1 } } })] },
      ...(way === 'piped' && { globals: (each) => each.useGlobalInterceptors(new Through()) }),
    });
    client = await connectClient(app);
    await app.dataSource.getRepository(Paper).save([{ text: 'open' }, { text: 'sealed' }]);
    const codes = async (known: boolean): Promise<Record<string, number>> => {
      const found: Record<string, number> = {};
      for (const rpc of ['List', 'Stream', 'Create', 'Retrieve', 'Update', 'Destroy', 'Show', 'Shred'])
        found[rpc] = (await call(rpc, CALLED[rpc], known)).code;
      return found;
    };
    expect(await codes(true)).toEqual({
      List: OK,
      Stream: OK,
      Create: OK,
      Retrieve: OK,
      Update: OK,
      Destroy: DENIED,
      Show: DENIED,
      Shred: OK,
    });
    expect(await codes(false)).toEqual({
      List: OK,
      Stream: UNAUTHENTICATED,
      Create: UNAUTHENTICATED,
      Retrieve: OK,
      Update: UNAUTHENTICATED,
      Destroy: UNAUTHENTICATED,
      Show: UNAUTHENTICATED,
      Shred: OK,
    });
    for (const rpc of ['Retrieve', 'Shred']) expect((await call(rpc, { id: 2 })).code).toBe(DENIED);
    expect((await call('Destroy')).details).toBe('Nobody may.');
    expect((await client.call('PlainController/Open')).code).toBe(OK);
    expect((await client.call('PlainController/Closed')).code).toBe(UNAUTHENTICATED);
  });

  it('open the server to the network when every action has some', async () => {
    @GrpcController({ service: 'Half' })
    class HalfController extends PlainController {
      @GrpcAction() async forgotten() {}
    }
    const start = async (controllers: Type<object>[]): Promise<string[]> => {
      const reasons = await problemsOf({ controllers, options: { url: '0.0.0.0:0' } }).catch(() => []);
      return [...reasons];
    };
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      expect(await start([HalfController])).toEqual([
        expect.stringContaining('HalfController.forgotten: no permissions.') as string,
      ]);
    } finally {
      process.env['NODE_ENV'] = before;
    }
    app = await bootApp({ controllers: [PlainController], options: { url: '0.0.0.0:0' } });
    expect(app.server.url).toContain('0.0.0.0');
  });

  it('must be a list that needs no instance', async () => {
    @GrpcController({ service: 'Odd' })
    class OddController extends GenericController {
      private readonly own = [AllowAny];
      override getPermissions(action: string) {
        return action === 'first' ? (AllowAny as never) : [this.own[0]!];
      }
      @GrpcAction() async first() {}
      @GrpcAction() async second() {}
      @GrpcAction({ permissions: AllowAny as never }) async third() {}
    }
    const expected =
      'is no list of permissions. Expected one such as [IsAuthenticated, or(IsAdmin, IsOwner)].';
    expect(await problemsOf({ controllers: [OddController] })).toEqual([
      `OddController.getPermissions("first"): what it gives ${expected}`,
      `OddController.getPermissions("second"): fails with "Cannot read properties of undefined (reading '0')". It is asked at boot, without an instance: let the answer depend on the name alone, not on properties of "this".`,
      `OddController.third: its "permissions" ${expected}`,
    ]);
  });
});

describe('permissions combined', () => {
  /** Agrees to the call and to the object as it is told. */
  function says(toCall: boolean, toObject: boolean): PermissionClass {
    return class extends Permission {
      override async hasPermission() {
        return toCall;
      }
      override hasObjectPermission() {
        return toObject;
      }
    };
  }
  const yes = says(true, true);
  const no = says(false, false);
  const callOnly = says(true, false);
  const objectOnly = says(false, true);

  it.each<[string, PermissionExpression, list: boolean, retrieve: boolean]>([
    ['and(yes, yes)', and(yes, yes), true, true],
    ['and(yes, no)', and(yes, no), false, false],
    ['and(yes, callOnly)', and(yes, callOnly), true, false],
    ['or(no, yes)', or(no, yes), true, true],
    ['or(no, no)', or(no, no), false, false],
    ['or(no, callOnly)', or(no, callOnly), true, false],
    // Who refused the call has no say in the object.
    ['or(callOnly, objectOnly)', or(callOnly, objectOnly), true, false],
    ['not(no)', not(no), true, true],
    ['not(yes)', not(yes), false, false],
    ['not(callOnly)', not(callOnly), false, false],
    ['or(no, and(yes, not(no)))', or(no, and(yes, not(no))), true, true],
    ['and(or(yes, no), not(or(no, callOnly)))', and(or(yes, no), not(or(no, callOnly))), false, false],
    ['and()', and(), true, true],
    ['or()', or(), false, false],
  ])('%s', async (_title, expression, list, retrieve) => {
    await boot([expression]);
    expect((await call('List')).code).toBe(list ? OK : DENIED);
    expect((await call('Retrieve')).code).toBe(retrieve ? OK : DENIED);
    expect((await call('Repeat')).code).toBe(retrieve ? OK : DENIED);
  });

  it('tell the message of none of their operands', async () => {
    class Refusing extends Permission {
      override readonly message: string = 'Refused.';
      override hasPermission(ctx: GrpcContext): boolean {
        return ctx.action !== 'list';
      }
      override hasObjectPermission(): boolean {
        return false;
      }
    }
    class Agreeing extends Refusing {
      override readonly message = 'Agreed.';
      override hasPermission() {
        return true;
      }
    }
    const standard = 'You do not have permission to perform this action.';
    const told = async (expression: PermissionExpression): Promise<string[]> => {
      await boot([expression]);
      const answers = [await call('List'), await call('Retrieve'), await call('List', {}, false)];
      client?.close();
      await app?.close();
      return answers.map(({ details }) => details);
    };
    const unknown = 'Authentication credentials were not provided.';
    expect(await told(or(no, Refusing))).toEqual([standard, standard, unknown]);
    expect(await told(or(Refusing, no))).toEqual([standard, standard, unknown]);
    expect(await told(and(Agreeing, no))).toEqual([standard, standard, unknown]);
    expect(await told(and(Agreeing, Refusing))).toEqual([standard, standard, unknown]);
    expect(await told(Refusing)).toEqual(['Refused.', 'Refused.', unknown]);
  });
});
