/** To-many relations of many objects at once: one query for each relation, whatever the number of objects. */
import type { DataSource, EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { CallAccess } from './call-access.js';
import { isSqlite, type RawRow } from './column-reader.js';
import { exactKey, inChunks, keyText, whereKeys, type Key } from './keys.js';
import type { MaybePromise } from './maybe-promise.js';
import type { Pending, ToMany } from './read-parts.js';
import type { ReadTree } from './read-tree.js';
import { applyScope } from './row-scope.js';
import { Bound, selectRows } from './select-rows.js';

/** The children of one owner. */
interface Group {
  readonly rows: RawRow[];
  /** Made once, however many messages show the owner. */
  items: readonly unknown[] | undefined;
}

const NONE: readonly RawRow[] = [];

/** The rows behind to-many relations, by the key of their owner. */
export class Children {
  /** Of rows that have none, or hold everything. */
  static readonly none = new Children();
  private readonly groups = new Map<ToMany, Map<unknown, Group>>();

  /** Reads those of all rows, then those of these, level by level. */
  static load(tree: ReadTree, rows: readonly RawRow[], access: CallAccess): MaybePromise<Children> {
    if (tree.toMany.length === 0 || rows.length === 0) return Children.none;
    const children = new Children();
    return children.add(tree, rows, access).then(() => children);
  }

  rowsOf(relation: ToMany, owner: RawRow): readonly RawRow[] {
    return this.groups.get(relation)?.get(ownerKey(relation, owner))?.rows ?? NONE;
  }

  /** What the rows become, in a list of its own. */
  itemsOf(relation: ToMany, owner: RawRow, pending: Pending): unknown[] {
    const group = this.groups.get(relation)?.get(ownerKey(relation, owner));
    if (!group) return [];
    group.items ??= group.rows.map((row) => relation.child.read(row, pending));
    return [...group.items];
  }

  private async add(tree: ReadTree, rows: readonly RawRow[], access: CallAccess): Promise<void> {
    for (const relation of tree.toMany) {
      const groups = new Map<unknown, Group>();
      const keys: Key[] = [];
      for (const row of rows) {
        const key = ownerKey(relation, row);
        // Nothing is joined there.
        if (key === null || groups.has(key)) continue;
        groups.set(key, { rows: [], items: undefined });
        keys.push(relation.ownerKeys.map((slot) => row[slot]));
      }
      this.groups.set(relation, groups);
      const found: RawRow[] = [];
      const width = relation.child.columns.length;
      for (const chunk of inChunks(keys))
        for (const row of await childRows(relation, chunk, access)) {
          groups.get(keyAt(row, width, relation.ownerKeys.length))?.rows.push(row);
          found.push(row);
        }
      if (found.length > 0) await this.add(relation.child, found, access);
    }
  }
}

function ownerKey({ ownerKeys }: ToMany, row: RawRow): unknown {
  const [slot] = ownerKeys;
  if (ownerKeys.length === 1) return single(row[slot as number]);
  const key = ownerKeys.map((each) => row[each]);
  return key.every((part) => part === null) ? null : keyText(key);
}

function keyAt(row: RawRow, from: number, count: number): unknown {
  return count === 1 ? single(row[from]) : keyText(row.slice(from, from + count));
}

/** Texts and numbers are told apart as they are. */
function single(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? keyText([value]) : value;
}

/** @returns rows with the owner's key behind what the child reads */
async function childRows(
  relation: ToMany,
  owners: readonly Key[],
  access: CallAccess,
): Promise<readonly RawRow[]> {
  const { child, scope } = relation;
  const make = () =>
    access.run(async (manager) => childQuery(manager, relation, owners, list, access.context));
  const list = keyList(child.dataSource, owners);
  if (list && !scope && !child.isScoped) {
    const question = { key: '', parameters: { [OWNERS]: list.value }, query: make };
    const answer = relation.texts.answer(question, child.dataSource, undefined, () => undefined);
    const statement = answer instanceof Promise ? await answer : answer;
    if (statement) return access.rows(statement.sql, statement.values, statement.names);
  }
  return selectRows(access, await make());
}

const OWNERS = 'owners';

interface KeyList {
  /** What stands behind the column. */
  readonly sql: string;
  readonly value: Bound;
}

/** Any number of keys as one value, so that they are one statement; undefined: they cannot be that. */
function keyList(dataSource: DataSource, keys: readonly Key[]): KeyList | undefined {
  const values: unknown[] = [];
  for (const [value, ...more] of keys) {
    if (more.length > 0 || !(typeof value === 'string' || Number.isSafeInteger(value))) return undefined;
    values.push(value);
  }
  if (isSqlite(dataSource))
    return {
      sql: `IN (SELECT "value" FROM json_each(:${OWNERS}))`,
      value: new Bound(JSON.stringify(values)),
    };
  if (dataSource.options.type === 'postgres') return { sql: `= ANY(:${OWNERS})`, value: new Bound(values) };
  return undefined;
}

/** Children of many owners: the owners' table joined to the relation, whichever kind it is. */
function childQuery(
  manager: EntityManager,
  { relation, child, ownerColumns, scope }: ToMany,
  owners: readonly Key[],
  list: KeyList | undefined,
  context: unknown,
): SelectQueryBuilder<ObjectLiteral> {
  const query = manager
    .createQueryBuilder<ObjectLiteral>(relation.entityMetadata.target, 'owner')
    .innerJoin(`owner.${relation.propertyPath}`, child.alias)
    .select([]);
  child.applyTo(query, context);
  ownerColumns.forEach((column, index) =>
    query.addSelect(exactKey(child.dataSource, 'owner', column), `owner_${index}`),
  );
  if (list) query.andWhere(`owner.${ownerColumns[0]?.propertyPath} ${list.sql}`, { [OWNERS]: list.value });
  else whereKeys(query, 'owner', ownerColumns, owners);
  if (scope) applyScope(query, child.alias, child.metadata, scope, context);
  for (const { propertyPath } of child.metadata.primaryColumns)
    query.addOrderBy(`${child.alias}.${propertyPath}`);
  return query;
}
