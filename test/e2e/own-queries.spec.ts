/** Controllers whose `getQuery()` and `serialize()` are their own. */
import {
  AllowAny,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ListOfSelf,
  ModelSerializer,
  ProtoSerializer,
  StreamAction,
  withActions,
  type GrpcContext,
  type Message,
} from 'nestjs-socio-grpc';
import {
  Column,
  DeleteDateColumn,
  Entity,
  JoinTable,
  ManyToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type AnyMessage, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';

const NOT_FOUND = 5;

@Entity()
class Sticker {
  @PrimaryColumn({ type: 'bigint' }) id!: string;
}

@Entity()
class Note {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
  @Column({ default: 1 }) rank!: number;
  @Column({ default: false }) open!: boolean;
  @Column({ default: 'me' }) owner!: string;
  @ManyToMany(() => Sticker) @JoinTable() stickers!: Relation<Sticker>[];
  @DeleteDateColumn() deletedAt!: Date | null;
}

@Entity()
class Coin {
  @PrimaryColumn({ type: 'bigint' }) id!: string;
  @Column({ unique: true }) slug!: string;
  @Column({ default: 'new' }) state!: string;
}

@Entity()
class Cell {
  @PrimaryColumn() row!: number;
  @PrimaryColumn() column!: number;
  @Column({ default: '' }) value!: string;
}

@ModelSerializer({ model: Note })
class NoteSerializer extends ProtoSerializer<Note> {}
@ModelSerializer({ model: Coin })
class CoinSerializer extends ProtoSerializer<Coin> {}
@ModelSerializer({ model: Cell })
class CellSerializer extends ProtoSerializer<Cell> {}

abstract class Notes extends withActions(GenericCrudController, StreamAction)<Note> {}
const named = (service: string) =>
  GrpcController({ service, serializer: NoteSerializer, permissions: [AllowAny] });

@named('Either')
class EitherController extends Notes {
  protected override getQuery(ctx: GrpcContext) {
    const { alias } = this;
    return super.getQuery(ctx).where(`${alias}.open = true`).orWhere(`${alias}.owner = :me`, { me: 'me' });
  }
}

@named('Text')
class TextController extends Notes {
  protected override getQuery(ctx: GrpcContext) {
    return super.getQuery(ctx).where(`${this.alias}.open = true OR ${this.alias}.owner = 'me'`);
  }
}

@named('Joined')
class JoinedController extends Notes {
  protected override getQuery(ctx: GrpcContext) {
    return super.getQuery(ctx).innerJoin(`${this.alias}.stickers`, 'sticker');
  }
}

@named('Limited')
class LimitedController extends Notes {
  protected override getQuery(ctx: GrpcContext) {
    return super.getQuery(ctx).limit(3).offset(1);
  }
}

@named('Taken')
class TakenController extends Notes {
  protected override getQuery(ctx: GrpcContext) {
    return super.getQuery(ctx).take(3).skip(1).orderBy(`${this.alias}.id`);
  }
}

@named('Computed')
class ComputedController extends Notes {
  protected override getQuery(ctx: GrpcContext) {
    return super.getQuery(ctx).addSelect(`LENGTH(${this.alias}.text)`, 'len').orderBy('len', 'DESC');
  }
}

@named('Ranked')
class RankedController extends Notes {
  protected override getQuery(ctx: GrpcContext) {
    return super.getQuery(ctx).orderBy(`${this.alias}.rank`, 'DESC');
  }
}

@named('Trash')
class TrashController extends Notes {
  protected override getQuery(ctx: GrpcContext) {
    return super.getQuery(ctx).withDeleted();
  }

  @GrpcAction({ request: {}, response: ListOfSelf })
  async none(_request: object, ctx: GrpcContext) {
    return { results: await this.serialize([], ctx) };
  }
}

@named('Shouting')
class ShoutingController extends Notes {
  protected override serialize(object: Note, ctx: GrpcContext): Promise<Message>;
  protected override serialize(objects: readonly Note[], ctx: GrpcContext): Promise<Message[]>;
  protected override async serialize(
    objects: Note | readonly Note[],
    ctx: GrpcContext,
  ): Promise<Message | Message[]> {
    const shout = (message: Message): Message => ({
      ...message,
      text: String(message['text']).toUpperCase(),
    });
    if (!Array.isArray(objects)) return shout(await super.serialize(objects as Note, ctx));
    return (await super.serialize(objects as readonly Note[], ctx)).map(shout);
  }
}

@GrpcController({ serializer: CoinSerializer, lookup: 'slug', permissions: [AllowAny] })
class CoinController extends GenericCrudController<Coin> {}

@GrpcController({ serializer: CellSerializer, permissions: [AllowAny], pagination: null })
class CellController extends withActions(GenericCrudController, StreamAction)<Cell> {}

describe.each(cross(DATABASES, PATHS))('own queries on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      path,
      entities: [Note, Sticker, Coin, Cell],
      controllers: [
        EitherController,
        TextController,
        JoinedController,
        LimitedController,
        TakenController,
        ComputedController,
        RankedController,
        TrashController,
        ShoutingController,
        CoinController,
        CellController,
      ],
      options: { limits: { maxListRows: 5000 } },
    });
    client = await connectClient(app);
  });

  beforeEach(async () => {
    await app.dataSource.query('DELETE FROM "note_stickers_sticker"');
    for (const entity of [Note, Sticker, Coin, Cell]) await app.dataSource.getRepository(entity).deleteAll();
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const notes = () => app.dataSource.getRepository(Note);

  async function fill(count: number, make: (n: number) => object = () => ({})): Promise<void> {
    for (let at = 0; at < count; at += 200)
      await notes().insert(
        Array.from({ length: Math.min(200, count - at) }, (_each, n) => ({
          text: `t${at + n}`,
          ...make(at + n),
        })),
      );
  }

  async function listed(service: string): Promise<AnyMessage[]> {
    return (await client.get(`${service}Controller/List`)).results;
  }

  async function streamed(service: string): Promise<readonly AnyMessage[]> {
    const { code, messages } = await client.call(`${service}Controller/Stream`);
    expect(code).toBe(0);
    return messages;
  }

  it.each(['Either', 'Text'])(
    'with alternatives find, change and remove none of the other rows: %s',
    async (service) => {
      await fill(3, (n) => ({ open: n === 0, owner: ['you', 'me', 'other'][n] }));
      const [open, mine, foreign] = await notes().find({ order: { id: 'ASC' } });
      expect(await client.get(`${service}Controller/Retrieve`, { id: mine!.id })).toMatchObject({
        text: 't1',
      });
      expect(await client.get(`${service}Controller/Retrieve`, { id: open!.id })).toMatchObject({
        text: 't0',
      });
      const attempts = ['Retrieve', 'Update', 'PartialUpdate', 'Destroy'].map((action) =>
        client.call(`${service}Controller/${action}`, {
          id: foreign!.id,
          text: 'hacked',
          _partialUpdateFields: ['text'],
        }),
      );
      for (const { code } of await Promise.all(attempts)) expect(code).toBe(NOT_FOUND);
      expect(await notes().find({ order: { id: 'ASC' } })).toMatchObject([
        { text: 't0' },
        { text: 't1' },
        { text: 't2' },
      ]);
    },
  );

  it('with alternatives stream each row once, and end', async () => {
    await fill(1203, (n) => ({ open: n % 2 === 0 }));
    expect(new Set((await streamed('Either')).map(({ id }) => id)).size).toBe(1203);
  });

  it('with joins give each object once', async () => {
    await app.dataSource.getRepository(Sticker).insert([{ id: '1' }, { id: '2' }]);
    await notes().save({ text: 'two', stickers: [{ id: '1' }, { id: '2' }] });
    await fill(2);
    expect(await listed('Joined')).toMatchObject([{ text: 'two' }]);
    expect(await streamed('Joined')).toMatchObject([{ text: 'two' }]);
    const [{ id }] = (await listed('Joined')) as [AnyMessage];
    expect(await client.get('JoinedController/Retrieve', { id })).toMatchObject({ text: 'two', id });
  });

  it.each(['Limited', 'Taken'])('with limits keep them in lists only: %s', async (service) => {
    await fill(600);
    expect((await listed(service)).map(({ text }) => text)).toEqual(['t1', 't2', 't3']);
    expect((await streamed(service)).map(({ text }) => text)).toEqual(['t1', 't2', 't3']);
    const last = await notes().findOneByOrFail({ text: 't599' });
    expect(await client.get(`${service}Controller/Retrieve`, { id: last.id })).toMatchObject({
      text: 't599',
    });
  });

  it('with computed columns may order by them', async () => {
    await fill(3, (n) => ({ text: 'x'.repeat([2, 3, 1][n] as number) }));
    expect((await listed('Computed')).map(({ text }) => text)).toEqual(['xxx', 'xx', 'x']);
    expect((await streamed('Computed')).map(({ text }) => text)).toEqual(['xxx', 'xx', 'x']);
    const [{ id }] = (await listed('Computed')) as [AnyMessage];
    expect(await client.get('ComputedController/Retrieve', { id })).toMatchObject({ text: 'xxx' });
  });

  it('with an order that has ties stream each row once', async () => {
    await fill(2000, (n) => ({ rank: n % 2 }));
    const messages = await streamed('Ranked');
    expect(new Set(messages.map(({ id }) => id)).size).toBe(2000);
    expect(messages.slice(0, 1000).every(({ rank }) => rank === 1)).toBe(true);
  });

  it('with removed rows change these too', async () => {
    const { id } = await notes().save({ text: 'gone' });
    await notes().softDelete(id);
    expect(await listed('Trash')).toMatchObject([{ text: 'gone' }]);
    expect(await client.get('TrashController/Update', { id, text: 'again' })).toMatchObject({
      text: 'again',
    });
    expect(await client.get('TrashController/None')).toEqual({ results: [], count: 0 });
  });

  it('an own serialize() makes the messages of every action', async () => {
    const created = await client.get('ShoutingController/Create', { text: 'new' });
    expect(created).toMatchObject({ text: 'NEW' });
    await fill(2);
    expect(await client.get('ShoutingController/Retrieve', { id: created.id })).toMatchObject({
      text: 'NEW',
    });
    expect((await listed('Shouting')).map(({ text }) => text)).toEqual(['NEW', 'T0', 'T1']);
    expect((await streamed('Shouting')).map(({ text }) => text)).toEqual(['NEW', 'T0', 'T1']);
  });

  it('64-bit keys beyond 2^53 are exact whatever names the object', async () => {
    const big = ['9007199254740992', '9007199254740993'];
    const even = await client.get('CoinController/Create', { id: big[0], slug: 'even' });
    const odd = await client.get('CoinController/Create', { id: big[1], slug: 'odd' });
    expect([even.id, odd.id]).toEqual(big);
    const refused = kind === 'sqlite' && path === 'entity';
    const updated = await client.call('CoinController/Update', { ...odd, state: 'used' });
    expect(updated.code).toBe(refused ? 12 : 0);
    if (refused) return;
    expect(updated.message).toEqual({ ...odd, state: 'used' });
    await client.get('CoinController/Destroy', { slug: 'odd' });
    expect((await listed('Coin')).map(({ slug }) => slug)).toEqual(['even']);
  });

  it('64-bit keys in lists of keys are exact', async () => {
    const ids = ['9007199254740992', '9007199254740993', '9223372036854775807'];
    await app.dataSource.getRepository(Sticker).insert(ids.map((id) => ({ id })));
    const { id } = await client.get('RankedController/Create', { text: 'x', stickers: ids.slice(1) });
    if (kind === 'sqlite' && path === 'entity') return;
    const update = async (stickers: string[]): Promise<string[]> =>
      (await client.get('RankedController/Update', { id, text: 'x', stickers })).stickers;
    expect(await update(ids)).toEqual(ids);
    expect(await update([ids[1] as string])).toEqual([ids[1]]);
    expect(await update([ids[1] as string, ids[2] as string])).toEqual(ids.slice(1));
    expect(await update([])).toEqual([]);
  });

  it('keys of several parts are found by the thousand', async () => {
    const cells = app.dataSource.getRepository(Cell);
    for (let row = 0; row < 12; row++)
      await cells.insert(Array.from({ length: 100 }, (_each, column) => ({ row, column })));
    expect(await listed('Cell')).toHaveLength(1200);
    expect(await streamed('Cell')).toHaveLength(1200);
  });
});
