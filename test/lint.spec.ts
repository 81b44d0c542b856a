/** `buf lint` with the rules that docs/proto.md switches off, and no others. */
import { readFile } from 'node:fs/promises';
import { PageNumberPagination } from 'nestjs-socio-grpc';
import { describe, expect, it } from 'vitest';
import { libraryWith } from './fixtures/library.js';
import { bootApp } from './support/boot-app.js';
import { bufLint, type LintFinding } from './support/buf.js';
import { createDatabase, type TestDatabase } from './support/databases.js';

const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8');
const config = /```yaml\n(version: v2\nlint:[\s\S]*?)```/.exec(await read('../docs/proto.md'))![1]!;
const exceptions = [...config.matchAll(/^ +- (\w+)/gm)].map(([, rule]) => rule!);

/** Models, actions, enums and pages of a whole application, as our own conventions write them. */
async function library(): Promise<string> {
  const database = await createDatabase('sqlite');
  const described = { ...database, options: { ...database.options, synchronize: false } } as TestDatabase;
  const app = await bootApp({
    database: described,
    ...libraryWith('blob'),
    options: { package: 'library.v1', pagination: PageNumberPagination },
  });
  const text = await readFile(app.protoFile, 'utf8');
  await app.close();
  await database.drop();
  return text;
}

describe('buf lint', () => {
  const lint = async (yaml: string): Promise<LintFinding[]> =>
    bufLint({ 'buf.yaml': yaml, 'library/v1/library.proto': await library() });

  it('has nothing to say beside what the documentation excepts', async () => {
    expect(await lint(config)).toEqual([]);
    const sample = await read('../sample/02-library/proto/library/v1/library.proto');
    expect(await bufLint({ 'buf.yaml': config, 'library/v1/library.proto': sample })).toEqual([]);
  });

  it('needs every exception, and those for fields for three names only', async () => {
    const findings = await lint('version: v2\nlint:\n  use: [STANDARD]\n');
    expect([...new Set(findings.map(({ type }) => type))].toSorted()).toEqual(exceptions.toSorted());
    const fields = findings.filter(({ type }) => type === 'FIELD_LOWER_SNAKE_CASE');
    expect(fields.map(({ message }) => /"(\w+)"/.exec(message)?.[1])).toSatisfy((names: string[]) =>
      names.every((name) => ['_filters', '_pagination', '_partial_update_fields'].includes(name)),
    );
  });
});
