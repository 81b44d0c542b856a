/**
 * The tree of what a serializer reads: columns of one table, to-one relations joined to it, to-many relations
 * as plans of their own. Built once at boot; used for every row.
 */
import type { DataSource, EntityMetadata, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { readColumn, toMessageColumn, type RawRow } from './column-reader.js';
import type { Column, Relation } from './column-types.js';
import { columnValue } from './json-messages.js';
import { EntityLoader, type LinkedRelation } from './entity-loader.js';
import { exactKey } from './keys.js';
import { isInMessage } from './messages.js';
import { mergeNeeds, needsOfMethods, noNeeds, type Needs } from './needs.js';
import type { SerializerClass } from './proto-serializer.js';
import type { Draft, Join, ReadField, ReadRow, Slot, ToMany, TreeOptions } from './read-parts.js';
import { shortened } from './plain-columns.js';
import { below, isAtEnd, localKey, toOne, type Place } from './read-place.js';
import { scopeCondition, type RowScope } from './row-scope.js';
import type { FieldSource, SerializerShape, ShapeField, ShapeFieldType } from './shape.js';

/** Everything that one SELECT of a plan reads. */
export class ReadTree {
  /** Expressions in TypeORM's terms, in the order of the rows. */
  readonly columns: string[] = [];
  readonly joins: Join[] = [];
  readonly keys: readonly Slot[];
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
    const place: Place = {
      owner: alias,
      metadata,
      path: '',
      depth: 0,
      uses: new Map(),
      needs: noNeeds(metadata),
    };
    return new ReadTree(options, metadata, alias, (tree) => tree.message(shape, place, tree.keys));
  }

  get dataSource(): DataSource {
    return this.options.dataSource;
  }

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

  private keysOf(owner: string, { primaryColumns }: EntityMetadata): readonly Slot[] {
    return primaryColumns.map((column) => this.selected(exactKey(this.dataSource, owner, column)));
  }

  private select(owner: string, column: Column): { slot: Slot; hydrate: (raw: unknown) => unknown } {
    const { select, hydrate } = readColumn(this.dataSource, owner, column);
    return { slot: this.selected(select), hydrate };
  }

  /** The place of an expression, which is selected once. */
  private selected(select: string): Slot {
    const known = this.columns.indexOf(select);
    return known >= 0 ? known : this.columns.push(select) - 1;
  }

  private readValue(owner: string, column: Column, type: ShapeFieldType): (row: RawRow) => unknown {
    const { slot, hydrate } = this.select(owner, column);
    const toMessage = toMessageColumn(column, type);
    const convert = shortened(this.dataSource, column, type, (raw) => toMessage(hydrate(raw)));
    return (row) => convert(row[slot]);
  }

  private join(owner: string, relation: Relation, scope: RowScope | undefined): string {
    const path = `${owner}.${relation.propertyPath}`;
    const known = this.joins.find((join) => join.path === path && join.scope === scope);
    const alias = known?.alias ?? `${this.alias}_j${this.joins.length}`;
    if (!known) this.joins.push({ path, alias, target: relation.inverseEntityMetadata, scope });
    return alias;
  }

  private message(shape: SerializerShape, place: Place, keys: readonly Slot[]): ReadRow {
    const { shapes, withEntities } = this.options;
    const { metadata } = place;
    const fields = shape.fields.filter((field) => isInMessage(field, 'Response'));
    if (!withEntities) {
      const readers = fields.map((field) => this.field(field, place, keys, undefined));
      const blank = Object.fromEntries(fields.map(({ property }) => [property, null]));
      return (row, pending) => {
        // V8 copies the shape of a literal at once; filling an empty object takes three times as long.
        const draft: Draft = { ...blank };
        for (const read of readers) read(row, draft, pending);
        return draft;
      };
    }
    const needs = needsOfMethods(shape, fields, shapes);
    return this.object(shape, place, keys, fields, mergeNeeds(metadata, [place.needs, ...needs]));
  }

  /** A message with an entity behind it, or an entity alone. */
  private object(
    shape: SerializerShape | undefined,
    place: Place,
    keys: readonly Slot[],
    fields: readonly ShapeField[],
    needs: Needs,
  ): ReadRow {
    const missing = new Map(needs.relations);
    const linked: LinkedRelation[] = [];
    const readers = fields.map((field) => {
      const { source, property } = field;
      const { kind } = source;
      if ((kind !== 'nested' && kind !== 'text') || isAtEnd(place, field))
        return this.field(field, place, keys, undefined);
      const { relation } = source;
      // The first that reads the related objects is what methods see of them.
      const seen = !linked.some((link) => link.relation === relation);
      const inner = seen ? missing.get(relation) : undefined;
      missing.delete(relation);
      linked.push({ member: property, relation, hidden: false, seen, kind });
      if (kind === 'nested') return this.field(field, place, keys, inner);
      const all = inner ? mergeNeeds(inner.metadata, [inner, source.needs]) : source.needs;
      return this.needed(property, relation, place, keys, all, this.options.scopeOf(field));
    });
    for (const [relation, inner] of missing) {
      const member = `* ${relation.propertyPath}`;
      linked.push({ member, relation, hidden: true, seen: true, kind: 'nested' });
      readers.push(this.needed(member, relation, place, keys, inner, undefined));
    }
    const { metadata, owner, path, depth } = place;
    const { messages, shapes } = this.options;
    const loader = new EntityLoader(
      { metadata, shape, needs, linked, shapes, place: path, depth, messages },
      (column) => this.select(owner, column),
    );
    return (row, pending) => {
      const draft: Draft = {};
      for (const read of readers) read(row, draft, pending);
      pending.loaded.push({ loader, draft, entity: loader.load(row) });
      return draft;
    };
  }

  /** Related objects that no message has, for a method or a text. */
  private needed(
    member: string,
    relation: Relation,
    place: Place,
    keys: readonly Slot[],
    needs: Needs,
    scope: RowScope | undefined,
  ): ReadField {
    const within = (owner: string): Place => below(place, relation, owner, needs);
    if (relation.isOneToMany || relation.isManyToMany)
      return this.toMany(member, relation, scope, place.metadata, keys, (child) =>
        child.object(undefined, within(child.alias), child.keys, [], needs),
      );
    const joined = this.join(place.owner, relation, scope);
    const joinedKeys = this.keysOf(joined, relation.inverseEntityMetadata);
    return toOne(member, joinedKeys, this.object(undefined, within(joined), joinedKeys, [], needs));
  }

  /** @param needs what methods read of the related objects that the field nests */
  private field(field: ShapeField, place: Place, keys: readonly Slot[], needs: Needs | undefined): ReadField {
    const { source, property, type } = field;
    const { metadata, owner } = place;
    const scope = this.options.scopeOf(field);
    switch (source.kind) {
      case 'column': {
        const { slot, hydrate } = this.select(owner, source.column);
        const toMessage = columnValue(field, source.column, this.options.shapes);
        const convert = shortened(this.dataSource, source.column, type, (raw) => toMessage(hydrate(raw)));
        return (row, draft) => {
          draft[property] = convert(row[slot]);
        };
      }
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
        return this.nested(field, source, scope, type.serializer, place, keys, needs);
      case 'embedded':
        return type.kind === 'embedded' ? this.embedded(property, place, type.fields, keys) : () => undefined;
      case 'property':
      case 'method':
      case 'text':
      case 'message':
        return () => undefined;
    }
  }

  /** Columns of the owner's own row, as a message inside its message. */
  private embedded(
    property: string,
    place: Place,
    fields: readonly ShapeField[],
    keys: readonly Slot[],
  ): ReadField {
    const readers = fields
      .filter((field) => isInMessage(field, 'Response'))
      .map((field) => this.field(field, place, keys, undefined));
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

  private nested(
    field: ShapeField,
    { relation, many }: FieldSource & { readonly kind: 'nested' },
    scope: RowScope | undefined,
    serializer: SerializerClass,
    place: Place,
    keys: readonly Slot[],
    needs: Needs | undefined,
  ): ReadField {
    const shape = this.options.shapes.get(serializer);
    if (!shape) return () => undefined;
    const { property } = field;
    if (isAtEnd(place, field))
      return (_row, draft) => {
        draft[property] = many ? [] : null;
      };
    const target = relation.inverseEntityMetadata;
    const within = (owner: string): Place => below(place, relation, owner, needs ?? noNeeds(target), field);
    if (many)
      return this.toMany(property, relation, scope, place.metadata, keys, (child) =>
        child.message(shape, within(child.alias), child.keys),
      );
    const joined = this.join(place.owner, relation, scope);
    const joinedKeys = this.keysOf(joined, target);
    return toOne(property, joinedKeys, this.message(shape, within(joined), joinedKeys));
  }

  private toMany(
    property: string,
    relation: Relation,
    scope: RowScope | undefined,
    metadata: EntityMetadata,
    ownerKeys: readonly Slot[],
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
}
