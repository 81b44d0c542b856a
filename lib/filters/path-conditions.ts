/** Conditions and values that lie behind relations, as parts of a statement about the model itself. */
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Relation } from '../serialization/column-types.js';
import { scopeCondition } from '../serialization/row-scope.js';
import type { Bind, Operand } from './lookups.js';
import type { ModelPath, PathStep } from './model-path.js';

type Query = SelectQueryBuilder<ObjectLiteral>;

/** Aliases and parameters that are free in a statement. */
export class StatementNames {
  private aliases = 0;

  constructor(
    private readonly query: Query,
    private readonly prefix: string,
  ) {}

  readonly bind: Bind = (value) => {
    const used = this.query.expressionMap.parameters;
    let index = Object.keys(used).length;
    while (Object.hasOwn(used, `${this.prefix}${index}`)) index += 1;
    this.query.setParameter(`${this.prefix}${index}`, value);
    return `:${this.prefix}${index}`;
  };

  alias(): string {
    this.aliases += 1;
    return `${this.prefix}_${this.query.alias}_${this.aliases}`;
  }
}

/**
 * The condition on the column of a path: on the row itself, or that there is a related row with it. Rows that are marked
 * as removed, and those outside the caller's scope, are not there.
 *
 * @param context of the call, for scopes
 */
export function whereOnPath(
  query: Query,
  path: ModelPath,
  context: unknown,
  names: StatementNames,
  condition: (operand: Operand) => string,
): string {
  return behind(query, query.alias, path.steps, context, names, (alias) => condition(operandOf(alias, path)));
}

/** The value at the end of a path of to-one relations, as an expression to order by. */
export function valueOnPath(query: Query, path: ModelPath, context: unknown, names: StatementNames): string {
  const value = (alias: string): string => operandOf(alias, path).sql;
  if (path.steps.length === 0) return value(query.alias);
  return nested(query, query.alias, path.steps, context, names, value);
}

function behind(
  query: Query,
  owner: string,
  [step, ...rest]: readonly PathStep[],
  context: unknown,
  names: StatementNames,
  condition: (alias: string) => string,
): string {
  if (!step) return condition(owner);
  const alias = names.alias();
  const related = relatedRows(query, owner, alias, step, context).select('1');
  related.andWhere(behind(query, alias, rest, context, names, condition));
  return `EXISTS ${related.getQuery()}`;
}

function nested(
  query: Query,
  owner: string,
  [step, ...rest]: readonly PathStep[],
  context: unknown,
  names: StatementNames,
  value: (alias: string) => string,
): string {
  if (!step) return value(owner);
  const alias = names.alias();
  return relatedRows(query, owner, alias, step, context)
    .select(nested(query, alias, rest, context, names, value))
    .getQuery();
}

/** The rows of a relation's target that belong to one row of its owner. */
function relatedRows(
  query: Query,
  owner: string,
  alias: string,
  { relation, target, scopes }: PathStep,
  context: unknown,
): Query {
  const related = query.subQuery().from<ObjectLiteral>(target.target, alias);
  const column = (of: string, name: string): string => `${query.escape(of)}.${query.escape(name)}`;
  if (relation.isManyToMany) {
    const junction = `${alias}_j`;
    const { mine, theirs } = junctionColumns(relation);
    const link = theirs
      .map(
        ({ databaseName, referencedColumn }) =>
          `${column(junction, databaseName)} = ${column(alias, referencedColumn?.databaseName ?? '')}`,
      )
      .join(' AND ');
    // A join would take the dot of a schema for one between an alias and its relation.
    related.addFrom(relation.junctionEntityMetadata?.tablePath ?? '', junction).andWhere(link);
    for (const { databaseName, referencedColumn } of mine)
      related.andWhere(
        `${column(junction, databaseName)} = ${column(owner, referencedColumn?.databaseName ?? '')}`,
      );
  } else {
    const [here, there] = relation.isOwning ? [owner, alias] : [alias, owner];
    const joinColumns = (relation.isOwning ? relation : relation.inverseRelation)?.joinColumns ?? [];
    for (const { databaseName, referencedColumn } of joinColumns)
      related.andWhere(
        `${column(here, databaseName)} = ${column(there, referencedColumn?.databaseName ?? '')}`,
      );
  }
  // Parameters belong to the whole statement.
  for (const scope of scopes) related.andWhere(scopeCondition(query, alias, target, scope, context));
  return related;
}

function junctionColumns(relation: Relation) {
  const { ownerColumns = [], inverseColumns = [] } = relation.junctionEntityMetadata ?? {};
  return relation.isOwning
    ? { mine: ownerColumns, theirs: inverseColumns }
    : { mine: inverseColumns, theirs: ownerColumns };
}

/** The column of a path as the left side of a comparison. */
export function operandOf(alias: string, { column, type, dataSource }: ModelPath): Operand {
  const { driver } = dataSource;
  return {
    sql: `${driver.escape(alias)}.${driver.escape(column.databaseName)}`,
    kind: type.kind,
    column,
    dataSource,
  };
}
