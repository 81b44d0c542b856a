/** Whatever goes wrong: a clear status, nothing half-written, and a server that goes on. */
import { status as Status } from '@grpc/grpc-js';
import {
  AllowAny,
  GenericCrudController,
  GrpcController,
  type GrpcContext,
  type Values,
} from 'nestjs-socio-grpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fillShelf,
  Label,
  SHELF,
  SHELF_CONTROLLERS,
  Volume,
  VolumeSerializer,
  Writer,
} from '../fixtures/shelf.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, DOORS, type ProtoClient } from '../support/client.js';
import { administer, createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';

const UNKNOWN_UUID = '00000000-0000-4000-8000-000000000000';

/** Stores the row, then changes its mind. */
@GrpcController({ serializer: VolumeSerializer, service: 'Fickle', permissions: [AllowAny] })
class FickleController extends GenericCrudController<Volume> {
  protected override async performCreate(values: Values<Volume>, ctx: GrpcContext): Promise<Volume> {
    await super.performCreate(values, ctx);
    throw new Error('secret: changed my mind');
  }

  protected override async performDestroy(object: Volume, ctx: GrpcContext): Promise<void> {
    await super.performDestroy(object, ctx);
    throw new Error('secret: changed my mind');
  }
}

/** Refers to a row that is not there, past all validation. */
@GrpcController({ serializer: VolumeSerializer, service: 'Dangling', permissions: [AllowAny] })
class DanglingController extends GenericCrudController<Volume> {
  protected override performCreate(values: Values<Volume>, ctx: GrpcContext): Promise<Volume> {
    return super.performCreate({ ...values, writer: { id: 99_999 } }, ctx);
  }
}

describe.each(DATABASES)('failures on %s', (kind) => {
  describe.each(DOORS)('through the %s door', (door) => {
    let database: TestDatabase;
    let app: TestApp;
    let client: ProtoClient;
    let writer: Writer;

    beforeAll(async () => {
      database = await createDatabase(kind);
      app = await bootApp({
        database,
        entities: SHELF,
        controllers: [...SHELF_CONTROLLERS, FickleController, DanglingController],
      });
      client = await connectClient(app, door);
      await fillShelf(app.dataSource, 4);
      writer = await app.dataSource.getRepository(Writer).findOneByOrFail({ name: 'Writer 1' });
    });

    afterAll(async () => {
      client?.close();
      await app?.close();
      await database?.drop();
    });

    const volumes = (): Promise<number> => app.dataSource.getRepository(Volume).count();

    it.each([
      ['a truncated message', Buffer.from([0x0a, 0x05, 0x41])],
      ['a field number of zero', Buffer.from([0x00, 0x01])],
      ['text that is not UTF-8', Buffer.from([0x12, 0x02, 0xc3, 0x28])],
      ['a varint without an end', Buffer.alloc(20, 0xff)],
    ])('answers %s with INVALID_ARGUMENT', async (_what, bytes) => {
      const before = await volumes();
      const answer = await client.callWithBytes('VolumeController/Create', bytes);
      expect(answer.code).toBe(Status.INVALID_ARGUMENT);
      expect(await volumes()).toBe(before);
    });

    it('answers an unknown key with NOT_FOUND in every action on one object', async () => {
      const body = { id: 99_999, title: 'x', writer: writer.id };
      for (const action of ['Retrieve', 'Update', 'PartialUpdate', 'Destroy'])
        expect(await client.call(`VolumeController/${action}`, body)).toMatchObject({
          code: Status.NOT_FOUND,
          details: 'Volume: 99999 not found!',
        });
    });

    it.each(['', 'no uuid', "' OR 1=1 --"])('answers the malformed key "%s" with NOT_FOUND', async (id) => {
      const answer = await client.call('LabelController/Retrieve', { id });
      expect(answer).toMatchObject({ code: Status.NOT_FOUND, details: `Label: ${id} not found!` });
    });

    it('answers fields that are unset, blank or too long with all reasons at once', async () => {
      const before = await volumes();
      expect(await client.call('VolumeController/Create', { writer: writer.id })).toMatchObject({
        code: Status.INVALID_ARGUMENT,
        details: '{"title": [{"message": "This field may not be blank.", "code": "blank"}]}',
      });
      expect(
        await client.call('VolumeController/Create', { title: 'x'.repeat(51), writer: writer.id }),
      ).toMatchObject({
        code: Status.INVALID_ARGUMENT,
        details:
          '{"title": [{"message": "Ensure this field has no more than 50 characters.", "code": "max_length"}]}',
      });
      expect(await volumes()).toBe(before);
    });

    it('answers references to nothing with the fields and writes nothing', async () => {
      const before = await volumes();
      const answer = await client.call('VolumeController/Create', {
        title: 'x',
        writer: 99_999,
        sequelOf: 88_888,
        labels: [UNKNOWN_UUID],
      });
      expect(answer.code).toBe(Status.INVALID_ARGUMENT);
      const doesNotExist = (key: unknown) => [
        {
          message: `Invalid pk "${String(key)}" - object does not exist.`,
          code: 'does_not_exist',
        },
      ];
      expect(JSON.parse(answer.details)).toEqual({
        writer: doesNotExist(99_999),
        sequel_of: doesNotExist(88_888),
        labels: doesNotExist(`${UNKNOWN_UUID.slice(0, 30)}…`),
      });
      expect(await volumes()).toBe(before);
    });

    it('answers a reference that only the database finds broken with FAILED_PRECONDITION', async () => {
      const before = await volumes();
      const answer = await client.call('DanglingController/Create', { title: 'x', writer: writer.id });
      expect(answer.code).toBe(Status.FAILED_PRECONDITION);
      expect(answer.details).not.toMatch(/constraint|INSERT|volume/i);
      expect(await volumes()).toBe(before);
    });

    it('answers the removal of what others refer to with FAILED_PRECONDITION', async () => {
      expect((await client.call('WriterController/Destroy', { id: writer.id })).code).toBe(
        Status.FAILED_PRECONDITION,
      );
      expect((await client.call('WriterController/Retrieve', { id: writer.id })).code).toBe(Status.OK);
    });

    it('answers a clash of unique values with ALREADY_EXISTS and the field', async () => {
      const writers = await app.dataSource.getRepository(Writer).count();
      const answer = await client.call('WriterController/Create', { name: 'Writer 1' });
      expect(answer.code).toBe(Status.ALREADY_EXISTS);
      expect(JSON.parse(answer.details)).toEqual({
        name: [{ message: 'This field must be unique.', code: 'unique' }],
      });
      expect(await app.dataSource.getRepository(Writer).count()).toBe(writers);
    });

    it('rolls back what a failing hook has written and keeps its reason to itself', async () => {
      const before = await volumes();
      const created = await client.call('FickleController/Create', { title: 'x', writer: writer.id });
      expect(created).toMatchObject({ code: Status.INTERNAL, details: 'internal error' });
      const fresh = await client.get('VolumeController/Create', { title: 'x', writer: writer.id });
      expect(await client.call('FickleController/Destroy', { id: fresh.id })).toMatchObject({
        code: Status.INTERNAL,
      });
      expect(await client.get('VolumeController/Retrieve', { id: fresh.id })).toEqual(fresh);
      await client.get('VolumeController/Destroy', { id: fresh.id });
      expect(await volumes()).toBe(before);
    });

    it('keeps exactly the acknowledged rows of parallel writes that fail now and then', async () => {
      const before = await volumes();
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_unused, n) =>
          client.call(`${n % 3 === 0 ? 'Fickle' : 'Volume'}Controller/Create`, {
            title: `parallel ${n}`,
            writer: writer.id,
          }),
        ),
      );
      const acknowledged = answers
        .filter(({ code }) => code === Status.OK)
        .map(({ message }) => message.title as string);
      expect(acknowledged).toHaveLength(40);
      const stored = await app.dataSource.getRepository(Volume).find();
      expect(
        stored
          .map(({ title }) => title)
          .filter((title) => title.startsWith('parallel'))
          .toSorted(),
      ).toEqual(acknowledged.toSorted());
      expect(await volumes()).toBe(before + 40);
    });

    it('answers UNAVAILABLE while the database is down and goes on when it is back', async () => {
      const label = await client.get('LabelController/Create', { text: 'before' });
      await takeDown();
      expect((await client.call('LabelController/Retrieve', { id: label.id })).code).toBe(Status.UNAVAILABLE);
      expect((await client.call('LabelController/Create', { text: 'meanwhile' })).code).toBe(
        Status.UNAVAILABLE,
      );
      expect((await client.call('VolumeController/Stream')).code).toBe(Status.UNAVAILABLE);
      await bringBack();
      expect(await client.get('LabelController/Create', { text: 'after' })).toMatchObject({ text: 'after' });
      expect(await app.dataSource.getRepository(Label).countBy({ text: 'meanwhile' })).toBe(0);
    });

    async function takeDown(): Promise<void> {
      if (kind === 'sqlite') return app.dataSource.destroy();
      const name = app.dataSource.driver.database!;
      await administer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await administer(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    }

    async function bringBack(): Promise<void> {
      if (kind === 'sqlite') await app.dataSource.initialize();
      else await administer(`ALTER DATABASE ${app.dataSource.driver.database!} ALLOW_CONNECTIONS true`);
    }
  });
});
