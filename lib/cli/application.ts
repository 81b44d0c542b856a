/**
 * An application, built to be looked at: its providers are made, but it is never initialised, so that no
 * lifecycle hook runs, no port is opened and no database is asked.
 */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConsoleLogger, Logger, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { socioGrpc } from '../boot/connect.js';
import type { DescribedContract } from '../boot/routes.js';
import { SocioGrpcServer } from '../boot/socio-grpc-server.js';
import { SetupError } from '../errors/setup-error.js';
import { SOCIO_GRPC_OPTIONS, type ResolvedOptions } from '../options.js';
import { PermissionSource } from '../request/permissions.js';
import { loadModule, type AppReference, type RootModule } from './app-module.js';
import { CommandError } from './command-error.js';
import { takeDatabaseOffline } from './offline-database.js';

export interface Application {
  /** Of the packages that the command is about. */
  readonly contracts: readonly DescribedContract[];
  /** One for each package. */
  readonly all: readonly DescribedContract[];
  readonly options: ResolvedOptions;
}

/**
 * Builds an application and describes its contracts.
 *
 * @param verbose shows what the application logs; else only its warnings are shown
 * @throws CommandError, or SetupError with every problem of the declarations
 */
export async function describeApplication(reference: AppReference, verbose: boolean): Promise<Application> {
  assertSameCopy(reference.file);
  const logger = verbose ? new ConsoleLogger() : new WarningLogger();
  Logger.overrideLogger(logger);
  const { failure } = takeDatabaseOffline(reference.file);
  const module = await loadModule(reference);
  try {
    const app = await Promise.race([build(module, logger), failure]);
    const contracts = app.get(SocioGrpcServer, { strict: false }).describe();
    return {
      contracts,
      all: contracts,
      options: app.get<ResolvedOptions>(SOCIO_GRPC_OPTIONS, { strict: false }),
    };
  } catch (error) {
    throw explain(error, nameOf(module));
  }
}

/** Errors are told once, by the command. */
class WarningLogger extends ConsoleLogger {
  override isLevelEnabled(level: LogLevel): boolean {
    return level === 'warn';
  }
}

function build(module: RootModule, logger: ConsoleLogger) {
  return NestFactory.createMicroservice<AsyncMicroserviceOptions>(module, {
    ...socioGrpc(),
    logger,
    abortOnError: false,
  });
}

/** Two copies of the library know nothing of each other's classes. */
function assertSameCopy(appFile: string): void {
  const own = dirname(fileURLToPath(new URL('../../package.json', import.meta.url)));
  const used = copyFor(appFile);
  if (used !== undefined && used !== own)
    throw new CommandError(
      `${own}: is not the copy of nestjs-socio-grpc that the application uses, ${used}. ` +
        'Run the command of the application: npx socio-grpc.',
    );
}

function copyFor(appFile: string): string | undefined {
  try {
    return dirname(realpathSync(createRequire(appFile).resolve('nestjs-socio-grpc/package.json')));
  } catch {
    // It will be missed where the module is loaded, with a better text.
    return undefined;
  }
}

function explain(error: unknown, module: string): unknown {
  if (error instanceof SetupError || error instanceof CommandError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  // The first of our providers that Nest looks for: the guard's source if there are controllers, else the server.
  if ([PermissionSource, SocioGrpcServer].some(({ name }) => reason.includes(name)))
    return new CommandError(
      `${module}: does not import SocioGrpcModule. Add SocioGrpcModule.forRoot() to its imports.`,
      { cause: error },
    );
  return new CommandError(`${module}: cannot be built: ${reason}`, { cause: error });
}

function nameOf(module: RootModule): string {
  return typeof module === 'function' ? module.name : module.module.name;
}
