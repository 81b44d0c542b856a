/** Who may do what with which object, cell by cell. */
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  CALLERS,
  fillTenants,
  Memo,
  TENANT_CONTROLLERS,
  TENANT_ENTITIES,
  VisibleDocs,
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
const LIST_AND_STREAM = ['DocController/List', 'DocController/Stream'];
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
      if (answer.code === DENIED)
        expect(answer.details).toBe('You do not have permission to perform this action.');
    });

    const LISTS = [
      'DocController/List',
      'DocController/Stream',
      'DocController/Search',
      'DocController/Titles',
    ];

    function titlesIn(messages: readonly AnyMessage[]): string[] {
      const found = (messages[0]?.results ?? messages) as { title: string }[];
      return found.map(({ title }) => title);
    }

    it.each(LISTS)('%s', async (method) => {
      const { messages } = await call(caller, method);
      expect(titlesIn(messages)).toEqual(VISIBLE[caller]);
      const { count } = messages[0];
      if (count !== undefined) expect(count).toBe(VISIBLE[caller].length);
    });

    it.each(cross(LISTS, OBJECTS))('%s that looks for the %s document', async (method, object) => {
      const seen = VISIBLE[caller].includes(object);
      const id = docs[object];
      for (const filters of [{ id }, { id__in: [id] }, { title: object }, { search: object }]) {
        const { code, messages } = await call(caller, method, { _filters: struct(filters) });
        expect(code).toBe(OK);
        expect(titlesIn(messages[0] ? messages : [])).toEqual(seen ? [object] : []);
        if (messages[0]?.count !== undefined) expect(messages[0].count).toBe(seen ? 1 : 0);
      }
      const { messages } = await call(caller, method, { _filters: struct({ id__ne: id }) });
      expect(titlesIn(messages)).toEqual(VISIBLE[caller].filter((name) => name !== object));
    });

    it('Create', async () => {
      expect((await call(caller, 'DocController/Create', values)).code).toBe(
        caller === 'anonymous' ? UNAUTHENTICATED : OK,
      );
    });

    const NESTED_READS: Readonly<Record<string, object>> = {
      List: {},
      Stream: {},
      Retrieve: {},
      Update: { name: 'named', text: 'memo' },
      PartialUpdate: { _partialUpdateFields: ['name', 'text'], name: 'named', text: 'memo' },
    };

    it.each(Object.keys(NESTED_READS))('nested documents and keys in the answer of %s', async (action) => {
      const read = async (service: string, id: number): Promise<AnyMessage> => {
        const writes = action.endsWith('Update');
        const request: AnyMessage = { id, ...NESTED_READS[action] };
        if (action === 'PartialUpdate')
          request._partialUpdateFields = [service === 'Folder' ? 'name' : 'text'];
        // Left out of an update the key would be taken away.
        if (action === 'Update' && service === 'Memo') request.doc = docs.public;
        const { code, message } = await call(caller, `${service}Controller/${action}`, request);
        expect(code).toBe(writes && caller === 'anonymous' ? UNAUTHENTICATED : OK);
        return message?.results?.[0] ?? message;
      };
      const shownFolder = await read('Folder', folder);
      const shownMemo = await read('Memo', memo);
      if (!shownFolder || !shownMemo) return;
      expect(shownFolder.docs.map(({ title }: AnyMessage) => title)).toEqual(VISIBLE[caller]);
      expect(shownFolder.docKeys).toEqual(VISIBLE[caller].map((name) => docs[name]));
      const sees = VISIBLE[caller].includes('private');
      const inIt = action === 'Update' ? 'public' : sees ? 'private' : undefined;
      expect(shownMemo.nestedDoc?.title).toBe(inIt);
      expect(shownMemo.doc).toBe(inIt && docs[inIt]);
      if (action !== 'Update')
        expect(shownMemo.more.toSorted()).toEqual(VISIBLE[caller].map((name) => docs[name]).toSorted());
    });

    it.each(OBJECTS)('the %s document put into a folder', async (object) => {
      const ask = (id: number) =>
        call(caller, 'BinderController/Update', { id: folder, name: 'named', docs: [{ id }] });
      if (caller === 'anonymous') return expect((await ask(docs[object])).code).toBe(UNAUTHENTICATED);
      if (!VISIBLE[caller].includes(object)) await expectNoTrace(caller, object, ask);
      expect((await ask(docs[object])).code).toBe(VISIBLE[caller].includes(object) ? OK : 3);
      // What the caller does not see stays where it is, whatever was replaced.
      const { message } = await call('admin', 'FolderController/Retrieve', { id: folder });
      const left = new Set<number>(message.docKeys);
      for (const name of ['public', 'private', 'foreign'] as const)
        if (!VISIBLE[caller].includes(name)) expect(left.has(docs[name])).toBe(true);
      return undefined;
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

    it.each(cross(['Create', 'Update', 'PartialUpdate'], OBJECTS))(
      '%s with foreign keys to the %s document',
      async (action, object) => {
        const ask = (id: number, keys: object = { doc: id, more: [id] }) =>
          call(caller, `MemoController/${action}`, {
            ...(action !== 'Create' && { id: memo }),
            ...(action === 'PartialUpdate' && { _partialUpdateFields: Object.keys(keys) }),
            text: 'x',
            ...keys,
          });
        const { code, details, message } = await ask(docs[object]);
        if (caller === 'anonymous') return expect(code).toBe(UNAUTHENTICATED);
        expect(code).toBe(VISIBLE[caller].includes(object) ? OK : 3);
        if (code === OK) return expect(message.doc).toBe(docs[object]);
        const error = [
          { message: `Invalid pk "${docs[object]}" - object does not exist.`, code: 'does_not_exist' },
        ];
        expect(JSON.parse(details)).toEqual({ doc: error, more: error });
        await expectNoTrace(caller, object, (id) => ask(id, { doc: id }));
        return expectNoTrace(caller, object, (id) => ask(id, { more: [id] }));
      },
    );
  });

  it('what a caller does not see in a list of keys stays in it', async () => {
    const request = { id: memo, text: 'memo', doc: docs.public, more: [docs.public] };
    expect((await call('owner', 'MemoController/Update', request)).message.more).toEqual([docs.public]);
    const { message } = await call('admin', 'MemoController/Retrieve', { id: memo });
    expect(message.more.toSorted()).toEqual([docs.public, docs.foreign].toSorted());
  });

  it('a scope that gives a promise, or nothing, shows nothing', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const where = vi.spyOn(VisibleDocs.prototype, 'where');
    for (const given of [Promise.resolve({ tenant: 'red' }), undefined, null, 'tenant', 5, [undefined]]) {
      where.mockReturnValue(given as never);
      for (const method of LIST_AND_STREAM)
        expect(await call('owner', method)).toMatchObject({
          code: 13,
          details: 'internal error',
          messages: [],
        });
      expect((await call('owner', 'DocController/Destroy', { id: docs.public })).code).toBe(13);
    }
    expect(String(error.mock.calls[0]?.[1])).toContain(
      'VisibleDocs: where() gave a promise. Expected conditions',
    );
    vi.restoreAllMocks();
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
