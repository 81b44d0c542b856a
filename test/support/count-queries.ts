import type { DataSource, Logger } from 'typeorm';

export interface QueryWatch {
  readonly statements: string[];
  /** Ends the watch; gives what was seen. */
  stop(): string[];
}

/** Records the SQL statements of a data source; transaction control is left out. */
export function watchQueries(dataSource: DataSource): QueryWatch {
  const statements: string[] = [];
  const before = dataSource.logger;
  const silent = (): void => undefined;
  const logger: Logger = {
    logQuery: (query) => {
      if (!/^(BEGIN|COMMIT|ROLLBACK|START TRANSACTION|SAVEPOINT|RELEASE)/i.test(query))
        statements.push(query);
    },
    logQueryError: silent,
    logQuerySlow: silent,
    logSchemaBuild: silent,
    logMigration: silent,
    log: silent,
  };
  dataSource.logger = logger;
  return {
    statements,
    stop: () => {
      dataSource.logger = before;
      return statements;
    },
  };
}

/** The SQL statements that a data source runs while `work` does. */
export async function countQueries(dataSource: DataSource, work: () => Promise<unknown>): Promise<string[]> {
  const watch = watchQueries(dataSource);
  try {
    await work();
  } finally {
    watch.stop();
  }
  return watch.statements;
}
