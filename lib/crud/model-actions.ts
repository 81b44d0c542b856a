import type { Type } from '@nestjs/common';
import { originalOf } from './grpc-controller.js';
import { ListAction, RetrieveAction, StreamAction } from './read-actions.js';
import { CreateAction, DestroyAction, PartialUpdateAction, UpdateAction } from './write-actions.js';

const SOURCES = [
  ListAction,
  StreamAction,
  RetrieveAction,
  CreateAction,
  UpdateAction,
  PartialUpdateAction,
  DestroyAction,
].map(({ source }) => source.prototype as Methods);

type Methods = Readonly<Record<string, unknown>>;

/** Whether an action is the library's own, which reads or writes the controller's model; an override may do without. */
export function worksOnModel(controller: Type<object>, action: string): boolean {
  const method = originalOf((controller.prototype as Methods)[action]);
  return SOURCES.some((source) => source[action] === method);
}
