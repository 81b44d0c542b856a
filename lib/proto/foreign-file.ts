/** One file of somebody else: what it declares and imports, and its descriptors. Nothing of it is ever written. */
import protobuf from 'protobufjs';
import {
  isWellKnown,
  type EnumDescriptor,
  type External,
  type FileDescriptor,
  type MessageDescriptor,
  type Options,
} from './descriptors.js';
import { outlineOf, type Outline } from './outline.js';
import { camelCase } from './names.js';
import { isProto3 } from './parse-problem.js';
import { parse } from './parse.js';
import { collect, optionsIn, type Found, type Reference, type Source } from './read-declarations.js';

/** What a full name stands for. */
export type DeclaredKind = 'message' | 'enum';

/** Finds a type by its full name in what a file can see of others; undefined where there is none. */
export type FindVisible = (name: string) => (External & { readonly declared: DeclaredKind }) | undefined;

const NO_OUTLINE: Outline = { declarations: [], options: new Map(), imports: [], unknown: [] };

export class ForeignFile {
  readonly package: string;
  /** By full name. */
  readonly declared: ReadonlyMap<string, DeclaredKind>;
  readonly imports: readonly { readonly path: string; readonly public: boolean }[];
  private readonly home: protobuf.Namespace | undefined;

  private constructor(
    readonly path: string,
    root: protobuf.Root,
    packageName: string | undefined,
    private readonly outline: Outline,
    /** Only such files have descriptors. */
    readonly proto3: boolean,
  ) {
    this.package = packageName ?? '';
    const home = packageName === undefined ? root : root.lookup(packageName);
    this.home = home instanceof protobuf.Namespace ? home : undefined;
    this.declared = new Map(this.home ? namesIn(this.home) : []);
    this.imports = outline.imports.flatMap((written) => {
      const [, word, path] = /^(?:(\w+) )?["'](.+)["']$/.exec(written) ?? [];
      return path === undefined ? [] : { path, public: word === 'public' };
    });
  }

  /**
   * @param path as it is imported
   * @throws SetupError naming the line
   */
  static parse(path: string, text: string): ForeignFile {
    const { root, package: name } = parse(text, path);
    return new ForeignFile(path, root, name ?? undefined, outlineOf(text), isProto3(text));
  }

  /** Of Google's own, which protobufjs has. */
  static fromJson(path: string, json: protobuf.INamespace): ForeignFile {
    return new ForeignFile(path, protobuf.Root.fromJSON(json), 'google.protobuf', NO_OUTLINE, true);
  }

  /**
   * The descriptors of the whole file but its services, which somebody else serves.
   *
   * @param report is told names that nothing declares
   */
  describe(find: FindVisible, report: (name: string, user: string) => void): FileDescriptor {
    const externals = new Map<string, External>();
    const source = this.source((name, scope) => {
      for (const candidate of candidatesOf(name, scope.fullName.slice(1))) {
        const kind = this.declared.get(candidate);
        if (kind) return { kind, name: this.local(candidate) };
        if (isWellKnown(candidate)) return { kind: 'message', name: candidate };
        const external = find(candidate);
        if (!external) continue;
        const { declared, ...rest } = external;
        externals.set(candidate, { ...rest, ...(declared === 'enum' && { kind: declared }) });
        return { kind: declared, name: candidate };
      }
      report(name, scope.fullName.slice(1));
      return { kind: 'message', name };
    });
    const found: Found = { services: [], messages: [], enums: [] };
    if (this.home) collect(this.home, found, source);
    return {
      kind: 'file',
      package: this.package,
      path: this.path,
      externals: [...externals.values()],
      services: [],
      messages: found.messages.map(withUnions),
      enums: found.enums.map(opened),
    };
  }

  private source(refer: (name: string, scope: protobuf.Namespace) => Reference): Source {
    const { outline } = this;
    const nameOf = (declared: protobuf.ReflectionObject) => this.local(declared.fullName.slice(1));
    const optionsOf = (name: string): { options?: Options } => optionsIn(outline, name);
    return {
      wrappers: false,
      nameOf,
      optionsOf: (declared) => optionsOf(nameOf(declared)),
      optionsOfValue: (declared, value) => optionsOf(`${nameOf(declared)}.${value}`),
      refer,
    };
  }

  private local(fullName: string): string {
    return this.package === '' ? fullName : fullName.slice(this.package.length + 1);
  }
}

function* namesIn(home: protobuf.Namespace): Generator<[string, DeclaredKind]> {
  for (const declared of home.nestedArray) {
    const name = declared.fullName.slice(1);
    if (declared instanceof protobuf.Enum) yield [name, 'enum'];
    if (!(declared instanceof protobuf.Type)) continue;
    yield [name, 'message'];
    yield* namesIn(declared);
  }
}

/** What a name may stand for, the innermost first; see https://protobuf.dev/programming-guides/proto3/#name-resolution. */
function candidatesOf(name: string, scope: string): string[] {
  if (name.startsWith('.')) return [name.slice(1)];
  const parts = scope === '' ? [] : scope.split('.');
  return [...parts.keys(), parts.length]
    .toReversed()
    .map((length) => [...parts.slice(0, length), name].join('.'));
}

/** Members of a oneof are one property in JavaScript. */
function withUnions(message: MessageDescriptor): MessageDescriptor {
  return {
    ...message,
    fields: message.fields.map((field) =>
      field.oneof === undefined ? field : Object.assign({}, field, { union: camelCase(field.oneof) }),
    ),
  };
}

function opened(descriptor: EnumDescriptor): EnumDescriptor {
  const values = descriptor.values.map((each) => Object.assign({}, each, { value: each.name }));
  return { ...descriptor, values, open: true };
}
