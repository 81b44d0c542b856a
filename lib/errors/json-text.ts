/** JSON as the reference writes it: Python's `json.dumps`, with blanks after `,` and `:` and ASCII only. */

export type Json = string | readonly Json[] | { readonly [key: string]: Json };

/**
 * @example
 * jsonText({ message: 'accentué', code: 'invalid' }); // {"message": "accentu\u00e9", "code": "invalid"}
 */
export function jsonText(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (isList(value)) return `[${value.map(jsonText).join(', ')}]`;
  const entries = Object.entries(value).map(([key, item]) => `${quoted(key)}: ${jsonText(item)}`);
  return `{${entries.join(', ')}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, escaped);
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
