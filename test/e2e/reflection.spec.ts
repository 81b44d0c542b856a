/** Reflection comes into being with the first call: until then nobody pays for it. */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Client, credentials, loadPackageDefinition, type ClientDuplexStream } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { AllowAny, GrpcAction, GrpcController } from 'nestjs-socio-grpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { reflectionProto } from '../support/reflection-proto.js';

@GrpcController({ permissions: [AllowAny] })
class EchoController {
  @GrpcAction({ request: { text: 'string' }, response: { text: 'string' } })
  async echo(request: { text: string }) {
    return request;
  }
}

interface Answer {
  readonly list_services_response: { readonly service: readonly { readonly name: string }[] } | null;
  readonly error_response: { readonly error_code: number } | null;
}

const { cache, resolve } = createRequire(import.meta.url);
let app: TestApp;

beforeAll(async () => {
  app = await bootApp({ controllers: [EchoController] });
});

afterAll(() => app.close());

/** The answers to requests that come in one call, and how the call ends. */
async function reflect(version: 'v1' | 'v1alpha', requests: readonly object[]): Promise<Answer[]> {
  const loaded = loadSync(reflectionProto(version), { defaults: true, oneofs: true, keepCase: true });
  // oxlint-disable-next-line typescript/no-explicit-any -- what proto-loader gives has no type of its own
  const service = (loadPackageDefinition(loaded) as any).grpc.reflection[version].ServerReflection;
  const client = new service(app.address, credentials.createInsecure());
  const call = client.ServerReflectionInfo() as ClientDuplexStream<object, Answer>;
  for (const request of requests) call.write(request);
  call.end();
  try {
    return await call.toArray();
  } finally {
    (client as Client).close();
  }
}

const names = (answer: Answer | undefined) => answer?.list_services_response?.service.map(({ name }) => name);

describe('reflection', () => {
  it('is loaded by the first call, and calls that come meanwhile wait for it', async () => {
    const file = resolve('@grpc/reflection');
    expect(cache[file]).toBeUndefined();
    const answers = await Promise.all([
      reflect('v1', [{ list_services: '' }]),
      reflect('v1alpha', [{ list_services: '' }]),
      reflect('v1', [{ list_services: '' }]),
    ]);
    expect(answers.map(([only]) => names(only)?.join())).toEqual(Array(3).fill('test.EchoController'));
    expect(cache[file]).toBeDefined();
  });

  it('answers each request of a call, in order, and ends with it', async () => {
    const [first, second, third, ...others] = await reflect('v1', [
      { list_services: '' },
      { file_containing_symbol: 'test.Lost' },
      { list_services: '' },
    ]);
    expect([names(first), second?.error_response?.error_code, names(third)]).toEqual([
      ['test.EchoController'],
      5,
      ['test.EchoController'],
    ]);
    expect(others).toEqual([]);
  });

  it('refuses bytes that are no request', async () => {
    const client = new Client(app.address, credentials.createInsecure());
    const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    const call = client.makeBidiStreamRequest(
      path,
      (bytes: Buffer) => bytes,
      (bytes) => bytes,
    );
    const failed = once(call, 'error').catch((error: unknown) => [error]);
    call.write(Buffer.from([0x0a, 0xff]));
    expect((await failed)[0]).toMatchObject({ code: 13, details: 'the bytes of the request are no message' });
    client.close();
  });
});
