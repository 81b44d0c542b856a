/** Several data sources in one application. */
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AllowAny,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  StreamAction,
  withActions,
} from 'nestjs-socio-grpc';
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type DataSource, type Relation } from 'typeorm';
import { getDataSourceToken } from '@nestjs/typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';

@Entity()
class Shop {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

/** In both data sources. */
@Entity()
class Region {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@Entity()
class Report {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
  @ManyToOne(() => Region, { nullable: true }) region!: Relation<Region> | null;
}

@ModelSerializer({ model: Shop })
class ShopSerializer extends ProtoSerializer<Shop> {}

@ModelSerializer({ model: Region })
class RegionSerializer extends ProtoSerializer<Region> {}

@ModelSerializer({ model: Region, dataSource: 'reports' })
class ReportRegionSerializer extends ProtoSerializer<Region> {}

@ModelSerializer({ model: Report, dataSource: 'reports' })
class ReportSerializer extends ProtoSerializer<Report> {}

@GrpcController({ serializer: ShopSerializer, permissions: [AllowAny] })
class ShopController extends GenericCrudController<Shop> {}

@GrpcController({ serializer: RegionSerializer, permissions: [AllowAny] })
class RegionController extends GenericCrudController<Region> {
  /** What an action answers with does not decide where the controller works. */
  @GrpcAction({ response: ReportRegionSerializer })
  async twin(): Promise<object> {
    return { name: 'Lazio' };
  }
}

@GrpcController({ serializer: ReportRegionSerializer, dataSource: 'reports', permissions: [AllowAny] })
class ReportRegionController extends GenericCrudController<Region> {}

@GrpcController({ serializer: ReportSerializer, permissions: [AllowAny] })
class ReportController extends withActions(GenericCrudController, StreamAction)<Report> {}

function reportsModule(database: TestDatabase) {
  return TypeOrmModule.forRoot({
    ...database.options,
    name: 'reports',
    entities: [Report, Region],
    retryAttempts: 0,
  } as object);
}

describe.each(DATABASES)('two data sources on %s', (kind) => {
  let database: TestDatabase;
  let reports: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    reports = await createDatabase(kind);
    app = await bootApp({
      database,
      imports: [reportsModule(reports)],
      entities: [Shop, Region],
      controllers: [ShopController, RegionController, ReportRegionController, ReportController],
    });
    client = await connectClient(app);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
    await reports?.drop();
  });

  it('hold what their own controllers write', async () => {
    await client.get('ShopController/Create', { name: 'corner' });
    await client.get('RegionController/Create', { name: 'north' });
    await client.get('RegionController/Create', { name: 'south' });
    const region = await client.get('ReportRegionController/Create', { name: 'east' });
    const report = await client.get('ReportController/Create', { title: 'sales', region: region.id });
    expect((await client.get('RegionController/List')).results).toHaveLength(2);
    expect((await client.get('ReportRegionController/List')).results).toEqual([region]);
    expect((await client.call('ReportController/Stream')).messages).toEqual([report]);
    const second = app.app.get<DataSource>(getDataSourceToken('reports'), { strict: false });
    expect(await second.getRepository(Region).count()).toBe(1);
    expect(app.dataSource.hasMetadata(Report)).toBe(false);
  });

  it('check keys where the relation lies', async () => {
    // The key 2 exists in the other data source only.
    const answer = await client.call('ReportController/Create', { title: 'x', region: 2 });
    expect(answer).toMatchObject({
      code: 3,
      details:
        '{"region": [{"message": "Invalid pk \\"2\\" - object does not exist.", "code": "does_not_exist"}]}',
    });
  });
});

describe('a model in the wrong data source', () => {
  async function booting(controller: typeof ShopController): Promise<unknown> {
    return bootApp({
      database: await createDatabase('sqlite'),
      imports: [reportsModule(await createDatabase('sqlite'))],
      entities: [Shop, Region],
      controllers: [controller],
    });
  }

  it('of a controller is a boot error', async () => {
    @GrpcController({ serializer: RegionSerializer, dataSource: 'reports', permissions: [AllowAny] })
    class StrayController extends GenericCrudController<Region> {}
    await expect(booting(StrayController as never)).rejects.toThrow(
      'StrayController: works on the data source "reports", but ',
    );
  });

  it('of a nested serializer is a boot error', async () => {
    @ModelSerializer({ model: Report, dataSource: 'reports' })
    class StraySerializer extends ProtoSerializer<Report> {
      @Nested(() => RegionSerializer) region!: Region;
    }
    @GrpcController({ serializer: StraySerializer, permissions: [AllowAny] })
    class StrayController extends GenericCrudController<Report> {}
    const booted = bootApp({
      database: await createDatabase('sqlite'),
      imports: [reportsModule(await createDatabase('sqlite'))],
      entities: [Shop, Region],
      controllers: [StrayController, RegionController],
    });
    await expect(booted).rejects.toThrow(
      'StraySerializer.region: leads to "Region", but RegionSerializer has the model "Region" of another data source.',
    );
  });

  it('that does not exist is a boot error', async () => {
    @GrpcController({ serializer: ShopSerializer, dataSource: 'archive', permissions: [AllowAny] })
    class StrayController extends GenericCrudController<Shop> {}
    await expect(booting(StrayController as never)).rejects.toThrow(
      'StrayController: there is no data source "archive". Import TypeOrmModule.forRoot({ name: \'archive\', ... }).',
    );
  });
});
