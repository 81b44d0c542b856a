/** Controllers -> the contract as declared: one file for each package, without numbers. No instance is needed yet. */
import { Injectable, Inject, Logger, type Type } from '@nestjs/common';
import { ServiceDescriber, type DeclaredAction, type DeclaredController } from '../crud/describe.js';
import { controllerOptionsOf } from '../crud/grpc-controller.js';
import { MessageBuilder } from '../generation/message-builder.js';
import { MessageNames } from '../generation/message-names.js';
import { placementIn } from '../generation/plugins.js';
import { SetupError } from '../errors/setup-error.js';
import { DEFAULT_PACKAGE, SOCIO_GRPC_OPTIONS, type ResolvedOptions } from '../options.js';
import type { FileDescriptor } from '../proto/descriptors.js';
import { ForeignFiles } from '../proto/foreign-files.js';
import { serviceName } from '../proto/names.js';
import { importPathOf } from '../proto/proto-file.js';
import { problemsOfFile } from '../proto/validate.js';
import { linesOf } from '../serialization/declarations.js';
import { MessageCatalogs } from '../serialization/message-catalogs.js';
import type { MessageCatalog } from '../serialization/messages.js';
import { Shapes } from '../serialization/shapes.js';
import { problemsOfModels } from './action-models.js';
import type { MethodDraft } from './bind-methods.js';
import { problemsOfClasses } from './controller-classes.js';
import { DataSources } from './data-sources.js';
import { declaredActions, serializersOf } from './declared-serializers.js';
import { declareListing, describeLists } from './listing-compiler.js';
import { lookupParts } from './lookup.js';
import { Packages } from './packages.js';
import { ProviderFinder } from './provider-finder.js';

/** One file as declared, and the folder that its path starts from. */
export interface DeclaredFile {
  readonly file: FileDescriptor;
  readonly dir: string;
  /** Files of other people, of which it may import some. */
  readonly foreign: ForeignFiles;
}

export interface DeclaredContract {
  readonly files: readonly DeclaredFile[];
  readonly drafts: readonly MethodDraft[];
  readonly shapes: Shapes;
  readonly foreign: ForeignFiles;
}

/** What all controllers of one contract are described with. */
interface Workshop {
  readonly problems: string[];
  readonly actions: ReadonlyMap<Type<object>, readonly DeclaredAction[]>;
  readonly dataSources: DataSources;
  readonly shapes: Shapes;
  readonly packages: Packages;
  readonly catalogs: MessageCatalogs;
  readonly foreign: ForeignFiles;
}

@Injectable()
export class ContractDeclarer {
  private readonly logger = new Logger('SocioGrpc');

  constructor(
    @Inject(SOCIO_GRPC_OPTIONS) private readonly options: ResolvedOptions,
    private readonly providers: ProviderFinder,
  ) {}

  /** @throws SetupError with every problem of every controller at once */
  declare(controllers: readonly Type<object>[]): DeclaredContract {
    const workshop = this.open(controllers);
    const { problems, shapes, packages, catalogs, foreign } = workshop;
    const drafts = controllers.map((controller) => this.draft(controller, workshop));
    reportClashes(drafts, problems);
    catalogs.checkImports();
    const files = this.filesOf(drafts, catalogs);
    packages.checkPaths(files.map((file) => file.package));
    problems.push(...files.flatMap(problemsOfFile), ...ownPathsIn(foreign, files));
    if (problems.length > 0) throw new SetupError(problems);
    if (files.some((file) => file.package === DEFAULT_PACKAGE))
      this.logger.warn(
        `the proto package is "${DEFAULT_PACKAGE}": name it before you publish it, SocioGrpcModule.forRoot({ package: '...' })`,
      );
    const declared = files.map((file) => ({ file, dir: packages.dirOf(file.package), foreign }));
    return { files: declared, drafts, shapes, foreign };
  }

  private open(controllers: readonly Type<object>[]): Workshop {
    const problems = problemsOfClasses(this.providers.controllerClasses());
    const packages = new Packages(this.options, this.providers, problems);
    const actions = new Map(
      controllers.map((controller) => [controller, declaredActions(controller, problems)] as const),
    );
    const dataSources = new DataSources(actions, [...packages.homes.keys()], this.providers, problems);
    const foreign = new ForeignFiles(packages.importRoots);
    const shapes = new Shapes({
      conventions: this.options.conventions,
      problems,
      foreign,
      findMetadata: (model, name) => dataSources.findMetadata(model, name),
    });
    const catalogs = new MessageCatalogs(
      shapes,
      problems,
      packages.homes,
      placementIn(this.options.generationPlugins),
    );
    return { problems, actions, dataSources, shapes, packages, catalogs, foreign };
  }

  /** One for each package that has something, and that of the application when none has. */
  private filesOf(drafts: readonly MethodDraft[], catalogs: MessageCatalogs): FileDescriptor[] {
    const names = new Set([
      ...drafts.map((draft) => draft.package),
      ...catalogs.all.map((catalog) => catalog.packageName),
    ]);
    if (names.size === 0) names.add(this.options.package);
    return [...names].map((name) => fileOf(name, drafts, catalogs.of(name)));
  }

  private draft(controller: Type<object>, workshop: Workshop): MethodDraft {
    const { problems, dataSources, shapes, packages, catalogs } = workshop;
    const options = controllerOptionsOf(controller) ?? {};
    const service = options.service ?? serviceName(controller.name);
    const dataSource = dataSources.of(controller);
    const actions = workshop.actions.get(controller) ?? [];
    const serializers = serializersOf(controller, actions);
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
      controller,
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
    const packageName = packages.of(controller);
    const { conventions, generationPlugins, messageNames } = this.options;
    const builder = new MessageBuilder(shapes, catalogs.of(packageName), problems, conventions);
    const described = new ServiceDescriber(
      builder,
      { plugins: generationPlugins, messageNames: messageNames ?? new MessageNames() },
      problems,
    ).describe(declared);
    return {
      controller,
      options,
      declared,
      package: packageName,
      service: described.service,
      messages: described.messages,
      actionKeys: new Map([...described.actions].map(([rpc, action]) => [rpc, action.key])),
      dataSource,
      metadata,
      conventions,
      listing,
    };
  }
}

function fileOf(
  name: string,
  drafts: readonly MethodDraft[],
  { messages, enums, externals }: MessageCatalog,
): FileDescriptor {
  const services = drafts.filter((draft) => draft.package === name).map(({ service }) => service);
  return {
    kind: 'file',
    package: name,
    ...(externals.length > 0 && { externals }),
    services,
    messages,
    enums,
  };
}

/** What this application writes cannot be what it reads. */
function ownPathsIn({ paths }: ForeignFiles, files: readonly FileDescriptor[]): string[] {
  const own = new Map(files.map((file) => [importPathOf(file), file.package]));
  return paths.flatMap((path) =>
    own.has(path)
      ? `"${path}": is the file of the package "${own.get(path)}", which this application writes, so neither an externalMessage() ` +
        'nor a file that one comes from can need it. Use the serializer of the message.'
      : [],
  );
}

function reportClashes(drafts: readonly MethodDraft[], problems: string[]): void {
  const seen = new Map<string, string>();
  for (const { package: packageName, service, controller } of drafts) {
    const name = `${packageName}.${service.name}`;
    const other = seen.get(name);
    if (other)
      problems.push(
        `service "${service.name}": ${other} and ${controller.name} both want this name. Set "service" in one @GrpcController().`,
      );
    seen.set(name, controller.name);
  }
}
