/** Paths of a model's properties, for the compiler. */

/** Whether a type says nothing of the model: `object`, `ObjectLiteral`, `any`. */
export type IsAnyModel<M> = object extends M ? true : string extends keyof M ? true : false;

type Leaf = string | number | bigint | boolean | symbol | Date | Uint8Array;
/** What a property holds, or each of what it holds. */
type Held<T> = NonNullable<T> extends readonly (infer Item)[] ? NonNullable<Item> : NonNullable<T>;
type Deeper = { 3: 2; 2: 1; 1: 0; 0: 0 };

/**
 * Properties of a model, of embedded objects and of related models: `'title'`, `'address.city'`, `'author.name'`; at
 * most three dots.
 */
export type PathOf<M, Depth extends keyof Deeper = 3> =
  IsAnyModel<M> extends true
    ? string
    : {
        [K in keyof M & string]: Held<M[K]> extends Leaf
          ? K
          : // oxlint-disable-next-line typescript/no-explicit-any -- methods of any kind are no properties
            Held<M[K]> extends (...args: any[]) => unknown
            ? never
            : Depth extends 0
              ? K
              : K | `${K}.${PathOf<Held<M[K]>, Deeper[Depth]>}`;
      }[keyof M & string];
