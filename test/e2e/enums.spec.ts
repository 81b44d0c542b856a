/** What becomes of an enum that is not sent, or sent as unspecified: the reference's table, cell by cell. */
import {
  AllowAny,
  Field,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  ProtoSerializer,
} from 'nestjs-socio-grpc';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type AnyMessage, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';

enum Size {
  Small = 's',
  Large = 'l',
}

/** The number 0 is a member like any other: on the wire it is not the unspecified value. */
enum Priority {
  None = 0,
  High = 1,
}

@Entity()
class Parcel {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ type: 'simple-enum', enum: Size }) required!: Size;
  @Column({ type: 'simple-enum', enum: Size, default: Size.Large }) defaulted!: Size;
  @Column({ type: 'simple-enum', enum: Size, nullable: true }) nullable!: Size | null;
  @Column({ type: 'simple-enum', enum: Size, nullable: true, default: Size.Large })
  nullableDefaulted!: Size | null;
  @Column({ type: 'simple-enum', enum: Size, nullable: true }) optional!: Size;
  @Column({ type: 'simple-enum', enum: Priority, default: Priority.None }) priority!: Priority;
}

@ModelSerializer({ model: Parcel })
class ParcelSerializer extends ProtoSerializer<Parcel> {
  @Field({ required: false, nullable: false }) optional!: Size;
}

@GrpcController({ serializer: ParcelSerializer, permissions: [AllowAny] })
class ParcelController extends GenericCrudController<Parcel> {}

const NOT_NULL = '"message": "This field may not be null.", "code": "null"';
const NO_CHOICE = '"message": "\\"0\\" is not a valid choice.", "code": "invalid_choice"';

/** A name of the proto, null for "no value", or the text of an error. `SMALL` is what the row held before. */
interface Cells {
  readonly field: 'required' | 'defaulted' | 'nullable' | 'nullableDefaulted' | 'optional';
  readonly createUnset: string | null;
  readonly createUnspecified: string | null;
  readonly updateUnset: string | null;
  readonly updateUnspecified: string | null;
  readonly listedUnset: string | null;
  readonly listedUnspecified: string | null;
}

// `required` has no presence on the wire: unset and unspecified are the same bytes.
// prettier-ignore
const CELLS: readonly Cells[] = [
  { field: 'required', createUnset: NOT_NULL, createUnspecified: NOT_NULL, updateUnset: NOT_NULL, updateUnspecified: NOT_NULL, listedUnset: NOT_NULL, listedUnspecified: NOT_NULL },
  { field: 'defaulted', createUnset: 'LARGE', createUnspecified: 'LARGE', updateUnset: 'SMALL', updateUnspecified: NOT_NULL, listedUnset: NO_CHOICE, listedUnspecified: NOT_NULL },
  { field: 'nullable', createUnset: null, createUnspecified: null, updateUnset: null, updateUnspecified: null, listedUnset: null, listedUnspecified: null },
  { field: 'optional', createUnset: null, createUnspecified: NOT_NULL, updateUnset: 'SMALL', updateUnspecified: NOT_NULL, listedUnset: NO_CHOICE, listedUnspecified: NOT_NULL },
  { field: 'nullableDefaulted', createUnset: 'LARGE', createUnspecified: 'LARGE', updateUnset: null, updateUnspecified: null, listedUnset: null, listedUnspecified: null },
];

describe.each(cross(DATABASES, PATHS))('enums on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, path, entities: [Parcel], controllers: [ParcelController] });
    client = await connectClient(app);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  async function setUp(): Promise<number> {
    const { Small } = Size;
    const { id } = await app.dataSource.getRepository(Parcel).save({
      required: Small,
      defaulted: Small,
      nullable: Small,
      nullableDefaulted: Small,
      optional: Small,
    });
    return id;
  }

  async function expectCell(
    method: string,
    field: string,
    request: AnyMessage,
    expected: string | null,
  ): Promise<void> {
    const { code, details, message } = await client.call(`ParcelController/${method}`, request);
    if (expected?.startsWith('"')) {
      expect({ code, details }).toEqual({
        code: 3,
        details: `{"${field.replace('D', '_d')}": [{${expected}}]}`,
      });
    } else {
      expect({ code, value: message?.[field], present: message?.[`_${field}`] }).toEqual({
        code: 0,
        value: expected ?? undefined,
        present: expected === null || field === 'required' ? undefined : field,
      });
    }
  }

  const required = { required: 'SMALL' };

  it.each(CELLS)('$field: unset', async ({ field, createUnset, updateUnset, listedUnset }) => {
    const sent = field === 'required' ? {} : required;
    await expectCell('Create', field, sent, createUnset);
    await expectCell('Update', field, { id: await setUp(), ...sent }, updateUnset);
    const partial = { id: await setUp(), _partialUpdateFields: [field] };
    await expectCell('PartialUpdate', field, partial, listedUnset);
  });

  it.each(CELLS)('$field: unspecified', async ({ field, ...cells }) => {
    const sent = { ...required, [field]: 'ENUM_UNSPECIFIED' };
    await expectCell('Create', field, sent, cells.createUnspecified);
    await expectCell('Update', field, { id: await setUp(), ...sent }, cells.updateUnspecified);
    const partial = { id: await setUp(), ...sent, _partialUpdateFields: [field] };
    await expectCell('PartialUpdate', field, partial, cells.listedUnspecified);
  });

  it.each(CELLS)('$field: a number that is no member is refused by its name', async ({ field }) => {
    const sent = { ...required, [field]: 7 };
    const error = '"message": "\\"7\\" is not a valid choice.", "code": "invalid_choice"';
    await expectCell('Create', field, sent, error);
    await expectCell('Update', field, { id: await setUp(), ...sent }, error);
  });

  it('a member whose value is 0 is a value', async () => {
    const created = await client.get('ParcelController/Create', { ...required, priority: 'HIGH' });
    expect(created).toMatchObject({ priority: 'HIGH' });
    const sent = { ...required, id: created.id, priority: 'NONE' };
    expect(await client.get('ParcelController/Update', sent)).toMatchObject({ priority: 'NONE' });
    expect(await client.get('ParcelController/Create', required)).toMatchObject({ priority: 'NONE' });
  });

  it('an answer without a value says nothing', async () => {
    const { id } = await client.get('ParcelController/Create', required);
    const read = await client.get('ParcelController/Retrieve', { id });
    expect(read).not.toHaveProperty('nullable');
  });
});
