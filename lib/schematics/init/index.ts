/** `nest add nestjs-socio-grpc`, or `nest g -c nestjs-socio-grpc init`: wires the library into an application. */
import { join, normalize, strings } from '@angular-devkit/core';
import { SchematicsException, type Rule, type SchematicContext, type Tree } from '@angular-devkit/schematics';
import { NodePackageInstallTask } from '@angular-devkit/schematics/tasks/index.js';
import ts from 'typescript';
import { extendManifest, hasPackage, OWN, overwrite, readManifest, readSource, shown } from '../project.js';
import { mentions, withImport, withModuleEntry } from '../source-edit.js';
import { withGrpcServer, type ApplicationType } from './main-edit.js';

export interface InitOptions {
  readonly type: ApplicationType;
  readonly package?: string;
  readonly sourceRoot: string;
  readonly module?: string;
  readonly main?: string;
  readonly skipInstall: boolean;
}

interface TsConfig {
  readonly extends?: string | readonly string[];
  readonly compilerOptions?: Readonly<Record<string, unknown>>;
}

/** Can be run twice: what is wired already is left as it is. */
export function init(options: InitOptions): Rule {
  return (tree: Tree, context: SchematicContext) => {
    const module = options.module ?? join(normalize(options.sourceRoot), 'app.module.ts');
    const main = options.main ?? join(normalize(options.sourceRoot), 'main.ts');
    const moduleText = readSource(
      tree,
      module,
      'Name the file of the root module: --module src/shop.module.ts.',
    );
    const mainText = readSource(
      tree,
      main,
      'Name the file that starts the application: --main src/server.ts.',
    );
    const hasDatabase = calls(tree, options.sourceRoot, 'TypeOrmModule.forRoot');
    overwrite(
      tree,
      module,
      withModules(moduleText, shown(module), entries(packageOf(tree, options), hasDatabase)),
    );
    overwrite(tree, main, withGrpcServer(mainText, shown(main), options.type));
    extendManifest(tree, dependencies(tree, hasDatabase), {
      'proto:generate': 'socio-grpc generate',
      'proto:check': 'socio-grpc check',
    });
    warnOfCompilerOptions(tree, context);
    if (!options.skipInstall) context.addTask(new NodePackageInstallTask());
  };
}

/** Whether any source calls a function: a data source may be declared in a module of its own. */
function calls(tree: Tree, folder: string, name: string): boolean {
  let found = false;
  tree.getDir(folder).visit((path) => {
    found ||= path.endsWith('.ts') && tree.readText(path).includes(name);
  });
  return found;
}

interface ModuleEntry {
  readonly name: string;
  readonly from: string;
  readonly entry: string;
}

function entries(name: string, hasDatabase: boolean): ModuleEntry[] {
  const grpc = {
    name: 'SocioGrpcModule',
    from: 'nestjs-socio-grpc',
    entry: `SocioGrpcModule.forRoot({ package: '${name}' })`,
  };
  return hasDatabase
    ? [grpc]
    : [{ name: 'TypeOrmModule', from: '@nestjs/typeorm', entry: database(name) }, grpc];
}

function withModules(text: string, path: string, added: readonly ModuleEntry[]): string {
  return added
    .filter(({ name }) => !mentions(text, name))
    .reduce((source, { name, from, entry }) => {
      const edited = withModuleEntry(source, 'imports', entry);
      if (edited === undefined)
        throw new SchematicsException(
          `${path}: has no @Module({ imports: [] }) that can be edited. Add it there yourself, then run this again: ${entry}`,
        );
      return withImport(edited, [name], from);
    }, text);
}

/** Types of columns and of constructor parameters are known by emitted metadata only. */
function warnOfCompilerOptions(tree: Tree, context: SchematicContext): void {
  const path = '/tsconfig.json';
  if (!tree.exists(path)) return;
  const { config } = ts.parseConfigFileTextToJson(path, tree.readText(path)) as { config?: TsConfig };
  const { extends: base, compilerOptions = {} } = config ?? {};
  const missing = ['experimentalDecorators', 'emitDecoratorMetadata'].filter(
    (name) => compilerOptions[name] !== true && (base === undefined || name in compilerOptions),
  );
  if (missing.length > 0) context.logger.warn(`tsconfig.json: set ${missing.join(' and ')} to true.`);
}

function database(name: string): string {
  return `TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: '${name}.sqlite',
      autoLoadEntities: true,
      // For development: creates and alters tables. Use migrations in production.
      synchronize: process.env.NODE_ENV !== 'production',
    })`;
}

/** `@acme/book-shop` -> `book_shop` */
function packageOf(tree: Tree, options: InitOptions): string {
  if (options.package !== undefined) return options.package;
  const name = readManifest(tree).name?.replace(/^@[^/]*\//, '') ?? '';
  const word = strings.underscore(name).replaceAll(/\W+/g, '_');
  return word.replace(/^[^a-z]+/, '') || 'app';
}

function dependencies(tree: Tree, hasDatabase: boolean): Readonly<Record<string, string>> {
  const { peerDependencies, devDependencies, version } = OWN;
  const names = ['@grpc/grpc-js', '@nestjs/microservices', '@nestjs/typeorm', 'typeorm'];
  const driver = hasDatabase ? [] : ['better-sqlite3'];
  return {
    ...(hasPackage(tree, 'nestjs-socio-grpc') ? {} : { 'nestjs-socio-grpc': `^${version}` }),
    ...Object.fromEntries(names.map((name) => [name, peerDependencies[name] ?? '*'])),
    ...Object.fromEntries(driver.map((name) => [name, devDependencies[name] ?? '*'])),
  };
}
