/** Controllers that extend none of the library's bases give objects where messages are due, as all others do. */
import { Inject, Optional, type Type } from '@nestjs/common';
import type { GrpcContext } from '../request/grpc-context.js';
import { ACCESS, type ResultSerializer } from './access.js';
import { ActionAnswer } from './action-answer.js';
import { CompiledControllers } from './compiled-controller.js';

const COMPILED: unique symbol = Symbol('nestjs-socio-grpc:compiled');

interface PlainController {
  readonly [COMPILED]?: CompiledControllers;
}

class PlainAnswers implements ResultSerializer {
  constructor(private readonly controllers: CompiledControllers) {}

  serializeResult(result: unknown, ctx: GrpcContext): unknown {
    const form = this.controllers.get(ctx.controller).answers.get(ctx.action);
    return form ? new ActionAnswer(form).make(result, ctx) : result;
  }
}

/** A property, not a parameter: such classes have constructors of their own, and tests may make them without Nest. */
export function attachAnswers(controller: Type<object>): void {
  const prototype = controller.prototype as object;
  if (ACCESS in prototype) return;
  Inject(CompiledControllers)(prototype, COMPILED);
  Optional()(prototype, COMPILED);
  Object.defineProperty(prototype, ACCESS, {
    get(this: PlainController): ResultSerializer | undefined {
      const controllers = this[COMPILED];
      return controllers && new PlainAnswers(controllers);
    },
  });
}
