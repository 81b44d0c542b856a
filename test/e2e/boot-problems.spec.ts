import { readdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AllowAny,
  Field,
  GenericController,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ListController,
  LookupField,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  ReadOnlyController,
  Related,
  Serializer,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import {
  Column,
  Entity,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  ViewColumn,
  ViewEntity,
  type Relation,
} from 'typeorm';
import { describe, expect, it } from 'vitest';
import type { Type } from '@nestjs/common';
import { bootApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { createDatabase } from '../support/databases.js';

@Entity()
class Thing {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@ModelSerializer({ model: Thing })
class ThingSerializer extends ProtoSerializer<Thing> {}

@GrpcController({ serializer: ThingSerializer, permissions: [AllowAny] })
class ThingController extends GenericCrudController<Thing> {}

const ILLEGAL = 'is no legal proto name. Expected letters of ASCII, digits and underscores, no digit first.';

describe('names that no .proto can have', () => {
  it.each(['my-app', '1abc', 'a..b', 'über', '../evil', ''])(
    'are refused before anything is written: package "%s"',
    async (name) => {
      const dir = await mkdtemp(join(tmpdir(), 'socio-grpc-names-'));
      const problems = await problemsOf({
        entities: [Thing],
        controllers: [ThingController],
        options: { package: name, proto: { dir } },
      });
      expect(problems).toEqual([expect.stringContaining(`package "${name}": is no proto package.`)]);
      expect(await readdir(dir)).toEqual([]);
      await rm(dir, { recursive: true });
    },
  );

  it('are refused in options, properties and enums, all at once', async () => {
    @Entity()
    class Grade {
      @PrimaryGeneratedColumn() id!: number;
      @Column({ type: 'simple-enum', enum: ['A+', 'A-'] }) grade!: string;
    }
    @ModelSerializer({ model: Grade })
    class GradeSerializer extends ProtoSerializer<Grade> {}
    @ModelSerializer({ model: Thing, fields: ['id', 'name'] })
    class BlankSerializer extends ProtoSerializer<Thing> {
      @Field({ name: 'full name', readOnly: true }) name!: string;
    }
    @GrpcController({ serializer: GradeSerializer, permissions: [AllowAny] })
    class GradeController extends ReadOnlyController<Grade> {}
    @GrpcController({ serializer: BlankSerializer, permissions: [AllowAny] })
    class BlankController extends ReadOnlyController<Thing> {}
    @GrpcController({ service: 'My Odd', permissions: [AllowAny] })
    class OddController {
      @GrpcAction({ name: 'do it', request: { fooBar: 'int32', foo_bar: 'int32' }, requestName: 'Twins' })
      async work(): Promise<void> {
        return undefined;
      }
    }
    expect(
      await problemsOf({
        entities: [Thing, Grade],
        controllers: [GradeController, BlankController, OddController],
      }),
    ).toEqual([
      `service "My OddController": "My OddController" ${ILLEGAL} Set "service" in @GrpcController().`,
      `service "My OddController", rpc "do it": "do it" ${ILLEGAL} Set @GrpcAction({ name: '...' }).`,
      `message "BlankResponse", field "full name": "full name" ${ILLEGAL} Rename the property, or set @Field({ name: '...' }).`,
      'message "Twins", field "foo_bar": "fooBar" and "foo_bar" both become this field. Rename one.',
      'enum "GradeGrade.Enum", member "A_": "A+" and "A-" become the same member. ' +
        'Give the column a TypeScript enum whose member names tell them apart.',
    ]);
  });
});

const UNDEFINED =
  'Correct its import; when two files import each other, one of them is read before the classes of the other exist.';

describe('controllers that could not work', () => {
  it('are those without the decorator, whatever their base has', async () => {
    class UndecoratedController extends ThingController {}
    class BareController extends ReadOnlyController<Thing> {}
    class HandWritten {
      @GrpcAction()
      async work(): Promise<void> {
        return undefined;
      }
    }
    const cure =
      'is no service without @GrpcController(). Put it on the class; that of a base does not count.';
    const controllers = [ThingController, UndecoratedController, BareController as Type<object>, HandWritten];
    expect(await problemsOf({ entities: [Thing], controllers })).toEqual([
      `UndecoratedController: ${cure}`,
      `BareController: ${cure}`,
      `HandWritten: ${cure}`,
    ]);
  });

  it('are those without an action', async () => {
    @GrpcController({ serializer: ThingSerializer, permissions: [AllowAny] })
    class IdleController extends GenericController<Thing> {}
    expect(await problemsOf({ entities: [Thing], controllers: [IdleController] })).toEqual([
      'IdleController: has no actions. Extend a base that has some, such as GenericCrudController, or add @GrpcAction() methods.',
    ]);
  });

  it('are those whose own actions have no model, or another one', async () => {
    @Entity()
    class Other {
      @PrimaryGeneratedColumn() id!: number;
    }
    @ModelSerializer({ model: Other })
    class OtherSerializer extends ProtoSerializer<Other> {}
    @Serializer()
    class EmptySerializer extends ProtoSerializer {}
    @GrpcController({ serializer: EmptySerializer, permissions: [AllowAny] })
    class EmptyController extends ListController {}
    @GrpcController({ serializer: ThingSerializer, permissions: [AllowAny] })
    class TwoController extends ReadOnlyController<Thing> {
      override getSerializer(action: string) {
        return action === 'list' ? OtherSerializer : ThingSerializer;
      }
    }
    expect(
      await problemsOf({ entities: [Thing, Other], controllers: [EmptyController, TwoController] }),
    ).toEqual([
      'EmptyController.list: EmptySerializer has no model. Give it one with @ModelSerializer({ model }), or override list().',
      'TwoController.list: OtherSerializer has the model "Other", but the controller works on "Thing". ' +
        'Use a serializer of "Thing", or a controller for each.',
    ]);
  });

  it('are those that find an object by nothing', async () => {
    @ViewEntity({ expression: 'SELECT 1 AS "number"' })
    class Keyless {
      @ViewColumn() number!: number;
    }
    @ModelSerializer({ model: Keyless })
    class KeylessSerializer extends ProtoSerializer<Keyless> {}
    @GrpcController({ serializer: KeylessSerializer, permissions: [AllowAny] })
    class KeylessController extends ReadOnlyController<Keyless> {
      @GrpcAction({ request: LookupField })
      async touch(_request: object, ctx: GrpcContext): Promise<void> {
        await this.getObject(ctx);
      }
    }
    @GrpcController({ serializer: ThingSerializer, lookup: [], permissions: [AllowAny] })
    class AnyController extends GenericCrudController<Thing> {}
    expect(
      await problemsOf({ entities: [Thing, Keyless], controllers: [KeylessController, AnyController] }),
    ).toEqual([
      'KeylessController.retrieve: "Keyless" has no key that finds an object. Set "lookup" in @GrpcController().',
      'KeylessController.touch: "Keyless" has no key that finds an object. Set "lookup" in @GrpcController().',
      'AnyController: "lookup" names no property. Name one, or leave it out for the primary key.',
    ]);
  });
});

describe('what JavaScript lets pass', () => {
  it('is a model, or a nested serializer, that is not there or no function', async () => {
    @Entity()
    class Box {
      @PrimaryGeneratedColumn() id!: number;
      @ManyToOne(() => Thing) thing!: Relation<Thing>;
      @ManyToOne(() => Thing) other!: Relation<Thing>;
      @ManyToOne(() => Thing) third!: Relation<Thing>;
    }
    @ModelSerializer({ model: undefined as unknown as typeof Thing })
    class NoModelSerializer extends ProtoSerializer<Thing> {}
    @ModelSerializer({ model: Box })
    class BoxSerializer extends ProtoSerializer<Box> {
      @Nested(() => undefined as never) thing!: Thing;
      @Nested(ThingSerializer as never) other!: Thing;
      @Nested('ThingSerializer' as never) third!: Thing;
    }
    @GrpcController({ serializer: NoModelSerializer, permissions: [AllowAny] })
    class NoModelController extends ReadOnlyController<Thing> {}
    @GrpcController({ serializer: BoxSerializer, permissions: [AllowAny] })
    class BoxController extends ReadOnlyController<Box> {}
    expect(
      await problemsOf({ entities: [Thing, Box], controllers: [NoModelController, BoxController] }),
    ).toEqual([
      `NoModelSerializer: its model is undefined. ${UNDEFINED}`,
      `BoxSerializer.thing: the serializer that it nests is undefined. ${UNDEFINED}`,
      'BoxSerializer.other: is given a class. Give a function: @Nested(() => ThingSerializer).',
      'BoxSerializer.third: "ThingSerializer" is no serializer. Put @ModelSerializer() on it.',
    ]);
  });

  it('is a getSerializer() that needs an instance, or gives no class', async () => {
    @GrpcController({ serializer: ThingSerializer, permissions: [AllowAny] })
    class ThisController extends ListController<Thing> {
      private readonly byAction: Record<string, typeof ThingSerializer> = { list: ThingSerializer };
      override getSerializer(action: string) {
        return this.byAction[action];
      }
    }
    @GrpcController({ serializer: 'ThingSerializer' as never, service: 'Text', permissions: [AllowAny] })
    class TextController extends ListController<Thing> {}
    expect(await problemsOf({ entities: [Thing], controllers: [ThisController, TextController] })).toEqual([
      'ThisController.getSerializer("list"): fails with "Cannot read properties of undefined (reading \'list\')". ' +
        'It is asked at boot, without an instance: let the answer depend on the name alone, not on properties of "this".',
      'TextController.list: its serializer is "ThingSerializer". Expected a class that extends ProtoSerializer.',
      'TextController.list: no serializer. Set "serializer" in @GrpcController() or override getSerializer().',
    ]);
  });

  it('is an action whose messages are neither serializers nor fields', async () => {
    class NotSerializer {}
    @GrpcController({ permissions: [AllowAny] })
    class OddController {
      @GrpcAction({ request: NotSerializer as never, response: 'string' as never })
      async first(): Promise<void> {
        return undefined;
      }
      @GrpcAction({ response: { x: 5 as never } })
      async second(): Promise<object> {
        return {};
      }
    }
    const expected = "Expected a class that extends ProtoSerializer, or fields such as { id: 'int32' }.";
    expect(await problemsOf({ controllers: [OddController] })).toEqual([
      `OddController.first: its request is NotSerializer. ${expected}`,
      `OddController.first: its response is "string". ${expected}`,
      'OddController.second: field "x" has type "5". Expected a proto type such as \'string\' or \'repeated int64\', a serializer, an enum, or an externalMessage().',
    ]);
  });

  it.each([
    ['undefined', { permissions: [undefined] }],
    ['"admin"', { permissions: ['admin'] }],
    ['an instance of AllowAny', { permissions: [new AllowAny()] }],
    ['null', { authentication: [null] }],
    ['undefined', { middleware: [undefined] }],
    ['an instance of Thing', { scope: new Thing() }],
  ])('is %s for a class in options, as in %o', async (shown, options) => {
    @GrpcController({ serializer: ThingSerializer, permissions: [AllowAny], ...(options as object) })
    class WrongController extends ListController<Thing> {}
    expect(await problemsOf({ entities: [Thing], controllers: [WrongController] })).toEqual([
      `WrongController: ${shown} stands in its options, or the module's, where a class belongs. ` +
        'Permissions, authentication, middleware and scopes are named by their classes.',
    ]);
  });
});

describe('options that nothing can be done with', () => {
  it('are refused all at once', async () => {
    const options = { conventions: 'DSG', proto: { mode: 'wirte' }, limits: { maxListRows: -1 } } as object;
    expect(await problemsOf({ entities: [Thing], controllers: [ThingController], options })).toEqual([
      'SocioGrpcModule: conventions is "DSG". Expected one of: "socio", "dsg".',
      'SocioGrpcModule: proto.mode is "wirte". Expected one of: "write", "check", "off".',
      'SocioGrpcModule: limits.maxListRows is -1. Expected a positive whole number.',
    ]);
  });
});

describe('relations that a message cannot hold so', () => {
  @Entity()
  class Writer {
    @PrimaryGeneratedColumn() id!: number;
    @OneToMany(() => Work, ({ writer }) => writer) works!: Relation<Work>[];
    @OneToOne(() => Work, ({ editor }) => editor) edits!: Relation<Work>;
  }
  class Stamp {
    @Column({ default: 'x' }) by!: string;
    @ManyToOne(() => Writer) clerk!: Relation<Writer>;
  }
  class Cover {
    @Column(() => Stamp) stamp!: Stamp;
  }
  @Entity()
  class Work {
    @PrimaryGeneratedColumn() id!: number;
    @ManyToOne(() => Writer, ({ works }) => works) writer!: Relation<Writer>;
    @OneToOne(() => Writer, ({ edits }) => edits) @JoinColumn() editor!: Relation<Writer>;
    @Column(() => Stamp) stamp!: Stamp;
    @Column(() => Cover) cover!: Cover;
  }

  it('are writable ones whose keys are stored on the other side', async () => {
    @ModelSerializer({ model: Writer, fields: ['id', 'works', 'edits'] })
    class WriterSerializer extends ProtoSerializer<Writer> {
      @Related({ readOnly: false }) works!: number[];
      @Related({ readOnly: false }) edits!: number;
    }
    @GrpcController({ serializer: WriterSerializer, permissions: [AllowAny] })
    class WriterController extends GenericCrudController<Writer> {}
    const problem =
      'its keys are stored in "Work", so they cannot be written here. Leave "readOnly" out, ' +
      "or say what requests may do: @Nested(() => ..., { write: ['connect'] }).";
    expect(await problemsOf({ entities: [Writer, Work], controllers: [WriterController] })).toEqual([
      `WriterSerializer.works: ${problem}`,
      `WriterSerializer.edits: ${problem}`,
    ]);
  });

  it('are those that lead to another model than they say', async () => {
    @ModelSerializer({ model: Work, fields: ['id', 'writer'] })
    class WorkSerializer extends ProtoSerializer<Work> {
      @Related(() => Work) writer!: Writer;
    }
    @GrpcController({ serializer: WorkSerializer, permissions: [AllowAny] })
    class WorkController extends GenericCrudController<Work> {}
    expect(await problemsOf({ entities: [Writer, Work], controllers: [WorkController] })).toEqual([
      'WorkSerializer.writer: leads to "Writer", not to "Work". Correct the model, or "source".',
    ]);
  });

  it('are links of objects whose key TypeORM would write untransformed', async () => {
    @Entity()
    class Tag {
      @PrimaryColumn({ transformer: { to: (id: number) => id, from: (id: number) => id } }) id!: number;
      @ManyToMany(() => Writer) @JoinTable() writers!: Relation<Writer>[];
    }
    @ModelSerializer({ model: Tag })
    class TagSerializer extends ProtoSerializer<Tag> {}
    @ModelSerializer({ model: Tag })
    class ReadOnlyTagSerializer extends ProtoSerializer<Tag> {
      @Related(() => Writer, { readOnly: true }) writers!: Writer[];
    }
    @GrpcController({ serializer: TagSerializer, permissions: [AllowAny] })
    class TagController extends GenericCrudController<Tag> {}
    @GrpcController({ serializer: ReadOnlyTagSerializer, permissions: [AllowAny] })
    class ReadOnlyTagController extends GenericCrudController<Tag> {}
    const controllers = [TagController, ReadOnlyTagController];
    expect(await problemsOf({ entities: [Writer, Work, Tag], controllers })).toEqual([
      'TagSerializer.writers: TypeORM links many-to-many relations wrongly where the key of the owner has a transformer. Set "readOnly", or give the model a key without one.',
    ]);
  });

  it('are those inside of embedded classes', async () => {
    @ModelSerializer({ model: Work })
    class WorkSerializer extends ProtoSerializer<Work> {}
    @GrpcController({ serializer: WorkSerializer, permissions: [AllowAny] })
    class WorkController extends GenericCrudController<Work> {}
    const left = (name: string): string =>
      'has the relation "clerk", which a message inside of another cannot hold. ' +
      `Move the relation into "Work", or leave "${name}" out of the fields.`;
    expect(await problemsOf({ entities: [Writer, Work], controllers: [WorkController] })).toEqual([
      `WorkSerializer.stamp: the embedded Stamp ${left('stamp')}`,
      `WorkSerializer.cover: the embedded Cover ${left('cover')}`,
    ]);
  });
});

describe('two messages of one name', () => {
  it('are two embedded classes of one name', async () => {
    const One = (() => {
      class Address {
        @Column() city!: string;
      }
      return Address;
    })();
    const Two = (() => {
      class Address {
        @Column() street!: string;
      }
      return Address;
    })();
    @Entity()
    class Shop {
      @PrimaryGeneratedColumn() id!: number;
      @Column(() => One) address!: object;
    }
    @Entity()
    class Home {
      @PrimaryGeneratedColumn() id!: number;
      @Column(() => Two) address!: object;
    }
    @ModelSerializer({ model: Shop })
    class ShopSerializer extends ProtoSerializer<Shop> {}
    @ModelSerializer({ model: Home })
    class HomeSerializer extends ProtoSerializer<Home> {}
    @GrpcController({ serializer: ShopSerializer, permissions: [AllowAny] })
    class ShopController extends ReadOnlyController<Shop> {}
    @GrpcController({ serializer: HomeSerializer, permissions: [AllowAny] })
    class HomeController extends ReadOnlyController<Home> {}
    expect(
      await problemsOf({ entities: [Shop, Home], controllers: [ShopController, HomeController] }),
    ).toEqual([
      'message "AddressResponse": the embedded Address of "Shop.address" and the embedded Address of "Home.address" ' +
        'both want this name for different fields. Rename one of them.',
    ]);
  });

  it('are two lookups with one serializer, and a subclass of it is the cure', async () => {
    @ModelSerializer({ model: Thing })
    class OtherThingSerializer extends ThingSerializer {}
    const byName = (serializer: typeof ThingSerializer): Type<object> => {
      @GrpcController({ serializer, lookup: 'name', permissions: [AllowAny] })
      class ByNameController extends ReadOnlyController<Thing> {}
      return ByNameController;
    };
    const parts = { entities: [Thing], database: await createDatabase('sqlite') };
    expect(await problemsOf({ ...parts, controllers: [ThingController, byName(ThingSerializer)] })).toEqual([
      'message "ThingRetrieveRequest": ThingController.retrieve and ByNameController.retrieve both want this name for different fields. ' +
        'Give one of the controllers a serializer class of its own: class OtherThingSerializer extends ThingSerializer {}.',
    ]);
    const app = await bootApp({ ...parts, controllers: [ThingController, byName(OtherThingSerializer)] });
    await app.close();
  });
});

describe('an action that makes a promise of its controller', () => {
  it('is refused where it is declared, since boot would wait for it', () => {
    class PromiseController {
      @GrpcAction({ request: {}, response: {} })
      // oxlint-disable-next-line unicorn/no-thenable -- which is what is refused
      then() {
        return {};
      }
    }
    expect(() => GrpcController({ permissions: [AllowAny] })(PromiseController)).toThrow(
      /^PromiseController\.then: JavaScript takes .* Give the method another name/,
    );
  });
});
