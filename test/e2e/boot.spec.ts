import { mkdtemp, readFile, rm, stat, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  AllowAny,
  Field,
  GenericController,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ListAction,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  ReadOnlyController,
  withActions,
} from 'nestjs-socio-grpc';
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Inject, Injectable, Scope } from '@nestjs/common';
import { resolveOptions } from '../../lib/options.js';
import { UserController } from '../../sample/01-quickstart/src/controllers.js';
import { Post, User } from '../../sample/01-quickstart/src/models.js';
import { Row, RowController, RowSerializer } from '../fixtures/rows.js';
import { SHELF, SHELF_CONTROLLERS } from '../fixtures/shelf.js';
import { bootApp, type AppParts } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { bufBuild } from '../support/buf.js';
import { createDatabase } from '../support/databases.js';

const SAMPLE_PROTO = fileURLToPath(
  new URL('../../sample/01-quickstart/proto/quickstart/quickstart.proto', import.meta.url),
);

async function boot(parts: Omit<AppParts, 'database'>) {
  return bootApp({ ...parts, database: await createDatabase('sqlite') });
}

describe('boot problems', () => {
  it('are request-scoped classes in options, and classes that cannot be made', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Provided extends AllowAny {}
    @Injectable({ scope: Scope.REQUEST })
    class Unprovided extends AllowAny {}
    @Injectable()
    class NeedsScoped extends AllowAny {
      constructor(readonly provided: Provided) {
        super();
      }
    }
    @Injectable()
    class NeedsNobody extends AllowAny {
      constructor(@Inject('nobody') readonly nobody: unknown) {
        super();
      }
    }
    @GrpcController({ service: 'First', serializer: RowSerializer, permissions: [Provided] })
    class FirstController extends ReadOnlyController<Row> {}
    @GrpcController({ service: 'Second', serializer: RowSerializer, permissions: [Unprovided] })
    class SecondController extends ReadOnlyController<Row> {}
    @GrpcController({ service: 'Third', serializer: RowSerializer, permissions: [NeedsScoped] })
    class ThirdController extends ReadOnlyController<Row> {}
    @GrpcController({ service: 'Fourth', serializer: RowSerializer, permissions: [NeedsNobody] })
    class FourthController extends ReadOnlyController<Row> {}

    const cure =
      'is request-scoped, but one instance serves all calls. ' +
      'Make it a singleton; what belongs to a call comes as its GrpcContext.';
    const problems = await problemsOf({
      entities: [Row],
      controllers: [FirstController, SecondController, ThirdController, FourthController],
      providers: [Provided],
    });
    expect(problems).toHaveLength(4);
    expect(problems.slice(0, 2)).toEqual([
      `FirstController: Provided ${cure}`,
      `SecondController: Unprovided ${cure}`,
    ]);
    expect(problems[2]).toMatch(/^ThirdController: cannot make NeedsScoped\. .*request-scoped/);
    expect(problems[3]).toMatch(/^FourthController: cannot make NeedsNobody\. .*nobody/);
  });

  it('are collected and name place and cure', async () => {
    @Entity()
    class Thing {
      @PrimaryGeneratedColumn() id!: number;
      @Column() name!: string;
    }
    @Entity()
    class Stranger {
      @PrimaryGeneratedColumn() id!: number;
    }
    // As JavaScript would: the compiler refuses such names.
    const wrong = { model: Thing, fields: ['id', 'nmae'] } as unknown as { model: typeof Thing };
    @ModelSerializer(wrong)
    class WrongSerializer extends ProtoSerializer<Thing> {}
    @ModelSerializer({ model: Stranger })
    class StrangerSerializer extends ProtoSerializer<Stranger> {}
    class Forgotten extends ProtoSerializer<Thing> {}
    @ModelSerializer({ model: Thing, fields: ['id', 'name', 'title'] })
    class ClashSerializer extends ProtoSerializer<Thing> {
      @Field({ source: 'name', name: 'name' }) title!: string;
    }
    @ModelSerializer({ model: Thing, fields: ['id', 'name'] })
    class OddSerializer extends ProtoSerializer<Thing> {
      @Field({ type: 'strnig' }) name!: string;
    }
    @ModelSerializer({ model: Thing, fields: ['id', 'name'] })
    class LostSerializer extends ProtoSerializer<Thing> {
      @Nested(() => OddSerializer) name!: string;
    }

    @GrpcController({ serializer: WrongSerializer, permissions: [AllowAny] })
    class WrongController extends ReadOnlyController<Thing> {}
    @GrpcController({ serializer: StrangerSerializer, permissions: [AllowAny] })
    class StrangerController extends withActions(GenericController, ListAction)<Stranger> {}
    @GrpcController({ serializer: Forgotten, permissions: [AllowAny] })
    class ForgottenController extends withActions(GenericController, ListAction)<Thing> {}
    @GrpcController({ permissions: [AllowAny] })
    class BareController extends withActions(GenericController, ListAction)<Thing> {}
    @GrpcController({ serializer: ClashSerializer, permissions: [AllowAny] })
    class ClashController extends withActions(GenericController, ListAction)<Thing> {}
    @GrpcController({ serializer: OddSerializer, permissions: [AllowAny] })
    class OddController extends withActions(GenericController, ListAction)<Thing> {}
    @GrpcController({ serializer: LostSerializer, permissions: [AllowAny] })
    class LostController extends withActions(GenericController, ListAction)<Thing> {}
    @GrpcController({ service: 'Odd', permissions: [AllowAny] })
    class TwinController {
      @GrpcAction({ request: { text: 'text' } })
      async twin(): Promise<object> {
        return {};
      }
      @GrpcAction({ name: 'Twin' })
      async other(): Promise<object> {
        return {};
      }
    }

    expect(
      await problemsOf({
        entities: [Thing],
        controllers: [
          WrongController,
          StrangerController,
          ForgottenController,
          BareController,
          ClashController,
          OddController,
          LostController,
          TwinController,
        ],
      }),
    ).toEqual([
      'WrongSerializer.nmae: model "Thing" has no column or relation "nmae". Correct the name, or declare it with @Field().',
      'StrangerSerializer: model "Stranger" is in no data source. Add it to "entities" of TypeOrmModule.forRoot().',
      'Forgotten: is no serializer yet. Put @ModelSerializer() or @Serializer() on the class.',
      'BareController.list: no serializer. Set "serializer" in @GrpcController() or override getSerializer().',
      'ClashSerializer: "name" and "title" both become field "name". Rename one: @Field({ name: \'...\' }).',
      "OddSerializer.name: type \"strnig\" is unknown. Expected a proto type such as 'string' or 'repeated int64'.",
      'LostSerializer.name: model "Thing" has no relation "name". Correct "source".',
      'TwinController.twin: field "text" has type "text". Expected a proto type such as \'string\' or \'repeated int64\', a serializer, an enum, or an externalMessage().',
      'TwinController.other: rpc "Twin" is already "twin". Rename one: @GrpcAction({ name: \'...\' }).',
      'service "OddController": OddController and TwinController both want this name. Set "service" in one @GrpcController().',
    ]);
  });

  it('refuse two messages with one name and different fields', async () => {
    @ModelSerializer({ model: Row, fields: ['id'] })
    class RowSerializer extends ProtoSerializer<Row> {}
    @GrpcController({ serializer: RowSerializer, service: 'Other', permissions: [AllowAny] })
    class OtherController extends withActions(GenericController, ListAction)<Row> {}
    expect(await problemsOf({ entities: [Row], controllers: [RowController, OtherController] })).toEqual([
      'message "RowResponse": RowSerializer and RowSerializer both want this name for different fields. Rename one of them.',
    ]);
  });

  it('refuse a serializer that nests itself, directly or through another', async () => {
    @Entity()
    class Knot {
      @PrimaryGeneratedColumn() id!: number;
      @ManyToOne(() => Knot) next!: Relation<Knot>;
    }
    @ModelSerializer({ model: Knot, fields: ['id', 'next'] })
    class KnotSerializer extends ProtoSerializer<Knot> {
      @Nested(() => LoopSerializer) next!: Knot;
    }
    @ModelSerializer({ model: Knot, fields: ['id', 'next'] })
    class LoopSerializer extends ProtoSerializer<Knot> {
      @Nested(() => KnotSerializer) next!: Knot;
    }
    @GrpcController({ serializer: KnotSerializer, permissions: [AllowAny] })
    class KnotController extends ReadOnlyController<Knot> {}
    expect(await problemsOf({ entities: [Knot], controllers: [KnotController] })).toEqual([
      'KnotSerializer: nests itself (KnotSerializer -> LoopSerializer -> KnotSerializer). ' +
        'Say how deep, @Nested(() => ..., { depth: 3 }), nest a serializer with fewer fields, or use the key.',
    ]);
  });
});

describe('the .proto file at boot', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'socio-grpc-boot-'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(dir, { recursive: true, force: true });
  });

  const options = (mode: 'write' | 'check' | 'off') => ({ package: 'rows', proto: { dir, mode } });
  const path = (): string => join(dir, 'rows', 'rows.proto');

  it('is written once and left alone while the contract is the same', async () => {
    await (await boot({ entities: [Row], controllers: [RowController], options: options('write') })).close();
    const first = await stat(path());
    await (await boot({ entities: [Row], controllers: [RowController], options: options('write') })).close();
    expect((await stat(path())).mtimeMs).toBe(first.mtimeMs);
  });

  it('keeps the numbers that it has', async () => {
    await mkdir(dirname(path()), { recursive: true });
    await writeFile(
      path(),
      'syntax = "proto3";\r\npackage rows;\r\nmessage RowResponse { string text = 7; int32 gone = 9; }\r\n',
    );
    await (await boot({ entities: [Row], controllers: [RowController], options: options('write') })).close();
    expect(await readFile(path(), 'utf8')).toContain(
      'message RowResponse {\n    string text = 7;\n    optional int32 id = 10;\n    reserved 9;\n    reserved "gone";\n}',
    );
  });

  it('that is missing or differs refuses to start in mode check', async () => {
    const parts = { entities: [Row], controllers: [RowController], options: options('check') };
    expect((await problemsOf(parts))[0]).toMatch(/rows\.proto: is missing/);
    await (await boot({ ...parts, options: options('write') })).close();
    await (await boot(parts)).close();
    await writeFile(path(), (await readFile(path(), 'utf8')).replace('string text = 2;', 'bytes text = 2;'));
    const [problem] = await problemsOf(parts);
    expect(problem).toMatch(/rows\.proto: differs from the code/);
    expect(problem).toMatch(
      /message RowResponse, field 2 text: .*bytes.* in the file, .*string.* in the code/,
    );
  });

  it('that cannot be read is an error with its line and stays as it is', async () => {
    await mkdir(dirname(path()), { recursive: true });
    const broken = 'syntax = "proto3";\npackage rows;\n<<<<<<< ours\n';
    await writeFile(path(), broken);
    const [problem] = await problemsOf({
      entities: [Row],
      controllers: [RowController],
      options: options('write'),
    });
    expect(problem).toMatch(/rows\.proto.*3/);
    expect(await readFile(path(), 'utf8')).toBe(broken);
  });

  it.each(['write', 'check'] as const)(
    'of the sample stays as it is when one of its controllers runs, in mode %s',
    async (mode) => {
      const text = await readFile(SAMPLE_PROTO, 'utf8');
      const copy = join(dir, 'quickstart', 'quickstart.proto');
      await mkdir(dirname(copy));
      await writeFile(copy, text);
      const before = await stat(copy, { bigint: true });
      const app = await boot({
        entities: [User, Post],
        controllers: [UserController],
        options: { package: 'quickstart', proto: { dir, mode } },
      });
      const [file] = (await app.server.compile()).files;
      await app.close();
      const after = await stat(copy, { bigint: true });
      expect(await readFile(copy, 'utf8')).toBe(text);
      expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
      expect(file?.services.map(({ name }) => name)).toEqual(['UserController']);
      expect(file?.messages.map(({ name }) => name)).not.toContain('PostResponse');
    },
  );

  it('must be there in production unless its mode is off', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const parts = { entities: [Row], controllers: [RowController], options: options('off') };
    await (await boot(parts)).close();
    expect(resolveOptions({}, process.env).proto.mode).toBe('check');
    expect((await problemsOf({ ...parts, options: options('check') }))[0]).toMatch(
      /rows\.proto: is missing, .* Deploy the committed file, or set proto\.mode to 'off'\.$/,
    );
  });

  it('is neither read nor written in mode off', async () => {
    await (await boot({ entities: [Row], controllers: [RowController], options: options('off') })).close();
    await expect(stat(path())).rejects.toThrow('ENOENT');
  });
});

describe('a service that nobody stated permissions for', () => {
  @ModelSerializer({ model: Row })
  class OpenSerializer extends ProtoSerializer<Row> {}
  @GrpcController({ serializer: OpenSerializer })
  class OpenController extends GenericCrudController<Row> {}

  afterEach(() => vi.unstubAllEnvs());

  it('is reachable from its own machine only', async () => {
    const app = await boot({ entities: [Row], controllers: [OpenController], options: { url: '0.0.0.0:0' } });
    const { getActiveResourcesInfo } = process;
    expect(getActiveResourcesInfo.call(process)).toContain('TCPServerWrap');
    expect(app.server.url).toBe(`127.0.0.1:${app.server.port}`);
    await app.close();
  });

  it('refuses to start in production', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const [problem] = await problemsOf({ entities: [Row], controllers: [OpenController] });
    expect(problem).toMatch(/^OpenController: no permissions\. State them/);
  });

  it('is opened by permissions of the module', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const app = await boot({
      entities: [Row],
      controllers: [OpenController],
      options: { url: '0.0.0.0:0', permissions: [AllowAny] },
    });
    expect(app.server.url).toBe(`0.0.0.0:${app.server.port}`);
    await app.close();
  });
});

describe('controllers of one application', () => {
  it('start together in one contract that buf takes', async () => {
    const app = await boot({ entities: SHELF, controllers: SHELF_CONTROLLERS });
    const text = await readFile(app.protoFile, 'utf8');
    expect(text).toMatch(/^\/\/ Generated by nestjs-socio-grpc\./);
    expect(await bufBuild([text])).toBe('');
    await app.close();
  });
});

describe('a server that listens', () => {
  it('refuses to listen twice, and goes on', async () => {
    const app = await boot({ entities: [Row], controllers: [RowController] });
    const { port } = app.server;
    const again = new Promise((_resolve, reject) => app.server.listen(reject));
    await expect(again).rejects.toThrow(
      'the gRPC server listens already. Call listen() once, or close() in between.',
    );
    expect(app.server.port).toBe(port);
    await app.close();
  });
});
