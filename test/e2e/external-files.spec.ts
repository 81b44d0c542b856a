/** Files of other people: what boot says of them, what the ledger keeps, what tools and clients get. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  AllowAny,
  externalMessage,
  Field,
  GrpcAction,
  GrpcController,
  OneOf,
  ProtoSerializer,
  Serializer,
} from 'nestjs-socio-grpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nestClients } from '../../lib/cli/clients/nest.js';
import { typescriptClients } from '../../lib/cli/clients/typescript.js';
import type { ExternalType } from '../../lib/proto/external-message.js';
import type { FileDescriptor } from '../../lib/proto/descriptors.js';
import { Address, Customer, FOREIGN_DIR, Money } from '../fixtures/external.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { TypeScriptProject } from '../support/typescript-project.js';

/** An action that takes a message. */
function taking(request: ExternalType | Readonly<Record<string, unknown>>) {
  @GrpcController({ permissions: [AllowAny] })
  class DeskController {
    @GrpcAction({ request: request as never })
    async put() {
      return undefined;
    }
  }
  return DeskController;
}

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'socio-grpc-foreign-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return dir;
}

const proto3 = (text: string): string => `syntax = "proto3";\n${text}`;

describe('boot refuses', () => {
  const refused = async (
    name: string,
    file: string,
    files: Readonly<Record<string, string>> = {},
  ): Promise<readonly string[]> => {
    const dir = await folderOf(files);
    const problems = await problemsOf({
      controllers: [taking(externalMessage(name, { file }))],
      options: { proto: { dir, includeDirs: [join(dir, 'vendor')] } },
    });
    await rm(dir, { recursive: true });
    return problems.map((problem) => problem.replaceAll(/(\.\.\/)*\S*socio-grpc-foreign-\w+/g, 'DIR'));
  };
  const PLACE = 'DeskController.put: its request: ';
  const CURE =
    'Correct the path, or add the folder that it starts from to "proto.includeDirs" of SocioGrpcModule.forRoot().';

  it('a file that is not there', async () => {
    expect(await refused('a.B', 'a/b.proto')).toEqual([
      `${PLACE}"a/b.proto" is in none of DIR/vendor, DIR. ${CURE}`,
    ]);
  });

  it.each(['/a/b.proto', '../b.proto', 'a//b.proto', './b.proto', ''])('the path "%s"', async (path) => {
    expect(await refused('a.B', path)).toEqual([
      `${PLACE}"${path}" is no path of an import. Expected one such as "google/type/money.proto".`,
    ]);
  });

  it('a message that the file does not declare, with those that it does', async () => {
    const files = {
      'a/b.proto': proto3('package a; message B { message C {} } message D {} enum E { F = 0; }'),
    };
    expect(await refused('a.Bee', 'a/b.proto', files)).toEqual([
      `${PLACE}"a/b.proto" declares no message "a.Bee". Its messages are: a.B, a.B.C, a.D.`,
    ]);
    expect(await refused('a.E', 'a/b.proto', files)).toEqual([
      `${PLACE}"a.E" is an enum. Expected a message.`,
    ]);
  });

  it('files that import each other', async () => {
    const files = {
      'a.proto': proto3('import "b.proto"; message A {}'),
      'b.proto': proto3('import "c.proto";'),
      'c.proto': proto3('import "a.proto";'),
    };
    expect(await refused('A', 'a.proto', files)).toEqual([
      `${PLACE}a.proto -> b.proto -> c.proto -> a.proto: these files import each other, which protobuf forbids.`,
    ]);
  });

  it('what cannot be read, naming the line', async () => {
    expect(await refused('A', 'a.proto', { 'a.proto': proto3('message A {\n  string a = ;\n}') })).toEqual([
      expect.stringMatching(/its request: a\.proto, line 3: illegal id ';'\./),
    ]);
  });

  it('a file without a package', async () => {
    expect(await refused('A', 'a.proto', { 'a.proto': proto3('message A {}') })).toEqual([
      `${PLACE}"a.proto" has no package, so its messages would be taken for those of other files.`,
    ]);
  });

  it('another syntax than proto3', async () => {
    expect(
      await refused('a.A', 'a.proto', {
        'a.proto': 'syntax = "proto2"; package a; message A { required int32 a = 1; }',
      }),
    ).toEqual([`${PLACE}"a.proto" is no proto3 file, and messages of others cannot be used.`]);
  });

  it('a type that nothing declares, with the imports that are missing', async () => {
    const text = proto3('package a; import "a/b.proto"; import "a/c.proto"; message A { B b = 1; C c = 2; }');
    const files = { 'a/a.proto': text, 'vendor/a/c.proto': proto3('package a; message C {}') };
    expect(await refused('a.A', 'a/a.proto', files)).toEqual([
      `${PLACE}"a/a.proto": "a.A" uses "B", which neither the file nor what it imports declares. ` +
        `In none of DIR/vendor, DIR: "a/b.proto". ${CURE}`,
    ]);
  });

  it('a file that the application writes itself', async () => {
    const text = proto3('package test; message Own {}');
    expect(await refused('test.Own', 'test/test.proto', { 'test/test.proto': text })).toEqual([
      '"test/test.proto": is the file of the package "test", which this application writes, so neither an externalMessage() ' +
        'nor a file that one comes from can need it. Use the serializer of the message.',
    ]);
  });

  it('what no message can be: many as a request, an alternative that is a list, a map by bytes', async () => {
    @Serializer()
    class WrongSerializer extends ProtoSerializer {
      @OneOf({ many: Money.list as never }) one!: unknown;
      @Field({ type: Money.mapBy('bytes' as never) }) map!: unknown;
      @Field({ type: externalMessage('a.B', { file: 'a/b.proto' }) }) lost!: unknown;
    }
    @GrpcController({ permissions: [AllowAny] })
    class WrongController {
      @GrpcAction({ request: Money.list as never })
      async many() {
        return undefined;
      }

      @GrpcAction({ request: { a: { type: Money.list, cardinality: 'repeated' } } as never })
      async twice() {
        return undefined;
      }

      @GrpcAction({ request: { to: { oneof: { list: Money.list } } } as never })
      async union() {
        return undefined;
      }

      @GrpcAction({ request: WrongSerializer })
      async nested() {
        return undefined;
      }
    }
    const problems = await problemsOf({
      controllers: [WrongController],
      options: { proto: { includeDirs: [FOREIGN_DIR] } },
    });
    expect(problems).toEqual(
      expect.arrayContaining([
        'WrongController.many: its request is many messages of google.type.Money. Expected one, or fields that hold them.',
        expect.stringMatching(
          /^WrongController\.twice: field "a" has type "google\.type\.Money" and is "repeated"\./,
        ),
        'WrongController.union: oneof "to": field "list" is a list, a map or optional. Members are one value.',
        'WrongSerializer.one.many: is "a list of google.type.Money", but members of a oneof are one value, neither list nor map nor optional.',
        expect.stringMatching(/^WrongSerializer\.map: "bytes" cannot be the key of a map/),
        expect.stringMatching(/^WrongSerializer\.lost: "a\/b\.proto" is in none of/),
      ]),
    );
  });

  it('folders that are none', async () => {
    const includeDirs = 'vendor' as unknown as string[];
    expect(await problemsOf({ controllers: [], options: { proto: { includeDirs } } })).toEqual([
      'SocioGrpcModule: proto.includeDirs is "vendor". Expected a list of folders.',
    ]);
  });
});

describe('the committed file', () => {
  const options = (dir: string, mode: 'write' | 'check' = 'write') => ({
    proto: { dir, mode, includeDirs: [FOREIGN_DIR] },
  });

  it('agrees with the code, and loses imports with what they were for, wherever these stand', async () => {
    const dir = await folderOf({});
    const path = join(dir, 'test/test.proto');
    const all = taking({ a: Address, c: Customer, m: Money.mapBy('string') });
    await (await bootApp({ controllers: [all], options: options(dir) })).close();
    await (await bootApp({ controllers: [all], options: options(dir, 'check') })).close();
    const byHand = (await readFile(path, 'utf8')).replace(
      'import "google/type',
      'import "acme/options.proto";\n$&',
    );
    await writeFile(path, byHand);
    await (await bootApp({ controllers: [all], options: options(dir, 'check') })).close();
    await (await bootApp({ controllers: [taking({ m: Money })], options: options(dir) })).close();
    const text = await readFile(path, 'utf8');
    expect(text.match(/^import .*$/gm)).toEqual([
      'import "acme/options.proto";',
      'import "google/protobuf/empty.proto";',
      'import "google/type/money.proto";',
    ]);
    await rm(dir, { recursive: true });
  });

  it('keeps the imports of services that are not running', async () => {
    const dir = await folderOf({});
    @GrpcController({ permissions: [AllowAny] })
    class OtherController {
      @GrpcAction({ request: Customer })
      async other() {
        return undefined;
      }
    }
    await (await bootApp({ controllers: [taking(Money), OtherController], options: options(dir) })).close();
    await (await bootApp({ controllers: [taking(Money)], options: options(dir, 'check') })).close();
    expect(await readFile(join(dir, 'test/test.proto'), 'utf8')).toContain('import "legacy/customer.proto";');
    await rm(dir, { recursive: true });
  });

  it('finds them beside itself', async () => {
    const dir = await folderOf({});
    await cp(FOREIGN_DIR, dir, { recursive: true });
    const app = await bootApp({ controllers: [taking(Customer)], options: { proto: { dir } } });
    await app.close();
    await rm(dir, { recursive: true });
  });

  it('has a dot in front of names that would be taken for others', async () => {
    const dir = await folderOf({ 'common/money.proto': proto3('package common; message Money {}') });
    const Common = externalMessage('common.Money', { file: 'common/money.proto' });
    const app = await bootApp({
      controllers: [taking({ a: Address, b: Common })],
      options: { package: 'acme.shop', proto: { includeDirs: [FOREIGN_DIR, dir] } },
    });
    expect(await readFile(app.protoFile, 'utf8')).toMatch(/ \.common\.Money b = 2;/);
    await app.close();
    await rm(dir, { recursive: true });
  });
});

const USE_NEST = `
import { ClientProxyFactory, type ClientGrpc } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { shopV1Client, type DeskControllerClient } from './shop/v1/shop.client.js';

const [url = '', ...protoDirs] = process.argv.slice(2);
const client = ClientProxyFactory.create(shopV1Client({ url, protoDirs })) as unknown as ClientGrpc & { close(): void };
const desk = client.getService<DeskControllerClient>('DeskController');
const answer = await firstValueFrom(
  desk.echo({
    address: { kind: 'KIND_HOME', fees: { a: { currencyCode: 'EUR', units: '5', nanos: 1 } }, point: { lat: 1, lng: 2, precision: 'PRECISION_ROUGH' } },
    money: { currencyCode: 'EUR', units: 3, nanos: 0 },
  } as never),
);
const units: string | undefined = answer.money?.units;
const kind: 'KIND_UNSPECIFIED' | 'KIND_HOME' | 'KIND_WORK' | number | undefined = answer.address?.kind;
console.log(JSON.stringify({ units, kind, precision: answer.address?.point?.precision, fee: answer.address?.fees['a'] }));
client.close();
`;

const USE_TS = `
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { Address_Kind } from './acme/common/v1/address_pb.js';
import { DeskController } from './shop/v1/shop_pb.js';

const [baseUrl = ''] = process.argv.slice(2);
const desk = createClient(DeskController, createGrpcTransport({ baseUrl }));
const answer = await desk.echo({
  address: {
    kind: Address_Kind.HOME,
    fees: { a: { currencyCode: 'EUR', units: 5n } },
    contact: { case: 'badge', value: new Uint8Array([1]) },
    mask: { paths: ['a'] },
  },
  money: { units: -9223372036854775808n },
});
const units: bigint | undefined = answer.money?.units;
const { contact } = answer.address ?? {};
console.log(JSON.stringify({ units: String(units), kind: answer.address?.kind, fee: String(answer.address?.fees['a']?.units), badge: contact?.case === 'badge' ? [...contact.value] : null, mask: answer.address?.mask?.paths }));
process.exit(0);
`;

describe('generated clients', () => {
  @GrpcController({ permissions: [AllowAny] })
  class DeskController {
    @GrpcAction({
      request: { address: Address, money: Money },
      response: { address: Address, money: Money, who: Customer },
    })
    async echo({ address, money }: { address?: Address; money?: Money }) {
      return { address, money };
    }
  }

  let app: TestApp;
  let files: readonly FileDescriptor[];
  let own: readonly FileDescriptor[];

  beforeAll(async () => {
    app = await bootApp({
      controllers: [DeskController],
      options: { package: 'shop.v1', proto: { includeDirs: [FOREIGN_DIR] } },
    });
    const contract = await app.server.compile();
    own = contract.files;
    files = [...own, ...contract.foreign];
  });

  afterAll(() => app.close());

  it('by protoc-gen-es come with the files that they import, and call', { timeout: 60_000 }, async () => {
    const sources = Object.fromEntries(
      (await typescriptClients(files, own)).map(({ path, text }) => [path, text]),
    );
    expect(Object.keys(sources).toSorted()).toEqual([
      'acme/common/v1/address_pb.ts',
      'acme/common/v1/geo_pb.ts',
      'google/type/money_pb.ts',
      'legacy/customer_pb.ts',
      'shop/v1/shop_pb.ts',
    ]);
    expect(sources['acme/common/v1/address_pb.ts']).toContain('* Where somebody lives.');
    const project = await TypeScriptProject.create({ ...sources, 'use.ts': USE_TS });
    expect(project.compile('use.ts')).toEqual([]);
    expect(JSON.parse(await project.run('use.js', `http://${app.address}`))).toEqual({
      units: '-9223372036854775808',
      kind: 1,
      fee: '5',
      badge: [1],
      mask: ['a'],
    });
    await project.remove();
  });

  it('for Nest come with their types, and tell the truth', { timeout: 60_000 }, async () => {
    const sources = Object.fromEntries(nestClients(files, own).map(({ path, text }) => [path, text]));
    expect(Object.keys(sources).toSorted()).toEqual([
      'acme/common/v1/address.client.ts',
      'acme/common/v1/geo.client.ts',
      'google/protobuf.ts',
      'google/type/money.client.ts',
      'legacy/customer.client.ts',
      'shop/v1/shop.client.ts',
    ]);
    expect(sources['acme/common/v1/address.client.ts']).toContain('/** Where somebody lives. */');
    const project = await TypeScriptProject.create({ ...sources, 'use.ts': USE_NEST });
    expect(project.compile('use.ts')).toEqual([]);
    expect(JSON.parse(await project.run('use.js', app.address, app.protoDir, FOREIGN_DIR))).toEqual({
      units: '3',
      kind: 'KIND_HOME',
      precision: 'PRECISION_ROUGH',
      fee: { currencyCode: 'EUR', units: '5', nanos: 1 },
    });
    await project.remove();
  });
});
