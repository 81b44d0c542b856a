import { SetupError } from 'nestjs-socio-grpc';
import { expect } from 'vitest';
import { bootApp, type AppParts } from './boot-app.js';
import { createDatabase } from './databases.js';

/** Why an application on SQLite does not start. */
export async function problemsOf(parts: Omit<AppParts, 'database'>): Promise<readonly string[]> {
  const error = await bootApp({ ...parts, database: await createDatabase('sqlite') }).then(
    (app) => app.close(),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SetupError);
  return (error as SetupError).problems;
}
