import type { CallAccess } from './call-access.js';
import type { Input } from './input.js';
import type { WriteKind } from './presence.js';
import type { NestedField, NestedInput } from './nested-input.js';
import type { OneOfMember } from './shape.js';

interface Union {
  readonly case: string;
  readonly value: unknown;
}

type Member = Pick<OneOfMember, 'property' | 'name'>;

/** Reads the messages of one member of a oneof, by the rules of its serializer. */
export class OneOfInput {
  private constructor(
    private readonly field: NestedField,
    private readonly member: Member,
    private readonly inner: NestedInput,
    private readonly held: NestedField,
  ) {}

  /** @param nestedInput reads a field that holds one message */
  static create(
    field: NestedField,
    member: Member,
    nestedInput: (field: NestedField) => NestedInput,
  ): OneOfInput {
    const { name } = member;
    // Under a name that no property has, while the member is read as a field of its own.
    const held = { ...field, property: `${field.property}.${member.property}`, name };
    return new OneOfInput(field, member, nestedInput(held), held);
  }

  async resolve(inputs: readonly Input[], access: CallAccess, kind?: WriteKind): Promise<void> {
    const { property } = this.field;
    const concerned = inputs.filter(
      ({ values }) => (values[property] as Union | null | undefined)?.case === this.member.property,
    );
    for (const { values } of concerned) values[this.held.property] = (values[property] as Union).value;
    await this.inner.resolve(concerned, access, kind);
    for (const { values } of concerned) {
      if (Object.hasOwn(values, this.held.property))
        values[property] = { case: this.member.property, value: values[this.held.property] };
      else delete values[property];
      delete values[this.held.property];
    }
  }
}
