/** Who may do what with which object, cell by cell. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CALLERS,
  fillTenants,
  Memo,
  TENANT_CONTROLLERS,
  TENANT_ENTITIES,
  type CallerName,
  type Docs,
} from '../fixtures/tenants.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type Answer, type AnyMessage, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';
import { struct, type Json } from '../support/struct.js';

const OK = 0;
const NOT_FOUND = 5;
const DENIED = 7;
const UNAUTHENTICATED = 16;
const CALLER_NAMES = Object.keys(CALLERS) as CallerName[];
const OBJECTS = ['public', 'private', 'foreign', 'missing'] as const;
type ObjectName = keyof Docs;

const VISIBLE: Readonly<Record<CallerName, readonly ObjectName[]>> = {
  anonymous: ['public'],
  owner: ['public', 'private'],
  colleague: ['public', 'private'],
  stranger: ['public'],
  admin: ['public', 'private', 'foreign'],
};

function readCode(caller: CallerName, object: ObjectName): number {
  return VISIBLE[caller].includes(object) ? OK : NOT_FOUND;
}

function writeCode(caller: CallerName, object: ObjectName): number {
  if (caller === 'anonymous') return UNAUTHENTICATED;
  if (!VISIBLE[caller].includes(object)) return NOT_FOUND;
  return caller === 'admin' || caller === 'owner' ? OK : DENIED;
}

describe.each(cross(DATABASES, PATHS))('policies on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;
  let docs: Docs;
  let folder: number;
  let memo: number;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, path, entities: TENANT_ENTITIES, controllers: TENANT_CONTROLLERS });
    client = await connectClient(app);
  });

  beforeEach(async () => {
    ({ docs, folder, memo } = await fillTenants(app.dataSource));
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  function call(caller: CallerName, method: string, request: AnyMessage = {}): Promise<Answer> {
    return client.call(method, request, { metadata: { 'x-caller': caller } });
  }

  /** An answer about an object outside the scope must be the one about an object that is not there. */
  async function expectNoTrace(
    caller: CallerName,
    object: ObjectName,
    ask: (id: number) => Promise<Answer>,
  ): Promise<void> {
    const hidden = await ask(docs[object]);
    const missing = await ask(docs.missing);
    const shown = ({ details }: Answer, id: number): string => details.replace(String(id), 'ID');
    expect(`${caller} ${hidden.code} ${shown(hidden, docs[object])}`).toBe(
      `${caller} ${missing.code} ${shown(missing, docs.missing)}`,
    );
  }

  const values = { title: 'new', tenant: 'red', ownerId: 1, public: true };
  const READS = ['DocController/Retrieve', 'DocController/History'];
  const WRITES: Readonly<Record<string, object>> = {
    'DocController/Update': values,
    'DocController/PartialUpdate': { _partialUpdateFields: ['title'], title: 'new' },
    'DocController/Publish': {},
    'DocController/Destroy': {},
  };

  describe.each(CALLER_NAMES)('for %s', (caller) => {
    it.each(cross(READS, OBJECTS))('%s of the %s document', async (method, object) => {
      const ask = (id: number) => call(caller, method, { id });
      expect((await ask(docs[object])).code).toBe(readCode(caller, object));
      if (!VISIBLE[caller].includes(object)) await expectNoTrace(caller, object, ask);
    });

    it.each(cross(Object.keys(WRITES), OBJECTS))('%s of the %s document', async (method, object) => {
      const ask = (id: number) => call(caller, method, { id, ...WRITES[method] });
      if (!VISIBLE[caller].includes(object)) await expectNoTrace(caller, object, ask);
      const answer = await ask(docs[object]);
      expect(answer.code).toBe(writeCode(caller, object));
      if (answer.code === DENIED) expect(answer.details).toBe('Only the owner may do this.');
    });

    it.each(['DocController/List', 'DocController/Stream'])('%s', async (method) => {
      const { messages } = await call(caller, method);
      const found = (method.endsWith('List') ? messages[0].results : messages) as AnyMessage[];
      expect(found.map(({ title }) => title)).toEqual(VISIBLE[caller]);
    });

    it('Create', async () => {
      expect((await call(caller, 'DocController/Create', values)).code).toBe(
        caller === 'anonymous' ? UNAUTHENTICATED : OK,
      );
    });

    it('nested reads, and keys', async () => {
      const { message: read } = await call(caller, 'FolderController/Retrieve', { id: folder });
      expect(read.docs.map(({ title }: AnyMessage) => title)).toEqual(VISIBLE[caller]);
      expect(read.docKeys).toEqual(VISIBLE[caller].map((name) => docs[name]));
      const { message: noted } = await call(caller, 'MemoController/Retrieve', { id: memo });
      const sees = VISIBLE[caller].includes('private');
      expect(noted.nestedDoc?.title).toBe(sees ? 'private' : undefined);
      expect(noted.doc).toBe(sees ? docs.private : undefined);
      expect(noted.more.toSorted()).toEqual(VISIBLE[caller].map((name) => docs[name]).toSorted());
    });

    it.each(OBJECTS)('filters that look for the %s document', async (object) => {
      const seen = VISIBLE[caller].includes(object);
      const found = async (method: string, filters: { [name: string]: Json }): Promise<number> => {
        const { code, message } = await call(caller, method, { _filters: struct(filters) });
        expect(code).toBe(OK);
        return (message.results as unknown[]).length;
      };
      const id = docs[object];
      for (const filters of [{ id }, { id__in: [id] }, { title: object }, { search: object }])
        expect(await found('DocController/List', filters)).toBe(seen ? 1 : 0);
      // Through relations, whose scope is stated where they are shown.
      for (const filters of [
        { docs: id },
        { docs__in: [id, 999_998] },
        { docs__title: object },
        { docs__title__icontains: object.toUpperCase() },
        { search: object },
      ])
        expect(await found('FolderController/List', filters)).toBe(seen ? 1 : 0);
      for (const filters of [{ docs__ne: id }, { docs__title__ne: object }])
        expect(await found('FolderController/List', filters)).toBe(seen ? 0 : 1);
      for (const filters of [{ more: id }, { more__in: [id] }, { more__title: object }, { search: object }])
        expect(await found('MemoController/List', filters)).toBe(seen ? 1 : 0);
      const isItsDoc = seen && object === 'private';
      for (const filters of [{ doc: id }, { doc__in: [id] }, { doc__title: object }])
        expect(await found('MemoController/List', filters)).toBe(isItsDoc ? 1 : 0);
      for (const filters of [{ doc__ne: id }, { doc__title__ne: object }])
        expect(await found('MemoController/List', filters)).toBe(isItsDoc ? 0 : 1);
      const hidden = !VISIBLE[caller].includes('private');
      for (const filters of [{ doc__isnull: true }, { doc__title__isnull: true }])
        expect(await found('MemoController/List', filters)).toBe(hidden ? 1 : 0);
    });

    it('an order by what is hidden is an order by nothing', async () => {
      const memos = app.dataSource.getRepository(Memo);
      await memos.save({ text: 'none', doc: null });
      const { message } = await call(caller, 'MemoController/List', {
        _filters: struct({ ordering: '-doc__title' }),
      });
      const shown = (message.results as AnyMessage[]).map(({ doc }) => doc);
      const sees = VISIBLE[caller].includes('private');
      expect(shown.filter(Boolean)).toEqual(sees ? [docs.private] : []);
    });

    it.each(OBJECTS)('a foreign key to the %s document', async (object) => {
      const ask = (id: number) => call(caller, 'MemoController/Create', { text: 'x', doc: id, more: [id] });
      const { code, details } = await ask(docs[object]);
      if (caller === 'anonymous') return expect(code).toBe(UNAUTHENTICATED);
      expect(code).toBe(VISIBLE[caller].includes(object) ? OK : 3);
      if (code === OK) return undefined;
      const error = [
        { message: `Invalid pk "${docs[object]}" - object does not exist.`, code: 'does_not_exist' },
      ];
      expect(JSON.parse(details)).toEqual({ doc: error, more: error });
      return expectNoTrace(caller, object, (id) =>
        call(caller, 'MemoController/Create', { text: 'x', doc: id }),
      );
    });
  });

  it('what a caller does not see in a list of keys stays in it', async () => {
    const request = { id: memo, text: 'memo', doc: docs.public, more: [docs.public] };
    expect((await call('owner', 'MemoController/Update', request)).message.more).toEqual([docs.public]);
    const { message } = await call('admin', 'MemoController/Retrieve', { id: memo });
    expect(message.more.toSorted()).toEqual([docs.public, docs.foreign].toSorted());
  });

  it('a scope may go through relations', async () => {
    await app.dataSource.query(`UPDATE "doc" SET "folderId" = NULL WHERE "id" = ${docs.private}`);
    const { message } = await call('admin', 'NamedDocController/List');
    expect(message.results.map(({ title }: AnyMessage) => title)).toEqual(['public', 'foreign']);
    expect((await call('admin', 'NamedDocController/Retrieve', { id: docs.private })).code).toBe(NOT_FOUND);
    expect((await call('admin', 'NamedDocController/Destroy', { id: docs.private })).code).toBe(NOT_FOUND);
    expect((await call('admin', 'NamedDocController/Destroy', { id: docs.public })).code).toBe(OK);
  });
});
