/**
 * The tree of what a serializer reads: columns of one table, to-one relations joined to it, to-many relations
 * as trees of their own. Built once at boot; says where in a row everything is, see `read-parts.ts`.
 */
import type { EntityMetadata } from 'typeorm';
import type { Column, Relation } from './column-types.js';
import { columnValue } from './json-messages.js';
import { EntityLoader, type LinkedRelation } from './entity-loader.js';
import { isInMessage } from './message-fields.js';
import { mergeNeeds, needsOfMethods, noNeeds, type Needs } from './needs.js';
import type { SerializerClass } from './proto-serializer.js';
import type {
  FieldNode,
  ReadField,
  ReadItem,
  ReadMessage,
  ReadRow,
  Slot,
  ToMany,
  TreeOptions,
} from './read-parts.js';
import { itemReader } from './item-reader.js';
import { below, isAtEnd, localKey, type Place } from './read-place.js';
import type { RowScope } from './row-scope.js';
import { SelectedColumns } from './selected-columns.js';
import { StatementTexts } from './statement-texts.js';
import type { FieldSource, SerializerShape, ShapeField } from './shape.js';

/** Everything that one SELECT of a plan reads. */
export class ReadTree extends SelectedColumns {
  readonly toMany: ToMany[] = [];
  readonly keys: readonly Slot[];
  readonly item: ReadItem;
  readonly read: ReadRow;

  constructor(
    private readonly options: TreeOptions,
    readonly metadata: EntityMetadata,
    alias: string,
    build: (tree: ReadTree) => ReadItem,
  ) {
    super(options.dataSource, alias);
    this.keys = this.keysOf(alias, metadata);
    this.item = build(this);
    this.read = itemReader(this.item);
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

  private message(shape: SerializerShape, place: Place, keys: readonly Slot[]): ReadMessage {
    const { shapes, withEntities } = this.options;
    const fields = shape.fields.filter((field) => isInMessage(field, 'Response'));
    if (withEntities) {
      const needs = needsOfMethods(shape, fields, shapes);
      return this.object(shape, place, keys, fields, mergeNeeds(place.metadata, [place.needs, ...needs]));
    }
    return {
      kind: 'message',
      properties: fields.map(({ property }) => property),
      fields: fields.flatMap((field) => this.field(field, place, keys, undefined)),
      loader: undefined,
    };
  }

  /** A message with an entity behind it, or an entity alone. */
  private object(
    shape: SerializerShape | undefined,
    place: Place,
    keys: readonly Slot[],
    fields: readonly ShapeField[],
    needs: Needs,
  ): ReadMessage {
    const missing = new Map(needs.relations);
    const linked: LinkedRelation[] = [];
    const read = fields.flatMap((field) => {
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
      return [this.needed(property, relation, place, keys, all, this.options.scopeOf(field))];
    });
    for (const [relation, inner] of missing) {
      const member = `* ${relation.propertyPath}`;
      linked.push({ member, relation, hidden: true, seen: true, kind: 'nested' });
      read.push(this.needed(member, relation, place, keys, inner, undefined));
    }
    const { metadata, owner, path, depth } = place;
    const { messages, shapes } = this.options;
    const loader = new EntityLoader(
      { metadata, shape, needs, linked, shapes, place: path, depth, messages },
      (column) => this.select(owner, column),
    );
    return { kind: 'message', properties: fields.map(({ property }) => property), fields: read, loader };
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
      return this.many(member, relation, scope, place.metadata, keys, (child) =>
        child.object(undefined, within(child.alias), child.keys, [], needs),
      );
    const joined = this.join(place.owner, relation, scope);
    const joinedKeys = this.keysOf(joined, relation.inverseEntityMetadata);
    const message = this.object(undefined, within(joined), joinedKeys, [], needs);
    return { property: member, source: { kind: 'one', keys: joinedKeys, message } };
  }

  /**
   * What is read for a field from rows; nothing where the entity has it.
   *
   * @param needs what methods read of the related objects that the field nests
   */
  private field(
    field: ShapeField,
    place: Place,
    keys: readonly Slot[],
    needs: Needs | undefined,
  ): ReadField[] {
    const { source, property, type } = field;
    const { metadata, owner } = place;
    const scope = this.options.scopeOf(field);
    const one = (node: FieldNode): ReadField[] => [{ property, source: node }];
    const many = ({ relation, column }: { readonly relation: Relation; readonly column: Column }) => [
      this.many(property, relation, scope, metadata, keys, (child) => child.value(child.alias, column, type)),
    ];
    switch (source.kind) {
      case 'column':
        return one(
          this.value(owner, source.column, type, columnValue(field, source.column, this.options.shapes)),
        );
      case 'key': {
        const local = localKey(source.relation, source.column);
        // Whether the caller may know of the target stands in the target's row.
        if (local && !scope) return one(this.value(owner, local, type));
        return one(this.value(this.join(owner, source.relation, scope), source.column, type));
      }
      case 'keys':
        return many(source);
      case 'slug':
        return source.many
          ? many(source)
          : one(this.value(this.join(owner, source.relation, scope), source.column, type));
      case 'nested':
        if (type.kind !== 'serializer') throw new Error(`${property}: nested without a serializer`);
        return this.nested(field, source, scope, type.serializer, place, keys, needs);
      case 'embedded':
        return type.kind === 'embedded' ? one(this.embedded(place, type.fields, keys)) : [];
      case 'property':
      case 'method':
      case 'text':
      case 'message':
        return [];
    }
  }

  private embedded(place: Place, all: readonly ShapeField[], keys: readonly Slot[]): FieldNode {
    const fields = all
      .filter((field) => isInMessage(field, 'Response'))
      .flatMap((field) => this.field(field, place, keys, undefined));
    const properties = fields.map(({ property }) => property);
    return { kind: 'embedded', message: { kind: 'message', properties, fields, loader: undefined } };
  }

  private nested(
    field: ShapeField,
    { relation, many }: FieldSource & { readonly kind: 'nested' },
    scope: RowScope | undefined,
    serializer: SerializerClass,
    place: Place,
    keys: readonly Slot[],
    needs: Needs | undefined,
  ): ReadField[] {
    const shape = this.options.shapes.get(serializer);
    if (!shape) return [];
    const { property } = field;
    if (isAtEnd(place, field)) return [{ property, source: { kind: 'end', many } }];
    const target = relation.inverseEntityMetadata;
    const within = (owner: string): Place => below(place, relation, owner, needs ?? noNeeds(target), field);
    if (many)
      return [
        this.many(property, relation, scope, place.metadata, keys, (child) =>
          child.message(shape, within(child.alias), child.keys),
        ),
      ];
    const joined = this.join(place.owner, relation, scope);
    const joinedKeys = this.keysOf(joined, target);
    const message = this.message(shape, within(joined), joinedKeys);
    return [{ property, source: { kind: 'one', keys: joinedKeys, message } }];
  }

  private many(
    property: string,
    relation: Relation,
    scope: RowScope | undefined,
    { primaryColumns: ownerColumns }: EntityMetadata,
    ownerKeys: readonly Slot[],
    build: (child: ReadTree) => ReadItem,
  ): ReadField {
    const child = new ReadTree(this.options, relation.inverseEntityMetadata, 'item', build);
    const toMany: ToMany = {
      relation,
      child,
      ownerKeys,
      ownerColumns,
      scope,
      texts: new StatementTexts(),
    };
    this.toMany.push(toMany);
    return { property, source: { kind: 'many', relation: toMany } };
  }
}
