/** Writes rows of one model for one action, each in a statement that gives back what the answer shows. */
import type { DataSource, EntityMetadata } from 'typeorm';
import { isDataException } from '../../errors/database-errors.js';
import type { GrpcContext } from '../../request/grpc-context.js';
import { callAccess } from '../../request/call-access.js';
import { isPromise, whenDone, type MaybePromise } from '../../serialization/maybe-promise.js';
import type { BoundWrite } from '../../request/row-source.js';
import type { TableTriggers } from '../../request/table-triggers.js';
import { BoundedMap } from '../../serialization/bounded-map.js';
import type { Relation } from '../../serialization/column-types.js';
import { InvalidValue } from '../../serialization/input-values.js';
import { areSameSubscribers } from '../../serialization/listeners.js';
import type { ReadPlan } from '../../serialization/read-plan.js';
import type { LookupPart } from '../compiled-controller.js';
import type { Message } from '../generic-controller.js';
import { returnedColumns, returnedKey, type ReturnedRow } from './returned-row.js';
import { ABSENT, RowValues } from './row-values.js';
import type { ScopeConditions } from './scope-conditions.js';
import { whyTypeorm, type RowWrite } from './why-typeorm.js';
import { bound, insertText, removeText, updateText, type WriteText } from './write-texts.js';

type Values = Readonly<Record<string, unknown>>;

export interface RowWriterParts {
  readonly metadata: EntityMetadata;
  /** Of the answers. */
  readonly plan: ReadPlan;
  readonly lookup: readonly LookupPart[];
  /** Properties of requests that are for hooks, and in no row. */
  readonly ignored: readonly string[];
  readonly triggers: TableTriggers;
}

/** The row that a request names, where there is one for the caller. */
export interface NamedRow {
  readonly request: Message;
  readonly scope: ScopeConditions;
}

/** Texts that are kept; callers decide how many there are, and the oldest are forgotten first. */
const MOST = 200;

export class RowWriter {
  private readonly texts = new BoundedMap<string, WriteText>(MOST);
  private readonly reasons = new Map<RowWrite, string | undefined>();
  private subscribers: DataSource['subscribers'] = [];
  private insertable: RowValues | undefined;
  private updatable: RowValues | undefined;
  private known: { readonly row: ReturnedRow | undefined; readonly key: ReturnedRow } | undefined;

  constructor(private readonly parts: RowWriterParts) {}

  /** Why a write is TypeORM's; undefined: one statement does it. Subscribers may come and go. */
  why(write: RowWrite): string | undefined {
    const { metadata, lookup, triggers } = this.parts;
    const { subscribers } = metadata.dataSource;
    if (!areSameSubscribers(subscribers, this.subscribers)) {
      this.reasons.clear();
      this.subscribers = [...subscribers];
    }
    if (!this.reasons.has(write)) this.reasons.set(write, whyTypeorm(metadata, lookup, triggers, write));
    return this.reasons.get(write);
  }

  /**
   * Stores a new row.
   *
   * @param values by model property
   * @param unchecked relations whose targets the statement has to look for
   * @returns undefined when the values are not for one statement, or a target is not there: nothing is stored then
   */
  insert(
    values: Values,
    unchecked: readonly Relation[],
    ctx: GrpcContext,
  ): MaybePromise<Message | undefined> {
    const { metadata, ignored } = this.parts;
    this.insertable ??= new RowValues(metadata, 'insert', ignored);
    const { columns } = this.insertable;
    const row = this.insertable.read(values, unchecked);
    if (!row) return undefined;
    const { shape } = row;
    const text = this.text(`+${shape}`, (returning) => insertText(metadata, columns, shape, returning));
    return this.readable(() => this.written(text, row.values, ctx), ctx);
  }

  /** Writes values to a row; undefined as for `insert()`, or when there is no such row. */
  update(
    { request, scope }: NamedRow,
    values: Values,
    unchecked: readonly Relation[],
    ctx: GrpcContext,
  ): MaybePromise<Message | undefined> {
    const { metadata, ignored } = this.parts;
    this.updatable ??= new RowValues(metadata, 'update', ignored);
    const { columns } = this.updatable;
    const row = this.updatable.read(values, unchecked);
    const key = this.keyOf(request);
    if (!row || !key || isBlank(row.shape)) return undefined;
    const { shape } = row;
    const text = this.text(`=${shape} ${scope.shape}`, (returning) =>
      updateText(metadata, columns, shape, scope.alternatives, returning),
    );
    return this.readable(() => this.written(text, [...row.values, ...key, ...scope.values], ctx), ctx);
  }

  /** Removes a row, or marks it as removed; false when there is none. */
  async remove({ request, scope }: NamedRow, ctx: GrpcContext): Promise<boolean> {
    const key = this.keyOf(request);
    if (!key) return false;
    const { list, names } = this.returning.key;
    const text = this.text(`-${scope.shape}`, () =>
      removeText(this.parts.metadata, scope.alternatives, list),
    );
    const write = boundWrite(text, [...key, ...scope.values], names);
    return (await ctx.callDatabase.write(write)).length > 0;
  }

  /**
   * Nothing where the database cannot read a value, which it says before it looks for rows: the long way knows whether that
   * is what is wrong. In a transaction that is open it would find it ended.
   */
  private readable(
    write: () => MaybePromise<Message | undefined>,
    { callDatabase }: GrpcContext,
  ): MaybePromise<Message | undefined> {
    const joins = callDatabase.isTransactional;
    const unlessUnreadable = (error: unknown): undefined => {
      if (joins || !isDataException(error)) throw error;
      return undefined;
    };
    try {
      const message = write();
      return isPromise(message) ? message.then(undefined, unlessUnreadable) : message;
    } catch (error) {
      return unlessUnreadable(error);
    }
  }

  /** Runs a statement; gives the message of its row. What a message takes from elsewhere is read in the same transaction. */
  private written(
    text: WriteText,
    values: readonly unknown[],
    ctx: GrpcContext,
  ): MaybePromise<Message | undefined> {
    const { plan } = this.parts;
    const { row, key } = this.returning;
    const write = boundWrite(text, values, (row ?? key).names);
    if (row) {
      // On a driver that answers at once nothing is waited for.
      return whenDone(ctx.callDatabase.write(write), ([written]) => written && plan.toMessage(written));
    }
    return ctx.transaction(async () => {
      const [written] = await ctx.callDatabase.write(write);
      return written && (await plan.readByKeys([written], callAccess(ctx)))[0];
    });
  }

  private text(shape: string, build: (returning: string) => WriteText): WriteText {
    const known = this.texts.get(shape);
    if (known) return known;
    const { row, key } = this.returning;
    const text = build((row ?? key).list);
    this.texts.set(shape, text);
    return text;
  }

  private get returning(): { readonly row: ReturnedRow | undefined; readonly key: ReturnedRow } {
    const { metadata, plan, triggers } = this.parts;
    const columns = triggers.areLateOn(metadata) ? undefined : plan.ownColumns;
    return (this.known ??= {
      row: columns && returnedColumns(metadata, columns, plan.alias),
      key: returnedKey(metadata),
    });
  }

  /** Undefined when the request names none that there can be. */
  private keyOf(request: Message): readonly unknown[] | undefined {
    const { metadata, lookup } = this.parts;
    const key: unknown[] = [];
    for (const primary of metadata.primaryColumns) {
      const part = lookup.find(({ column }) => column === primary);
      const value = part?.convert(request[part.property] ?? '');
      if (value === undefined || value instanceof InvalidValue) return undefined;
      key.push(value);
    }
    return key;
  }
}

function boundWrite(text: WriteText, values: readonly unknown[], names: readonly string[]): BoundWrite {
  return { ...bound(text, values), names, asks: text.asks.map((ask) => bound(ask, values)) };
}

function isBlank(shape: string): boolean {
  for (const sign of shape) if (sign !== ABSENT) return false;
  return true;
}
