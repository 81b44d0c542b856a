import { readdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AllowAny,
  Field,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ModelSerializer,
  ProtoSerializer,
  ReadOnlyController,
} from 'nestjs-socio-grpc';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../support/boot-problems.js';

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
