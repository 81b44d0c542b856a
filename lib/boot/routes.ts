/** The rpcs of an application and where each of them comes from, for tools that show them. */
import type { Type } from '@nestjs/common';
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
  /** Whether somebody stated who may call: the controller, or the module. */
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
  /** Method of the class, by rpc. */
  readonly actionKeys: ReadonlyMap<string, string>;
}

/** @param unguarded controllers that nobody stated permissions for */
export function routesOf(
  file: FileDescriptor,
  described: readonly DescribedController[],
  unguarded: readonly string[],
): Route[] {
  return described.flatMap(({ controller, service, actionKeys }) =>
    service.methods.map((method) => ({
      path: pathOf(file, service, method),
      service: service.name,
      method,
      controller: controller.name,
      action: actionKeys.get(method.name) as string,
      permissions: !unguarded.includes(controller.name),
    })),
  );
}
