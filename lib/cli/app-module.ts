/** `--app dist/app.module.js#AppModule` -> the root module of an application. */
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { DynamicModule, Type } from '@nestjs/common';
import { CommandError } from './command-error.js';
import { loadFile } from './load.js';

export interface AppReference {
  /** Absolute path of the built file. */
  readonly file: string;
  readonly exported: string | undefined;
}

export type RootModule = Type<object> | DynamicModule;

/** Where `nest build` and `tsc` put the root module of `nest new`. */
const USUAL_FILES = ['dist/app.module.js', 'dist/src/app.module.js'];

const CURE = 'Build the application first, or name its root module: --app dist/app.module.js#AppModule.';

/**
 * Which file holds the root module.
 *
 * @param given the option; without it the usual places are tried
 * @throws CommandError when there is no such file
 */
export function findApp(given: string | undefined, workingDirectory: string): AppReference {
  const reference = parseApp(given, workingDirectory);
  if (reference && existsSync(reference.file)) return reference;
  const place = given === undefined ? workingDirectory : `--app ${given}`;
  const missing =
    given === undefined
      ? `there is neither ${USUAL_FILES.join(' nor ')}`
      : `there is no file ${shown(reference?.file)}`;
  throw new CommandError(`${place}: ${missing}. ${CURE}`);
}

/** As {@link findApp}, for a file that may still have to be built. */
export function parseApp(given: string | undefined, workingDirectory: string): AppReference | undefined {
  if (given === undefined) {
    const files = USUAL_FILES.map((file) => resolve(workingDirectory, file));
    const file = files.find((candidate) => existsSync(candidate));
    return file === undefined ? undefined : { file, exported: undefined };
  }
  const [, path, exported] = /^(.*?)(?:#(\w+))?$/.exec(given) as unknown as [string, string, string?];
  return { file: resolve(workingDirectory, path), exported };
}

/** @throws CommandError when the file cannot be loaded, or does not say which module is meant */
export async function loadModule({ file, exported }: AppReference): Promise<RootModule> {
  const exports = exportsOf(await load(file));
  if (exported !== undefined) {
    const value = exports[exported];
    if (isModule(value)) return value;
    throw new CommandError(
      `${shown(file)}: ${exported in exports ? `"${exported}" is no module` : `there is no export "${exported}"`}. ` +
        `Expected one of: ${modulesIn(exports).join(', ') || 'nothing, the file exports no module'}.`,
    );
  }
  if (isModule(exports['default'])) return exports['default'];
  const [only, ...others] = modulesIn(exports);
  if (only !== undefined && others.length === 0) return exports[only] as RootModule;
  throw new CommandError(
    only === undefined
      ? `${shown(file)}: exports no module. Name the file of the root module: --app dist/app.module.js#AppModule.`
      : `${shown(file)}: exports ${[only, ...others].join(', ')}. Name one: --app ${shown(file)}#${only}.`,
  );
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await loadFile(file)) as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${shown(file)}: cannot be loaded: ${reason}`, { cause: error });
  }
}

/** A CommonJS file comes as the default export of itself. */
function exportsOf(namespace: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { default: main, ...named } = namespace;
  const commonJs = typeof main === 'object' && main !== null && '__esModule' in main;
  return commonJs ? { ...main, ...named } : namespace;
}

/** `@Module()` leaves a key of metadata for each list that it is given. */
function modulesIn(exports: Readonly<Record<string, unknown>>): string[] {
  const lists = ['imports', 'controllers', 'providers', 'exports'];
  return Object.keys(exports).filter((name) => {
    const value = exports[name];
    return typeof value === 'function'
      ? lists.some((list) => Reflect.hasMetadata(list, value))
      : isModule(value);
  });
}

function isModule(value: unknown): value is RootModule {
  return (
    typeof value === 'function' ||
    (typeof value === 'object' && value !== null && 'module' in value && typeof value.module === 'function')
  );
}

function shown(file = ''): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}
