/** Which serializers a controller names: in its options, by `getSerializer()`, in the options of its actions. */
import type { Type } from '@nestjs/common';
import { GenericController } from '../crud/generic-controller.js';
import type { DeclaredAction } from '../crud/describe.js';
import { actionsOf, isFieldList, type ActionMessage } from '../crud/grpc-action.js';
import { controllerOptionsOf } from '../crud/grpc-controller.js';
import { serializersIn } from '../generation/field-list.js';
import { resolvePlaceholders } from '../generation/placeholders.js';
import { statedPermissions } from './declared-permissions.js';
import { serviceName } from '../proto/names.js';
import { isSerializerClass, type SerializerClass } from '../serialization/proto-serializer.js';

/**
 * The actions of a controller with everything in their options that is known only for it. `getSerializer()` and
 * placeholders are asked here, once.
 */
export function declaredActions(controller: Type<object>, problems: string[]): readonly DeclaredAction[] {
  const service = controllerOptionsOf(controller)?.service ?? serviceName(controller.name);
  return [...actionsOf(controller.prototype as object)].map(([key, options]) => {
    const serializer = serializerOf(controller, key, problems);
    const permissions = statedPermissions(controller, key, options, problems);
    try {
      const target = { controller, service, action: key, serializer };
      const resolved = resolvePlaceholders(options, target);
      return { key, serializer, options: resolved, permissions };
    } catch (error) {
      problems.push(
        `${controller.name}.${key}: a placeholder in its options fails with "${error instanceof Error ? error.message : String(error)}".`,
      );
      return { key, serializer, options: {}, permissions };
    }
  });
}

function serializerOf(
  controller: Type<object>,
  action: string,
  problems: string[],
): SerializerClass | undefined {
  const serializer: unknown = askedSerializer(controller, action, problems);
  if (serializer === undefined || typeof serializer === 'function')
    return serializer as SerializerClass | undefined;
  problems.push(
    `${controller.name}.${action}: its serializer is ${JSON.stringify(serializer)}. Expected a class that extends ProtoSerializer.`,
  );
  return undefined;
}

/** The serializers that a controller names itself: what it works on. */
export function ownSerializersOf(
  controller: Type<object>,
  actions: readonly DeclaredAction[],
): readonly SerializerClass[] {
  const named: readonly unknown[] = [
    controllerOptionsOf(controller)?.serializer,
    ...actions.map(({ serializer }) => serializer),
  ];
  return [...new Set(named.filter((each) => typeof each === 'function'))] as SerializerClass[];
}

/** Its own, then those that only the options of its actions name. */
export function serializersOf(
  controller: Type<object>,
  actions: readonly DeclaredAction[],
): readonly SerializerClass[] {
  const named = actions.flatMap(({ options: { request, response } }) =>
    [response, request].flatMap(serializersNamedIn),
  );
  return [...new Set([...ownSerializersOf(controller, actions), ...named])];
}

function serializersNamedIn(message: ActionMessage | undefined): readonly SerializerClass[] {
  if (isSerializerClass(message)) return [message];
  return isFieldList(message) ? serializersIn(message).map(({ serializer }) => serializer) : [];
}

function askedSerializer(controller: Type<object>, action: string, problems: string[]): unknown {
  const prototype = controller.prototype as object;
  const { serializer } = controllerOptionsOf(controller) ?? {};
  if (!(prototype instanceof GenericController)) return serializer;
  try {
    return prototype.getSerializer(action);
  } catch (error) {
    problems.push(
      `${controller.name}.getSerializer("${action}"): fails with "${String(error instanceof Error ? error.message : error)}". ` +
        'It is asked at boot, without an instance: let the answer depend on the name alone, not on properties of "this".',
    );
    return serializer;
  }
}
