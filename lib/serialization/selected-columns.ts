/** What one SELECT reads: expressions of columns and the joins that they need, each once. */
import type { DataSource, EntityMetadata, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { readColumn, toMessageColumn } from './column-reader.js';
import type { Column, Relation } from './column-types.js';
import { exactKey } from './keys.js';
import { plainKindOf, shortened } from './plain-columns.js';
import type { Join, ReadValue, Slot } from './read-parts.js';
import { scopeCondition, type RowScope } from './row-scope.js';
import type { ShapeFieldType } from './shape.js';

export class SelectedColumns {
  /** Expressions in TypeORM's terms, in the order of the rows. */
  readonly columns: string[] = [];
  readonly joins: Join[] = [];

  constructor(
    readonly dataSource: DataSource,
    /** Of the table. */
    readonly alias: string,
  ) {}

  /** Whether what is joined depends on the call. */
  get isScoped(): boolean {
    return this.joins.some(({ scope }) => scope !== undefined);
  }

  /**
   * Adds columns and joins to a query.
   *
   * @param context of the call, for scopes
   */
  applyTo(query: SelectQueryBuilder<ObjectLiteral>, context: unknown): void {
    for (const { path, alias, target, scope } of this.joins)
      query.leftJoin(path, alias, scope && scopeCondition(query, alias, target, scope, context));
    this.columns.forEach((select, slot) => query.addSelect(select, `c${slot}`));
  }

  protected keysOf(owner: string, { primaryColumns }: EntityMetadata): readonly Slot[] {
    return primaryColumns.map((column) => this.selected(exactKey(this.dataSource, owner, column)));
  }

  protected select(owner: string, column: Column): { slot: Slot; hydrate: (raw: unknown) => unknown } {
    const { select, hydrate } = readColumn(this.dataSource, owner, column);
    return { slot: this.selected(select), hydrate };
  }

  /** The place of an expression, which is selected once. */
  private selected(select: string): Slot {
    const known = this.columns.indexOf(select);
    return known >= 0 ? known : this.columns.push(select) - 1;
  }

  protected value(
    owner: string,
    column: Column,
    type: ShapeFieldType,
    toMessage = toMessageColumn(column, type),
  ): ReadValue {
    const { slot, hydrate } = this.select(owner, column);
    const plain = plainKindOf(this.dataSource, column, type);
    return { kind: 'value', slot, plain, convert: shortened(plain, (raw) => toMessage(hydrate(raw))) };
  }

  protected join(owner: string, relation: Relation, scope: RowScope | undefined): string {
    const path = `${owner}.${relation.propertyPath}`;
    const known = this.joins.find((join) => join.path === path && join.scope === scope);
    const alias = known?.alias ?? `${this.alias}_j${this.joins.length}`;
    if (!known) this.joins.push({ path, alias, target: relation.inverseEntityMetadata, scope });
    return alias;
  }
}
