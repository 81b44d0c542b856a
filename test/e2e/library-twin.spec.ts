/** The twin of the reference's library, called under the conventions `dsg` by a client of its file. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libraryWith } from '../fixtures/library.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, DOORS, type AnyMessage, type ProtoClient } from '../support/client.js';
import { createDatabase, type TestDatabase } from '../support/databases.js';

// SQLite cannot create generated 64-bit keys, which the reference has.
describe.each(DOORS)('the library of the reference through the %s door', (door) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;
  let author: AnyMessage;

  beforeAll(async () => {
    database = await createDatabase('postgres');
    app = await bootApp({ database, ...libraryWith('bytea'), options: { conventions: 'dsg' } });
    client = await connectClient(app, door);
    author = await client.get('AuthorController/Create', {
      name: 'Ursula',
      email: 'u@example.org',
      password: 'x',
    });
    await app.dataSource.getRepository('Tag').insert({ label: 'sf' });
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const book = (title: string, more: object = {}): object => ({
    title,
    price: 9.5,
    pages: 600,
    genre: 'ESSAY',
    author: author.id,
    published: '1974-05-01',
    tags: ['sf'],
    ...more,
  });

  it('takes and gives lists, with method fields and enums', async () => {
    const { results } = await client.get('BookController/BulkCreate', {
      results: [
        book('The Dispossessed', { subtitle: 'An Utopia' }),
        book('Rocannon', { genre: 'NOVEL', pages: 90 }),
      ],
    });
    expect(results).toMatchObject([
      {
        genre: 'ESSAY',
        author: author.id,
        tags: ['sf'],
        long: true,
        loanCount: 0,
        keywords: ['the', 'dispossessed'],
        nickname: 'An Utopia',
        copiesSold: '0',
      },
      { genre: 'NOVEL', long: false, keywords: ['rocannon'] },
    ]);
    expect(results[1]).not.toHaveProperty('nickname');
  });

  it('takes back all of a list when one of its items is refused', async () => {
    const before = (await client.get('BookController/List')).results.length;
    const answer = await client.call('BookController/BulkCreate', { results: [book('Good'), book('')] });
    expect(answer).toMatchObject({
      code: 3,
      details: '{"title": [{"message": "This field may not be blank.", "code": "blank"}]}',
    });
    expect((await client.get('BookController/List')).results).toHaveLength(before);
  });

  it('shows cards with nested objects and slugs', async () => {
    const { results } = await client.get('BookController/List');
    expect(results[0]).toMatchObject({
      author: { name: 'Ursula' },
      tags: [{ label: 'sf' }],
      authorEmail: 'u@example.org',
    });
    expect((await client.call('BookController/Stream')).messages).toEqual(results);
  });

  it('answers actions of listed fields, and refuses enums that it does not know', async () => {
    expect(await client.get('BookController/TitlesOf', { genre: 'ESSAY', year: 1974 })).toEqual({
      titles: ['The Dispossessed'],
    });
    expect(await client.get('BookController/TitlesOf', { genre: 'ESSAY', year: 1975 })).toEqual({
      titles: [],
    });
    expect(await client.call('BookController/TitlesOf', { genre: 44 })).toMatchObject({
      code: 3,
      details: '{"genre": [{"message": "\\"44\\" is not a valid choice.", "code": "invalid_choice"}]}',
    });
  });

  it('streams structs', async () => {
    const { messages } = await client.call('BookController/Search', {
      text: 'R',
      ratio: 1,
      amount: 2,
      payload: {},
    });
    expect(messages.map(({ fields }) => fields.title.stringValue)).toEqual(['Rocannon']);
  });

  it('takes streams, and talks both ways', async () => {
    const { results } = await client.get('BookController/List');
    const loan = await client.get('LoanController/Create', {
      borrower: 'Shevek',
      due: '2026-01-02',
      book: results[0].id,
    });
    expect(await client.get('LoanController/Ping')).toEqual({});
    const chunks = [Buffer.alloc(70_000), Buffer.alloc(5)].map((chunk) => ({ chunk }));
    expect(await client.get('LoanController/Upload', chunks)).toEqual({ size: '70005' });
    const { messages } = await client.call('LoanController/Chat', [{ text: 'Takver' }, { text: 'Shevek' }]);
    expect(messages).toMatchObject([
      { text: 'Takver?' },
      { text: 'Shevek?', loan: { id: loan.id, book: results[0].id, due: '2026-01-02' } },
    ]);
    expect(await client.call('LoanController/Destroy', { id: loan.id })).toMatchObject({ code: 0 });
  });
});
