/**
 * Models and serializers of random columns in random orders: whichever way rows become messages, or requests rows, the
 * bytes are the same.
 */
import type { Type } from '@nestjs/common';
import fc from 'fast-check';
import {
  AllowAny,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  ProtoSerializer,
  StreamAction,
  withActions,
} from 'nestjs-socio-grpc';
import {
  Column,
  CreateDateColumn,
  Entity,
  ManyToOne,
  PrimaryGeneratedColumn,
  UpdateDateColumn,
  VersionColumn,
  type ColumnOptions,
  type EntitySubscriberInterface,
} from 'typeorm';
import { describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type DatabaseKind } from '../support/databases.js';
import { struct } from '../support/struct.js';

interface RandomColumn {
  readonly options: ColumnOptions;
  readonly value: fc.Arbitrary<unknown>;
}

const text = (maxLength: number) =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength })
    .filter((value) => !value.includes('\0') && [...value].length <= maxLength);
const moment = fc
  .date({ min: new Date('1900-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());

const COLUMNS: Readonly<Record<string, RandomColumn>> = {
  int: { options: { type: 'int' }, value: fc.integer() },
  smallint: { options: { type: 'smallint' }, value: fc.integer({ min: -32_768, max: 32_767 }) },
  bigint: {
    options: { type: 'bigint' },
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  },
  float: { options: { type: 'float' }, value: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  flag: { options: { type: 'boolean' }, value: fc.boolean() },
  short: { options: { type: 'varchar', length: 40 }, value: text(40) },
  long: { options: { type: 'text' }, value: text(200) },
  day: { options: { type: 'date' }, value: moment.map((value) => value.slice(0, 10)) },
  clock: { options: { type: 'time' }, value: moment.map((value) => value.slice(11, 19)) },
  moment: { options: { type: Date }, value: moment },
  list: {
    options: { type: 'simple-array' },
    value: fc.array(
      text(10).filter((value) => !value.includes(',')),
      { maxLength: 4 },
    ),
  },
  amount: {
    options: { type: 'decimal', precision: 12, scale: 3 },
    value: fc.integer({ min: -999_999_999, max: 999_999_999 }).map((value) => String(value / 1000)),
  },
  code: { options: { type: 'uuid' }, value: fc.uuid() },
  grade: { options: { type: 'simple-enum', enum: ['low', 'high'] }, value: fc.constantFrom('LOW', 'HIGH') },
  facts: {
    options: { type: 'simple-json' },
    value: fc
      .dictionary(fc.constantFrom('a', 'b'), fc.oneof(fc.string(), fc.boolean(), fc.integer()))
      .map((facts) => struct(facts)),
  },
};

/** What the database fills in where a request says nothing. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  int: -7,
  short: 'no "text" given: none',
  flag: true,
  long: () => "'some' || 'thing'",
};

const names = fc.uniqueArray(fc.constantFrom(...Object.keys(COLUMNS)), { minLength: 1 });

const cases = names.chain((columns) =>
  fc.record({
    columns: fc.constant(columns),
    defaults: fc.subarray(columns.filter((name) => name in DEFAULTS)),
    listed: fc.subarray(columns),
    fields: fc.shuffledSubarray(['id', ...columns], { minLength: columns.length + 1 }),
    rows: fc.array(
      fc.record(Object.fromEntries(columns.map((name) => [name, COLUMNS[name]!.value])), {
        requiredKeys: [],
      }),
      { minLength: 1, maxLength: 5 },
    ),
  }),
);

type Schema = typeof cases extends fc.Arbitrary<infer T> ? T : never;

function declare({ columns, defaults, fields }: Schema) {
  class Thing {}
  PrimaryGeneratedColumn()(Thing.prototype, 'id');
  for (const name of columns) {
    const more = defaults.includes(name) ? { default: DEFAULTS[name] } : {};
    Column({ ...COLUMNS[name]!.options, nullable: true, ...more } as ColumnOptions)(Thing.prototype, name);
  }
  CreateDateColumn()(Thing.prototype, 'made');
  UpdateDateColumn()(Thing.prototype, 'touched');
  VersionColumn()(Thing.prototype, 'version');
  ManyToOne(() => Thing, { nullable: true })(Thing.prototype, 'like');
  Entity('thing')(Thing);
  class ThingSerializer extends ProtoSerializer<object> {}
  ModelSerializer({ model: Thing as Type<object>, fields: [...fields, 'version', 'like'] as never })(
    ThingSerializer as never,
  );
  class ThingController extends withActions(GenericCrudController, StreamAction)<object> {}
  GrpcController({ serializer: ThingSerializer, permissions: [AllowAny] })(ThingController as never);
  return { entities: [Thing], controllers: [ThingController] };
}

async function bytesOf(app: TestApp, ids: readonly number[]): Promise<string[]> {
  const client = await connectClient(app);
  const answers: string[] = [];
  for (const [method, request] of [
    ...ids.map((id) => ['Retrieve', { id }] as const),
    ['List', {}] as const,
    ['Stream', {}] as const,
  ])
    answers.push(
      Buffer.concat([...(await client.bytes(`ThingController/${method}`, request))]).toString('hex'),
    );
  client.close();
  return answers;
}

/** Whoever hears of inserts and updates makes TypeORM write. */
const WRITE_LISTENER: EntitySubscriberInterface = {
  beforeInsert: () => undefined,
  beforeUpdate: () => undefined,
};

/** What the database has, value by value, and what was answered on the way. */
async function written(kind: DatabaseKind, schema: Schema, byTypeorm: boolean) {
  const { columns, rows, listed } = schema;
  const database = await createDatabase(kind, { shared: true });
  const app = await bootApp({ database, ...declare(schema) });
  if (byTypeorm) app.dataSource.subscribers.push(WRITE_LISTENER);
  const client = await connectClient(app);
  const answers: string[] = [];
  const send = async (method: string, request: object): Promise<void> => {
    const bytes = Buffer.concat([...(await client.bytes(`ThingController/${method}`, request))]);
    answers.push(bytes.toString('hex'));
  };
  try {
    const statements = await countQueries(app.dataSource, async () => {
      for (const [index, row] of rows.entries())
        await send('Create', { ...row, ...(index > 0 && { like: 1 }) });
      for (let id = 1; id <= rows.length; id += 1) {
        const row = rows[id % rows.length]!;
        await send('PartialUpdate', { ...row, id, like: id, _partialUpdateFields: [...listed, 'like'] });
        await send('Update', { ...rows[(id + 1) % rows.length], id });
      }
    });
    // TypeORM's give back no messages; without a look at them the two ways could be one.
    const writes = statements.filter((sql) => /^(INSERT|UPDATE)/.test(sql));
    expect(writes).toHaveLength(3 * rows.length);
    expect(writes.filter((sql) => sql.includes(' AS "c0"'))).toHaveLength(byTypeorm ? 0 : writes.length);
    const cell = (name: string): string =>
      kind === 'sqlite' ? `typeof("${name}") || ' ' || quote("${name}")` : `"${name}"::text`;
    const stored: unknown = await app.dataSource.query(
      `SELECT ${['id', ...columns, 'version', 'likeId'].map((name) => `${cell(name)} AS "${name}"`).join(', ')}, ` +
        `"made" IS NOT NULL AS "made", "touched" IS NOT NULL AS "touched" FROM "thing" ORDER BY "id"`,
    );
    return { answers, stored };
  } finally {
    client.close();
    await app.close();
    await database.drop();
  }
}

async function expectSameBytes(kind: DatabaseKind, schema: Schema) {
  const { rows } = schema;
  const database = await createDatabase(kind, { shared: true });
  const parts = { database, ...declare(schema) };
  const app = await bootApp(parts);
  try {
    const client = await connectClient(app);
    const ids: number[] = [];
    for (const row of rows) ids.push((await client.get('ThingController/Create', row)).id);
    client.close();
    const direct = await bytesOf(app, ids);
    const listener: EntitySubscriberInterface = { beforeQuery: () => undefined };
    app.dataSource.subscribers.push(listener);
    expect(await bytesOf(app, ids)).toEqual(direct);
    const entityApp = await bootApp({ ...parts, path: 'entity' });
    try {
      expect(await bytesOf(entityApp, ids)).toEqual(direct);
    } finally {
      await entityApp.close();
    }
  } finally {
    await app.close();
    await database.drop();
  }
}

describe.each(DATABASES)('random schemas on %s', (kind) => {
  it('have one message for each row: from the driver, from TypeORM, from entities', async () => {
    await fc.assert(
      fc.asyncProperty(cases, (schema) => expectSameBytes(kind, schema)),
      { numRuns: Number(process.env['RUNS'] ?? 8) },
    );
  }, 120_000);

  it('are written and answered alike in one statement and by TypeORM', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (schema) => {
        expect(await written(kind, schema, false)).toEqual(await written(kind, schema, true));
      }),
      { numRuns: Number(process.env['RUNS'] ?? 8) },
    );
  }, 120_000);
});
