import 'reflect-metadata';
import { Injectable, Scope, type ScopeOptions, type Type } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { PackageOptions } from '../options.js';
import { SetupError } from '../errors/setup-error.js';

import { PACKAGE_OPTIONS, SocioGrpcPackageModule } from './package.module.js';

/** As Nest keeps it, and does not export. */
type NestModule = ModulesContainer extends Map<string, infer Module> ? Module : never;

/** Finds, or makes, the instances of classes that were given in options. */
@Injectable()
export class ProviderFinder {
  /** Made here because no module provides them; by the controller's module, then by class. */
  private readonly made = new Map<ModuleRef, Map<Type<unknown>, Promise<unknown>>>();

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
    const home = [...this.modules.values()].find((module) => module.controllers.has(controller));
    return [...(home?.imports ?? [])].flatMap(featureOf);
  }

  /** A provider of any module. */
  find<T>(token: Parameters<ModuleRef['get']>[0]): T | undefined {
    try {
      return this.moduleRef.get<T>(token, { strict: false });
    } catch {
      // Nest's way to say that there is none.
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
    const home = [...this.modules.values()].find((module) => module.controllers.has(controller));
    const moduleRef = (home?.providers.get(ModuleRef)?.instance as ModuleRef | undefined) ?? this.moduleRef;
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
    try {
      return this.moduleRef.introspect(type).scope === Scope.REQUEST;
    } catch {
      // No provider: only its own declaration can tell.
      return (Reflect.getMetadata(SCOPE, type) as ScopeOptions | undefined)?.scope === Scope.REQUEST;
    }
  }
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
