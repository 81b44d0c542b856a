/** Related rows find their owners whatever keys these have, and take one statement for any number of them. */
import type { Type } from '@nestjs/common';
import {
  AllowAny,
  GrpcController,
  ListController,
  ModelSerializer,
  Nested,
  ProtoSerializer,
} from 'nestjs-socio-grpc';
import {
  Column,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type PrimaryColumnOptions,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type DatabaseKind, type TestDatabase } from '../support/databases.js';

interface Family {
  readonly name: string;
  readonly entities: readonly Type<object>[];
  readonly controller: Type<object>;
  readonly keys: (kind: DatabaseKind) => readonly unknown[];
}

function family(name: string, options: PrimaryColumnOptions, keys: Family['keys']): Family {
  const owner = { [`${name}Owner`]: class {} }[`${name}Owner`] as Type<object>;
  const item = { [`${name}Item`]: class {} }[`${name}Item`] as Type<object>;
  PrimaryColumn(options)(owner.prototype, 'key');
  OneToMany(() => item, 'owner')(owner.prototype, 'items');
  PrimaryGeneratedColumn()(item.prototype, 'id');
  Column('text')(item.prototype, 'label');
  ManyToOne(() => owner, 'items')(item.prototype, 'owner');
  for (const each of [owner, item]) Entity(each.name)(each);
  const itemSerializer = { [`${name}ItemSerializer`]: class extends ProtoSerializer<object> {} }[
    `${name}ItemSerializer`
  ] as Type<ProtoSerializer<object>>;
  ModelSerializer({ model: item, fields: ['label'] as never })(itemSerializer as never);
  const ownerSerializer = { [`${name}OwnerSerializer`]: class extends ProtoSerializer<object> {} }[
    `${name}OwnerSerializer`
  ] as Type<ProtoSerializer<object>>;
  Nested(() => itemSerializer as never)(ownerSerializer.prototype as never, 'items');
  ModelSerializer({ model: owner, fields: ['key', 'items'] as never })(ownerSerializer as never);
  const controller = { [`${name}Controller`]: class extends ListController<object> {} }[
    `${name}Controller`
  ] as Type<object>;
  GrpcController({ serializer: ownerSerializer as never, permissions: [AllowAny] })(controller as never);
  return { name, entities: [owner, item], controller, keys };
}

const FAMILIES = [
  family('Text', { type: 'varchar' }, (kind) => [
    'plain',
    'it\'s "quoted", {with} braces',
    'back\\slash',
    '\\u0000',
    'ümläut 𝄞',
    '',
    '7',
    'null',
    ...(kind === 'sqlite' ? ['a\0b', 'a\0c'] : []),
  ]),
  family('Whole', { type: 'int' }, () => [1, -7, 0, 2_147_483_647]),
  family('Long', { type: 'bigint' }, () => [
    '1',
    '9007199254740993',
    '9007199254740992',
    '-9223372036854775808',
  ]),
  family('Day', { type: 'date' }, () => ['2026-01-31', '2026-02-01']),
  family('Price', { type: 'decimal', precision: 12, scale: 2 }, () => ['1.50', '2.00', '0.07']),
  family('Tag', { type: 'uuid' }, () => [
    'b9c5f0a2-6a56-4f43-8a6c-0f7f4a0c1a11',
    'b9c5f0a2-6a56-4f43-8a6c-0f7f4a0c1a12',
  ]),
];

describe.each(DATABASES)('related rows on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      entities: FAMILIES.flatMap(({ entities }) => entities),
      controllers: FAMILIES.map(({ controller }) => controller),
    });
    client = await connectClient(app);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it.each(FAMILIES)('find owners with keys of $name', async ({ name, entities, keys }) => {
    const [owner, item] = entities as [Type<object>, Type<object>];
    const { manager } = app.dataSource;
    const insert = (key: unknown, index: number) =>
      manager
        .insert(owner, { key } as never)
        .then(() => manager.insert(item, { label: `${index} a`, owner: { key } } as never))
        .then(() => manager.insert(item, { label: `${index} b`, owner: { key } } as never));
    const list = async () => (await client.get(`${name}Controller/List`)).results as { items: object[] }[];
    const all = keys(kind);
    for (const [index, key] of all.entries()) {
      await insert(key, index);
      const found = await list();
      const labels = found.map(({ items }) => (items as { label: string }[]).map(({ label }) => label));
      expect(labels.sort()).toEqual(
        Array.from({ length: index + 1 }, (_label, at) => [`${at} a`, `${at} b`]).sort(),
      );
    }
    const few = await countQueries(app.dataSource, list);
    expect(few).toHaveLength(2);
  });
});
