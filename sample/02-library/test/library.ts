/** The built application in a process of its own, on a database of its own, called by clients that know only the file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { buildSample } from '../../../test/support/built-library.js';
import { connectTo, type Answer, type AnyMessage, type ProtoClient } from '../../../test/support/client.js';
import { createDatabase, type DatabaseKind } from '../../../test/support/databases.js';
import { startProcess, type RunningProcess } from '../../../test/support/process.js';
import { databaseOptions } from '../src/database/options.js';
import { seed } from '../src/database/seed.js';

export const project = fileURLToPath(new URL('..', import.meta.url));
export const protoFile = join(project, 'proto/library/v1/library.proto');
export const PASSWORD = 'correct horse';

/** Calls with the token of one member. */
export class MemberCalls {
  constructor(
    private readonly client: ProtoClient,
    readonly authorization: string,
  ) {}

  private get metadata(): Record<string, string> {
    return { authorization: this.authorization };
  }

  /** Never rejects: a failure is an answer with a code. */
  call(method: string, request: AnyMessage = {}, signal?: AbortSignal): Promise<Answer> {
    return this.client.call(method, request, { metadata: this.metadata, ...(signal && { signal }) });
  }

  get(method: string, request: AnyMessage = {}): Promise<AnyMessage> {
    return this.client.get(method, request, { metadata: this.metadata });
  }
}

export class Library {
  private constructor(
    readonly process: RunningProcess,
    readonly environment: NodeJS.ProcessEnv,
    readonly client: ProtoClient,
    readonly grpcUrl: string,
    readonly httpUrl: string,
    readonly directory: string,
    private readonly drop: () => Promise<void>,
  ) {}

  /** Migrates, seeds and starts. */
  static async start(kind: DatabaseKind, settings: NodeJS.ProcessEnv = {}): Promise<Library> {
    await buildSample('02-library');
    const database = await createDatabase(kind);
    const directory = await mkdtemp(join(tmpdir(), 'socio-grpc-library-'));
    const environment = {
      ...environmentOf(directory, database.url),
      GRPC_URL: '127.0.0.1:0',
      HTTP_PORT: '0',
      ...settings,
    };
    await prepare(environment);
    const running = await startProcess(project, environment, /HTTP server listens on/);
    const [, grpcUrl = ''] = await running.logged(/gRPC server listens on ([\d.:]+)/);
    const [, port = ''] = await running.logged(/HTTP server listens on http:\/\/\S+:(\d+)/);
    const drop = async (): Promise<void> => {
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    };
    const client = connectTo(grpcUrl, protoFile);
    return new Library(running, environment, client, grpcUrl, `http://127.0.0.1:${port}`, directory, drop);
  }

  /** A member of the seed: ada (admin), linus (librarian), rosa (reader); hanna (librarian of another branch). */
  async as(name: string): Promise<MemberCalls> {
    const login = { email: `${name}@library.example`, password: PASSWORD };
    return this.withToken((await this.client.get('AuthController/Login', login)).token as string);
  }

  withToken(token: string): MemberCalls {
    return new MemberCalls(this.client, `Bearer ${token}`);
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.process.stop();
    await this.drop();
  }
}

/** Where everything is that the application writes. */
export function environmentOf(directory: string, url: string | undefined): NodeJS.ProcessEnv {
  return {
    ...(url ? { DATABASE_URL: url } : { DATABASE: join(directory, 'library.sqlite') }),
    COVER_DIR: join(directory, 'covers'),
    JWT_SECRET: 'the secret of the tests, long enough',
    CURSOR_SECRET: 'another secret of the tests, as long',
  };
}

/** The application's own database, for what no call can do. */
export async function connectDatabase(environment: NodeJS.ProcessEnv): Promise<DataSource> {
  const { DATABASE = '', DATABASE_URL } = environment;
  const options = databaseOptions({ DATABASE, ...(DATABASE_URL && { DATABASE_URL }) });
  return new DataSource(options as DataSourceOptions).initialize();
}

async function prepare(environment: NodeJS.ProcessEnv): Promise<void> {
  const dataSource = await connectDatabase(environment);
  await dataSource.runMigrations();
  await dataSource.transaction(seed);
  await dataSource.destroy();
}
