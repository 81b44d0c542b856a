/** What both schematics ask and change in a project besides its sources. */
import { createRequire } from 'node:module';
import { SchematicsException, type Tree } from '@angular-devkit/schematics';

interface Manifest {
  name?: string;
  type?: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

interface OwnManifest {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Of this library: the ranges that it is tested with are the ones that a project gets. */
export const OWN = createRequire(import.meta.url)('../../package.json') as OwnManifest;

const MANIFEST = '/package.json';

/** @throws SchematicsException when the folder is no project */
export function readManifest(tree: Tree): Manifest {
  return JSON.parse(readSource(tree, MANIFEST)) as Manifest;
}

/** Adds packages and scripts that are not there; keeps the indentation. */
export function extendManifest(
  tree: Tree,
  dependencies: Readonly<Record<string, string>>,
  scripts: Readonly<Record<string, string>>,
): void {
  const text = readSource(tree, MANIFEST);
  const manifest = JSON.parse(text) as Manifest;
  const known = { ...manifest.devDependencies, ...manifest.dependencies };
  const missing = Object.entries(dependencies).filter(([name]) => !(name in known));
  manifest.scripts = { ...manifest.scripts, ...scripts, ...manifest.scripts };
  manifest.dependencies = Object.fromEntries(
    [...Object.entries(manifest.dependencies ?? {}), ...missing].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  const [, indent = '  '] = /^\{\r?\n(\s+)"/.exec(text) ?? [];
  overwrite(tree, MANIFEST, `${JSON.stringify(manifest, undefined, indent)}\n`);
}

export function hasPackage(tree: Tree, name: string): boolean {
  const { dependencies, devDependencies } = readManifest(tree);
  return name in { ...dependencies, ...devDependencies };
}

/** What an import of a file of the project ends with: an ES module is named with its extension. */
export function importExtension(tree: Tree): '.js' | '' {
  return readManifest(tree).type === 'module' ? '.js' : '';
}

/** @throws SchematicsException when there is no such file */
export function readSource(
  tree: Tree,
  path: string,
  cure = 'Run this in the folder of the project.',
): string {
  if (!tree.exists(path)) throw new SchematicsException(`${shown(path)}: is not there. ${cure}`);
  return tree.readText(path);
}

/** A file that stays the same is not reported as updated. */
export function overwrite(tree: Tree, path: string, text: string): void {
  if (tree.readText(path) !== text) tree.overwrite(path, text);
}

export function shown(path: string): string {
  return path.replace(/^\//, '');
}
