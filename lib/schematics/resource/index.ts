/** `nest g -c nestjs-socio-grpc resource post`: an entity with its serializer, controller, module and spec. */
import { basename, dirname, join, normalize, relative, strings, type Path } from '@angular-devkit/core';
import {
  apply,
  applyTemplates,
  chain,
  filter,
  forEach,
  mergeWith,
  move,
  noop,
  SchematicsException,
  url,
  type DirEntry,
  type Rule,
} from '@angular-devkit/schematics';
import { hasPackage, importExtension, overwrite, readSource, shown } from '../project.js';
import { withImport, withModuleEntry } from '../source-edit.js';

export interface ResourceOptions {
  readonly name: string;
  readonly path?: string;
  readonly sourceRoot: string;
  readonly module?: string;
  readonly flat: boolean;
  readonly skipImport: boolean;
  readonly spec: boolean;
  readonly specFileSuffix: string;
}

/** Can be run twice: files that are there are left as they are. */
export function resource(options: ResourceOptions): Rule {
  const full = normalize(options.name);
  const name = strings.dasherize(basename(full));
  if (!/^[a-z]/.test(name))
    throw new SchematicsException(`${options.name}: is no name of a class. Expected a noun such as "post".`);
  const parent = join(normalize(`/${options.sourceRoot}`), options.path ?? '', dirname(full));
  const directory = options.flat ? parent : join(parent, name);
  const wire = options.skipImport ? noop() : importModule(options, name, directory);
  return chain([wire, files(options, name, directory)]);
}

function files(options: ResourceOptions, name: string, directory: Path): Rule {
  return (tree, context) => {
    const runsSpec = hasPackage(tree, 'better-sqlite3');
    if (options.spec && !runsSpec)
      context.logger.info('No spec: it would run on better-sqlite3, which package.json does not have.');
    const template = apply(url('./files'), [
      options.spec && runsSpec ? noop() : filter((path) => !path.includes('__specFileSuffix__')),
      applyTemplates({
        ...strings,
        name,
        specFileSuffix: options.specFileSuffix,
        extension: importExtension(tree),
      }),
      move(directory),
      forEach((entry) => {
        if (!tree.exists(entry.path)) return entry;
        context.logger.info(`${shown(entry.path)} is there and left as it is.`);
        return null;
      }),
    ]);
    return mergeWith(template);
  };
}

function importModule(options: ResourceOptions, name: string, directory: Path): Rule {
  return (tree) => {
    const cure = 'Name one with --module, or leave the import out with --skip-import.';
    const start = options.flat ? directory : dirname(directory);
    const target = options.module
      ? normalize(`/${options.module}`)
      : nearestModule(tree.getDir(start), `${name}.module.ts`);
    if (target === undefined)
      throw new SchematicsException(`${shown(directory)}: no module is above it. ${cure}`);
    const text = readSource(tree, target, cure);
    const className = `${strings.classify(name)}Module`;
    const edited = withModuleEntry(text, 'imports', className);
    if (edited === undefined)
      throw new SchematicsException(
        `${shown(target)}: has no @Module({ imports: [] }) that can be edited. ${cure}`,
      );
    const file = join(relative(dirname(target), directory), `${name}.module${importExtension(tree)}`);
    overwrite(tree, target, withImport(edited, [className], file.startsWith('.') ? file : `./${file}`));
  };
}

/** The module of a folder or of the folders above it: `app.module.ts`, the folder's own, or the only one. */
function nearestModule(directory: DirEntry, own: string): Path | undefined {
  const files = directory.subfiles.filter((file) => file.endsWith('.module.ts') && file !== own);
  const usual = new Set<string>(['app.module.ts', `${basename(directory.path)}.module.ts`]);
  const found = files.find((file) => usual.has(file)) ?? (files.length === 1 ? files[0] : undefined);
  if (found !== undefined) return join(directory.path, found);
  return directory.parent ? nearestModule(directory.parent, own) : undefined;
}
