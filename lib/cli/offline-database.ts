/**
 * Data sources that describe their entities and never connect. TypeORM builds metadata in `initialize()`, after
 * it has connected; the part that needs no connection is protected, and this is the one place that calls it.
 */
import { createRequire } from 'node:module';
import { DataSource, type getMetadataArgsStorage } from 'typeorm';
import { CommandError } from './command-error.js';
import { indexColumns } from './indexed-columns.js';

/** One copy of TypeORM, as far as it is needed here. */
interface TypeOrm {
  readonly DataSource: typeof DataSource;
  readonly getMetadataArgsStorage: typeof getMetadataArgsStorage;
}

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
  for (const {
    DataSource: { prototype },
    getMetadataArgsStorage: storage,
  } of copiesOf(appFile)) {
    if (!('buildMetadatas' in prototype))
      throw new CommandError('typeorm: this version cannot describe entities offline. Expected version 1.');
    prototype.initialize = initialize as typeof prototype.initialize;
    indexColumns(storage());
  }
  return { failure };
}

function copiesOf(appFile: string): Set<TypeOrm> {
  const fromApp = createRequire(appFile);
  const nestTypeorm = tryTo(() => fromApp.resolve('@nestjs/typeorm'));
  const places = [import.meta.url, appFile, ...(nestTypeorm === undefined ? [] : [nestTypeorm])];
  const found = places.map((place) => tryTo(() => createRequire(place)('typeorm') as TypeOrm));
  return new Set(found.filter((copy) => copy !== undefined));
}

/** An application without a database has nothing to resolve. */
function tryTo<T>(resolve: () => T): T | undefined {
  try {
    return resolve();
  } catch {
    return undefined;
  }
}
