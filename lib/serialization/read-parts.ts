/** What a read tree is made of, and what reading with it leaves behind. */
import type { DataSource, EntityMetadata } from 'typeorm';
import type { Children } from './children.js';
import type { RawRow } from './column-reader.js';
import type { Column, Relation } from './column-types.js';
import type { EntityLoader, LoadedEntity } from './entity-loader.js';
import type { ObjectMessages } from './object-messages.js';
import type { PlainKind } from './plain-columns.js';
import type { ReadTree } from './read-tree.js';
import type { FindScope, RowScope } from './row-scope.js';
import type { Shapes } from './shapes.js';
import type { StatementTexts } from './statement-texts.js';

/** A message being filled from rows. */
export type Draft = Record<string, unknown>;

/** The place of a selected expression in a row. */
export type Slot = number;

export interface Join {
  readonly path: string;
  readonly alias: string;
  readonly target: EntityMetadata;
  readonly scope: RowScope | undefined;
}

/** What a whole tree has in common. */
export interface TreeOptions {
  readonly dataSource: DataSource;
  readonly shapes: Shapes;
  readonly scopeOf: FindScope;
  /** Also makes an entity for each message. */
  readonly withEntities: boolean;
  /** Undefined: no serializer has methods that read entities. */
  readonly messages: ObjectMessages | undefined;
}

/** A to-many relation, which has its own query once the rows of its owners are known. */
export interface ToMany {
  readonly relation: Relation;
  /** Reads the children: each row is a message, a key or a slug. */
  readonly child: ReadTree;
  /** The owner's key in the owner's rows. */
  readonly ownerKeys: readonly Slot[];
  readonly ownerColumns: readonly Column[];
  /** Which children there are for a caller. */
  readonly scope: RowScope | undefined;
  readonly texts: StatementTexts;
}

/** A value that is read from one column. */
export interface ReadValue {
  readonly kind: 'value';
  readonly slot: Slot;
  /** Raw value -> value of the message. */
  readonly convert: (raw: unknown) => unknown;
  /** Which raw values are values of the message as they are; undefined: none. */
  readonly plain: PlainKind | undefined;
}

/** What one row becomes: a message, or a single value. */
export type ReadItem = ReadMessage | ReadValue;

export interface ReadMessage {
  readonly kind: 'message';
  /** Of the message, whether anything is read for them or not. */
  readonly properties: readonly string[];
  readonly fields: readonly ReadField[];
  /** Makes the entity behind the message; undefined: there is none. */
  readonly loader: EntityLoader | undefined;
}

/** One property of a message. */
export interface ReadField {
  readonly property: string;
  readonly source: FieldNode;
}

export type FieldNode =
  | ReadValue
  /** Columns of the owner's own row, as a message inside its message. */
  | { readonly kind: 'embedded'; readonly message: ReadMessage }
  /** An object that is joined; none where all of its key is null. */
  | { readonly kind: 'one'; readonly keys: readonly Slot[]; readonly message: ReadMessage }
  | { readonly kind: 'many'; readonly relation: ToMany }
  /** Where a serializer that nests itself stops. */
  | { readonly kind: 'end'; readonly many: boolean };

/** What reading rows goes along with. */
export interface Pending {
  readonly children: Children;
  /** The entities behind the messages, when somebody hears that they are loaded. */
  readonly loaded: LoadedEntity[];
}

export type ReadRow = (row: RawRow, pending: Pending) => unknown;
