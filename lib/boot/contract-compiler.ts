/**
 * Everything that is worked out once: controllers -> shapes -> contract -> numbers -> codecs and read plans ->
 * methods that can be called.
 */
import { Inject, Injectable, Logger, type Type } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource, EntityMetadata } from 'typeorm';
import { CompiledControllers, type CompiledModel } from '../crud/compiled-controller.js';
import { ServiceDescriber, type DeclaredController } from '../crud/describe.js';
import { actionsOf } from '../crud/grpc-action.js';
import { controllerOptionsOf, type GrpcControllerOptions } from '../crud/grpc-controller.js';
import { SetupError } from '../errors/setup-error.js';
import { DEFAULT_PACKAGE, SOCIO_GRPC_OPTIONS, type ResolvedOptions } from '../options.js';
import {
  pathOf,
  type FileDescriptor,
  type MethodDescriptor,
  type ServiceDescriptor,
} from '../proto/descriptors.js';
import { serviceName } from '../proto/names.js';
import { CallDatabase } from '../request/call-database.js';
import { ConnectionQueue, hasSingleConnection } from '../request/connection-queue.js';
import type { GrpcContext } from '../request/grpc-context.js';
import { compileCodecs, type CodecRegistry } from '../serialization/codec/index.js';
import { linesOf } from '../serialization/declarations.js';
import { MessageCatalog } from '../serialization/messages.js';
import type { Model } from '../serialization/proto-serializer.js';
import { Shapes } from '../serialization/shapes.js';
import type { BoundMethod } from '../server/bound-method.js';
import { ActionCompiler, aliasOf } from './action-compiler.js';
import { lookupParts } from './lookup.js';
import { modelsOf, serializerOf } from './declared-serializers.js';
import { ProtoStore } from './proto-store.js';
import { ProviderFinder } from './provider-finder.js';
import { routesOf, type DescribedContract } from './routes.js';

export type Handler = (argument: unknown, ctx: GrpcContext) => Promise<unknown>;

/** Nest's handlers of our actions, by controller and method name. */
export type Handlers = ReadonlyMap<Type<object>, ReadonlyMap<string, Handler>>;

export interface CompiledContract {
  readonly file: FileDescriptor;
  readonly methods: readonly BoundMethod[];
  readonly codecs: CodecRegistry;
  /** Services that nobody stated permissions for. */
  readonly unguarded: readonly string[];
}

interface Draft {
  readonly controller: Type<object>;
  readonly options: GrpcControllerOptions;
  readonly declared: DeclaredController;
  readonly service: ServiceDescriptor;
  readonly actionKeys: ReadonlyMap<string, string>;
  readonly dataSource: DataSource | undefined;
  readonly metadata: EntityMetadata | undefined;
}

@Injectable()
export class ContractCompiler {
  private readonly logger = new Logger('SocioGrpc');
  private readonly queues = new Map<DataSource, ConnectionQueue>();

  constructor(
    @Inject(SOCIO_GRPC_OPTIONS) private readonly options: ResolvedOptions,
    private readonly controllers: CompiledControllers,
    private readonly providers: ProviderFinder,
  ) {}

  /** @throws SetupError with every problem of every controller at once */
  async compile(handlers: Handlers): Promise<CompiledContract> {
    const { declared, drafts, shapes } = this.declare([...handlers.keys()]);
    const file = await new ProtoStore(this.options).settle(declared);
    const actions = await ActionCompiler.create(shapes, this.providers, this.options.conventions);
    for (const draft of drafts) await this.register(draft, actions);
    const codecs = compileCodecs(file);
    return {
      file,
      codecs,
      methods: this.bind(file, codecs, drafts, handlers),
      unguarded: this.unguarded(drafts),
    };
  }

  /**
   * The contract without numbers: no file is touched and nothing can be called afterwards.
   *
   * @throws SetupError with every problem of every controller at once
   */
  describe(controllers: readonly Type<object>[]): DescribedContract {
    const { declared, drafts } = this.declare(controllers);
    return { file: declared, routes: routesOf(declared, drafts, this.unguarded(drafts)) };
  }

  private declare(controllers: readonly Type<object>[]) {
    const problems: string[] = [];
    const dataSources = this.dataSourcesOf(controllers, problems);
    const shapes = new Shapes({
      conventions: this.options.conventions,
      problems,
      findMetadata: (model) => findOwner(dataSources, model)?.getMetadata(model as Model),
    });
    const catalog = new MessageCatalog(shapes, problems);
    const describer = new ServiceDescriber(shapes, catalog, problems);
    const drafts = controllers.map((controller) =>
      this.draft(controller, dataSources, shapes, describer, problems),
    );
    reportClashes(drafts, problems);
    if (problems.length > 0) throw new SetupError(problems);
    if (this.options.package === DEFAULT_PACKAGE)
      this.logger.warn(
        `the proto package is "${DEFAULT_PACKAGE}": name it before you publish it, SocioGrpcModule.forRoot({ package: '...' })`,
      );
    const declared: FileDescriptor = {
      kind: 'file',
      package: this.options.package,
      services: drafts.map(({ service }) => service),
      messages: catalog.messages,
      enums: catalog.enums,
    };
    return { declared, drafts, shapes };
  }

  private dataSourcesOf(
    controllers: readonly Type<object>[],
    problems: string[],
  ): ReadonlyMap<string, DataSource> {
    const found = new Map<string, DataSource>();
    for (const controller of controllers) {
      const name = controllerOptionsOf(controller)?.dataSource ?? 'default';
      if (found.has(name) || !modelsOf(controller).some(Boolean)) continue;
      const dataSource = this.providers.find<DataSource>(getDataSourceToken(name));
      if (dataSource) found.set(name, dataSource);
      else
        problems.push(
          `${controller.name}: there is no data source "${name}". Import TypeOrmModule.forRoot().`,
        );
    }
    return found;
  }

  private draft(
    controller: Type<object>,
    dataSources: ReadonlyMap<string, DataSource>,
    shapes: Shapes,
    describer: ServiceDescriber,
    problems: string[],
  ): Draft {
    const options = controllerOptionsOf(controller) ?? {};
    const service = options.service ?? serviceName(controller.name);
    const dataSource = dataSources.get(options.dataSource ?? 'default');
    const actions = [...actionsOf(controller.prototype as object)].map(([key, action]) => ({
      key,
      options: action,
      serializer: serializerOf(controller, key),
    }));
    const serializers = [options.serializer, ...actions.map(({ serializer }) => serializer)];
    const metadata = serializers
      .map((serializer) => serializer && shapes.get(serializer)?.metadata)
      .find((found) => found !== undefined);
    for (const serializer of serializers) if (serializer) shapes.check(serializer);
    const declared: DeclaredController = {
      className: controller.name,
      service,
      description: linesOf(options.description),
      actions,
      hasModel: metadata !== undefined,
      lookup: metadata
        ? lookupParts(controller.name, metadata, options.lookup, this.options.conventions, problems)
        : [],
    };
    const described = describer.describe(declared);
    const actionKeys = new Map([...described.actions].map(([rpc, action]) => [rpc, action.key]));
    return { controller, options, declared, service: described.service, actionKeys, dataSource, metadata };
  }

  private async register(draft: Draft, actions: ActionCompiler): Promise<void> {
    const { controller, options } = draft;
    const permissions = options.permissions ?? this.options.permissions ?? [];
    const authentication = options.authentication ?? this.options.authentication;
    this.controllers.set(controller, {
      name: controller.name,
      model: this.compileModel(draft),
      actions: await actions.compile(controller, draft.declared.actions, draft.dataSource),
      permissions: await Promise.all(permissions.map((type) => this.providers.instance(controller, type))),
      authenticators: await Promise.all(
        authentication.map((type) => this.providers.instance(controller, type)),
      ),
      maxListRows: this.options.limits.maxListRows,
    });
  }

  private compileModel({ declared, dataSource, metadata }: Draft): CompiledModel | undefined {
    if (!metadata || !dataSource) return undefined;
    const queue = this.queueOf(dataSource);
    return { dataSource, queue, metadata, alias: aliasOf(metadata), lookup: declared.lookup };
  }

  private queueOf(dataSource: DataSource): ConnectionQueue | undefined {
    if (!hasSingleConnection(dataSource)) return undefined;
    const queue = this.queues.get(dataSource) ?? new ConnectionQueue();
    this.queues.set(dataSource, queue);
    return queue;
  }

  private bind(
    file: FileDescriptor,
    codecs: CodecRegistry,
    drafts: readonly Draft[],
    handlers: Handlers,
  ): BoundMethod[] {
    return drafts.flatMap((draft) =>
      draft.service.methods.map((descriptor): BoundMethod => {
        const action = draft.actionKeys.get(descriptor.name) as string;
        const { model, authenticators } = this.controllers.get(draft.controller);
        const request = codecs.get(descriptor.request);
        const response = codecs.get(descriptor.response);
        return {
          descriptor,
          target: targetOf(file, draft, descriptor, action),
          authenticators,
          decode: (bytes) => request.decode(bytes),
          encode: (message) => response.encode((message ?? {}) as Readonly<Record<string, unknown>>),
          prepare: (ctx) => {
            if (model) ctx.useDatabase(new CallDatabase(model.dataSource, model.queue, ctx.signal));
          },
          handle: handlers.get(draft.controller)?.get(action) as Handler,
        };
      }),
    );
  }

  private unguarded(drafts: readonly Draft[]): string[] {
    if (this.options.permissions) return [];
    return drafts.filter(({ options }) => !options.permissions).map(({ controller }) => controller.name);
  }
}

function findOwner(dataSources: ReadonlyMap<string, DataSource>, model: unknown): DataSource | undefined {
  return [...dataSources.values()].find((dataSource) => dataSource.hasMetadata(model as Model));
}

function targetOf(file: FileDescriptor, draft: Draft, method: MethodDescriptor, action: string) {
  return {
    path: pathOf(file, draft.service, method),
    service: draft.declared.service,
    action,
    controller: draft.controller,
  };
}

function reportClashes(drafts: readonly Draft[], problems: string[]): void {
  const seen = new Map<string, string>();
  for (const { service, controller } of drafts) {
    const other = seen.get(service.name);
    if (other)
      problems.push(
        `service "${service.name}": ${other} and ${controller.name} both want this name. Set "service" in one @GrpcController().`,
      );
    seen.set(service.name, controller.name);
  }
}
