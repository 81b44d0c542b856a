import {
  AllowAny,
  GrpcAction,
  GrpcController,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { bootApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { connectClient } from '../support/client.js';
import { createDatabase, DATABASES } from '../support/databases.js';

@Entity()
class Note {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
}

@ModelSerializer({ model: Note })
class NoteSerializer extends ProtoSerializer<Note> {}

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
