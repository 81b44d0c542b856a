/** Messages of other people's files: in columns, serializers and actions, through every door and tool. */
import { readFile } from 'node:fs/promises';
import {
  AllowAny,
  Field,
  GenericController,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ListGenerationPlugin,
  ListOf,
  MethodField,
  ModelSerializer,
  OneOf,
  ProtoSerializer,
  Serializer,
} from 'nestjs-socio-grpc';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Address, Customer, FOREIGN_DIR, Money, PublicAddress } from '../fixtures/external.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, DOORS, type AnyMessage, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';
import { struct } from '../support/struct.js';

@Entity()
class Offer {
  @PrimaryGeneratedColumn() id!: number;
  @Column('simple-json', { nullable: true }) price!: Money | null;
  @Column('simple-json', { nullable: true }) address!: Address | null;
  @Column('simple-json', { default: '[]' }) steps!: Money[];
  @Column('simple-json', { default: '{}' }) fees!: Record<string, Money>;
  @Column('simple-json', { nullable: true }) payment!: OneOf<{ cash: Money; note: string }> | null;

  get double(): Money | null {
    return this.price && { ...this.price, units: String(BigInt(this.price.units) * 2n) };
  }
}

@ModelSerializer({ model: Offer })
class OfferSerializer extends ProtoSerializer<Offer> {
  @Field({ type: Money, description: 'What it costs' }) price!: Money | null;
  @Field({ type: Address }) address!: Address | null;
  @ListOf(Money) steps!: Money[];
  @Field({ type: Money.mapBy('string') }) fees!: Record<string, Money>;
  @OneOf({ cash: Money, note: 'string' }) payment!: Offer['payment'];
  @Field({ type: Money }) double!: Money | null;

  @MethodField({ type: Money.list, needs: ['price'] })
  twice(offer: Offer): Money[] {
    return offer.price ? [offer.price, offer.price] : [];
  }

  @MethodField({ type: Address, nullable: true, needs: ['address'] })
  home(offer: Offer): Address | null {
    return offer.address;
  }

  validatePrice(price: Money | null) {
    return price?.currencyCode === 'XXX' ? { ...price, currencyCode: 'EUR' } : price;
  }
}

@Serializer()
class BillSerializer extends ProtoSerializer {
  @Field({ type: Customer }) customer!: Customer;
  @Field({ type: Money.mapBy('int32'), description: 'By year' }) byYear!: Record<string, Money>;
}

@GrpcController({ serializer: OfferSerializer, permissions: [AllowAny] })
class OfferController extends GenericCrudController<Offer> {}

const BILL = {
  total: { type: Money, description: 'All of it', name: 'grand_total' },
  parts: { type: Money, cardinality: 'repeated' },
  maybe: { type: Address, cardinality: 'optional' },
  places: Address.list,
  byName: Money.mapBy('string'),
  to: { oneof: { money: Money, text: 'string' } },
  bill: BillSerializer,
} as const;

@GrpcController({ permissions: [AllowAny] })
class TillController extends GenericController {
  @GrpcAction({ request: Address, response: Address })
  async echo(address: Address) {
    return address;
  }

  @GrpcAction({ request: Customer, response: Customer })
  async greet({ name, address }: Customer) {
    return { name: `Dear ${name}`, ...(address && { address }) };
  }

  @GrpcAction({ request: BILL, response: BILL })
  async bill(bill: {
    total?: Money;
    parts: Money[];
    maybe?: Address;
    places: Address[];
    byName: Record<string, Money>;
    to?: { case: 'money'; value: Money } | { case: 'text'; value: string };
    bill?: object;
  }) {
    return bill;
  }

  @GrpcAction({ request: Money, response: Money, requestStream: true, responseStream: true })
  async *change(amounts: AsyncIterable<Money>) {
    for await (const { units, ...rest } of amounts) yield { ...rest, units: String(-BigInt(units)) };
  }

  @GrpcAction({
    request: {},
    response: Money,
    plugins: [new ListGenerationPlugin({ response: true })],
  })
  async coins() {
    return [{ currencyCode: 'EUR', units: '1' }, { currencyCode: 'EUR' }];
  }
}

const ADDRESS = {
  kind: 'KIND_WORK',
  lines: [{ text: 'a', parts: [{ text: 'b', parts: [] }] }],
  fees: { a: { currencyCode: 'EUR', units: '-9223372036854775808', nanos: -1 } },
  kinds: { '-3': 'KIND_HOME', '0': 'KIND_UNSPECIFIED' },
  floor: 0,
  since: { seconds: '1767349230', nanos: 123_000_000 },
  mask: { paths: ['a.b', 'c'] },
  seal: Buffer.from([0, 255, 128]),
  others: ['KIND_HOME', 'KIND_UNSPECIFIED'],
  extra: struct({ a: [1, null] }),
  code: '18446744073709551615',
  HTTPUrl_2: 'x',
  seals: { one: Buffer.from([255]) },
  moves: [{ seconds: '-1', nanos: 0 }],
};

const POINT = { point: { lat: 0.1, lng: -0, precision: 'PRECISION_EXACT' } };

describe.each(DOORS)('messages of others in actions through the %s', (door) => {
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    app = await bootApp({
      controllers: [TillController],
      options: { package: 'acme.shop.v1', proto: { includeDirs: [FOREIGN_DIR] } },
    });
    client = await connectClient(app, door, {
      protoFile: app.protoFile,
      includeDirs: [app.protoDir, FOREIGN_DIR],
    });
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
  });

  it('goes through whole', async () => {
    const request = { ...ADDRESS, ...POINT, previous: { ...ADDRESS, phone: '1' } };
    expect(await client.get('TillController/Echo', request)).toMatchObject({
      ...ADDRESS,
      ...POINT,
      contact: 'point',
      previous: { ...ADDRESS, phone: '1', contact: 'phone' },
    });
  });

  it.each([
    { phone: '' },
    { reach: 'KIND_UNSPECIFIED' },
    { reach: 7 },
    { badge: Buffer.alloc(0) },
    { kind: 2147483647 },
    { others: [1, -5] },
    { kinds: { 1: 99 } },
    { point: { precision: -2 } },
    {},
  ])('keeps what is zero, empty or newer than the file: %j', async (request) => {
    const sent = client.encode('TillController/Echo', request);
    const [answer] = await client.bytes('TillController/Echo', request);
    expect(answer).toEqual(sent);
  });

  it('uses a file that imports publicly, and whose folder is not its package', async () => {
    const answer = await client.get('TillController/Greet', { name: 'A', address: { phone: '1' } });
    expect(answer).toMatchObject({ name: 'Dear A', address: { phone: '1' } });
  });

  it('stands in lists, maps, alternatives and serializers', async () => {
    const money = { currencyCode: 'EUR', units: '5', nanos: 0 };
    const request = {
      grandTotal: money,
      parts: [money, money],
      places: [{ floor: 1 }],
      byName: { a: money },
      money,
      bill: { customer: { name: 'B' }, byYear: { 2026: money } },
    };
    const answer = await client.get('TillController/Bill', request);
    expect(answer).toMatchObject(request);
    expect(answer.maybe).toBeUndefined();
    expect(await client.get('TillController/Bill', { maybe: {} })).toMatchObject({
      grandTotal: null,
      maybe: { kind: 'KIND_UNSPECIFIED' },
    });
  });

  it('streams both ways, and is made a list of', async () => {
    const { messages } = await client.call('TillController/Change', [{ units: '1' }, { units: '-2' }]);
    expect(messages.map(({ units }) => units)).toEqual(['-1', '2']);
    const { results } = await client.get('TillController/Coins');
    expect(results).toMatchObject([
      { currencyCode: 'EUR', units: '1' },
      { currencyCode: 'EUR', units: '0' },
    ]);
  });

  it('is imported by its full name', async () => {
    const text = await readFile(app.protoFile, 'utf8');
    expect(text.match(/^import .*$/gm)).toEqual([
      'import "acme/common/v1/address.proto";',
      'import "google/protobuf/empty.proto";',
      'import "google/type/money.proto";',
      'import "legacy/customer.proto";',
    ]);
    expect(text).toContain('rpc Echo(acme.common.v1.Address) returns (acme.common.v1.Address) {}');
    expect(text).toContain('    // All of it\n    google.type.Money grand_total = 1;');
    expect(text).toContain('    map<int32, google.type.Money> by_year = 2;');
    expect(text).toContain('    repeated acme.common.v1.Address places = 4;');
  });
});

describe.each(cross(DATABASES, PATHS))('messages of others in models on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      path,
      entities: [Offer],
      controllers: [OfferController],
      options: { proto: { includeDirs: [FOREIGN_DIR] } },
    });
    client = await connectClient(app, 'socket', {
      protoFile: app.protoFile,
      includeDirs: [app.protoDir, FOREIGN_DIR],
    });
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const create = (request: object): Promise<AnyMessage> => client.get('OfferController/Create', request);

  it('keeps them in columns of JSON, bytes and moments included', async () => {
    const price = { currencyCode: 'EUR', units: '9007199254740993', nanos: 5 };
    const address = { ...ADDRESS, badge: Buffer.from([1, 0]), previous: ADDRESS };
    const made = await create({ price, address, steps: [price], fees: { b: price }, cash: price });
    const found = await client.get('OfferController/Retrieve', { id: made.id });
    expect(found).toEqual(made);
    expect(found).toMatchObject({
      price,
      address: { ...address, contact: 'badge' },
      home: { ...address, contact: 'badge' },
      steps: [price],
      fees: { b: price },
      payment: 'cash',
      cash: price,
      double: { ...price, units: '18014398509481986' },
      twice: [price, price],
    });
    const row = await app.dataSource.getRepository(Offer).findOneByOrFail({ id: made.id });
    expect(row).toMatchObject({ price, payment: { case: 'cash', value: price } });
  });

  it('lets rules of the serializer see and change them', async () => {
    expect((await create({ price: { currencyCode: 'XXX' } })).price).toMatchObject({ currencyCode: 'EUR' });
  });

  it('leaves unset what was not sent, and changes what is listed', async () => {
    const { id, price, home, steps, double } = await create({});
    expect([price, home, steps, double]).toEqual([undefined, undefined, [], undefined]);
    const changed = await client.get('OfferController/PartialUpdate', {
      id,
      _partialUpdateFields: ['price', 'steps'],
      price: { units: '1' },
      steps: [{ nanos: 1 }],
    });
    expect(changed).toMatchObject({ price: { units: '1' }, steps: [{ nanos: 1 }] });
  });
});

describe('the file of a message that is imported publicly', () => {
  it('is the one that declares it', async () => {
    @GrpcController({ permissions: [AllowAny] })
    class HomeController {
      @GrpcAction({ request: {}, response: PublicAddress })
      async home() {
        return { floor: 3 };
      }
    }
    const app = await bootApp({
      controllers: [HomeController],
      options: { proto: { includeDirs: [FOREIGN_DIR] } },
    });
    expect(await readFile(app.protoFile, 'utf8')).toContain('import "acme/common/v1/address.proto";');
    await app.close();
  });
});
