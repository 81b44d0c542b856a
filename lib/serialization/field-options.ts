/** Options of the decorators of fields. */
import type { ObjectLiteral } from 'typeorm';
import type { PathOf } from './model-paths.js';
import type { ExternalType } from '../proto/external-message.js';

/** Options that every field decorator takes. */
export interface FieldOptions {
  /** Name on the wire. Default: the property in snake_case. */
  readonly name?: string;
  /**
   * Proto type, with an optional first word: `'int64'`, `'optional string'`, `'repeated int32'`; or what
   * `externalMessage()` gives.
   */
  readonly type?: string | ExternalType;
  /** The model's property that is read and written. Default: the property itself. */
  readonly source?: string;
  /** In answers only. Default: as the column (generated and date columns are read-only). */
  readonly readOnly?: boolean;
  /** In requests only, as for passwords. Default: false. */
  readonly writeOnly?: boolean;
  /** Whether null is a value. Default: the column's `nullable`. */
  readonly nullable?: boolean;
  /** Whether a request must carry it. Default: neither nullable nor defaulted nor generated. */
  readonly required?: boolean;
  /** Value of a request that leaves the field out; a function is called each time. */
  readonly default?: unknown;
  /** Whether the empty string is a value. Default: false. */
  readonly allowBlank?: boolean;
  /** Whether white space around a text is cut off before anything is checked. Default: false; `dsg`: true, as in DRF. */
  readonly trim?: boolean;
  /** Longest text in characters. Default: the column's `length`. */
  readonly maxLength?: number;
  /** Comment in the `.proto`: one line, or several. */
  readonly description?: string | readonly string[];
}

/**
 * What a request may do to the related objects that it nests:
 * - `create`: an object without a key is stored and related;
 * - `connect`: an object named by its key is related, wherever it was before; its other fields are ignored;
 * - `replace`: an object named by its key is written as by Update; without `connect` only one that is related already;
 * - `remove`: what was related and is not in the request no longer is: many-to-many is unlinked, the children of a
 *   one-to-many become orphans as the model says (`orphanedRowAction`; else null, or deleted where that is not allowed).
 */
export type NestedWrite = 'create' | 'connect' | 'replace' | 'remove';

/** The class of a `Scope`, as field options take it. */
export type RowScopeClass = new (...args: never[]) => { where(ctx: never): object };

/** Options of `@Nested()`. */
export interface NestedOptions extends Pick<
  FieldOptions,
  'name' | 'source' | 'nullable' | 'required' | 'writeOnly' | 'description'
> {
  /** In answers only. Default: for related objects of a model, unless `write` says what requests may do. */
  readonly readOnly?: boolean;
  /** What requests may do to the related objects. Default: nothing. */
  readonly write?: readonly NestedWrite[];
  /** Which of the related objects a caller can see, relate and change. Default: all. */
  readonly scope?: RowScopeClass;
  /** A list of messages, in a serializer without a model; with one the relation tells. Default: false. */
  readonly many?: boolean;
  /**
   * How many levels of the field are read inside of each other, where its serializer leads back to it; deeper ones are
   * left out. Needed there, since reading would not end. Each level of a list is one query. Default: no limit.
   */
  readonly depth?: number;
}

/** Options of `@Related()`. */
export interface RelatedOptions extends Omit<FieldOptions, 'type' | 'maxLength' | 'allowBlank' | 'trim'> {
  /** A property of the related model that stands for it, instead of its key. */
  readonly slug?: string;
  /**
   * Makes a text of each related object, in answers only: `String` for its own `toString()`, or any other function. It gets
   * the entity and the call's context, and sees of the entity what it `needs`.
   */
  readonly text?: (object: never, context: never) => string;
  /** Paths of the related model that `text` reads. Default: all columns, `select: false` ones excepted. */
  readonly needs?: readonly string[];
  /** Which of the related objects a caller can see by their keys, and relate. Default: all. */
  readonly scope?: RowScopeClass;
}

/** Options of `@Related()` where the model is known. */
export interface RelatedTo<M extends ObjectLiteral> extends Omit<RelatedOptions, 'slug' | 'text' | 'needs'> {
  readonly slug?: keyof M & string;
  readonly text?: (object: M, context: never) => string;
  readonly needs?: readonly PathOf<M>[];
}
