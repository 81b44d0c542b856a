/**
 * Rows -> messages: exactly the columns a serializer needs, to-one relations by join, to-many relations by one
 * query each for a whole page. Entities are made only for models whose loading somebody hears.
 */
import type { DataSource } from 'typeorm';
import { Children } from './children.js';
import type { RawRow } from './column-reader.js';
import { finishEntities, whyEntities } from './finish-entities.js';
import { whenDone } from './maybe-promise.js';
import { hasMethods, ObjectMessages, type FindSerializer } from './object-messages.js';
import { PlanRows, PlanTexts, type ToItems } from './plan-rows.js';
import type { Draft, Pending } from './read-parts.js';
import { ReadTree } from './read-tree.js';
import { RowMessage, RowWriters } from './row-message.js';
import type { FindScope } from './row-scope.js';
import type { SerializerShape } from './shape.js';
import type { Shapes } from './shapes.js';

/** Of rows that hold everything. */
const NOTHING_PENDING: Pending = { children: Children.none, loaded: [] };

export class ReadPlan extends PlanRows<Draft> {
  /** Why rows become entities on their way into messages; undefined: they do not. */
  readonly whyEntities: string | undefined;
  /** The same for messages that nobody looks at before they are written: they hold no properties. */
  readonly unseen: PlanRows<Draft>;

  constructor(
    dataSource: DataSource,
    shapes: Shapes,
    shape: SerializerShape,
    alias: string,
    scopeOf: FindScope,
    instanceOf: FindSerializer,
  ) {
    const why = whyEntities(dataSource, shapes, shape);
    const withEntities = why !== undefined;
    const messages = hasMethods(shape, shapes) ? new ObjectMessages(shapes, instanceOf) : undefined;
    const tree = ReadTree.ofSerializer({ dataSource, shapes, scopeOf, withEntities, messages }, shape, alias);
    const texts = new PlanTexts();
    super(tree, texts, asObjects(tree, withEntities));
    this.whyEntities = why;
    this.unseen = withEntities ? this : new PlanRows(tree, texts, asWritten(tree));
  }

  /** What a row of the model's table holds for a message, in TypeORM's terms; undefined: other tables do as well. */
  get ownColumns(): readonly string[] | undefined {
    const { joins, toMany, columns } = this.tree;
    const others = this.whyEntities !== undefined || joins.length > 0 || toMany.length > 0;
    return others ? undefined : columns;
  }

  /** The message of a row that holds `ownColumns`. */
  toMessage(row: RawRow): Draft {
    return this.tree.read(row, NOTHING_PENDING) as Draft;
  }
}

function asObjects(tree: ReadTree, withEntities: boolean): ToItems<Draft> {
  return (rows, access) =>
    whenDone(Children.load(tree, rows, access), (children) => {
      const pending: Pending = { children, loaded: [] };
      const messages = rows.map((row) => tree.read(row, pending) as Draft);
      if (!withEntities) return messages;
      return finishEntities(tree.metadata, messages, pending.loaded, access).then(() => messages);
    });
}

function asWritten(tree: ReadTree): ToItems<Draft> {
  if (tree.item.kind !== 'message') throw new Error(`${tree.metadata.name}: rows are no messages`);
  const writers = new RowWriters(tree.item);
  return (rows, access) =>
    whenDone(Children.load(tree, rows, access), (children) =>
      // They stand for drafts only where nobody looks inside.
      rows.map((row) => new RowMessage(writers, row, children) as unknown as Draft),
    );
}
