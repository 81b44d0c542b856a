import type { CallAccess } from './call-access.js';
import type { Input } from './input.js';
import type { NestedInput } from './nested-input.js';
import type { OneOfMember, ShapeField } from './shape.js';

interface Union {
  readonly case: string;
  readonly value: unknown;
}

/** Reads the messages of one member of a oneof, by the rules of its serializer. */
export class OneOfInput {
  private constructor(
    private readonly field: ShapeField,
    private readonly member: OneOfMember,
    private readonly inner: NestedInput,
    private readonly held: ShapeField,
  ) {}

  /** @param nestedInput reads a field that holds one message */
  static create(
    field: ShapeField,
    member: OneOfMember,
    nestedInput: (field: ShapeField) => NestedInput,
  ): OneOfInput {
    const { name, type } = member;
    // Under a name that no property has, while the member is read as a field of its own.
    const held: ShapeField = { ...field, property: `${field.property}.${member.property}`, name, type };
    return new OneOfInput(field, member, nestedInput(held), held);
  }

  async resolve(inputs: readonly Input[], access: CallAccess): Promise<void> {
    const { property } = this.field;
    const concerned = inputs.filter(
      ({ values }) => (values[property] as Union | null | undefined)?.case === this.member.property,
    );
    for (const { values } of concerned) values[this.held.property] = (values[property] as Union).value;
    await this.inner.resolve(concerned, access);
    for (const { values } of concerned) {
      if (Object.hasOwn(values, this.held.property))
        values[property] = { case: this.member.property, value: values[this.held.property] };
      else delete values[property];
      delete values[this.held.property];
    }
  }
}
