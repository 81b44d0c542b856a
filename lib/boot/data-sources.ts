/** The TypeORM data sources of an application, as far as its controllers use them. */
import type { Type } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { DeclaredAction } from '../crud/describe.js';
import { controllerOptionsOf } from '../crud/grpc-controller.js';
import { findSerializerDeclaration, type SerializerDeclaration } from '../serialization/declarations.js';
import type { Model, SerializerClass } from '../serialization/proto-serializer.js';
import { ownSerializersOf, serializersOf } from './declared-serializers.js';
import type { ProviderFinder } from './provider-finder.js';

export class DataSources {
  private readonly byName = new Map<string, DataSource>();
  /** Names of the controllers' data sources. */
  private readonly names = new Map<Type<object>, string>();

  /**
   * Finds what the controllers name; reports what there is not.
   *
   * @param controllers with their actions
   * @param shared serializers that are described whether or not a controller uses them
   */
  constructor(
    controllers: ReadonlyMap<Type<object>, readonly DeclaredAction[]>,
    shared: readonly SerializerClass[],
    providers: ProviderFinder,
    problems: string[],
  ) {
    // Also where no controller names it: which data source a model is found in must not depend on the others.
    const unnamed = providers.find<DataSource>(getDataSourceToken());
    if (unnamed) this.byName.set('default', unnamed);
    for (const [controller, actions] of controllers) {
      const models = modelsOf(serializersOf(controller, actions));
      const named = namesIn(models);
      const ownModels = modelsOf(ownSerializersOf(controller, actions));
      const [first = 'default'] = namesIn(ownModels.length > 0 ? ownModels : models);
      const own = controllerOptionsOf(controller)?.dataSource ?? first;
      this.names.set(controller, own);
      const names = models.length > 0 ? [own, ...named] : [];
      this.find(names, providers, controller.name, problems);
    }
    for (const serializer of shared)
      this.find(namesIn(modelsOf([serializer])), providers, serializer.name, problems);
  }

  private find(names: readonly string[], providers: ProviderFinder, place: string, problems: string[]): void {
    for (const name of new Set(names)) {
      if (this.byName.has(name)) continue;
      const dataSource = providers.find<DataSource>(getDataSourceToken(name));
      if (dataSource) this.byName.set(name, dataSource);
      else problems.push(`${place}: there is no data source "${name}". ${cureOf(name)}`);
    }
  }

  of(controller: Type<object>): DataSource | undefined {
    return this.byName.get(this.names.get(controller) ?? 'default');
  }

  nameOf(dataSource: DataSource): string {
    const found = [...this.byName].find(([, candidate]) => candidate === dataSource);
    return found?.[0] ?? 'default';
  }

  /** Without a name the unnamed data source comes first. */
  findMetadata(model: Model, name: string | undefined): EntityMetadata | undefined {
    const { byName } = this;
    const candidates = name === undefined ? [byName.get('default'), ...byName.values()] : [byName.get(name)];
    return candidates.find((candidate) => candidate?.hasMetadata(model))?.getMetadata(model);
  }
}

function modelsOf(serializers: readonly SerializerClass[]): SerializerDeclaration[] {
  return serializers
    .flatMap((serializer) => findSerializerDeclaration(serializer) ?? [])
    .filter(({ model }) => model);
}

function namesIn(models: readonly SerializerDeclaration[]): string[] {
  return models.flatMap(({ dataSource }) => dataSource ?? []);
}

function cureOf(name: string): string {
  return name === 'default'
    ? 'Import TypeOrmModule.forRoot().'
    : `Import TypeOrmModule.forRoot({ name: '${name}', ... }).`;
}
