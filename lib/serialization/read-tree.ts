/**
 * The tree of what a serializer reads: columns of one table, to-one relations joined to it, to-many relations
 * as plans of their own. Built once at boot; used for every row.
 */
import type { DataSource, EntityMetadata, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { readColumn, toMessageColumn, type RawRow } from './column-reader.js';
import type { Column, Relation } from './column-types.js';
import { EntityLoader } from './entity-loader.js';
import { exactKey } from './keys.js';
import { isInMessage } from './messages.js';
import type { SerializerClass } from './proto-serializer.js';
import type { Draft, Join, ReadField, ReadRow, SelectedColumn, ToMany, TreeOptions } from './read-parts.js';
import { scopeCondition, type RowScope } from './row-scope.js';
import type { SerializerShape, ShapeField, ShapeFieldType } from './shape.js';

/** Everything that one SELECT of a plan reads. */
export class ReadTree {
  readonly columns: SelectedColumn[] = [];
  readonly joins: Join[] = [];
  readonly keys: readonly string[];
  readonly read: ReadRow;

  constructor(
    private readonly options: TreeOptions,
    readonly metadata: EntityMetadata,
    readonly alias: string,
    build: (tree: ReadTree) => ReadRow,
  ) {
    this.keys = this.keysOf(alias, metadata);
    this.read = build(this);
  }

  /** A tree that gives whole messages of a serializer. */
  static ofSerializer(options: TreeOptions, shape: SerializerShape, alias: string): ReadTree {
    const { metadata } = shape;
    if (!metadata) throw new Error(`${shape.serializer.name} has no model to read from`);
    return new ReadTree(options, metadata, alias, (tree) => tree.message(shape, metadata, alias, tree.keys));
  }

  get dataSource(): DataSource {
    return this.options.dataSource;
  }

  /**
   * Adds columns and joins to a query.
   *
   * @param context of the call, for scopes
   */
  applyTo(query: SelectQueryBuilder<ObjectLiteral>, context: unknown): void {
    for (const { path, alias, target, scope } of this.joins)
      query.leftJoin(path, alias, scope && scopeCondition(query, alias, target, scope, context));
    for (const { select, alias } of this.columns) query.addSelect(select, alias);
  }

  private keysOf(owner: string, { primaryColumns }: EntityMetadata): readonly string[] {
    return primaryColumns.map((column) => this.selected(exactKey(this.dataSource, owner, column)));
  }

  private select(owner: string, column: Column): { alias: string; hydrate: (raw: unknown) => unknown } {
    const { select, hydrate } = readColumn(this.dataSource, owner, column);
    return { alias: this.selected(select), hydrate };
  }

  /** The alias of an expression, which is selected once. */
  private selected(select: string): string {
    const known = this.columns.find((candidate) => candidate.select === select);
    if (known) return known.alias;
    const alias = `c${this.columns.length}`;
    this.columns.push({ select, alias });
    return alias;
  }

  private readValue(owner: string, column: Column, type: ShapeFieldType): (row: RawRow) => unknown {
    const { alias, hydrate } = this.select(owner, column);
    const convert = toMessageColumn(column, type);
    return (row) => convert(hydrate(row[alias]));
  }

  private join(owner: string, relation: Relation, scope: RowScope | undefined): string {
    const path = `${owner}.${relation.propertyPath}`;
    const known = this.joins.find((join) => join.path === path && join.scope === scope);
    const alias = known?.alias ?? `${this.alias}_j${this.joins.length}`;
    if (!known) this.joins.push({ path, alias, target: relation.inverseEntityMetadata, scope });
    return alias;
  }

  private message(
    shape: SerializerShape,
    metadata: EntityMetadata,
    owner: string,
    keys: readonly string[],
  ): ReadRow {
    const readers = shape.fields
      .filter((field) => isInMessage(field, 'Response'))
      .map((field) => this.field(field, metadata, owner, keys));
    const loader = this.options.withEntities
      ? new EntityLoader(shape, metadata, (column) => this.select(owner, column))
      : undefined;
    return (row, pending) => {
      const draft: Draft = {};
      for (const read of readers) read(row, draft, pending);
      if (loader) pending.loaded.push({ loader, draft, entity: loader.load(row) });
      return draft;
    };
  }

  private field(
    field: ShapeField,
    metadata: EntityMetadata,
    owner: string,
    keys: readonly string[],
  ): ReadField {
    const { source, property, type } = field;
    const scope = this.options.scopeOf(field);
    switch (source.kind) {
      case 'column':
        return this.columnField(property, owner, source.column, type);
      case 'key': {
        const local = localKey(source.relation, source.column);
        // Whether the caller may know of the target stands in the target's row.
        if (local && !scope) return this.columnField(property, owner, local, type);
        return this.columnField(property, this.join(owner, source.relation, scope), source.column, type);
      }
      case 'keys':
        return this.toMany(property, source.relation, scope, metadata, keys, (child) =>
          child.value(source.column, type),
        );
      case 'slug':
        return source.many
          ? this.toMany(property, source.relation, scope, metadata, keys, (child) =>
              child.value(source.column, type),
            )
          : this.columnField(property, this.join(owner, source.relation, scope), source.column, type);
      case 'nested':
        if (type.kind !== 'serializer') throw new Error(`${property}: nested without a serializer`);
        return source.many
          ? this.toMany(property, source.relation, scope, metadata, keys, (child) =>
              child.nestedMessage(type.serializer),
            )
          : this.toOne(property, this.join(owner, source.relation, scope), source.relation, type.serializer);
      case 'embedded':
        return type.kind === 'embedded'
          ? this.embedded(property, owner, metadata, type.fields, keys)
          : () => undefined;
      case 'property':
      case 'message':
        return () => undefined;
    }
  }

  /** Columns of the owner's own row, as a message inside its message. */
  private embedded(
    property: string,
    owner: string,
    metadata: EntityMetadata,
    fields: readonly ShapeField[],
    keys: readonly string[],
  ): ReadField {
    const readers = fields
      .filter((field) => isInMessage(field, 'Response'))
      .map((field) => this.field(field, metadata, owner, keys));
    return (row, draft, pending) => {
      const inner: Draft = {};
      for (const read of readers) read(row, inner, pending);
      draft[property] = inner;
    };
  }

  private columnField(property: string, owner: string, column: Column, type: ShapeFieldType): ReadField {
    const read = this.readValue(owner, column, type);
    return (row, draft) => {
      draft[property] = read(row);
    };
  }

  private toOne(
    property: string,
    joined: string,
    relation: Relation,
    serializer: SerializerClass,
  ): ReadField {
    const shape = this.options.shapes.get(serializer);
    if (!shape) return () => undefined;
    const target = relation.inverseEntityMetadata;
    const keys = this.keysOf(joined, target);
    const read = this.message(shape, target, joined, keys);
    return (row, draft, pending) => {
      draft[property] = keys.every((key) => row[key] === null) ? null : read(row, pending);
    };
  }

  private toMany(
    property: string,
    relation: Relation,
    scope: RowScope | undefined,
    metadata: EntityMetadata,
    ownerKeys: readonly string[],
    build: (child: ReadTree) => ReadRow,
  ): ReadField {
    const child = new ReadTree(this.options, relation.inverseEntityMetadata, 'item', build);
    const ownerColumns = metadata.primaryColumns;
    const plan: ToMany = { property, relation, child, ownerKeys, ownerColumns, scope };
    return (row, draft, pending) => {
      draft[property] = [];
      const waiting = pending.owners.get(plan);
      if (waiting) waiting.push({ draft, row });
      else pending.owners.set(plan, [{ draft, row }]);
    };
  }

  private value(column: Column, type: ShapeFieldType): ReadRow {
    return this.readValue(this.alias, column, type);
  }

  private nestedMessage(serializer: SerializerClass): ReadRow {
    const shape = this.options.shapes.get(serializer);
    return shape ? this.message(shape, this.metadata, this.alias, this.keys) : () => undefined;
  }
}

/** The foreign key column beside the owner, when it holds exactly the wanted column. */
function localKey(relation: Relation, column: Column): Column | undefined {
  const [joinColumn, ...more] = relation.joinColumns;
  if (!relation.isOwning || !joinColumn || more.length > 0) return undefined;
  return joinColumn.referencedColumn === column ? joinColumn : undefined;
}
