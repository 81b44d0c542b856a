/** The instances that serializers work with: of their own classes, and of the scopes that they name. */
import type { Type } from '@nestjs/common';
import type { RowScopeClass } from '../serialization/declarations.js';
import type { FindSerializer } from '../serialization/object-messages.js';
import type { ProtoSerializer, SerializerClass } from '../serialization/proto-serializer.js';
import type { FindScope, RowScope } from '../serialization/row-scope.js';
import { serializersOfType } from '../serialization/shape.js';
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
  for (const serializer of withNested(serializers, shapes))
    for (const { scope } of shapes.get(serializer)?.fields ?? [])
      if (scope) instances.set(scope, await providers.instance(controller, scope as Type<RowScope>));
  return ({ scope }) => scope && instances.get(scope);
}

/** The instances of serializers, those that they nest included. */
export async function instancesOf(
  controller: Type<object>,
  serializers: readonly SerializerClass[],
  shapes: Shapes,
  providers: ProviderFinder,
): Promise<FindSerializer> {
  const instances = new Map<SerializerClass, ProtoSerializer>();
  for (const serializer of withNested(serializers, shapes))
    instances.set(
      serializer,
      await providers.instance<ProtoSerializer>(controller, serializer as Type<ProtoSerializer>),
    );
  return (serializer) => {
    const instance = instances.get(serializer);
    if (!instance) throw new Error(`${serializer.name}: is no serializer of ${controller.name}`);
    return instance;
  };
}

/** Serializers and those that their fields nest, at any depth. */
export function withNested(
  serializers: readonly SerializerClass[],
  shapes: Shapes,
): ReadonlySet<SerializerClass> {
  const found = new Set<SerializerClass>();
  const waiting = [...serializers];
  for (let serializer = waiting.pop(); serializer; serializer = waiting.pop()) {
    if (found.has(serializer)) continue;
    found.add(serializer);
    for (const { type } of shapes.get(serializer)?.fields ?? []) waiting.push(...serializersOfType(type));
  }
  return found;
}
