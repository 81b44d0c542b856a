/**
 * Relations that lead to rows which a controller hides from some callers, without a scope of their own. That may be
 * meant, or forgotten: boot says so.
 */
import type { EntityMetadata } from 'typeorm';
import type { ListingDraft } from '../filters/declare-listing.js';
import type { ModelPath } from '../filters/model-path.js';
import type { Relation } from '../serialization/column-types.js';
import type { SerializerClass } from '../serialization/proto-serializer.js';
import type { RowScope } from '../serialization/row-scope.js';
import type { Shapes } from '../serialization/shapes.js';
import { serializersOfAction } from './action-compiler.js';
import type { ControllerDraft } from './controller-compiler.js';
import { PathScopes } from './listing-compiler.js';
import { withNested } from './serializer-parts.js';

/** @returns one line for each such relation: of a serializer, or of what a controller filters, searches and orders by */
export function unscopedRelations(drafts: readonly ControllerDraft[], shapes: Shapes): string[] {
  const lines = drafts.flatMap((draft) => {
    const serializers = draft.declared.actions.flatMap(serializersOfAction);
    return [
      ...[...withNested(serializers, shapes)].flatMap((serializer) =>
        ofSerializer(serializer, shapes, drafts),
      ),
      ...ofListing(draft, serializers, shapes, drafts),
    ];
  });
  return [...new Set(lines)];
}

function ofSerializer(
  serializer: SerializerClass,
  shapes: Shapes,
  drafts: readonly ControllerDraft[],
): string[] {
  return (shapes.get(serializer)?.fields ?? []).flatMap(({ property, source, scope }) => {
    const hiding = !scope && 'relation' in source && hidingController(source.relation, drafts);
    if (!hiding) return [];
    return `${serializer.name}.${property}: ${warning(hiding)}`;
  });
}

function ofListing(
  { controller, listing }: ControllerDraft,
  serializers: readonly SerializerClass[],
  shapes: Shapes,
  drafts: readonly ControllerDraft[],
): string[] {
  // Whether there is a scope is enough to know; nobody asks it yet.
  const scopes = new PathScopes(serializers, shapes, ({ scope }) => scope as unknown as RowScope | undefined);
  return pathsOf(listing).flatMap((path) => {
    const { steps, keyOf } = scopes.applyTo(path);
    const open = steps.filter((step) => step.scopes.length === 0).map(({ relation }) => relation);
    return [...open, ...(keyOf ? [keyOf] : [])].flatMap((relation) => {
      const hiding = hidingController(relation, drafts);
      return hiding ? `${controller.name}: "${path.name}" ${warning(hiding)}` : [];
    });
  });
}

function pathsOf({ filters, search, ordering }: ListingDraft): ModelPath[] {
  return [
    ...filters.flatMap((filter) => (filter.kind === 'path' ? [filter.path] : [])),
    ...search.map(({ path }) => path),
    ...ordering.fields.values(),
    ...ordering.default.map(({ path }) => path),
  ];
}

function hidingController(relation: Relation, drafts: readonly ControllerDraft[]) {
  return drafts.find(
    ({ metadata, options }) => metadata && options.scope && holds(metadata, relation.inverseEntityMetadata),
  );
}

/** Rows of a child entity are rows of its parent's table. */
function holds(scoped: EntityMetadata, target: EntityMetadata): boolean {
  return scoped === target || target.inheritanceTree.includes(scoped.target as () => unknown);
}

function warning({ controller, metadata, options }: ControllerDraft): string {
  return (
    `leads to "${metadata?.name}", of which ${controller.name} hides rows by ${options.scope?.name}, without a scope of its own: ` +
    `what is hidden there is known here. State one for the relation, @Related({ scope: ${options.scope?.name} }) or ` +
    '@Nested(() => …, { scope }); one whose where() gives {} shows all.'
  );
}
