/** Requests of listed fields: what is nested in them follows the rules of its serializers. */
import { ValidationException } from '../errors/validation-exception.js';
import type { CallAccess } from './call-access.js';
import type { Input } from './input.js';
import type { WriteKind } from './presence.js';
import type { NestedReader } from './request-validator.js';

/** A listed field that must be there. */
export interface RequiredField {
  readonly property: string;
  readonly name: string;
}

export class ListedRequest {
  /**
   * @param place of the action, as errors name it
   * @param properties all that the request has
   * @param required nested messages that must be there
   */
  constructor(
    private readonly place: string,
    private readonly properties: ReadonlySet<string>,
    private readonly required: readonly RequiredField[],
    private readonly nested: readonly NestedReader[],
  ) {}

  /**
   * The listed fields as they were sent, nested messages as values for their models.
   *
   * @param kind how the nested messages are read
   * @throws ValidationException with every reason at once
   */
  async read(
    message: Readonly<Record<string, unknown>>,
    kind: WriteKind,
    access: CallAccess,
  ): Promise<Record<string, unknown>> {
    this.assertWhole(message);
    const input: Input = { values: { ...message }, errors: {} };
    for (const { property, name } of this.required)
      if (message[property] === undefined || message[property] === null)
        input.errors[name] = [{ message: 'This field may not be null.', code: 'null' }];
    for (const nested of this.nested) await nested.resolve([input], access, kind);
    if (Object.keys(input.errors).length > 0) throw new ValidationException(input.errors);
    return input.values;
  }

  /** A part of the request would have none of the nested messages, and be returned unread. */
  private assertWhole(message: object): void {
    const strange = Object.keys(message).find((property) => !this.properties.has(property));
    if (strange !== undefined)
      throw new Error(
        `${this.place}: readValues() got an object with "${strange}", which is no field of its request. ` +
          'Give it the request as a whole: what is nested in it is read with it.',
      );
  }
}
