import 'reflect-metadata';
import { Injectable, Scope, type ScopeOptions, type Type } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { PackageOptions } from '../options.js';
import { SetupError } from '../errors/setup-error.js';

import { PACKAGE_OPTIONS, SocioGrpcPackageModule } from './package.module.js';

/** As Nest keeps it, and does not export. */
type NestModule = ModulesContainer extends Map<string, infer Module> ? Module : never;

interface Known {
  /** Everything that can be asked for. */
  readonly tokens: ReadonlySet<unknown>;
  /** Modules by their controllers. */
  readonly homes: ReadonlyMap<unknown, NestModule>;
}

/** Finds, or makes, the instances of classes that were given in options. */
@Injectable()
export class ProviderFinder {
  /** Made here because no module provides them; by the controller's module, then by class. */
  private readonly made = new Map<ModuleRef, Map<Type<unknown>, Promise<unknown>>>();
  /** What Nest knows, listed when somebody asks for the first time: then all modules are complete. */
  private known: Known | undefined;

  constructor(
    private readonly modules: ModulesContainer,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** Every class in "controllers" of any module; once for each module that has it. */
  controllerClasses(): readonly Type<object>[] {
    return [...this.modules.values()].flatMap(({ controllers }) =>
      [...controllers.values()].flatMap(({ metatype }) => (metatype as Type<object> | null) ?? []),
    );
  }

  /** What every `SocioGrpcModule.forFeature()` of the application was told. */
  features(): readonly PackageOptions[] {
    return [...this.modules.values()].flatMap(featureOf);
  }

  /** What the module of a controller was told by the `forFeature()` that it imports. */
  featuresOf(controller: Type<object>): readonly PackageOptions[] {
    return [...(this.homeOf(controller)?.imports ?? [])].flatMap(featureOf);
  }

  /** A provider of any module. */
  find<T>(token: Parameters<ModuleRef['get']>[0]): T | undefined {
    if (!this.isKnown(token)) return undefined;
    try {
      return this.moduleRef.get<T>(token, { strict: false });
    } catch {
      // Nest's way to say that there is none for everybody.
      return undefined;
    }
  }

  /**
   * The provider of that class if there is one, else an instance made once with the controller's module's providers.
   *
   * @throws SetupError when it is no class, when it is request-scoped, which an instance for all calls cannot be, or cannot be made
   */
  async instance<T>(controller: Type<object>, type: Type<T>): Promise<T> {
    if (typeof type !== 'function')
      throw new SetupError([
        `${controller.name}: ${shown(type)} stands in its options, or the module's, where a class belongs. ` +
          'Permissions, authentication, middleware and scopes are named by their classes.',
      ]);
    if (this.isRequestScoped(type))
      throw new SetupError([
        `${controller.name}: ${type.name} is request-scoped, but one instance serves all calls. ` +
          'Make it a singleton; what belongs to a call comes as its GrpcContext.',
      ]);
    const provided = this.find<T>(type);
    if (provided !== undefined) return provided;
    const moduleRef =
      (this.homeOf(controller)?.providers.get(ModuleRef)?.instance as ModuleRef | undefined) ??
      this.moduleRef;
    const made = this.made.get(moduleRef) ?? new Map<Type<unknown>, Promise<unknown>>();
    this.made.set(moduleRef, made);
    if (!made.has(type)) made.set(type, moduleRef.create(type));
    try {
      return (await made.get(type)) as T;
    } catch (error) {
      throw new SetupError([`${controller.name}: cannot make ${type.name}. ${firstLine(error)}`]);
    }
  }

  private isRequestScoped(type: Type<unknown>): boolean {
    // Of what is no provider only its own declaration can tell.
    if (!this.isKnown(type))
      return (Reflect.getMetadata(SCOPE, type) as ScopeOptions | undefined)?.scope === Scope.REQUEST;
    return this.moduleRef.introspect(type).scope === Scope.REQUEST;
  }

  /** Nest tells by an exception, which costs more than all the rest when hundreds of classes are no providers. */
  private isKnown(token: unknown): boolean {
    this.known ??= knownIn(this.modules);
    return this.known.tokens.has(token);
  }

  /** The first module that has a controller. */
  private homeOf(controller: Type<object>): NestModule | undefined {
    this.known ??= knownIn(this.modules);
    return this.known.homes.get(controller);
  }
}

function knownIn(modules: ModulesContainer): Known {
  const tokens = new Set<unknown>();
  const homes = new Map<unknown, NestModule>();
  for (const module of modules.values()) {
    for (const part of [module.providers, module.injectables, module.controllers])
      for (const token of part.keys()) tokens.add(token);
    for (const controller of module.controllers.keys())
      if (!homes.has(controller)) homes.set(controller, module);
  }
  return { tokens, homes };
}

function featureOf({ metatype, providers }: NestModule): PackageOptions[] {
  if (metatype !== SocioGrpcPackageModule) return [];
  return [providers.get(PACKAGE_OPTIONS)?.instance as PackageOptions];
}

function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value);
  return `an instance of ${value.constructor.name}`;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] as string;
}

@Injectable({ scope: Scope.REQUEST })
class Probe {}

/** Nest's own metadata key, learned from its public decorator. */
const SCOPE = (Reflect.getOwnMetadataKeys(Probe) as unknown[]).find(
  (key) => (Reflect.getOwnMetadata(key, Probe) as ScopeOptions | undefined)?.scope === Scope.REQUEST,
);
