/**
 * Nest's pipeline has nothing to do for most actions but to ask our own permission guard, and costs more than many of them.
 * Where nobody has added anything to it, actions are called without it; permissions are asked either way.
 */
import 'reflect-metadata';
import { Injectable, type Type } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { directOf, givesMessages } from '../crud/access.js';
import { originalOf, type HandlerMark } from '../crud/grpc-controller.js';
import { FILTERS, GUARDS, INTERCEPTORS, PIPES, takesPayloadAndContext } from '../crud/nest-metadata.js';
import { FallbackFilterRegistrar, PassThroughFilter } from '../request/fallback-filter.js';
import type { GrpcContext } from '../request/grpc-context.js';
import { PermissionGuard } from '../request/permissions.js';

/** An action itself. */
export type BareAction = (argument: unknown, ctx: GrpcContext) => unknown;

type Actions = Readonly<Record<string, BareAction>>;

@Injectable()
export class BareActions {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly fallback: FallbackFilterRegistrar,
  ) {}

  /** Asked while Nest makes the handler, so that both see the same. Undefined: the pipeline has something to do. */
  find({ controller, action }: HandlerMark): BareAction | undefined {
    const instance = this.instanceOf(controller);
    const method = instance?.[action];
    if (!instance || !method || !this.hasBareApplication()) return undefined;
    if (!isBareClass(controller) || !isBareMethod(method) || !takesPayloadAndContext(controller, action))
      return undefined;
    // Overridden actions look at what the library's own give them.
    const original = originalOf(method) as object;
    const unseen = givesMessages(original);
    const direct = directOf(original);
    return (argument, ctx) => {
      ctx.unseen = unseen;
      const found = instance[action];
      // Tests put spies in the place of actions.
      return direct && found === method ? direct(instance, ctx) : found?.call(instance, argument, ctx);
    };
  }

  private hasBareApplication(): boolean {
    const { config } = this;
    const added: readonly (readonly unknown[])[] = [
      config.getGlobalGuards(),
      config.getGlobalRequestGuards(),
      config.getGlobalInterceptors(),
      config.getGlobalRequestInterceptors(),
      config.getGlobalPipes(),
      config.getGlobalRequestPipes(),
      config.getGlobalRequestFilters(),
      config.getGlobalPreRequestHooks(),
    ];
    return added.every(({ length }) => length === 0) && this.fallback.isAlone;
  }

  /**
   * Undefined where something else stands in for our guard, as tests do with `overrideGuard()`, and where each call has an
   * instance of its own.
   */
  private instanceOf(controller: Type<object>): Actions | undefined {
    const home = [...this.modules.values()].find(({ controllers }) => controllers.has(controller));
    const guard = home?.injectables.get(PermissionGuard)?.instance as object | undefined;
    if (guard?.constructor !== PermissionGuard) return undefined;
    const wrapper = home?.controllers.get(controller);
    return wrapper?.isDependencyTreeStatic() ? (wrapper.instance as unknown as Actions) : undefined;
  }
}

function isBareClass(controller: object): boolean {
  return (
    isOnly(PermissionGuard, GUARDS, controller) &&
    isOnly(PassThroughFilter, FILTERS, controller) &&
    isEmpty(INTERCEPTORS, controller) &&
    isEmpty(PIPES, controller)
  );
}

function isBareMethod(method: object): boolean {
  return [GUARDS, FILTERS, INTERCEPTORS, PIPES].every((key) => isEmpty(key, method));
}

function isOnly(expected: unknown, key: unknown, target: object): boolean {
  const found = enhancers(key, target);
  return found.length === 1 && found[0] === expected;
}

function isEmpty(key: unknown, target: object): boolean {
  return enhancers(key, target).length === 0;
}

function enhancers(key: unknown, target: object): readonly unknown[] {
  return (Reflect.getMetadata(key, target) ?? []) as readonly unknown[];
}
