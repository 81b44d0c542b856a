import { SetupError } from 'nestjs-socio-grpc';
import { expect } from 'vitest';
import { bootApp, type AppParts } from './boot-app.js';
import { createDatabase } from './databases.js';

/** Why an application does not start; on SQLite unless it brings its database. */
export async function problemsOf(parts: AppParts): Promise<readonly string[]> {
  const error = await bootApp({ database: await createDatabase('sqlite'), ...parts }).then(
    (app) => app.close(),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SetupError);
  return (error as SetupError).problems;
}
