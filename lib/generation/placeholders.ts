/** Values of action options that are known only for a concrete controller, so that mixins and bases can be general. */
import type { ActionTarget } from './message-draft.js';

/** What a placeholder is resolved for. */
export type PlaceholderTarget = Omit<ActionTarget, 'lists'>;

/**
 * Stands for a value in the options of `@GrpcAction()`; it is resolved at boot, once for every controller that has the
 * action. Extend it for placeholders of your own.
 *
 * @example
 * class ServiceName extends Placeholder<string> {
 *   resolve({ service }: PlaceholderTarget) {
 *     return `${service}Ping`;
 *   }
 * }
 */
export abstract class Placeholder<T> {
  /** The value for one action of one controller; it may be a placeholder again. */
  abstract resolve(target: PlaceholderTarget): T | Placeholder<T>;
}

/**
 * A property of the controller class: a static one, or a getter.
 *
 * @example
 * @GrpcAction({ request: new AttrPlaceholder<FieldList>('searchFields'), response: ListOfSelf })
 */
export class AttrPlaceholder<T> extends Placeholder<T> {
  constructor(protected readonly attribute: string) {
    super();
  }

  resolve({ controller }: PlaceholderTarget): T {
    const places = [controller, (controller as { readonly prototype: object }).prototype];
    const holder = places.find((place) => this.attribute in place) as Readonly<Record<string, T>> | undefined;
    const value = holder?.[this.attribute];
    if (value === undefined)
      throw new Error(`the class has no "${this.attribute}": declare it as static, or as a getter`);
    return value;
  }
}

/**
 * What a function gives.
 *
 * @example
 * @GrpcAction({ requestName: new FnPlaceholder(({ service }) => `${service}Question`), request: {} })
 */
export class FnPlaceholder<T> extends Placeholder<T> {
  constructor(protected readonly fn: (target: PlaceholderTarget) => T | Placeholder<T>) {
    super();
  }

  resolve(target: PlaceholderTarget): T | Placeholder<T> {
    return this.fn(target);
  }
}

/**
 * A text with a `{}` for each of the parts behind it: properties of the controller class by name, or functions.
 *
 * @example
 * @GrpcAction({ requestName: new StrTemplatePlaceholder('{}Search{}', 'prefix', ({ action }) => action) })
 */
export class StrTemplatePlaceholder extends Placeholder<string> {
  private readonly parts: readonly (string | ((target: PlaceholderTarget) => string))[];

  constructor(
    protected readonly template: string,
    ...parts: readonly (string | ((target: PlaceholderTarget) => string))[]
  ) {
    super();
    this.parts = parts;
  }

  resolve(target: PlaceholderTarget): string {
    const values = this.parts.map((part) =>
      typeof part === 'string' ? new AttrPlaceholder<string>(part).resolve(target) : part(target),
    );
    return this.template.replaceAll('{}', () => String(values.shift() ?? ''));
  }
}

/** An object with every placeholder in it resolved. */
export type Resolved<T> = { readonly [K in keyof T]: Exclude<T[K], Placeholder<unknown>> };

/** @throws Error of a placeholder that cannot be resolved */
export function resolvePlaceholders<T extends object>(options: T, target: PlaceholderTarget): Resolved<T> {
  if (!Object.values(options).some((value) => value instanceof Placeholder)) return options as Resolved<T>;
  const entries = Object.entries(options).map(([name, value]) => [name, resolved(value, target)]);
  return Object.fromEntries(entries) as Resolved<T>;
}

function resolved(value: unknown, target: PlaceholderTarget): unknown {
  return value instanceof Placeholder ? resolved(value.resolve(target), target) : value;
}
