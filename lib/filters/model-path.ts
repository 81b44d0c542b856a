/**
 * Paths of a model's properties, as options name them: `title`, `address.city`, `author.name`, `tags.label`. Worked out
 * once at boot into the relations that are crossed and the column at the end.
 */
import type { DataSource, EntityMetadata } from 'typeorm';
import { snakeCase } from '../proto/names.js';
import {
  columnTypeName,
  findColumnType,
  isList,
  type Column,
  type Relation,
} from '../serialization/column-types.js';
import { describeColumnEnum, isEnumColumn } from '../serialization/enums.js';
import type { RowScope } from '../serialization/row-scope.js';
import type { FilterValueType } from './filter-value.js';

/** One relation on the way. */
export interface PathStep {
  readonly relation: Relation;
  readonly target: EntityMetadata;
  /** Which of the related rows there are for a caller. */
  readonly scopes: readonly RowScope[];
}

export interface ModelPath {
  /** As requests write it: `author__full_name`. */
  readonly name: string;
  readonly dataSource: DataSource;
  readonly steps: readonly PathStep[];
  readonly column: Column;
  /** The relation whose key the column is, which then is not among the steps. */
  readonly keyOf: Relation | undefined;
  readonly type: FilterValueType;
}

/** The path, or why there is none. */
export function resolvePath(metadata: EntityMetadata, path: string): ModelPath | string {
  const steps: PathStep[] = [];
  let here = metadata;
  const words = String(path).split('.');
  while (words.length > 0) {
    const found = longestRelation(here, words);
    if (!found) break;
    words.splice(0, found.length);
    const { relation } = found;
    // The key of a to-one relation's target stands in the row itself.
    const local = localKey(relation, words.join('.'));
    if (local) return pathOf(path, metadata, steps, local, relation);
    here = relation.inverseEntityMetadata;
    steps.push({ relation, target: here, scopes: [] });
  }
  const column = words.length === 0 ? onlyKey(here) : here.findColumnWithPropertyPath(words.join('.'));
  if (!column) return `"${here.name}" has no column "${words.join('.') || path}"`;
  if (column.isVirtualProperty)
    return `"${column.propertyPath}" of "${here.name}" is a virtual column, which has no place in conditions and orders. Write a @Filter() method or a filter backend`;
  return pathOf(path, metadata, steps, column);
}

export function isToMany({ steps }: ModelPath): boolean {
  return steps.some(({ relation }) => relation.isOneToMany || relation.isManyToMany);
}

/** Relations of embedded objects have dots in their own names. */
function longestRelation(metadata: EntityMetadata, words: readonly string[]) {
  for (let length = words.length; length > 0; length -= 1) {
    const relation = metadata.findRelationWithPropertyPath(words.slice(0, length).join('.'));
    if (relation) return { relation, length };
  }
  return undefined;
}

function localKey(relation: Relation, rest: string): Column | undefined {
  if (!relation.isOwning || relation.isManyToMany || relation.joinColumns.length !== 1) return undefined;
  const [column] = relation.joinColumns;
  return rest === '' || rest === column?.referencedColumn?.propertyPath ? column : undefined;
}

function onlyKey({ primaryColumns }: EntityMetadata): Column | undefined {
  return primaryColumns.length === 1 ? primaryColumns[0] : undefined;
}

function pathOf(
  path: string,
  { dataSource }: EntityMetadata,
  steps: readonly PathStep[],
  column: Column,
  keyOf?: Relation,
): ModelPath {
  return { name: requestName(path), dataSource, steps, column, keyOf, type: typeOf(column) };
}

/** The same column in the related row itself, where more can be asked of it. */
export function throughRelation(path: ModelPath, relation: Relation): ModelPath {
  const target = relation.inverseEntityMetadata;
  const column = path.column.referencedColumn ?? path.column;
  const steps = [...path.steps, { relation, target, scopes: [] }];
  return { ...path, steps, column, keyOf: undefined };
}

/** A foreign key has the type of what it refers to. */
function typeOf(column: Column): FilterValueType {
  let typed = column;
  while (typed.referencedColumn) typed = typed.referencedColumn;
  if (isList(typed)) return { kind: 'list', column };
  if (isEnumColumn(typed)) return { kind: 'enum', column, descriptor: describeColumnEnum(typed) };
  const found = findColumnType(typed, 'socio');
  return { kind: found?.kind ?? (columnTypeName(typed) === 'unknown' ? 'json' : 'string'), column };
}

/** `author.fullName` -> `author__full_name`; what requests may write as well comes to the same. */
export function requestName(path: string): string {
  return path
    .split(/\.|__/)
    .map((word) => snakeCase(word))
    .join('__');
}
