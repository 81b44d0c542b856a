/** Serializers that lead back to themselves, as far as their depth says. */
import {
  AllowAny,
  Field,
  GenericController,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ListOf,
  MethodField,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  Serializer,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { Column, Entity, ManyToOne, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { connectClient, type AnyMessage, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';
import { SECRET_COLUMN } from '../support/secret.js';

@Entity()
class Category {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column(SECRET_COLUMN) vaultSecret!: string;
  @ManyToOne(() => Category, (parent) => parent.children, { nullable: true })
  parent!: Relation<Category> | null;
  @OneToMany(() => Category, (child) => child.parent) children!: Relation<Category>[];
  @OneToMany(() => Item, (item) => item.category) items!: Relation<Item>[];
}

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column() label!: string;
  @ManyToOne(() => Category, (category) => category.items, { nullable: false }) category!: Relation<Category>;
}

/** Down the tree, and written as a tree. */
@ModelSerializer({ model: Category, fields: ['id', 'name', 'children', 'size'] })
class TreeSerializer extends ProtoSerializer<Category> {
  @Nested(() => TreeSerializer, { depth: 2, write: ['create', 'replace', 'remove'] }) children!: Category[];
  @MethodField({ type: 'int32', needs: ['items.id'] })
  size(category: Category): number {
    return category.items.length;
  }
}

/** Up the tree. */
@ModelSerializer({ model: Category, fields: ['id', 'name', 'parent'] })
class PathSerializer extends ProtoSerializer<Category> {
  @Nested(() => PathSerializer, { depth: 3 }) parent!: Category | null;
}

/** Two that nest each other: the depth of one of them is enough. */
@ModelSerializer({ model: Category, fields: ['id', 'name', 'items'] })
class ShelfSerializer extends ProtoSerializer<Category> {
  @Nested(() => ItemSerializer, { depth: 2 }) items!: Item[];
}

@ModelSerializer({ model: Item, fields: ['id', 'label', 'category'] })
class ItemSerializer extends ProtoSerializer<Item> {
  @Nested(() => ShelfSerializer) category!: Category;
}

/** By methods that give objects of the serializer itself, and of one that leads back: as deep as they make it. */
@ModelSerializer({ model: Category, fields: ['id', 'name', 'line', 'tags'] })
class LineSerializer extends ProtoSerializer<Category> {
  @MethodField({ type: () => LineSerializer, many: true, needs: ['parent.name', 'parent.parent.name'] })
  line({ parent }: Category): object[] {
    const above = [parent, parent?.parent].flatMap((each) => (each ? { id: each.id, name: each.name } : []));
    return above as Category[];
  }

  @MethodField({ type: () => TagSerializer, many: true, needs: ['items'] })
  tags(category: Category): object[] {
    return (category.items ?? []).map(({ id, label }) => ({ id, label, category: { id: 0, name: label } }));
  }
}

@ModelSerializer({ model: Item, fields: ['id', 'label', 'owner'] })
class TagSerializer extends ProtoSerializer<Item> {
  @MethodField({ type: () => LineSerializer, nullable: true })
  owner({ category }: Item): object | null {
    return category;
  }
}

/** Without a model: as deep as the action makes it. */
@Serializer()
class NodeSerializer extends ProtoSerializer {
  @Field() name!: string;
  @Nested(() => NodeSerializer, { required: false }) next?: object;
  @ListOf(() => NodeSerializer, { required: false }) others?: object[];
}

@GrpcController({ serializer: TreeSerializer, permissions: [AllowAny] })
class TreeController extends GenericCrudController<Category> {}
@GrpcController({ serializer: PathSerializer, permissions: [AllowAny] })
class PathController extends GenericCrudController<Category> {}
@GrpcController({ serializer: ShelfSerializer, permissions: [AllowAny] })
class ShelfController extends GenericCrudController<Category> {}
@GrpcController({ permissions: [AllowAny] })
class NodeController extends GenericController<Category> {
  @GrpcAction({ request: NodeSerializer, response: NodeSerializer })
  // oxlint-disable-next-line typescript/no-explicit-any -- as deep as somebody sends it
  echo(request: any) {
    return request as object;
  }

  @GrpcAction({ request: NodeSerializer, response: NodeSerializer })
  check(request: object, ctx: GrpcContext) {
    return this.readValues(request, ctx);
  }
}

@GrpcController({ serializer: LineSerializer, permissions: [AllowAny] })
class LineController extends GenericCrudController<Category> {}

const ENTITIES = [Category, Item];
const CONTROLLERS = [TreeController, PathController, ShelfController, NodeController, LineController];

describe.each(cross(DATABASES, PATHS))('recursion on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;
  const ids: number[] = [];

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, path, entities: ENTITIES, controllers: CONTROLLERS });
    client = await connectClient(app);
    const { manager } = app.dataSource;
    for (const level of [0, 1, 2, 3, 4]) {
      const parent = level === 0 ? null : { id: ids[level - 1]! };
      const { id } = await manager.save(Category, { name: `level ${level}`, parent });
      ids.push(id);
      await manager.save(Item, { label: `item ${level}`, category: { id } });
    }
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it('reads lists of lists to their depth, a query for each', async () => {
    let tree: AnyMessage;
    const queries = await countQueries(app.dataSource, async () => {
      tree = await client.get('TreeController/Retrieve', { id: ids[0] });
    });
    expect(tree).toMatchObject({
      name: 'level 0',
      size: 1,
      children: [{ name: 'level 1', size: 1, children: [{ name: 'level 2', size: 1, children: [] }] }],
    });
    // The object, two levels of children, and what the method needs of each.
    expect(queries).toHaveLength(6);
  });

  it('reads objects of objects to their depth, by joins', async () => {
    let last: AnyMessage;
    const queries = await countQueries(app.dataSource, async () => {
      last = await client.get('PathController/Retrieve', { id: ids[4] });
    });
    expect(queries).toHaveLength(1);
    expect(last.parent.parent.parent).toMatchObject({ name: 'level 1' });
    expect(last.parent.parent.parent.parent ?? null).toBeNull();
  });

  it('reads serializers that nest each other', async () => {
    const shelf = await client.get('ShelfController/Retrieve', { id: ids[0] });
    const [item] = shelf.items;
    expect(item.category.items).toMatchObject([
      { label: 'item 0', category: { name: 'level 0', items: [] } },
    ]);
  });

  it('writes trees as deep as they are sent', async () => {
    const created = await client.get('TreeController/Create', {
      name: 'a',
      children: [{ name: 'b', children: [{ name: 'c', children: [{ name: 'd' }] }] }],
    });
    expect(created.children[0].children[0]).toMatchObject({ name: 'c', children: [] });
    const repository = app.dataSource.getRepository(Category);
    const deepest = await repository.findOneOrFail({
      where: { name: 'd' },
      relations: { parent: { parent: { parent: true } } },
    });
    expect(deepest.parent?.parent?.parent).toMatchObject({ id: created.id, name: 'a' });
  });

  it('carries messages that hold themselves', async () => {
    const node = {
      name: 'a',
      next: { name: 'b', others: [{ name: 'c', next: { name: 'd' } }, { name: 'e' }] },
    };
    expect(await client.get('NodeController/Echo', node)).toMatchObject(node);
    expect(await client.get('NodeController/Check', node)).toMatchObject(node);
  });

  it('checks them at every depth', async () => {
    const blank = [{ message: 'This field may not be blank.', code: 'blank' }];
    const node = { name: 'a', next: { name: 'b', others: [{ name: 'c' }, { next: { name: '' } }] } };
    const { code, details } = await client.call('NodeController/Check', node);
    expect(code).toBe(3);
    expect(JSON.parse(details)).toEqual({
      next: { others: [{}, { name: blank, next: { name: blank } }] },
    });
  });

  it('follows methods that give objects of their own serializer, or of one that leads back', async () => {
    let line: AnyMessage;
    const queries = await countQueries(app.dataSource, async () => {
      line = await client.get('LineController/Retrieve', { id: ids[3] });
    });
    // The category with its parents, and its items.
    expect(queries).toHaveLength(2);
    expect(line).toMatchObject({
      name: 'level 3',
      line: [
        { name: 'level 2', line: [], tags: [] },
        { name: 'level 1', line: [], tags: [] },
      ],
      tags: [{ label: 'item 3', owner: { name: 'item 3', line: [], tags: [] } }],
    });
  });
});

describe('at boot', () => {
  it('a serializer that nests itself must say how deep', async () => {
    @ModelSerializer({ model: Category, fields: ['id', 'children'] })
    class EndlessSerializer extends ProtoSerializer<Category> {
      @Nested(() => EndlessSerializer) children!: Category[];
    }
    @ModelSerializer({ model: Category, fields: ['id', 'children'] })
    class OddSerializer extends ProtoSerializer<Category> {
      @Nested(() => OddSerializer, { depth: 0 }) children!: Category[];
    }
    @GrpcController({ serializer: EndlessSerializer, permissions: [AllowAny] })
    class EndlessController extends GenericCrudController<Category> {}
    @GrpcController({ serializer: OddSerializer, permissions: [AllowAny] })
    class OddController extends GenericCrudController<Category> {}
    expect(await problemsOf({ entities: ENTITIES, controllers: [EndlessController, OddController] })).toEqual(
      [
        'EndlessSerializer: nests itself (EndlessSerializer -> EndlessSerializer). Say how deep, @Nested(() => ..., { depth: 3 }), nest a serializer with fewer fields, or use the key.',
        'OddSerializer.children: "depth" is 0. Expected a whole number from 1 on.',
      ],
    );
  });
});
