/** 64-bit integers, decimals of many digits and bytes: whatever carries them, they arrive as they were sent. */
import { createHash } from 'node:crypto';
import {
  AllowAny,
  Field,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ListOf,
  ModelSerializer,
  Nested,
  OneOf,
  ProtoSerializer,
  Serializer,
} from 'nestjs-socio-grpc';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, DOORS, type AnyMessage, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';

const MIN = '-9223372036854775808';
const MAX = '9223372036854775807';
const UMAX = '18446744073709551615';
/** The first that a double does not hold. */
const ODD = '9007199254740993';
const DIGITS = '123456789012345678901234567890.0123456789';
const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

interface Piece {
  wide: string;
  raw: Buffer;
  price: string;
}

abstract class Vault {
  @PrimaryGeneratedColumn() id!: number;
  @Column('bigint', { nullable: true }) wide!: string | null;
  @Column('bigint', { default: MAX }) most!: string;
  @Column('bigint', { nullable: true }) fixed!: string | null;
  @Column('decimal', { precision: 40, scale: 10, nullable: true }) price!: string | null;
  @Column('simple-json', { default: '[]' }) wides!: string[];
  @Column('simple-json', { default: '{}' }) byName!: Record<string, string>;
  @Column('simple-json', { default: '[]' }) raws!: Buffer[];
  @Column('simple-json', { default: '{}' }) rawByName!: Record<string, Buffer>;
  @Column('simple-json', { nullable: true }) piece!: Piece | null;
  @Column('simple-json', { nullable: true }) choice!: OneOf<{ wide2: string; raw2: Buffer }> | null;
}

@Entity('vault')
class SqliteVault extends Vault {
  @Column('blob', { nullable: true }) bytes!: Buffer | null;
}

@Entity('vault')
class PostgresVault extends Vault {
  @Column('bytea', { nullable: true }) bytes!: Buffer | null;
}

@Serializer()
class PieceSerializer extends ProtoSerializer {
  @Field({ type: 'sint64' }) wide!: string;
  @Field({ type: 'bytes' }) raw!: Buffer;
  @Field({ allowBlank: true }) price!: string;
}

abstract class VaultSerializer<M extends Vault> extends ProtoSerializer<M> {
  @Field({ type: 'sfixed64' }) fixed!: string;
  @ListOf('int64') wides!: string[];
  @Field({ type: 'map<string, sint64>' }) byName!: Record<string, string>;
  @ListOf('bytes') raws!: Buffer[];
  @Field({ type: 'map<string, bytes>' }) rawByName!: Record<string, Buffer>;
  @Field({ type: 'bytes' }) bytes!: Buffer;
  @Nested(() => PieceSerializer) piece!: Piece;
  @OneOf({ wide2: 'int64', raw2: 'bytes' }) choice!: OneOf<{ wide2: string; raw2: Buffer }>;
}

@ModelSerializer({ model: SqliteVault })
class SqliteVaultSerializer extends VaultSerializer<SqliteVault> {}

@ModelSerializer({ model: PostgresVault })
class PostgresVaultSerializer extends VaultSerializer<PostgresVault> {}

@GrpcController({
  serializer: SqliteVaultSerializer,
  service: 'Vault',
  permissions: [AllowAny],
  filters: { wide: ['exact', 'gte', 'in'], price: ['exact'] },
  ordering: { fields: ['wide'] },
})
class SqliteVaultController extends GenericCrudController<SqliteVault> {}

@GrpcController({
  serializer: PostgresVaultSerializer,
  service: 'Vault',
  permissions: [AllowAny],
  filters: { wide: ['exact', 'gte', 'in'], price: ['exact'] },
  ordering: { fields: ['wide'] },
})
class PostgresVaultController extends GenericCrudController<PostgresVault> {}

/** Comparing large buffers byte by byte takes seconds. */
function digested(value: AnyMessage): AnyMessage {
  if (Buffer.isBuffer(value)) return `${value.length}:${createHash('sha256').update(value).digest('hex')}`;
  if (Array.isArray(value)) return value.map(digested);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, digested(each)]));
}

const VAULTS = {
  sqlite: { entity: SqliteVault, controller: SqliteVaultController },
  postgres: { entity: PostgresVault, controller: PostgresVaultController },
};

describe.each(cross(DATABASES, PATHS))('columns on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    const { entity, controller } = VAULTS[kind];
    app = await bootApp({ database, path, entities: [entity], controllers: [controller] });
    client = await connectClient(app);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  /** Bytes digested. As it was sent, as it is read again, as it stands in a list, and after it was written over itself. */
  async function kept(request: object): Promise<AnyMessage> {
    const get = async (method: string, message: object): Promise<AnyMessage> =>
      digested(await client.get(`VaultController/${method}`, message));
    const made = await get('Create', request);
    const found = await get('Retrieve', { id: made.id });
    expect(found).toEqual(made);
    const updated = await get('Update', { id: made.id, ...request });
    expect({ ...updated, most: made.most }).toEqual(made);
    const { results } = await get('List', {
      _filters: { fields: { ordering: { stringValue: 'wide' } } },
    });
    expect(results).toContainEqual(updated);
    await client.get('VaultController/Destroy', { id: made.id });
    return made;
  }

  it.each([MIN, MAX, ODD, `-${ODD}`, '0', '-1'])('keep the 64-bit integer %s', async (wide) => {
    const request = {
      wide,
      fixed: wide,
      wides: [wide, '0', wide],
      byName: { '': wide, zero: '0' },
      piece: { wide, raw: Buffer.alloc(0), price: '' },
      wide2: wide,
    };
    expect(await kept(request)).toMatchObject(digested({ ...request, most: MAX, choice: 'wide2' }));
  });

  it.each([[Buffer.alloc(0)], [Buffer.from([255])], [ALL_BYTES], [Buffer.from('\0{"type":"Buffer"}')]])(
    'keep the bytes %j',
    async (raw) => {
      const request = {
        bytes: raw,
        raws: [raw, Buffer.from([0]), raw],
        rawByName: { a: raw },
        piece: { wide: '1', raw, price: '' },
        raw2: raw,
      };
      expect(await kept(request)).toMatchObject(digested({ ...request, choice: 'raw2' }));
    },
  );

  it('keep a megabyte of bytes, and tell none from empty ones', async () => {
    const bytes = Buffer.concat(Array.from({ length: 4096 }, () => ALL_BYTES));
    expect((await kept({ bytes })).bytes).toBe(digested(bytes));
    expect((await kept({})).bytes).toBeUndefined();
    expect((await kept({ bytes: Buffer.alloc(0) })).bytes).toBe(digested(Buffer.alloc(0)));
  });

  // SQLite has no decimals but doubles.
  const DECIMALS: readonly (readonly [string, string])[] =
    kind === 'postgres'
      ? [
          [DIGITS, DIGITS],
          [`-${DIGITS}`, `-${DIGITS}`],
          ['0.0000000001', '0.0000000001'],
          ['7', '7.0000000000'],
        ]
      : [
          ['12345.0123456789', '12345.0123456789'],
          ['-0.0000000001', '-0.0000000001'],
          ['7', '7.0000000000'],
        ];
  it.each(DECIMALS)('keep the decimal %s', async (price, shown) => {
    expect(await kept({ price, piece: { wide: '1', raw: ALL_BYTES, price: DIGITS } })).toMatchObject({
      price: shown,
      piece: { price: DIGITS },
    });
  });

  it('are found by integers that a double does not hold', async () => {
    const ids: number[] = [];
    for (const wide of [ODD, '9007199254740992', MAX, MIN])
      ids.push((await client.get('VaultController/Create', { wide })).id);
    const found = async (fields: object): Promise<string[]> =>
      (await client.get('VaultController/List', { _filters: { fields } })).results.map(
        ({ wide }: { wide: string }) => wide,
      );
    expect(await found({ wide: { stringValue: ODD } })).toEqual([ODD]);
    expect(await found({ wide__gte: { stringValue: ODD }, ordering: { stringValue: '-wide' } })).toEqual([
      MAX,
      ODD,
    ]);
    const list = { values: [MIN, MAX].map((stringValue) => ({ stringValue })) };
    expect(await found({ wide__in: { listValue: list }, ordering: { stringValue: 'wide' } })).toEqual([
      MIN,
      MAX,
    ]);
    for (const id of ids) await client.get('VaultController/Destroy', { id });
  });
});

const WIDE = ['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64'] as const;

/** Every place of a message that may hold a value, for each of the types. */
const PLACES = {
  ...Object.fromEntries(
    WIDE.flatMap((type) => [
      [`${type}One`, type],
      [`${type}Maybe`, `optional ${type}`],
      [`${type}Many`, `repeated ${type}`],
      [`${type}By`, `map<string, ${type}>`],
    ]),
  ),
  wrapped: 'google.protobuf.Int64Value',
  unsignedWrapped: 'google.protobuf.UInt64Value',
  one: 'bytes',
  maybe: 'optional bytes',
  many: 'repeated bytes',
  by: 'map<int32, bytes>',
  bytesWrapped: 'google.protobuf.BytesValue',
  digits: 'repeated string',
  piece: PieceSerializer,
  pieces: { type: PieceSerializer, cardinality: 'repeated' },
  union: { oneof: { wide: 'uint64', raw: 'bytes', piece3: PieceSerializer } },
};

@GrpcController({ permissions: [AllowAny] })
class CarrierController {
  @GrpcAction({ request: PLACES as never, response: PLACES as never })
  async echo(message: object): Promise<object> {
    return message;
  }

  @GrpcAction({ request: { how: 'string' }, response: { wide: 'repeated int64' } })
  async give({ how }: { how: string }) {
    const values: Readonly<Record<string, readonly (string | number | bigint)[]>> = {
      kinds: [MAX, 2n ** 63n - 1n, Number.MAX_SAFE_INTEGER, -0],
      tooMuch: [2n ** 63n],
      lossy: [2 ** 53],
      text: ['1e3'],
      blank: [''],
    };
    return { wide: values[how] ?? [] };
  }
}

describe.each(DOORS)('messages of actions through the %s', (door) => {
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    app = await bootApp({ controllers: [CarrierController] });
    client = await connectClient(app, door);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
  });

  const limits: Readonly<Record<(typeof WIDE)[number], readonly string[]>> = {
    int64: [MIN, MAX, ODD, '0'],
    uint64: [UMAX, ODD, '0'],
    sint64: [MIN, MAX, ODD, '0'],
    fixed64: [UMAX, ODD, '0'],
    sfixed64: [MIN, MAX, ODD, '0'],
  };

  it.each(WIDE)('carry %s in every place', async (type) => {
    for (const value of limits[type]) {
      const request = {
        [`${type}One`]: value,
        [`${type}Maybe`]: value,
        [`${type}Many`]: limits[type],
        [`${type}By`]: { a: value, '': '0' },
      };
      const answer = await client.get('CarrierController/Echo', request);
      expect(answer).toMatchObject(request);
    }
  });

  it.each([[Buffer.alloc(0)], [Buffer.from([255])], [ALL_BYTES], [Buffer.alloc(1 << 18, 0xff)]])(
    'carry bytes in every place: %#',
    async (raw) => {
      const request = {
        one: raw,
        maybe: raw,
        many: [raw, Buffer.alloc(0), raw],
        by: { '-1': raw, 0: Buffer.alloc(0) },
        bytesWrapped: { value: raw },
        piece: { wide: MIN, raw, price: DIGITS },
        pieces: [{ wide: MAX, raw, price: '' }],
        piece3: { wide: '0', raw, price: '' },
      };
      const answer = await client.get('CarrierController/Echo', request);
      expect(digested(answer)).toMatchObject(digested({ ...request, union: 'piece3' }));
    },
  );

  it('carry digits as they are, wrappers of zero, and the zero of an alternative', async () => {
    const request = {
      digits: [DIGITS, `-${DIGITS}`, '1e400', 'NaN', ''],
      wrapped: { value: '0' },
      unsignedWrapped: { value: UMAX },
    };
    expect(await client.get('CarrierController/Echo', { ...request, wide: '0' })).toMatchObject({
      ...request,
      union: 'wide',
      wide: '0',
    });
    expect(await client.get('CarrierController/Echo', { raw: Buffer.alloc(0) })).toMatchObject({
      union: 'raw',
      raw: Buffer.alloc(0),
    });
  });

  it('take integers as texts, bigints and safe numbers, and nothing that is none', async () => {
    const { wide } = await client.get('CarrierController/Give', { how: 'kinds' });
    expect(wide).toEqual([MAX, MAX, '9007199254740991', '0']);
    for (const how of ['tooMuch', 'lossy', 'text', 'blank'])
      expect(await client.call('CarrierController/Give', { how })).toMatchObject({
        code: 13,
        details: 'internal error',
      });
  });
});
