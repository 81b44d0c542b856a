/**
 * Files of other people, found below the folders that imports are relative to. They are read once, at boot, and only those
 * that something is taken from. Google's own need not be there.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import protobuf from 'protobufjs';
import { SetupError } from '../errors/setup-error.js';
import type { FileDescriptor } from './descriptors.js';
import type { ExternalType } from './external-message.js';
import { ForeignFile, type FindVisible } from './foreign-file.js';

/** A message that was found. */
export interface ForeignMessage {
  readonly name: string;
  /** The file that declares it, which may be another one than was asked for: files import publicly. */
  readonly file: string;
}

/** Is told what is wrong, with its cure. */
export type Report = (problem: string) => void;

const CURE =
  'Correct the path, or add the folder that it starts from to "proto.includeDirs" of SocioGrpcModule.forRoot().';
const MOST_NAMES = 10;

export class ForeignFiles {
  private readonly loaded = new Map<string, ForeignFile | undefined>();
  private readonly described = new Map<string, FileDescriptor>();

  /** @param roots absolute, in the order in which they are looked through */
  constructor(private readonly roots: readonly string[] = []) {}

  /** With everything that they use themselves. */
  get files(): readonly FileDescriptor[] {
    return [...this.described.values()];
  }

  /** Of all files that were read, whether or not something was taken of them. */
  get paths(): readonly string[] {
    return [...this.loaded].flatMap(([path, file]) => (file ? path : []));
  }

  /** Undefined after a problem was reported. */
  find({ name, file: path }: ExternalType, report: Report): ForeignMessage | undefined {
    const problems: string[] = [];
    const found = this.orReported(problems, () => this.search(name, path, problems));
    for (const problem of problems) report(problem);
    return problems.length === 0 ? found : undefined;
  }

  /** Whether the file of a path declares a name, itself or publicly; undefined where it cannot be read. */
  declares(path: string, name: string): boolean | undefined {
    const files = this.orReported([], () => this.visibleThrough(path)) ?? [];
    return files.length === 0 ? undefined : files.some((file) => file.declared.has(name));
  }

  private search(name: string, path: string, problems: string[]): ForeignMessage | undefined {
    if (!isImportPath(path)) {
      problems.push(`"${path}" is no path of an import. Expected one such as "google/type/money.proto".`);
      return undefined;
    }
    if (!this.load(path)) {
      problems.push(`"${path}" is in none of ${this.shownRoots}. ${CURE}`);
      return undefined;
    }
    const cycle = this.cycleFrom(path, []);
    if (cycle) {
      problems.push(`${cycle.join(' -> ')}: these files import each other, which protobuf forbids.`);
      return undefined;
    }
    const home = this.visibleThrough(path).find((file) => file.declared.has(name));
    if (home?.declared.get(name) !== 'message') {
      problems.push(home ? `"${name}" is an enum. Expected a message.` : this.notDeclared(name, path));
      return undefined;
    }
    if (home.package === '')
      problems.push(
        `"${home.path}" has no package, so its messages would be taken for those of other files.`,
      );
    else this.describe(home, problems);
    return { name, file: home.path };
  }

  private notDeclared(name: string, path: string): string {
    const names = this.visibleThrough(path).flatMap(({ declared }) =>
      [...declared].flatMap(([each, kind]) => (kind === 'message' ? each : [])),
    );
    const shown = names.slice(0, MOST_NAMES).join(', ') || 'none';
    const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : '';
    return `"${path}" declares no message "${name}". Its messages are: ${shown}${more}.`;
  }

  /** Describes a file and those that it uses. */
  private describe(file: ForeignFile, problems: string[]): void {
    if (this.described.has(file.path)) return;
    if (!file.proto3) {
      problems.push(`"${file.path}" is no proto3 file, and messages of others cannot be used.`);
      return;
    }
    const descriptor = file.describe(this.visibleTo(file), (name, user) => {
      const missing = file.imports.filter(({ path }) => !this.load(path)).map(({ path }) => `"${path}"`);
      problems.push(
        `"${file.path}": "${user}" uses "${name}", which neither the file nor what it imports declares. ` +
          (missing.length > 0
            ? `In none of ${this.shownRoots}: ${missing.join(', ')}. ${CURE}`
            : 'Mend the file.'),
      );
    });
    this.described.set(file.path, descriptor);
    for (const external of descriptor.externals ?? []) {
      const used = this.load(external.file);
      if (used) this.describe(used, problems);
    }
    // The next one who asks shall hear the same.
    if (problems.length > 0) this.described.delete(file.path);
  }

  private visibleTo(file: ForeignFile): FindVisible {
    const visible = new Map(
      file.imports
        .flatMap(({ path }) => this.visibleThrough(path))
        .flatMap((each) =>
          [...each.declared].map(([name, declared]) => [name, { name, file: each.path, declared }] as const),
        ),
    );
    return (name) => visible.get(name);
  }

  /** The file of a path and all that it imports publicly, as far as they are there. */
  private visibleThrough(path: string, seen = new Set<string>()): ForeignFile[] {
    const file = this.load(path);
    if (!file || seen.has(path)) return [];
    seen.add(path);
    const others = file.imports.filter((each) => each.public);
    return [file, ...others.flatMap((each) => this.visibleThrough(each.path, seen))];
  }

  /** The paths from a file back to itself; what is not there imports nothing. */
  private cycleFrom(path: string, above: readonly string[], done = new Set<string>()): string[] | undefined {
    if (above.includes(path)) return [...above.slice(above.indexOf(path)), path];
    if (done.has(path)) return undefined;
    done.add(path);
    for (const each of this.load(path)?.imports ?? []) {
      const cycle = this.cycleFrom(each.path, [...above, path], done);
      if (cycle) return cycle;
    }
    return undefined;
  }

  /** @throws SetupError when the file cannot be parsed, naming the line */
  private load(path: string): ForeignFile | undefined {
    if (!this.loaded.has(path)) this.loaded.set(path, this.read(path));
    return this.loaded.get(path);
  }

  private read(path: string): ForeignFile | undefined {
    for (const root of this.roots) {
      const text = readIfThere(join(root, path));
      if (text !== undefined) return ForeignFile.parse(path, text);
    }
    const json = protobuf.common.get(path);
    if (json) return ForeignFile.fromJson(path, json);
    const text = path.startsWith('google/') ? readIfThere(join(SHIPPED, path)) : undefined;
    return text === undefined ? undefined : ForeignFile.parse(path, text);
  }

  private get shownRoots(): string {
    return this.roots.map((root) => relative(process.cwd(), root) || '.').join(', ') || 'no folder';
  }

  private orReported<T>(problems: string[], work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  }
}

/** What of Google's comes with protobufjs as files. */
const SHIPPED = dirname(createRequire(import.meta.url).resolve('protobufjs/package.json'));

function isImportPath(path: string): boolean {
  return typeof path === 'string' && path.split('/').every((part) => !['', '.', '..'].includes(part));
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code)) return undefined;
    throw error;
  }
}
