/** Values and keys in their corners: what is written is what was meant. */
import {
  AllowAny,
  Field,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ModelSerializer,
  ProtoSerializer,
  Related,
  type GrpcContext,
  type Values,
} from 'nestjs-socio-grpc';
import {
  Column,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  VersionColumn,
  type Relation,
  type ValueTransformer,
} from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';

const prefixed: ValueTransformer = {
  to: (value: string) => `p:${value}`,
  from: (value: string) => value.slice(2),
};

@Entity()
class Mark {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true, transformer: prefixed }) slug!: string;
}

/** Nothing but a key and links. */
@Entity()
class Bundle {
  @PrimaryGeneratedColumn() id!: number;
  @ManyToMany(() => Mark) @JoinTable() marks!: Relation<Mark>[];
}

class Address {
  @Column() city!: string;
  @Column({ default: 'DE' }) country!: string;
}

@Entity()
class Parcel {
  @PrimaryColumn() code!: string;
  @Column(() => Address) address!: Address;
  @Column({ type: 'varchar', nullable: true }) note!: string | null;
  @Column({ update: false, default: 'x' }) origin!: string;
  @VersionColumn() version!: number;
  @ManyToOne(() => Mark, { nullable: true }) mark!: Relation<Mark> | null;
  @ManyToMany(() => Mark) @JoinTable() marks!: Relation<Mark>[];
}

@Entity()
class Badge {
  @PrimaryColumn({ transformer: prefixed }) code!: string;
  @Column() text!: string;
}

@ModelSerializer({ model: Badge })
class BadgeSerializer extends ProtoSerializer<Badge> {}

@GrpcController({ serializer: BadgeSerializer, permissions: [AllowAny] })
class BadgeController extends GenericCrudController<Badge> {}

@ModelSerializer({ model: Mark })
class MarkSerializer extends ProtoSerializer<Mark> {}

@ModelSerializer({ model: Bundle })
class BundleSerializer extends ProtoSerializer<Bundle> {}

@ModelSerializer({ model: Parcel })
class ParcelSerializer extends ProtoSerializer<Parcel> {
  @Related({ slug: 'slug' }) mark!: string;
  @Field({ type: 'optional string' }) origin!: string;

  validateNote(note: string | null): string | null {
    return note === 'nothing' ? null : note;
  }
}

@ModelSerializer({ model: Parcel, fields: ['code', 'town', 'country'] })
class FlatParcelSerializer extends ProtoSerializer<Parcel> {
  @Field({ source: 'address.city' }) town!: string;
  @Field({ source: 'address.country' }) country!: string;
}

@GrpcController({ serializer: MarkSerializer, permissions: [AllowAny] })
class MarkController extends GenericCrudController<Mark> {
  @GrpcAction({ request: { id: 'string' }, response: MarkSerializer })
  byText(_request: object, ctx: GrpcContext) {
    return this.getObject(ctx);
  }

  @GrpcAction({ request: { id: 'int64' }, response: MarkSerializer })
  byWide(_request: object, ctx: GrpcContext) {
    return this.getObject(ctx);
  }
}

@GrpcController({ serializer: BundleSerializer, permissions: [AllowAny] })
class BundleController extends GenericCrudController<Bundle> {}

let vanish = false;

@GrpcController({ serializer: ParcelSerializer, permissions: [AllowAny] })
class ParcelController extends GenericCrudController<Parcel> {
  protected override async performUpdate(object: Parcel, values: Values<Parcel>, ctx: GrpcContext) {
    if (vanish) await ctx.manager.createQueryBuilder().delete().from(Parcel).execute();
    await super.performUpdate(object, values, ctx);
  }
}

@GrpcController({ serializer: FlatParcelSerializer, service: 'FlatParcel', permissions: [AllowAny] })
class FlatParcelController extends GenericCrudController<Parcel> {}

describe.each(cross(DATABASES, PATHS))('values on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;
  let marks: number[];

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      path,
      entities: [Mark, Bundle, Parcel, Badge],
      controllers: [
        MarkController,
        BundleController,
        ParcelController,
        FlatParcelController,
        BadgeController,
      ],
    });
    client = await connectClient(app);
  });

  beforeEach(async () => {
    vanish = false;
    for (const table of ['bundle_marks_mark', 'parcel_marks_mark', 'bundle', 'parcel', 'mark', 'badge'])
      await app.dataSource.query(`DELETE FROM "${table}"`);
    const saved = await app.dataSource.getRepository(Mark).save([{ slug: 'a' }, { slug: 'b' }]);
    marks = saved.map(({ id }) => id);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const parcel = { code: 'k', address: { city: 'Bonn' }, mark: 'b' };

  it('an object of links alone is stored, and a target that is named twice is one', async () => {
    const bundle = await client.get('BundleController/Create', { marks: [marks[0], marks[0], marks[1]] });
    expect(bundle.marks).toEqual(marks);
    const updated = await client.get('BundleController/Update', { ...bundle, marks: [marks[1], marks[1]] });
    expect(updated.marks).toEqual([marks[1]]);
  });

  it('a list names no more related objects than a list may have', async () => {
    const answer = await client.call('BundleController/Create', {
      marks: Array.from({ length: 70_000 }, () => 1),
    });
    expect(answer).toMatchObject({
      code: 3,
      details:
        '{"marks": [{"message": "Ensure this field has no more than 1000 elements.", "code": "max_length"}]}',
    });
  });

  it('keys and slugs with transformers find what they name', async () => {
    const created = await client.get('ParcelController/Create', parcel);
    expect(created).toMatchObject({ code: 'k', mark: 'b', address: { city: 'Bonn', country: 'DE' } });
    expect(await client.get('ParcelController/Retrieve', { code: 'k' })).toEqual(created);
    const updated = await client.get('ParcelController/Update', { ...parcel, mark: 'a' });
    expect(updated).toMatchObject({ code: 'k', mark: 'a' });
    expect((await client.call('ParcelController/Update', { ...parcel, mark: 'c' })).code).toBe(3);
    await client.get('ParcelController/Destroy', { code: 'k' });
    expect((await client.call('ParcelController/Retrieve', { code: 'k' })).code).toBe(5);
    const badge = await client.get('BadgeController/Create', { code: 'b', text: 'x' });
    expect(await client.get('BadgeController/Retrieve', { code: 'b' })).toEqual(badge);
    expect((await client.get('BadgeController/List')).results).toEqual([badge]);
  });

  it('a key is found in whatever type a request has it', async () => {
    const [id] = marks;
    for (const action of ['ByText', 'ByWide'])
      expect(await client.get(`MarkController/${action}`, { id: String(id) })).toMatchObject({ slug: 'a' });
    for (const wrong of ['', 'x', '99999999999999999999', '1e0'])
      expect((await client.call('MarkController/ByText', { id: wrong })).code).toBe(5);
  });

  it('columns of an embedded class may be fields of their own', async () => {
    const flat = await client.get('FlatParcelController/Create', { code: 'f', town: 'Köln', country: 'XX' });
    expect(flat).toMatchObject({ code: 'f', town: 'Köln', country: 'XX' });
    const request = { code: 'f', _partialUpdateFields: ['town'], town: 'Trier' };
    expect(await client.get('FlatParcelController/PartialUpdate', request)).toMatchObject({
      town: 'Trier',
      country: 'XX',
    });
  });

  it('an embedded object of which nothing is sent stays as it is', async () => {
    await client.get('ParcelController/Create', { ...parcel, address: { city: 'Bonn', country: 'BE' } });
    const request = { code: 'k', _partialUpdateFields: ['note'], note: 'n' };
    expect(await client.get('ParcelController/PartialUpdate', request)).toMatchObject({
      address: { city: 'Bonn', country: 'BE' },
    });
  });

  it('a field of Create cannot be listed in a partial update, and may be left out', async () => {
    await client.get('ParcelController/Create', parcel);
    const request = { code: 'k', _partialUpdateFields: ['origin'], origin: 'y' };
    const { code, details } = await client.call('ParcelController/PartialUpdate', request);
    expect(code).toBe(3);
    expect(details).toContain('\\"origin\\" cannot be updated.');
  });

  it('a rule may give null', async () => {
    expect(await client.get('ParcelController/Create', { ...parcel, note: 'nothing' })).not.toHaveProperty(
      'note',
    );
  });

  it('a version is raised where only links change', async () => {
    await client.get('ParcelController/Create', parcel);
    const request = { code: 'k', _partialUpdateFields: ['marks'], marks };
    const { version, marks: linked } = await client.get('ParcelController/PartialUpdate', request);
    expect(linked).toEqual(marks);
    if (path === 'flat') expect(version).toBe(2);
  });

  it('a row that vanishes meanwhile is not found, and does not come back', async () => {
    await client.get('ParcelController/Create', parcel);
    vanish = true;
    expect((await client.call('ParcelController/Update', parcel)).code).toBe(5);
    vanish = false;
    expect(await app.dataSource.getRepository(Parcel).count()).toBe(1);
  });
});

@Entity()
class Odd {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ type: 'money', nullable: true }) price!: string | null;
  @Column({ type: 'text', array: true, nullable: true }) words!: string[] | null;
}

@ModelSerializer({ model: Odd })
class OddSerializer extends ProtoSerializer<Odd> {}

@GrpcController({ serializer: OddSerializer, permissions: [AllowAny] })
class OddController extends GenericCrudController<Odd> {}

it('money of PostgreSQL is a plain number, and a list with null is no list of texts', async () => {
  const database = await createDatabase('postgres');
  const app = await bootApp({ database, entities: [Odd], controllers: [OddController] });
  const client = await connectClient(app);
  const odd = await client.get('OddController/Create', { price: '1234.50', words: ['a'] });
  expect(odd).toMatchObject({ price: '1234.50', words: ['a'] });
  expect(await client.get('OddController/Update', odd)).toEqual(odd);
  await app.dataSource.query(`UPDATE "odd" SET "words" = '{a,NULL}'`);
  expect(await client.call('OddController/Retrieve', { id: odd.id })).toMatchObject({ code: 13 });
  client.close();
  await app.close();
  await database.drop();
});
