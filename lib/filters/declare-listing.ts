/** What a controller's options say of filters, search and order, checked against its model; problems are collected. */
import type { EntityMetadata } from 'typeorm';
import { isSqlite } from '../serialization/column-reader.js';
import { filterName } from './column-filter.js';
import { FieldFilter } from './field-filter.js';
import type { FilterBackendClass } from './filter-backend.js';
import { declarationsOf, isFilterSet, type FilterDeclaration, type FilterSetClass } from './filter-set.js';
import type { OrderTerm, SearchField } from './listing.js';
import { LOOKUPS, suits, type Lookup } from './lookups.js';
import { isToMany, requestName, resolvePath, type ModelPath } from './model-path.js';
import { ORDERING_PARAMETER, OrderingFilter } from './ordering-filter.js';
import { SEARCH_PARAMETER, SearchFilter } from './search-filter.js';

/** The options as they come, from TypeScript or from JavaScript. */
export interface ListingOptions {
  readonly filters?: object | undefined;
  readonly search?: readonly string[] | undefined;
  readonly ordering?:
    | { readonly fields?: readonly string[] | undefined; readonly default?: readonly string[] | undefined }
    | undefined;
}

/** A filter before there are instances. */
export type FilterDraft = { readonly name: string; readonly description?: string | undefined } & (
  | { readonly kind: 'path'; readonly path: ModelPath; readonly lookup: Lookup }
  | { readonly kind: 'method'; readonly declaration: FilterDeclaration & { kind: 'method' } }
);

export interface ListingDraft {
  readonly filters: readonly FilterDraft[];
  readonly filterSet: FilterSetClass | undefined;
  readonly search: readonly SearchField[];
  readonly ordering: {
    readonly fields: ReadonlyMap<string, ModelPath>;
    readonly default: readonly OrderTerm[];
  };
  readonly backends: readonly FilterBackendClass[];
  /** Names of parameters beside the filters. */
  readonly parameters: readonly string[];
}

export const STANDARD_BACKENDS: readonly FilterBackendClass[] = [FieldFilter, SearchFilter, OrderingFilter];

export class ListingDeclarer {
  constructor(
    private readonly place: string,
    private readonly metadata: EntityMetadata | undefined,
    private readonly problems: string[],
  ) {}

  /** @param pages names of the paginator's parameters */
  declare(
    options: ListingOptions,
    backends: readonly FilterBackendClass[],
    pages: readonly string[],
  ): ListingDraft {
    const { filters, search = [], ordering = {} } = options;
    const filterSet = isFilterSet(filters) ? filters : undefined;
    const drafts = filterSet ? this.ofFilterSet(filterSet) : this.ofFields(filters ?? {});
    const draft: ListingDraft = {
      filters: drafts,
      filterSet,
      search: search.flatMap((text) => this.searchField(text) ?? []),
      ordering: {
        fields: new Map(
          (ordering.fields ?? []).flatMap((text) => {
            const path = this.orderField(text);
            return path ? [[path.name, path] as const] : [];
          }),
        ),
        default: (ordering.default ?? []).flatMap((text) => this.orderTerm(text) ?? []),
      },
      backends,
      parameters: [
        ...(search.length > 0 ? [SEARCH_PARAMETER] : []),
        ...((ordering.fields ?? []).length > 0 ? [ORDERING_PARAMETER] : []),
        ...backends.flatMap(({ parameters = [] }) => parameters),
        ...pages,
      ],
    };
    this.checkNames(draft);
    this.checkBackends(draft);
    return draft;
  }

  private ofFilterSet(filterSet: FilterSetClass): FilterDraft[] {
    const { fields, filters } = declarationsOf(filterSet);
    return [
      ...this.ofFields(fields),
      ...filters.flatMap((declaration): FilterDraft | [] => {
        const { kind, property, options } = declaration;
        const name = requestName(property);
        const { description } = options;
        if (kind === 'method') {
          if (typeof (filterSet.prototype as Record<string, unknown>)[property] === 'function')
            return { kind: 'method', name, description, declaration };
          this.problem(
            `filter "${property}" has no "path" and is no method. Give it one: @Filter({ path: '...' }).`,
          );
          return [];
        }
        const lookup = options.lookup ?? 'exact';
        const path = this.filterPath(options.path, lookup);
        return path ? { kind: 'path', name, description, path, lookup } : [];
      }),
    ];
  }

  private ofFields(fields: object): FilterDraft[] {
    return Object.entries(fields as Record<string, readonly Lookup[]>).flatMap(([text, lookups]) =>
      [lookups].flat().flatMap((lookup): FilterDraft | [] => {
        const path = this.filterPath(text, lookup);
        return path ? { kind: 'path', name: filterName(path, lookup), path, lookup } : [];
      }),
    );
  }

  private filterPath(text: string, lookup: Lookup): ModelPath | undefined {
    const path = this.path('filters', text);
    if (!path) return undefined;
    if (!LOOKUPS.includes(lookup))
      return this.problem(
        `filters: "${String(lookup)}" of "${text}" is no lookup. Expected one of: ${LOOKUPS.join(', ')}.`,
      );
    if (suits(lookup, path.type.kind)) return path;
    const fitting = LOOKUPS.filter((each) => suits(each, path.type.kind));
    return this.problem(
      `filters: "${text}" is of the kind "${path.type.kind}", which has no lookup "${lookup}". Expected one of: ${fitting.join(', ')}.`,
    );
  }

  private searchField(text: string): SearchField | undefined {
    const sign = /^[\^=@$]/.exec(text)?.[0] ?? '';
    const path = this.path('search', text.slice(sign.length));
    if (!path) return undefined;
    if (path.type.kind !== 'string')
      return this.problem(`search: "${text}" is of the kind "${path.type.kind}". Only texts are searched.`);
    if ((sign === '@' || sign === '$') && isSqlite(path.dataSource))
      return this.problem(`search: "${sign}" of "${text}" needs PostgreSQL. Use "^", "=" or no sign.`);
    return { path, mode: MODES[sign as keyof typeof MODES] };
  }

  private orderField(text: string): ModelPath | undefined {
    const path = this.path('ordering', text);
    if (!path) return undefined;
    if (path.type.kind === 'json' || path.type.kind === 'bytes' || path.type.kind === 'list')
      return this.problem(`ordering: "${text}" is of the kind "${path.type.kind}", which has no order.`);
    if (isToMany(path))
      return this.problem(`ordering: "${text}" has many values for one object, which give no order.`);
    return path;
  }

  private orderTerm(text: string): OrderTerm | undefined {
    const descending = text.startsWith('-');
    const path = this.orderField(descending ? text.slice(1) : text);
    return path && { path, descending };
  }

  private path(option: string, text: string): ModelPath | undefined {
    if (!this.metadata) return this.problem(`${option}: "${text}" needs a serializer with a model.`);
    const path = resolvePath(this.metadata, text);
    return typeof path === 'string' ? this.problem(`${option}: "${text}": ${path}.`) : path;
  }

  private checkNames({ filters, parameters }: ListingDraft): void {
    const seen = new Set(parameters);
    for (const { name } of filters) {
      if (seen.has(name))
        this.problem(
          `filters: two parameters are called "${name}". Give one another name with @Filter() in a FilterSet.`,
        );
      seen.add(name);
    }
  }

  private checkBackends({ filters, search, ordering, backends }: ListingDraft): void {
    const has = (backend: FilterBackendClass): boolean =>
      backends.some((each) => each === backend || each.prototype instanceof backend);
    const needed: [boolean, string, FilterBackendClass][] = [
      [filters.length > 0, 'filters', FieldFilter],
      [search.length > 0, 'search', SearchFilter],
      [ordering.fields.size + ordering.default.length > 0, 'ordering', OrderingFilter],
    ];
    for (const [declared, option, backend] of needed)
      if (declared && !has(backend))
        this.problem(`"${option}" has no effect without ${backend.name} in "filterBackends". Add it.`);
  }

  private problem(text: string): undefined {
    this.problems.push(`${this.place}: ${text}`);
    return undefined;
  }
}

const MODES = {
  '': 'contains',
  '^': 'startswith',
  '=': 'exact',
  '@': 'fulltext',
  $: 'regex',
} as const;

/** What may be asked, for the reader of the `.proto`. */
export function listingComment({ filters, search, ordering, backends }: ListingDraft): string[] {
  const line = (title: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`${title}: ${names.join(', ')}`];
  const own = backends.flatMap(({ parameters = [] }) => parameters);
  return [
    ...line(
      'filters',
      filters.filter(({ description }) => description === undefined).map(({ name }) => name),
    ),
    ...filters.flatMap(({ name, description }) =>
      description === undefined ? [] : [`filter ${name}: ${description}`],
    ),
    ...line(
      SEARCH_PARAMETER,
      search.map(({ path }) => path.name),
    ),
    ...line(ORDERING_PARAMETER, [...ordering.fields.keys()]),
    ...line('other', own),
  ];
}
