import { Injectable } from '@nestjs/common';
import { IsEmail, IsInt, Max, MinLength } from 'class-validator';
import {
  AllowAny,
  Field,
  GenericController,
  GenericCrudController,
  GrpcAction,
  GrpcController,
  ListAction,
  ModelSerializer,
  Nested,
  ProtoSerializer,
  Related,
  Serializer,
  SetupError,
  ValidationException,
  withActions,
  type GrpcContext,
} from 'nestjs-socio-grpc';
import {
  Column,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/boot-app.js';
import { connectClient, type ProtoClient } from '../support/client.js';
import { countQueries } from '../support/count-queries.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { cross, PATHS } from '../support/paths.js';

const INVALID_ARGUMENT = 3;

@Entity()
class Member {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true }) email!: string;
}

@Entity()
class Loan {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ length: 20 }) title!: string;
  @Column() email!: string;
  @Column() days!: number;
  @Column({ type: 'date' }) starts!: string;
  @Column({ type: 'date' }) ends!: string;
  @ManyToOne(() => Member, { nullable: false }) member!: Relation<Member>;
  @ManyToMany(() => Member) @JoinTable() readers!: Relation<Member>[];
}

@Injectable()
class Holidays {
  has(date: string): boolean {
    return date.endsWith('-12-25');
  }
}

@Injectable()
@ModelSerializer({
  model: Loan,
  fields: ['id', 'title', 'email', 'days', 'starts', 'ends', 'member', 'readers'],
})
class LoanSerializer extends ProtoSerializer<Loan> {
  @MinLength(3) title!: string;
  @IsEmail() email!: string;
  @IsInt() @Max(30) days!: number;
  @Related({ slug: 'email' }) member!: string;
  @Related({ slug: 'email' }) readers!: string[];

  constructor(private readonly holidays: Holidays) {
    super();
  }

  validateTitle(title: string): string {
    if (title.includes('dull')) throw ValidationException.ofRequest('Too dull.', 'dull');
    return title.trim();
  }

  async validateStarts(starts: string, ctx: GrpcContext): Promise<void> {
    if (this.holidays.has(starts) && ctx.action !== 'update')
      throw ValidationException.ofRequest('We are closed.', 'closed');
  }

  validate(values: { starts?: string; ends?: string }): void {
    if (values.starts && values.ends && values.ends < values.starts)
      throw new ValidationException({ ends: [{ message: 'Ends before it starts.', code: 'order' }] });
  }
}

@Serializer()
class LineSerializer extends ProtoSerializer {
  @Field() text!: string;
  @Field({ type: 'int32', default: 1 }) copies!: number;
  @Field({ type: 'optional string' }) note!: string | null;
}

@Serializer()
class OrderSerializer extends ProtoSerializer {
  @Field({ maxLength: 10 }) customer!: string;
  @Nested(() => LineSerializer) first!: LineSerializer;
  @Nested(() => LineSerializer, { many: true }) lines!: LineSerializer[];
}

@GrpcController({ serializer: LoanSerializer, permissions: [AllowAny] })
class LoanController extends GenericCrudController<Loan> {}

@GrpcController({ service: 'Order', permissions: [AllowAny] })
class OrderController extends GenericController {
  @GrpcAction({ request: OrderSerializer, response: { json: 'string' } })
  async place(request: object, ctx: GrpcContext) {
    return { json: JSON.stringify(await this.readValues(request, ctx)) };
  }
}

describe.each(cross(DATABASES, PATHS))('validation on %s, %s path', (kind, path) => {
  let database: TestDatabase;
  let app: TestApp;
  let client: ProtoClient;
  const good = {
    title: 'A book',
    email: 'a@example.org',
    days: 7,
    starts: '2026-01-01',
    ends: '2026-01-08',
    member: 'ada@example.org',
  };

  beforeAll(async () => {
    database = await createDatabase(kind);
    app = await bootApp({
      database,
      path,
      entities: [Member, Loan],
      controllers: [LoanController, OrderController],
      providers: [Holidays, LoanSerializer],
    });
    client = await connectClient(app);
    await app.dataSource
      .getRepository(Member)
      .save([{ email: 'ada@example.org' }, { email: 'bob@example.org' }]);
  });

  afterAll(async () => {
    client?.close();
    await app?.close();
    await database?.drop();
  });

  async function errorsOf(action: string, request: object): Promise<unknown> {
    const answer = await client.call(action, request);
    expect(answer.code).toBe(INVALID_ARGUMENT);
    return JSON.parse(answer.details);
  }

  it('takes what is right, finds relations by slug and gives what the rules made of it', async () => {
    const loan = await client.get('LoanController/Create', {
      ...good,
      title: '  A book ',
      readers: ['bob@example.org', 'ada@example.org'],
    });
    expect(loan).toMatchObject({ ...good, readers: ['ada@example.org', 'bob@example.org'] });
  });

  it('tells the reasons of fields, decorators, rules and relations together', async () => {
    expect(
      await errorsOf('LoanController/Create', {
        ...good,
        title: 'dull',
        email: 'nobody',
        days: 31,
        starts: '2026-12-25',
        ends: 'later',
        member: 'eve@example.org',
        readers: ['ada@example.org', 'eve@example.org', 'mallory@example.org'],
      }),
    ).toEqual({
      title: [{ message: 'Too dull.', code: 'dull' }],
      email: [{ message: 'email must be an email', code: 'is_email' }],
      days: [{ message: 'days must not be greater than 30', code: 'max' }],
      starts: [{ message: 'We are closed.', code: 'closed' }],
      ends: [
        { message: 'Date has wrong format. Use one of these formats instead: YYYY-MM-DD.', code: 'invalid' },
      ],
      member: [{ message: 'Object with email=eve@example.org does not exist.', code: 'does_not_exist' }],
      readers: [
        { message: 'Object with email=eve@example.org does not exist.', code: 'does_not_exist' },
        { message: 'Object with email=mallory@example.org does not exist.', code: 'does_not_exist' },
      ],
    });
  });

  it('asks the rule for all fields once each one is right', async () => {
    expect(await errorsOf('LoanController/Create', { ...good, ends: '2025-01-01' })).toEqual({
      ends: [{ message: 'Ends before it starts.', code: 'order' }],
    });
    expect(await errorsOf('LoanController/Create', { ...good, ends: '2025-01-01', days: 99 })).toEqual({
      days: [{ message: 'days must not be greater than 30', code: 'max' }],
    });
  });

  it('asks rules for listed fields only in a partial update', async () => {
    const { id } = await client.get('LoanController/Create', good);
    const request = { id, _partialUpdateFields: ['days'], days: 9, title: 'dull', email: 'x' };
    expect(await client.get('LoanController/PartialUpdate', request)).toMatchObject({ ...good, days: 9 });
    expect(await errorsOf('LoanController/PartialUpdate', { ...request, days: 99 })).toEqual({
      days: [{ message: 'days must not be greater than 30', code: 'max' }],
    });
  });

  it('looks related objects up in one query for each relation', async () => {
    const readers = ['ada@example.org', 'bob@example.org'];
    const { id } = await client.get('LoanController/Create', { ...good, readers });
    const queries = await countQueries(app.dataSource, () =>
      client.call('LoanController/PartialUpdate', {
        id,
        _partialUpdateFields: ['member', 'readers', 'days'],
        ...good,
        readers,
        days: 99,
      }),
    );
    // The object, its member, its readers.
    expect(queries).toHaveLength(3);
  });

  it('validates nested messages and lists of them, each item in its place', async () => {
    const line = { text: 'a', copies: 2, note: 'n' };
    const { json } = await client.get('OrderController/Place', {
      customer: 'Ada',
      first: { text: 'x' },
      lines: [line, { text: 'b' }],
    });
    expect(JSON.parse(json)).toEqual({
      customer: 'Ada',
      first: { text: 'x', copies: 1, note: null },
      lines: [line, { text: 'b', copies: 1, note: null }],
    });
    expect(
      await errorsOf('OrderController/Place', { customer: 'x'.repeat(11), lines: [line, {}, { copies: 3 }] }),
    ).toEqual({
      customer: [{ message: 'Ensure this field has no more than 10 characters.', code: 'max_length' }],
      first: [{ message: 'This field may not be null.', code: 'null' }],
      lines: [
        {},
        { text: [{ message: 'This field may not be blank.', code: 'blank' }] },
        { text: [{ message: 'This field may not be blank.', code: 'blank' }] },
      ],
    });
  });

  it('refuses 10,000 invalid items in one list in less than 6 KiB and goes on', async () => {
    const lines = Array.from({ length: 10_000 }, () => ({}));
    const answer = await client.call('OrderController/Place', {
      customer: 'Ada',
      first: { text: 'x' },
      lines,
    });
    expect(answer.code).toBe(INVALID_ARGUMENT);
    const details = answer.trailers.get('grpc-status-details-bin')[0] as Buffer;
    expect(answer.details.length + details.length).toBeLessThan(6 * 1024);
    expect(answer.details).toMatch(/and \d+ more errors/);
    expect(JSON.parse(answer.details)).toBeTypeOf('object');
    expect((await client.call('OrderController/Place', { customer: 'Ada', first: { text: 'x' } })).code).toBe(
      0,
    );
  });
});

describe('texts', () => {
  @Entity()
  class Memo {
    @PrimaryGeneratedColumn() id!: number;
    @Column({ length: 5 }) title!: string;
    @Column() body!: string;
    @Column() code!: string;
  }
  @ModelSerializer({ model: Memo, fields: ['id', 'title', 'body', 'code', 'repeated'] })
  class MemoSerializer extends ProtoSerializer<Memo> {
    @Field({ trim: true }) code!: string;
    @Field({ writeOnly: true, required: false }) repeated!: string;

    validate(values: { title?: string; repeated?: string }): void {
      if (values.repeated !== undefined && values.repeated !== values.title)
        throw new ValidationException({ repeated: [{ message: 'Is not the title.', code: 'repeated' }] });
    }
  }
  @GrpcController({ serializer: MemoSerializer, permissions: [AllowAny] })
  class MemoController extends GenericCrudController<Memo> {}

  const request = { title: ' abc ', body: ' x ', code: ' \t y\n' };

  async function booted(conventions: 'socio' | 'dsg') {
    const app = await bootApp({
      database: await createDatabase('sqlite'),
      entities: [Memo],
      controllers: [MemoController],
      options: { conventions },
    });
    const client = await connectClient(app);
    return {
      client,
      close: () => {
        client.close();
        return app.close();
      },
    };
  }

  it('stay as they are, except where a field is trimmed', async () => {
    const { client, close } = await booted('socio');
    expect(await client.get('MemoController/Create', request)).toMatchObject({ ...request, code: 'y' });
    expect((await client.call('MemoController/Create', { ...request, code: ' ' })).details).toBe(
      '{"code": [{"message": "This field may not be blank.", "code": "blank"}]}',
    );
    await close();
  });

  it('are all trimmed under dsg, before their length is looked at', async () => {
    const { client, close } = await booted('dsg');
    const trimmed = { title: 'abc', body: 'x', code: 'y' };
    expect(await client.get('MemoController/Create', request)).toMatchObject(trimmed);
    const long = await client.get('MemoController/Create', { ...request, title: ' abcde   ' });
    expect(long).toMatchObject({ title: 'abcde' });
    await close();
  });

  it('without a column are for the rules', async () => {
    const { client, close } = await booted('socio');
    const created = await client.get('MemoController/Create', { ...request, repeated: ' abc ' });
    expect(created).not.toHaveProperty('repeated');
    const update = { ...created, title: 'new', repeated: 'new' };
    expect(await client.get('MemoController/Update', update)).toMatchObject({ title: 'new' });
    expect((await client.call('MemoController/Update', { ...update, repeated: 'old' })).details).toBe(
      '{"repeated": [{"message": "Is not the title.", "code": "repeated"}]}',
    );
    await close();
  });
});

describe('a rule for no field', () => {
  it('is a boot error', async () => {
    @ModelSerializer({ model: Member })
    class MemberSerializer extends ProtoSerializer<Member> {
      validateEmial(): void {
        return undefined;
      }
    }
    @GrpcController({ serializer: MemberSerializer, permissions: [AllowAny] })
    class MemberController extends withActions(GenericController, ListAction)<Member> {}
    const booted = bootApp({
      database: await createDatabase('sqlite'),
      entities: [Member],
      controllers: [MemberController],
    });
    await expect(booted).rejects.toThrow(SetupError);
    await expect(booted).rejects.toThrow(
      'MemberSerializer.validateEmial(): there is no such field, so it would never run. Name it after one of: id, email.',
    );
  });
});
