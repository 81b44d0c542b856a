/** Whether the library's own actions of a controller have the model that they work on. */
import type { Type } from '@nestjs/common';
import type { EntityMetadata } from 'typeorm';
import type { DeclaredAction } from '../crud/describe.js';
import { LookupField } from '../crud/grpc-action.js';
import { controllerOptionsOf } from '../crud/grpc-controller.js';
import { worksOnModel } from '../crud/model-actions.js';
import type { Shapes } from '../serialization/shapes.js';

/** The library's actions that find one object. */
const FINDING = new Set(['retrieve', 'update', 'partialUpdate', 'destroy']);

/** @param metadata the controller's model */
export function problemsOfModels(
  controller: Type<object>,
  actions: readonly DeclaredAction[],
  metadata: EntityMetadata | undefined,
  shapes: Shapes,
): string[] {
  return actions.flatMap((action) => {
    const problem = wrongModel(controller, action, metadata, shapes) ?? noKey(controller, action, metadata);
    return problem === undefined ? [] : [`${controller.name}.${action.key}: ${problem}`];
  });
}

function wrongModel(
  controller: Type<object>,
  { key, serializer }: DeclaredAction,
  metadata: EntityMetadata | undefined,
  shapes: Shapes,
): string | undefined {
  const shape = serializer && worksOnModel(controller, key) ? shapes.get(serializer) : undefined;
  if (!shape) return undefined;
  const { name } = shape.serializer;
  if (!shape.metadata)
    return `${name} has no model. Give it one with @ModelSerializer({ model }), or override ${key}().`;
  if (!metadata || shape.metadata === metadata) return undefined;
  return (
    `${name} has the model "${shape.metadata.name}", but the controller works on "${metadata.name}". ` +
    `Use a serializer of "${metadata.name}", or a controller for each.`
  );
}

/** Without a condition any row would be found, and changed. */
function noKey(
  controller: Type<object>,
  { key, options }: DeclaredAction,
  metadata: EntityMetadata | undefined,
): string | undefined {
  const finds = options.request === LookupField || (FINDING.has(key) && worksOnModel(controller, key));
  const { lookup } = controllerOptionsOf(controller) ?? {};
  if (!finds || !metadata || lookup !== undefined || metadata.primaryColumns.length > 0) return undefined;
  return `"${metadata.name}" has no key that finds an object. Set "lookup" in @GrpcController().`;
}
