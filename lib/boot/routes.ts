/** The rpcs of an application and where each of them comes from, for tools that show them. */
import type { Type } from '@nestjs/common';
import type { DeclaredController } from '../crud/describe.js';
import {
  pathOf,
  type FileDescriptor,
  type MethodDescriptor,
  type ServiceDescriptor,
} from '../proto/descriptors.js';
import type { ForeignFiles } from '../proto/foreign-files.js';

export interface Route {
  /** `/quickstart.PostController/List` */
  readonly path: string;
  readonly service: string;
  readonly method: MethodDescriptor;
  /** The controller class, and its method. */
  readonly controller: string;
  readonly action: string;
  /** Whether somebody stated who may call: the action, the controller, or the module. */
  readonly permissions: boolean;
}

/** The contract of one package as declared, without numbers. */
export interface DescribedContract {
  readonly file: FileDescriptor;
  /** The folder that the path of the file starts from. */
  readonly dir: string;
  /** Files of other people, of which it may import some. */
  readonly foreign: ForeignFiles;
  readonly routes: readonly Route[];
}

interface DescribedController {
  readonly controller: Type<object>;
  readonly service: ServiceDescriptor;
  readonly declared: Pick<DeclaredController, 'actions'>;
  /** Method of the class, by rpc. */
  readonly actionKeys: ReadonlyMap<string, string>;
}

/** @param moduleStates whether permissions of the module hold where nobody else states any */
export function routesOf(
  file: FileDescriptor,
  described: readonly DescribedController[],
  moduleStates: boolean,
): Route[] {
  return described.flatMap(({ controller, service, actionKeys, declared }) =>
    service.methods.map((method) => {
      const action = actionKeys.get(method.name) as string;
      const own = declared.actions.find(({ key }) => key === action)?.permissions;
      return {
        path: pathOf(file, service, method),
        service: service.name,
        method,
        controller: controller.name,
        action,
        permissions: moduleStates || own !== undefined,
      };
    }),
  );
}
