/**
 * Everything that is worked out once: controllers -> shapes -> contract -> numbers -> codecs and read plans ->
 * methods that can be called.
 */
import { Inject, Injectable, Logger, type Type } from '@nestjs/common';
import { CompiledControllers } from '../crud/compiled-controller.js';
import { ServiceDescriber, type DeclaredController } from '../crud/describe.js';
import { actionsOf } from '../crud/grpc-action.js';
import { controllerOptionsOf } from '../crud/grpc-controller.js';
import { SetupError } from '../errors/setup-error.js';
import { DEFAULT_PACKAGE, SOCIO_GRPC_OPTIONS, type ResolvedOptions } from '../options.js';
import type { FileDescriptor } from '../proto/descriptors.js';
import { serviceName } from '../proto/names.js';
import { problemsOfFile } from '../proto/validate.js';
import { compileCodecs, type CodecRegistry } from '../serialization/codec/index.js';
import { linesOf } from '../serialization/declarations.js';
import { MessageCatalog } from '../serialization/messages.js';
import { Shapes } from '../serialization/shapes.js';
import type { BoundMethod } from '../server/bound-method.js';
import { bindMethods, type Handlers, type MethodDraft } from './bind-methods.js';
import { ControllerCompiler } from './controller-compiler.js';
import { declareListing, describeLists } from './listing-compiler.js';
import { lookupParts } from './lookup.js';
import { DataSources } from './data-sources.js';
import { pathsOf } from './database-paths.js';
import { problemsOfModels } from './action-models.js';
import { problemsOfClasses } from './controller-classes.js';
import { serializerOf, serializersOf } from './declared-serializers.js';
import { ProtoStore } from './proto-store.js';
import { ProviderFinder } from './provider-finder.js';
import { routesOf, type DescribedContract } from './routes.js';

export interface CompiledContract {
  readonly file: FileDescriptor;
  readonly methods: readonly BoundMethod[];
  readonly codecs: CodecRegistry;
  /** Services that nobody stated permissions for. */
  readonly unguarded: readonly string[];
}

@Injectable()
export class ContractCompiler {
  private readonly logger = new Logger('SocioGrpc');

  constructor(
    @Inject(SOCIO_GRPC_OPTIONS) private readonly options: ResolvedOptions,
    private readonly controllers: CompiledControllers,
    private readonly providers: ProviderFinder,
  ) {}

  /** @throws SetupError with every problem of every controller at once */
  async compile(handlers: Handlers): Promise<CompiledContract> {
    const { declared, drafts, shapes } = this.declare([...handlers.keys()]);
    await this.registerAll(drafts, shapes);
    const file = await new ProtoStore(this.options).settle(declared);
    const codecs = compileCodecs(file);
    return {
      file,
      codecs,
      methods: bindMethods(file, codecs, drafts, this.controllers, handlers),
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
    const problems = problemsOfClasses(this.providers.controllerClasses());
    const dataSources = new DataSources(controllers, this.providers, problems);
    const shapes = new Shapes({
      conventions: this.options.conventions,
      problems,
      findMetadata: (model, name) => dataSources.findMetadata(model, name),
    });
    const catalog = new MessageCatalog(shapes, problems);
    const describer = new ServiceDescriber(shapes, catalog, problems);
    const drafts = controllers.map((controller) =>
      this.draft(controller, dataSources, shapes, describer, problems),
    );
    reportClashes(drafts, problems);
    const declared: FileDescriptor = {
      kind: 'file',
      package: this.options.package,
      services: drafts.map(({ service }) => service),
      messages: catalog.messages,
      enums: catalog.enums,
    };
    problems.push(...problemsOfFile(declared));
    if (problems.length > 0) throw new SetupError(problems);
    if (this.options.package === DEFAULT_PACKAGE)
      this.logger.warn(
        `the proto package is "${DEFAULT_PACKAGE}": name it before you publish it, SocioGrpcModule.forRoot({ package: '...' })`,
      );
    return { declared, drafts, shapes };
  }

  private draft(
    controller: Type<object>,
    dataSources: DataSources,
    shapes: Shapes,
    describer: ServiceDescriber,
    problems: string[],
  ): MethodDraft {
    const options = controllerOptionsOf(controller) ?? {};
    const service = options.service ?? serviceName(controller.name);
    const dataSource = dataSources.of(controller);
    const actions = [...actionsOf(controller.prototype as object)].map(([key, action]) => ({
      key,
      options: action,
      serializer: serializerOf(controller, key, problems),
    }));
    const serializers = serializersOf(controller, problems);
    const metadata = serializers
      .map((serializer) => shapes.get(serializer)?.metadata)
      .find((found) => found !== undefined);
    for (const serializer of serializers) shapes.check(serializer);
    problems.push(...problemsOfModels(controller, actions, metadata, shapes));
    if (metadata && dataSource && metadata.dataSource !== dataSource)
      problems.push(
        `${controller.name}: works on the data source "${dataSources.nameOf(dataSource)}", but the model "${metadata.name}" of its serializer ` +
          `is in "${dataSources.nameOf(metadata.dataSource)}". Set "dataSource" of the controller and of @ModelSerializer() to the same.`,
      );
    const listing = declareListing(controller, options, this.options, metadata, problems);
    const declared: DeclaredController = {
      className: controller.name,
      service,
      description: linesOf(options.description),
      actions,
      hasModel: metadata !== undefined,
      lists: describeLists(listing, options, this.options),
      lookup: metadata
        ? lookupParts(controller.name, metadata, options.lookup, this.options.conventions, problems)
        : [],
    };
    const described = describer.describe(declared);
    const actionKeys = new Map([...described.actions].map(([rpc, action]) => [rpc, action.key]));
    const { conventions } = this.options;
    const { service: descriptor } = described;
    return {
      controller,
      options,
      declared,
      service: descriptor,
      actionKeys,
      dataSource,
      metadata,
      conventions,
      listing,
    };
  }

  private async registerAll(drafts: readonly MethodDraft[], shapes: Shapes): Promise<void> {
    const compiler = await ControllerCompiler.create(this.options, shapes, this.providers);
    const problems: string[] = [];
    for (const draft of drafts) {
      try {
        const compiled = await compiler.compile(draft);
        this.controllers.set(draft.controller, compiled);
        for (const line of pathsOf(compiled)) this.logger.debug(line);
      } catch (error) {
        if (!(error instanceof SetupError)) throw error;
        problems.push(...error.problems);
      }
    }
    if (problems.length > 0) throw new SetupError(problems);
  }

  private unguarded(drafts: readonly MethodDraft[]): string[] {
    if (this.options.permissions) return [];
    return drafts.filter(({ options }) => !options.permissions).map(({ controller }) => controller.name);
  }
}

function reportClashes(drafts: readonly MethodDraft[], problems: string[]): void {
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
