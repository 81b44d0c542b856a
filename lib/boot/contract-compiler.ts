/**
 * Everything that is worked out once: controllers -> shapes -> contract -> numbers -> codecs and read plans ->
 * methods that can be called.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CompiledControllers } from '../crud/compiled-controller.js';
import { isGrpcController } from '../crud/grpc-controller.js';
import { SetupError } from '../errors/setup-error.js';
import { SOCIO_GRPC_OPTIONS, type ResolvedOptions } from '../options.js';
import type { FileDescriptor } from '../proto/descriptors.js';
import { compileCodecs, type CodecRegistry } from '../serialization/codec/index.js';
import type { Shapes } from '../serialization/shapes.js';
import type { BoundMethod } from '../server/bound-method.js';
import { bindMethods, type CompiledFile, type Handlers, type MethodDraft } from './bind-methods.js';
import { ControllerCompiler } from './controller-compiler.js';
import { pathsOf } from './database-paths.js';
import { ContractDeclarer } from './declare-contract.js';
import { ProtoStore } from './proto-store.js';
import { ProviderFinder } from './provider-finder.js';
import { unscopedRelations } from './unscoped-relations.js';
import { routesOf, type DescribedContract } from './routes.js';

export interface CompiledContract {
  /** One for each package. */
  readonly files: readonly FileDescriptor[];
  /** Of other people, as far as these need them. */
  readonly foreign: readonly FileDescriptor[];
  readonly methods: readonly BoundMethod[];
  /** Controllers, or single actions of them, that nobody stated permissions for. */
  readonly unguarded: readonly string[];
  /** What reads and writes the messages of a method, by its package. */
  readonly codecsOf: (method: BoundMethod) => CodecRegistry;
}

@Injectable()
export class ContractCompiler {
  private readonly logger = new Logger('SocioGrpc');

  constructor(
    @Inject(SOCIO_GRPC_OPTIONS) private readonly options: ResolvedOptions,
    private readonly controllers: CompiledControllers,
    private readonly providers: ProviderFinder,
    private readonly declarer: ContractDeclarer,
  ) {}

  /** @throws SetupError with every problem of every controller at once */
  async compile(handlers: Handlers): Promise<CompiledContract> {
    const { files: declared, drafts, shapes, foreign } = this.declarer.declare([...handlers.keys()]);
    await this.registerAll(drafts, shapes);
    for (const line of unscopedRelations(drafts, shapes)) this.logger.warn(line);
    const files = await new ProtoStore(this.options).settle(declared);
    const compiled = new Map<string, CompiledFile>(
      files.map((file) => [
        file.package,
        { file, codecs: compileCodecs(file, [...files, ...foreign.files]) },
      ]),
    );
    return {
      files,
      foreign: foreign.files,
      methods: bindMethods(compiled, drafts, this.controllers, handlers),
      unguarded: this.unguarded(drafts),
      codecsOf: (method) => (compiled.get(method.package) as CompiledFile).codecs,
    };
  }

  /**
   * The contracts of all packages without numbers: no file is touched and nothing can be called afterwards.
   *
   * @throws SetupError with every problem of every controller at once
   */
  describe(): DescribedContract[] {
    // In the order in which Nest adds their handlers.
    const controllers = [...new Set(this.providers.controllerClasses())].filter(isGrpcController);
    const { files, drafts, foreign } = this.declarer.declare(controllers);
    const moduleStates = this.options.permissions !== undefined;
    return files.map(({ file, dir }) => {
      const own = drafts.filter((draft) => draft.package === file.package);
      return { file, dir, foreign, routes: routesOf(file, own, moduleStates) };
    });
  }

  private async registerAll(drafts: readonly MethodDraft[], shapes: Shapes): Promise<void> {
    const compiler = await ControllerCompiler.create(this.options, shapes, this.providers);
    const problems: string[] = [];
    for (const draft of drafts) {
      try {
        const compiled = await compiler.compile(draft);
        this.controllers.set(draft.controller, compiled);
        for (const line of pathsOf(compiled, draft.controller.prototype as object)) this.logger.debug(line);
      } catch (error) {
        if (!(error instanceof SetupError)) throw error;
        problems.push(...error.problems);
      }
    }
    if (problems.length > 0) throw new SetupError(problems);
  }

  private unguarded(drafts: readonly MethodDraft[]): string[] {
    if (this.options.permissions) return [];
    return drafts.flatMap(({ controller, declared: { actions } }) => {
      const open = actions.filter(({ permissions }) => !permissions);
      if (open.length === actions.length) return [controller.name];
      return open.map(({ key }) => `${controller.name}.${key}`);
    });
  }
}
