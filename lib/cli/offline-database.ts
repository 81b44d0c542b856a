/**
 * Data sources that describe their entities and never connect. TypeORM builds metadata in `initialize()`, after
 * it has connected; the part that needs no connection is protected, and this is the one place that calls it.
 */
import { createRequire } from 'node:module';
import { DataSource } from 'typeorm';
import { CommandError } from './command-error.js';

type DataSourceClass = typeof DataSource;

class OfflineDataSource extends DataSource {
  override async initialize(): Promise<this> {
    await this.buildMetadatas();
    return this;
  }
}

export interface OfflineDatabase {
  /** Rejects with the first data source that cannot be described; Nest would try again for half a minute. */
  readonly failure: Promise<never>;
}

/**
 * Replaces `DataSource.prototype.initialize` for the rest of the process, in every copy of TypeORM that the
 * application may use: its own, and that of `@nestjs/typeorm`.
 *
 * @param appFile the file from which the copies are resolved
 * @throws CommandError when a copy has no such method to call
 */
export function takeDatabaseOffline(appFile: string): OfflineDatabase {
  let fail: (error: unknown) => void = () => undefined;
  const failure = new Promise<never>((_resolve, reject) => (fail = reject));
  // Nobody may be waiting any more.
  failure.catch(() => undefined);
  const describe = OfflineDataSource.prototype.initialize;
  const initialize = function (this: DataSource): Promise<DataSource> {
    // Those that inherit from a copy have its methods, whichever copy this file has.
    return describe.call(this as OfflineDataSource).catch((error: unknown) => {
      fail(error);
      return new Promise<never>(() => undefined);
    });
  };
  for (const { prototype } of dataSourceClasses(appFile)) {
    if (!('buildMetadatas' in prototype))
      throw new CommandError('typeorm: this version cannot describe entities offline. Expected version 1.');
    prototype.initialize = initialize as typeof prototype.initialize;
  }
  return { failure };
}

function dataSourceClasses(appFile: string): Set<DataSourceClass> {
  const fromApp = createRequire(appFile);
  const nestTypeorm = tryTo(() => fromApp.resolve('@nestjs/typeorm'));
  const found = [fromApp, ...(nestTypeorm === undefined ? [] : [createRequire(nestTypeorm)])].map((from) =>
    tryTo(() => (from('typeorm') as { DataSource: DataSourceClass }).DataSource),
  );
  return new Set([DataSource, ...found.filter((copy) => copy !== undefined)]);
}

/** An application without a database has nothing to resolve. */
function tryTo<T>(resolve: () => T): T | undefined {
  try {
    return resolve();
  } catch {
    return undefined;
  }
}
