import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOG, CATALOG_CONTROLLERS, fillCatalog } from '../fixtures/catalog.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type Answer, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';
import { struct, type Json } from '../support/struct.js';

const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;

type Asked = { readonly [name: string]: Json };
interface Row {
  readonly id: number;
  readonly title: string;
}

describe.each(cross(DATABASES, PATHS))('filters on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, path, entities: CATALOG, controllers: CATALOG_CONTROLLERS });
    client = await connectClient(app);
    await fillCatalog(app.dataSource);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  function ask(filters: Asked, method = 'PoemController/List'): Promise<Answer> {
    return client.call(method, { _filters: struct(filters) });
  }

  async function idsOf(filters: Asked, method?: string): Promise<number[]> {
    const { code, details, message } = await ask(filters, method);
    expect(`${code} ${details}`).toBe('0 OK');
    expect(message.count).toBe(message.results.length);
    return (message.results as Row[]).map(({ id }) => id);
  }

  const TABLE: readonly [Asked, readonly number[]][] = [
    [{}, [1, 2, 3, 4, 5, 6]],
    [{ title: 'Ode' }, [1]],
    [{ title__icontains: 'NIGHT' }, [2, 3, 6]],
    [{ title__icontains: '100%' }, [6]],
    [{ title__in: ['Ode', 'Beowulf', 'none'] }, [1, 5]],
    [{ title__in: 'Ode,Beowulf' }, [1, 5]],
    [{ title__icontains: 'night', verses: 4 }, [2, 3]],
    [{ verses__range: [4, 14] }, [2, 3, 4, 6]],
    [{ verses__range: '14,28' }, [1, 4, 6]],
    [{ printed__isnull: true }, [1, 6]],
    // The key of a to-one relation's target.
    [{ poet: 2 }, [3, 4]],
    [{ poet__isnull: true }, [5, 6]],
    [{ poet__in: [1, 2, 99] }, [1, 2, 3, 4]],
    // Behind a to-one relation.
    [{ poet__full_name: 'Sappho' }, [1, 2]],
    [{ poet__full_name__startswith: 'Li' }, [3, 4]],
    [{ poet__full_name__ne: 'Sappho' }, [3, 4, 5, 6]],
    [{ poet__homeland__isnull: true }, [3, 4, 5, 6]],
    [{ poet__homeland__isnull: false }, [1, 2]],
    [{ poet__homeland__ne: 'Lesbos' }, [3, 4, 5, 6]],
    // Behind to-many relations: each object once, whatever the number of related rows.
    [{ topics: 1 }, [2, 3, 4]],
    [{ topics__text: 'moon' }, [2, 3, 4]],
    [{ topics__text__in: ['moon', 'love'] }, [1, 2, 3, 4]],
    [{ topics__text__ne: 'moon' }, [1, 5, 6]],
    [{ topics__text: 'moon', poet__full_name: 'Sappho' }, [2]],
    [{ remarks__text__icontains: 'fine' }, [1, 3]],
    // Other ways to write a name.
    [{ 'poet.fullName': 'Sappho' }, [1, 2]],
    [{ poet__fullName__startswith: 'Sa' }, [1, 2]],
    [{ 'poet.full_name.startswith': 'Sa' }, [1, 2]],
  ];

  it.each(TABLE)('%j finds %j', async (filters, expected) => {
    expect(await idsOf(filters)).toEqual(expected);
  });

  it('streams what List finds', async () => {
    const { messages } = await ask({ topics__text: 'moon' }, 'PoemController/Stream');
    expect((messages as Row[]).map(({ id }) => id)).toEqual([2, 3, 4]);
  });

  it('takes one statement, however many relations are looked through', async () => {
    for (const filters of [{}, { poet__full_name: 'Sappho', topics__text: 'love', remarks__text: 'fine' }]) {
      const statements = await countQueries(app.dataSource, () => ask(filters));
      expect(statements).toHaveLength(1);
    }
  });

  it('reads the key of a related object from the row itself', async () => {
    const [sql] = await countQueries(app.dataSource, () => ask({ poet: 1 }));
    expect(sql).not.toMatch(/EXISTS|JOIN/);
  });

  it('has the same statement for all values of one shape', async () => {
    const seen = new Set<string>();
    for (const verses of [0, 4, 2 ** 31 - 1, -1])
      for (const sql of await countQueries(app.dataSource, () => ask({ verses__gte: verses }))) seen.add(sql);
    expect(seen.size).toBe(1);
  });

  describe('refuses', () => {
    it('unknown names, with the known ones', async () => {
      const { code, details } = await ask({ titel: 'Ode', poet__name: 'x' });
      expect(code).toBe(INVALID_ARGUMENT);
      const errors = JSON.parse(details) as Record<string, [{ message: string; code: string }]>;
      expect(Object.keys(errors)).toEqual(['titel', 'poet__name']);
      expect(errors['titel']![0]).toMatchObject({ code: 'unknown' });
      expect(errors['titel']![0].message).toContain('poet__full_name__startswith');
      expect(errors['titel']![0].message).toContain('ordering');
    });

    it('lookups that are not declared', async () => {
      expect((await ask({ title__startswith: 'O' })).code).toBe(INVALID_ARGUMENT);
    });

    it('every bad value at once, by the name of its filter', async () => {
      const { code, details } = await ask({ verses: 'many', printed__gte: 'soon', title: 'Ode' });
      expect(code).toBe(INVALID_ARGUMENT);
      expect(JSON.parse(details)).toEqual({
        verses: [{ message: 'A valid integer is required.', code: 'invalid' }],
        printed__gte: [
          {
            message: 'Date has wrong format. Use one of these formats instead: YYYY-MM-DD.',
            code: 'invalid',
          },
        ],
      });
    });

    it('longer lists than limits.inList', async () => {
      const list = Array.from({ length: 201 }, (_each, index) => String(index));
      for (const value of [list, list.join(',')]) {
        const { code, details } = await ask({ title__in: value });
        expect(code).toBe(RESOURCE_EXHAUSTED);
        expect(details).toContain('limits.inList, 200');
      }
      expect((await ask({ title__in: list.slice(1) })).code).toBe(0);
    });

    it('more conditions than limits.filterConditions', async () => {
      const many = await ask({ search: Array.from({ length: 21 }, () => 'a').join(' ') });
      expect(many.code).toBe(RESOURCE_EXHAUSTED);
      expect(many.details).toContain('limits.filterConditions, 20');
    });

    it('filters where there are none', async () => {
      const { code, details } = await client.call('NewestController/List', {
        _filters: struct({ title: 'Ode' }),
      });
      expect(code).toBe(INVALID_ARGUMENT);
      expect(details).toContain('Expected one of: ordering, page, page_size');
    });
  });

  describe('search', () => {
    it.each<[Json, readonly number[]]>([
      ['', [1, 2, 3, 4, 5, 6]],
      ['night', [2, 3, 6]],
      ['NIGHT quiet', [3]],
      ['night,quiet', [3]],
      ['"quiet night"', [3]],
      ['"night quiet"', []],
      ['100%', [6]],
      ['owl_', [6]],
      // `^`: the poet's name starts with it.
      ['sap', [1, 2]],
      ['appho', []],
      // `=`: a topic is it.
      ['MOON', [2, 3, 4]],
      ['moo', []],
      ['moon li', [3, 4]],
      [100, [6]],
    ])('%j finds %j', async (search, expected) => {
      expect(await idsOf({ search })).toEqual(expected);
    });

    it('must be a text', async () => {
      for (const search of [true, {}, ['a'], 'a\0b', 'a'.repeat(4001)])
        expect((await ask({ search })).code).toBe(INVALID_ARGUMENT);
    });
  });

  describe('ordering', () => {
    it.each<[Json, readonly number[]]>([
      ['title', [5, 4, 2, 1, 3, 6]],
      ['verses', [2, 3, 4, 6, 1, 5]],
      // The key follows the last part of the order.
      ['-verses', [5, 1, 6, 4, 3, 2]],
      ['verses,-title', [3, 2, 6, 4, 1, 5]],
      [['-verses', 'poet__full_name', 'title'], kind === 'sqlite' ? [5, 1, 6, 4, 3, 2] : [5, 1, 4, 6, 3, 2]],
      [' -verses , , -verses ', [5, 1, 6, 4, 3, 2]],
      [['poet.fullName', '-verses'], kind === 'sqlite' ? [5, 6, 4, 3, 1, 2] : [4, 3, 1, 2, 5, 6]],
      ['', [1, 2, 3, 4, 5, 6]],
      [[], [1, 2, 3, 4, 5, 6]],
    ])('%j gives %j', async (ordering, expected) => {
      expect(await idsOf({ ordering })).toEqual(expected);
    });

    it('by what is not allowed is refused, with what is', async () => {
      const { code, details } = await ask({ ordering: '-hidden' });
      expect(code).toBe(INVALID_ARGUMENT);
      expect(JSON.parse(details)).toEqual({
        ordering: [
          {
            message:
              '"-hidden" is no order of this list. Expected some of: title, verses, printed, poet__full_name; "-" in front is descending.',
            code: 'invalid',
          },
        ],
      });
      for (const ordering of [5, true, { title: 'asc' }, [5], ['title', null]])
        expect((await ask({ ordering })).code).toBe(INVALID_ARGUMENT);
    });

    it('is the default where the request has none', async () => {
      const { results } = await client.get('NewestController/List');
      const ids = (results as Row[]).map(({ id }) => id);
      expect(ids).toEqual(kind === 'sqlite' ? [5, 2, 4, 3, 1, 6] : [1, 6, 5, 2, 4, 3]);
    });
  });

  describe("of one's own", () => {
    it('a FilterSet names and writes its conditions', async () => {
      expect(await idsOf({ min_verses: 28 }, 'ShownController/List')).toEqual([1, 5]);
      expect(await idsOf({ minVerses: 28, title: 'Ode' }, 'ShownController/List')).toEqual([1]);
      expect(await idsOf({ anonymous: true }, 'ShownController/List')).toEqual([5]);
    });

    it('cannot reach behind the scope or the other filters', async () => {
      expect(await idsOf({ verse_counts: [14, 28] }, 'ShownController/List')).toEqual([1, 4]);
      expect(await idsOf({ verse_counts: [14, 28], min_verses: 20 }, 'ShownController/List')).toEqual([1]);
      expect(await idsOf({ shortest: true, min_verses: 14 }, 'ShownController/List')).toEqual([4, 1, 5]);
      expect(await idsOf({ anonymous: false, min_verses: 14 }, 'ShownController/List')).toEqual([1, 4]);
    });

    it('values are read as their declaration says', async () => {
      const { code, details } = await ask(
        { verse_counts: ['x'], anonymous: 'perhaps' },
        'ShownController/List',
      );
      expect(code).toBe(INVALID_ARGUMENT);
      expect(Object.keys(JSON.parse(details) as object)).toEqual(['verse_counts', 'anonymous']);
    });

    it('actions filter and page as they like', async () => {
      expect(await idsOf({ poet__isnull: true }, 'PoemController/Long')).toEqual([5, 6]);
      const { results, count } = await client.get('PoemController/Long', {
        _filters: struct({ ordering: 'verses' }),
        _pagination: struct({ page_size: 2, page: 2 }),
      });
      expect((results as Row[]).map(({ id }) => id)).toEqual([1, 5]);
      expect(count).toBe(4);
    });
  });
});
