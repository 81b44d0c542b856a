/** What becomes of a field that is not sent: the reference's test_default_value, cell by cell. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DefaultValue, DefaultValueController } from '../fixtures/default-values.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type AnyMessage, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';

/** Stands for "not in the message": no value and no presence. */
const UNSET = undefined;

interface Cell {
  readonly field: keyof DefaultValue;
  /** In a row that was made without it, and after a Create without it. */
  readonly created: unknown;
  readonly retrieved?: unknown;
  /** What the row held before, and what an Update without the field leaves. */
  readonly before: unknown;
  readonly updated: unknown;
  /** After a PartialUpdate that lists the field and does not send it; `blank`: the error. */
  readonly partial: unknown;
}

const BLANK = Symbol('blank');

// prettier-ignore
const CELLS: readonly Cell[] = [
  { field: 'stringBlank', created: '', before: 'x', updated: 'x', partial: '' },
  { field: 'stringNullable', created: UNSET, before: 'x', updated: UNSET, partial: UNSET },
  { field: 'stringDefault', created: 'default', before: 'x', updated: 'x', partial: BLANK },
  { field: 'stringDefaultAndBlank', created: 'default_and_blank', before: 'x', updated: 'x', partial: '' },
  { field: 'stringNullDefaultAndBlank', created: 'null_default_and_blank', before: 'x', updated: UNSET, partial: UNSET },
  { field: 'stringRequiredButSerializerDefault', created: 'default_serializer', retrieved: 'setUp', before: 'x', updated: 'default_serializer', partial: 'default_serializer' },
  { field: 'stringDefaultButSerializerDefault', created: 'default_serializer_override', retrieved: 'default', before: 'x', updated: 'default_serializer_override', partial: 'default_serializer_override' },
  { field: 'stringNullableDefaultButSerializerDefault', created: 'default_serializer_override', retrieved: 'default', before: 'x', updated: 'default_serializer_override', partial: 'default_serializer_override' },
  { field: 'intNullable', created: UNSET, before: 7, updated: UNSET, partial: UNSET },
  { field: 'intDefault', created: 5, before: 202, updated: 202, partial: 0 },
  { field: 'intRequiredButSerializerDefault', created: 10, retrieved: 60, before: 7, updated: 10, partial: 10 },
  { field: 'booleanNullable', created: UNSET, before: true, updated: UNSET, partial: UNSET },
  { field: 'booleanDefaultFalse', created: false, before: true, updated: true, partial: false },
  { field: 'booleanDefaultTrue', created: true, before: false, updated: false, partial: false },
  { field: 'booleanRequiredButSerializerDefault', created: false, retrieved: true, before: true, updated: false, partial: false },
];

const REQUIRED = { stringRequired: 'setUp', intRequired: 50, booleanRequired: true };

describe.each(cross(DATABASES, PATHS))('fields that are not sent on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      path,
      entities: [DefaultValue],
      controllers: [DefaultValueController],
    });
    client = await connectClient(app);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const rows = () => app.dataSource.getRepository(DefaultValue);

  /** A row that was not made through the API. */
  async function setUp(values: Partial<DefaultValue> = {}): Promise<number> {
    const { id } = await rows().save({
      ...REQUIRED,
      stringRequiredButSerializerDefault: 'setUp',
      intRequiredButSerializerDefault: 60,
      booleanRequiredButSerializerDefault: true,
      ...values,
    });
    return id;
  }

  function expectField(message: AnyMessage, field: string, value: unknown): void {
    expect(message[field]).toBe(value);
    // proto-loader's virtual oneof tells presence.
    expect(message[`_${field}`]).toBe(value === UNSET ? undefined : field);
  }

  it.each(CELLS)('retrieves $field as the database has it', async ({ field, created, ...cell }) => {
    const message = await client.get('DefaultValueController/Retrieve', { id: await setUp() });
    expectField(message, field, 'retrieved' in cell ? cell.retrieved : created);
  });

  it.each(CELLS)('creates a row without $field', async ({ field, created }) => {
    const message = await client.get('DefaultValueController/Create', REQUIRED);
    expectField(message, field, created);
  });

  it.each(CELLS)('updates a row without $field', async ({ field, before, updated }) => {
    const id = await setUp({ [field]: before });
    expectField(await client.get('DefaultValueController/Update', { id, ...REQUIRED }), field, updated);
  });

  it.each(CELLS)('updates $field when it is listed and not sent', async ({ field, before, partial }) => {
    const id = await setUp({ [field]: before });
    const answer = await client.call('DefaultValueController/PartialUpdate', {
      id,
      _partialUpdateFields: [field],
    });
    if (partial !== BLANK) return expectField(answer.message, field, partial);
    expect(answer.code).toBe(3);
    expect(Object.values(JSON.parse(answer.details))).toEqual([
      [{ message: 'This field may not be blank.', code: 'blank' }],
    ]);
  });

  it.each(CELLS)('leaves $field alone when it is sent and not listed', async ({ field, before }) => {
    const id = await setUp({ [field]: before });
    const request = {
      id,
      _partialUpdateFields: ['string_required'],
      stringRequired: 'y',
      [field]: before === true ? false : 9,
    };
    const message = await client.get('DefaultValueController/PartialUpdate', request);
    expectField(message, field, before);
    expect(message.stringRequired).toBe('y');
  });

  it.each([
    ['stringBlank', ''],
    ['stringDefaultAndBlank', ''],
    ['stringNullDefaultAndBlank', ''],
    ['intNullable', 0],
    ['intDefault', 0],
    ['booleanNullable', false],
    ['booleanDefaultTrue', false],
  ])('writes %s: %j where it is sent', async (field, value) => {
    const id = await setUp();
    expectField(
      await client.get('DefaultValueController/Update', { id, ...REQUIRED, [field]: value }),
      field,
      value,
    );
    const request = { id: await setUp(), _partialUpdateFields: [field], [field]: value };
    expectField(await client.get('DefaultValueController/PartialUpdate', request), field, value);
  });

  it('takes zero and false for required fields and refuses the empty text', async () => {
    const request = { id: await setUp(), stringRequired: 'x', intRequired: 0, booleanRequired: false };
    expect(await client.get('DefaultValueController/Update', request)).toMatchObject({
      intRequired: 0,
      booleanRequired: false,
    });
    expect(await client.call('DefaultValueController/Update', { id: request.id })).toMatchObject({
      code: 3,
      details: '{"string_required": [{"message": "This field may not be blank.", "code": "blank"}]}',
    });
  });

  it('names the fields that can be updated when another one is listed', async () => {
    const id = await setUp();
    const answer = await client.call('DefaultValueController/PartialUpdate', {
      id,
      _partialUpdateFields: ['nope', 'int_default'],
    });
    expect(answer.code).toBe(3);
    const { _partial_update_fields: errors } = JSON.parse(answer.details);
    expect(errors).toEqual([
      {
        message: expect.stringMatching(/^"nope" cannot be updated\. Expected some of: .*string_required, /),
        code: 'unknown_field',
      },
    ]);
  });

  it('changes nothing when nothing is listed', async () => {
    const id = await setUp();
    const before = await client.get('DefaultValueController/Retrieve', { id });
    expect(
      await client.get('DefaultValueController/PartialUpdate', { id, stringRequired: 'ignored' }),
    ).toEqual(before);
  });
});

describe('the same contract under dsg', () => {
  it('ignores names that cannot be updated', async () => {
    const app = await bootApp({
      database: await createDatabase('sqlite'),
      entities: [DefaultValue],
      controllers: [DefaultValueController],
      options: { conventions: 'dsg' },
    });
    const client = await connectClient(app);
    const { id } = await client.get('DefaultValueController/Create', REQUIRED);
    const request = { id, _partialUpdateFields: ['nope', 'id', 'intDefault'], intDefault: 9 };
    expect(await client.get('DefaultValueController/PartialUpdate', request)).toMatchObject({
      id,
      intDefault: 9,
    });
    client.close();
    await app.close();
  });
});
