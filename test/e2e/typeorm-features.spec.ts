import { readFile } from 'node:fs/promises';
import { DefaultNamingStrategy } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnimalName, Bill, Cat, Dog, FEATURE_CONTROLLERS, FEATURES, Order } from '../fixtures/features.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { administer, createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';

/** Every name in the database is another one than in the code. */
class ShoutingNames extends DefaultNamingStrategy {
  override tableName(target: string, given: string | undefined): string {
    return `T_${(given ?? target).toUpperCase()}`;
  }

  override columnName(property: string, given: string | undefined, prefixes: string[]): string {
    return given ?? [...prefixes, property].join('__').toUpperCase();
  }
}

const VARIANTS = [
  { names: 'plain', path: 'flat', options: {} },
  { names: 'plain', path: 'entity', options: {} },
  { names: 'prefixed', path: 'flat', options: { entityPrefix: 'app_' } },
  { names: 'renamed', path: 'flat', options: { namingStrategy: new ShoutingNames() } },
  { names: 'schema-qualified', path: 'flat', options: { schema: 'shop' } },
] as const;

describe.each(DATABASES)('TypeORM features on %s', (kind) => {
  const variants = VARIANTS.filter(({ options }) => kind === 'postgres' || !('schema' in options));
  describe.each(variants)('with $names names, $path path', ({ names, path, options }) => {
    let database: TestDatabase;
    let app: TestApp;
    let client: ProtoClient;

    beforeAll(async () => {
      database = await createDatabase(kind);
      // The expression of a view names its tables itself.
      const entities = names === 'plain' ? FEATURES : FEATURES.filter((entity) => entity !== AnimalName);
      const controllers =
        names === 'plain'
          ? FEATURE_CONTROLLERS
          : FEATURE_CONTROLLERS.filter(({ name }) => name !== 'AnimalNameController');
      const merged = { ...database, options: { ...database.options, ...options } } as TestDatabase;
      if (names === 'schema-qualified') await administer('CREATE SCHEMA shop', database.url);
      app = await bootApp({ database: merged, path, entities: entities as never, controllers });
      client = await connectClient(app);
    });

    afterAll(async () => {
      client?.close();
      await app?.close();
      await database?.drop();
    });

    const order = { name: { first: 'Ada', last: 'Lovelace' }, select: 'x' };

    it('embedded columns are a nested message', async () => {
      const created = await client.get('OrderController/Create', order);
      expect(created).toMatchObject(order);
      expect(await client.get('OrderController/Retrieve', { id: created.id })).toEqual(created);
      const changed = await client.get('OrderController/Update', {
        ...order,
        id: created.id,
        name: { first: 'Eve' },
      });
      expect(changed.name).toMatchObject({ first: 'Eve' });
      expect(changed.name.last).toBeUndefined();
      const answer = await client.call('OrderController/Create', {
        ...order,
        name: { first: 'x'.repeat(21) },
      });
      expect(JSON.parse(answer.details)).toEqual({
        name: {
          first: [{ message: 'Ensure this field has no more than 20 characters.', code: 'max_length' }],
        },
      });
    });

    it('versions and dates are raised by every write and never written', async () => {
      const created = await client.get('OrderController/Create', order);
      expect(created.version).toBe(1);
      const changed = await client.get('OrderController/Update', { ...order, id: created.id, select: 'y' });
      expect(changed).toMatchObject({ version: 2, created: created.created, select: 'y' });
    });

    it('columns for one kind of write keep out of the other', async () => {
      const created = await client.get('OrderController/Create', {
        ...order,
        createOnly: 'a',
        updateOnly: 'a',
      });
      expect(created).toMatchObject({ createOnly: 'a', updateOnly: 'later' });
      const request = { ...order, id: created.id, createOnly: 'b', updateOnly: 'b' };
      expect(await client.get('OrderController/Update', request)).toMatchObject({
        createOnly: 'a',
        updateOnly: 'b',
      });
    });

    it('a secret column is in no answer, and written where it is declared', async () => {
      const created = await client.get('OrderSecretController/Create', { ...order, secret: 'TOP-SECRET 2' });
      expect(JSON.stringify(created)).not.toMatch(/secret/i);
      const stored = await app.dataSource
        .getRepository(Order)
        .findOneOrFail({ where: { id: created.id }, select: { id: true, secret: true } });
      expect(stored.secret).toBe('TOP-SECRET 2');
      const proto = await readFile(app.protoFile, 'utf8');
      expect(proto.match(/secret/g)).toHaveLength(2);
      expect(/message OrderSecretRequest \{[^}]*secret/.test(proto)).toBe(true);
      expect(/message OrderSecretPartialUpdateRequest \{[^}]*secret/.test(proto)).toBe(true);
    });

    it('a one-to-one relation is read from both sides', async () => {
      const { id } = await client.get('OrderController/Create', order);
      expect((await client.get('OrderWithBillController/Retrieve', { id })).bill).toBeUndefined();
      const number = '9007199254740993';
      const bill = await client.get('BillController/Create', { number, order: id });
      expect(bill).toMatchObject({ number, order: id });
      expect(await client.get('BillController/Retrieve', { number })).toEqual(bill);
      expect((await client.get('OrderWithBillController/Retrieve', { id })).bill).toMatchObject({
        number,
        order: id,
      });
      expect((await client.call('BillController/Retrieve', { number: '9007199254740992' })).code).toBe(5);
      // Entities hold rounded keys there: better no write than one to another row.
      const refused = kind === 'sqlite' && path === 'entity';
      expect((await client.call('BillController/Update', bill)).code).toBe(refused ? 12 : 0);
      expect((await client.call('BillController/Destroy', { number })).code).toBe(refused ? 12 : 0);
      expect(await app.dataSource.getRepository(Bill).count()).toBe(refused ? 1 : 0);
    });

    it('a relation to a column that is no key', async () => {
      const country = await client.get('CountryController/Create', { code: 'fr' });
      const town = await client.get('TownController/Create', { country: country.id });
      expect(town).toMatchObject({ country: country.id });
      expect(await client.get('CountryController/Retrieve', { id: country.id })).toMatchObject({
        towns: [town.id],
      });
    });

    it('a child entity has its own and its parent columns, and sees its own rows', async () => {
      await app.dataSource.getRepository(Cat).save({ name: 'Tom', lives: 9 });
      const dog = await client.get('DogController/Create', { name: 'Rex', breed: 'mutt' });
      expect(dog).toMatchObject({ name: 'Rex', breed: 'mutt' });
      expect((await client.get('DogController/List')).results).toEqual([dog]);
      expect(await client.get('DogController/Update', { id: dog.id, name: 'Max' })).toMatchObject({
        name: 'Max',
      });
      expect(await app.dataSource.getRepository(Dog).count()).toBe(1);
      await client.get('DogController/Destroy', { id: dog.id });
    });

    if (names === 'plain')
      it('a view is read', async () => {
        const { results } = await client.get('AnimalNameController/List');
        expect(results).toMatchObject([{ name: 'Tom' }]);
      });

    it('a tree has its parent and children as keys', async () => {
      const root = await client.get('FolderController/Create', { name: 'root' });
      const child = await client.get('FolderController/Create', { name: 'child', parent: root.id });
      expect(child).toMatchObject({ parent: root.id, children: [] });
      expect(await client.get('FolderController/Retrieve', { id: root.id })).toMatchObject({
        children: [child.id],
      });
    });

    it('an entity schema is as good as a class', async () => {
      const gadget = await client.get('GadgetController/Create', {
        label: 'drill',
        built: '2026-01-02T03:04:05Z',
      });
      expect(gadget).toMatchObject({ label: 'drill', built: '2026-01-02T03:04:05.000Z' });
      expect((await client.call('GadgetController/Stream')).messages).toEqual([gadget]);
      expect((await client.call('GadgetController/Create', { label: 'x'.repeat(11) })).code).toBe(3);
    });
  });
});
