/** A typed place for something of one call; see {@link createContextKey}. */
export interface ContextKey<T> {
  readonly description: string;
  readonly defaultValue: T;
}

/**
 * Makes a key under which middleware, authenticators and guards keep something for the rest of the call.
 *
 * @param description for debugging
 * @param defaultValue what a call has that never set it
 * @example
 * export const TENANT = createContextKey<string | undefined>('tenant', undefined);
 * ctx.values.set(TENANT, 'acme');
 * ctx.values.get(TENANT); // string | undefined
 */
export function createContextKey<T>(description: string, defaultValue: T): ContextKey<T> {
  return { description, defaultValue };
}

/** What one call carries, by key: nobody else's key can be hit by chance. */
export class ContextValues {
  private readonly values = new Map<ContextKey<unknown>, unknown>();

  get<T>(key: ContextKey<T>): T {
    return this.values.has(key) ? (this.values.get(key) as T) : key.defaultValue;
  }

  set<T>(key: ContextKey<T>, value: T): void {
    this.values.set(key, value);
  }
}
