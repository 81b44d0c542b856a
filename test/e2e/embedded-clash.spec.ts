/** What a database refuses in an embedded column is told where its message has it. */
import {
  AllowAny,
  GenericCrudController,
  GrpcController,
  ModelSerializer,
  ProtoSerializer,
} from 'nestjs-socio-grpc';
import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { SECRET_COLUMN } from '../support/secret.js';

class Lock {
  @Column({ unique: true }) code!: string;
}

class Door {
  @Column() floor!: number;
  @Column(() => Lock) lock!: Lock;
}

@Entity()
@Index(['name', 'door.floor'], { unique: true })
class House {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column(SECRET_COLUMN) vaultSecret!: string;
  @Column(() => Door) door!: Door;
}

@ModelSerializer({ model: House })
class HouseSerializer extends ProtoSerializer<House> {}

@GrpcController({ serializer: HouseSerializer, permissions: [AllowAny] })
class HouseController extends GenericCrudController<House> {}

describe.each(DATABASES)('a clash in an embedded column on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({ database, entities: [House], controllers: [HouseController] });
    client = await connectClient(app);
    await client.get('HouseController/Create', { name: 'a', door: { floor: 1, lock: { code: 'x' } } });
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it('names the field inside of the messages that hold it', async () => {
    const { code, details } = await client.call('HouseController/Create', {
      name: 'b',
      door: { floor: 1, lock: { code: 'x' } },
    });
    expect(code).toBe(6);
    expect(JSON.parse(details)).toEqual({
      door: { lock: { code: [{ message: 'This field must be unique.', code: 'unique' }] } },
    });
  });

  it('names all fields of a set', async () => {
    const { code, details } = await client.call('HouseController/Create', {
      name: 'a',
      door: { floor: 1, lock: { code: 'y' } },
    });
    expect(code).toBe(6);
    expect(JSON.parse(details)).toEqual({
      non_field_errors: [{ message: 'The fields name, door.floor must make a unique set.', code: 'unique' }],
    });
  });
});
