/**
 * Declared contract -> what no proto compiler would take of it. Names come from classes, properties and options of the
 * user, so anything may stand there; a file that cannot be read again must never be written. Pure.
 */
import {
  homesOf,
  type EnumDescriptor,
  type EnumValueDescriptor,
  type FileDescriptor,
  type MessageDescriptor,
} from './descriptors.js';

/** See https://protobuf.dev/reference/protobuf/proto3-spec/#identifiers; compilers take a leading underscore too. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

const EXPECTED = 'Expected letters of ASCII, digits and underscores, no digit first.';

/**
 * Problems of a contract, each with its place and cure; empty when every compiler takes it.
 *
 * @example
 * problemsOfFile({ ...file, package: 'my-app' });
 * // ['package "my-app": is no proto package. Expected identifiers joined by dots, for example "my_app".']
 */
export function problemsOfFile(file: FileDescriptor): string[] {
  const jsonNames = new JsonNames();
  return [
    ...problemsOfPackage(file.package),
    ...file.services.flatMap(({ name, methods }) => [
      ...illegal(() => `service "${name}"`, name, 'Set "service" in @GrpcController().'),
      ...methods.flatMap((method) =>
        illegal(
          () => `service "${name}", rpc "${method.name}"`,
          method.name,
          "Set @GrpcAction({ name: '...' }).",
        ),
      ),
    ]),
    ...file.messages.flatMap((message) => problemsOfMessage(message, jsonNames)),
    ...file.enums.flatMap(problemsOfEnum),
    ...clashes(file),
  ];
}

function problemsOfPackage(name: string): string[] {
  if (name.split('.').every((part) => IDENTIFIER.test(part))) return [];
  const legal = name
    .split('.')
    .map((part) => part.replaceAll(/[^A-Za-z0-9_]+/g, '_').replace(/^(?=\d)/, '_'))
    .filter((part) => /[A-Za-z0-9]/.test(part))
    .join('.');
  return [
    `package "${name}": is no proto package. Expected identifiers joined by dots, for example "${legal || 'shop.v1'}".`,
  ];
}

function problemsOfMessage({ name, fields }: MessageDescriptor, jsonNames: JsonNames): string[] {
  const problems = illegal(
    () => `message "${name}"`,
    name,
    'Rename the class, or set "requestName" or "responseName" in @GrpcAction().',
  );
  const isLegal = fields.every((field) => IDENTIFIER.test(field.name));
  const inJson = new Set(fields.map((field) => jsonNames.of(field.name)));
  if (isLegal && inJson.size === fields.length) return problems;
  return [...problems, ...problemsOfFields(name, fields, jsonNames)];
}

function problemsOfFields(
  message: string,
  fields: MessageDescriptor['fields'],
  jsonNames: JsonNames,
): string[] {
  const problems: string[] = [];
  const names = new Map<string, string>();
  const inJson = new Map<string, string>();
  for (const field of fields) {
    const place = (): string => `message "${message}", field "${field.name}"`;
    problems.push(...illegal(place, field.name, "Rename the property, or set @Field({ name: '...' })."));
    const twin = names.get(field.name);
    const json = jsonNames.of(field.name);
    const jsonTwin = inJson.get(json);
    if (twin !== undefined)
      problems.push(`${place()}: "${twin}" and "${field.property}" both become this field. Rename one.`);
    else if (jsonTwin !== undefined)
      problems.push(`${place()}: has the same name in JSON as "${jsonTwin}", "${json}". Rename one.`);
    names.set(field.name, field.property);
    inJson.set(json, field.name);
  }
  return problems;
}

function problemsOfEnum({ name, values }: EnumDescriptor): string[] {
  const problems = name
    .split('.')
    .flatMap((part) =>
      illegal(() => `enum "${name}"`, part, 'Rename the class or the property that it is named after.'),
    );
  const known = new Map<string, EnumValueDescriptor>();
  for (const value of values) {
    const place = (): string => `enum "${name}", member "${value.name}"`;
    problems.push(
      ...illegal(place, value.name, 'Give the column a TypeScript enum with legal member names.'),
    );
    const key = bareMember(name, value.name);
    const twin = known.get(key);
    if (twin)
      problems.push(
        `${place()}: ${shown(twin.value)} and ${shown(value.value)} become ` +
          `${twin.name === value.name ? 'the same member' : `"${twin.name}" and "${value.name}", which are one in JSON`}. ` +
          'Give the column a TypeScript enum whose member names tell them apart.',
      );
    known.set(key, value);
  }
  return problems;
}

/** Services, messages, enums and what stands inside of messages share their names. */
function clashes({ services, messages, enums }: FileDescriptor): string[] {
  const kinds = new Map<string, string>();
  const problems: string[] = [];
  const declare = (name: string, kind: string): void => {
    const other = kinds.get(name);
    // Two of a kind are told where they are declared, by their classes.
    if (other !== undefined && other !== kind)
      problems.push(`"${name}": is the name of ${other} and of ${kind}. Rename one of them.`);
    kinds.set(name, kind);
  };
  const homes = new Set(enums.flatMap(({ name }) => homesOf(name)));
  for (const { name } of services) declare(name, 'a service');
  for (const { name, fields } of messages) {
    declare(name, 'a message');
    // Only what stands inside of a message can have the name of a field.
    if (homes.has(name)) for (const field of fields) declare(`${name}.${field.name}`, 'a field');
  }
  for (const { name, values } of enums) {
    const home = name.slice(0, name.lastIndexOf('.') + 1);
    declare(name, 'an enum');
    if (home) declare(home.slice(0, -1), 'a message');
    // As in C++, members stand beside their enum.
    for (const value of values) declare(home + value.name, `a member of the enum "${name}"`);
  }
  return problems;
}

/** Places are texts only where something is wrong: a contract has ten thousands of names. */
function illegal(place: () => string, name: string, cure: string): string[] {
  return IDENTIFIER.test(name) ? [] : [`${place()}: "${name}" is no legal proto name. ${EXPECTED} ${cure}`];
}

/** Names of fields in JSON, as protoc makes them: `foo_bar` and `fooBar` are one. A contract repeats most of its names. */
class JsonNames {
  private readonly known = new Map<string, string>();

  of(field: string): string {
    if (!field.includes('_')) return field;
    const name =
      this.known.get(field) ?? field.replaceAll(/_+(.?)/g, (_match, next: string) => next.toUpperCase());
    this.known.set(field, name);
    return name;
  }
}

/** What JSON tooling of some languages leaves of a member: no prefix `ENUM_`, no underscores, no case. */
function bareMember(enumName: string, member: string): string {
  const prefix = enumName.slice(enumName.lastIndexOf('.') + 1).replaceAll('_', '');
  const pattern = new RegExp(`^_*${[...prefix].join('_*')}_*(?=[^_])`, 'i');
  return member
    .replace(pattern, '')
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join('');
}

function shown(value: string | number | undefined): string {
  return value === undefined ? 'the unspecified value' : JSON.stringify(value);
}
