import { Inject, Injectable, Logger, type Type } from '@nestjs/common';
import {
  Server as NestServer,
  type CustomTransportStrategy,
  type MessageHandler,
} from '@nestjs/microservices';
import { ServerCredentials, type Server as GrpcServer } from '@grpc/grpc-js';
import { CompiledControllers } from '../crud/compiled-controller.js';
import { SOCIO_GRPC_TRANSPORT, type HandlerMark } from '../crud/grpc-controller.js';
import { SetupError } from '../errors/setup-error.js';
import { toGrpcStatus } from '../errors/to-grpc-status.js';
import { SOCIO_GRPC_OPTIONS, type ResolvedOptions } from '../options.js';
import { FallbackFilterRegistrar } from '../request/fallback-filter.js';
import type { GrpcContext } from '../request/grpc-context.js';
import { CallLog } from '../request/call-log.js';
import { Dispatcher } from '../server/dispatcher.js';
import { GrpcFrontDoor } from '../server/grpc-front-door.js';
import { BareActions } from './bare-actions.js';
import type { Handler } from './bind-methods.js';
import { ContractCompiler, type CompiledContract } from './contract-compiler.js';
import { fieldLookup } from './field-lookup.js';
import { isLoopback, onLoopback } from './loopback.js';
import { parameterSources } from './parameter-sources.js';
import type { DescribedContract } from './routes.js';
import { StandardServices } from './standard-services.js';

/**
 * Milliseconds after which a silent connection is asked whether it is still there, as gRPC's other servers ask (gRPC proposal
 * A8). grpc-js would never, and keep the connections of machines that vanished.
 */
const KEEPALIVE = 2 * 60 * 60 * 1000;

/**
 * The transport that Nest runs: it collects the handlers of our controllers, compiles the contract once, and
 * serves it.
 */
@Injectable()
export class SocioGrpcServer extends NestServer implements CustomTransportStrategy {
  override readonly transportId = SOCIO_GRPC_TRANSPORT;
  /** The bound port, after `listen()`. */
  port: number | undefined;
  /** The address it listens on, after `listen()`: `0.0.0.0:50051`. */
  url: string | undefined;
  /** @internal */
  readonly dispatcher: Dispatcher;
  protected override readonly logger = new Logger('SocioGrpc');
  private readonly log: CallLog;
  private readonly handlers = new Map<Type<object>, Map<string, Handler>>();
  /** Bindings of the fallback filter that were seen; a handler that comes with a new one has the global enhancers. */
  private bindingsSeen = 0;
  private inheritsEnhancers = false;
  private compiled: Promise<CompiledContract> | undefined;
  private frontDoor: GrpcFrontDoor | undefined;
  private standardServices: StandardServices | undefined;
  private listening = false;

  /** @internal */
  constructor(
    @Inject(SOCIO_GRPC_OPTIONS) private readonly options: ResolvedOptions,
    private readonly compiler: ContractCompiler,
    private readonly controllers: CompiledControllers,
    private readonly fallback: FallbackFilterRegistrar,
    private readonly bareActions: BareActions,
  ) {
    super();
    this.log = new CallLog(options.logging);
    this.dispatcher = new Dispatcher({
      maxMetadata: options.limits.metadata,
      maxAnswer: maxAnswer(options),
      defaultDeadline: options.deadline.default,
      asyncContext: options.asyncContext,
      headersKey: options.headersKey,
      parameterSources: parameterSources(options),
      log: this.log,
      toStatus: (error, ctx) => this.toStatus(error, ctx),
      globalEnhancers: () => this.globalEnhancers,
    });
  }

  /** Whether Nest gave our handlers the application's global enhancers; false in a hybrid app without inheritance. */
  get globalEnhancers(): boolean {
    return this.inheritsEnhancers;
  }

  /** @internal Nest is about to add handlers: what it bound before was for others */
  awaitHandlers(): this {
    this.bindingsSeen = this.fallback.bindings;
    return this;
  }

  override addHandler(
    _pattern: unknown,
    callback: MessageHandler,
    _isEventHandler?: boolean,
    extras: Readonly<Record<string, unknown>> = {},
  ): void {
    const mark = extras['socioGrpc'] as HandlerMark | undefined;
    // Hand-written handlers without a transport of their own are offered to every server.
    if (!mark) return;
    const inherits = this.fallback.bindings > this.bindingsSeen;
    if (inherits) this.inheritsEnhancers = true;
    this.bindingsSeen = this.fallback.bindings;
    const { controller, action } = mark;
    const actions = this.handlers.get(controller) ?? new Map<string, Handler>();
    actions.set(action, {
      piped: callback as unknown as Handler['piped'],
      // Of an application of its own we do not know what enhances its handlers.
      bare: inherits ? this.bareActions.find(mark) : undefined,
    });
    this.handlers.set(controller, actions);
  }

  /** @internal works the contract out; the second call gives the result of the first. */
  compile(): Promise<CompiledContract> {
    this.compiled ??= this.compileOnce();
    return this.compiled;
  }

  /**
   * @internal the contracts of all packages as declared, without numbers, for tools that look at an application: no file
   * is touched, and nothing of it needs to be started.
   *
   * @throws SetupError with every problem of every controller at once
   */
  describe(): DescribedContract[] {
    return this.compiler.describe();
  }

  /** Nest would wait for ever on a rejected promise, so an error goes to the callback. */
  listen(callback: (error?: unknown) => void): void {
    if (this.listening) {
      callback(new Error('the gRPC server listens already. Call listen() once, or close() in between.'));
      return;
    }
    this.listening = true;
    this.start().then(
      () => callback(),
      (error: unknown) => {
        this.listening = false;
        callback(error);
      },
    );
  }

  async close(): Promise<void> {
    this.standardServices?.stop();
    await this.frontDoor?.close(this.options.shutdown.grace);
    this.frontDoor = undefined;
    this.log.flush();
    this.listening = false;
  }

  on(): this {
    throw new Error('SocioGrpcServer has no events. Use unwrap() for the grpc-js server.');
  }

  /** The grpc-js server. */
  unwrap<T = GrpcServer>(): T {
    if (!this.frontDoor) throw new Error('The gRPC server is not listening yet. Call app.listen() first.');
    return this.frontDoor.unwrap() as T;
  }

  private async compileOnce(): Promise<CompiledContract> {
    const contract = await this.compiler.compile(this.handlers);
    if (!this.globalEnhancers && contract.methods.length > 0)
      this.logger.warn(
        "the application's global guards, pipes, interceptors and filters do not apply to gRPC calls: connect with { inheritAppConfig: true }, or connectSocioGrpc(app)",
      );
    return contract;
  }

  private async start(): Promise<void> {
    const contract = await this.compile();
    const url = this.guardedUrl(contract.unguarded);
    const { limits, server, credentials = ServerCredentials.createInsecure() } = this.options;
    const frontDoor = new GrpcFrontDoor(this.dispatcher, credentials, {
      'grpc.max_receive_message_length': limits.receive,
      'grpc.max_send_message_length': limits.send,
      'grpc.max_concurrent_streams': limits.streams,
      'grpc.keepalive_time_ms': KEEPALIVE,
      ...server,
    });
    frontDoor.register(contract.methods);
    this.standardServices = await StandardServices.load(this.options, [
      ...contract.foreign,
      ...contract.files,
    ]);
    this.standardServices.addTo(frontDoor.unwrap());
    this.port = await frontDoor.listen(url);
    this.url = url.replace(/:0$/, `:${this.port}`);
    this.frontDoor = frontDoor;
    for (const { target } of contract.methods)
      this.logger.log(`Mapped {${target.path}} to ${target.controller.name}.${target.action}`);
    this.logger.log(`gRPC server listens on ${this.url}`);
  }

  /** A service that nobody stated permissions for is not shown to the network. */
  private guardedUrl(unguarded: readonly string[]): string {
    const { url, production } = this.options;
    if (unguarded.length === 0) return url;
    const cure = `State them: @GrpcController({ permissions: [AllowAny] }) opens one to everybody, "permissions" in SocioGrpcModule.forRoot() states them for all.`;
    if (production) throw new SetupError([`${unguarded.join(', ')}: no permissions. ${cure}`]);
    if (isLoopback(url)) return url;
    this.logger.warn(
      `${unguarded.join(', ')}: no permissions, so the server is reachable from this machine only. ${cure}`,
    );
    return onLoopback(url);
  }

  private toStatus(error: unknown, ctx: GrpcContext) {
    const fieldsOf = fieldLookup(this.controllers.get(ctx.controller), ctx.action);
    return toGrpcStatus(error, { style: this.options.conventions, ...(fieldsOf && { fieldsOf }) });
  }
}

/** As grpc-js reads it, for which -1 is no limit. */
function maxAnswer({ limits, server }: ResolvedOptions): number {
  const max = server?.['grpc.max_send_message_length'] ?? limits.send;
  return max === -1 ? Infinity : max;
}
