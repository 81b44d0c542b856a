/** What generated Nest clients hand on with a call: their types take it exactly where Nest and grpc-js do. */
import { AllowAny, GrpcAction, GrpcController, type GrpcContext } from 'nestjs-socio-grpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nestClients } from '../../lib/cli/clients/nest.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { TypeScriptProject } from '../support/typescript-project.js';

@GrpcController({ permissions: [AllowAny] })
class CallController {
  /** Ends only with its caller. */
  @GrpcAction({ request: {}, response: {}, responseName: 'Metadata' })
  async wait(_request: object, ctx: GrpcContext) {
    return ended(ctx);
  }

  @GrpcAction({ response: { n: 'int32' }, responseStream: true })
  async *listen(_request: object, ctx: GrpcContext) {
    yield { n: 1 };
    await ended(ctx);
  }

  @GrpcAction({ request: { part: 'string' }, requestStream: true, response: { trace: 'string' } })
  async swallow(parts: AsyncIterable<{ part: string }>, ctx: GrpcContext) {
    for await (const _ of parts);
    return { trace: String(ctx.metadata.get('trace')[0]) };
  }

  @GrpcAction({
    request: { part: 'string' },
    requestStream: true,
    response: { part: 'string' },
    responseStream: true,
  })
  async *talk(parts: AsyncIterable<{ part: string }>, ctx: GrpcContext) {
    yield { part: String(ctx.metadata.get('trace')[0]) };
    yield* parts;
  }

  @GrpcAction({ response: { trace: 'string', left: 'int32' } })
  async tell(_request: object, ctx: GrpcContext) {
    const left = ctx.deadline ? ctx.deadline.getTime() - Date.now() : -1;
    return { trace: String(ctx.metadata.get('trace')[0]), left };
  }
}

function ended({ signal }: GrpcContext): Promise<object> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve({})));
}

const CALLS = `
import { Metadata } from '@grpc/grpc-js';
import { ClientProxyFactory, type ClientGrpc } from '@nestjs/microservices';
import { firstValueFrom, lastValueFrom, NEVER, of, toArray, type Observable } from 'rxjs';
import { deskV1Client, type CallControllerClient } from './desk/v1/desk.client.js';

const [url = '', ...protoDirs] = process.argv.slice(2);
const client = ClientProxyFactory.create(deskV1Client({ url, protoDirs })) as unknown as ClientGrpc & { close(): void };
const calls = client.getService<CallControllerClient>('CallController');
const soon = () => ({ deadline: Date.now() + 300 });
const metadata = new Metadata();
metadata.set('trace', 'abc');
const codeOf = (call: Observable<unknown>): Promise<number> =>
  lastValueFrom(call).then(() => 0, (error: { code: number }) => error.code);
const both = await firstValueFrom(calls.tell({}, metadata, { deadline: Date.now() + 5000 }));
console.log(
  JSON.stringify({
    plain: (await firstValueFrom(calls.tell({}))).trace,
    withMetadata: (await firstValueFrom(calls.tell({}, metadata))).trace,
    both: [both.trace, both.left > 3000 && both.left <= 5000],
    unary: await codeOf(calls.wait({}, soon())),
    unaryWithBoth: await codeOf(calls.wait({}, metadata, soon())),
    stream: await codeOf(calls.listen({}, soon())),
    streamWithBoth: await codeOf(calls.listen({}, metadata, soon())),
    requests: await codeOf(calls.swallow(NEVER, soon())),
    requestsWithMetadata: (await firstValueFrom(calls.swallow(of({ part: 'a' }), metadata))).trace,
    talk: await codeOf(calls.talk(NEVER, soon())),
    talkWithMetadata: await lastValueFrom(calls.talk(of({ part: 'b' }), metadata).pipe(toArray())),
  }),
);
client.close();
`;

const WRONG_CALLS = `
import type { CallOptions, Metadata } from '@grpc/grpc-js';
import { of } from 'rxjs';
import type { CallControllerClient } from './desk/v1/desk.client.js';
export function wrong(calls: CallControllerClient, metadata: Metadata, options: CallOptions): void {
  calls.tell({}, undefined);
  calls.tell({}, undefined, options);
  calls.tell({}, metadata, undefined);
  calls.swallow(of(), metadata, options);
}
`;

let app: TestApp;

beforeAll(async () => {
  app = await bootApp({ controllers: [CallController], options: { package: 'desk.v1' } });
});

afterAll(() => app.close());

describe('a Nest client', () => {
  it('hands deadlines and metadata on wherever its types take them', { timeout: 60_000 }, async () => {
    const { files } = await app.server.compile();
    const sources = Object.fromEntries(nestClients(files, files).map(({ path, text }) => [path, text]));
    const project = await TypeScriptProject.create({
      ...sources,
      'calls.ts': CALLS,
      'wrong-calls.ts': WRONG_CALLS,
    });
    expect(project.compile('calls.ts')).toEqual([]);
    expect(JSON.parse(await project.run('calls.js', app.address, app.protoDir))).toEqual({
      plain: 'undefined',
      withMetadata: 'abc',
      both: ['abc', true],
      unary: 4,
      unaryWithBoth: 4,
      stream: 4,
      streamWithBoth: 4,
      requests: 4,
      requestsWithMetadata: 'abc',
      talk: 4,
      talkWithMetadata: [{ part: 'abc' }, { part: 'b' }],
    });
    expect(project.compile('wrong-calls.ts').map((line) => line.split(' ')[0])).toEqual(
      [6, 7, 8, 9].map((line) => `wrong-calls.ts:${line}`),
    );
    await project.remove();
  });
});
