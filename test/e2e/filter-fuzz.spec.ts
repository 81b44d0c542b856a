/** Hostile names and values never change a statement: they match literally, or they are refused. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AllowAny,
  CursorPagination,
  GrpcController,
  LimitOffsetPagination,
  ListController,
} from 'nestjs-socio-grpc';
import {
  CATALOG,
  CATALOG_CONTROLLERS,
  fillCatalog,
  Poem,
  POEM_FILTERS,
  PoemSerializer,
} from '../fixtures/catalog.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type Answer, type ProtoClient } from '../support/client.js';
import { watchQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { struct, type Json } from '../support/struct.js';

const OK = 0;
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const RESOURCE_EXHAUSTED = 8;
/** PostgreSQL's way through takes longer. */
const RUNS = { sqlite: 10_000, postgres: 2500 } as const;

const ATTACKS = [
  "'",
  "''",
  '"',
  '`',
  ';',
  '--',
  '/*',
  '\\',
  "\\'",
  '%',
  '_',
  '*',
  '?',
  '[',
  ']',
  '$1',
  '$2',
  ':f0',
  ':...keys',
  ':lookup0',
  '@',
  '#',
  '\0',
  '\n',
  '\u2028',
  '\uD800',
  "' OR 1=1 --",
  "'; DROP TABLE poem; --",
  '" OR "1"="1',
  ') OR (1=1',
  'poem.hidden',
  'title" DESC; --',
  '(SELECT 1)',
  'CAST(1 AS TEXT)',
  'NULL',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  '１',
  '½',
  '٣',
  '1e309',
  'NaN',
  '-0',
  '0x10',
  '2026-02-30',
  'ß',
  'İ',
];

const attack = fc.oneof(
  fc.constantFrom(...ATTACKS),
  fc
    .array(fc.oneof(fc.constantFrom(...ATTACKS), fc.string({ maxLength: 6 })), { maxLength: 6 })
    .map((all) => all.join('')),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);
const hostile: fc.Arbitrary<Json> = fc.oneof(
  { weight: 6, arbitrary: attack },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.constantFrom(1e300, -1e300, 2 ** 53, 0.1, -0),
    ),
  },
  { weight: 2, arbitrary: fc.array(fc.oneof(attack, fc.integer(), fc.constant(null)), { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.dictionary(attack, attack, { maxKeys: 2 }) },
);

const FILTERS = Object.entries(POEM_FILTERS).flatMap(([path, lookups]) =>
  (lookups as readonly string[]).map((lookup) => {
    const name = path.replace('.', '__').replace('fullName', 'full_name');
    return lookup === 'exact' ? name : `${name}__${lookup}`;
  }),
);
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...FILTERS) },
  { weight: 1, arbitrary: fc.constantFrom('search', 'ordering', 'page', 'page_size') },
  { weight: 1, arbitrary: attack },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...FILTERS), attack).map((parts) => parts.join('__')) },
);

type Asked = Readonly<Record<string, Json>>;
const request = fc
  .uniqueArray(fc.tuple(name, hostile), { maxLength: 3, selector: ([key]) => key })
  .map((entries): Asked => Object.fromEntries(entries));

class OffsetPoemSerializer extends PoemSerializer {}
class CursorPoemSerializer extends PoemSerializer {}

@GrpcController({
  serializer: OffsetPoemSerializer,
  service: 'OffsetPoem',
  permissions: [AllowAny],
  pagination: LimitOffsetPagination,
})
class OffsetPoemController extends ListController<Poem> {}

@GrpcController({
  serializer: CursorPoemSerializer,
  service: 'CursorPoem',
  permissions: [AllowAny],
  pagination: CursorPagination,
})
class CursorPoemController extends ListController<Poem> {}

describe.each(DATABASES)('hostile parameters on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      entities: CATALOG,
      controllers: [...CATALOG_CONTROLLERS, OffsetPoemController, CursorPoemController],
      options: { filterBehavior: 'metadata-and-request', paginationBehavior: 'metadata-and-request' },
    });
    client = await connectClient(app, 'in-process');
    await fillCatalog(app.dataSource);
    const titles = ATTACKS.filter((text) => !/[\0\uD800]/.test(text));
    await app.dataSource.getRepository(Poem).insert(titles.map((title) => ({ title, verses: 1 })));
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  async function seen(ask: () => Promise<Answer>): Promise<{ answer: Answer; statements: string[] }> {
    const watch = watchQueries(app.dataSource);
    const answer = await ask();
    return { answer, statements: watch.stop() };
  }

  function ask(asked: Asked): Promise<Answer> {
    return client.call('PoemController/List', { _filters: struct(asked) });
  }

  /** The same question without malice: as many values, as many words, the same order. */
  function benign(asked: Asked): Asked {
    return Object.fromEntries(Object.entries(asked).map(([key, value]) => [key, harmless(key, value)]));
  }

  function harmless(key: string, value: Json): Json {
    if (key === 'ordering' || key === 'page' || key === 'page_size' || key.endsWith('__isnull')) return value;
    if (value === null) return null;
    if (key === 'search')
      return [...String(value).matchAll(/"([^"]*)"|[^\s,"]+/g)]
        .filter(([word, quoted]) => (quoted ?? word).trim() !== '')
        .map((_word, index) => `word${index}`)
        .join(' ');
    const one = (): Json =>
      /title|full_name|homeland|text/.test(key) ? 'x' : key.includes('printed') ? '2026-01-01' : 7;
    if (key.endsWith('__in') || key.endsWith('__range')) {
      const length = Array.isArray(value)
        ? value.length
        : typeof value === 'string'
          ? value.split(',').length
          : 1;
      return value === '' || (typeof value === 'string' && value.trim() === '')
        ? []
        : Array.from({ length }, one);
    }
    return one();
  }

  it(`match literally or are refused, and never change a statement, ${RUNS[kind]} times`, async () => {
    const before = await app.dataSource.getRepository(Poem).count();
    const codes = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(request, async (asked) => {
        const { answer, statements } = await seen(() => ask(asked));
        codes.set(answer.code, (codes.get(answer.code) ?? 0) + 1);
        if (answer.code !== OK && answer.code !== NOT_FOUND) {
          expect([INVALID_ARGUMENT, RESOURCE_EXHAUSTED]).toContain(answer.code);
          expect(statements).toEqual([]);
          return;
        }
        const twin = await seen(() => ask(benign(asked)));
        const texts = (all: readonly string[]): string[] =>
          [...new Set(all)].filter((sql) => !sql.includes('COUNT('));
        expect(texts(statements)).toEqual(texts(twin.statements));
        if (answer.code === OK && typeof asked['title'] === 'string')
          for (const { title } of answer.message.results as Poem[]) expect(title).toBe(asked['title']);
      }),
      { numRuns: RUNS[kind] },
    );
    expect([...codes.keys()].toSorted((a, b) => a - b)).toEqual(
      [OK, INVALID_ARGUMENT, NOT_FOUND].filter((code) => codes.has(code)),
    );
    expect(codes.get(OK)).toBeGreaterThan(RUNS[kind] / 20);
    expect(await app.dataSource.getRepository(Poem).count()).toBe(before);
  }, 120_000);

  it.each<[string, readonly string[], readonly Asked[]]>([
    [
      'OffsetPoem',
      ['limit', 'offset'],
      [{}, { limit: 2 }, { limit: 2, offset: 1 }, { offset: 1 }, { offset: 1000 }],
    ],
    ['CursorPoem', ['cursor', 'page_size'], [{}, { page_size: 1 }]],
  ])(
    'of the pages of %s cut them or are refused',
    async (service, names, harmlessPages) => {
      const page = (pages: Asked): Promise<Answer> =>
        client.call(`${service}Controller/List`, { _pagination: struct(pages) });
      const known = new Set<string>();
      for (const pages of harmlessPages)
        for (const sql of (await seen(() => page(pages))).statements) known.add(sql);
      const entry = fc.tuple(fc.oneof(fc.constantFrom(...names), attack), hostile);
      const pages = fc
        .uniqueArray(entry, { maxLength: 3, selector: ([key]) => key })
        .map((entries): Asked => Object.fromEntries(entries));
      await fc.assert(
        fc.asyncProperty(pages, async (asked) => {
          const { answer, statements } = await seen(() => page(asked));
          expect([OK, INVALID_ARGUMENT, RESOURCE_EXHAUSTED]).toContain(answer.code);
          if (answer.code !== OK) expect(statements).toEqual([]);
          expect(statements.filter((sql) => !known.has(sql))).toEqual([]);
        }),
        { numRuns: RUNS[kind] / 5 },
      );
    },
    60_000,
  );

  it('in metadata are no other than in the request', async () => {
    await fc.assert(
      fc.asyncProperty(request, fc.constantFrom('filters', 'pagination'), async (asked, key) => {
        const text = JSON.stringify(asked);
        fc.pre(/^[\x20-\x7E]*$/.test(text) && !/\\ud[89a-f]/i.test(text));
        const byMetadata = await client.call('PoemController/List', {}, { metadata: { [key]: text } });
        const byRequest = await ask(asked);
        expect(`${byMetadata.code} ${byMetadata.details}`).toBe(`${byRequest.code} ${byRequest.details}`);
      }),
      { numRuns: 300 },
    );
  });

  it('that are no JSON are refused by the name of their key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 30 }), async (text) => {
        fc.pre(/^[\x21-\x7E][\x20-\x7E]*$/.test(text) && text.trim() === text && !text.startsWith('{'));
        const { code, details } = await client.call(
          'PoemController/List',
          {},
          { metadata: { filters: text } },
        );
        expect(code).toBe(INVALID_ARGUMENT);
        expect(details).toContain('metadata "filters"');
      }),
      { numRuns: 200 },
    );
  });

  it('of megabytes are refused without a statement', async () => {
    const long = 'a'.repeat(1_000_000);
    const requests: Asked[] = [
      { [long]: 'x' },
      { title: long },
      { title__in: `${long},`.repeat(2) },
      { title__in: 'a,'.repeat(500_000) },
      { search: long },
      { search: 'a '.repeat(500_000) },
      { ordering: long },
      { ordering: 'title,'.repeat(100_000) + long },
      { printed: '9'.repeat(1_000_000) },
      { verses: '9'.repeat(1_000_000) },
    ];
    for (const asked of requests) {
      const { answer, statements } = await seen(() => ask(asked));
      const shown = JSON.stringify(asked).slice(0, 40);
      if (answer.code === OK) expect(shown).toMatch(/ordering":"title/);
      else {
        expect(`${shown} ${answer.code}`).toMatch(/ (3|8)$/);
        expect(statements).toEqual([]);
      }
      expect(answer.details.length).toBeLessThan(7000);
    }
  });
});
