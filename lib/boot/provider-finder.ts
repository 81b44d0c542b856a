import { Injectable, type Type } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';

/** Finds, or makes, the instances of classes that were given in options. */
@Injectable()
export class ProviderFinder {
  /** Made here because no module provides them; by the controller's module, then by class. */
  private readonly made = new Map<ModuleRef, Map<Type<unknown>, Promise<unknown>>>();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** A provider of any module. */
  find<T>(token: Parameters<ModuleRef['get']>[0]): T | undefined {
    try {
      return this.moduleRef.get<T>(token, { strict: false });
    } catch {
      // Nest's way to say that there is none.
      return undefined;
    }
  }

  /** The provider of that class if there is one, else an instance made once with the controller's module's providers. */
  async instance<T>(controller: Type<object>, type: Type<T>): Promise<T> {
    const provided = this.find<T>(type);
    if (provided !== undefined) return provided;
    const home = [...this.modules.values()].find((module) => module.controllers.has(controller));
    const moduleRef = (home?.providers.get(ModuleRef)?.instance as ModuleRef | undefined) ?? this.moduleRef;
    const made = this.made.get(moduleRef) ?? new Map<Type<unknown>, Promise<unknown>>();
    this.made.set(moduleRef, made);
    if (!made.has(type)) made.set(type, moduleRef.create(type));
    return (await made.get(type)) as T;
  }
}
