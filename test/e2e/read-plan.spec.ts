import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fillShelf,
  Label,
  Note,
  Place,
  SHELF,
  SHELF_CONTROLLERS,
  Volume,
  Writer,
} from '../fixtures/shelf.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';

const VOLUMES = 100;

describe.each(cross(DATABASES, PATHS))('reading on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, path, entities: SHELF, controllers: SHELF_CONTROLLERS });
    client = await connectClient(app);
    await fillShelf(app.dataSource, VOLUMES);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it('lists 100 objects with a nested object and three to-many relations in one query each', async () => {
    const queries = await countQueries(app.dataSource, () => client.get('VolumeCardController/List'));
    expect(queries).toHaveLength(4);
  });

  it('takes as many queries for one object as for a hundred', async () => {
    const { id } = await app.dataSource.getRepository(Volume).findOneOrFail({ where: {} });
    const queries = await countQueries(app.dataSource, () =>
      client.get('VolumeCardController/Retrieve', { id }),
    );
    expect(queries).toHaveLength(4);
  });

  if (path === 'flat')
    it('selects no column that the message does not have', async () => {
      const [sql] = await countQueries(app.dataSource, () => client.get('WriterController/List'));
      const [selected] = /SELECT (.*) FROM/.exec(sql ?? '')!.slice(1);
      expect(selected?.match(/ AS /g)).toHaveLength(2);
    });

  it('gives what TypeORM itself loads', async () => {
    const { results } = await client.get('VolumeCardController/List');
    const volumes = await app.dataSource.getRepository(Volume).find({
      relations: { writer: true, labels: true, notes: true },
      order: { id: 'ASC' },
    });
    const byId = <T extends { id: number | string }>(items: T[]): T[] =>
      items.toSorted((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
    expect(results).toHaveLength(VOLUMES);
    for (const [index, volume] of volumes.entries()) {
      const card = results[index];
      expect(card).toMatchObject({ id: volume.id, title: volume.title, writerName: volume.writer.name });
      expect(card.writer).toMatchObject({ id: volume.writer.id, name: volume.writer.name });
      expect(byId(card.labels)).toMatchObject(byId(volume.labels).map(({ id, text }) => ({ id, text })));
      expect(card.notes).toMatchObject(
        volume.notes.toSorted((a, b) => a.id - b.id).map(({ id, text }) => ({ id, text })),
      );
      expect(card.noteTexts).toEqual(card.notes.map(({ text }: { text: string }) => text));
    }
  });

  it('streams what it lists', async () => {
    const { results } = await client.get('VolumeCardController/List');
    expect((await client.call('VolumeCardController/Stream')).messages).toEqual(results);
  });

  it('reads relations of relations in one query for each level', async () => {
    let tree: { results: { writer: { volumes: { labels: unknown[] }[] } }[] };
    const queries = await countQueries(app.dataSource, async () => {
      tree = await client.get('VolumeTreeController/List');
    });
    // Volumes with writer and sequel; labels of sequels; volumes of writers; labels of those.
    expect(queries.length).toBeLessThanOrEqual(4);
    expect(tree!.results[0]!.writer.volumes).toHaveLength(VOLUMES / 5);
    expect(tree!.results[0]!.writer.volumes.every(({ labels }) => labels.length === 2)).toBe(true);
  });

  it('leaves an empty to-one relation out and a full one in', async () => {
    const [first, second] = await app.dataSource
      .getRepository(Volume)
      .find({ order: { id: 'ASC' }, take: 2 });
    await app.dataSource.getRepository(Volume).update(second!.id, { sequelOf: { id: first!.id } });
    const tree = await client.get('VolumeTreeController/Retrieve', { id: second!.id });
    expect(tree.sequelOf).toMatchObject({ id: first!.id, title: first!.title });
    expect((await client.get('VolumeTreeController/Retrieve', { id: first!.id })).sequelOf).toBeUndefined();
    expect(await client.get('VolumeController/Retrieve', { id: second!.id })).toMatchObject({
      sequelOf: first!.id,
    });
    await app.dataSource.getRepository(Volume).update(second!.id, { sequelOf: null });
  });

  it('hides removed objects, nested ones too', async () => {
    const note = await app.dataSource
      .getRepository(Note)
      .findOneOrFail({ where: {}, relations: { volume: true } });
    const before = await client.get('VolumeCardController/Retrieve', { id: note.volume.id });
    expect(await client.call('NoteController/Destroy', { id: note.id })).toMatchObject({ code: 0 });
    const after = await client.get('VolumeCardController/Retrieve', { id: note.volume.id });
    expect(after.notes).toHaveLength(before.notes.length - 1);
    expect(await client.call('NoteController/Retrieve', { id: note.id })).toMatchObject({ code: 5 });
    expect(
      await app.dataSource.getRepository(Note).findOne({ where: { id: note.id }, withDeleted: true }),
    ).not.toBeNull();
    await app.dataSource.getRepository(Note).restore(note.id);
  });

  it('writes relations by key, to one and to many', async () => {
    const writer = await app.dataSource.getRepository(Writer).findOneByOrFail({ name: 'Writer 2' });
    const labels = await app.dataSource.getRepository(Label).find({ take: 3, order: { id: 'ASC' } });
    const keys = labels.map(({ id }) => id);
    const created = await client.get('VolumeController/Create', {
      title: 'New',
      writer: writer.id,
      labels: keys,
    });
    expect(created).toMatchObject({ title: 'New', writer: writer.id, labels: keys });
    const updated = await client.get('VolumeController/Update', {
      id: created.id,
      title: 'Newer',
      writer: writer.id,
      labels: keys.slice(1),
    });
    expect(updated).toMatchObject({ id: created.id, title: 'Newer', labels: keys.slice(1) });
    expect(await client.get('VolumeController/Retrieve', { id: created.id })).toEqual(updated);
    await client.get('VolumeController/Destroy', { id: created.id });
  });

  it('finds, changes and streams objects with a key of two parts', async () => {
    await app.dataSource.getRepository(Place).clear();
    for (const room of ['a', 'b'])
      for (const shelf of [1, 2])
        await client.get('PlaceController/Create', { room, shelf, remark: `${room}${shelf}` });
    expect(await client.get('PlaceController/Retrieve', { room: 'b', shelf: 1 })).toMatchObject({
      remark: 'b1',
    });
    await client.get('PlaceController/Update', { room: 'b', shelf: 1, remark: 'changed' });
    const { messages } = await client.call('PlaceController/Stream');
    expect(messages.map(({ remark }) => remark)).toEqual(['a1', 'a2', 'changed', 'b2']);
    await client.get('PlaceController/Destroy', { room: 'a', shelf: 2 });
    expect(await client.call('PlaceController/Retrieve', { room: 'a', shelf: 2 })).toMatchObject({
      code: 5,
      details: 'Place: a, 2 not found!',
    });
    expect(await client.call('PlaceController/Create', { room: 'b', shelf: 2 })).toMatchObject({ code: 6 });
  });
});
