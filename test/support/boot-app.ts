import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConsoleLogger,
  type DynamicModule,
  type INestApplication,
  type INestMicroservice,
  type Provider,
  type Type,
} from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  SocioGrpcModule,
  SocioGrpcServer,
  connectSocioGrpc,
  socioGrpc,
  type SocioGrpcOptions,
} from 'nestjs-socio-grpc';
import { DataSource, type EntitySchema } from 'typeorm';
import { ProviderFinder } from '../../lib/boot/provider-finder.js';
import { protoPath } from '../../lib/proto/proto-file.js';
import type { TestDatabase } from './databases.js';
import { collectEmitted } from './emitted.js';
import { pathOptions, type PathName } from './paths.js';

/** `TEST_LOG=1` shows what the application logs. */
const LOGGER = process.env['TEST_LOG'] ? new ConsoleLogger() : false;

export type AppKind = 'microservice' | 'hybrid' | 'hybrid without inheritance';
export const APP_KINDS: readonly AppKind[] = ['microservice', 'hybrid', 'hybrid without inheritance'];

export interface AppParts {
  readonly kind?: AppKind;
  readonly database?: TestDatabase;
  readonly path?: PathName;
  readonly entities?: readonly (Type<object> | EntitySchema)[];
  readonly controllers: readonly Type<object>[];
  readonly providers?: readonly Provider[];
  readonly imports?: readonly DynamicModule[];
  readonly options?: SocioGrpcOptions;
  /** What a test puts in the place of providers and enhancers. */
  readonly overrides?: (builder: TestingModuleBuilder) => void;
  /** Set before the transport is connected, as an application does. */
  readonly globals?: (app: INestApplication | INestMicroservice) => void;
}

export interface TestApp {
  readonly app: INestApplication | INestMicroservice;
  readonly server: SocioGrpcServer;
  /** `127.0.0.1:port` */
  readonly address: string;
  readonly protoDir: string;
  readonly protoFile: string;
  readonly dataSource: DataSource;
  close(): Promise<void>;
}

/** A whole application on port 0, with a `.proto` of its own in a temporary folder. */
export async function bootApp(parts: AppParts): Promise<TestApp> {
  const protoDir = await mkdtemp(join(tmpdir(), 'socio-grpc-proto-'));
  const { package: name = 'test' } = parts.options ?? {};
  const builder = Test.createTestingModule({
    imports: [
      ...(parts.imports ?? []),
      ...(parts.database
        ? [
            TypeOrmModule.forRoot({
              ...parts.database.options,
              ...(parts.path && pathOptions(parts.path)),
              entities: [...(parts.entities ?? [])],
              retryAttempts: 0,
            } as object),
          ]
        : []),
      SocioGrpcModule.forRoot({
        url: '127.0.0.1:0',
        package: name,
        ...parts.options,
        proto: { dir: protoDir, mode: 'write', ...parts.options?.proto },
      }),
    ],
    controllers: [...parts.controllers],
    providers: [...(parts.providers ?? [])],
  }).setLogger(LOGGER as never);
  parts.overrides?.(builder);
  const module = await builder.compile();
  const { kind = 'microservice' } = parts;
  const app =
    kind === 'microservice'
      ? module.createNestMicroservice({ ...socioGrpc(), logger: LOGGER })
      : module.createNestApplication({ logger: LOGGER });
  parts.globals?.(app);
  try {
    if (kind === 'microservice') await (app as INestMicroservice).listen();
    else {
      connectSocioGrpc(app as INestApplication, { inheritAppConfig: kind === 'hybrid' });
      await (app as INestApplication).startAllMicroservices();
      await app.init();
    }
  } catch (error) {
    await app.close();
    await rm(protoDir, { recursive: true, force: true });
    throw error;
  }
  const server = app.get(SocioGrpcServer);
  const features = app.get(ProviderFinder, { strict: false }).features();
  const folders = features.flatMap(({ proto }) => proto?.dir ?? []);
  const { dir = protoDir, includeDirs = [] } = parts.options?.proto ?? {};
  await collectEmitted(dir, ...folders, ...includeDirs);
  return {
    app,
    server,
    address: `127.0.0.1:${server.port}`,
    protoDir,
    protoFile: protoPath(protoDir, name),
    get dataSource() {
      return app.get(DataSource);
    },
    close: async () => {
      await app.close();
      await rm(protoDir, { recursive: true, force: true });
    },
  };
}
