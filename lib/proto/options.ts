/**
 * Options of the `.proto` language, kept as the text that stands in the file: `deprecated = true`,
 * `(google.api.http) = { get: "/v1" }`. The library writes none of its own; what somebody added by hand must
 * survive, and two of them change what clients see.
 */
import type { FieldDescriptor } from './descriptors.js';

/** The value of an option as it is written, without quotes. */
export function optionOf(
  { options = [] }: { readonly options?: readonly string[] },
  name: string,
): string | undefined {
  const found = options.find((option) => option.startsWith(`${name} = `));
  return found?.slice(name.length + 3).replace(/^(["'])(.*)\1$/, '$2');
}

/** See https://protobuf.dev/programming-guides/json/#field-names */
export function jsonNameOf(field: FieldDescriptor): string {
  const byDefault = field.name.replaceAll(/_+([a-zA-Z0-9]?)/g, (_match, letter: string) =>
    letter.toUpperCase(),
  );
  return optionOf(field, 'json_name') ?? byDefault;
}
