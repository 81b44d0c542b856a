import type { Type } from '@nestjs/common';
import { GenericController } from '../crud/generic-controller.js';
import { actionsOf } from '../crud/grpc-action.js';
import { controllerOptionsOf } from '../crud/grpc-controller.js';
import { findSerializerDeclaration, type SerializerDeclaration } from '../serialization/declarations.js';
import type { SerializerClass } from '../serialization/proto-serializer.js';

/** What an action of a controller says it takes and gives; asked once, at boot. */
export function serializerOf(controller: Type<object>, action: string): SerializerClass | undefined {
  const prototype = controller.prototype as object;
  return prototype instanceof GenericController
    ? prototype.getSerializer(action)
    : controllerOptionsOf(controller)?.serializer;
}

/** What was declared on the serializers of all actions of a controller. */
export function declarationsOf(controller: Type<object>): readonly SerializerDeclaration[] {
  return [...actionsOf(controller.prototype as object).keys()].flatMap((key) => {
    const serializer = serializerOf(controller, key);
    return (serializer && findSerializerDeclaration(serializer)) ?? [];
  });
}

/** Name of the data source that a controller works on. */
export function dataSourceNameOf(controller: Type<object>): string {
  const declared = declarationsOf(controller).find(({ dataSource }) => dataSource !== undefined);
  return controllerOptionsOf(controller)?.dataSource ?? declared?.dataSource ?? 'default';
}
