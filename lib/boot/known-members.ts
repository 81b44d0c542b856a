/** Listed fields have no serializer that refuses numbers which their enums do not know: it is done when they are read. */
import type { FieldErrors } from '../errors/field-errors.js';
import { ValidationException } from '../errors/validation-exception.js';
import type { FieldDescriptor, FileDescriptor } from '../proto/descriptors.js';
import { UnknownEnumValue } from '../serialization/codec/index.js';

type Message = Readonly<Record<string, unknown>>;
type Check = (message: Message) => FieldErrors;

export class KnownMembers {
  /** By full name; a message that is not ready yet nests itself. */
  private readonly known = new Map<string, Check | undefined>();
  private readonly messages: ReadonlyMap<string, { fields: readonly FieldDescriptor[]; package: string }>;

  constructor(files: readonly FileDescriptor[]) {
    this.messages = new Map(
      files.flatMap((file) =>
        file.messages.map(({ name, fields }) => [
          `${file.package}.${name}`,
          { fields, package: file.package },
        ]),
      ),
    );
  }

  /**
   * What refuses a message with an unknown member in it, or in a message inside of it; undefined where there is no enum.
   *
   * @param name as the methods of a package refer to it
   * @throws (what is given) ValidationException with every such field
   */
  check(name: string, packageName: string): ((value: Message) => void) | undefined {
    const check = this.of(this.fullName(name, packageName));
    return (
      check &&
      ((value) => {
        const errors = check(value);
        if (Object.keys(errors).length > 0) throw new ValidationException(errors);
      })
    );
  }

  private fullName(name: string, packageName: string): string {
    const own = `${packageName}.${name}`;
    return this.messages.has(own) ? own : name;
  }

  private of(name: string): Check | undefined {
    if (this.known.has(name)) return (message) => this.known.get(name)?.(message) ?? {};
    this.known.set(name, undefined);
    const message = this.messages.get(name);
    const checks = (message?.fields ?? []).flatMap(
      (field) => this.ofField(field, message?.package ?? '') ?? [],
    );
    const check: Check | undefined =
      checks.length === 0
        ? undefined
        : (value) => Object.assign({}, ...checks.map((each) => each(value))) as FieldErrors;
    this.known.set(name, check);
    return check;
  }

  private ofField(
    { name, property, union, type, cardinality }: FieldDescriptor,
    packageName: string,
  ): Check | undefined {
    if (type.kind === 'scalar') return undefined;
    const many = cardinality === 'repeated';
    const valueIn = union === undefined ? (message: Message) => message[property] : memberOf(union, property);
    if (type.kind === 'enum')
      return (message) => {
        const value = valueIn(message);
        const unknown = (many ? (value as unknown[]) : [value]).find(
          (each) => each instanceof UnknownEnumValue,
        );
        return unknown instanceof UnknownEnumValue
          ? { [name]: [{ message: `"${unknown.number}" is not a valid choice.`, code: 'invalid_choice' }] }
          : {};
      };
    const inner = this.of(this.fullName(type.name, packageName));
    if (!inner) return undefined;
    return (message) => {
      const value = valueIn(message);
      const found = (many ? (value as Message[]) : [value as Message | undefined]).map((each) =>
        each ? inner(each) : {},
      );
      if (found.every((errors) => Object.keys(errors).length === 0)) return {};
      return { [name]: many ? found : (found[0] as FieldErrors) };
    };
  }
}

/** The value of a member of a oneof, where it is the one that is there. */
function memberOf(union: string, property: string): (message: Message) => unknown {
  return ({ [union]: held }) => {
    const { case: name, value } = (held ?? {}) as { readonly case?: string; readonly value?: unknown };
    return name === property ? value : undefined;
  };
}
