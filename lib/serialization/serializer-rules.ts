/**
 * What a serializer class adds to the rules of its fields: class-validator's decorators, `validateTitle()` for one
 * field, `validate()` for all together. In this order, as in Django REST framework.
 */
import { ValidationException, type FieldErrors } from '../errors/validation-exception.js';
import { NON_FIELD_ERRORS, type FieldError } from '../errors/field-errors.js';
import type { Input } from './input.js';
import type { ProtoSerializer } from './proto-serializer.js';
import type { SerializerShape, ShapeField } from './shape.js';

/** Runs class-validator's decorators over an object; gives the reasons by property. */
export type ClassValidation = (object: object) => Promise<ReadonlyMap<string, readonly FieldError[]>>;

type FieldRule = (value: unknown, context: unknown) => unknown;
type Methods = Readonly<Record<string, FieldRule | undefined>>;

export class SerializerRules {
  private readonly fields: readonly { readonly field: ShapeField; readonly rule: FieldRule }[];

  /**
   * @param instance of the serializer's class; shared by all calls
   * @param classValidation undefined when class-validator is not installed or the class has none of its decorators
   */
  constructor(
    private readonly shape: SerializerShape,
    private readonly instance: ProtoSerializer,
    private readonly classValidation: ClassValidation | undefined,
  ) {
    const methods = instance as unknown as Methods;
    this.fields = shape.fields.flatMap((field) => {
      const rule = methods[ruleName(field.property)];
      return rule ? [{ field, rule: rule.bind(instance) }] : [];
    });
  }

  /** Whether nothing of the class looks at values. */
  get isEmpty(): boolean {
    const { validate } = this.instance as unknown as Methods;
    return !this.classValidation && this.fields.length === 0 && !validate;
  }

  /** Changes `input.values` to what the rules give and adds their errors. */
  async apply(input: Input, context: unknown): Promise<void> {
    if (this.classValidation) await this.applyDecorators(input, this.classValidation);
    for (const { field, rule } of this.fields) {
      const { property, name } = field;
      if (!Object.hasOwn(input.values, property) || Object.hasOwn(input.errors, name)) continue;
      try {
        const given = await rule(input.values[property], context);
        if (given !== undefined) input.values[property] = given;
      } catch (error) {
        input.errors[name] = errorsOfField(error, name);
      }
    }
    if (Object.keys(input.errors).length === 0) await this.applyToAll(input, context);
  }

  private async applyDecorators(input: Input, validation: ClassValidation): Promise<void> {
    const prototype = Object.getPrototypeOf(this.instance) as object;
    const reasons = await validation(Object.assign(Object.create(prototype) as object, input.values));
    for (const { property, name } of this.shape.fields) {
      const found = reasons.get(property);
      // A partial update says nothing about the fields that it does not list.
      if (found && Object.hasOwn(input.values, property)) input.errors[name] = found;
    }
  }

  private async applyToAll(input: Input, context: unknown): Promise<void> {
    const { validate } = this.instance as unknown as Methods;
    if (!validate) return;
    try {
      Object.assign(input.values, await validate.call(this.instance, input.values, context));
    } catch (error) {
      if (!(error instanceof ValidationException)) throw error;
      Object.assign(input.errors, error.errors);
    }
  }
}

/** Methods that look like a rule for a field that does not exist: a misspelling that would never run. */
export function misspeltRules(shape: SerializerShape): string[] {
  const known = new Set(shape.fields.map(({ property }) => ruleName(property)));
  const found = new Set<string>();
  for (
    let prototype = shape.serializer.prototype as object;
    prototype && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype) as object
  )
    for (const name of Object.getOwnPropertyNames(prototype))
      if (/^validate[A-Z]/.test(name) && !known.has(name)) found.add(name);
  return [...found];
}

function ruleName(property: string): string {
  return `validate${property.charAt(0).toUpperCase()}${property.slice(1)}`;
}

/** A rule of one field may throw without naming it. */
function errorsOfField(error: unknown, name: string): FieldErrors[string] {
  if (!(error instanceof ValidationException)) throw error;
  return error.errors[name] ?? error.errors[NON_FIELD_ERRORS] ?? error.errors;
}
