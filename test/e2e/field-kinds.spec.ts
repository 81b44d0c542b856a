/** JSON of every shape, Google's messages, maps, lists and alternatives: in serializers and in actions. */
import {
  AllowAny,
  Field,
  GenericController,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  JsonField,
  ListOf,
  MethodField,
  ModelSerializer,
  OneOf,
  ProtoSerializer,
  Serializer,
  type Duration,
  type RequestOf,
} from 'nestjs-socio-grpc';
import { readFileSync } from 'node:fs';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { bufBuild } from '../support/buf.js';
import { connectClient, DOORS, type AnyMessage, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';
import { SECRET_COLUMN } from '../support/secret.js';
import { struct, valueOf } from '../support/struct.js';

@Serializer()
class CardSerializer extends ProtoSerializer {
  @Field() number!: string;
  @Field({ type: 'google.protobuf.Timestamp', required: false }) expires?: Date;

  validateNumber(number: string) {
    return number.replaceAll(' ', '');
  }
}

@Serializer()
class LineSerializer extends ProtoSerializer {
  @Field({ maxLength: 5 }) text!: string;
  @Field({ type: 'int32', default: 1 }) amount!: number;
}

@Entity()
class Sheet {
  @PrimaryGeneratedColumn() id!: number;
  @Column(SECRET_COLUMN) vaultSecret!: string;
  @Column('simple-json', { nullable: true }) meta!: object | null;
  @Column('simple-json', { nullable: true }) setting!: unknown;
  @Column('simple-json', { nullable: true }) tags!: string[];
  @Column('simple-json', { nullable: true }) weights!: number[] | null;
  @Column('simple-json', { nullable: true }) counts!: Record<string, number> | null;
  @Column('simple-json', { nullable: true }) lines!: unknown[] | null;
  @Column('simple-json', { nullable: true }) payment!: object | null;
  @Column({ type: Date, nullable: true }) seen!: Date | null;
  @Column('date', { nullable: true }) day!: string | null;
  @Column('varchar', { length: 5, nullable: true }) note!: string | null;
  @Column('bigint', { nullable: true }) big!: string | null;
}

@ModelSerializer({ model: Sheet })
class SheetSerializer extends ProtoSerializer<Sheet> {
  @JsonField({ description: 'Any object' }) meta!: object;
  @JsonField({ type: 'value' }) setting!: unknown;
  @JsonField({ type: 'list' }) tags!: string[];
  @ListOf('double') weights!: number[];
  @Field({ type: 'map<string, int32>' }) counts!: Record<string, number>;
  @ListOf(() => LineSerializer) lines!: unknown[];
  @OneOf({ cash: 'int64', card: () => CardSerializer }, { required: false, description: 'How it is paid' })
  payment!: OneOf<{ cash: string; card: object }>;
  @Field({ type: 'google.protobuf.Timestamp' }) seen!: Date;
  @Field({ type: 'google.protobuf.Timestamp' }) day!: string;
  @Field({ type: 'google.protobuf.StringValue' }) note!: string;
  @Field({ type: 'google.protobuf.Int64Value' }) big!: string;
  @MethodField({ type: 'google.protobuf.Duration', needs: ['id'] })
  took(sheet: Sheet): Duration {
    return { seconds: sheet.id, nanos: 5 };
  }
}

@GrpcController({ serializer: SheetSerializer, permissions: [AllowAny] })
class SheetController extends GenericCrudController<Sheet> {}

const CALL = {
  at: 'google.protobuf.Timestamp',
  took: 'google.protobuf.Duration',
  anything: 'google.protobuf.Value',
  many: 'google.protobuf.ListValue',
  wrapped: 'google.protobuf.Int32Value',
  blob: 'google.protobuf.Any',
  counts: 'map<string, int64>',
  cards: 'map<int32, google.protobuf.Timestamp>',
  times: 'repeated google.protobuf.Timestamp',
  contact: {
    oneof: { email: 'string', phone: 'int64', card: CardSerializer, when: 'google.protobuf.Timestamp' },
  },
} as const;

const received: unknown[] = [];

@GrpcController({ permissions: [AllowAny] })
class KindController extends GenericController<Sheet> {
  @GrpcAction({ request: CALL, response: CALL })
  echo(request: RequestOf<{ request: typeof CALL }>) {
    received.push(request);
    return request;
  }
}

const CONTROLLERS = [SheetController, KindController];

/** What proto-loader reads of our bytes, without the names of the oneofs that it adds. */
function plain(message: AnyMessage): AnyMessage {
  return JSON.parse(JSON.stringify(message, (key, value) => (/^_|^kind$/.test(key) ? undefined : value)));
}

describe.each(cross(DATABASES, PATHS))('kinds of fields on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, path, entities: [Sheet], controllers: CONTROLLERS });
    client = await connectClient(app);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const create = (request: object): Promise<AnyMessage> => client.get('SheetController/Create', request);

  it.each([null, true, 0, 1.5, '', 'text', [], [1, 'a', null], {}, { a: [{ b: null }] }])(
    'keeps a column of any JSON: %j',
    async (json) => {
      const answer = await create({ setting: valueOf(json) });
      expect(answer.setting).toMatchObject(valueOf(json));
    },
  );

  it.each([[[]], [['a', 1, null, { b: [true] }]]])('keeps a column of JSON arrays: %j', async (tags) => {
    const listValue = { values: tags.map((each) => valueOf(each as never)) };
    const answer = await create({ tags: listValue });
    expect(answer.tags).toMatchObject(listValue);
    const [row] = await app.dataSource.getRepository(Sheet).findBy({ id: answer.id });
    expect(row?.tags).toEqual(tags);
  });

  it('keeps lists of numbers, maps and objects in columns of JSON', async () => {
    const request = {
      meta: struct({ a: 1 }),
      weights: [0.5, -1],
      counts: { a: 1, 'b c': -5 },
      lines: [{ text: 'one', amount: 3 }, { text: 'two' }],
    };
    const answer = plain(await create(request));
    expect(answer).toMatchObject({
      weights: [0.5, -1],
      counts: { a: 1, 'b c': -5 },
      lines: [
        { text: 'one', amount: 3 },
        { text: 'two', amount: 1 },
      ],
    });
    const row = await app.dataSource.getRepository(Sheet).findOneByOrFail({ id: answer.id });
    expect(row).toMatchObject({ weights: [0.5, -1], counts: { a: 1, 'b c': -5 }, meta: { a: 1 } });
    expect(row.lines).toEqual([
      { text: 'one', amount: 3 },
      { text: 'two', amount: 1 },
    ]);
  });

  it('checks objects in columns of JSON by the rules of their serializer', async () => {
    const { code, details } = await client.call('SheetController/Create', {
      lines: [{ text: 'one' }, { text: 'too long' }],
    });
    expect(code).toBe(3);
    expect(JSON.parse(details)).toEqual({
      lines: [
        {},
        { text: [{ message: 'Ensure this field has no more than 5 characters.', code: 'max_length' }] },
      ],
    });
  });

  it('keeps which of the alternatives there is, and its value', async () => {
    const cash = await create({ cash: '9223372036854775807' });
    expect(cash).toMatchObject({ payment: 'cash', cash: '9223372036854775807' });
    const expires = { seconds: '1767349230', nanos: 123_000_000 };
    const card = await create({ card: { number: '12 34', expires } });
    expect(card).toMatchObject({ payment: 'card', card: { number: '1234', expires } });
    const none = await create({});
    expect(none.payment).toBeUndefined();
    const { id } = card;
    const changed = await client.get('SheetController/PartialUpdate', {
      id,
      _partialUpdateFields: ['payment'],
      cash: '1',
    });
    expect(changed).toMatchObject({ payment: 'cash', cash: '1' });
  });

  it('checks the alternative that is there by its rules', async () => {
    const { code, details } = await client.call('SheetController/Create', { card: { number: '' } });
    expect(code).toBe(3);
    expect(JSON.parse(details)).toEqual({
      card: { number: [{ message: 'This field may not be blank.', code: 'blank' }] },
    });
  });

  it('reads and writes dates as timestamps', async () => {
    const seen = { seconds: '-1', nanos: 999_000_000 };
    const day = { seconds: '1767312000', nanos: 0 };
    const answer = await create({ seen, day });
    expect(answer).toMatchObject({ seen, day });
    const row = await app.dataSource.getRepository(Sheet).findOneByOrFail({ id: answer.id });
    expect(row).toMatchObject({ seen: new Date(-1), day: '2026-01-02' });
  });

  it('tells an absent wrapper from one that holds the zero of its type', async () => {
    const given = await create({ note: { value: 'n' }, big: { value: '0' } });
    expect(given).toMatchObject({ note: { value: 'n' }, big: { value: '0' } });
    const { id } = given;
    const partial = { id, _partialUpdateFields: ['note', 'big'], big: { value: '-9223372036854775808' } };
    const changed = await client.get('SheetController/PartialUpdate', partial);
    expect(changed.note ?? null).toBeNull();
    expect(changed.big).toEqual({ value: '-9223372036854775808' });
    const { code } = await client.call('SheetController/Create', { note: { value: 'too long' } });
    expect(code).toBe(3);
  });

  it('gives what methods give in them', async () => {
    const { id, took } = await create({});
    expect(took).toEqual({ seconds: String(id), nanos: 5 });
  });

  it('gives nothing away of a row that its field cannot hold', async () => {
    await app.dataSource.getRepository(Sheet).insert({ meta: [1] });
    const answer = await client.call('SheetController/List');
    expect(answer).toMatchObject({ code: 13, details: 'internal error' });
    await app.dataSource.getRepository(Sheet).clear();
  });
});

describe.each(DOORS)('kinds of fields of actions through the %s', (door) => {
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    app = await bootApp({ controllers: [KindController] });
    client = await connectClient(app, door);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
  });

  const echo = (request: object): Promise<AnyMessage> => client.get('KindController/Echo', request);

  it.each([
    { at: { seconds: '-62135596800', nanos: 0 } },
    { at: { seconds: '253402300799', nanos: 999_000_000 } },
    { took: { seconds: '-315576000000', nanos: -999_999_999 } },
    { anything: { nullValue: 'NULL_VALUE' } },
    { many: { values: [{ numberValue: -0.5 }, { nullValue: 'NULL_VALUE' }] } },
    { wrapped: { value: 0 } },
    { wrapped: { value: -2147483648 } },
    { blob: { type_url: 'type.googleapis.com/a.B', value: Buffer.from([1, 2]) } },
    { counts: { '': '9223372036854775807', ü: '0' } },
    { cards: { '-1': { seconds: '0', nanos: 0 } } },
    {
      times: [
        { seconds: '1', nanos: 0 },
        { seconds: '0', nanos: 1_000_000 },
      ],
    },
    { email: '', contact: 'email' },
    { phone: '-9223372036854775808', contact: 'phone' },
    { card: { number: '1' }, contact: 'card' },
    { when: { seconds: '5', nanos: 0 }, contact: 'when' },
  ])('brings back %j', async (message) => {
    expect(await echo(message)).toMatchObject(message);
  });

  it('hands them over as JavaScript has them', async () => {
    received.length = 0;
    await echo({ at: { seconds: '1' }, counts: { a: '5' }, email: 'a@b.c', wrapped: { value: 3 } });
    await echo({});
    expect(received).toEqual([
      {
        at: new Date(1000),
        took: undefined,
        anything: undefined,
        many: undefined,
        wrapped: 3,
        blob: undefined,
        counts: { a: '5' },
        cards: {},
        times: [],
        contact: { case: 'email', value: 'a@b.c' },
      },
      expect.not.objectContaining({ contact: expect.anything() }),
    ]);
  });

  it('refuses moments that are none', async () => {
    const answer = await client.call('KindController/Echo', { at: { seconds: '253402300800' } });
    expect(answer).toMatchObject({ code: 3, details: expect.stringContaining('timestamp out of range') });
  });
});

describe('the file of an application with all of them', () => {
  it('is valid for buf, with its imports and comments', async () => {
    const app = await bootApp({
      database: await createDatabase('sqlite'),
      entities: [Sheet],
      controllers: CONTROLLERS,
      options: { package: 'shop.v1' },
    });
    const text = readFileSync(app.protoFile, 'utf8');
    await app.close();
    expect(await bufBuild([text])).toBe('');
    expect(text).toContain('import "google/protobuf/wrappers.proto";');
    expect(text).toContain('    map<string, int32> counts = ');
    expect(text).toMatch(
      / {4}oneof payment \{\n {8}\/\/ How it is paid\n {8}int64 cash = \d+;\n {8}Card\w+ card = /,
    );
  });
});

describe('at boot', () => {
  const problemsWith = (serializer: abstract new () => ProtoSerializer) => {
    @GrpcController({ serializer: serializer as never, permissions: [AllowAny] })
    class OddController extends GenericCrudController<Sheet> {}
    return problemsOf({ entities: [Sheet], controllers: [OddController] });
  };

  it('an array in a column of JSON must be declared', async () => {
    @ModelSerializer({ model: Sheet, fields: ['id', 'tags'] })
    class OddSerializer extends ProtoSerializer<Sheet> {}
    expect(await problemsWith(OddSerializer)).toEqual([
      `OddSerializer.tags: is an array in a column of JSON, which a google.protobuf.Struct cannot hold. Declare it with @JsonField({ type: 'list' }).`,
    ]);
  });

  it('a type must be one, and one that the column holds', async () => {
    @ModelSerializer({ model: Sheet, fields: ['id', 'note', 'big', 'counts', 'seen'] })
    class OddSerializer extends ProtoSerializer<Sheet> {
      @Field({ type: 'map<string, string>' }) note!: string;
      @Field({ type: 'google.protobuf.Timestamp' }) big!: string;
      @Field({ type: 'map<double, string>' }) counts!: object;
      @Field({ type: 'google.protobuf.Timestmap' }) seen!: Date;
    }
    expect(await problemsWith(OddSerializer)).toEqual([
      'OddSerializer.note: a column of the kind "string" holds no map<string, string>. Leave "type" out, or give a type that the column holds.',
      'OddSerializer.big: a column of the kind "bigint" holds no google.protobuf.Timestamp. Leave "type" out, or give a type that the column holds.',
      `OddSerializer.counts: type "map<double, string>" is unknown. Expected a proto type such as 'string' or 'repeated int64'.`,
      `OddSerializer.seen: type "google.protobuf.Timestmap" is unknown. Expected a proto type such as 'string' or 'repeated int64'.`,
    ]);
  });

  it('a oneof must have members, of one value each, with names of their own', async () => {
    @ModelSerializer({ model: Sheet, fields: ['id', 'payment', 'meta', 'lines', 'setting'] })
    class OddSerializer extends ProtoSerializer<Sheet> {
      @OneOf({}) payment!: unknown;
      @OneOf({ a: 'repeated string', b: 'map<string, string>' }) meta!: unknown;
      @OneOf({ id: 'string' }) lines!: unknown;
      @OneOf({ c: 'string' }, { source: 'note' }) setting!: unknown;
    }
    expect(await problemsWith(OddSerializer)).toEqual([
      'OddSerializer.payment: has no members. Name some in @OneOf().',
      'OddSerializer.meta.a: is "repeated string", but members of a oneof are one value, neither list nor map nor optional.',
      'OddSerializer.meta.b: is "map<string, string>", but members of a oneof are one value, neither list nor map nor optional.',
      'OddSerializer.setting: a oneof is no value of "Sheet.note". Use a column of JSON, a getter, or a serializer without a model.',
      `OddSerializer: "id" and "id" both become field "id". Rename one: @Field({ name: '...' }).`,
    ]);
  });

  it('objects in JSON are of no model, and have no methods', async () => {
    @Serializer()
    class Methodical extends ProtoSerializer {
      @MethodField({ type: 'string' })
      text(): string {
        return '';
      }
    }
    @ModelSerializer({ model: Sheet, fields: ['id', 'lines', 'meta'] })
    class OddSerializer extends ProtoSerializer<Sheet> {
      @ListOf(() => SheetSerializer) lines!: unknown[];
      @ListOf(() => Methodical) meta!: unknown;
    }
    expect(await problemsWith(OddSerializer)).toEqual([
      'OddSerializer.lines: "lines" is a column of JSON, whose objects are of no model. Nest a serializer without one.',
      'OddSerializer.meta: Methodical has methods, which do not run for objects in a column of JSON. Nest a serializer without them.',
    ]);
  });
});
