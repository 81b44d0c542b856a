/**
 * What methods of serializers read of a model beside the fields of the message: paths, resolved to columns and
 * relations at boot.
 */
import type { EntityMetadata } from 'typeorm';
import type { Column, Relation } from './column-types.js';
import { isInMessage } from './message-fields.js';
import type { SerializerShape, ShapeField } from './shape.js';
import type { Shapes } from './shapes.js';

export interface Needs {
  readonly metadata: EntityMetadata;
  readonly columns: ReadonlySet<Column>;
  readonly relations: ReadonlyMap<Relation, Needs>;
  /** A path ends here: the object is wanted as it is. */
  readonly whole: boolean;
}

export function noNeeds(metadata: EntityMetadata): Needs {
  return { metadata, columns: new Set(), relations: new Map(), whole: false };
}

/** @param report is told the paths that the model does not have */
export function readNeeds(
  metadata: EntityMetadata,
  paths: readonly string[],
  report: (path: string, model: string) => void,
): Needs {
  return mergeNeeds(
    metadata,
    paths.map((path) => {
      const needs = needOf(metadata, path);
      if (!needs) report(path, metadata.name);
      return needs ?? noNeeds(metadata);
    }),
  );
}

export function mergeNeeds(metadata: EntityMetadata, all: readonly Needs[]): Needs {
  const relations = new Map<Relation, Needs>();
  for (const [relation, needs] of all.flatMap((each) => [...each.relations])) {
    const known = relations.get(relation);
    relations.set(relation, known ? mergeNeeds(needs.metadata, [known, needs]) : needs);
  }
  return {
    metadata,
    columns: new Set(all.flatMap(({ columns }) => [...columns])),
    relations,
    whole: all.some(({ whole }) => whole),
  };
}

/** Every column that TypeORM itself would load of an object. */
export function ownColumns({ columns }: EntityMetadata): Column[] {
  return columns.filter(({ isSelect, isVirtual }) => isSelect && !isVirtual);
}

/**
 * What a method field needs. Whole objects of the model of its serializer have what that serializer reads.
 */
function needsOfMethod({ source, type }: ShapeField, shapes: Shapes): Needs | undefined {
  if (source.kind !== 'method' || !source.needs) return undefined;
  const shape = type.kind === 'serializer' ? shapes.get(type.serializer) : undefined;
  return shape?.metadata ? withShape(source.needs, shape, shapes) : source.needs;
}

/** What the methods of a serializer, its own `toMessage()` among them, need beside the fields. */
export function needsOfMethods(
  shape: SerializerShape,
  fields: readonly ShapeField[],
  shapes: Shapes,
): readonly Needs[] {
  const needs = [shape.needs, ...fields.map((field) => needsOfMethod(field, shapes))];
  return needs.filter((each) => each !== undefined);
}

/** Everything that the messages of a serializer are made of, where they are made of objects. */
export function needsOfShape(
  shape: SerializerShape,
  metadata: EntityMetadata,
  shapes: Shapes,
  above: readonly SerializerShape[] = [],
): Needs {
  // Objects of a serializer that nests itself are only as deep as their method makes them.
  if (above.includes(shape)) return noNeeds(metadata);
  const fields = shape.fields.filter((field) => isInMessage(field, 'Response'));
  const parts = fields.map((field) => needsOfField(field, metadata, shapes, [...above, shape]));
  return mergeNeeds(metadata, [...parts, shape.needs ?? noNeeds(metadata)]);
}

function needsOfField(
  field: ShapeField,
  metadata: EntityMetadata,
  shapes: Shapes,
  above: readonly SerializerShape[],
): Needs {
  const { source, type } = field;
  const nothing = noNeeds(metadata);
  switch (source.kind) {
    case 'column':
      return { ...nothing, columns: new Set([source.column]) };
    case 'embedded':
      return { ...nothing, columns: new Set(columnsOf(field)) };
    case 'property':
      return { ...nothing, columns: new Set(ownColumns(metadata)) };
    case 'method':
      return needsOfMethod(field, shapes) ?? nothing;
    case 'key':
    case 'keys':
    case 'slug': {
      const target = noNeeds(source.relation.inverseEntityMetadata);
      return {
        ...nothing,
        relations: new Map([[source.relation, { ...target, columns: new Set([source.column]) }]]),
      };
    }
    case 'text':
      return { ...nothing, relations: new Map([[source.relation, source.needs]]) };
    case 'nested': {
      const inner = type.kind === 'serializer' ? shapes.get(type.serializer) : undefined;
      const target = source.relation.inverseEntityMetadata;
      const needs = inner ? needsOfShape(inner, target, shapes, above) : noNeeds(target);
      return { ...nothing, relations: new Map([[source.relation, needs]]) };
    }
    case 'message':
      return nothing;
  }
}

/** The columns that a field shows as they are, those of embedded objects included. */
export function columnsOf({ source, type }: ShapeField): Column[] {
  if (source.kind === 'column') return [source.column];
  return type.kind === 'embedded' ? type.fields.flatMap(columnsOf) : [];
}

function withShape(needs: Needs, shape: SerializerShape, shapes: Shapes): Needs {
  const { metadata } = needs;
  const fits = metadata === shape.metadata || shape.metadata?.childEntityMetadatas.includes(metadata);
  const own = needs.whole && fits ? needsOfShape(shape, metadata, shapes) : noNeeds(metadata);
  const relations = [...needs.relations].map(
    ([relation, inner]) => [relation, withShape(inner, shape, shapes)] as const,
  );
  return mergeNeeds(metadata, [{ ...needs, relations: new Map(relations) }, own]);
}

function needOf(metadata: EntityMetadata, path: string): Needs | undefined {
  const nothing = noNeeds(metadata);
  const relation = metadata.relations.find(
    ({ propertyPath }) => path === propertyPath || path.startsWith(`${propertyPath}.`),
  );
  if (relation) {
    const target = relation.inverseEntityMetadata;
    const rest = path.slice(relation.propertyPath.length + 1);
    const inner =
      rest === ''
        ? { ...noNeeds(target), columns: new Set(ownColumns(target)), whole: true }
        : needOf(target, rest);
    return inner && { ...nothing, relations: new Map([[relation, inner]]) };
  }
  const columns = metadata.columns.filter(
    ({ propertyPath }) => propertyPath === path || propertyPath.startsWith(`${path}.`),
  );
  return columns.length > 0 ? { ...nothing, columns: new Set(columns) } : undefined;
}
