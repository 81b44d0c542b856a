/** The schematics on what `nest new` makes, run by the engine that `nest g` runs. */
import { fileURLToPath } from 'node:url';
import { SchematicTestRunner, type UnitTestTree } from '@angular-devkit/schematics/testing/index.js';
import ts from 'typescript';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildLibrary } from '../support/built-library.js';

const collection = fileURLToPath(new URL('../../dist/schematics/collection.json', import.meta.url));

const MODULE = '/src/app.module.ts';
const MAIN = '/src/main.ts';

describe('schematics', () => {
  let runner: SchematicTestRunner;
  let project: UnitTestTree;
  let log: string[];

  beforeAll(buildLibrary, 120_000);

  beforeEach(async () => {
    runner = new SchematicTestRunner('nestjs-socio-grpc', collection);
    log = [];
    runner.logger.subscribe(({ message }) => log.push(message));
    project = await newProject({});
  });

  function newProject(options: object): Promise<UnitTestTree> {
    const application = { name: '@acme/book-shop', directory: '.', language: 'ts', ...options };
    return runner.runExternalSchematic('@nestjs/schematics', 'application', application);
  }

  const init = (tree: UnitTestTree, options: object = {}) => runner.runSchematic('init', options, tree);
  const resource = (tree: UnitTestTree, options: object) => runner.runSchematic('resource', options, tree);

  describe('init', () => {
    it('imports the modules, with a database for development', async () => {
      const tree = await init(project);
      expect(tree.readContent(MODULE)).toBe(`import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SocioGrpcModule } from 'nestjs-socio-grpc';
import { AppController } from './app.controller.js';
import { AppService } from './app.service.js';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: 'book_shop.sqlite',
      autoLoadEntities: true,
      // For development: creates and alters tables. Use migrations in production.
      synchronize: process.env.NODE_ENV !== 'production',
    }),
    SocioGrpcModule.forRoot({ package: 'book_shop' }),
  ],
  controllers: [AppController],
  providers: [AppService],
})
export class AppModule {}
`);
    });

    it('starts gRPC beside HTTP', async () => {
      const tree = await init(project);
      expect(tree.readContent(MAIN)).toBe(`import { NestFactory } from '@nestjs/core';
import { connectSocioGrpc } from 'nestjs-socio-grpc';
import { AppModule } from './app.module.js';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  connectSocioGrpc(app);
  await app.startAllMicroservices();
  await app.listen(process.env.PORT ?? 3000);
}
await bootstrap();
`);
    });

    it('starts gRPC alone with --type microservice', async () => {
      const tree = await init(project, { type: 'microservice' });
      expect(tree.readContent(MAIN)).toBe(`import { NestFactory } from '@nestjs/core';
import { socioGrpc } from 'nestjs-socio-grpc';
import { AppModule } from './app.module.js';

async function bootstrap() {
  const app = await NestFactory.createMicroservice(AppModule, socioGrpc());
  await app.listen();
}
await bootstrap();
`);
    });

    it('adds the packages that the library needs, and scripts for the .proto file', async () => {
      const before = manifest(project);
      const { dependencies, scripts, ...rest } = manifest(await init(project));
      expect(Object.keys(dependencies)).toEqual([
        '@grpc/grpc-js',
        '@nestjs/common',
        '@nestjs/core',
        '@nestjs/microservices',
        '@nestjs/platform-express',
        '@nestjs/typeorm',
        'better-sqlite3',
        'nestjs-socio-grpc',
        'reflect-metadata',
        'rxjs',
        'typeorm',
      ]);
      expect(dependencies).toMatchObject(before.dependencies);
      expect(scripts).toEqual({
        ...before.scripts,
        'proto:generate': 'socio-grpc generate',
        'proto:check': 'socio-grpc check',
      });
      expect(rest).toEqual({ ...before, dependencies: undefined, scripts: undefined });
    });

    it('installs them, unless it is told not to', async () => {
      await init(project);
      expect(runner.tasks.map(({ name }) => name)).toEqual(['node-package']);
      await init(project, { skipInstall: true });
      expect(runner.tasks).toEqual([]);
    });

    it('changes nothing the second time', async () => {
      const once = snapshot(await init(project));
      expect(snapshot(await init(project))).toEqual(once);
    });

    it('leaves the database of an application alone, wherever it is declared', async () => {
      project.create('/src/database.module.ts', `export const database = TypeOrmModule.forRootAsync({});`);
      const tree = await init(project);
      expect(tree.readContent(MODULE)).toContain(
        "  imports: [SocioGrpcModule.forRoot({ package: 'book_shop' })],\n",
      );
      expect(manifest(tree).dependencies).not.toHaveProperty('better-sqlite3');
    });

    it('keeps entries and their layout', async () => {
      const lists = 'imports: [\n      // First of all.\n      ConfigModule.forRoot(),\n  ],';
      project.overwrite(MODULE, project.readContent(MODULE).replace('imports: [],', lists));
      const tree = await init(project, { package: 'shop.v1' });
      expect(tree.readContent(MODULE)).toContain(`imports: [
      // First of all.
      ConfigModule.forRoot(),
      TypeOrmModule.forRoot({`);
      expect(tree.readContent(MODULE)).toContain("SocioGrpcModule.forRoot({ package: 'shop.v1' }),\n  ],");
    });

    it('adds the list of imports where there is none', async () => {
      project.overwrite(MODULE, '@Module({})\nexport class AppModule {}\n');
      const tree = await init(project, { package: 'shop' });
      expect(syntaxErrors(tree.readContent(MODULE))).toEqual([]);
      expect(tree.readContent(MODULE)).toMatch(/^import .*\n.*import .*\n@Module\(\{\n {2}imports: \[/s);
    });

    it('takes the files that it is told', async () => {
      project.rename(MODULE, '/src/root.module.ts');
      project.rename(MAIN, '/src/server.ts');
      const tree = await init(project, { module: 'src/root.module.ts', main: 'src/server.ts' });
      expect(tree.readContent('/src/root.module.ts')).toContain('SocioGrpcModule');
      expect(tree.readContent('/src/server.ts')).toContain('connectSocioGrpc(app);');
    });

    it.each([
      [
        MODULE,
        'imports: everything,',
        'src/app.module.ts: has no @Module({ imports: [] }) that can be edited. Add it there yourself, then run this again: ' +
          "SocioGrpcModule.forRoot({ package: 'book_shop' })",
      ],
      [
        MODULE,
        undefined,
        'src/app.module.ts: is not there. Name the file of the root module: --module src/shop.module.ts.',
      ],
      [
        MAIN,
        undefined,
        'src/main.ts: is not there. Name the file that starts the application: --main src/server.ts.',
      ],
    ])('refuses %s with %s and changes nothing', async (path, list, text) => {
      if (list === undefined) project.delete(path);
      else
        project.overwrite(
          path,
          `${project.readContent(path).replace('imports: [],', list)}// TypeOrmModule.forRoot is in everything\n`,
        );
      const before = snapshot(project);
      await expect(init(project)).rejects.toThrow(text);
      expect(snapshot(project)).toEqual(before);
    });

    it.each([
      ['hybrid', 'await start(AppModule);', 'no "const app = await NestFactory.create()"'],
      ['hybrid', 'const app = await NestFactory.create(AppModule);', 'no "await app.listen()"'],
      [
        'microservice',
        'const app = await NestFactory.create(AppModule, { cors: true });\nawait app.listen(1);',
        'options in NestFactory.create()',
      ],
    ])('refuses, as %s, to edit "%s"', async (type, text, found) => {
      project.overwrite(MAIN, text);
      await expect(init(project, { type })).rejects.toThrow(
        `src/main.ts: has ${found}, so it cannot be edited. Start the server there yourself, then run this again: `,
      );
      project.overwrite(MAIN, `${text}\nconnectSocioGrpc(app);`);
      await init(project, { type });
    });

    it('says which compiler options are missing', async () => {
      const config = project.readContent('/tsconfig.json');
      project.overwrite('/tsconfig.json', config.replace('"emitDecoratorMetadata": true,', '// none'));
      await init(project);
      expect(log).toEqual(['tsconfig.json: set emitDecoratorMetadata to true.']);
    });
  });

  describe('resource', () => {
    beforeEach(async () => {
      project = await init(project);
    });

    it('writes an entity with its serializer, controller, module and spec', async () => {
      const tree = await resource(project, { name: 'book' });
      const created = tree.files.filter((file) => file.startsWith('/src/book/'));
      expect(created.toSorted()).toEqual([
        '/src/book/book.controller.spec.ts',
        '/src/book/book.controller.ts',
        '/src/book/book.entity.ts',
        '/src/book/book.module.ts',
        '/src/book/book.serializer.ts',
      ]);
      expect(created.flatMap((file) => syntaxErrors(tree.readContent(file)))).toEqual([]);
      expect(tree.readContent('/src/book/book.serializer.ts'))
        .toBe(`import { ModelSerializer, ProtoSerializer } from 'nestjs-socio-grpc';
import { Book } from './book.entity.js';

@ModelSerializer({ model: Book, fields: 'all' })
export class BookSerializer extends ProtoSerializer<Book> {}
`);
    });

    it('imports the module into the nearest one above', async () => {
      const tree = await resource(project, { name: 'book' });
      expect(tree.readContent(MODULE)).toContain(
        "\nimport { BookModule } from './book/book.module.js';\n\n@Module",
      );
      expect(tree.readContent(MODULE)).toContain('\n    BookModule,\n  ],\n');
      await resource(project, { name: 'book/bookPage' });
      expect(project.readContent('/src/book/book.module.ts')).toContain(
        "\nimport { BookPageModule } from './book-page/book-page.module.js';\n",
      );
      expect(project.readContent('/src/book/book.module.ts')).toContain(
        'imports: [TypeOrmModule.forFeature([Book]), BookPageModule],',
      );
      expect(project.readContent('/src/book/book-page/book-page.entity.ts')).toContain('class BookPage {');
    });

    it('writes into the folder itself with --flat', async () => {
      const tree = await resource(project, { name: 'book', flat: true });
      expect(tree.exists('/src/book.entity.ts')).toBe(true);
      expect(tree.readContent(MODULE)).toContain("import { BookModule } from './book.module.js';");
    });

    it('changes nothing the second time', async () => {
      const once = snapshot(await resource(project, { name: 'book' }));
      expect(snapshot(await resource(project, { name: 'book' }))).toEqual(once);
      expect(log).toContain('src/book/book.entity.ts is there and left as it is.');
    });

    it('leaves the spec out where its database is not installed', async () => {
      const { dependencies, ...rest } = manifest(project);
      const { 'better-sqlite3': _driver, ...others } = dependencies;
      project.overwrite('/package.json', JSON.stringify({ ...rest, dependencies: others }));
      const tree = await resource(project, { name: 'book' });
      expect(tree.exists('/src/book/book.controller.spec.ts')).toBe(false);
      expect(log).toEqual(['No spec: it would run on better-sqlite3, which package.json does not have.']);
    });

    it('names files without an extension in a CommonJS project', async () => {
      project = await init(await newProject({ type: 'cjs' }));
      const tree = await resource(project, { name: 'book' });
      expect(tree.readContent(MODULE)).toContain("from './book/book.module';");
      expect(tree.readContent('/src/book/book.controller.ts')).toContain("from './book.entity';");
    });

    it.each([
      [{ name: '9th' }, '9th: is no name of a class. Expected a noun such as "post".'],
      [
        { name: 'book', module: 'src/none.module.ts' },
        'src/none.module.ts: is not there. Name one with --module, or leave the import out with --skip-import.',
      ],
    ])('refuses %j', async (options, text) => {
      await expect(resource(project, options)).rejects.toThrow(text);
      expect(project.exists('/src/book/book.entity.ts')).toBe(false);
    });

    it('refuses where no module is above, and does without with --skip-import', async () => {
      project.delete(MODULE);
      await expect(resource(project, { name: 'book' })).rejects.toThrow(
        'src/book: no module is above it. Name one with --module, or leave the import out with --skip-import.',
      );
      await resource(project, { name: 'book', skipImport: true });
    });
  });
});

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

function manifest(tree: UnitTestTree): Manifest {
  return JSON.parse(tree.readContent('/package.json')) as Manifest;
}

function snapshot(tree: UnitTestTree): Record<string, string> {
  return Object.fromEntries(tree.files.map((file) => [file, tree.readContent(file)]));
}

function syntaxErrors(text: string): string[] {
  const { diagnostics = [] } = ts.transpileModule(text, {
    reportDiagnostics: true,
    compilerOptions: { experimentalDecorators: true },
  });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}
