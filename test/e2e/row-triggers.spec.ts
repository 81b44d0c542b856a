/** Triggers that keep a row from a write and do something else: databases tell of no row then, though something was done. */
import { status as Status } from '@grpc/grpc-js';
import {
  AllowAny,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  ProtoSerializer,
} from 'nestjs-socio-grpc';
import { Column, DataSource, Entity, PrimaryGeneratedColumn, PrimaryColumn } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';

@Entity()
class Account {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column({ default: false }) closed!: boolean;
}

@Entity()
class Attempt {
  @PrimaryGeneratedColumn() id!: number;
  @Column() what!: string;
}

/** Rows are kept in a table that inherits this one. */
@Entity()
class Reading {
  @PrimaryColumn() id!: number;
  @Column() value!: number;
}

@ModelSerializer({ model: Account, fields: ['id', 'name', 'closed'] })
class AccountSerializer extends ProtoSerializer<Account> {}

@ModelSerializer({ model: Reading, fields: ['id', 'value'] })
class ReadingSerializer extends ProtoSerializer<Reading> {}

@GrpcController({ serializer: AccountSerializer, permissions: [AllowAny] })
class AccountController extends GenericCrudController<Account> {}

@GrpcController({ serializer: ReadingSerializer, permissions: [AllowAny] })
class ReadingController extends GenericCrudController<Reading> {}

const ENTITIES = [Account, Attempt, Reading];

const TRIGGERS = {
  sqlite: [
    `CREATE TRIGGER "close" BEFORE DELETE ON "account" BEGIN ` +
      `INSERT INTO "attempt"("what") VALUES ('remove'); ` +
      `UPDATE "account" SET "closed" = 1 WHERE "id" = OLD."id"; SELECT RAISE(IGNORE); END`,
    `CREATE TRIGGER "keep" BEFORE UPDATE OF "name" ON "account" WHEN OLD."name" = 'fixed' BEGIN ` +
      `INSERT INTO "attempt"("what") VALUES ('update'); SELECT RAISE(IGNORE); END`,
  ],
  postgres: [
    `CREATE FUNCTION close() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ` +
      `INSERT INTO "attempt"("what") VALUES ('remove'); ` +
      `UPDATE "account" SET "closed" = true WHERE "id" = OLD."id"; RETURN NULL; END $$`,
    `CREATE TRIGGER "close" BEFORE DELETE ON "account" FOR EACH ROW EXECUTE FUNCTION close()`,
    `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ` +
      `IF OLD."name" = 'fixed' AND NOT NEW."closed" THEN ` +
      `INSERT INTO "attempt"("what") VALUES ('update'); RETURN NULL; END IF; RETURN NEW; END $$`,
    `CREATE TRIGGER "keep" BEFORE UPDATE ON "account" FOR EACH ROW EXECUTE FUNCTION keep()`,
    `CREATE FUNCTION trim_name() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ` +
      `NEW."name" := btrim(NEW."name"); RETURN NEW; END $$`,
    `CREATE TRIGGER "trim_name" BEFORE INSERT ON "account" FOR EACH ROW EXECUTE FUNCTION trim_name()`,
    `CREATE TABLE "reading_part" (PRIMARY KEY ("id")) INHERITS ("reading")`,
    `CREATE FUNCTION spread() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ` +
      `INSERT INTO "reading_part" VALUES (NEW.*); RETURN NULL; END $$`,
    `CREATE TRIGGER "spread" BEFORE INSERT ON "reading" FOR EACH ROW EXECUTE FUNCTION spread()`,
  ],
};

describe.each(DATABASES)('a trigger in the place of a write on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind, { shared: true });
    const before = await new DataSource({ ...database.options, entities: ENTITIES }).initialize();
    for (const statement of TRIGGERS[kind]) await before.query(statement);
    await before.destroy();
    const options = { ...database.options, synchronize: false } as TestDatabase['options'];
    app = await bootApp({
      database: { ...database, options },
      entities: ENTITIES,
      controllers: [AccountController, ReadingController],
    });
    client = await connectClient(app);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  async function attempts(what: string): Promise<number> {
    return app.dataSource.getRepository(Attempt).countBy({ what });
  }

  it('marks what is destroyed, once', async () => {
    const { id } = await client.get('AccountController/Create', { name: 'Ann' });
    expect((await client.call('AccountController/Destroy', { id })).code).toBe(Status.OK);
    expect(await client.get('AccountController/Retrieve', { id })).toMatchObject({ closed: true });
    expect(await attempts('remove')).toBe(1);
    expect((await client.call('AccountController/Destroy', { id: 404 })).code).toBe(Status.NOT_FOUND);
  });

  it('keeps a row as it is, which the answer shows', async () => {
    const account = await client.get('AccountController/Create', { name: 'fixed' });
    const { id } = account;
    expect(await client.get('AccountController/Update', { id, name: 'loose' })).toEqual(account);
    const change = { id, name: 'loose', _partialUpdateFields: ['name'] };
    expect(await client.get('AccountController/PartialUpdate', change)).toEqual(account);
    expect(await attempts('update')).toBe(2);
  });

  // SQLite can neither put a row elsewhere and give it back, nor change it before it is written.
  if (kind === 'sqlite') return;

  it('stores a new row elsewhere, once', async () => {
    const reading = { id: 1, value: 7 };
    expect(await client.get('ReadingController/Create', reading)).toEqual(reading);
    expect((await client.get('ReadingController/List')).results).toEqual([reading]);
  });

  it('is none that gives the row back', async () => {
    const statements = await countQueries(app.dataSource, async () => {
      const account = await client.get('AccountController/Create', { name: ' Bob ' });
      expect(account).toMatchObject({ name: 'Bob' });
    });
    expect(statements).toHaveLength(1);
  });
});
