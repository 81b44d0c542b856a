/**
 * How the modules of a command are loaded. They are some 1,500 files of Nest, TypeORM, this library and the application,
 * and reading them takes longer than most commands need for their work.
 */
import nodeModule, { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

/** What changes how modules are loaded may do so for import() and for require() apart, and would give two copies of one. */
const CUSTOM_LOADER = /(^|\s)(-r|--(require|import|loader|experimental-loader))\b/;

/** Node from version 22.8 on keeps the compiled code of modules for the next process, in the folder of its own cache. */
export function keepCompiledCode(): void {
  // The types are those of the oldest Node that is supported.
  (nodeModule as { enableCompileCache?: () => void }).enableCompileCache?.();
}

/**
 * The exports of a file, ES module or CommonJS. `require()` takes ES modules too, and reads one file after the other
 * without awaiting each, in two thirds of the time; modules with an `await` at their top it refuses before any of them
 * has run.
 */
export async function loadFile(file: string): Promise<unknown> {
  if (mayRequire())
    try {
      return require(file) as unknown;
    } catch (error) {
      if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    }
  return import(pathToFileURL(file).href);
}

function mayRequire(): boolean {
  const { execArgv, env, features } = process;
  return features.require_module && !CUSTOM_LOADER.test([...execArgv, env['NODE_OPTIONS']].join(' '));
}
