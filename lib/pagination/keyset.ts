/**
 * The rows of an ordered list behind or before a place, as conditions that an index answers: whole rows are compared
 * where that is possible, and NULLs are a stretch of their own, since nothing is greater than them.
 */
import type { Position } from './page-source.js';

/** One part of a total order. */
export interface KeysetTerm {
  readonly sql: string;
  readonly descending: boolean;
  readonly nullable: boolean;
}

/** Where the database puts NULLs: PostgreSQL takes them for the greatest values, SQLite for the least. */
export type NullOrder = 'greatest' | 'least';

type Bind = (value: unknown) => string;

/** One stretch of the list; the rows of the first come before those of the next. */
export type Stretch = (bind: Bind) => string;

/**
 * @param terms in the direction in which is read
 * @returns one stretch, or two where NULLs of the first term lie behind
 */
export function stretchesAfter(
  terms: readonly KeysetTerm[],
  position: Position,
  inclusive: boolean,
  nulls: NullOrder,
): readonly Stretch[] {
  const [first] = terms;
  if (!first) return [];
  const plain = terms.every(({ nullable, descending }) => !nullable && descending === first.descending);
  if (plain) return [(bind) => rowComparison(terms, position, inclusive, bind)];
  const nullsBehind = first.nullable && nullsLast(first, nulls);
  if (position[0] === null) {
    const ties: Stretch = (bind) =>
      `(${first.sql} IS NULL AND ${lexical(terms.slice(1), position.slice(1), inclusive, nulls, bind)})`;
    return nullsBehind || !first.nullable ? [ties] : [ties, () => `${first.sql} IS NOT NULL`];
  }
  const here: Stretch = (bind) => {
    const rest = lexical(terms, position, inclusive, nulls, bind);
    // The comparison in front is redundant, but an index can begin there.
    return `(${first.sql} ${operator(first, true)} ${bind(position[0])} AND ${rest})`;
  };
  return nullsBehind ? [here, () => `${first.sql} IS NULL`] : [here];
}

export function reversed(terms: readonly KeysetTerm[]): readonly KeysetTerm[] {
  return terms.map((term) => ({ ...term, descending: !term.descending }));
}

function nullsLast({ descending }: KeysetTerm, nulls: NullOrder): boolean {
  return descending ? nulls === 'least' : nulls === 'greatest';
}

function rowComparison(
  terms: readonly KeysetTerm[],
  position: Position,
  inclusive: boolean,
  bind: Bind,
): string {
  const compare = operator(terms[0] as KeysetTerm, inclusive);
  const values = position.map(bind);
  if (terms.length === 1) return `${terms[0]?.sql} ${compare} ${values[0]}`;
  return `(${terms.map(({ sql }) => sql).join(', ')}) ${compare} (${values.join(', ')})`;
}

/** `a > x OR (a = x AND (b > y OR …))` */
function lexical(
  [term, ...rest]: readonly KeysetTerm[],
  [value, ...others]: Position,
  inclusive: boolean,
  nulls: NullOrder,
  bind: Bind,
): string {
  if (!term) return inclusive ? '1 = 1' : '1 = 0';
  const equal = value === null ? `${term.sql} IS NULL` : `${term.sql} = ${bind(value)}`;
  const tie = `(${equal} AND ${lexical(rest, others, inclusive, nulls, bind)})`;
  const beyond = behind(term, value, nulls, bind);
  return beyond === undefined ? tie : `(${beyond} OR ${tie})`;
}

/** What comes after a value of one term; undefined: nothing. */
function behind(term: KeysetTerm, value: unknown, nulls: NullOrder, bind: Bind): string | undefined {
  const last = nullsLast(term, nulls);
  if (value === null) return last ? undefined : `${term.sql} IS NOT NULL`;
  const greater = `${term.sql} ${operator(term, false)} ${bind(value)}`;
  return term.nullable && last ? `${greater} OR ${term.sql} IS NULL` : greater;
}

function operator({ descending }: KeysetTerm, inclusive: boolean): string {
  return `${descending ? '<' : '>'}${inclusive ? '=' : ''}`;
}
