/** What is asked without a query builder is what the query says: the same statements with the same values, the same errors. */
import {
  AllowAny,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  PageNumberPagination,
  ProtoSerializer,
  type GrpcContext,
  type Scope,
} from 'nestjs-socio-grpc';
import {
  Column,
  DeleteDateColumn,
  Entity,
  ManyToOne,
  PrimaryGeneratedColumn,
  SelectQueryBuilder,
  type Logger,
  type ObjectLiteral,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { struct, type Json } from '../support/struct.js';

@Entity()
class Port {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@Entity()
class Ship {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column('int') tons!: number;
  @Column('float') draught!: number;
  @Column({ type: 'bigint' }) owner!: string;
  @Column() sailing!: boolean;
  @Column() builtAt!: Date;
  @Column({ type: String, nullable: true }) flag!: string | null;
  @ManyToOne(() => Port, { nullable: false }) home!: Relation<Port>;
  @DeleteDateColumn() sunkAt!: Date | null;
}

@ModelSerializer({ model: Ship, fields: ['id', 'name', 'tons', 'builtAt', 'flag', 'home'] })
class ShipSerializer extends ProtoSerializer<Ship> {}

@ModelSerializer({ model: Ship, fields: ['name', 'owner'] })
class NamedShipSerializer extends ProtoSerializer<Ship> {}

const LISTS = {
  filters: {
    name: ['exact', 'in', 'icontains', 'startswith'],
    tons: ['exact', 'gte', 'range'],
    draught: ['lt'],
    owner: ['exact'],
    sailing: ['exact'],
    builtAt: ['exact', 'gt'],
    flag: ['isnull'],
    'home.name': ['exact'],
  },
  search: ['name', '^flag'],
  ordering: { fields: ['tons', 'builtAt', 'home.name'], default: ['-tons'] },
  pagination: PageNumberPagination.with({ pageSize: 3 }),
  permissions: [AllowAny],
} as const;

@GrpcController({ serializer: ShipSerializer, ...LISTS })
class ShipController extends GenericCrudController<Ship> {}

/** The same, and it takes a query to know. */
@GrpcController({ serializer: ShipSerializer, ...LISTS })
class QueriedShipController extends GenericCrudController<Ship> {
  protected override getQuery(ctx: GrpcContext) {
    return super.getQuery(ctx);
  }
}

class OfSomebody implements Scope<Ship> {
  where({ metadata }: GrpcContext) {
    const [owner] = metadata.get('owner');
    return owner === 'nobody' ? [] : [{ owner: String(owner) }, { sailing: true }];
  }
}

@GrpcController({ serializer: ShipSerializer, ...LISTS, scope: OfSomebody })
class OwnShipController extends GenericCrudController<Ship> {}

@GrpcController({ serializer: NamedShipSerializer, ...LISTS, lookup: ['name', 'owner'] })
class NamedShipController extends GenericCrudController<Ship> {}

@GrpcController({ serializer: NamedShipSerializer, ...LISTS, lookup: ['name', 'owner'] })
class QueriedNamedShipController extends GenericCrudController<Ship> {
  protected override getQuery(ctx: GrpcContext) {
    return super.getQuery(ctx);
  }
}

/** Filters, and what pages there are of them. */
const LISTED: readonly [string, { readonly [name: string]: Json }][] = [
  ['nothing', {}],
  ['a text', { name: 'ship 3' }],
  ['another text', { name: "ship 4'" }],
  ['texts', { name__in: ['ship 1', 'ship 2', 'ship 3'] }],
  ['a part of a text', { name__icontains: 'IP 1' }],
  ['the start of a text', { name__startswith: 'ship' }],
  ['a number', { tons: 300 }],
  ['a part of a number', { draught__lt: 2.5 }],
  ['a range', { tons__range: [200, 500] }],
  ['a large number', { owner: '9007199254740993' }],
  ['a flag', { sailing: true }],
  ['another flag', { sailing: false }],
  ['a moment', { built_at: '2026-01-03T00:00:00.003Z' }],
  ['after a moment', { built_at__gt: '2026-01-03T00:00:00.003Z' }],
  ['no value', { flag__isnull: true }],
  ['a value', { flag__isnull: false }],
  ['behind a relation', { home__name: 'port 1' }],
  ['words', { search: 'ship "no 5" X' }],
  ['an order', { ordering: 'built_at,-tons' }],
  ['an order behind a relation', { ordering: '-home__name' }],
  ['several', { sailing: true, tons__gte: 200, search: 'ship', ordering: '-built_at' }],
  ['a page', { sailing: true, page: 2, page_size: 2 }],
  ['the last page', { page: 'last' }],
  ['a page that is not there', { page: 99 }],
  ['what is not there', { masts: 3 }],
  ['a value that is none', { tons: 'many', sailing: 'perhaps' }],
  ['an order that is not allowed', { ordering: 'name' }],
];

describe.each(DATABASES)('questions on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      entities: [Ship, Port],
      controllers: [
        ShipController,
        QueriedShipController,
        OwnShipController,
        NamedShipController,
        QueriedNamedShipController,
      ],
      providers: [OfSomebody],
    });
    client = await connectClient(app);
    const ports = await app.dataSource
      .getRepository(Port)
      .save([1, 2].map((index) => ({ name: `port ${index}` })));
    await app.dataSource.getRepository(Ship).save(
      Array.from({ length: 9 }, (_ship, index) => ({
        name: index === 4 ? "ship 4'" : `ship ${index}`,
        tons: index * 100,
        draught: index / 2,
        owner: index === 7 ? '9007199254740993' : String(index % 3),
        sailing: index % 2 === 0,
        builtAt: new Date(Date.UTC(2026, 0, index + 1, 0, 0, 0, index + 1)),
        flag: index % 3 === 0 ? null : `X${index}`,
        home: ports[index % 2]!,
        sunkAt: index === 8 ? new Date() : null,
      })),
    );
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  /** What a call is answered, and what the database was asked. */
  async function asked(method: string, request: object, metadata?: Readonly<Record<string, string>>) {
    const statements: [sql: string, values: unknown][] = [];
    const before = app.dataSource.logger;
    const silent = (): void => undefined;
    app.dataSource.logger = {
      logQuery: (sql, values) => void statements.push([sql, values]),
      logQueryError: silent,
      logQuerySlow: silent,
      logSchemaBuild: silent,
      logMigration: silent,
      log: silent,
    } satisfies Logger;
    try {
      const { code, details, message } = await client.call(method, request, metadata && { metadata });
      return { code, details, message, statements };
    } finally {
      app.dataSource.logger = before;
    }
  }

  it.each(LISTED)('ask a list for %s as the query does', async (_what, filters) => {
    const request = { _filters: struct(filters) };
    const queried = await asked('QueriedShipController/List', request);
    for (let time = 0; time < 3; time += 1)
      expect(await asked('ShipController/List', request)).toEqual(queried);
  });

  it.each([{ id: 1 }, { id: 8 }, { id: 9 }, { id: 4711 }, { id: 0 }])(
    'ask for one object as the query does: %o',
    async (request) => {
      const queried = await asked('QueriedShipController/Retrieve', request);
      for (let time = 0; time < 3; time += 1)
        expect(await asked('ShipController/Retrieve', request)).toEqual(queried);
    },
  );

  it.each([
    { name: "ship 4'", owner: '1' },
    { name: 'ship 7', owner: '9007199254740993' },
    { name: 'ship 7', owner: '9007199254740992' },
    { name: '', owner: '0' },
  ])('ask by several lookup fields as the query does: %o', async (request) => {
    const queried = await asked('QueriedNamedShipController/Retrieve', request);
    for (let time = 0; time < 3; time += 1)
      expect(await asked('NamedShipController/Retrieve', request)).toEqual(queried);
  });

  it('keep what the caller sees apart', async () => {
    const ids = async (owner: string) => {
      const request = { _filters: struct({ page_size: 100 }) };
      const { message } = await asked('OwnShipController/List', request, { owner });
      return (message.results as { id: number }[]).map(({ id }) => id).sort();
    };
    for (let time = 0; time < 2; time += 1) {
      expect(await ids('0')).toEqual([1, 3, 4, 5, 7]);
      expect(await ids('1')).toEqual([1, 2, 3, 5, 7]);
      expect(await ids('nobody')).toEqual([]);
      const { code } = await asked('OwnShipController/Retrieve', { id: 2 }, { owner: '0' });
      expect(code).toBe(5);
    }
  });

  it('take no query builder once they are known', async () => {
    const request = { _filters: struct({ sailing: true, search: 'ship', ordering: 'tons' }) };
    const calls = async () => {
      await asked('ShipController/List', request);
      await asked('ShipController/Retrieve', { id: 1 });
      await asked('OwnShipController/List', request, { owner: '1' });
    };
    await calls();
    const built = vi.spyOn(SelectQueryBuilder.prototype as SelectQueryBuilder<ObjectLiteral>, 'where');
    const texts = vi.spyOn(SelectQueryBuilder.prototype as SelectQueryBuilder<ObjectLiteral>, 'getQuery');
    try {
      await calls();
      expect(built).not.toHaveBeenCalled();
      expect(texts).not.toHaveBeenCalled();
      await asked('QueriedShipController/List', request);
      expect(built).toHaveBeenCalled();
    } finally {
      built.mockRestore();
      texts.mockRestore();
    }
  });
});
