/** Under the conventions `dsg` our files are the reference's, byte for byte. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as sample from '../sample/01-quickstart/src/controllers.js';
import * as sampleModels from '../sample/01-quickstart/src/models.js';
import * as library from './fixtures/library.js';
import * as twin from './fixtures/quickstart-twin.js';
import { bootApp, type AppParts } from './support/boot-app.js';
import { createDatabase, DATABASES, type TestDatabase } from './support/databases.js';

const golden = (path: string): Promise<string> =>
  readFile(new URL(`./golden/reference/${path}`, import.meta.url), 'utf8');

describe.each(DATABASES)('reference files on %s', (kind) => {
  async function emitted(parts: Omit<AppParts, 'database'>): Promise<string> {
    const database = await createDatabase(kind);
    // SQLite cannot create generated 64-bit keys; to describe them no table is needed.
    const described = { ...database, options: { ...database.options, synchronize: false } } as TestDatabase;
    const app = await bootApp({
      ...parts,
      database: described,
      options: { conventions: 'dsg', ...parts.options },
    });
    const text = await readFile(app.protoFile, 'utf8');
    await app.close();
    await database.drop();
    return text;
  }

  it('the quickstart with 64-bit keys is equal to the byte', async () => {
    const text = await emitted({
      entities: [twin.User, twin.Post],
      controllers: [twin.UserController, twin.PostController],
      options: { package: 'dsg_tutorial.quickstart' },
    });
    expect(text).toBe(await golden('quickstart/quickstart.proto'));
  });

  it('the sample is equal but for the package and its 32-bit keys', async () => {
    const text = await emitted({
      entities: [sampleModels.User, sampleModels.Post],
      controllers: [sample.UserController, sample.PostController],
      options: { package: 'quickstart' },
    });
    const expected = (await golden('quickstart/quickstart.proto'))
      .replace('package dsg_tutorial.quickstart;', 'package quickstart;')
      .replaceAll(/int64 (id|user) =/g, 'int32 $1 =');
    expect(text).toBe(expected);
  });

  it('authors and tags of the library are equal block by block', async () => {
    const text = await emitted({
      entities: [library.Author, library.Tag],
      controllers: [library.AuthorController, library.TagController],
      options: { package: 'refproj.library' },
    });
    const ofAuthorsAndTags = blocksOf(await golden('library/library.proto')).filter((block) =>
      /^(?:\/\/.*\n)*(?:service|message) (?:Author|Tag)/.test(block),
    );
    expect(ofAuthorsAndTags).toHaveLength(13);
    expect(blocksOf(text).filter((block) => /^(?:\/\/.*\n)*(?:service|message) /.test(block))).toEqual(
      ofAuthorsAndTags,
    );
  });
});

/** Services and messages with their comments, in the order of the file. */
function blocksOf(text: string): string[] {
  return text.split(/\n\n(?=\S)/).map((block) => block.trimEnd());
}
