/** Finding out who calls: every authenticator over a socket. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { credentials as clientCredentials, ServerCredentials } from '@grpc/grpc-js';
import {
  Controller,
  Get,
  Injectable,
  Req,
  UseGuards,
  type DynamicModule,
  type INestApplication,
  type Provider,
  type Type,
} from '@nestjs/common';
import { JwtModule, JwtService } from '@nestjs/jwt';
import {
  AllowAny,
  AuthenticationGuard,
  BasicAuthentication,
  BearerAuthentication,
  GrpcAction,
  GrpcController,
  IsAuthenticated,
  MtlsAuthentication,
  PassportAuthentication,
  PermissionGuard,
  TokenAuthentication,
  type Authenticator,
  type AuthenticatorClass,
  type GrpcContext,
  type SocioGrpcOptions,
} from 'nestjs-socio-grpc';
import { BasicStrategy } from 'passport-http';
import { Strategy as BearerStrategy } from 'passport-http-bearer';
import { afterEach, describe, expect, it } from 'vitest';
import { bootApp, type AppParts, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { connectClient, connectTo, type Answer, type ProtoClient } from '../support/client.js';
import { detail } from '../unit/errors/decode-details.js';

const UNAUTHENTICATED = 16;

@GrpcController({ permissions: [IsAuthenticated] })
class MeController {
  @GrpcAction({ response: { json: 'string' } })
  async whoAmI(_request: object, ctx: GrpcContext) {
    return { json: JSON.stringify({ user: ctx.user, auth: ctx.auth }) };
  }
}

let app: TestApp | undefined;
let client: ProtoClient | undefined;

afterEach(async () => {
  client?.close();
  await app?.close();
  client = undefined;
  app = undefined;
});

interface Parts {
  readonly imports?: readonly DynamicModule[];
  readonly providers?: readonly Provider[];
  readonly options?: SocioGrpcOptions;
}

async function boot(
  authentication: readonly AuthenticatorClass[],
  { imports = [], providers = [], options = {} }: Parts = {},
): Promise<TestApp> {
  app = await bootApp({
    controllers: [MeController],
    imports,
    providers,
    options: { authentication, ...options },
  });
  return app;
}

async function ask(authorization?: string, metadata: Record<string, string> = {}): Promise<Answer> {
  client ??= await connectClient(app as TestApp);
  return client.call(
    'MeController/WhoAmI',
    {},
    {
      metadata: { ...metadata, ...(authorization === undefined ? {} : { authorization }) },
    },
  );
}

async function userOf(authorization?: string, metadata?: Record<string, string>): Promise<unknown> {
  const answer = await ask(authorization, metadata);
  return answer.code === 0 ? JSON.parse(answer.message.json).user : answer.details;
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

describe('a bearer token', () => {
  it('is verified by the configuration of @nestjs/jwt', async () => {
    const verifyOptions = { audience: 'shop', issuer: 'door', clockTolerance: 5 };
    const { app: running } = await boot([BearerAuthentication], {
      imports: [JwtModule.register({ secret: 's3cret', verifyOptions })],
    });
    const jwt = running.get(JwtService, { strict: false });
    const claims = { sub: '7', aud: 'shop', iss: 'door' };
    expect(await userOf(`Bearer ${jwt.sign(claims)}`)).toMatchObject(claims);
    expect(await userOf(`bearer   ${jwt.sign(claims)}`)).toMatchObject(claims);
    const now = Math.floor(Date.now() / 1000);
    expect(await userOf(`Bearer ${jwt.sign({ ...claims, exp: now - 3 })}`)).toMatchObject(claims);
    const refusals: Record<string, [string, string]> = {
      [jwt.sign({ ...claims, exp: now - 60 })]: ['The token has expired.', 'TOKEN_EXPIRED'],
      [jwt.sign({ ...claims, nbf: now + 60 })]: ['The token is not valid yet.', 'TOKEN_NOT_ACTIVE'],
      [jwt.sign({ ...claims, aud: 'other' })]: ['The token is not valid.', 'TOKEN_INVALID'],
      [jwt.sign({ ...claims, iss: 'other' })]: ['The token is not valid.', 'TOKEN_INVALID'],
      [jwt.sign(claims, { secret: 'guessed' })]: ['The token is not valid.', 'TOKEN_INVALID'],
      'a.b.c': ['The token is not valid.', 'TOKEN_INVALID'],
      'two words': ['Expected one "authorization: Bearer <credentials>".', 'CREDENTIALS_MALFORMED'],
    };
    for (const [token, [details, reason]] of Object.entries(refusals)) {
      const answer = await ask(`Bearer ${token}`);
      expect(answer).toMatchObject({ code: UNAUTHENTICATED, details });
      const [bytes] = answer.trailers.get('grpc-status-details-bin') as Buffer[];
      expect(detail(bytes, 'ErrorInfo')).toMatchObject({ reason });
      expect(answer.trailers.get('www-authenticate')).toEqual(['Bearer']);
    }
  });

  it('is verified with the key that it names, also after a rotation', async () => {
    const pairs = new Map(
      ['old', 'new'].map((kid) => [kid, generateKeyPairSync('ec', { namedCurve: 'P-256' })]),
    );
    await boot([BearerAuthentication], {
      imports: [
        JwtModule.register({
          verifyOptions: { algorithms: ['ES256'] },
          secretOrKeyProvider: (_type, token) => {
            const { kid } = JSON.parse(
              Buffer.from(String(token).split('.')[0] ?? '', 'base64url').toString(),
            );
            const pair = pairs.get(kid);
            return pair ? pair.publicKey.export({ type: 'spki', format: 'pem' }) : 'unknown';
          },
        }),
      ],
    });
    const sign = (keyid: string): string =>
      new JwtService({}).sign(
        { sub: keyid },
        {
          privateKey: pairs.get(keyid)!.privateKey.export({ type: 'pkcs8', format: 'pem' }),
          algorithm: 'ES256',
          keyid,
        },
      );
    const old = sign('old');
    expect(await userOf(`Bearer ${old}`)).toMatchObject({ sub: 'old' });
    expect(await userOf(`Bearer ${sign('new')}`)).toMatchObject({ sub: 'new' });
    pairs.delete('old');
    expect((await ask(`Bearer ${old}`)).code).toBe(UNAUTHENTICATED);
  });

  it('may be verified, and its user found, in a way of its own', async () => {
    await boot([
      BearerAuthentication.with({
        verify: (token) => (token === 'good' ? { id: 7 } : undefined),
        user: ({ id }: { id: number }) => (id === 7 ? { name: 'Ada' } : undefined),
      }),
    ]);
    expect(await userOf('Bearer good')).toEqual({ name: 'Ada' });
    expect(await userOf('Bearer bad')).toBe('The token is not valid.');
  });

  it('that cannot be verified because something is broken is no fault of the caller', async () => {
    await boot([
      BearerAuthentication.with({
        verify: () => {
          throw new Error('SECRET of the key server');
        },
      }),
    ]);
    const answer = await ask('Bearer x');
    expect(answer).toMatchObject({ code: 13, details: 'internal error' });
  });
});

describe('names and passwords', () => {
  it('are asked for by a function or a provider', async () => {
    @Injectable()
    class Users {
      find(name: string, password: string) {
        return name === 'ada' && password === 'pa:ss wörd' ? { name } : undefined;
      }
    }
    @Injectable()
    class PasswordAuthentication extends BasicAuthentication {
      constructor(private readonly users: Users) {
        super();
      }
      protected verify(name: string, password: string) {
        return this.users.find(name, password);
      }
    }
    await boot([PasswordAuthentication], { providers: [Users] });
    expect(await userOf(basic('ada:pa:ss wörd'))).toEqual({ name: 'ada' });
    expect(await userOf(basic('ada:wrong'))).toBe('Name or password is wrong.');
    expect(await userOf(basic('nothing'))).toBe('Expected the base64 of "name:password".');
    expect((await ask(basic('ada:wrong'))).trailers.get('www-authenticate')).toEqual([
      'Basic charset="UTF-8"',
    ]);
  });
});

describe('opaque tokens', () => {
  it('are found in a table or by a function', async () => {
    await boot([
      TokenAuthentication.with({
        tokens: { abc: { id: 'billing' } },
        find: (token) => (token === 'later' ? { id: 'mail' } : undefined),
      }),
    ]);
    expect(await userOf('Token abc')).toEqual({ id: 'billing' });
    expect(await userOf('Token later')).toEqual({ id: 'mail' });
    for (const token of ['ab', 'abcd', '__proto__', 'constructor'])
      expect(await userOf(`Token ${token}`)).toBe('The token is not valid.');
  });
});

describe('several authenticators', () => {
  const first: Type<Authenticator> = TokenAuthentication.with({ tokens: { a: { by: 'token' } } });
  const second = BasicAuthentication.with({ verify: (name) => ({ by: 'basic', name }) });

  it('are asked in their order, and only until one succeeds', async () => {
    const asked: string[] = [];
    class Third implements Authenticator {
      authenticate() {
        asked.push('third');
        return undefined;
      }
    }
    await boot([first, second, Third]);
    expect(await userOf('Token a')).toEqual({ by: 'token' });
    expect(await userOf(basic('ada:x'))).toEqual({ by: 'basic', name: 'ada' });
    expect(asked).toEqual([]);
    const nobody = await ask();
    expect(nobody).toMatchObject({
      code: UNAUTHENTICATED,
      details: 'Authentication credentials were not provided.',
    });
    expect(asked).toEqual(['third']);
    expect(nobody.trailers.get('www-authenticate')).toEqual(['Token, Basic charset="UTF-8"']);
  });

  it('cannot be tricked by headers inside a metadata key', async () => {
    await boot([first], { options: { metadataKeys: { headers: 'headers' } } });
    const headers = JSON.stringify({ Authorization: 'Token a', 'X-User-Id': '1' });
    // A gateway set its own; what the caller adds does not count.
    expect(await userOf('Token gateway', { headers })).toBe('The token is not valid.');
  });
});

describe('a challenge', () => {
  it('that metadata cannot carry is a problem of the set-up: it would break the server with the first refusal', async () => {
    class ForeignAuthentication implements Authenticator {
      readonly challenge = 'Basic realm="Zürich"';
      authenticate = () => undefined;
    }
    const problems = await problemsOf({
      controllers: [MeController],
      options: { authentication: [ForeignAuthentication] },
    });
    expect(problems).toEqual([
      expect.stringMatching(/^MeController: the challenge .* than those of ASCII\.$/),
    ]);
  });
});

describe('under dsg', () => {
  it('an unknown caller is denied, as in the reference', async () => {
    await boot([TokenAuthentication.with({ tokens: {} })], { options: { conventions: 'dsg' } });
    const answer = await ask();
    expect(answer.code).toBe(7);
    expect(JSON.parse(answer.details)).toEqual({
      message: 'You do not have permission to perform this action.',
      code: 'permission_denied',
    });
  });
});

describe('certificates', () => {
  const file = (name: string): Buffer => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
  const credentials = (check: boolean): ServerCredentials =>
    ServerCredentials.createSsl(
      file('ca.crt'),
      [{ private_key: file('server.key'), cert_chain: file('server.crt') }],
      check,
    );
  const withClientCertificate = () =>
    clientCredentials.createSsl(file('ca.crt'), file('client.key'), file('client.crt'));

  it('tell who calls', async () => {
    const { address, protoFile } = await boot([MtlsAuthentication], {
      options: { credentials: credentials(true) },
    });
    client = connectTo(address, protoFile, withClientCertificate());
    const { message } = await client.call('MeController/WhoAmI');
    expect(JSON.parse(message.json)).toMatchObject({
      user: { name: 'client' },
      auth: { subject: { CN: 'client' }, issuer: { CN: 'Test CA' } },
    });
  });

  it('are known to the log, of calls that succeed and of others', async () => {
    const logged: unknown[] = [];
    const nobody = MtlsAuthentication.with({ user: () => undefined });
    for (const authenticator of [MtlsAuthentication, nobody]) {
      const { address, protoFile } = await boot([authenticator], {
        options: {
          credentials: credentials(true),
          logging: { context: ({ certificate }) => ({ caller: logged.push(certificate?.subject.CN) }) },
        },
      });
      client = connectTo(address, protoFile, withClientCertificate());
      await client.call('MeController/WhoAmI');
      client.close();
      await app?.close();
    }
    expect(logged).toEqual(['client', 'client']);
  });

  it('of nobody known are refused, and none is no wrong one', async () => {
    const strict = MtlsAuthentication.with({
      user: ({ subject }) => (subject.CN === 'boss' ? {} : undefined),
    });
    const { address, protoFile } = await boot([strict], { options: { credentials: credentials(false) } });
    client = connectTo(address, protoFile, clientCredentials.createSsl(file('ca.crt')));
    expect(await client.call('MeController/WhoAmI')).toMatchObject({
      code: UNAUTHENTICATED,
      details: 'Authentication credentials were not provided.',
    });
  });
});

describe('Passport strategies', () => {
  it('of npm work: a bearer token', async () => {
    await boot([
      PassportAuthentication(
        new BearerStrategy((token, done) => {
          if (token === 'broken') done(new Error('SECRET'));
          else done(null, token === 'good' ? { id: 1 } : false, { message: 'x', scope: 'read' });
        }),
      ),
    ]);
    expect(await userOf('Bearer good')).toEqual({ id: 1 });
    expect(await userOf('Bearer bad')).toBe('The credentials are not valid.');
    expect(await userOf()).toBe('Authentication credentials were not provided.');
    expect(await ask('Bearer broken')).toMatchObject({ code: 13, details: 'internal error' });
  });

  it('of npm work: a name and a password, as a provider', async () => {
    @Injectable()
    class PasswordStrategy extends BasicStrategy {
      constructor() {
        super((name, password, done) => done(null, password === 'x' ? { name } : false));
      }
    }
    await boot([PassportAuthentication(PasswordStrategy as never)], { providers: [PasswordStrategy] });
    expect(await userOf(basic('ada:x'))).toEqual({ name: 'ada' });
    expect(await userOf(basic('ada:y'))).toBe('The credentials are not valid.');
  });

  it('that need a browser are refused', async () => {
    const redirecting = {
      authenticate(this: { redirect(url: string): void }) {
        this.redirect('https://example.org');
      },
    };
    await boot([PassportAuthentication(redirecting as never)]);
    expect(await userOf('Bearer x')).toBe('This way of proving who you are needs a browser.');
  });
});

it('AllowAny lets an unknown caller in', async () => {
  @GrpcController({ service: 'Me', permissions: [AllowAny] })
  class OpenController extends MeController {}
  app = await bootApp({ controllers: [OpenController] });
  client = await connectClient(app);
  expect(JSON.parse((await client.get('MeController/WhoAmI')).json)).toEqual({});
});

describe('a controller written by hand in the same application', () => {
  it('shares the authenticators through a guard', async () => {
    @Controller('me')
    @UseGuards(AuthenticationGuard)
    class HttpController {
      @Get()
      me(@Req() request: { user: unknown }) {
        return request.user;
      }
    }
    const { app: running } = await bootWith({
      kind: 'hybrid',
      controllers: [MeController, HttpController],
      options: { authentication: [TokenAuthentication.with({ tokens: { a: { id: 'billing' } } })] },
    });
    const http = running as INestApplication;
    await http.listen(0, '127.0.0.1');
    const ask = async (headers: Record<string, string>) => {
      const answer = await fetch(`${await http.getUrl()}/me`, { headers });
      return { status: answer.status, body: await answer.json() };
    };
    expect(await ask({ authorization: 'Token a' })).toEqual({ status: 200, body: { id: 'billing' } });
    expect(await ask({ authorization: 'Token b' })).toMatchObject({
      status: 401,
      body: { message: 'The token is not valid.' },
    });
    expect(await ask({})).toMatchObject({ status: 401 });
    expect(await userOf('Token a')).toEqual({ id: 'billing' });
  });

  it('cannot be left open by our permission guard', async () => {
    @Controller('open')
    @UseGuards(PermissionGuard)
    class OpenHttpController {
      @Get()
      open() {
        return 'open';
      }
    }
    const { app: running } = await bootWith({
      kind: 'hybrid',
      controllers: [MeController, OpenHttpController],
    });
    const http = running as INestApplication;
    await http.listen(0, '127.0.0.1');
    expect((await fetch(`${await http.getUrl()}/open`)).status).toBe(500);
  });
});

async function bootWith(parts: AppParts): Promise<TestApp> {
  app = await bootApp(parts);
  return app;
}
