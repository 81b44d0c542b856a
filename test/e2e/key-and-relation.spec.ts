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
  JoinColumn,
  ManyToOne,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';

@Entity()
class Bill {
  @PrimaryGeneratedColumn() id!: number;
}

@Entity()
class BillLine {
  @PrimaryColumn() billId!: number;
  @PrimaryColumn() no!: number;
  @ManyToOne(() => Bill, { nullable: false }) @JoinColumn({ name: 'billId' }) bill!: Relation<Bill>;
  @Column() what!: string;
}

@Entity()
class Stub {
  @PrimaryColumn() billId!: number;
  @OneToOne(() => Bill) @JoinColumn({ name: 'billId' }) bill!: Relation<Bill>;
  @Column() note!: string;
}

@ModelSerializer({ model: BillLine })
class BillLineSerializer extends ProtoSerializer<BillLine> {}
@ModelSerializer({ model: Stub })
class StubSerializer extends ProtoSerializer<Stub> {}

@GrpcController({ serializer: BillLineSerializer, permissions: [AllowAny] })
class BillLineController extends withActions(GenericCrudController, StreamAction)<BillLine> {}
@GrpcController({ serializer: StubSerializer, permissions: [AllowAny] })
class StubController extends GenericCrudController<Stub> {}

describe.each(DATABASES)('a key column that is also the column of a relation, on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;
  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      entities: [Bill, BillLine, Stub],
      controllers: [BillLineController, StubController],
    });
    client = await connectClient(app);
    for (const id of [1, 2]) await app.dataSource.getRepository(Bill).insert({ id });
  });
  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it('is a field, and finds the object, where it is a part of the key', async () => {
    const nail = { billId: 2, no: 1, what: 'nail' };
    expect(await client.get('BillLineController/Create', nail)).toEqual(nail);
    await client.get('BillLineController/Create', { billId: 1, no: 1, what: 'bolt' });
    expect(await client.get('BillLineController/Retrieve', { billId: 2, no: 1 })).toEqual(nail);
    const screw = { ...nail, what: 'screw' };
    expect(await client.get('BillLineController/Update', screw)).toEqual(screw);
    const hook = { ...nail, what: 'hook' };
    expect(
      await client.get('BillLineController/PartialUpdate', { ...hook, _partialUpdateFields: ['what'] }),
    ).toEqual(hook);
    expect((await client.call('BillLineController/Stream')).messages).toEqual([
      { billId: 1, no: 1, what: 'bolt' },
      hook,
    ]);
    await client.get('BillLineController/Destroy', { billId: 2, no: 1 });
    expect(await client.get('BillLineController/List')).toEqual({
      results: [{ billId: 1, no: 1, what: 'bolt' }],
      count: 1,
    });
  });

  it('is a field where it is the whole key', async () => {
    const stub = { billId: 2, note: 'paid' };
    expect(await client.get('StubController/Create', stub)).toEqual(stub);
    expect(await client.get('StubController/Update', { ...stub, note: 'lost' })).toEqual({
      ...stub,
      note: 'lost',
    });
  });

  it('is refused where it leads nowhere', async () => {
    const { code } = await client.call('StubController/Create', { billId: 99, note: 'paid' });
    expect(code).toBe(9);
  });
});
