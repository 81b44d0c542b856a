import {
  AllowAny,
  CursorPagination,
  GrpcContext,
  GrpcController,
  LimitOffsetPagination,
  ListController,
  ModelSerializer,
  PageNumberPagination,
  Paginator,
  ProtoSerializer,
  StreamAction,
  withActions,
  type Page,
  type PageSource,
} from 'nestjs-socio-grpc';
import {
  Column,
  Entity,
  JoinTable,
  ManyToMany,
  PrimaryGeneratedColumn,
  type Relation,
  type SelectQueryBuilder,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { connectClient, type Answer, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';
import { fieldsOf } from '../support/proto-fields.js';
import { struct, type Json } from '../support/struct.js';

const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const RESOURCE_EXHAUSTED = 8;

@Entity()
class Badge {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
}

@Entity()
class Player {
  @PrimaryGeneratedColumn() id!: number;
  @Column() team!: number;
  @ManyToMany(() => Badge) @JoinTable() badges!: Relation<Badge>[];
}

@ModelSerializer({ model: Player, fields: ['id', 'team'] })
class NumberedSerializer extends ProtoSerializer<Player> {}
class UncountedSerializer extends NumberedSerializer {}
class OffsetSerializer extends NumberedSerializer {}
class WholeSerializer extends NumberedSerializer {}
class OwnSerializer extends NumberedSerializer {}
class HookedSerializer extends NumberedSerializer {}
class JoinedSerializer extends NumberedSerializer {}
class CursorJoinedSerializer extends NumberedSerializer {}

const FILTERS = { filters: { team: ['exact'], 'badges.text': ['in'] } } as const;

@GrpcController({
  serializer: NumberedSerializer,
  permissions: [AllowAny],
  ...FILTERS,
  pagination: PageNumberPagination.with({ pageSize: 10, maxPageSize: 20 }),
})
class NumberedController extends withActions(ListController, StreamAction)<Player> {}

@GrpcController({
  serializer: UncountedSerializer,
  permissions: [AllowAny],
  pagination: PageNumberPagination.with({ pageSize: 10, count: 'none' }),
})
class UncountedController extends ListController<Player> {}

@GrpcController({
  serializer: OffsetSerializer,
  permissions: [AllowAny],
  ...FILTERS,
  pagination: LimitOffsetPagination.with({ pageSize: 10 }),
})
class OffsetController extends ListController<Player> {}

@GrpcController({ serializer: WholeSerializer, permissions: [AllowAny], pagination: null })
class WholeController extends ListController<Player> {}

class FirstThree extends Paginator {
  static override readonly parameters: readonly string[] = ['from'];

  override async paginate<T>(source: PageSource<T>, ctx: GrpcContext): Promise<Page<T>> {
    const { objects } = await source.slice(Number(ctx.parameters.get('from') ?? 0), 3);
    return { objects };
  }
}

@GrpcController({ serializer: OwnSerializer, permissions: [AllowAny], pagination: FirstThree })
class OwnController extends ListController<Player> {}

@GrpcController({ serializer: HookedSerializer, permissions: [AllowAny] })
class HookedController extends ListController<Player> {
  protected override async paginate(query: SelectQueryBuilder<Player>, ctx: GrpcContext) {
    const page = await super.paginate(query, ctx);
    return { ...page, objects: page.objects.filter(({ id }) => id % 2 === 0) };
  }
}

/** Each player once for each badge, were it not for the library. */
function joined(query: SelectQueryBuilder<Player>): SelectQueryBuilder<Player> {
  return query.innerJoin(`${query.alias}.badges`, 'badge').orderBy(`${query.alias}.team`, 'DESC');
}

@GrpcController({
  serializer: JoinedSerializer,
  permissions: [AllowAny],
  pagination: PageNumberPagination.with({ pageSize: 10 }),
})
class JoinedController extends ListController<Player> {
  protected override getQuery(ctx: GrpcContext): SelectQueryBuilder<Player> {
    return joined(super.getQuery(ctx));
  }
}

@GrpcController({
  serializer: CursorJoinedSerializer,
  permissions: [AllowAny],
  ordering: { fields: ['team'] },
  pagination: CursorPagination.with({ pageSize: 10, count: 'exact' }),
})
class CursorJoinedController extends ListController<Player> {
  protected override getQuery(ctx: GrpcContext): SelectQueryBuilder<Player> {
    return joined(super.getQuery(ctx));
  }
}

const PLAYERS = 45;

describe.each(cross(DATABASES, PATHS))('pages on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      path,
      entities: [Badge, Player],
      controllers: [
        NumberedController,
        UncountedController,
        OffsetController,
        WholeController,
        OwnController,
        HookedController,
        JoinedController,
        CursorJoinedController,
      ],
      options: { limits: { maxListRows: 40 } },
    });
    client = await connectClient(app);
    const badges = await app.dataSource.getRepository(Badge).save([{ text: 'a' }, { text: 'b' }]);
    const players = Array.from({ length: PLAYERS }, (_each, index) => ({
      team: index % 3,
      badges: index < 25 ? badges : [],
    }));
    await app.dataSource.getRepository(Player).save(players);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  function page(service: string, pages: { [name: string]: Json } = {}, filters?: { [name: string]: Json }) {
    const request = { _pagination: struct(pages), ...(filters && { _filters: struct(filters) }) };
    return client.call(`${service}Controller/List`, request);
  }

  function idsOf({ code, details, message }: Answer): number[] {
    expect(`${code} ${details}`).toBe('0 OK');
    return (message.results as { id: number }[]).map(({ id }) => id);
  }

  function range(first: number, last: number): number[] {
    return Array.from({ length: last - first + 1 }, (_each, index) => first + index);
  }

  describe('by number', () => {
    it('are those that are asked for, with the count of all', async () => {
      const first = await page('Numbered');
      expect(idsOf(first)).toEqual(range(1, 10));
      expect(first.message.count).toBe(PLAYERS);
      const last = await page('Numbered', { page: 5 });
      expect(idsOf(last)).toEqual(range(41, 45));
      expect(last.message.count).toBe(PLAYERS);
      expect(idsOf(await page('Numbered', { page: 'last' }))).toEqual(range(41, 45));
      expect(idsOf(await page('Numbered', { page: '2', page_size: '5' }))).toEqual(range(6, 10));
    });

    it('count with one more statement only where the page does not tell', async () => {
      const statements = (pages: { [name: string]: Json }) =>
        countQueries(app.dataSource, () => page('Numbered', pages));
      expect(await statements({ page: 1 })).toHaveLength(2);
      expect(await statements({ page: 5 })).toHaveLength(1);
      expect(await statements({ page: 3, page_size: 15 })).toHaveLength(1);
      expect(await countQueries(app.dataSource, () => page('Uncounted'))).toHaveLength(1);
      expect((await page('Uncounted')).message.count).toBe(0);
    });

    it('have the same statements, whatever the page', async () => {
      const seen = new Set<string>();
      for (const number of [1, 2, 3])
        for (const sql of await countQueries(app.dataSource, () => page('Numbered', { page: number })))
          seen.add(sql.replace(/ OFFSET.*$/, ''));
      expect(seen.size).toBe(2);
    });

    it('are not larger than the paginator and the limits allow', async () => {
      expect(idsOf(await page('Numbered', { page_size: 1000 }))).toHaveLength(20);
      expect(idsOf(await page('Uncounted', { page_size: 100_000 }))).toHaveLength(45);
    });

    it('have the right size over to-many filters', async () => {
      const answer = await page('Numbered', { page: 3 }, { badges__text__in: ['a', 'b'] });
      expect(idsOf(answer)).toEqual(range(21, 25));
      expect(answer.message.count).toBe(25);
    });

    it.each<[Json, Json]>([
      [0, null],
      [-1, null],
      [1.5, null],
      ['x', null],
      [true, null],
      [1, 0],
      [1, -5],
      [1, 'many'],
      [1, []],
    ])('are refused: page %j, page_size %j', async (number, size) => {
      const { code, details } = await page('Numbered', { page: number, page_size: size });
      expect(code).toBe(INVALID_ARGUMENT);
      expect(Object.keys(JSON.parse(details) as object)).toEqual([size === null ? 'page' : 'page_size']);
    });

    it.each<Json>([6, 1000, 2 ** 53, '99999999999999999999'])(
      'behind the end are not found: %j',
      async (number) => {
        const { code, details } = await page('Numbered', { page: number });
        expect(`${code} ${details}`).toBe(`${NOT_FOUND} Invalid page.`);
      },
    );

    it('of nothing are one empty page', async () => {
      const answer = await page('Numbered', {}, { team: 99 });
      expect(answer.message).toEqual({ results: [], count: 0 });
      expect((await page('Numbered', { page: 2 }, { team: 99 })).code).toBe(NOT_FOUND);
    });
  });

  describe('by limit and offset', () => {
    it('are any stretch, with the count of all', async () => {
      const answer = await page('Offset', { limit: 4, offset: 42 });
      expect(idsOf(answer)).toEqual(range(43, 45));
      expect(answer.message.count).toBe(PLAYERS);
      expect(idsOf(await page('Offset'))).toEqual(range(1, 10));
      expect((await page('Offset', { offset: 1000 })).message).toEqual({ results: [], count: PLAYERS });
      expect((await page('Offset', { offset: 2 ** 53 })).message).toEqual({ results: [], count: PLAYERS });
    });

    it('are refused where they make no sense', async () => {
      for (const pages of [{ limit: 0 }, { limit: 'x' }, { offset: -1 }, { offset: 0.5 }])
        expect((await page('Offset', pages)).code).toBe(INVALID_ARGUMENT);
      expect((await page('Offset', { page: 2 })).details).toContain('Expected one of');
    });
  });

  it('that nobody wants are refused above limits.maxListRows', async () => {
    const { code, details } = await client.call('WholeController/List');
    expect(code).toBe(RESOURCE_EXHAUSTED);
    expect(details).toContain('more than 40 objects (limits.maxListRows)');
    expect(fieldsOf(app.protoFile, 'WholeListRequest')).toEqual([]);
    expect(fieldsOf(app.protoFile, 'WholeListResponse')).toEqual(['results']);
  });

  it("of one's own read what they like", async () => {
    expect(idsOf(await page('Own', { from: 5 }))).toEqual([6, 7, 8]);
    expect(fieldsOf(app.protoFile, 'OwnListResponse')).toEqual(['results']);
  });

  it('go through an overridden paginate()', async () => {
    expect(idsOf(await page('Hooked', { page_size: 6 }))).toEqual([2, 4, 6]);
  });

  it('of a Stream are cut only where the request asks for one', async () => {
    const stream = async (request: object) =>
      (await client.call('NumberedController/Stream', request)).messages.length;
    expect(await stream({})).toBe(PLAYERS);
    expect(await stream({ _pagination: struct({ page: 5 }) })).toBe(5);
    expect(await stream({ _filters: struct({ team: 1 }) })).toBe(15);
  });

  it('of a query with joins have each object once, in its order', async () => {
    const ids = [1, 2, 3].map(async (number) => idsOf(await page('Joined', { page: number })));
    const all = (await Promise.all(ids)).flat();
    expect(all).toHaveLength(25);
    expect(new Set(all).size).toBe(25);
    expect((await page('Joined')).message.count).toBe(25);
    expect(all.map((id) => (id - 1) % 3)).toEqual(all.map((id) => (id - 1) % 3).toSorted((a, b) => b - a));
  });

  it('by cursor of a query with joins have each object once', async () => {
    const seen: number[] = [];
    let cursor = '';
    do {
      const answer = await page('CursorJoined', { cursor }, { ordering: '-team' });
      seen.push(...idsOf(answer));
      expect(answer.message.count).toBe(25);
      cursor = answer.message.nextCursor;
    } while (cursor !== '');
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
  });
});

it('controllers that page one serializer in different ways do not start', async () => {
  @GrpcController({
    serializer: NumberedSerializer,
    service: 'Other',
    permissions: [AllowAny],
    pagination: null,
  })
  class OtherController extends ListController<Player> {}
  const problems = await problemsOf({
    entities: [Badge, Player],
    controllers: [NumberedController, OtherController],
  });
  expect(problems.join('\n')).toMatch(
    /message "NumberedListResponse": .* Give both controllers the same kind of "pagination"/,
  );
});
