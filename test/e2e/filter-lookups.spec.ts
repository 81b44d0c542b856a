/** Every lookup on every type of column: what it finds, and which values it refuses. */
import type { Type } from '@nestjs/common';
import {
  AllowAny,
  GrpcController,
  ListController,
  ModelSerializer,
  ProtoSerializer,
} from 'nestjs-socio-grpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOOKUPS, suits, type Lookup } from '../../lib/filters/lookups.js';
import type { FilterKind } from '../../lib/filters/filter-value.js';
import { TYPES } from '../fixtures/column-types.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { connectClient, type Answer, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type DatabaseKind, type TestDatabase } from '../support/databases.js';
import { struct, type Json } from '../support/struct.js';

const INVALID_ARGUMENT = 3;

interface ColumnCase {
  readonly kind: FilterKind;
  /** What is stored in the first and second row; the third has NULL. */
  readonly stored: readonly [unknown, unknown];
  /** How requests write the two; default: as stored. */
  readonly asked?: readonly [Json, Json];
  readonly invalid: readonly Json[];
}

const NO_NUMBER: readonly Json[] = ['x', '', true, {}, '1e3x', null];
const NO_INTEGER: readonly Json[] = [...NO_NUMBER, 1.5, '1.5'];

const COMMON: Readonly<Record<string, ColumnCase>> = {
  int: { kind: 'integer', stored: [-5, 7], invalid: [...NO_INTEGER, 2 ** 31] },
  smallint: { kind: 'integer', stored: [-32_768, 9], invalid: [...NO_INTEGER, 32_768] },
  bigint: {
    kind: 'bigint',
    stored: ['-9223372036854775808', '9007199254740993'],
    invalid: [...NO_INTEGER, 2 ** 53 + 2, '9223372036854775808'],
  },
  real: { kind: 'float', stored: [-0.5, 1024.25], invalid: NO_NUMBER },
  float: { kind: 'float', stored: [-0.1, 1e100], invalid: NO_NUMBER },
  decimal: { kind: 'decimal', stored: ['-1.5000', '2.2500'], invalid: [...NO_NUMBER, 'NaN'] },
  boolean: { kind: 'boolean', stored: [false, true], invalid: ['x', '', 2, {}, null] },
  varchar: { kind: 'string', stored: ['Alpha', 'beta'], invalid: [true, {}, null, 'a\0b'] },
  text: { kind: 'string', stored: ['Alpha', 'beta'], invalid: [true, {}, null, 'a\0b'] },
  date: {
    kind: 'date',
    stored: ['2026-01-02', '2026-02-28'],
    invalid: ['2026-02-30', 'x', 5, true, null],
  },
  time: { kind: 'time', stored: ['08:30:00', '20:15:30'], invalid: ['24:00', 'x', 5, true, null] },
  moment: {
    kind: 'datetime',
    stored: [new Date('2026-01-02T03:04:05.000Z'), new Date('2026-01-02T03:04:05.678Z')],
    asked: ['2026-01-02T03:04:05Z', '2026-01-02T04:04:05.678+01:00'],
    invalid: ['2026-13-01T00:00:00Z', 'x', 5, true, null],
  },
  genre: {
    kind: 'enum',
    stored: ['novel', 'poetry'],
    asked: ['NOVEL', 'poetry'],
    invalid: ['x', 1, {}, null],
  },
  level: { kind: 'enum', stored: [1, 5], asked: ['LOW', 5], invalid: ['x', 2, {}, null] },
  simpleJson: { kind: 'json', stored: [{ a: 1 }, { a: 2 }], invalid: [] },
  simpleArray: { kind: 'list', stored: [['a'], ['b']], invalid: [] },
  bytes: { kind: 'bytes', stored: [Buffer.from('a'), Buffer.from('b')], invalid: [] },
};

const ONLY: Readonly<Record<DatabaseKind, Readonly<Record<string, ColumnCase>>>> = {
  sqlite: {},
  postgres: {
    uuid: {
      kind: 'uuid',
      stored: ['0b0e7d2e-9f51-4a8e-8a6b-3f0f4b8f0a01', 'fb0e7d2e-9f51-4a8e-8a6b-3f0f4b8f0a01'],
      asked: ['0B0E7D2E-9F51-4A8E-8A6B-3F0F4B8F0A01', 'fb0e7d2e9f514a8e8a6b3f0f4b8f0a01'],
      invalid: ['x', 5, null],
    },
    double: { kind: 'float', stored: [-0.1, 1e300], invalid: NO_NUMBER },
    zoned: {
      kind: 'datetime',
      stored: [new Date('2026-01-02T03:04:05.000Z'), new Date('2026-01-02T03:04:05.678Z')],
      asked: ['2026-01-02 03:04:05', '2026-01-02T03:04:05.678Z'],
      invalid: ['x', 5, null],
    },
    jsonb: { kind: 'json', stored: [{ a: 1 }, { a: 2 }], invalid: [] },
    ints: { kind: 'list', stored: [[1], [2]], invalid: [] },
  },
};

/** Which of the rows 1 (low), 2 (high) and 3 (NULL) a lookup finds when it is asked with the two values. */
function expectations([low, high]: readonly [Json, Json]): readonly [Lookup, Json, readonly number[]][] {
  return [
    ['exact', low, [1]],
    ['ne', low, [2, 3]],
    ['in', [low, high], [1, 2]],
    ['in', [high, high, high], [2]],
    ['in', [], []],
    ['isnull', true, [3]],
    ['isnull', 'false', [1, 2]],
    ['gt', low, [2]],
    ['gt', high, []],
    ['gte', low, [1, 2]],
    ['gte', high, [2]],
    ['lt', low, []],
    ['lt', high, [1]],
    ['lte', low, [1]],
    ['lte', high, [1, 2]],
    ['range', [low, high], [1, 2]],
    ['range', [high, high], [2]],
  ];
}

/** Case rules: without `i` it counts, with it it does not. */
const TEXT_EXPECTATIONS: readonly [Lookup, Json, readonly number[]][] = [
  ['exact', 'alpha', []],
  ['iexact', 'ALPHA', [1]],
  ['iexact', 'alph', []],
  ['contains', 'lph', [1]],
  ['contains', 'LPH', []],
  ['icontains', 'LPH', [1]],
  ['startswith', 'Al', [1]],
  ['startswith', 'al', []],
  ['istartswith', 'BE', [2]],
  ['endswith', 'ta', [2]],
  ['endswith', 'TA', []],
  ['iendswith', 'HA', [1]],
  // No character has a meaning of its own.
  ['contains', '%', []],
  ['icontains', '_', []],
  ['startswith', '*', []],
  ['icontains', '\\', []],
  ['exact', "' OR 1=1 --", []],
];

/** What databases, drivers and JavaScript read in different ways. */
const HOSTILE: readonly Json[] = [
  '',
  "'",
  '\\',
  '%',
  '\u{1F600}',
  '１',
  '-0',
  '1e400',
  '1e-400',
  '0x10',
  '9'.repeat(40),
  '1e999999999',
  '0000-01-01',
  '10000-01-01',
  '-000001-01-01',
  '23:59:60',
  '23:59:59.9999999',
  '0000-01-01T00:00:00Z',
  '+275760-09-13T00:00:00.000Z',
  '2026-01-01T00:00:00+99:99',
  'infinity',
  'NaN',
  '{1,2}',
  2 ** 31,
  2 ** 63,
  1e300,
  1e-320,
  true,
  [],
  {},
  [null],
  'a'.repeat(4000),
  '*'.repeat(4000),
  '\u{1F600}'.repeat(2000),
];

describe.each(DATABASES)('lookups on %s', (kind) => {
  const cases = { ...COMMON, ...ONLY[kind] };
  const { entity } = TYPES[kind];
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind, { extensions: ['citext'] });
    app = await bootApp({ database, entities: [entity], controllers: [controllerOf(entity, allFilters())] });
    client = await connectClient(app);
    const repository = app.dataSource.getRepository(entity);
    for (const row of [0, 1] as const)
      await repository.save(
        Object.fromEntries(Object.entries(cases).map(([name, { stored }]) => [name, stored[row]])),
      );
    await repository.save(repository.create());
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  function allFilters(): Record<string, Lookup[]> {
    return Object.fromEntries(
      Object.entries(cases).map(([name, { kind: type }]) => [
        name,
        LOOKUPS.filter((lookup) => suits(lookup, type)),
      ]),
    );
  }

  function ask(name: string, lookup: Lookup, value: Json): Promise<Answer> {
    const field = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const key = lookup === 'exact' ? field : `${field}__${lookup}`;
    return client.call('FilteredController/List', { _filters: struct({ [key]: value }) });
  }

  describe.each(Object.entries(cases))('%s', (name, { kind: type, stored, asked, invalid }) => {
    const table = [
      ...expectations(asked ?? (stored as readonly [Json, Json])),
      ...(type === 'string' ? TEXT_EXPECTATIONS : []),
    ].filter(([lookup]) => suits(lookup, type));

    it.each(table)('%s %j finds %j', async (lookup, value, expected) => {
      const { code, details, message } = await ask(name, lookup, value);
      expect(`${code} ${details}`).toBe('0 OK');
      expect((message.results as { id: number }[]).map(({ id }) => id)).toEqual(expected);
    });

    it('refuses values that it cannot have, naming the filter', async () => {
      for (const lookup of LOOKUPS.filter((each) => suits(each, type)))
        for (const value of lookup === 'isnull' ? ['x', 7, null] : invalid) {
          const given = lookup === 'range' ? [value, value] : lookup === 'in' ? [value] : value;
          const { code, details } = await ask(name, lookup, given);
          expect(`${lookup} ${JSON.stringify(given)}: ${code}`).toBe(
            `${lookup} ${JSON.stringify(given)}: ${INVALID_ARGUMENT}`,
          );
          const key = Object.keys(JSON.parse(details) as object)[0];
          expect(key).toContain(lookup === 'exact' ? '' : `__${lookup}`);
        }
    });
  });

  it.each(Object.entries(cases).filter(([, { kind: type }]) => type !== 'string'))(
    '%s does not start with lookups that make no sense',
    async (name, { kind: type }) => {
      const wrong = LOOKUPS.filter((lookup) => !suits(lookup, type));
      const problems = await problemsOf({
        database,
        entities: [entity],
        controllers: [controllerOf(entity, { [name]: wrong })],
      });
      expect(problems).toHaveLength(wrong.length);
      for (const lookup of wrong) expect(problems.join('\n')).toContain(`has no lookup "${lookup}"`);
    },
  );

  it('takes or refuses whatever is asked, by the name of the filter', async () => {
    for (const [name, lookups] of Object.entries(allFilters()))
      for (const lookup of lookups)
        for (const value of HOSTILE) {
          const several = lookup === 'in' || lookup === 'range' ? [value, value] : value;
          const { code, details } = await ask(name, lookup, several);
          const shown = `${name}__${lookup} ${JSON.stringify(several).slice(0, 80)} ${code}`;
          expect(shown).toMatch(/ [03]$/);
          if (code === INVALID_ARGUMENT)
            expect(`${shown} ${Object.keys(JSON.parse(details) as object).length}`).toMatch(/ 1$/);
        }
  }, 60_000);

  it.each([
    { sqlite: '2026-05-05 05:05:05', postgres: '2026-05-05 05:05:05.123456' },
    { sqlite: '9999-12-31 23:59:59.999', postgres: '9999-12-31 23:59:59.999' },
  ])('finds a moment by what an answer shows of it, when the database keeps $sqlite', async (kept) => {
    const table = app.dataSource.getMetadata(entity).tablePath;
    await app.dataSource.query(`UPDATE ${table} SET moment = '${kept[kind]}' WHERE id = 3`);
    const { results } = await client.get('FilteredController/List', { _filters: struct({ id: 3 }) });
    const [{ moment }] = results as [{ moment: string }];
    for (const lookup of ['exact', 'gte', 'lte'] as const)
      expect(
        (await ask('moment', lookup, moment)).message.results.map(({ id }: { id: number }) => id),
      ).toContain(3);
    for (const lookup of ['gt', 'lt', 'ne'] as const)
      expect(
        (await ask('moment', lookup, moment)).message.results.map(({ id }: { id: number }) => id),
      ).not.toContain(3);
    await app.dataSource.query(`UPDATE ${table} SET moment = NULL WHERE id = 3`);
  });
});

function controllerOf(model: Type<object>, filters: Record<string, readonly Lookup[]>): Type<object> {
  @ModelSerializer({ model })
  class FilteredSerializer extends ProtoSerializer<object> {}

  @GrpcController({
    serializer: FilteredSerializer,
    permissions: [AllowAny],
    filters: { id: ['exact'], ...filters },
  })
  class FilteredController extends ListController<object> {}
  return FilteredController;
}
