/** Serializers that several others are made of. */
import {
  AllowAny,
  Field,
  GenericCrudController,
  GrpcController,
  MethodField,
  ModelSerializer,
  ProtoSerializer,
  Related,
  ValidationException,
  type GrpcContext,
  type Values,
} from 'nestjs-socio-grpc';
import { MinLength } from 'class-validator';
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { fieldsOf } from '../support/proto-fields.js';
import { SECRET_COLUMN } from '../support/secret.js';

abstract class NamedSerializer<M extends { name: string }> extends ProtoSerializer<M> {
  @Field({ maxLength: 10 }) name!: string;

  @MethodField({ type: 'string' })
  initial(object: M): string {
    return object.name.charAt(0);
  }

  validateName(name: string): string {
    return name.replaceAll(/\s+/g, ' ');
  }
}

@Entity()
class Shop {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column(SECRET_COLUMN) vaultSecret!: string;
  @Column({ default: '' }) city!: string;
}

@Entity()
class Clerk {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column({ default: 0 }) age!: number;
}

@ModelSerializer({ model: Shop })
class ShopSerializer extends NamedSerializer<Shop> {}

/** Replaces a method without its decorator, and a field with it. */
@ModelSerializer({ model: Clerk, exclude: ['age'] })
class ClerkSerializer extends NamedSerializer<Clerk> {
  // TypeScript wants a value where a property is declared anew.
  @Field({ maxLength: 3 }) override name = '';

  override initial(clerk: Clerk): string {
    return super.initial(clerk).toLowerCase();
  }
}

/** Inherits the model too. */
@ModelSerializer({ model: Shop, fields: ['id', 'name', 'initial', 'where'] })
class ShopCardSerializer extends ShopSerializer {
  @MethodField({ type: 'string', needs: ['city'] })
  where(shop: Shop): string {
    return shop.city;
  }
}

/** A base on a base: a relation, a rule for all fields, a decorator of class-validator, a field for requests only. */
abstract class OwnedSerializer<M extends { name: string; owner: Clerk }> extends NamedSerializer<M> {
  @Related({ slug: 'name', readOnly: true }) owner!: string;
  @Related(() => Clerk, { source: 'owner', text: ({ name, age }) => `${name}, ${age}` }) keeper!: string;
  @Field({ writeOnly: true }) @MinLength(2) reason!: string;

  validate(values: { name?: string; reason?: string }): void {
    if (values.name === values.reason)
      throw new ValidationException({ reason: [{ message: 'Is the name.', code: 'same' }] });
  }
}

@Entity()
class Stall {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @ManyToOne(() => Clerk, { nullable: true }) owner!: Relation<Clerk>;
}

@ModelSerializer({ model: Stall })
class StallSerializer extends OwnedSerializer<Stall> {
  override validate(values: { name?: string; reason?: string }): void {
    super.validate(values);
    if (values.name === 'none') throw ValidationException.ofRequest('Nothing.', 'nothing');
  }
}

@GrpcController({ serializer: StallSerializer, permissions: [AllowAny] })
class StallController extends GenericCrudController<Stall> {
  protected override performCreate(
    { reason: _reason, ...values }: Values<Stall> & { reason?: string },
    ctx: GrpcContext,
  ) {
    return super.performCreate({ ...values, owner: { id: 1 } }, ctx);
  }
}

@GrpcController({ serializer: ShopSerializer, permissions: [AllowAny] })
class ShopController extends GenericCrudController<Shop> {
  override getSerializer(action: string) {
    return action === 'list' ? ShopCardSerializer : ShopSerializer;
  }
}

@GrpcController({ serializer: ClerkSerializer, permissions: [AllowAny] })
class ClerkController extends GenericCrudController<Clerk> {}

describe.each(DATABASES)('bases of serializers on %s', (kind) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      entities: [Shop, Clerk, Stall],
      controllers: [ShopController, ClerkController, StallController],
    });
    client = await connectClient(app);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  it('give their fields, methods and rules to serializers of several models', async () => {
    const shop = await client.get('ShopController/Create', { name: 'A  B', city: 'Bonn' });
    expect(shop).toMatchObject({ name: 'A B', initial: 'A', city: 'Bonn' });
    expect(fieldsOf(app.protoFile, 'ShopResponse')).toEqual(['id', 'name', 'initial', 'city']);
    expect(fieldsOf(app.protoFile, 'ShopRequest')).toEqual(['id', 'name', 'city']);
  });

  it('may have members replaced', async () => {
    expect(await client.get('ClerkController/Create', { name: 'Ann' })).toMatchObject({ initial: 'a' });
    expect(await client.call('ClerkController/Create', { name: 'Anna' })).toMatchObject({ code: 3 });
  });

  it('may be serializers themselves, another for each action', async () => {
    const { results } = await client.get('ShopController/List');
    expect(results).toMatchObject([{ name: 'A B', initial: 'A', where: 'Bonn' }]);
    expect(results[0]).not.toHaveProperty('city');
  });

  it('may stand on each other, with relations, rules and fields of requests', async () => {
    expect(fieldsOf(app.protoFile, 'StallResponse')).toEqual(['id', 'name', 'initial', 'owner', 'keeper']);
    expect(fieldsOf(app.protoFile, 'StallRequest')).toEqual(['id', 'name', 'reason']);
    await app.dataSource.getRepository(Clerk).save({ id: 1, name: 'Ann', age: 40 });
    const request = { name: 'Stall', reason: 'why' };
    expect(await client.get('StallController/Create', request)).toMatchObject({
      name: 'Stall',
      initial: 'S',
      owner: 'Ann',
      keeper: 'Ann, 40',
    });
    const reasons = async (given: object): Promise<unknown> =>
      JSON.parse((await client.call('StallController/Create', { ...request, ...given })).details);
    expect(await reasons({ reason: 'Stall' })).toEqual({
      reason: [{ message: 'Is the name.', code: 'same' }],
    });
    expect(await reasons({ reason: 'x' })).toMatchObject({ reason: [{ code: 'min_length' }] });
    expect(await reasons({ name: 'none' })).toMatchObject({ non_field_errors: [{ code: 'nothing' }] });
    expect(await reasons({ name: 'x'.repeat(11) })).toMatchObject({ name: [{ code: 'max_length' }] });
  });
});
