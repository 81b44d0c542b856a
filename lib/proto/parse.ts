/**
 * Text of a `.proto` file -> descriptors. The one parser of the library: the ledger, the boot check and the
 * command `check` all read the committed file through it. The text may have been edited or merged by hand, so
 * whatever cannot be read is an error that names the line.
 */
import protobuf from 'protobufjs';
import {
  type EnumDescriptor,
  type EnumValueDescriptor,
  type FieldDescriptor,
  type FieldType,
  type FileDescriptor,
  isScalar,
  type MessageDescriptor,
  type Options,
  type Reserved,
  type ServiceDescriptor,
  WELL_KNOWN_FILES,
} from './descriptors.js';
import { claimImports } from './imports.js';
import { type Outline, outlineOf } from './outline.js';
import { assertKept, assertNumbers, assertProto3, explain } from './parse-problem.js';

/** Imports that the printer works out by itself. */
const OWN_IMPORTS: ReadonlySet<string> = new Set(Object.values(WELL_KNOWN_FILES).map((path) => `"${path}"`));

/**
 * Reads a `.proto` file into descriptors. Nested messages and enums get dotted names, a message that holds
 * nothing but one enum is the wrapper of that enum, a map is a field of the type `map<string, int32>`. Options
 * and imports are kept as they are written, and the comments that stand directly above or behind a
 * declaration; other comments are read over.
 *
 * @param fileName how errors name the file
 * @throws SetupError when the text is not proto3, holds conflict markers, uses a number or name twice, or holds
 * something that could not be written again: `extend`, an enum with aliases, options of a oneof
 * @example
 * const committed = readContract(await readFile(path, 'utf8'), path);
 */
export function readContract(text: string, fileName: string): FileDescriptor {
  if (text.trim() === '') return { kind: 'file', package: '', services: [], messages: [], enums: [] };
  assertProto3(text, fileName);
  const parsed = parse(text, fileName);
  const home = parsed.package === undefined ? parsed.root : parsed.root.lookup(parsed.package);
  const outline = outlineOf(text);
  assertKept(outline.unknown, fileName);
  const found: Found = { services: [], messages: [], enums: [] };
  if (home instanceof protobuf.Namespace) collect(home, found, new Source(home, outline));
  assertNumbers(found, text, fileName);
  const file: FileDescriptor = {
    kind: 'file',
    package: parsed.package ?? '',
    ...optionsIn(outline, ''),
    ...found,
  };
  const imports = outline.imports.filter((path) => !OWN_IMPORTS.has(path));
  return { ...file, ...claimImports(file, imports) };
}

/** What the walk gathers. */
interface Found {
  readonly services: ServiceDescriptor[];
  readonly messages: MessageDescriptor[];
  readonly enums: EnumDescriptor[];
}

/** Names from the package on, and the options that belong to them. */
class Source {
  constructor(
    private readonly home: protobuf.Namespace,
    private readonly outline: Outline,
  ) {}

  nameOf(declared: protobuf.ReflectionObject): string {
    return declared.fullName.slice(this.home.fullName.length + 1);
  }

  optionsOf(declared: protobuf.ReflectionObject): { options?: Options } {
    return optionsIn(this.outline, this.nameOf(declared));
  }

  optionsOfValue(declared: protobuf.Enum, value: string): { options?: Options } {
    return optionsIn(this.outline, `${this.nameOf(declared)}.${value}`);
  }
}

function optionsIn({ options }: Outline, owner: string): { options?: Options } {
  const written = options.get(owner);
  return written ? { options: written } : {};
}

function parse(text: string, fileName: string): protobuf.IParserResult {
  try {
    return protobuf.parse(text, { keepCase: true, alternateCommentMode: true });
  } catch (error) {
    throw explain(error, text, fileName);
  }
}

function collect(home: protobuf.Namespace, found: Found, source: Source): void {
  for (const declared of home.nestedArray) {
    if (declared instanceof protobuf.Service) found.services.push(readService(declared, source));
    if (declared instanceof protobuf.Enum) found.enums.push(readEnum(declared, source, undefined));
    if (!(declared instanceof protobuf.Type)) continue;
    const wrapped = enumInWrapper(declared);
    if (wrapped) {
      found.enums.push(readEnum(wrapped, source, declared));
    } else {
      found.messages.push(readMessage(declared, source));
      collect(declared, found, source);
    }
  }
}

function enumInWrapper(type: protobuf.Type): protobuf.Enum | undefined {
  const [only, ...others] = type.nestedArray;
  const empty = [type.fieldsArray, reservedOf(type), others, Object.keys(type.options ?? {})].every(
    (list) => list.length === 0,
  );
  return empty && only instanceof protobuf.Enum ? only : undefined;
}

function readService(service: protobuf.Service, source: Source): ServiceDescriptor {
  const methods = service.methodsArray.map((method) => ({
    kind: 'method' as const,
    name: method.name,
    ...source.optionsOf(method),
    request: referTo(method.requestType, service, source).name,
    response: referTo(method.responseType, service, source).name,
    requestStream: method.requestStream ?? false,
    responseStream: method.responseStream ?? false,
    comment: readComment(method.comment),
  }));
  const { name } = service;
  return {
    kind: 'service',
    name,
    methods,
    ...source.optionsOf(service),
    comment: readComment(service.comment),
  };
}

function readMessage(type: protobuf.Type, source: Source): MessageDescriptor {
  return {
    kind: 'message',
    name: source.nameOf(type),
    ...source.optionsOf(type),
    fields: type.fieldsArray.map((field) => readField(field, type, source)),
    reserved: readReserved(type),
    comment: readComment(type.comment),
  };
}

function readField(field: protobuf.Field, scope: protobuf.Type, source: Source): FieldDescriptor {
  const proto3Optional = field.options?.['proto3_optional'] === true;
  const oneof = proto3Optional ? undefined : field.partOf?.name;
  return {
    kind: 'field',
    name: field.name,
    property: field.name.replace(/(?<=.)_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    type: readType(field, scope, source),
    cardinality: field.repeated ? 'repeated' : proto3Optional || oneof ? 'optional' : 'singular',
    number: field.id,
    ...(oneof !== undefined && { oneof }),
    ...source.optionsOf(field),
    comment: readComment(field.comment),
  };
}

function readType(field: protobuf.Field, scope: protobuf.Type, source: Source): FieldType {
  const type = isScalar(field.type)
    ? ({ kind: 'scalar', scalar: field.type } as const)
    : referTo(field.type, scope, source);
  if (!(field instanceof protobuf.MapField)) return type;
  const value = type.kind === 'scalar' ? type.scalar : type.name;
  return { kind: 'message', name: `map<${field.keyType}, ${value}>` };
}

/** The name as our descriptors refer to it: from the package on, or in full for what is declared elsewhere. */
function referTo(
  name: string,
  scope: protobuf.Namespace,
  source: Source,
): Exclude<FieldType, { kind: 'scalar' }> {
  const found = scope.lookup(name, [protobuf.Type, protobuf.Enum]);
  if (found === null) return { kind: 'message', name: name.replace(/^\./, '') };
  return { kind: found instanceof protobuf.Enum ? 'enum' : 'message', name: source.nameOf(found) };
}

function readEnum(
  declared: protobuf.Enum,
  source: Source,
  wrapper: protobuf.Type | undefined,
): EnumDescriptor {
  const values = Object.keys(declared.values).map((name) => readValue(declared, name, source));
  return {
    kind: 'enum',
    name: source.nameOf(declared),
    values,
    ...source.optionsOf(declared),
    reserved: readReserved(declared),
    comment: readComment(wrapper?.comment ?? declared.comment),
  };
}

function readValue(declared: protobuf.Enum, name: string, source: Source): EnumValueDescriptor {
  return {
    kind: 'enum-value',
    name,
    number: declared.values[name] as number,
    value: undefined,
    ...source.optionsOfValue(declared, name),
    comment: readComment(declared.comments[name]),
  };
}

function readReserved(declared: protobuf.Type | protobuf.Enum): Reserved {
  const ranges: [number, number][] = [];
  const names: string[] = [];
  for (const entry of reservedOf(declared)) {
    if (typeof entry === 'string') names.push(entry);
    else ranges.push([entry[0]!, entry[1]!]);
  }
  return { ranges, names };
}

/** The declared type promises a list; without a `reserved` line there is none. */
function reservedOf(declared: protobuf.Type | protobuf.Enum): readonly (number[] | string)[] {
  const list: (number[] | string)[] | undefined = declared.reserved;
  return list ?? [];
}

function readComment(comment: string | null | undefined): string[] {
  return typeof comment === 'string' ? comment.split('\n') : [];
}
