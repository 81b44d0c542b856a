/** What is wrong with the controller classes themselves, before anybody asks what they declare. */
import type { Type } from '@nestjs/common';
import { GenericController } from '../crud/generic-controller.js';
import { actionsOf } from '../crud/grpc-action.js';
import { isGrpcController } from '../crud/grpc-controller.js';

/** @param controllers every class in any "controllers", twice when two modules have it */
export function problemsOfClasses(controllers: readonly Type<object>[]): string[] {
  const ours = controllers.filter(
    ({ prototype }) => prototype instanceof GenericController || actionsOf(prototype as object).size > 0,
  );
  return ours.flatMap((controller, index) => {
    const { name } = controller;
    if (!isGrpcController(controller))
      return [
        `${name}: is no service without @GrpcController(). Put it on the class; that of a base does not count.`,
      ];
    if (actionsOf(controller.prototype as object).size === 0)
      return [
        `${name}: has no actions. Extend a base that has some, such as GenericCrudController, or add @GrpcAction() methods.`,
      ];
    if (ours.indexOf(controller) < index)
      return [
        `${name}: is in "controllers" of two modules. Put it into one, or give the other a subclass of its own.`,
      ];
    return [];
  });
}
