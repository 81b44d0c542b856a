/** Which files a file needs, and how it refers to what is declared there. */
import {
  type External,
  type FileDescriptor,
  isWellKnown,
  mapTypesOf,
  WELL_KNOWN_FILES,
} from './descriptors.js';
import { importPathOf, protoImport } from './proto-file.js';

/**
 * What stands behind `import`, sorted: the files of everything that is used, and what somebody imports by hand.
 *
 * @example
 * importsOf(file); // ['"common/v1/common.proto"', '"google/protobuf/empty.proto"']
 */
export function importsOf(file: FileDescriptor): string[] {
  const wellKnown = namesUsedIn(file)
    .filter(isWellKnown)
    .map((name) => WELL_KNOWN_FILES[name]);
  const paths = [...wellKnown, ...usedExternals(file).map((external) => external.file)];
  return [...new Set([...paths.map((path) => `"${path}"`), ...(file.imports ?? [])])].sort();
}

/** The externals that something refers to; others may be left over from what was removed. */
export function usedExternals(file: FileDescriptor): External[] {
  const used = new Set(namesUsedIn(file));
  return (file.externals ?? []).filter(({ name }) => used.has(name));
}

/** Those of the given files that a file imports, directly or through others. */
export function importedFiles(file: FileDescriptor, files: readonly FileDescriptor[]): FileDescriptor[] {
  const byPath = new Map(files.map((each) => [importPathOf(each), each]));
  const found = new Set<FileDescriptor>();
  const follow = (each: FileDescriptor): void => {
    for (const external of usedExternals(each)) {
      const next = byPath.get(external.file);
      if (!next || found.has(next)) continue;
      found.add(next);
      follow(next);
    }
  };
  follow(file);
  return [...found];
}

/** Messages and enums that rpcs and fields refer to, each once. */
export function namesUsedIn({ services, messages }: Pick<FileDescriptor, 'services' | 'messages'>): string[] {
  const names = new Set<string>();
  for (const { methods } of services) for (const rpc of methods) names.add(rpc.request).add(rpc.response);
  for (const { fields } of messages)
    for (const { type } of fields) if (type.kind !== 'scalar') names.add(valueTypeIn(type.name));
  return [...names];
}

/** `map<string, Tag>` names the type of its values. */
export function valueTypeIn(name: string): string {
  return mapTypesOf(name)?.value ?? name;
}

/**
 * The file with a dot in front of the full names that need one. A name is searched from the inside out, so that in the
 * package `acme.shop` a `common.Money` would be taken for `acme.common.Money` as soon as there is such a package.
 *
 * @see https://protobuf.dev/programming-guides/proto3/#name-resolution
 */
export function withReferences(file: FileDescriptor): FileDescriptor {
  const used = namesUsedIn(file);
  const externals = new Set((file.externals ?? []).map(({ name }) => name));
  const foreign = used.filter((name) => externals.has(name) || isWellKnown(name));
  const inner = [file.package, ...foreign].flatMap((name) => name.split('.').slice(1));
  const own = [...file.messages, ...file.enums, ...file.services].flatMap(({ name }) => name.split('.'));
  const shadows = new Set([...inner, ...own]);
  const dotted = new Set(foreign.filter((name) => shadows.has(name.slice(0, name.indexOf('.')))));
  if (dotted.size === 0) return file;
  const refer = (name: string) =>
    name.replace(valueTypeIn(name), (type) => (dotted.has(type) ? `.${type}` : type));
  return renameTypes(file, refer);
}

/** The messages and enums of a file as other files name them. */
export function withFullNames(file: FileDescriptor): FileDescriptor {
  const full = (name: string) => `${file.package}.${name}`;
  const own = new Set([...file.messages, ...file.enums].map(({ name }) => name));
  const { services, messages, enums } = renameTypes(file, (name) =>
    name.replace(valueTypeIn(name), (type) => (own.has(type) ? full(type) : type)),
  );
  return {
    ...file,
    services,
    messages: messages.map((message) => Object.assign({}, message, { name: full(message.name) })),
    enums: enums.map((descriptor) => Object.assign({}, descriptor, { name: full(descriptor.name) })),
  };
}

function renameTypes(file: FileDescriptor, refer: (name: string) => string): FileDescriptor {
  return {
    ...file,
    services: file.services.map((service) => ({
      ...service,
      methods: service.methods.map((rpc) => ({
        ...rpc,
        request: refer(rpc.request),
        response: refer(rpc.response),
      })),
    })),
    messages: file.messages.map((message) => ({
      ...message,
      fields: message.fields.map((field) =>
        field.type.kind === 'scalar'
          ? field
          : { ...field, type: { ...field.type, name: refer(field.type.name) } },
      ),
    })),
  };
}

/** Whether the file of a path declares a name, itself or publicly; undefined where it is not there. */
export type Declares = (path: string, name: string) => boolean | undefined;

/**
 * Splits the imports of a file that was read: those that declare a name which the file does not declare belong to that
 * name, the rest is somebody's own. Where nobody knows what they declare, those belong to it whose folder is its package.
 *
 * @param imports as they are written, `"common/v1/common.proto"`
 */
export function claimImports(
  file: FileDescriptor,
  imports: readonly string[],
  declares: Declares = () => undefined,
): Pick<FileDescriptor, 'imports' | 'externals'> {
  const declared = new Set([...file.messages, ...file.enums].map(({ name }) => name));
  const foreign = new Set(namesUsedIn(file).filter((name) => !declared.has(name) && !isWellKnown(name)));
  const paths = imports.flatMap((path) => /^"(.+)"$/.exec(path)?.[1] ?? []);
  const externals = [...foreign].flatMap((name) =>
    paths
      .filter((path) =>
        isInFolder(path, name) ? isOurs(path) || (declares(path, name) ?? true) : declares(path, name),
      )
      .map((path) => ({ name, file: path })),
  );
  const claimed = new Set(externals.map((external) => `"${external.file}"`));
  const own = imports.filter((path) => !claimed.has(path));
  return { ...(own.length > 0 && { imports: own }), ...(externals.length > 0 && { externals }) };
}

/** A file that the library writes; what is there may be older than what refers to it. */
function isOurs(path: string): boolean {
  return path === protoImport(path.slice(0, path.lastIndexOf('/')).replaceAll('/', '.'));
}

function isInFolder(path: string, name: string): boolean {
  const slash = path.lastIndexOf('/');
  return slash > 0 && name.startsWith(`${path.slice(0, slash).replaceAll('/', '.')}.`);
}
