/** What a read tree is made of, and what reading with it leaves behind. */
import type { DataSource, EntityMetadata } from 'typeorm';
import type { RawRow } from './column-reader.js';
import type { Column, Relation } from './column-types.js';
import type { LoadedEntity } from './entity-loader.js';
import type { ObjectMessages } from './object-messages.js';
import type { ReadTree } from './read-tree.js';
import type { FindScope, RowScope } from './row-scope.js';
import type { Shapes } from './shapes.js';

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

/** A to-many relation that waits for its own query once the rows of its owner are known. */
export interface ToMany {
  readonly property: string;
  readonly relation: Relation;
  /** Reads the children; gives one value for each row: a message, a key or a slug. */
  readonly child: ReadTree;
  /** The owner's key in the owner's rows. */
  readonly ownerKeys: readonly Slot[];
  readonly ownerColumns: readonly Column[];
  /** Which children there are for a caller. */
  readonly scope: RowScope | undefined;
}

/** What is left to do once all rows of a statement are read. */
export interface Pending {
  /** The owners of to-many relations. */
  readonly owners: Map<ToMany, { readonly draft: Draft; readonly row: RawRow }[]>;
  /** The entities behind the messages, when somebody hears that they are loaded. */
  readonly loaded: LoadedEntity[];
}

export type ReadField = (row: RawRow, draft: Draft, pending: Pending) => void;
export type ReadRow = (row: RawRow, pending: Pending) => unknown;
