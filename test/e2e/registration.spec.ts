/**
 * From declarations to fields, messages and rpcs under the conventions `dsg`, case by case as the reference's own
 * `test_protobuf_registration.py` has them.
 */
import { readFile } from 'node:fs/promises';
import type { Type } from '@nestjs/common';
import {
  AllowAny,
  Field,
  FieldFilter,
  FilterGenerationPlugin,
  GenericController,
  GrpcAction,
  GrpcController,
  ListGenerationPlugin,
  ListOf,
  MessageNames,
  MethodField,
  ModelSerializer,
  Nested,
  PageNumberPagination,
  PaginationGenerationPlugin,
  ProtoSerializer,
  Related,
  Serializer,
  type MessageToName,
  type SocioGrpcOptions,
} from 'nestjs-socio-grpc';
import {
  Column,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp } from '../support/boot-app.js';
import { problemsOf } from '../support/boot-problems.js';
import { contractLines } from '../support/contract-lines.js';
import { createDatabase, type TestDatabase } from '../support/databases.js';
import { commentOf, typesOf } from '../support/proto-fields.js';

@Entity()
class Foreign {
  @PrimaryGeneratedColumn('uuid') uuid!: string;
  @Column({ unique: true }) name!: string;
  @Column({ unique: true }) rank!: number;
}

@Entity()
class Related1 {
  @PrimaryGeneratedColumn('uuid') uuid!: string;
  @ManyToOne(() => Foreign, { nullable: true }) foreign!: Relation<Foreign> | null;
  @ManyToMany(() => Foreign) @JoinTable() foreigns!: Relation<Foreign>[];

  get shown(): string {
    return `<${this.uuid}>`;
  }

  get count(): number {
    return 1;
  }
}

@Entity()
class BigKey {
  @PrimaryColumn('bigint') id!: string;
  @Column('bigint', { array: true, nullable: true, default: [] }) ids!: string[] | null;
}

@Serializer()
class BasicSerializer extends ProtoSerializer {
  @Field() userName!: string;
}

@Serializer()
class OtherSerializer extends ProtoSerializer {
  @Field() uuid!: string;
}

@Serializer()
class MySerializer extends ProtoSerializer {
  @Field({ type: 'int32', description: ['@test=comment1', '@test2=comment2'] }) userName!: number;
  @Field() title!: string;
  @Field({ nullable: true }) optionalField!: string;
  @Field({ default: 'value' }) defaultChar!: string;
  @ListOf('string') listField!: string[];
  @ListOf(() => OtherSerializer) listFieldWithSerializer!: OtherSerializer[];
  @MethodField({ type: 'repeated int32' }) smf() {
    return [1];
  }
  @MethodField({ type: 'repeated string' }) smfOnlyList() {
    return [''];
  }
  @MethodField({ type: () => BasicSerializer, nullable: true }) smfWithSerializer() {
    return null;
  }
  @MethodField({ type: () => BasicSerializer, many: true }) smfWithListSerializer() {
    return [];
  }
  @MethodField({ type: 'double' }) smfWithDecimal() {
    return 0.5;
  }
  @Field({ readOnly: true }) readOnlyField0!: string;
  @Field({ readOnly: true }) readOnlyField1!: string;
  @Field({ writeOnly: true }) writeOnlyField!: string;
}

@Serializer({ description: 'serializer comment', listField: 'customResults' })
class OuterSerializer extends ProtoSerializer {
  @Nested(() => MySerializer) serializer!: MySerializer;
  @Nested(() => MySerializer, { many: true }) serializerList!: MySerializer[];
}

@Serializer()
class NodeSerializer extends ProtoSerializer {
  @Field() name!: string;
  @Nested(() => NodeSerializer, { required: false }) next?: object;
  @ListOf(() => NodeSerializer) others!: object[];
}

@ModelSerializer({ model: Related1, fields: ['uuid', 'foreign', 'slug', 'slugs', 'texts', 'shown', 'count'] })
class RelatedSerializer extends ProtoSerializer<Related1> {
  @Related({ source: 'foreign', slug: 'rank' }) slug!: number;
  @Related({ source: 'foreigns', slug: 'name', readOnly: true }) slugs!: string[];
  @Related({ source: 'foreigns', text: ({ name }: Foreign) => name }) texts!: string[];
  @Field() shown!: string;
  @Field({ type: 'int32' }) count!: number;
}

@ModelSerializer({ model: BigKey })
class BigKeySerializer extends ProtoSerializer<BigKey> {}

const LISTS = new ListGenerationPlugin({ request: true, response: true });
const [FILTERS, PAGES] = [new FilterGenerationPlugin(), new PaginationGenerationPlugin()];
const nothing = async (): Promise<never> => {
  throw new Error('never called');
};

const MY_RESPONSE = {
  user_name: 'int32',
  title: 'string',
  optional_field: 'optional string',
  default_char: 'optional string',
  list_field: 'repeated string',
  list_field_with_serializer: 'repeated OtherResponse',
  smf: 'repeated int32',
  smf_only_list: 'repeated string',
  smf_with_serializer: 'optional BasicResponse',
  smf_with_list_serializer: 'repeated BasicResponse',
  smf_with_decimal: 'double',
  read_only_field0: 'optional string',
  read_only_field1: 'optional string',
};

describe('what is registered under dsg', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase('postgres');
  });
  afterAll(() => database?.drop());

  async function described<T>(
    controllers: Type<object>[],
    look: (protoFile: string) => T,
    options: SocioGrpcOptions = {},
  ): Promise<Awaited<T>> {
    const app = await bootApp({
      database,
      entities: [Foreign, Related1, BigKey],
      controllers,
      options: { conventions: 'dsg', ...options },
    });
    try {
      return await look(app.protoFile);
    } finally {
      await app.close();
    }
  }

  /** Each serializer as request and answer of one action. */
  function actionsOver(...serializers: (typeof ProtoSerializer<never>)[]): Type<object>[] {
    return serializers.map((serializer) => {
      @GrpcController({ service: `Of${serializer.name}`, permissions: [AllowAny] })
      class OverController extends GenericController {
        @GrpcAction({ request: serializer as never, response: serializer as never })
        async act(): Promise<never> {
          return nothing();
        }
      }
      return OverController;
    });
  }

  it('gives fields of serializers their type, cardinality and comment', async () => {
    const [response, request, comment] = await described(actionsOver(MySerializer as never), (file) => [
      typesOf(file, 'MyResponse'),
      typesOf(file, 'MyRequest'),
      commentOf(file, 'MyResponse', 'user_name'),
    ]);
    expect(response).toEqual(MY_RESPONSE);
    expect(comment).toEqual(['@test=comment1', '@test2=comment2']);
    expect(request).toEqual({
      user_name: 'int32',
      title: 'string',
      optional_field: 'optional string',
      default_char: 'optional string',
      list_field: 'repeated string',
      list_field_with_serializer: 'repeated OtherRequest',
      write_only_field: 'string',
    });
  });

  it('nests serializers, one and many, and comments their messages', async () => {
    const [text, outer] = await described(actionsOver(OuterSerializer as never), async (file) => [
      await readFile(file, 'utf8'),
      typesOf(file, 'OuterResponse'),
    ]);
    expect(outer).toEqual({ serializer: 'MyResponse', serializer_list: 'repeated MyResponse' });
    expect(text).toContain('// serializer comment\nmessage OuterResponse {');
    expect(text).toContain('// serializer comment\nmessage OuterRequest {');
  });

  it('lets serializers nest themselves, alone and in lists', async () => {
    const lines = await described(actionsOver(NodeSerializer as never), contractLines);
    expect(lines.slice(1)).toEqual([
      'NodeRequest { string name = 1; optional NodeRequest next = 2; repeated NodeRequest others = 3; }',
      'NodeResponse { string name = 1; optional NodeResponse next = 2; repeated NodeResponse others = 3; }',
    ]);
  });

  it('gives relations the type of what they show, and properties that of their declaration', async () => {
    const types = await described(actionsOver(RelatedSerializer as never), (file) =>
      typesOf(file, 'RelatedResponse'),
    );
    expect(types).toEqual({
      uuid: 'optional string',
      foreign: 'optional string',
      slug: 'optional int32',
      slugs: 'repeated string',
      texts: 'repeated string',
      shown: 'string',
      count: 'int32',
    });
  });

  it('gives 64-bit keys and arrays of them int64', async () => {
    const types = await described(actionsOver(BigKeySerializer as never), (file) =>
      typesOf(file, 'BigKeyResponse'),
    );
    expect(types).toEqual({ id: 'int64', ids: 'repeated int64' });
  });

  it('takes listed fields in short and long form, serializers and Structs among them', async () => {
    @GrpcController({ service: 'Mine', permissions: [AllowAny] })
    class MineController {
      @GrpcAction({
        request: {
          title: 'string',
          titles: { type: 'repeated string', description: 'comment0' },
          maybe: { type: 'optional string', description: ['comment0', 'comment1'] },
          several: { type: 'string', cardinality: 'repeated' },
          struct: 'google.protobuf.Struct',
          one: { type: BasicSerializer, description: 'A nested serializer field' },
          many: { type: BasicSerializer, cardinality: 'repeated' },
        },
      })
      async take() {}
    }
    const [types, ...comments] = await described([MineController], (file) => [
      typesOf(file, 'MineTakeRequest'),
      commentOf(file, 'MineTakeRequest', 'titles'),
      commentOf(file, 'MineTakeRequest', 'maybe'),
      commentOf(file, 'MineTakeRequest', 'one'),
    ]);
    expect(types).toEqual({
      title: 'string',
      titles: 'repeated string',
      maybe: 'optional string',
      several: 'repeated string',
      struct: 'google.protobuf.Struct',
      one: 'BasicSerializer',
      many: 'repeated BasicSerializer',
    });
    expect(comments).toEqual([['comment0'], ['comment0', 'comment1'], ['A nested serializer field']]);
  });

  it('refuses a type that is none', async () => {
    @GrpcController({ service: 'Mine', permissions: [AllowAny] })
    class MineController {
      @GrpcAction({ request: { title: 'unknown string' } })
      async take() {}
    }
    expect(await problemsOf({ controllers: [MineController] })).toEqual([
      `MineController.take: field "title" has type "unknown string". Expected a proto type such as 'string' or 'repeated int64', a serializer, an enum, or an externalMessage().`,
    ]);
  });

  it('names lists of actions, with and without a model behind them', async () => {
    @GrpcController({ service: 'My', permissions: [AllowAny] })
    class MyController {
      @GrpcAction({ request: {}, requestName: 'ReqNameRequest', response: BasicSerializer, plugins: [LISTS] })
      async basicList() {
        return nothing();
      }
      @GrpcAction({ request: {}, response: BasicSerializer, plugins: [LISTS] })
      async listArgPlugin() {
        return nothing();
      }
      @GrpcAction({
        request: 'google.protobuf.Struct',
        plugins: [new ListGenerationPlugin({ request: true })],
      })
      async importedReq() {
        return {};
      }
      @GrpcAction({ request: { optionalTitle: 'optional string' }, response: MySerializer })
      async optional() {
        return nothing();
      }
      @GrpcAction({ request: {}, response: 'google.protobuf.Empty' })
      async emptyMessages() {
        return {};
      }
    }
    const lines = await described([MyController], contractLines);
    expect(lines.filter((line) => !/^(My|Other|Basic)\w* \{/.test(line) || line.startsWith('MyO'))).toEqual([
      'BasicList(ReqNameListRequest) returns (BasicListResponse)',
      'EmptyMessages(google.protobuf.Empty) returns (google.protobuf.Empty)',
      'ImportedReq(MyImportedReqListRequest) returns (google.protobuf.Empty)',
      'ListArgPlugin(MyListArgPluginListRequest) returns (BasicListResponse)',
      'Optional(MyOptionalRequest) returns (MyResponse)',
      'MyOptionalRequest { optional string optional_title = 1; }',
      'ReqNameListRequest { repeated ReqNameRequest results = 1; }',
      'ReqNameRequest { }',
    ]);
    expect(lines).toContain('BasicListResponse { repeated BasicResponse results = 1; }');
    expect(lines).toContain('MyListArgPluginListRequest { repeated MyListArgPluginRequest results = 1; }');
    expect(lines).toContain('MyImportedReqListRequest { repeated google.protobuf.Struct results = 1; }');
  });

  it('puts filters and pages into empty, listed and list requests', async () => {
    @GrpcController({
      service: 'My',
      serializer: RelatedSerializer,
      permissions: [AllowAny],
      filterBackends: [FieldFilter],
      filters: { uuid: ['exact'] },
      pagination: PageNumberPagination,
    })
    class MyController extends GenericController<Related1> {
      @GrpcAction({ request: {}, plugins: [FILTERS] }) async filterInEmpty() {}
      @GrpcAction({ request: { test: 'bool' }, plugins: [FILTERS] }) async filterInRequest() {}
      @GrpcAction({ request: {}, plugins: [PAGES] }) async pageInEmpty() {}
      @GrpcAction({ request: { test: 'bool' }, plugins: [PAGES] }) async pageInRequest() {}
      @GrpcAction({
        request: {},
        requestName: 'ReqNameRequest',
        response: BasicSerializer,
        plugins: [LISTS, FILTERS, PAGES],
      })
      async listWithBoth() {
        return nothing();
      }
    }
    const lines = await described([MyController], contractLines, {
      filterBehavior: 'request',
      paginationBehavior: 'metadata-and-request',
    });
    const struct = 'optional google.protobuf.Struct';
    expect(lines.slice(5)).toEqual([
      'BasicListResponse { repeated BasicResponse results = 1; int32 count = 2; }',
      'BasicResponse { string user_name = 1; }',
      `MyFilterInEmptyRequest { ${struct} _filters = 1; }`,
      `MyFilterInRequest { bool test = 1; ${struct} _filters = 2; }`,
      `MyPageInEmptyRequest { ${struct} _pagination = 1; }`,
      `MyPageInRequest { bool test = 1; ${struct} _pagination = 2; }`,
      `ReqNameListRequest { repeated ReqNameRequest results = 1; int32 count = 2; ${struct} _filters = 3; ${struct} _pagination = 4; }`,
      'ReqNameRequest { }',
    ]);
  });

  it('applies plugins and names of the module to all actions', async () => {
    class CustomNames extends MessageNames {
      override nameOf(message: MessageToName): string {
        return `${super.nameOf(message)}${message.direction === 'Response' ? 'Custom' : ''}`;
      }
    }
    @GrpcController({
      service: 'Bis',
      serializer: RelatedSerializer,
      permissions: [AllowAny],
      filters: { uuid: ['exact'] },
    })
    class BisController extends GenericController<Related1> {
      @GrpcAction({ request: { optionalTitle: 'optional string' }, response: BasicSerializer })
      async optional() {
        return nothing();
      }
    }
    const lines = await described([BisController], contractLines, {
      filterBehavior: 'request',
      filterBackends: [FieldFilter],
      generationPlugins: [FILTERS],
      messageNames: new CustomNames(),
    });
    expect(lines).toEqual([
      'Optional(BisOptionalRequest) returns (BasicResponseCustom)',
      'BasicResponseCustom { string user_name = 1; }',
      'BisOptionalRequest { optional string optional_title = 1; optional google.protobuf.Struct _filters = 2; }',
    ]);
  });

  it('refuses names that are made by nothing', async () => {
    @GrpcController({ service: 'Bis', permissions: [AllowAny] })
    class BisController {
      @GrpcAction({ request: { title: 'string' }, messageNames: {} as MessageNames }) async take() {}
    }
    expect(await problemsOf({ controllers: [BisController] })).toEqual([
      'BisController.take: its "messageNames" has no method nameOf(). Give it an instance of a class that extends MessageNames.',
    ]);
  });
});
