/** What requests may ask of a controller's lists: first what the contract says of it, then with the instances it needs. */
import type { Type } from '@nestjs/common';
import type { EntityMetadata } from 'typeorm';
import { columnFilter, listReader } from '../filters/column-filter.js';
import {
  listingComment,
  ListingDeclarer,
  STANDARD_BACKENDS,
  type FilterDraft,
  type ListingDraft,
} from '../filters/declare-listing.js';
import type { FilterMethod, FilterSet } from '../filters/filter-set.js';
import type { CompiledListing, ListFilter } from '../filters/listing.js';
import { throughRelation, type ModelPath } from '../filters/model-path.js';
import type { GrpcControllerOptions } from '../crud/grpc-controller.js';
import type { DeclaredLists } from '../generation/declared-lists.js';
import type { ResolvedOptions } from '../options.js';
import { CursorPagination } from '../pagination/cursor-pagination.js';
import { PageNumberPagination } from '../pagination/page-number-pagination.js';
import type { PaginatorClass } from '../pagination/paginator.js';
import type { SerializerClass } from '../serialization/proto-serializer.js';
import { narrowed } from '../serialization/query-shape.js';
import type { FindScope, RowScope } from '../serialization/row-scope.js';
import type { Relation } from '../serialization/column-types.js';
import type { Shapes } from '../serialization/shapes.js';
import type { ProviderFinder } from './provider-finder.js';

/** How the lists of a controller are cut into pages: as it says, as the module says, by their numbers. */
export function paginatorOf(
  { pagination }: GrpcControllerOptions,
  module: ResolvedOptions,
): PaginatorClass | undefined {
  if (pagination !== undefined) return pagination ?? undefined;
  if (module.pagination !== undefined) return module.pagination ?? undefined;
  return module.conventions === 'dsg' ? undefined : PageNumberPagination;
}

export function declareListing(
  controller: Type<object>,
  options: GrpcControllerOptions,
  module: ResolvedOptions,
  metadata: EntityMetadata | undefined,
  problems: string[],
): ListingDraft {
  const backends = options.filterBackends ?? module.filterBackends ?? STANDARD_BACKENDS;
  const paginator = paginatorOf(options, module);
  if (metadata && metadata.primaryColumns.length === 0 && paginator && isCursorPagination(paginator))
    problems.push(
      `${controller.name}: "${metadata.name}" has no key, so a cursor cannot tell its rows apart. ` +
        'Give it one with @PrimaryColumn(), or set another "pagination".',
    );
  const pages = paginator?.parameters ?? [];
  return new ListingDeclarer(controller.name, metadata, problems).declare(options, backends, pages);
}

function isCursorPagination(paginator: PaginatorClass): boolean {
  return paginator === CursorPagination || paginator.prototype instanceof CursorPagination;
}

/** Under `dsg` what is only stated counts as well, as the reference's plugins have it, and nothing is commented. */
export function describeLists(
  draft: ListingDraft,
  options: GrpcControllerOptions,
  module: ResolvedOptions,
): DeclaredLists {
  const paginator = paginatorOf(options, module);
  const dsg = module.conventions === 'dsg';
  const comment = listingComment(draft);
  const stated = [options.filterBackends, module.filterBackends].some((list) => list && list.length > 0);
  const filters = comment.length > 0 || (dsg && stated);
  const pages = paginator ?? (dsg ? module.pagination : undefined);
  return {
    filters: module.filterBehavior === 'metadata' || !filters ? undefined : dsg ? [] : comment,
    pagination:
      module.paginationBehavior === 'metadata' || !pages
        ? undefined
        : dsg
          ? []
          : [`pages: ${pages.parameters.join(', ')}`],
    answers: paginator?.answers ?? [],
  };
}

/** @throws SetupError when the filter set cannot be made, or not be shared by all calls */
export async function compileListing(
  controller: Type<object>,
  draft: ListingDraft,
  scopes: PathScopes,
  providers: ProviderFinder,
  limits: CompiledListing['limits'],
): Promise<CompiledListing> {
  const set = draft.filterSet && (await providers.instance<FilterSet>(controller, draft.filterSet));
  const filters = draft.filters.map((each) => compileFilter(each, scopes, set));
  return {
    filters: new Map(filters.map((filter) => [filter.name, filter])),
    search: draft.search.map((field) => ({ ...field, path: scopes.applyTo(field.path) })),
    ordering: {
      fields: new Map([...draft.ordering.fields].map(([name, path]) => [name, scopes.applyTo(path)])),
      default: draft.ordering.default.map((term) => ({ ...term, path: scopes.applyTo(term.path) })),
    },
    parameters: new Set(draft.parameters),
    limits,
  };
}

function compileFilter(draft: FilterDraft, scopes: PathScopes, set: FilterSet | undefined): ListFilter {
  if (draft.kind === 'path') return columnFilter(scopes.applyTo(draft.path), draft.lookup, draft.name);
  const { property, options } = draft.declaration;
  const { type = 'string', repeated = false } = options;
  return {
    name: draft.name,
    read: listReader(repeated ? 'list' : 'one', { kind: type }),
    apply: (query, values, ctx) =>
      narrowed(query, async (open) => {
        await (set as unknown as Record<string, FilterMethod>)[property]?.(
          open,
          repeated ? values : values[0],
          ctx,
        );
        return open;
      }),
  };
}

/** The scopes that serializers state for relations hold for filters that look through these relations too. */
export class PathScopes {
  constructor(
    private readonly serializers: readonly SerializerClass[],
    private readonly shapes: Shapes,
    private readonly scopeOf: FindScope,
  ) {}

  applyTo(path: ModelPath): ModelPath {
    const through = path.keyOf ? this.applySteps(throughRelation(path, path.keyOf)) : undefined;
    // Whether the caller may know of the target stands in the target's row.
    return through && (through.steps.at(-1)?.scopes.length ?? 0) > 0 ? through : this.applySteps(path);
  }

  private applySteps(path: ModelPath): ModelPath {
    let serializers = this.serializers;
    const steps = path.steps.map((step) => {
      const found = this.along(step.relation, serializers);
      serializers = found.serializers;
      return { ...step, scopes: found.scopes };
    });
    return { ...path, steps };
  }

  private along(relation: Relation, serializers: readonly SerializerClass[]) {
    const fields = serializers
      .flatMap((serializer) => this.shapes.get(serializer)?.fields ?? [])
      .filter(({ source }) => 'relation' in source && source.relation === relation);
    const scopes = new Set(fields.map((field) => this.scopeOf(field)).filter((scope) => scope !== undefined));
    return {
      scopes: [...scopes] as readonly RowScope[],
      serializers: fields.flatMap(({ type }) => (type.kind === 'serializer' ? [type.serializer] : [])),
    };
  }
}
