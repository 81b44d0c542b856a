/** The proto packages of an application: what belongs to each, and where its file lies. */
import { resolve } from 'node:path';
import type { Type } from '@nestjs/common';
import { controllerOptionsOf } from '../crud/grpc-controller.js';
import type { PackageOptions, ResolvedOptions } from '../options.js';
import { protoPath } from '../proto/proto-file.js';
import { isSerializerClass, type SerializerClass } from '../serialization/proto-serializer.js';
import type { ProviderFinder } from './provider-finder.js';

export class Packages {
  /** The packages of the serializers that belong to one. */
  readonly homes = new Map<SerializerClass, string>();
  private readonly dirs = new Map<string, string>();

  constructor(
    private readonly options: ResolvedOptions,
    private readonly providers: ProviderFinder,
    private readonly problems: string[],
  ) {
    this.dirs.set(options.package, resolve(options.proto.dir));
    for (const feature of providers.features()) {
      this.addDir(feature);
      for (const serializer of feature.serializers ?? []) this.addSerializer(feature.package, serializer);
    }
  }

  /** As the controller says, as its module says, as the application says. */
  of(controller: Type<object>): string {
    const own = controllerOptionsOf(controller)?.package;
    if (own !== undefined) return own;
    const named = new Set(this.providers.featuresOf(controller).map((feature) => feature.package));
    const [only = this.options.package, ...others] = named;
    if (others.length > 0)
      this.problems.push(
        `${controller.name}: its module is told ${quoted([only, ...others])} by SocioGrpcModule.forFeature(). ` +
          'Set "package" in @GrpcController().',
      );
    return only;
  }

  /** The folder that the path of the package starts from. */
  dirOf(packageName: string): string {
    return this.dirs.get(packageName) ?? resolve(this.options.proto.dir);
  }

  /** Where files of other people are looked for. */
  get importRoots(): readonly string[] {
    const { dir, includeDirs } = this.options.proto;
    const own = [resolve(dir), ...this.dirs.values()];
    return [...new Set([...includeDirs.map((each) => resolve(each)), ...own])];
  }

  /** Reports packages that would be written to one file: folders may stand inside each other. */
  checkPaths(packageNames: readonly string[]): void {
    const owners = new Map<string, string>();
    for (const name of packageNames) {
      const path = protoPath(this.dirOf(name), name);
      const other = owners.get(path);
      if (other !== undefined)
        this.problems.push(
          `packages ${quoted([other, name])}: both have the file ${path}. Give one another "proto.dir".`,
        );
      owners.set(path, name);
    }
  }

  private addDir({ package: name, proto }: PackageOptions): void {
    if (proto?.dir === undefined) return;
    const dir = resolve(proto.dir);
    const other = this.dirs.get(name);
    if (other !== undefined && other !== dir)
      this.problems.push(
        `package "${name}": its "proto.dir" is ${other} and ${dir}. The file is the ledger of its numbers, so there can be only one.`,
      );
    this.dirs.set(name, dir);
  }

  private addSerializer(name: string, serializer: SerializerClass): void {
    if (!isSerializerClass(serializer)) {
      this.problems.push(
        `SocioGrpcModule.forFeature("${name}"): ${String((serializer as { name?: string } | undefined)?.name)} stands in its "serializers". ` +
          'Expected classes that extend ProtoSerializer.',
      );
      return;
    }
    const other = this.homes.get(serializer);
    if (other !== undefined && other !== name)
      this.problems.push(
        `${serializer.name}: is in "serializers" of the packages ${quoted([other, name])}. Its messages can be in one file only.`,
      );
    this.homes.set(serializer, name);
  }
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(' and ');
}
