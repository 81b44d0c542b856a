/** Filters that compare one column with values: what `filters: { title: ['icontains'] }` stands for. */
import { InvalidValue } from '../serialization/input-values.js';
import { boolean, valueReader, type FilterValueType, type ReadFilterValue } from './filter-value.js';
import type { ListFilter } from './listing.js';
import { arityOf, looksInside, lookupSql, type Lookup, type LookupArity } from './lookups.js';
import type { ModelPath } from './model-path.js';
import { operandOf, whereOnPath } from './path-conditions.js';

/** @param name a name of its own; default: path and lookup, `author__name__icontains` */
export function columnFilter(path: ModelPath, lookup: Lookup, name = filterName(path, lookup)): ListFilter {
  return {
    name,
    read: listReader(arityOf(lookup), valueTypeOf(path, lookup)),
    own:
      path.steps.length > 0
        ? undefined
        : (values, alias, bind) => lookupSql(lookup, operandOf(alias, path), values, bind),
    apply: (query, values, ctx, names) => {
      // No related row at all has no value either.
      const missing =
        path.steps.length > 0 && (lookup === 'ne' || (lookup === 'isnull' && values[0] === true));
      const asked = missing ? OPPOSITE[lookup as keyof typeof OPPOSITE] : lookup;
      const condition = whereOnPath(query, path, ctx, names, (operand) =>
        lookupSql(asked, operand, missing && lookup === 'isnull' ? [false] : values, names.bind),
      );
      query.andWhere(missing ? `NOT ${condition}` : condition);
    },
  };
}

/** A part of a text need not be what the column could hold. */
function valueTypeOf({ type }: ModelPath, lookup: Lookup): FilterValueType {
  if (lookup === 'isnull') return { kind: 'boolean' };
  return looksInside(lookup) && !type.column?.transformer ? { kind: 'string' } : type;
}

const OPPOSITE = { ne: 'exact', isnull: 'isnull' } as const;

export function filterName(path: ModelPath, lookup: Lookup): string {
  return lookup === 'exact' ? path.name : `${path.name}__${lookup}`;
}

/** Reads as many values as a lookup takes; lists come as lists or as texts with commas. */
export function listReader(arity: LookupArity, type: FilterValueType): ListFilter['read'] {
  const read = arity === 'boolean' ? boolean : valueReader(type);
  if (arity === 'one' || arity === 'boolean') return (value) => all([value], read);
  return (value) => {
    const items = Array.isArray(value) ? (value as unknown[]) : split(value);
    if (arity === 'pair' && items.length !== 2)
      return new InvalidValue('Expected two values: the first and the last.', 'invalid');
    return all(items, read);
  };
}

function split(value: unknown): unknown[] {
  if (typeof value !== 'string') return [value];
  return value.trim() === '' ? [] : value.split(',');
}

function all(items: readonly unknown[], read: ReadFilterValue): readonly unknown[] | InvalidValue {
  const values: unknown[] = [];
  for (const item of items) {
    if (item === null) return new InvalidValue('This field may not be null. Use "isnull".', 'null');
    const value = read(item);
    if (value instanceof InvalidValue) return value;
    values.push(value);
  }
  return values;
}
