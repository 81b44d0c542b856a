/** Nest's own metadata keys, learned from its public decorators instead of its internals. */
import 'reflect-metadata';
import { UseFilters, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';

class Probe {
  method(): void {
    return undefined;
  }
}

class Enhancer {
  canActivate = (): boolean => true;
  catch = (): void => undefined;
  intercept = (): never => undefined as never;
  transform = (): void => undefined;
}

export const GUARDS = keyWritten(() => UseGuards(Enhancer)(Probe), Probe);
export const FILTERS = keyWritten(() => UseFilters(Enhancer)(Probe), Probe);
export const INTERCEPTORS = keyWritten(() => UseInterceptors(Enhancer)(Probe), Probe);
export const PIPES = keyWritten(() => UsePipes(Enhancer)(Probe), Probe);
/** Of the parameters of a method, on its class. */
export const ROUTE_ARGUMENTS = keyWritten(() => Payload()(Probe.prototype, 'method', 0), Probe, 'method');

/** A parameter of a handler, as Nest keeps it. */
interface RouteArgument {
  readonly index: number;
  readonly data?: unknown;
  readonly pipes: readonly unknown[];
  readonly schema?: unknown;
}

type RouteArguments = Readonly<Record<string, RouteArgument>>;

Ctx()(Probe.prototype, 'method', 1);
const PLAIN = routeArguments(Probe, 'method');

/** Whether a handler takes its payload and its context as they are, and nothing else. */
export function takesPayloadAndContext(controller: object, action: string): boolean {
  const found = routeArguments(controller, action);
  const keys = Object.keys(found);
  return (
    keys.length === Object.keys(PLAIN).length &&
    keys.every((key) => {
      const { index, data, pipes, schema } = found[key] as RouteArgument;
      return PLAIN[key]?.index === index && data === undefined && schema === undefined && pipes.length === 0;
    })
  );
}

function routeArguments(controller: object, action: string): RouteArguments {
  return (Reflect.getMetadata(ROUTE_ARGUMENTS, controller, action) ?? {}) as RouteArguments;
}

function keyWritten(decorate: () => void, target: object, property?: string): unknown {
  const keys = (): unknown[] =>
    property === undefined
      ? Reflect.getOwnMetadataKeys(target)
      : Reflect.getOwnMetadataKeys(target, property);
  const before = new Set(keys());
  decorate();
  return keys().find((key) => !before.has(key));
}
