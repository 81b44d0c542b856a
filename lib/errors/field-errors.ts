/** Errors of fields in the form of DRF and of the reference, and their flat form for `BadRequest`. */
import { jsonText, type Json } from './json-text.js';

/** One reason against a value, in DRF's words: `{ message: 'This field may not be null.', code: 'null' }`. */
export type FieldError = { readonly message: string; readonly code: string };

/**
 * Errors by field name. A nested message has errors of its own, a list of messages one entry for each item,
 * `{}` for a good one: `{"books": [{}, {"title": [{"message": "...", "code": "blank"}]}]}`.
 */
export interface FieldErrors {
  readonly [field: string]: readonly FieldError[] | FieldErrors | readonly FieldErrors[];
}

/** DRF's key for what concerns several fields or none. */
export const NON_FIELD_ERRORS = 'non_field_errors';

/** Where an error is: names of fields, and indexes (from 0) inside lists. */
export type FieldPath = readonly (string | number)[];

export type LocatedError = FieldError & { readonly path: FieldPath };

type Branch = FieldErrors | FieldError | readonly (FieldErrors | FieldError)[];

/** Deeper than any sane message; keeps a hostile nesting from exhausting the stack. */
const MAX_DEPTH = 32;

/** @returns every error with its place, in the order of the fields */
export function locate(errors: FieldErrors): LocatedError[] {
  const found: LocatedError[] = [];
  visit(errors, [], found);
  return found;
}

function visit(branch: Branch, path: FieldPath, found: LocatedError[]): void {
  if (path.length > MAX_DEPTH || typeof branch !== 'object' || branch === null) return;
  if (isError(branch)) {
    found.push({ path, message: branch.message, code: branch.code });
  } else if (isList(branch)) {
    branch.forEach((item, index) => visit(item, isError(item) ? path : [...path, index], found));
  } else {
    for (const [field, child] of Object.entries(branch)) visit(child, [...path, field], found);
  }
}

function isError(branch: Branch): branch is FieldError {
  const { message, code } = branch as Partial<FieldError>;
  return typeof message === 'string' && typeof code === 'string';
}

function isList(branch: Branch): branch is readonly (FieldErrors | FieldError)[] {
  return Array.isArray(branch);
}

/** @returns the path as Google's `BadRequest` writes it, items counted from 1: `books[2].title` */
export function fieldName(path: FieldPath): string {
  return path.reduce<string>((name, step) => {
    if (typeof step === 'number') return `${name}[${step + 1}]`;
    return name === '' ? step : `${name}.${step}`;
  }, '');
}

/** @returns the located errors in the nested JSON form of the reference */
export function nestedJson(errors: readonly LocatedError[]): string {
  const root = new Node();
  for (const { path, ...error } of errors) root.at(path).errors.push(error);
  return jsonText(root.toJson());
}

/** A place in the message, grown while errors are planted. */
class Node {
  readonly errors: { message: string; code: string }[] = [];
  private readonly fields = new Map<string, Node>();
  private readonly items: Node[] = [];

  at(path: FieldPath): Node {
    return path.reduce<Node>(
      (node, step) => (typeof step === 'number' ? node.item(step) : node.field(step)),
      this,
    );
  }

  toJson(): Json {
    if (this.errors.length > 0 || this.items.length > 0) {
      return [...this.errors, ...this.items.map((item) => item.toJson())];
    }
    return Object.fromEntries([...this.fields].map(([name, node]) => [name, node.toJson()]));
  }

  private field(name: string): Node {
    const node = this.fields.get(name) ?? new Node();
    this.fields.set(name, node);
    return node;
  }

  private item(index: number): Node {
    while (this.items.length <= index) this.items.push(new Node());
    return this.items[index] as Node;
  }
}
