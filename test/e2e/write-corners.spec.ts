/** What a write in one statement stores, refuses and answers where models or values are unusual: the same as TypeORM's. */
import type { Type } from '@nestjs/common';
import { status as Status } from '@grpc/grpc-js';
import {
  AllowAny,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  ProtoSerializer,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import {
  ChildEntity,
  Column,
  Entity,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  TableInheritance,
  type Logger,
  type ObjectLiteral,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { struct } from '../support/struct.js';

const to = (make: (value: string) => unknown) => ({
  to: (value: string | null | undefined) => (value === null || value === undefined ? value : make(value)),
  from: (value: unknown) => value,
});

/** Texts of which a transformer makes something else. */
@Entity()
class Turned {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ type: 'text', transformer: to(Number) }) number!: string;
  @Column({ type: 'text', nullable: true, transformer: to((value) => value === 'yes') }) flag!: string | null;
  @Column({ type: 'text', nullable: true, transformer: to((value) => new Date(value)) }) moment!:
    string | null;
}

@Entity()
class Account {
  @PrimaryGeneratedColumn() id!: number;
  private address!: string;
  @Column({ type: 'text' }) get mail(): string {
    return this.address;
  }
  set mail(value: string) {
    this.address = value?.toLowerCase();
  }
}

@Entity()
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
class Animal {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@ChildEntity()
class Dog extends Animal {}

@Entity()
class Flea {
  @PrimaryGeneratedColumn() id!: number;
  @ManyToOne(() => Dog, { nullable: true }) host!: Relation<Dog> | null;
}

@Entity()
class Facts {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ type: 'jsonb' }) all!: object;
}

@Entity()
class Drawer {
  @PrimaryColumn({ type: 'smallint' }) id!: number;
  @Column({ type: 'real', nullable: true }) width!: number | null;
  @Column({ type: 'varchar', nullable: true }) label!: string | null;
  @Column({ type: 'varchar', nullable: true, asExpression: `"label" || '!'`, generatedType: 'STORED' })
  shout!: string | null;
}

const ENTITIES: readonly Type<object>[] = [Turned, Account, Animal, Dog, Flea, Facts, Drawer];

/** Of each model, one that writes in single statements and one that TypeORM writes for. */
const CONTROLLERS = ENTITIES.flatMap((model): Type<object>[] => {
  class Serializer extends ProtoSerializer<ObjectLiteral> {}
  Object.defineProperty(Serializer, 'name', { value: `${model.name}Serializer` });
  const relations = model === Flea ? { fields: ['id', 'host'] } : {};
  ModelSerializer({ model, ...relations } as never)(Serializer as never);
  class Controller extends GenericCrudController<ObjectLiteral> {}
  class QueriedController extends GenericCrudController<ObjectLiteral> {
    protected override getRepository(ctx: GrpcContext) {
      return super.getRepository(ctx);
    }
  }
  const options = { serializer: Serializer, permissions: [AllowAny] };
  GrpcController({ ...options, service: model.name })(Controller as never);
  GrpcController({ ...options, service: `Queried${model.name}` })(QueriedController as never);
  return [Controller, QueriedController];
});

describe.each(DATABASES)('writes of unusual rows on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, entities: ENTITIES, controllers: CONTROLLERS });
    client = await connectClient(app);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  /** What both ways answer, without the key that the database makes. */
  async function both(model: string, action: string, request: object) {
    const answer = async (service: string) => {
      const { code, details, message } = await client.call(`${service}Controller/${action}`, request);
      return { code, details, message: { ...(message as object), id: 0 } as ObjectLiteral };
    };
    const one = await answer(model);
    expect(one).toEqual(await answer(`Queried${model}`));
    return one;
  }

  it('keep numbers, flags and moments in texts as TypeORM writes them', async () => {
    for (const number of ['5', '-0', '5.5', '1e15', '9007199254740993', '1e21'])
      expect((await both('Turned', 'Create', { number, flag: 'yes' })).code).toBe(Status.OK);
    await both('Turned', 'Create', { number: '1', flag: 'no', moment: '2026-01-02T03:04:05.006Z' });
    await both('Turned', 'Update', { id: 1, number: '7', flag: 'no' });
  });

  it('go through the setters of a class', async () => {
    const { message } = await both('Account', 'Create', { mail: 'Ann@Example.org' });
    expect(message).toMatchObject({ mail: 'ann@example.org' });
  });

  it('refer to objects of the right kind only', async () => {
    const animal = await client.get('AnimalController/Create', { name: 'cat' });
    const dog = await client.get('DogController/Create', { name: 'dog' });
    expect((await both('Flea', 'Create', { host: dog.id })).code).toBe(Status.OK);
    expect(await both('Flea', 'Create', { host: animal.id })).toMatchObject({
      code: Status.INVALID_ARGUMENT,
      details: expect.stringContaining('object does not exist') as string,
    });
  });

  it('answer with JSON', async () => {
    const { code } = await both('Facts', 'Create', { all: struct({ a: 1, b: ['x', null] }) });
    expect(code).toBe(Status.OK);
    const { id } = await client.get('FactsController/Create', { all: struct({}) });
    await both('Facts', 'Update', { id, all: struct({ c: true }) });
    expect(await client.get('FactsController/Retrieve', { id })).toEqual(
      await client.get('FactsController/Update', { id, all: struct({ c: true }) }),
    );
  });

  it('find no row where the key, or a value for it, is one that the database cannot read', async () => {
    await client.get('DrawerController/Create', { id: 1 });
    const none = { code: Status.NOT_FOUND };
    expect(await both('Drawer', 'Update', { id: 70_000, label: 'a' })).toMatchObject(none);
    expect(await both('Drawer', 'Destroy', { id: 70_000 })).toMatchObject(none);
    expect(await both('Drawer', 'Update', { id: 2, width: 1e308 })).toMatchObject(
      kind === 'postgres' ? none : {},
    );
    await both('Drawer', 'Update', { id: 1, width: 1e308 });
  });

  it('leave generated columns to the database', async () => {
    const made = await client.get('DrawerController/Create', { id: 3, label: 'a' });
    expect(made).toMatchObject({ shout: 'a!' });
    expect(await both('Drawer', 'Update', { id: 3, label: 'b' })).toMatchObject({ message: { shout: 'b!' } });
  });

  it('show loggers values that are JSON', async () => {
    const before = app.dataSource.logger;
    const logged: string[] = [];
    const silent = (): void => undefined;
    app.dataSource.logger = {
      logQuery: (_sql, values) => void logged.push(JSON.stringify(values)),
      logQueryError: silent,
      logQuerySlow: silent,
      logSchemaBuild: silent,
      logMigration: silent,
      log: silent,
    } satisfies Logger;
    try {
      const { id } = await client.get('TurnedController/Create', { number: '5' });
      await client.get('TurnedController/Retrieve', { id });
      await client.get('TurnedController/Destroy', { id });
      await client.get('DrawerController/Create', { id: 9, width: 5 });
    } finally {
      app.dataSource.logger = before;
    }
    expect(logged.join()).toContain('5');
  });
});
