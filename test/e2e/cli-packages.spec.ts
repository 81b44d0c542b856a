/** The command on an application of several packages. */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FOREIGN_DIR } from '../fixtures/external.js';
import { buildLibrary } from '../support/built-library.js';
import { Project } from '../support/project.js';

const BOOKS = `
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { AllowAny, GrpcController, ModelSerializer, ProtoSerializer, RetrieveController } from 'nestjs-socio-grpc';
@Entity()
export class Book {
  @PrimaryGeneratedColumn() id;
  @Column({ type: 'varchar', length: 200 }) title;
  @Column('int') pages;
}
@ModelSerializer({ model: Book, fields: ['id', 'title'] })
export class BookSerializer extends ProtoSerializer {}
@ModelSerializer({ model: Book, fields: 'all' })
export class BookV2Serializer extends ProtoSerializer {}
@GrpcController({ serializer: BookSerializer, permissions: [AllowAny] })
export class BookController extends RetrieveController {}
@GrpcController({ serializer: BookV2Serializer, package: 'shop.v2', service: 'Book' })
export class BookV2Controller extends BookController {}
`;

const MODULE = `
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SocioGrpcModule } from 'nestjs-socio-grpc';
import { Book, BookController, BookSerializer, BookV2Controller } from './books.js';
@Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'better-sqlite3', database: '/nowhere/shop.sqlite', entities: [Book] }),
    SocioGrpcModule.forRoot({ package: 'shop.v1' }),
    SocioGrpcModule.forFeature({
      package: 'common.v1',
      proto: { dir: 'libs/common/proto' },
      serializers: [BookSerializer],
    }),
  ],
  controllers: [BookController, BookV2Controller],
})
export class AppModule {}
`;

const V1 = 'proto/shop/v1/shop.proto';
const V2 = 'proto/shop/v2/shop.proto';
const COMMON = 'libs/common/proto/common/v1/common.proto';
const FILES = [COMMON, V1, V2];

const lines = (text: string): string[] => text.split('\n').filter(Boolean).toSorted();

describe('socio-grpc on several packages', () => {
  let project: Project;

  beforeAll(buildLibrary, 120_000);

  beforeEach(async () => {
    project = await Project.create();
    // A controller of the root module states its package: the module itself has two.
    const own = BOOKS.replace('permissions: [AllowAny] })', "package: 'shop.v1', permissions: [AllowAny] })");
    await project.build({ 'books.ts': own, 'app.module.ts': MODULE });
  });

  afterEach(() => project.remove());

  it('writes each file into its folder, then agrees with all of them', async () => {
    const { code, stdout, stderr } = await project.run('generate');
    expect([code, stderr]).toEqual([0, '']);
    expect(lines(stdout)).toEqual(
      FILES.map((file) => `${file}: created, commit it: it keeps the field numbers`),
    );
    expect(await project.read(V1)).toContain('returns (common.v1.BookResponse) {}');
    expect(await project.read(V1)).toContain('import "common/v1/common.proto";');
    expect(await project.read(V2)).toContain('returns (BookV2Response) {}');
    expect(lines((await project.run('check')).stdout)).toEqual(
      FILES.map((file) => `${file}: agrees with the code`),
    );
  });

  it('writes and compares only the package that is named', async () => {
    expect(await project.run('generate', '--package', 'shop.v2')).toMatchObject({
      code: 0,
      stdout: `${V2}: created, commit it: it keeps the field numbers\n`,
    });
    await expect(project.read(V1)).rejects.toThrow(/ENOENT/);
    expect(await project.run('check', '--package', 'shop.v2')).toMatchObject({ code: 0 });
    expect(await project.run('check')).toMatchObject({ code: 1 });
    expect(await project.run('generate', '--package', 'shop.v3')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^socio-grpc: --package shop\.v3: the application has no such package\. Expected one of: .*shop\.v1/,
      ),
    });
  });

  it('writes all of them below the folder of --directory', async () => {
    await project.run('generate', '--directory', 'contracts');
    for (const file of ['common/v1/common.proto', 'shop/v1/shop.proto', 'shop/v2/shop.proto'])
      expect(await project.read(`contracts/${file}`)).toContain('syntax = "proto3";');
    await expect(project.read(COMMON)).rejects.toThrow(/ENOENT/);
  });

  it('gives all paths to the command after "--"', async () => {
    const list = ['--', process.execPath, '-e', 'console.log(process.argv.slice(1).join("\\n"))', '{files}'];
    const { stdout } = await project.run('generate', ...list);
    expect(lines(stdout.replaceAll(`${project.directory}/`, ''))).toEqual(expect.arrayContaining(FILES));
  });

  it('writes nothing when one file cannot be read', async () => {
    await project.write(V2, 'syntax = "proto3";\npackage shop.v2;\n<<<<<<< ours\n');
    expect(await project.run('generate')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('proto/shop/v2/shop.proto'),
    });
    await expect(project.read(V1)).rejects.toThrow(/ENOENT/);
  });

  it('asks for a package where one file is meant', async () => {
    const names = /shop\.v1.*shop\.v2|shop\.v2.*shop\.v1/;
    expect(await project.run('print')).toMatchObject({ code: 2, stderr: expect.stringMatching(names) });
    expect((await project.run('print', '--package', 'shop.v2')).stdout).toContain('package shop.v2;');
    await project.write('theirs.proto', 'syntax = "proto3";\npackage shop.v1;\n');
    for (const args of [
      ['import', 'theirs.proto'],
      ['check', '--breaking', 'theirs.proto'],
    ])
      expect(await project.run(...args)).toMatchObject({
        code: 2,
        stderr:
          'socio-grpc: theirs.proto: is the file of one package. Name the one that is meant: --package NAME.\n',
      });
    expect(await project.run('import', 'theirs.proto', '--package', 'shop.v1')).toMatchObject({ code: 0 });
    expect(await project.run('check', '--breaking', 'theirs.proto', '--package', 'shop.v1')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('breaks nothing against theirs.proto'),
    });
  });

  it('writes clients of the packages that are named, and what these import', async () => {
    const ts = await project.run('generate', '--clients', 'ts');
    expect(ts).toMatchObject({ code: 0, stderr: '' });
    expect(ts.stdout).toMatch(/^clients: 3 client files written: .*shop\/v1\/shop_pb\.ts/m);
    expect(await project.read('clients/shop/v1/shop_pb.ts')).toContain('export const BookController:');
    const nest = await project.run('generate', '--clients', 'nest', '--package', 'shop.v1', '--out', 'nest');
    expect(nest.stdout.split('\n').slice(-2)).toEqual([
      'nest: 2 client files written: shop/v1/shop.client.ts, common/v1/common.client.ts',
      '',
    ]);
    expect(await project.read('nest/shop/v1/shop.client.ts')).toContain(
      '  retrieve(request: BookRetrieveRequest, ...call: Call): Observable<common_v1.BookResponse>;',
    );
    const again = await project.run('generate', '--clients', 'nest', '--out', 'nest');
    expect(again.stdout).toContain('nest: 1 client file written: shop/v2/shop.client.ts\n');
  });

  it('knows no other clients, and writes nothing with --dry-run', async () => {
    expect(await project.run('generate', '--clients', 'java')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'socio-grpc: --clients java: there are no such clients. Expected one of: ts, nest.\n',
    });
    await project.run('generate', '--clients', 'nest', '--dry-run');
    await expect(project.read('clients/shop/v1/shop.client.ts')).rejects.toThrow(/ENOENT/);
  });

  it('lists the routes with their packages', async () => {
    const { stdout } = await project.run('routes');
    expect(stdout).toMatch(/^shop\.v1\.BookController +Retrieve .*BookController\.retrieve$/m);
    expect(stdout).toMatch(/^shop\.v2\.BookController +Retrieve .*BookV2Controller\.retrieve$/m);
    const routes = JSON.parse((await project.run('routes', '--json')).stdout) as { path: string }[];
    expect(routes.map(({ path }) => path).toSorted()).toEqual([
      '/shop.v1.BookController/Retrieve',
      '/shop.v2.BookController/Retrieve',
    ]);
  });

  it('imports files of other people, and makes clients of them', async () => {
    await cp(FOREIGN_DIR, join(project.directory, 'vendor'), { recursive: true });
    await project.build({
      'desk.ts': `
import { AllowAny, externalMessage, GrpcAction, GrpcController } from 'nestjs-socio-grpc';
const Customer = externalMessage('acme.crm.Customer', { file: 'legacy/customer.proto' });
@GrpcController({ package: 'shop.v1', permissions: [AllowAny] })
export class DeskController {
  @GrpcAction({ request: Customer, response: Customer })
  async echo(customer) { return customer; }
}`,
      'app.module.ts': `
import { Module } from '@nestjs/common';
import { SocioGrpcModule } from 'nestjs-socio-grpc';
import { DeskController } from './desk.js';
@Module({ imports: [SocioGrpcModule.forRoot({ package: 'shop.v1', proto: { includeDirs: ['vendor'] } })], controllers: [DeskController] })
export class AppModule {}`,
    });
    expect((await project.run('print', '--package', 'shop.v1')).stdout).toContain(
      'import "legacy/customer.proto";',
    );
    await cp(join(project.directory, 'vendor'), join(project.directory, 'proto'), { recursive: true });
    for (const kind of ['ts', 'nest'])
      expect(await project.run('generate', '--clients', kind, '--out', kind)).toMatchObject({
        code: 0,
        stderr: '',
      });
    expect(await project.read('ts/acme/common/v1/address_pb.ts')).toContain('export type Address =');
    expect(await project.read('nest/shop/v1/shop.client.ts')).toContain('legacy_customer.Customer');
    expect(await project.run('check', '--breaking', V1)).toMatchObject({ code: 0 });
    const text = await project.read(V1);
    await project.write(V1, text.replaceAll('acme.crm.Customer', 'google.protobuf.Empty'));
    expect(await project.run('check', '--breaking', V1)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('acme.crm.Customer'),
    });
  });
});
