import type { Type } from '@nestjs/common';
import { GenericController } from '../crud/generic-controller.js';
import { actionsOf } from '../crud/grpc-action.js';
import { controllerOptionsOf } from '../crud/grpc-controller.js';
import { findSerializerDeclaration } from '../serialization/declarations.js';
import type { Model, SerializerClass } from '../serialization/proto-serializer.js';

/** What an action of a controller says it takes and gives; asked once, at boot. */
export function serializerOf(controller: Type<object>, action: string): SerializerClass | undefined {
  const prototype = controller.prototype as object;
  return prototype instanceof GenericController
    ? prototype.getSerializer(action)
    : controllerOptionsOf(controller)?.serializer;
}

/** The models behind all actions of a controller. */
export function modelsOf(controller: Type<object>): (Model | undefined)[] {
  const serializers = [...actionsOf(controller.prototype as object).keys()].map((key) =>
    serializerOf(controller, key),
  );
  return serializers.map((serializer) => serializer && findSerializerDeclaration(serializer)?.model);
}
