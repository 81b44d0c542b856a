/**
 * Text of a `.proto` file -> descriptors. The one parser of the library: the ledger, the boot check and the
 * command `check` all read the committed file through it. The text may have been edited or merged by hand, so
 * whatever cannot be read is an error that names the line.
 */
import protobuf from 'protobufjs';
import {
  type EnumDescriptor,
  type FieldDescriptor,
  type FieldType,
  type FileDescriptor,
  type MessageDescriptor,
  type Reserved,
  SCALAR_TYPES,
  type ScalarType,
  type ServiceDescriptor,
} from './descriptors.js';
import { assertProto3, explain, lineOf, unreadable } from './parse-problem.js';
import { MAX_FIELD_NUMBER } from './reserved.js';

const SCALARS: ReadonlySet<string> = new Set(SCALAR_TYPES);

/**
 * Reads a `.proto` file into descriptors. Nested messages and enums get dotted names, a message that holds
 * nothing but one enum is the wrapper of that enum. Kept are the comments that stand directly above or behind
 * a declaration; options and other comments are read over. What our model has no word for is kept as close as
 * the wire allows: a member of a `oneof` is an `optional` field, a map a field of the type
 * `map<string, int32>`.
 *
 * @param fileName how errors name the file
 * @throws SetupError when the text is not proto3, holds conflict markers, or uses a number or name twice
 * @example
 * const committed = readContract(await readFile(path, 'utf8'), path);
 */
export function readContract(text: string, fileName: string): FileDescriptor {
  if (text.trim() === '') return { kind: 'file', package: '', services: [], messages: [], enums: [] };
  assertProto3(text, fileName);
  const parsed = parse(text, fileName);
  const home = parsed.package === undefined ? parsed.root : parsed.root.lookup(parsed.package);
  const found: Found = { services: [], messages: [], enums: [] };
  if (home instanceof protobuf.Namespace) collect(home, found, home.fullName.length + 1);
  assertNumbers(found.messages, text, fileName);
  return { kind: 'file', package: parsed.package ?? '', ...found };
}

/** What the walk gathers; `from` in its functions is where a full name goes on after the package. */
interface Found {
  readonly services: ServiceDescriptor[];
  readonly messages: MessageDescriptor[];
  readonly enums: EnumDescriptor[];
}

function parse(text: string, fileName: string): protobuf.IParserResult {
  try {
    return protobuf.parse(text, { keepCase: true, alternateCommentMode: true });
  } catch (error) {
    throw explain(error, text, fileName);
  }
}

function collect(home: protobuf.Namespace, found: Found, from: number): void {
  for (const declared of home.nestedArray) {
    if (declared instanceof protobuf.Service) found.services.push(readService(declared, from));
    if (declared instanceof protobuf.Enum) found.enums.push(readEnum(declared, from, undefined));
    if (!(declared instanceof protobuf.Type)) continue;
    const wrapped = enumInWrapper(declared);
    if (wrapped) {
      found.enums.push(readEnum(wrapped, from, declared));
    } else {
      found.messages.push(readMessage(declared, from));
      collect(declared, found, from);
    }
  }
}

function enumInWrapper(type: protobuf.Type): protobuf.Enum | undefined {
  const [only, ...others] = type.nestedArray;
  const empty = type.fieldsArray.length === 0 && reservedOf(type).length === 0 && others.length === 0;
  return empty && only instanceof protobuf.Enum ? only : undefined;
}

function readService(service: protobuf.Service, from: number): ServiceDescriptor {
  const methods = service.methodsArray.map((method) => ({
    kind: 'method' as const,
    name: method.name,
    request: referTo(method.requestType, service, from).name,
    response: referTo(method.responseType, service, from).name,
    requestStream: method.requestStream ?? false,
    responseStream: method.responseStream ?? false,
    comment: readComment(method.comment),
  }));
  return { kind: 'service', name: service.name, methods, comment: readComment(service.comment) };
}

function readMessage(type: protobuf.Type, from: number): MessageDescriptor {
  return {
    kind: 'message',
    name: type.fullName.slice(from),
    fields: type.fieldsArray.map((field) => readField(field, type, from)),
    reserved: readReserved(type),
    comment: readComment(type.comment),
  };
}

function readField(field: protobuf.Field, scope: protobuf.Type, from: number): FieldDescriptor {
  const optional = field.options?.['proto3_optional'] === true || field.partOf !== null;
  return {
    kind: 'field',
    name: field.name,
    property: field.name.replace(/(?<=.)_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    type: readType(field, scope, from),
    cardinality: field.repeated ? 'repeated' : optional ? 'optional' : 'singular',
    number: field.id,
    comment: readComment(field.comment),
  };
}

function readType(field: protobuf.Field, scope: protobuf.Type, from: number): FieldType {
  const type = isScalar(field.type)
    ? ({ kind: 'scalar', scalar: field.type } as const)
    : referTo(field.type, scope, from);
  if (!(field instanceof protobuf.MapField)) return type;
  const value = type.kind === 'scalar' ? type.scalar : type.name;
  return { kind: 'message', name: `map<${field.keyType}, ${value}>` };
}

/** The name as our descriptors refer to it: from the package on, or in full for what is declared elsewhere. */
function referTo(
  name: string,
  scope: protobuf.Namespace,
  from: number,
): Exclude<FieldType, { kind: 'scalar' }> {
  const found = scope.lookup(name, [protobuf.Type, protobuf.Enum]);
  if (found === null) return { kind: 'message', name: name.replace(/^\./, '') };
  return { kind: found instanceof protobuf.Enum ? 'enum' : 'message', name: found.fullName.slice(from) };
}

function readEnum(declared: protobuf.Enum, from: number, wrapper: protobuf.Type | undefined): EnumDescriptor {
  const values = Object.entries(declared.values).map(([name, number]) => ({
    kind: 'enum-value' as const,
    name,
    number,
    value: undefined,
    comment: readComment(declared.comments[name]),
  }));
  return {
    kind: 'enum',
    name: declared.fullName.slice(from),
    values,
    reserved: readReserved(declared),
    comment: readComment(wrapper?.comment ?? declared.comment),
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

function isScalar(type: string): type is ScalarType {
  return SCALARS.has(type);
}

/** protobufjs takes 0 and numbers above the maximum; no other proto compiler does. */
function assertNumbers(messages: readonly MessageDescriptor[], text: string, fileName: string): void {
  for (const { name, fields } of messages) {
    const wrong = fields.find(({ number }) => number < 1 || number > MAX_FIELD_NUMBER);
    if (!wrong) continue;
    const what = `"${name}" gives "${wrong.name}" the number ${wrong.number}, expected 1 to ${MAX_FIELD_NUMBER}`;
    throw unreadable(fileName, lineOf(text, name, wrong.name), what);
  }
}
