/** What `readValues()` makes of requests of listed fields: serializers in them keep their rules. */
import {
  AddFieldPlugin,
  AllowAny,
  Field,
  GenericController,
  GrpcAction,
  GrpcController,
  ListGenerationPlugin,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  SelfSerializer,
  Serializer,
  ValidationException,
  type GrpcContext,
  type Values,
} from 'nestjs-socio-grpc';
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';
import type { CallAccess } from '../../lib/serialization/call-access.js';
import { ListedRequest } from '../../lib/serialization/listed-request.js';
import { detail } from '../unit/errors/decode-details.js';

const INVALID_ARGUMENT = 3;
const INTERNAL = 13;

@Entity()
class Shop {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true }) name!: string;
}

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ length: 5 }) title!: string;
  @Column({ default: 1 }) count!: number;
  @ManyToOne(() => Shop, { nullable: false }) shop!: Relation<Shop>;
}

@ModelSerializer({ model: Item })
class ItemSerializer extends ProtoSerializer<Item> {
  validateTitle(title: string): string {
    if (title === 'dull') throw ValidationException.ofRequest('Too dull.', 'dull');
    return title.toUpperCase();
  }
}

@Serializer()
class NoteSerializer extends ProtoSerializer {
  @Field({ maxLength: 3 }) text!: string;
}

@Serializer()
class BasketSerializer extends ProtoSerializer {
  @Nested(() => ItemSerializer, { many: true }) items!: Item[];
}

interface Order {
  dryRun: boolean;
  first: Values<Item>;
  spare?: Values<Item>;
  items: Values<Item>[];
}

@GrpcController({ serializer: ItemSerializer, permissions: [AllowAny] })
class ItemController extends GenericController<Item> {
  @GrpcAction({
    request: {
      dryRun: 'bool',
      first: ItemSerializer,
      spare: { type: ItemSerializer, cardinality: 'optional', name: 'spare_part' },
      items: { type: ItemSerializer, cardinality: 'repeated' },
    },
    response: { json: 'string' },
  })
  async order(request: object, ctx: GrpcContext) {
    const values: Order = await this.readValues<Order>(request, ctx);
    return { json: JSON.stringify(values) };
  }

  @GrpcAction({ request: { item: ItemSerializer }, response: { json: 'string' } })
  async change(request: object, ctx: GrpcContext) {
    return { json: JSON.stringify(await this.readValues(request, ctx, 'update')) };
  }

  @GrpcAction({
    request: {
      what: {
        oneof: { item: ItemSerializer, theNote: NoteSerializer, code: 'string' },
      },
    },
    response: { json: 'string' },
  })
  async choose(request: object, ctx: GrpcContext) {
    return { json: JSON.stringify(await this.readValues(request, ctx)) };
  }

  @GrpcAction({
    request: { baskets: { type: BasketSerializer, cardinality: 'repeated' } },
    response: { json: 'string' },
    requestStream: true,
  })
  async pack(requests: AsyncIterable<object>, ctx: GrpcContext) {
    const all: object[] = [];
    for await (const request of requests) all.push(await this.readValues(request, ctx));
    return { json: JSON.stringify(all) };
  }

  @GrpcAction({
    request: { item: ItemSerializer },
    response: { json: 'string' },
    plugins: [new ListGenerationPlugin({ request: true }), new AddFieldPlugin('note', NoteSerializer)],
  })
  async bulk({ results }: { results: object[] }, ctx: GrpcContext) {
    const all: object[] = [];
    for (const each of results) all.push(await this.readValues(each, ctx));
    return { json: JSON.stringify(all) };
  }

  @GrpcAction({
    request: {},
    response: { json: 'string' },
    plugins: [new AddFieldPlugin('note', NoteSerializer)],
  })
  async added(request: object, ctx: GrpcContext) {
    return { json: JSON.stringify(await this.readValues(request, ctx)) };
  }

  @GrpcAction({
    request: { items: { type: ItemSerializer, cardinality: 'repeated' } },
    response: SelfSerializer,
  })
  async careless({ items }: { items: object[] }, ctx: GrpcContext): Promise<Item> {
    return (await this.readValues(items[0]!, ctx)) as Item;
  }

  @GrpcAction({ request: { item: ItemSerializer }, response: SelfSerializer, transaction: true })
  async store(request: object, ctx: GrpcContext): Promise<Item> {
    const { item } = await this.readValues<{ item: Values<Item> }>(request, ctx);
    const repository = this.getRepository(ctx);
    return repository.save(repository.create(item));
  }
}

describe.each(cross(DATABASES, PATHS))('listed requests on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;
  let shop: number;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, path, entities: [Shop, Item], controllers: [ItemController] });
    client = await connectClient(app);
    shop = (await app.dataSource.getRepository(Shop).save({ name: 'Corner' })).id;
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  const json = async (action: string, request: object): Promise<unknown> =>
    JSON.parse((await client.get(`ItemController/${action}`, request)).json);

  async function refused(action: string, request: object) {
    const answer = await client.call(`ItemController/${action}`, request);
    expect(answer.code).toBe(INVALID_ARGUMENT);
    const details = answer.trailers.get('grpc-status-details-bin')[0] as Buffer;
    const { fieldViolations } = detail(details, 'BadRequest') as { fieldViolations: { field: string }[] };
    return { errors: JSON.parse(answer.details), fields: fieldViolations.map(({ field }) => field) };
  }

  it('give nested messages as values for the model, all else as it was sent', async () => {
    const item = { title: 'pen', shop };
    expect(await json('Order', { dryRun: true, first: item, items: [item, { ...item, count: 2 }] })).toEqual({
      dryRun: true,
      first: { title: 'PEN', shop: { id: shop } },
      items: [
        { title: 'PEN', shop: { id: shop } },
        { title: 'PEN', count: 2, shop: { id: shop } },
      ],
    });
    const { id, ...stored } = await client.get('ItemController/Store', { item });
    expect(stored).toMatchObject({ title: 'PEN', count: 1, shop });
    expect(await app.dataSource.getRepository(Item).existsBy({ id, title: 'PEN' })).toBe(true);
  });

  it('tell what is wrong with each message in its place, all at once', async () => {
    const blank = { message: 'This field may not be blank.', code: 'blank' };
    const gone = { message: 'Invalid pk "999" - object does not exist.', code: 'does_not_exist' };
    const { errors, fields } = await refused('Order', {
      sparePart: { title: 'too long', shop },
      items: [{ title: 'dull', shop }, { title: 'pen', shop }, { shop: 999 }],
    });
    expect(errors).toEqual({
      first: [{ message: 'This field may not be null.', code: 'null' }],
      spare_part: {
        title: [{ message: 'Ensure this field has no more than 5 characters.', code: 'max_length' }],
      },
      items: [{ title: [{ message: 'Too dull.', code: 'dull' }] }, {}, { title: [blank], shop: [gone] }],
    });
    expect(fields).toEqual([
      'first',
      'spare_part.title',
      'items[1].title',
      'items[3].title',
      'items[3].shop',
    ]);
  });

  it('ask for the related objects of a list once', async () => {
    const items = Array.from({ length: 5 }, () => ({ title: 'pen', shop }));
    const queries = await countQueries(app.dataSource, () => json('Order', { first: items[0], items }));
    expect(queries).toHaveLength(2);
  });

  it('read what shall change an object by the rules of updates', async () => {
    // The key of an object is not written, and what has a default stays.
    const request = { item: { id: 5, title: 'pen', shop } };
    expect(await json('Change', request)).toEqual({ item: { title: 'PEN', shop: { id: shop } } });
    const { errors } = await refused('Change', {});
    expect(errors).toEqual({ item: [{ message: 'This field may not be null.', code: 'null' }] });
  });

  it('read the member of a oneof that is there', async () => {
    expect(await json('Choose', { item: { title: 'pen', shop } })).toEqual({
      what: { case: 'item', value: { title: 'PEN', shop: { id: shop } } },
    });
    expect(await json('Choose', { code: 'x' })).toEqual({ what: { case: 'code', value: 'x' } });
    expect(await json('Choose', {})).toEqual({});
    const { errors, fields } = await refused('Choose', { theNote: { text: 'long' } });
    expect(Object.keys(errors)).toEqual(['the_note']);
    expect(fields).toEqual(['the_note.text']);
  });

  it('are read at any depth, and message by message in a stream', async () => {
    const item = { title: 'pen', shop };
    const read = { title: 'PEN', shop: { id: shop } };
    expect(await json('Pack', [{ baskets: [{ items: [item] }] }, { baskets: [] }])).toEqual([
      { baskets: [{ items: [read] }] },
      { baskets: [] },
    ]);
    const { fields } = await refused('Pack', [
      { baskets: [{ items: [item] }, { items: [item, { ...item, title: 'dull' }] }] },
    ]);
    expect(fields).toEqual(['baskets[2].items[2].title']);
  });

  it('are what plugins made of them', async () => {
    expect(await json('Bulk', { results: [{ item: { title: 'pen', shop } }] })).toEqual([
      { item: { title: 'PEN', shop: { id: shop } } },
    ]);
    expect((await refused('Bulk', { results: [{}] })).fields).toEqual(['item']);
    expect(await json('Added', { note: { text: 'abc' } })).toEqual({ note: { text: 'abc' } });
    expect((await refused('Added', { note: { text: 'abcd' } })).fields).toEqual(['note.text']);
  });

  it('cannot be read in parts, which would leave these unread', async () => {
    const { code } = await client.call('ItemController/Careless', { items: [{ title: 'dull', shop }] });
    expect(code).toBe(INTERNAL);
    const request = new ListedRequest('ItemController.careless', new Set(['items']), [], []);
    await expect(request.read({ title: 'dull' }, 'create', {} as CallAccess)).rejects.toThrow(
      'ItemController.careless: readValues() got an object with "title", which is no field of its request. ' +
        'Give it the request as a whole: what is nested in it is read with it.',
    );
  });
});
