import type { Type } from '@nestjs/common';
import type { RowScopeClass } from '../serialization/declarations.js';
import type { SerializerClass } from '../serialization/proto-serializer.js';
import type { FindScope, RowScope } from '../serialization/row-scope.js';
import type { Shapes } from '../serialization/shapes.js';
import type { ProviderFinder } from './provider-finder.js';

/** The instances of the scopes that serializers name, those that they nest included. */
export async function scopesOf(
  controller: Type<object>,
  serializers: readonly SerializerClass[],
  shapes: Shapes,
  providers: ProviderFinder,
): Promise<FindScope> {
  const instances = new Map<RowScopeClass, RowScope>();
  const seen = new Set<SerializerClass>();
  const waiting = [...serializers];
  for (let serializer = waiting.pop(); serializer; serializer = waiting.pop()) {
    if (seen.has(serializer)) continue;
    seen.add(serializer);
    for (const { scope, type } of shapes.get(serializer)?.fields ?? []) {
      if (scope) instances.set(scope, await providers.instance(controller, scope as Type<RowScope>));
      if (type.kind === 'serializer') waiting.push(type.serializer);
    }
  }
  return ({ scope }) => scope && instances.get(scope);
}
