import { declareField } from './declarations.js';
import type { EnumType } from './enums.js';
import type { FieldOptions } from './field-options.js';

/** Options of `@EnumField()`. */
export interface EnumFieldOptions extends Omit<FieldOptions, 'type' | 'maxLength' | 'allowBlank' | 'trim'> {
  /** A list of values, in a serializer without a model; with one the column tells. Default: false. */
  readonly repeated?: boolean;
}

/**
 * A field that holds a member of an enum: in a serializer without a model, or over a column that stores the values of
 * the enum as texts or numbers. A column of the type `enum` or `simple-enum` is one without it.
 *
 * @param type a TypeScript enum, or a list of values; see `declareEnum()` for its name
 * @example
 * \@EnumField(Genre, { required: false }) genre?: Genre;
 */
export function EnumField(type: EnumType, options: EnumFieldOptions = {}): PropertyDecorator {
  return (prototype, property) => {
    const { repeated = false, ...field } = options;
    declareField(prototype, {
      kind: 'field',
      property: String(property),
      options: field,
      designType: undefined,
      enum: { type, repeated },
    });
  };
}
