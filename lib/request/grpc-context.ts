import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { Metadata, type MetadataValue } from '@grpc/grpc-js';
import type { EntityManager } from 'typeorm';
import type { ConventionsName } from '../serialization/column-types.js';
import { authenticate, type Authenticator } from './authentication.js';
import type { CallFacts, CallSettings, CallTarget } from './call-facts.js';
import type { CallDatabase } from './call-database.js';
import type { CallLife } from './call-life.js';
import { ContextValues } from './context-values.js';
import { RequestHeaders } from './request-headers.js';
import { RequestParameters } from './request-parameters.js';

const NOBODY: readonly Authenticator[] = [];
const storage = new AsyncLocalStorage<GrpcContext>();

const atOnce = (): undefined => undefined;

/**
 * Everything about one call, from its first byte to its last: an action's second parameter, `@Ctx()`, or
 * `GrpcContext.current()` anywhere below.
 *
 * @example
 * \@GrpcAction()
 * async touch(request: object, ctx: GrpcContext) {
 *   ctx.setTrailer('x-touched', 'yes');
 * }
 */
export class GrpcContext {
  readonly metadata: Metadata;
  readonly path: string;
  readonly service: string;
  readonly action: string;
  readonly controller: abstract new (...args: never[]) => object;
  /** Whether the action only reads: List, Retrieve, Stream, and those that say so. */
  readonly safe: boolean;
  /** Of the module: `socio` or `dsg`. */
  readonly conventions: ConventionsName;
  /** The decoded request of a unary call or server stream, before pipes. */
  request: unknown;
  /** Who calls: what an authenticator found. Undefined: nobody knows. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the application's own type, unknown here
  user: any;
  /** How the caller proved it: a token's claims, a certificate. */
  auth: unknown;
  /** The language that was negotiated, `de`; set by the locale middleware. */
  language: string | undefined;
  /** @internal false in a hybrid app that was connected without `inheritAppConfig` */
  globalEnhancers = true;
  /** @internal resolves when the writer takes the next message; undefined: at once */
  drained: () => Promise<void> | undefined = atOnce;
  /** @internal whether what the action gives goes to the writer, and nobody looks at it before */
  unseen = false;
  /** @internal what was set of them, if anything was */
  ownInitialMetadata: Metadata | undefined;
  /** @internal */
  ownTrailingMetadata: Metadata | undefined;
  /** @internal of the controller */
  authenticators: readonly Authenticator[] = NOBODY;
  private isSought = false;
  private seeking: Promise<void> | undefined;
  private ownCallId: string | undefined;
  private ownValues: ContextValues | undefined;
  private readHeaders: RequestHeaders | undefined;
  private readParameters: RequestParameters | undefined;
  private database: CallDatabase | undefined;

  /** @internal */
  constructor(
    private readonly facts: CallFacts,
    /** @internal */
    readonly life: CallLife,
    target: CallTarget,
    private readonly settings: CallSettings,
  ) {
    this.metadata = facts.metadata;
    this.path = target.path;
    this.service = target.service;
    this.action = target.action;
    this.controller = target.controller;
    this.safe = target.safe;
    this.conventions = target.conventions;
  }

  /**
   * Finds out who calls now, by the controller's authenticators, instead of after all middleware; they are asked once in
   * each call. See `authenticationMiddleware`.
   *
   * @throws GrpcUnauthenticatedException when the caller's credentials are wrong
   */
  async authenticate(): Promise<void> {
    await this.seekCaller();
  }

  /** @internal the same; undefined when everybody answered at once */
  seekCaller(): Promise<void> | undefined {
    if (!this.isSought) this.seeking = authenticate(this.authenticators, this);
    this.isSought = true;
    return this.seeking;
  }

  /** @internal whether the caller of this, and nobody else, may give an answer that only the writer understands */
  takeUnseen(): boolean {
    const { unseen } = this;
    this.unseen = false;
    return unseen;
  }

  /** When the answer is due; undefined: the caller waits for ever. */
  get deadline(): Date | undefined {
    return this.life.deadline;
  }

  /** Address of the caller, `127.0.0.1:53124`. */
  get peer(): string {
    return this.facts.peer;
  }

  /** The caller's certificate that TLS has verified; undefined without mutual TLS. */
  get certificate(): PeerCertificate | undefined {
    return this.facts.certificate;
  }

  /** Unique for each call; in the log beside unexpected errors. */
  get callId(): string {
    return (this.ownCallId ??= randomUUID());
  }

  /** Aborts when nobody waits for the answer any more. Hand it to whatever takes long. */
  get signal(): AbortSignal {
    return this.life.signal;
  }

  /** What middleware, authenticators and guards keep for the rest of the call, by typed keys. */
  get values(): ContextValues {
    return (this.ownValues ??= new ContextValues());
  }

  /** Initial metadata of the answer; sent with the first message. */
  get initialMetadata(): Metadata {
    return (this.ownInitialMetadata ??= new Metadata());
  }

  /** Trailing metadata of the answer; sent with the status. */
  get trailingMetadata(): Metadata {
    return (this.ownTrailingMetadata ??= new Metadata());
  }

  /** The context of the call that is running here, if one is. */
  static current(): GrpcContext | undefined {
    return storage.getStore();
  }

  /** @internal runs `work` with this context as the current one */
  static run<T>(context: GrpcContext, work: () => T): T {
    return storage.run(context, work);
  }

  /** The call's entity manager, transactional in writes. Use it for everything that belongs to the call. */
  get manager(): EntityManager {
    return this.callDatabase.manager;
  }

  /**
   * Runs an effect that must not happen for a write that is rolled back: a mail, a message to a queue. It runs
   * after the commit and before the answer; when it fails, the failure is logged and the answer stays.
   *
   * @example
   * ctx.afterCommit(() => this.mails.send(welcome(user)));
   */
  async afterCommit(effect: () => unknown): Promise<void> {
    await this.callDatabase.afterCommit(effect);
  }

  /**
   * Runs work in the call's transaction, or joins it where there is one already; `ctx.manager` and `ctx.afterCommit()`
   * inside belong to it. `ctx.manager.transaction()` would begin one that the library does not know of.
   *
   * @example
   * const order = await ctx.transaction(async () => {
   *   await this.stock.take(ctx.manager, items);
   *   return this.performCreate(values, ctx);
   * });
   */
  transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.callDatabase.transaction(work);
  }

  /** @internal */
  get callDatabase(): CallDatabase {
    if (!this.database)
      throw new Error(`${this.path}: the controller has no model, so its calls have no database`);
    return this.database;
  }

  /** @internal whether the controller has a model */
  get hasDatabase(): boolean {
    return this.database !== undefined;
  }

  /** @internal */
  useDatabase(database: CallDatabase): void {
    this.database = database;
  }

  /**
   * The request's headers, names without case.
   *
   * @throws GrpcInvalidArgumentException when the metadata key that holds more of them (`metadataKeys.headers`) does not
   */
  get headers(): RequestHeaders {
    this.readHeaders ??= new RequestHeaders(this.metadata, this.settings.headersKey);
    return this.readHeaders;
  }

  /**
   * What the caller asks of a list: filters, search, order and page, by name, as JSON values.
   *
   * @throws GrpcInvalidArgumentException when a metadata key that should hold them as JSON does not
   * @example
   * const near = ctx.parameters.get('near');
   */
  get parameters(): RequestParameters {
    this.readParameters ??= new RequestParameters(
      this.metadata,
      this.request,
      this.settings.parameterSources ?? [],
    );
    return this.readParameters;
  }

  /** Values of a metadata key, whatever its case, like grpc-js's `Metadata`. */
  get(key: string): MetadataValue[] {
    return this.metadata.get(key);
  }

  /** First value of each metadata key, like grpc-js's `Metadata`. */
  getMap(): Record<string, MetadataValue> {
    return this.metadata.getMap();
  }

  /** Sets a key of the answer's initial metadata; no effect after the first message. */
  setHeader(key: string, value: MetadataValue): void {
    this.initialMetadata.set(key, value);
  }

  /** Sets a key of the answer's trailing metadata. */
  setTrailer(key: string, value: MetadataValue): void {
    this.trailingMetadata.set(key, value);
  }
}
