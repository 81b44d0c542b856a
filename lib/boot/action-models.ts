/** Whether the library's own actions of a controller have the model that they work on. */
import type { Type } from '@nestjs/common';
import type { EntityMetadata } from 'typeorm';
import type { DeclaredAction } from '../crud/describe.js';
import { controllerOptionsOf } from '../crud/grpc-controller.js';
import { worksOnModel } from '../crud/model-actions.js';
import type { Shapes } from '../serialization/shapes.js';

/** Actions that find one object. */
const FINDING = new Set(['retrieve', 'update', 'partialUpdate', 'destroy']);

/** @param metadata the controller's model */
export function problemsOfModels(
  controller: Type<object>,
  actions: readonly DeclaredAction[],
  metadata: EntityMetadata | undefined,
  shapes: Shapes,
): string[] {
  return actions.flatMap(({ key, serializer }) => {
    const shape = serializer && worksOnModel(controller, key) ? shapes.get(serializer) : undefined;
    if (!shape) return [];
    const place = `${controller.name}.${key}`;
    const { name } = shape.serializer;
    if (!shape.metadata)
      return [
        `${place}: ${name} has no model. Give it one with @ModelSerializer({ model }), or override ${key}().`,
      ];
    if (metadata && shape.metadata !== metadata)
      return [
        `${place}: ${name} has the model "${shape.metadata.name}", but the controller works on "${metadata.name}". ` +
          `Use a serializer of "${metadata.name}", or a controller for each.`,
      ];
    const { lookup } = controllerOptionsOf(controller) ?? {};
    if (FINDING.has(key) && lookup === undefined && shape.metadata.primaryColumns.length === 0)
      return [
        `${place}: "${shape.metadata.name}" has no key that finds an object. Set "lookup" in @GrpcController().`,
      ];
    return [];
  });
}
