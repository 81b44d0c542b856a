/** Health and reflection, asked as tools ask. */
import { once } from 'node:events';
import { Client, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { loadSync } from '@grpc/proto-loader';
import { protoPath as healthProto } from 'grpc-health-check';
import { AllowAny, GrpcAction, GrpcController } from 'nestjs-socio-grpc';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Customer, FOREIGN_DIR } from '../fixtures/external.js';
import { bootApp, type AppParts, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { reflectionProto } from '../support/reflection-proto.js';

@GrpcController({ permissions: [AllowAny], description: 'Says it again.' })
class EchoController {
  @GrpcAction({ request: { text: 'string' }, response: { text: 'string', data: 'google.protobuf.Struct' } })
  async echo({ text }: { text: string }) {
    return { text, data: {} };
  }
}

@GrpcController({ permissions: [AllowAny], package: 'other.v1' })
class OtherController {
  @GrpcAction({ response: { text: 'string' } })
  async other() {
    return { text: 'other' };
  }
}

const parts: AppParts = { controllers: [EchoController, OtherController] };
let app: TestApp;

// oxlint-disable-next-line typescript/no-explicit-any -- what proto-loader gives has no type of its own
type AnyClient = any;

function connect(service: string, loaded: ReturnType<typeof loadSync>): AnyClient {
  const found = service.split('.').reduce((at: AnyClient, name) => at[name], loadPackageDefinition(loaded));
  return new found(app.address, credentials.createInsecure()) as AnyClient;
}

const health = () => connect('grpc.health.v1.Health', loadSync(healthProto, { enums: String }));

function check(service: string): Promise<unknown> {
  const client = health();
  return new Promise((resolve) =>
    client.check({ service }, (error: { code: number } | null, answer: { status: string }) => {
      (client as Client).close();
      resolve(error?.code ?? answer.status);
    }),
  );
}

async function reflect(request: object): Promise<AnyClient> {
  const loaded = loadSync(reflectionProto('v1'), { defaults: true, oneofs: true, keepCase: true });
  const client = connect('grpc.reflection.v1.ServerReflection', loaded);
  const call = client.ServerReflectionInfo();
  const answer = once(call, 'data').catch((error: unknown) => [error]);
  call.write(request);
  const [first] = await answer;
  call.on('error', () => undefined);
  call.end();
  (client as Client).close();
  return first;
}

afterEach(async () => {
  vi.unstubAllEnvs();
  await app?.close();
});

describe('health', () => {
  it('is that of the server and of each service', async () => {
    app = await bootApp(parts);
    expect(await check('')).toBe('SERVING');
    expect(await check('test.EchoController')).toBe('SERVING');
    expect(await check('other.v1.OtherController')).toBe('SERVING');
    expect(await check('test.LostController')).toBe(5);
  });

  it('tells those who watch that the server stops', async () => {
    app = await bootApp({ ...parts, options: { shutdown: { grace: 500 } } });
    const client = health();
    const call = client.watch({ service: '' });
    call.on('error', () => undefined);
    const [first] = await once(call, 'data');
    const second = once(call, 'data');
    const closed = app.close();
    expect([first, (await second)[0]]).toEqual([{ status: 'SERVING' }, { status: 'NOT_SERVING' }]);
    await closed;
    client.close();
  });

  it('is not there when it is switched off', async () => {
    app = await bootApp({ ...parts, options: { health: false } });
    expect(await check('')).toBe(12);
  });
});

describe('reflection', () => {
  it('lists the services of all packages', async () => {
    app = await bootApp(parts);
    const { list_services_response: found } = await reflect({ list_services: '' });
    const names = found.service.map(({ name }: { name: string }) => name);
    expect(names.toSorted()).toEqual(['other.v1.OtherController', 'test.EchoController']);
  });

  it('gives the file of a service with its comments, and the files that it imports', async () => {
    app = await bootApp(parts);
    const { file_descriptor_response: found } = await reflect({
      file_containing_symbol: 'test.EchoController',
    });
    const files = found.file_descriptor_proto.map((bytes: Buffer) =>
      fromBinary(FileDescriptorProtoSchema, bytes),
    );
    const own = files.find(({ name }: { name: string }) => name === 'test/test.proto');
    expect(own.service[0].method.map(({ name }: { name: string }) => name)).toEqual(['Echo']);
    expect(own.sourceCodeInfo.location[0].leadingComments).toBe(' Says it again.\n');
    expect(files.map(({ name }: { name: string }) => name)).toContain('google/protobuf/struct.proto');
  });

  it('gives files of other people, and those that they import', async () => {
    @GrpcController({ permissions: [AllowAny] })
    class DeskController {
      @GrpcAction({ request: Customer })
      async put() {
        return undefined;
      }
    }
    app = await bootApp({
      controllers: [DeskController],
      options: { proto: { includeDirs: [FOREIGN_DIR] } },
    });
    const { file_descriptor_response: found } = await reflect({
      file_containing_symbol: 'acme.common.v1.Address.Line',
    });
    const files = found.file_descriptor_proto.map((bytes: Buffer) =>
      fromBinary(FileDescriptorProtoSchema, bytes),
    );
    const names = files.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'acme/common/v1/address.proto',
        'acme/common/v1/geo.proto',
        'google/protobuf/field_mask.proto',
        'google/type/money.proto',
      ]),
    );
    const { list_services_response: listed } = await reflect({ list_services: '' });
    expect(listed.service.map(({ name }: { name: string }) => name)).toEqual(['test.DeskController']);
  });

  it('is not there in production', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    app = await bootApp(parts);
    expect(await reflect({ list_services: '' })).toMatchObject({ code: 12 });
    expect(await check('')).toBe('SERVING');
  });
});

describe('options of both', () => {
  it('are true or false', async () => {
    expect(await problemsOf({ ...parts, options: { health: 'on' as never } })).toEqual([
      'SocioGrpcModule: health is "on". Expected one of: "true", "false".',
    ]);
  });
});
