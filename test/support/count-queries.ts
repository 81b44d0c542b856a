import type { DataSource, Logger, QueryRunner } from 'typeorm';

/** SQL statements that a data source runs while `work` does; transaction control is not counted. */
export async function countQueries(dataSource: DataSource, work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const before = dataSource.logger;
  dataSource.logger = {
    logQuery: (query: string, _parameters?: unknown[], _runner?: QueryRunner) => {
      if (!/^(BEGIN|COMMIT|ROLLBACK|START TRANSACTION|SAVEPOINT|RELEASE)/i.test(query)) statements.push(query);
    },
    logQueryError: () => undefined,
    logQuerySlow: () => undefined,
    logSchemaBuild: () => undefined,
    logMigration: () => undefined,
    log: () => undefined,
  } as Logger;
  try {
    await work();
  } finally {
    dataSource.logger = before;
  }
  return statements;
}
