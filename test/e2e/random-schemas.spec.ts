/** Models and serializers of random columns in random orders: whichever way rows become messages, the bytes are the same. */
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
  Entity,
  PrimaryGeneratedColumn,
  type ColumnOptions,
  type EntitySubscriberInterface,
} from 'typeorm';
import { describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient } from '../support/client.js';
import { createDatabase, DATABASES, type DatabaseKind } from '../support/databases.js';

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
};

const names = fc.uniqueArray(fc.constantFrom(...Object.keys(COLUMNS)), { minLength: 1 });

const cases = names.chain((columns) =>
  fc.record({
    columns: fc.constant(columns),
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

function declare(columns: readonly string[], fields: readonly string[]) {
  class Thing {}
  PrimaryGeneratedColumn()(Thing.prototype, 'id');
  for (const name of columns) Column({ ...COLUMNS[name]!.options, nullable: true })(Thing.prototype, name);
  Entity('thing')(Thing);
  class ThingSerializer extends ProtoSerializer<object> {}
  ModelSerializer({ model: Thing as Type<object>, fields: fields as never })(ThingSerializer as never);
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

async function expectSameBytes(kind: DatabaseKind, { columns, fields, rows }: Schema) {
  const database = await createDatabase(kind, { shared: true });
  const parts = { database, ...declare(columns, fields) };
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
});
