import {
  AllowAny,
  Field,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  LookupField,
  MethodField,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  SelfSerializer,
  StreamAction,
  ValidationException,
  withActions,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { Column, Entity, ManyToOne, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';
import { fieldsOf, methodsOf } from '../support/proto-fields.js';

@Entity()
class Note {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
}

@ModelSerializer({ model: Note })
class NoteSerializer extends ProtoSerializer<Note> {}

/** What each action of a controller shows and takes is another matter. */
@Entity()
class Person {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column({ default: '' }) email!: string;
  @Column({ default: '' }) password!: string;
  @OneToMany(() => Pet, (pet) => pet.owner) pets!: Relation<Pet>[];
}

@Entity()
class Pet {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @ManyToOne(() => Person, (person) => person.pets, { nullable: false }) owner!: Relation<Person>;
}

@ModelSerializer({ model: Pet, fields: ['id', 'name'] })
class PetSerializer extends ProtoSerializer<Pet> {}

@ModelSerializer({ model: Person, fields: ['id', 'name'] })
class PersonSerializer extends ProtoSerializer<Person> {}

@ModelSerializer({ model: Person, fields: ['id', 'name', 'email', 'pets', 'petNames'] })
class PersonDetailSerializer extends ProtoSerializer<Person> {
  @Nested(() => PetSerializer) pets!: Pet[];
  @MethodField({ type: 'repeated string', needs: ['pets.name'] })
  petNames({ pets }: Person): string[] {
    return pets.map(({ name }) => name);
  }
}

@ModelSerializer({ model: Person, fields: ['id', 'name', 'email', 'password'] })
class PersonSignUpSerializer extends ProtoSerializer<Person> {
  @Field({ writeOnly: true }) password!: string;

  validatePassword(password: string): void {
    if (password.length < 8) throw ValidationException.ofRequest('Too short.', 'short');
  }
}

@ModelSerializer({ model: Person, fields: ['id', 'name', 'email'], readOnly: ['name'] })
class PersonEditSerializer extends ProtoSerializer<Person> {}

@GrpcController({ serializer: PersonSerializer, permissions: [AllowAny] })
class PersonController extends withActions(GenericCrudController, StreamAction)<Person> {
  override getSerializer(action: string) {
    switch (action) {
      case 'retrieve':
      case 'pick':
        return PersonDetailSerializer;
      case 'create':
        return PersonSignUpSerializer;
      case 'update':
      case 'partialUpdate':
        return PersonEditSerializer;
      default:
        return super.getSerializer(action) as typeof PersonSerializer;
    }
  }

  @GrpcAction({ request: LookupField, response: SelfSerializer })
  async pick(_request: object, ctx: GrpcContext): Promise<Person> {
    return this.getObject(ctx);
  }

  @GrpcAction({ request: PersonEditSerializer, response: PersonDetailSerializer })
  async preview(request: object, ctx: GrpcContext) {
    const { email = '' } = await this.readValues(request, ctx, 'update');
    return { name: 'preview', email, pets: [], petNames: [] };
  }
}

describe.each(cross(DATABASES, PATHS))('a serializer for each action on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, path, entities: [Person, Pet], controllers: [PersonController] });
    client = await connectClient(app);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it('names the messages of the action', async () => {
    expect(methodsOf(app.protoFile, 'PersonController')).toEqual({
      Create: 'PersonSignUpRequest PersonSignUpResponse',
      Destroy: 'PersonDestroyRequest google.protobuf.Empty',
      List: 'PersonListRequest PersonListResponse',
      PartialUpdate: 'PersonEditPartialUpdateRequest PersonEditResponse',
      Pick: 'PersonPickRequest PersonDetailResponse',
      Preview: 'PersonEditRequest PersonDetailResponse',
      Retrieve: 'PersonDetailRetrieveRequest PersonDetailResponse',
      Stream: 'PersonStreamRequest PersonResponse',
      Update: 'PersonEditRequest PersonEditResponse',
    });
    expect(fieldsOf(app.protoFile, 'PersonSignUpResponse')).toEqual(['id', 'name', 'email']);
    expect(fieldsOf(app.protoFile, 'PersonEditRequest')).toEqual(['id', 'email']);
  });

  it('reads, checks and shows what the action takes and gives', async () => {
    const request = { name: 'Ada', email: 'a@b.c', password: 'longenough' };
    const short = await client.call('PersonController/Create', { ...request, password: 'short' });
    expect(JSON.parse(short.details)).toEqual({ password: [{ message: 'Too short.', code: 'short' }] });
    const { id, ...created } = await client.get('PersonController/Create', request);
    expect(created).toMatchObject({ name: 'Ada', email: 'a@b.c' });
    const { manager } = app.dataSource;
    expect(await manager.findOneByOrFail(Person, { id })).toMatchObject({ password: 'longenough' });
    await manager.save(Pet, { name: 'Rex', owner: { id } });
    const detail = { name: 'Ada', email: 'a@b.c', pets: [{ name: 'Rex' }], petNames: ['Rex'] };
    expect(await client.get('PersonController/Retrieve', { id })).toMatchObject(detail);
    expect(await client.get('PersonController/Pick', { id })).toMatchObject(detail);
    const { results } = await client.get('PersonController/List');
    const { messages } = await client.call('PersonController/Stream');
    for (const [shown] of [results, messages]) {
      expect(shown).toMatchObject({ id, name: 'Ada' });
      expect(shown).not.toHaveProperty('email');
    }
    const edited = await client.get('PersonController/Update', { id, email: 'x@y.z' });
    expect(edited).toMatchObject({ name: 'Ada', email: 'x@y.z' });
    const partial = { id, _partialUpdateFields: ['name'], email: 'other' };
    expect(await client.call('PersonController/PartialUpdate', partial)).toMatchObject({ code: 3 });
    expect(await client.get('PersonController/Preview', { id, email: 'p@q.r' })).toMatchObject({
      name: 'preview',
      email: 'p@q.r',
    });
    expect((await client.call('PersonController/Destroy', { id })).code).not.toBe(0);
    await manager.delete(Pet, { owner: { id } });
    expect((await client.call('PersonController/Destroy', { id })).code).toBe(0);
  });
});

describe('serializers that only the options of actions name', () => {
  it('are checked as any other', async () => {
    @Entity()
    class Knot {
      @PrimaryGeneratedColumn() id!: number;
      @ManyToOne(() => Knot) next!: Relation<Knot>;
    }
    @ModelSerializer({ model: Knot })
    class KnotSerializer extends ProtoSerializer<Knot> {
      @Nested(() => KnotSerializer) next!: Knot;
    }
    @ModelSerializer({ model: Note })
    class RuleSerializer extends ProtoSerializer<Note> {
      validateTxet(value: string): string {
        return value;
      }
    }
    @GrpcController({ permissions: [AllowAny] })
    class WorkController {
      @GrpcAction({ request: RuleSerializer, response: KnotSerializer })
      async work(): Promise<object> {
        return {};
      }
    }
    expect(await problemsOf({ entities: [Note, Knot], controllers: [WorkController] })).toEqual([
      'KnotSerializer: nests itself (KnotSerializer -> KnotSerializer). Say how deep, @Nested(() => ..., { depth: 3 }), nest a serializer with fewer fields, or use the key.',
      'RuleSerializer.validateTxet(): there is no such field, so it would never run. Name it after one of: id, text.',
    ]);
  });

  it.each(DATABASES)('give their controller the database of their model, on %s', async (kind) => {
    @GrpcController({ permissions: [AllowAny] })
    class NoteController {
      @GrpcAction({ request: NoteSerializer, response: NoteSerializer, transaction: true })
      async keep({ text }: { text: string }, ctx: GrpcContext): Promise<Note> {
        return ctx.manager.save(Note, { text });
      }
    }
    const database = await createDatabase(kind);
    const app = await bootApp({ database, entities: [Note], controllers: [NoteController] });
    const client = await connectClient(app);
    expect(await client.get('NoteController/Keep', { text: 'kept' })).toMatchObject({ id: 1, text: 'kept' });
    client.close();
    await app.close();
    await database.drop();
  });

  it('give it the data source that they name', async () => {
    @ModelSerializer({ model: Note, dataSource: 'archive' })
    class OldSerializer extends ProtoSerializer<Note> {}
    @GrpcController({ permissions: [AllowAny] })
    class OldController {
      @GrpcAction({ response: OldSerializer })
      async first(): Promise<object> {
        return {};
      }
    }
    expect(await problemsOf({ entities: [Note], controllers: [OldController] })).toEqual([
      'OldController: there is no data source "archive". Import TypeOrmModule.forRoot({ name: \'archive\', ... }).',
      'OldSerializer: model "Note" is in no data source "archive". Add it to "entities" of TypeOrmModule.forRoot().',
    ]);
  });
});
