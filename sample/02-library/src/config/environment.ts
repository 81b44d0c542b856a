import { plainToInstance, Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Min, MinLength, validateSync } from 'class-validator';

const DEVELOPMENT_SECRET = 'only-for-development-never-for-production';

/** What the process is told from outside. `ConfigService<Environment, true>` gives it, typed. */
export class Environment {
  @IsIn(['development', 'test', 'production']) NODE_ENV = 'development';

  /** Address of the gRPC server. */
  @IsString() GRPC_URL = '0.0.0.0:50051';
  @Type(() => Number) @IsInt() @Min(0) HTTP_PORT = 3000;

  /** A PostgreSQL server; without it DATABASE is an SQLite file. */
  @IsOptional() @IsString() DATABASE_URL?: string;
  @IsString() DATABASE = 'library.sqlite';

  /** Signs the tokens of members. */
  @MinLength(32) JWT_SECRET = DEVELOPMENT_SECRET;
  @IsString() TOKEN_LIFETIME = '15m';
  /** Signs cursors, which hold values of rows. The same in all processes. */
  @MinLength(32) CURSOR_SECRET = DEVELOPMENT_SECRET;

  /** Folder of the covers. */
  @IsString() COVER_DIR = 'covers';
  @Type(() => Number) @IsInt() @Min(1) COVER_MAX_BYTES = 5 * 1024 * 1024;

  @IsString() PROTO_DIR = 'proto';
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']) LOG_LEVEL = 'info';
  /** How long running calls may go on after a stop, in milliseconds. */
  @Type(() => Number) @IsInt() @Min(0) SHUTDOWN_GRACE = 10_000;
}

/** @throws Error that names every variable that cannot be used */
export function readEnvironment(variables: Record<string, unknown>): Environment {
  const environment = plainToInstance(Environment, variables, { exposeDefaultValues: true });
  const problems = validateSync(environment, { skipMissingProperties: false }).flatMap(({ constraints }) =>
    Object.values(constraints ?? {}),
  );
  if (environment.NODE_ENV === 'production')
    for (const name of ['JWT_SECRET', 'CURSOR_SECRET'] as const)
      if (environment[name] === DEVELOPMENT_SECRET) problems.push(`${name} must be set in production`);
  if (problems.length > 0) throw new Error(`The environment is not usable: ${problems.join('; ')}.`);
  return environment;
}
