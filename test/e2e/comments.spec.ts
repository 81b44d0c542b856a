/** What is described in the code stands in the `.proto`, and in the clients that are made of it. */
import { readFile } from 'node:fs/promises';
import {
  AllowAny,
  declareEnum,
  EnumField,
  Field,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  JsonField,
  ListOf,
  LookupField,
  MethodField,
  ModelSerializer,
  Nested,
  OneOf,
  ProtoSerializer,
  Related,
  Serializer,
} from 'nestjs-socio-grpc';
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nestClients } from '../../lib/cli/clients/nest.js';
import { typescriptClients } from '../../lib/cli/clients/typescript.js';
import { FOREIGN_DIR, Money } from '../fixtures/external.js';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { createDatabase } from '../support/databases.js';

enum Mood {
  Good = 'good',
  Bad = 'bad',
}
declareEnum(Mood, {
  name: 'Mood',
  description: ['@enum', '@enum second line'],
  members: { Good: '@member good', Bad: ['@member bad', '@member bad again'] },
});

@Entity()
class Owner {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@Entity()
class Pet {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column('simple-enum', { enum: Mood }) mood!: Mood;
  @Column('simple-json') meta!: object;
  @Column('simple-json') weights!: number[];
  @Column('simple-json') byYear!: Record<string, string>;
  @Column('simple-json', { nullable: true }) price!: Money | null;
  @Column('simple-json', { nullable: true }) home!: OneOf<{ place: string; other: string }> | null;
  @ManyToOne(() => Owner) owner!: Relation<Owner>;
  @ManyToOne(() => Owner) vet!: Relation<Owner>;
}

@ModelSerializer({ model: Owner, description: '@message of a nested serializer' })
class OwnerSerializer extends ProtoSerializer<Owner> {}

@ModelSerializer({ model: Pet, description: ['@message', '', '@message after a blank line'] })
class PetSerializer extends ProtoSerializer<Pet> {
  @Field({ description: '@field over a column\n@field in a second line' }) name!: string;
  @EnumField(Mood, { description: '@field of an enum' }) mood!: Mood;
  @JsonField({ description: '@field of JSON' }) meta!: object;
  @ListOf('int32', { description: '@field that is a list' }) weights!: number[];
  @Field({ type: 'map<string, int64>', description: '@field that is a map' }) byYear!: object;
  @Field({ type: Money, description: '@field of a foreign message' }) price!: Money;
  @OneOf(
    {
      place: { type: 'string', description: '@member place' },
      other: { type: 'int64', description: '@member other' },
    },
    { description: '@oneof of a serializer' },
  )
  home!: OneOf<{ place: string; other: string }>;
  @Nested(() => OwnerSerializer, { description: '@field that is nested' }) owner!: Owner;
  @Related({ description: '@field that is a key' }) vet!: Owner;

  @MethodField({ type: 'string', needs: ['name'], description: '@field of a method' })
  loud(pet: Pet): string {
    return pet.name.toUpperCase();
  }
}

@Serializer({ description: '@message without a model' })
class NoteSerializer extends ProtoSerializer {
  @Field({ description: '@field without a model' }) text!: string;
}

@GrpcController({
  serializer: PetSerializer,
  permissions: [AllowAny],
  description: ['@service', '@service says */ nothing'],
})
class PetController extends GenericCrudController<Pet> {
  @GrpcAction({
    description: '@rpc',
    requestDescription: ['@request of listed fields', '@request in two lines'],
    responseDescription: '@response of listed fields',
    request: {
      mood: { type: Mood, description: '@listed enum' },
      note: { type: NoteSerializer, description: '@listed serializer' },
      total: { type: Money, description: '@listed foreign message' },
      byName: { type: Money.mapBy('string'), description: '@listed map of foreign messages' },
      counts: { type: 'map<string, int32>', description: '@listed map' },
      to: {
        description: '@oneof of listed fields',
        oneof: {
          mail: { type: 'string', description: '@listed member mail' },
          note: { type: NoteSerializer, name: 'to_note', description: '@listed member note' },
        },
      },
    },
    response: { done: { type: 'optional bool', description: '@listed scalar' } },
  })
  async act() {
    return { done: true };
  }

  @GrpcAction({
    request: LookupField,
    requestDescription: '@request of a lookup',
    description: '@rpc stream',
    responseStream: true,
    response: NoteSerializer,
  })
  async *watch() {
    yield { text: '' };
  }
}

const EXPECTED =
  `@enum,@enum second line,@member good,@member bad,@member bad again,@message of a nested serializer,@message,
@message after a blank line,@field over a column,@field in a second line,@field of an enum,@field of JSON,@field that is a list,
@field that is a map,@field of a foreign message,@member place,@member other,@oneof of a serializer,@field that is nested,
@field that is a key,@field of a method,@message without a model,@field without a model,@service,@rpc,@rpc stream,
@request of listed fields,@request in two lines,@response of listed fields,@listed enum,@listed serializer,@listed foreign message,
@listed map of foreign messages,@listed map,@oneof of listed fields,@listed member mail,@listed member note,@listed scalar,
@request of a lookup`
    .replaceAll('\n', '')
    .split(',');

describe('descriptions', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await bootApp({
      database: await createDatabase('sqlite'),
      entities: [Pet, Owner],
      controllers: [PetController],
      options: { package: 'pets.v1', proto: { includeDirs: [FOREIGN_DIR] } },
    });
  });

  afterAll(() => app.close());

  const missingIn = (text: string): string[] => {
    const lines = new Set(
      text.split('\n').map((line) => line.replace(/^[\s/*]*/, '').replace(/\s*\*?\/?$/, '')),
    );
    return EXPECTED.filter((comment) => !lines.has(comment));
  };

  it('stand in the file, above what they are about', async () => {
    const text = await readFile(app.protoFile, 'utf8');
    expect(missingIn(text)).toEqual([]);
    const above = (line: RegExp): string[] => {
      const lines = text.split('\n').map((each) => each.trim());
      const at = lines.findIndex((each) => line.test(each));
      const first = lines.slice(0, at).findLastIndex((each) => !each.startsWith('//'));
      return lines.slice(first + 1, at).map((each) => each.slice(3));
    };
    expect(above(/^service PetController/)).toEqual(['@service', '@service says */ nothing']);
    expect(above(/^rpc Act\(/)).toEqual(['@rpc']);
    for (const name of ['PetRequest', 'PetResponse', 'PetPartialUpdateRequest'])
      expect(above(new RegExp(`^message ${name} `))).toEqual(['@message', '', '@message after a blank line']);
    expect(above(/^message PetActRequest /)).toEqual(['@request of listed fields', '@request in two lines']);
    expect(above(/^map<string, google\.type\.Money> by_name/)).toEqual(['@listed map of foreign messages']);
    expect(above(/^string mail = /)).toEqual(['@oneof of listed fields', '@listed member mail']);
    expect(above(/^NoteRequest to_note = /)).toEqual(['@listed member note']);
    expect(above(/^BAD = /)).toEqual(['@member bad', '@member bad again']);
  });

  it('are read back, so that nothing differs', async () => {
    const again = await bootApp({
      database: await createDatabase('sqlite'),
      entities: [Pet, Owner],
      controllers: [PetController],
      options: {
        package: 'pets.v1',
        proto: { dir: app.protoDir, mode: 'check', includeDirs: [FOREIGN_DIR] },
      },
    });
    await again.close();
  });

  it('stand in generated clients, those of other people too', { timeout: 60_000 }, async () => {
    const { files: own, foreign } = await app.server.compile();
    const files = [...own, ...foreign];
    const nest = nestClients(files, own)
      .map(({ text }) => text)
      .join('\n');
    // A union of names has no members to put a comment on.
    expect(missingIn(nest).filter((comment) => !/^@member (good|bad)/.test(comment))).toEqual([]);
    expect(nest).toContain(' * - `GOOD`: @member good\n * - `BAD`: @member bad @member bad again\n');
    expect(nest).toContain('/** The whole units of the amount. */');
    const ts = (await typescriptClients(files, own)).map(({ text }) => text).join('\n');
    expect(missingIn(ts)).toEqual([]);
    expect(ts).toContain('* The whole units of the amount.');
  });
});

it('a description of a message that is not of the action is a boot error', async () => {
  @GrpcController({ permissions: [AllowAny] })
  class WrongController {
    @GrpcAction({
      request: NoteSerializer,
      requestDescription: 'x',
      response: Money,
      responseDescription: 'y',
    })
    async act() {
      return { units: '1', currencyCode: '', nanos: 0 };
    }
  }
  const text = (which: string) =>
    `WrongController.act: "${which}Description" is for messages that the action itself makes. Set "description" of the serializer.`;
  expect(
    await problemsOf({ controllers: [WrongController], options: { proto: { includeDirs: [FOREIGN_DIR] } } }),
  ).toEqual([text('request'), text('response')]);
});
