/** Where filters, order and pages are read, and how the reference's conventions differ. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CursorPagination, PageNumberPagination, type SocioGrpcOptions } from 'nestjs-socio-grpc';
import { CATALOG, CATALOG_CONTROLLERS, fillCatalog } from '../fixtures/catalog.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type Answer, type ProtoClient } from '../support/client.js';
import { createDatabase, type TestDatabase } from '../support/databases.js';
import { commentOf, fieldsOf } from '../support/proto-fields.js';
import { struct, type Json } from '../support/struct.js';

const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;

type Asked = { readonly [name: string]: Json };

describe('parameters of lists', () => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeEach(async () => {
    database = await createDatabase('sqlite');
  });

  afterEach(async () => {
    client?.close();
    await app?.close();
    await database.drop();
  });

  async function boot(options: SocioGrpcOptions): Promise<void> {
    app = await bootApp({ database, entities: CATALOG, controllers: CATALOG_CONTROLLERS, options });
    client = await connectClient(app);
    await fillCatalog(app.dataSource);
  }

  function list(
    { filters, pages }: { filters?: Asked; pages?: Asked },
    metadata: Record<string, string> = {},
    method = 'PoemController/List',
  ): Promise<Answer> {
    const request = {
      ...(filters && { _filters: struct(filters) }),
      ...(pages && { _pagination: struct(pages) }),
    };
    return client.call(method, request, { metadata });
  }

  function idsOf({ code, details, message }: Answer): number[] {
    expect(`${code} ${details}`).toBe('0 OK');
    return (message.results as { id: number }[]).map(({ id }) => id);
  }

  const BY_METADATA = {
    filters: JSON.stringify({ title: 'Ode' }),
    pagination: JSON.stringify({ page_size: 1, page: 1 }),
  };

  describe('of the request', () => {
    it('are read from the request alone', async () => {
      await boot({ filterBehavior: 'request', paginationBehavior: 'request' });
      expect(idsOf(await list({}, BY_METADATA))).toEqual([1, 2, 3, 4, 5, 6]);
      expect(idsOf(await list({ filters: { poet: 2 } }, BY_METADATA))).toEqual([3, 4]);
      expect(idsOf(await list({ filters: { poet: 2 }, pages: { page_size: 1, page: 2 } }))).toEqual([4]);
    });

    it('are listed in the comments of their fields', async () => {
      await boot({});
      const comments = (message: string, field: string) => commentOf(app.protoFile, message, field);
      expect(comments('PoemListRequest', '_filters')).toEqual([
        'filters: title, title__icontains, title__in, verses, verses__gte, verses__lt, verses__range, printed, ' +
          'printed__gte, printed__isnull, poet, poet__in, poet__isnull, poet__full_name, poet__full_name__ne, ' +
          'poet__full_name__startswith, poet__homeland, poet__homeland__isnull, poet__homeland__ne, topics, ' +
          'topics__text, topics__text__in, topics__text__ne, remarks__text, remarks__text__icontains',
        'search: title, poet__full_name, topics__text',
        'ordering: title, verses, printed, poet__full_name',
      ]);
      expect(comments('PoemListRequest', '_pagination')).toEqual(['pages: page, page_size']);
      expect(comments('PoemStreamRequest', '_filters')).toEqual(comments('PoemListRequest', '_filters'));
      expect(comments('ShownListRequest', '_filters')).toEqual([
        'filters: title, verse_counts, anonymous',
        'filter min_verses: at least so many verses',
        'other: shortest',
      ]);
    });

    it('are one set of names, in which pages win', async () => {
      await boot({});
      expect(
        idsOf(
          await list({ filters: { page_size: 1, poet: 1 }, pages: { page_size: 2, ordering: '-title' } }),
        ),
      ).toEqual([1, 2]);
    });
  });

  describe('of the metadata', () => {
    it('are read from the metadata alone', async () => {
      await boot({ filterBehavior: 'metadata', paginationBehavior: 'metadata' });
      expect(idsOf(await list({}, BY_METADATA))).toEqual([1]);
      const { message } = await list({}, { pagination: JSON.stringify({ page_size: 4, page: 2 }) });
      expect(message).toMatchObject({ results: [{ id: 5 }, { id: 6 }], count: 6 });
    });

    it('have no fields in the contract', async () => {
      await boot({ filterBehavior: 'metadata', paginationBehavior: 'metadata' });
      expect(fieldsOf(app.protoFile, 'PoemListRequest')).toEqual([]);
    });

    it('narrow what Retrieve finds too', async () => {
      await boot({ filterBehavior: 'metadata' });
      const retrieve = (title: string): Promise<Answer> =>
        client.call(
          'PoemController/Retrieve',
          { id: 1 },
          { metadata: { filters: JSON.stringify({ title }) } },
        );
      expect((await retrieve('Ode')).code).toBe(0);
      expect((await retrieve('Midnight')).code).toBe(NOT_FOUND);
    });

    it('are under other keys if the module says so', async () => {
      await boot({
        filterBehavior: 'metadata',
        paginationBehavior: 'metadata',
        metadataKeys: { filters: 'X-Filters', pagination: 'x-pages' },
      });
      expect(idsOf(await list({}, BY_METADATA))).toHaveLength(6);
      expect(idsOf(await list({}, { 'x-filters': '{"title": "Ode"}' }))).toEqual([1]);
      expect(idsOf(await list({}, { 'x-pages': '{"page_size": 2}' }))).toEqual([1, 2]);
    });

    it.each(['{', '', '[]', 'null', '"x"', '5', '{"a":}'])(
      'that are %j are refused with their key',
      async (text) => {
        await boot({ filterBehavior: 'metadata', paginationBehavior: 'metadata' });
        for (const key of ['filters', 'pagination']) {
          const { code, details } = await list({}, { [key]: text });
          expect(code).toBe(INVALID_ARGUMENT);
          expect(details).toContain(`metadata "${key}": expected a JSON object`);
        }
      },
    );
  });

  it('of both are merged name by name, and the request wins', async () => {
    await boot({ filterBehavior: 'metadata-and-request', paginationBehavior: 'metadata-and-request' });
    expect(idsOf(await list({}, BY_METADATA))).toEqual([1]);
    expect(idsOf(await list({ filters: { title: 'Midnight' } }, BY_METADATA))).toEqual([2]);
    expect(idsOf(await list({ filters: { poet: 1 } }, { filters: '{"verses": 4}' }))).toEqual([2]);
    expect(
      idsOf(await list({ pages: { page_size: 2 } }, { pagination: '{"page": 2, "page_size": 5}' })),
    ).toEqual([3, 4]);
  });

  describe('under the conventions dsg', () => {
    it('come in metadata, and lists have no pages', async () => {
      await boot({ conventions: 'dsg' });
      expect(fieldsOf(app.protoFile, 'PoemListRequest')).toEqual([]);
      expect(fieldsOf(app.protoFile, 'PoemListResponse')).toEqual(['results']);
      expect(
        idsOf(await list({}, { filters: '{"poet__full_name": "Sappho", "ordering": "-title"}' })),
      ).toEqual([1, 2]);
    });

    it('that mean nothing are ignored, as are empty values', async () => {
      await boot({ conventions: 'dsg' });
      const filters = { titel: 'x', title: '', poet: null, topics__text__in: [], poet__full_name: 'Li Bai' };
      expect(idsOf(await list({}, { filters: JSON.stringify(filters) }))).toEqual([3, 4]);
      expect(idsOf(await list({}, { filters: '{"ordering": ["nonsense", "-title", 5]}' }))[0]).toBe(6);
      expect(idsOf(await list({}, { filters: '{"ordering": "nonsense"}' }))).toEqual([1, 2, 3, 4, 5, 6]);
    });

    it('with bad values are refused', async () => {
      await boot({ conventions: 'dsg' });
      const { code, details } = await list({}, { filters: '{"verses": "many"}' });
      expect(code).toBe(INVALID_ARGUMENT);
      expect(JSON.parse(details)).toHaveProperty('verses');
    });

    it('page as the reference does', async () => {
      await boot({ conventions: 'dsg', pagination: PageNumberPagination.with({ pageSize: 4 }) });
      const pages = (asked: Asked): Promise<Answer> => list({}, { pagination: JSON.stringify(asked) });
      const shown = async (asked: Asked): Promise<number> => idsOf(await pages(asked)).length;
      expect((await pages({})).message.count).toBe(6);
      expect(await shown({})).toBe(4);
      expect(await shown({ page: 0 })).toBe(4);
      expect(await shown({ page: 2 })).toBe(2);
      expect(await shown({ page: '2' })).toBe(2);
      expect(await shown({ page: 'last' })).toBe(2);
      expect(await shown({ page_size: 5 })).toBe(5);
      for (const page_size of [-1, 0, 'many', 1.5]) expect(await shown({ page_size })).toBe(4);
      for (const page of [3, 1.5, 'x', -1]) {
        const { code, details } = await pages({ page });
        expect(code).toBe(NOT_FOUND);
        expect(JSON.parse(details)).toEqual({ message: 'Invalid page.', code: 'not_found' });
      }
    });

    it('find no page behind a cursor that is none', async () => {
      await boot({ conventions: 'dsg', pagination: CursorPagination.with({ pageSize: 4 }) });
      const pages = (asked: Asked): Promise<Answer> => list({}, { pagination: JSON.stringify(asked) });
      const { message } = await pages({});
      const rest = await pages({ cursor: message.nextCursor as string });
      expect([...idsOf(await pages({})), ...idsOf(rest)]).toEqual([1, 2, 3, 4, 5, 6]);
      const { code, details } = await pages({ cursor: 'none' });
      expect(code).toBe(NOT_FOUND);
      expect(JSON.parse(details)).toEqual({ message: 'Invalid cursor', code: 'not_found' });
    });

    it('are fields of the request where the behaviours say so', async () => {
      await boot({
        conventions: 'dsg',
        filterBehavior: 'request',
        paginationBehavior: 'request',
        pagination: PageNumberPagination,
      });
      expect(fieldsOf(app.protoFile, 'PoemListRequest')).toEqual(['_filters', '_pagination']);
      expect(fieldsOf(app.protoFile, 'PoemListResponse')).toEqual(['results', 'count']);
      expect(idsOf(await list({ filters: { title: 'Ode' } }, { filters: '{"title": "Midnight"}' }))).toEqual([
        1,
      ]);
    });
  });
});
