/** The committed `.proto` file on disk: where it lies, and how it is replaced. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** `v1`, `v1beta2`, `v1p1alpha1`, `v1test`: https://buf.build/docs/lint/rules/#package_version_suffix */
const VERSION = /^v\d+(?:(?:p\d+)?(?:alpha|beta)\d*|test\w*)?$/;

/**
 * Where the file of a package lies: its folders are the package, as `buf` and `protoc` expect them, its name
 * is the last part that is no version.
 *
 * @example
 * protoPath('/srv/proto', 'acme.shop.v1'); // '/srv/proto/acme/shop/v1/shop.proto'
 */
export function protoPath(dir: string, packageName: string): string {
  return join(dir, ...protoImport(packageName).split('/'));
}

/** How other files import a file. */
export function importPathOf(file: { readonly package: string; readonly path?: string }): string {
  return file.path ?? protoImport(file.package);
}

/** The same as other files import it: `acme/shop/v1/shop.proto`. */
export function protoImport(packageName: string): string {
  const parts = packageName.split('.');
  const name = parts.findLast((part) => !VERSION.test(part)) ?? packageName;
  return [...parts, `${name}.proto`].join('/');
}

/**
 * Writes a file only when its bytes change, so that a watcher is not woken for nothing. The text goes to a
 * file of its own in the same folder first: whoever reads at the same time sees the old or the new text,
 * never a part, also when two processes write at once.
 *
 * @throws whatever the file system reports, for example `EACCES`; nothing is left behind then
 * @example
 * if ((await writeIfChanged(path, text)) === 'written') logger.log(`wrote ${path}`);
 */
export async function writeIfChanged(path: string, text: string): Promise<'written' | 'unchanged'> {
  if ((await readIfThere(path)) === text) return 'unchanged';
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return 'written';
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
