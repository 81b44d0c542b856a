import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TYPES } from '../fixtures/column-types.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type AnyMessage, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';

const INVALID_ARGUMENT = 3;

/** Text that both databases can store; NUL is refused, and half a surrogate pair is no text. */
const text = (maxLength: number) =>
  fc
    .string({ unit: 'grapheme', maxLength })
    .filter((value) => !value.includes('\0') && [...value].length <= maxLength);
const present = (maxLength: number) => text(maxLength).filter((value) => value !== '');
const digits = (whole: number, fraction: number) =>
  fc
    .tuple(
      fc.boolean(),
      fc.integer({ min: 0, max: 10 ** whole - 1 }),
      fc.integer({ min: 0, max: 10 ** fraction - 1 }),
    )
    .map(
      ([negative, w, f]) => `${negative && w + f > 0 ? '-' : ''}${w}.${String(f).padStart(fraction, '0')}`,
    );
const moment = fc
  .date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const int32 = fc.integer();
const struct = fc.dictionary(
  present(8).filter((key) => key !== '__proto__'),
  fc.oneof(fc.boolean(), text(8), fc.integer(), fc.constant(null)),
  { maxKeys: 4 },
);

const COMMON = {
  int: int32,
  smallint: fc.integer({ min: -32_768, max: 32_767 }),
  bigint: int64,
  boolean: fc.boolean(),
  varchar: present(40),
  text: text(300),
  transformed: present(40),
  date: moment.map((value) => value.slice(0, 10)),
  time: moment.map((value) => value.slice(11, 19)),
  moment,
  bytes: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  simpleArray: fc.array(
    present(10).filter((value) => !value.includes(',')),
    { maxLength: 5 },
  ),
  genre: fc.constantFrom('NOVEL', 'POETRY'),
  level: fc.constantFrom('LOW', 'HIGH'),
};

const ONLY = {
  sqlite: {
    float: fc.double({ noNaN: true, noDefaultInfinity: true }),
    decimal: digits(6, 4),
  },
  postgres: {
    decimal: digits(8, 4),
    real: fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e30), max: Math.fround(1e30) }),
    double: fc.double({ noNaN: true, noDefaultInfinity: true }),
    uuid: fc.uuid(),
    zoned: moment,
    ints: fc.array(int32, { maxLength: 5 }),
    texts: fc.array(present(10), { maxLength: 5 }),
    bigints: fc.array(int64, { maxLength: 5 }),
    citext: present(20),
  },
};

describe.each(DATABASES)('column types on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;
  /** The same database behind entities. */
  let entityApp: TestApp;
  let entityClient: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind, { extensions: ['citext'], shared: true });
    const { entity, controller } = TYPES[kind];
    const parts = { database, entities: [entity], controllers: [controller] };
    app = await bootApp(parts);
    client = await connectClient(app);
    entityApp = await bootApp({ ...parts, path: 'entity' });
    entityClient = await connectClient(entityApp);
  });

  afterAll(async () => {
    client?.close();
    entityClient?.close();
    await app?.close();
    await entityApp?.close();
    await database?.drop();
  });

  async function expectSameBytes(id: number): Promise<void> {
    for (const [method, request] of [['Retrieve', { id }], ['List'], ['Stream']] as const) {
      const name = `TypesController/${method}`;
      expect(await entityClient.bytes(name, request)).toEqual(await client.bytes(name, request));
    }
  }

  /** Only what was sent, without the sign of zero; proto-loader adds its virtual oneofs. */
  function sentPart(message: AnyMessage, sent: object): AnyMessage {
    return Object.fromEntries(Object.keys(sent).map((key) => [key, comparable(key, message[key])]));
  }

  /** PostgreSQL writes a `real` as the shortest decimal that stands for it. */
  function comparable(field: string, value: unknown): unknown {
    if (typeof value !== 'number') return value;
    return (field === 'real' ? Math.fround(value) : value) + 0;
  }

  it('gives back what was written, whichever action and path writes and reads', async () => {
    const values = fc.record({ ...COMMON, ...ONLY[kind] } as Record<string, fc.Arbitrary<unknown>>, {
      requiredKeys: [],
    });
    await fc.assert(
      fc.asyncProperty(values, values, fc.boolean(), async (first, second, throughEntities) => {
        const writer = throughEntities ? entityClient : client;
        await app.dataSource.query('DELETE FROM column_types');
        const created = await writer.get('TypesController/Create', first);
        expect(sentPart(created, first)).toEqual(sentPart(first, first));
        const { id } = created;
        expect(await client.get('TypesController/Retrieve', { id })).toEqual(created);
        // A row that refers to another is written in another way.
        const other = await writer.get('TypesController/Create', { ...first, like: id });
        expect(other.like).toBe(id);
        expect({ ...other, id, like: undefined, _like: undefined }).toEqual(created);
        await writer.get('TypesController/Destroy', { id: other.id });
        await expectSameBytes(id);
        const updated = await writer.get('TypesController/Update', { id, ...second });
        await expectSameBytes(id);
        expect(sentPart(updated, second)).toEqual(sentPart(second, second));
        const listed = (await client.get('TypesController/List')).results as AnyMessage[];
        expect(listed).toEqual([updated]);
        expect((await client.call('TypesController/Stream')).messages).toEqual(listed);
        await writer.get('TypesController/Destroy', { id });
      }),
      { numRuns: Number(process.env['RUNS'] ?? 60) },
    );
  }, 120_000);

  it('keeps every JSON value that a Struct can hold', async () => {
    const fields = kind === 'postgres' ? ['simpleJson', 'json', 'jsonb'] : ['simpleJson'];
    await fc.assert(
      fc.asyncProperty(struct, fc.constantFrom(...fields), async (value, field) => {
        const { id, ...created } = await client.get('TypesController/Create', { [field]: toStruct(value) });
        expect(fromStruct(created[field])).toEqual({ ...value });
        await client.get('TypesController/Destroy', { id });
      }),
      { numRuns: Number(process.env['RUNS'] ?? 60) },
    );
  }, 120_000);

  it('reads times of any zone and gives them in UTC', async () => {
    const { id, moment: stored } = await client.get('TypesController/Create', {
      moment: '2026-01-02T03:04:05.678+02:00',
    });
    expect(stored).toBe('2026-01-02T01:04:05.678Z');
    expect((await client.get('TypesController/Update', { id, moment: '2026-01-02 03:04' })).moment).toBe(
      '2026-01-02T03:04:00.000Z',
    );
  });

  it.each([
    ['smallint', 32_768, 'max_value', 'Ensure this value is less than or equal to 32767.'],
    ['smallint', -32_769, 'min_value', 'Ensure this value is greater than or equal to -32768.'],
    [
      'decimal',
      '123456789.5',
      'max_whole_digits',
      'Ensure that there are no more than 8 digits before the decimal point.',
    ],
    ['decimal', '1.23456', 'max_decimal_places', 'Ensure that there are no more than 4 decimal places.'],
    ['decimal', '123456789.1234', 'max_digits', 'Ensure that there are no more than 12 digits in total.'],
    ['decimal', 'NaN', 'invalid', 'A valid number is required.'],
    ['decimal', '', 'invalid', 'A valid number is required.'],
    ['varchar', 'x'.repeat(41), 'max_length', 'Ensure this field has no more than 40 characters.'],
    ['varchar', '', 'blank', 'This field may not be blank.'],
    ['text', 'a\0b', 'null_characters_not_allowed', 'Null characters are not allowed.'],
    ['date', '2026-02-30', 'invalid', 'Date has wrong format. Use one of these formats instead: YYYY-MM-DD.'],
    ['date', 'today', 'invalid', 'Date has wrong format. Use one of these formats instead: YYYY-MM-DD.'],
    [
      'time',
      '25:00:00',
      'invalid',
      'Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]].',
    ],
    [
      'moment',
      '2026-02-30T00:00:00Z',
      'invalid',
      'Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].',
    ],
    ['genre', 99, 'invalid_choice', '"99" is not a valid choice.'],
    ['simpleArray', ['a', 'b,c'], 'invalid', 'This value may not contain a comma.'],
    ['float', Infinity, 'invalid', 'A valid number is required.'],
  ])('refuses %s: %j', async (field, value, code, message) => {
    const answer = await client.call('TypesController/Create', { [field]: value });
    expect(answer).toMatchObject({ code: INVALID_ARGUMENT });
    expect(JSON.parse(answer.details)).toEqual({ [field.replace('A', '_a')]: [{ message, code }] });
  });

  it('tells everything that is wrong at once', async () => {
    const answer = await client.call('TypesController/Create', {
      varchar: '',
      date: 'x',
      smallint: 99_999,
      time: 'x',
    });
    expect(Object.keys(JSON.parse(answer.details)).toSorted()).toEqual([
      'date',
      'smallint',
      'time',
      'varchar',
    ]);
  });
});

/** google.protobuf.Struct as proto-loader has it. */
function toStruct(value: Readonly<Record<string, unknown>>): AnyMessage {
  return { fields: Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toValue(each)])) };
}

function toValue(value: unknown): AnyMessage {
  if (value === null) return { nullValue: 'NULL_VALUE' };
  if (typeof value === 'string') return { stringValue: value };
  return typeof value === 'number' ? { numberValue: value } : { boolValue: value };
}

function fromStruct(struct: AnyMessage): object {
  return Object.fromEntries(
    Object.entries(struct.fields as Record<string, AnyMessage>).map(([key, value]) => {
      const plain = value[value.kind];
      return [key, value.kind === 'nullValue' ? null : plain];
    }),
  );
}
