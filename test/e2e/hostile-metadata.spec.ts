/** Metadata that a caller made up: nothing of it passes for what a gateway set, and nothing breaks the connection. */
import { connect, constants, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';
import { logVerbosity, Metadata, setLogVerbosity } from '@grpc/grpc-js';
import {
  AllowAny,
  GrpcAction,
  GrpcController,
  localeMiddleware,
  type GrpcContext,
  type SocioGrpcOptions,
} from 'nestjs-socio-grpc';
import { afterEach, describe, expect, it } from 'vitest';
import { CATALOG, CATALOG_CONTROLLERS } from '../fixtures/catalog.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase } from '../support/databases.js';

@GrpcController({ permissions: [AllowAny] })
class HeaderController {
  @GrpcAction({ response: { authorization: 'string', user: 'string', all: 'string' } })
  async show(_request: object, ctx: GrpcContext) {
    return {
      authorization: ctx.headers.get('Authorization') ?? '',
      user: ctx.headers.get('x-user-id') ?? '',
      all: JSON.stringify([...ctx.headers]),
    };
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

async function boot(options: SocioGrpcOptions = {}): Promise<ProtoClient> {
  app = await bootApp({ controllers: [HeaderController], options });
  client = await connectClient(app);
  return client;
}

describe('what a gateway set', () => {
  const GATEWAY = { authorization: 'Bearer of-gateway', 'x-user-id': '7' };
  const inside = {
    authorization: 'Bearer of-caller',
    Authorization: 'Bearer of-caller',
    AUTHORIZATION: 'Bearer of-caller',
    HTTP_AUTHORIZATION: 'Bearer of-caller',
    'x-user-id': '1',
    'X-User-Id': '1',
    x_user_id: '1',
    X_USER_ID: '1',
    HTTP_X_USER_ID: '1',
  };
  const ATTEMPTS: Record<string, string | Buffer> = {
    headers: JSON.stringify(inside),
    filters: JSON.stringify({ headers: inside, ...inside }),
    pagination: JSON.stringify({ headers: inside, ...inside }),
    meta: JSON.stringify(inside),
    'grpc-metadata-x-user-id': '1',
    'grpc-metadata-authorization': 'Bearer of-caller',
    http_x_user_id: '1',
    'http-x-user-id': '1',
    x_user_id: '1',
    'x-user-id-bin': Buffer.from('1'),
    'authorization-bin': Buffer.from('Bearer of-caller'),
    'headers-bin': Buffer.from(JSON.stringify(inside)),
    'proxy-authorization': 'Bearer of-caller',
    cookie: 'authorization=of-caller',
  };
  const WAYS: Record<string, SocioGrpcOptions> = {
    'by default': {},
    'with the headers key on': { metadataKeys: { headers: 'headers' } },
    'with parameters in metadata': {
      filterBehavior: 'metadata-and-request',
      paginationBehavior: 'metadata-and-request',
    },
  };

  it.each(Object.keys(WAYS))('is not overridden through any key, %s', async (way) => {
    const caller = await boot(WAYS[way]);
    const everything = { ...GATEWAY, ...ATTEMPTS };
    const singles = Object.entries(ATTEMPTS).map(([key, value]) =>
      Object.assign({}, GATEWAY, { [key]: value }),
    );
    for (const attempt of [...singles, everything]) {
      const metadata = new Metadata();
      for (const [key, value] of Object.entries(attempt)) metadata.set(key, value);
      const { message } = await caller.call('HeaderController/Show', {}, { metadata });
      expect(message).toMatchObject({ authorization: GATEWAY.authorization, user: '7' });
    }
  });

  it('is not hidden by a second one either: both are seen', async () => {
    const caller = await boot();
    const metadata = new Metadata();
    metadata.add('x-user-id', '7');
    metadata.add('X-User-Id', '1');
    const { message } = await caller.call('HeaderController/Show', {}, { metadata });
    expect(message.user).toBe('7, 1');
  });

  it('in bytes is no header, nor is what the JSON calls so', async () => {
    const caller = await boot({ metadataKeys: { headers: 'headers' } });
    const metadata = new Metadata();
    metadata.set('x-token-bin', Buffer.from([1, 2]));
    metadata.set('headers', JSON.stringify({ 'x-token-bin': 'of-caller', 'X-Other': 'fine' }));
    const { message } = await caller.call('HeaderController/Show', {}, { metadata });
    const names = (JSON.parse(message.all) as [string, string][]).map(([name]) => name);
    expect(names).toContain('x-other');
    expect(names).not.toContain('x-token-bin');
  });
});

describe('a client that is no gRPC client', () => {
  const EMPTY = Buffer.from([0, 0, 0, 0, 0]);

  interface Ended {
    readonly status: string | undefined;
    readonly message: string;
    readonly reset: number;
  }

  function request(session: ClientHttp2Session, path: string, headers: OutgoingHttpHeaders): Promise<Ended> {
    return new Promise((resolve) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      });
      let status: string | undefined;
      let message = '';
      const read = (received: OutgoingHttpHeaders): void => {
        if (received['grpc-status'] !== undefined) status = String(received['grpc-status']);
        if (received['grpc-message'] !== undefined)
          message = decodeURIComponent(String(received['grpc-message']));
      };
      stream.on('response', read);
      stream.on('trailers', read);
      stream.on('data', () => undefined);
      stream.on('error', () => undefined);
      stream.on('close', () => resolve({ status, message, reset: stream.rstCode ?? 0 }));
      stream.end(EMPTY);
    });
  }

  it('is answered clearly, and the connection works on', async () => {
    app = await bootApp({
      database: await createDatabase('sqlite'),
      entities: CATALOG,
      controllers: [HeaderController, ...CATALOG_CONTROLLERS],
      options: {
        filterBehavior: 'metadata-and-request',
        metadataKeys: { headers: 'headers' },
        middleware: [localeMiddleware({ supported: ['en', 'de'] })],
      },
    });
    // It would print what it leaves out.
    setLogVerbosity(logVerbosity.NONE);
    const session = connect(`http://${app.address}`);
    const show = '/test.HeaderController/Show';
    const list = '/test.PoemController/List';
    const latin = Buffer.from('{"x": "\u00e9\u00ff"}', 'latin1').toString('latin1');
    const cases: [string, OutgoingHttpHeaders, string, RegExp][] = [
      [show, {}, '0', /^/],
      // grpc-js leaves out what is no printable ASCII, as gRPC asks.
      [show, { 'x-any': '\u00e9\u00ff' }, '0', /^/],
      [show, { headers: latin }, '0', /^/],
      [show, { headers: '\u00ff' }, '0', /^/],
      [show, { headers: '{"a":' }, '3', /^metadata "headers": .* it is no JSON/],
      [show, { headers: `{"a": ${'['.repeat(3000)}${']'.repeat(3000)}}` }, '3', /nested deeper than 100/],
      [list, { filters: '{"title": "' }, '3', /^metadata "filters": .* it is no JSON/],
      [list, { filters: '{"__proto__": {"title": "x"}}' }, '3', /__proto__/],
      // Twice under one key: Node joins them, which is no JSON.
      [list, { filters: ['{"titel": 1}', '{"title": "x"}'] }, '3', /^metadata "filters": .* it is no JSON/],
      [show, { headers: ['{}', '{"x-user-id": "5"}'] }, '3', /^metadata "headers": .* it is no JSON/],
      [show, { 'accept-language': '\u00ff;q=x,,;;=' }, '0', /^/],
      [
        show,
        { 'x-large': 'x'.repeat(20_000) },
        '8',
        /^metadata of \d+ bytes is larger than limits\.metadata/,
      ],
      [
        show,
        Object.fromEntries(Array.from({ length: 110 }, (_each, n) => [`x-key-${n}`, 'v'.repeat(150)])),
        '8',
        /limits\.metadata, 16384/,
      ],
      [show, { 'grpc-timeout': 'never' }, '13', /^/],
    ];
    for (const [path, headers, status, message] of cases) {
      const ended = await request(session, path, headers);
      expect(`${JSON.stringify(headers).slice(0, 60)} ${ended.status}`).toBe(
        `${JSON.stringify(headers).slice(0, 60)} ${status}`,
      );
      expect(ended.message).toMatch(message);
    }
    // Node's HTTP/2 refuses more than 128 headers before anybody sees them.
    const thousand = Object.fromEntries(Array.from({ length: 1000 }, (_each, n) => [`x-key-${n}`, 'v']));
    expect(await request(session, show, thousand)).toMatchObject({
      status: undefined,
      reset: constants.NGHTTP2_ENHANCE_YOUR_CALM,
    });
    expect((await request(session, show, {})).status).toBe('0');
    session.close();
    setLogVerbosity(logVerbosity.ERROR);
  });
});
