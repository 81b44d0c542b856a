/** What the module is told; the defaults stand in one place, at the end. */
import type { ChannelOptions, ServerCredentials } from '@grpc/grpc-js';
import type { AuthenticatorClass } from './request/authentication.js';
import type { GenerationPlugin } from './generation/generation-plugin.js';
import type { MessageNames } from './generation/message-names.js';
import type { FilterBackendClass } from './filters/filter-backend.js';
import type { PaginatorClass } from './pagination/paginator.js';
import type { Middleware } from './request/middleware.js';
import type { PermissionExpression } from './request/permission-expressions.js';
import type { HeadersKey } from './request/request-headers.js';
import type { ParameterBehavior } from './request/request-parameters.js';
import type { ConventionsName } from './serialization/column-types.js';
import type { SerializerClass } from './serialization/proto-serializer.js';
import type { LoggingOptions } from './request/call-log.js';

/** Where the `.proto` files are and what boot does with them. */
export interface ProtoOptions {
  /** Folder of the `.proto` files. Default: `proto` in the working directory. */
  readonly dir?: string;
  /**
   * Folders that hold files of other people, as `externalMessage()` names them; `dir`, and that of every package, is
   * looked through as well. Default: none.
   */
  readonly includeDirs?: readonly string[];
  /**
   * `write`: boot writes the file when the contract changed. `check`: boot refuses to start when the file and
   * the code differ. `off`: files are neither read nor written. Default: `write`; `check` in production.
   */
  readonly mode?: 'write' | 'check' | 'off';
}

/** Options of `SocioGrpcModule.forFeature()`: one more proto package, with a file of its own. */
export interface PackageOptions {
  /** The proto package of the controllers of the importing module that state none themselves. */
  readonly package: string;
  /** Where the file of this package is. Default: as that of the application. */
  readonly proto?: Pick<ProtoOptions, 'dir'>;
  /**
   * Serializers whose messages are always in the file of this package: where other packages use them, their files
   * import it. Name all that several packages, or several applications, share.
   */
  readonly serializers?: readonly SerializerClass[];
}

/** What one call may take. Beyond a limit the answer is RESOURCE_EXHAUSTED and names it. */
export interface LimitOptions {
  /** Most objects in one List, and most related objects that one list of a request may name. Default: 1000. */
  readonly maxListRows?: number;
  /** Most objects on one page, whatever a paginator allows. Default: 1000. */
  readonly maxPageSize?: number;
  /** Most conditions in one request: filters, and words of a search. Default: 20. */
  readonly filterConditions?: number;
  /** Most values in one list of a filter. Default: 200. */
  readonly inList?: number;
  /** Largest request message in bytes. Default: 4 MiB. */
  readonly receive?: number;
  /** Largest answer message in bytes. Default: 16 MiB. */
  readonly send?: number;
  /** Most request metadata in bytes, counted as in HTTP/2: name + value + 32 for each entry. Default: 16 KiB. */
  readonly metadata?: number;
  /** Most calls at once on one connection. Default: 100. */
  readonly streams?: number;
}

/** Metadata keys that mean something. */
export interface MetadataKeyOptions {
  /**
   * Key whose value is a JSON object of more headers; false: none. Under `socio` it only adds names that the metadata
   * lacks; under `dsg` it wins, as in the reference: then a caller can set what a gateway should. Default: false; `dsg`:
   * `headers`.
   */
  readonly headers?: string | false;
  /** Key whose value is a JSON object of filters, search and ordering; see `filterBehavior`. Default: `filters`. */
  readonly filters?: string;
  /** Key whose value is a JSON object of page parameters; see `paginationBehavior`. Default: `pagination`. */
  readonly pagination?: string;
}

/** Options of `SocioGrpcModule.forRoot()`; every one has a default. */
export interface SocioGrpcOptions {
  /** The proto package. Default: `app`, with a warning: name it before you publish it. */
  readonly package?: string;
  /** How names and types are written: `socio`, or `dsg` for wire compatibility with Django Socio gRPC. Default: `socio`. */
  readonly conventions?: ConventionsName;
  /** Address to listen on, also `unix:/path`. Default: `0.0.0.0:50051`. */
  readonly url?: string;
  readonly proto?: ProtoOptions;
  /** Permissions of controllers that state none. Default: unstated. */
  readonly permissions?: readonly PermissionExpression[];
  /** Authenticators of controllers that state none. Default: none. */
  readonly authentication?: readonly AuthenticatorClass[];
  /** Runs around every call, the first outermost; a controller's own comes inside. Default: none. */
  readonly middleware?: readonly Middleware[];
  /** What narrows and orders lists, in that order. Default: `[FieldFilter, SearchFilter, OrderingFilter]`. */
  readonly filterBackends?: readonly FilterBackendClass[];
  /** How lists are cut into pages; null: not at all. Default: `PageNumberPagination`; `dsg`: null. */
  readonly pagination?: PaginatorClass | null;
  /**
   * Where filters, search and ordering are read: in `_filters` of the request, in the metadata, or in both, and then the
   * request wins. Default: `request`; `dsg`: `metadata`.
   */
  readonly filterBehavior?: ParameterBehavior;
  /** The same for pages, in `_pagination`. Default: `request`; `dsg`: `metadata`. */
  readonly paginationBehavior?: ParameterBehavior;
  /** What changes the messages of all actions, in front of their own `plugins`. Default: none. */
  readonly generationPlugins?: readonly GenerationPlugin[];
  /** How the messages of actions are named. Default: as `MessageNames` does it. */
  readonly messageNames?: MessageNames;
  readonly logging?: LoggingOptions;
  /**
   * Whether `GrpcContext.current()` knows the call wherever it is asked. Where all of an application takes the context as a
   * parameter, false saves a few microseconds a call on Node before 24, where Node follows each promise for it. Guards,
   * interceptors, pipes and filters of Nest around an action know it in either case. Default: true.
   */
  readonly asyncContext?: boolean;
  /**
   * Whether PostgreSQL prepares the statements that read, once for each connection. Set it to false behind a pooler that
   * gives each statement another connection, such as PgBouncer before 1.21. Default: true.
   */
  readonly preparedStatements?: boolean;
  readonly metadataKeys?: MetadataKeyOptions;
  readonly limits?: LimitOptions;
  /** Time that a unary call gets when its caller sets none, in milliseconds. Default: 60 000; 0: no limit. */
  readonly deadline?: { readonly default?: number };
  /** How long running calls may go on after a stop, in milliseconds. Default: 10 000. */
  readonly shutdown?: { readonly grace?: number };
  /** The service grpc.health.v1.Health, of the package `grpc-health-check`. Default: on where that is installed. */
  readonly health?: boolean;
  /**
   * Reflection for tools such as grpcurl, of the packages `@grpc/reflection` and `@bufbuild/protobuf`. Default: on where
   * these are installed, never in production.
   */
  readonly reflection?: boolean;
  /** TLS of the server, as in Nest's own gRPC options. Default: none, for use behind a proxy or mesh. */
  readonly credentials?: ServerCredentials;
  /**
   * Channel options of grpc-js as they are; they win over `limits`. Default: `grpc.keepalive_time_ms` of two hours, after which a
   * silent connection is asked whether it is still there.
   */
  readonly server?: ChannelOptions;
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly package: string;
  readonly conventions: ConventionsName;
  readonly url: string;
  readonly proto: Required<ProtoOptions>;
  readonly permissions: readonly PermissionExpression[] | undefined;
  readonly authentication: readonly AuthenticatorClass[];
  readonly middleware: readonly Middleware[];
  readonly asyncContext: boolean;
  readonly preparedStatements: boolean;
  readonly logging: Required<Omit<LoggingOptions, 'context'>> & LoggingOptions;
  readonly headersKey: HeadersKey | undefined;
  /** Undefined: not stated, which the reference's message rules tell from stated. */
  readonly filterBackends: readonly FilterBackendClass[] | undefined;
  /** Null: none; undefined: not stated. */
  readonly pagination: PaginatorClass | null | undefined;
  readonly filterBehavior: ParameterBehavior;
  readonly paginationBehavior: ParameterBehavior;
  readonly generationPlugins: readonly GenerationPlugin[];
  /** Undefined: the standard ones. */
  readonly messageNames: MessageNames | undefined;
  readonly filtersKey: string;
  readonly paginationKey: string;
  readonly limits: Required<LimitOptions>;
  readonly deadline: { readonly default: number };
  readonly shutdown: { readonly grace: number };
  /** Undefined: where its package is installed. */
  readonly health: boolean | undefined;
  readonly reflection: boolean | undefined;
  readonly credentials: ServerCredentials | undefined;
  readonly server: ChannelOptions;
  readonly production: boolean;
}

/** Injection token of the `ResolvedOptions`. */
export const SOCIO_GRPC_OPTIONS = Symbol('nestjs-socio-grpc:options');

export const DEFAULT_PACKAGE = 'app';

const MIB = 1024 * 1024;

export function resolveOptions(options: SocioGrpcOptions, environment: NodeJS.ProcessEnv): ResolvedOptions {
  const standardBehavior = options.conventions === 'dsg' ? 'metadata' : 'request';
  const production = environment['NODE_ENV'] === 'production';
  return {
    package: options.package ?? DEFAULT_PACKAGE,
    conventions: options.conventions ?? 'socio',
    url: options.url ?? '0.0.0.0:50051',
    proto: {
      dir: options.proto?.dir ?? `${process.cwd()}/proto`,
      includeDirs: options.proto?.includeDirs ?? [],
      mode: options.proto?.mode ?? (production ? 'check' : 'write'),
    },
    permissions: options.permissions,
    authentication: options.authentication ?? [],
    middleware: options.middleware ?? [],
    asyncContext: options.asyncContext ?? true,
    preparedStatements: options.preparedStatements ?? true,
    logging: { ok: true, ignore: [], format: 'text', ...given(options.logging) },
    headersKey: headersKey(options),
    filterBackends: options.filterBackends,
    pagination: options.pagination,
    filterBehavior: options.filterBehavior ?? standardBehavior,
    paginationBehavior: options.paginationBehavior ?? standardBehavior,
    generationPlugins: options.generationPlugins ?? [],
    messageNames: options.messageNames,
    filtersKey: (options.metadataKeys?.filters ?? 'filters').toLowerCase(),
    paginationKey: (options.metadataKeys?.pagination ?? 'pagination').toLowerCase(),
    limits: {
      maxListRows: 1000,
      maxPageSize: 1000,
      filterConditions: 20,
      inList: 200,
      receive: 4 * MIB,
      send: 16 * MIB,
      metadata: 16 * 1024,
      streams: 100,
      ...given(options.limits),
    },
    deadline: { default: options.deadline?.default ?? 60_000 },
    shutdown: { grace: options.shutdown?.grace ?? 10_000 },
    health: options.health,
    reflection: options.reflection ?? (production ? false : undefined),
    credentials: options.credentials,
    server: options.server ?? {},
    production,
  };
}

/** An option that is undefined is not given. */
function given<T extends object>(options: T | undefined): Partial<T> {
  const entries = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

function headersKey({ conventions, metadataKeys }: SocioGrpcOptions): HeadersKey | undefined {
  const key = metadataKeys?.headers ?? (conventions === 'dsg' && 'headers');
  if (key === false) return undefined;
  return { key: key.toLowerCase(), precedence: conventions === 'dsg' ? 'json' : 'metadata' };
}
