/** One service with every kind of call and every kind of field, for clients of other languages. */
import { createHash } from 'node:crypto';
import { GrpcAbortedException, GrpcUnavailableException } from '@nestjs/microservices';
import {
  AllowAny,
  declareEnum,
  Field,
  GrpcAction,
  GrpcController,
  ProtoSerializer,
  Serializer,
  ValidationException,
  withDetails,
} from 'nestjs-socio-grpc';

export enum Shade {
  Dark = 'dark',
  Light = 'light',
  Newer = 'newer',
}
declareEnum(Shade, { name: 'Shade' });

@Serializer()
class InnerSerializer extends ProtoSerializer {
  @Field({ type: 'string', allowBlank: true }) name!: string;
}

const EDGES = {
  aDouble: 'double',
  aFloat: 'float',
  anInt32: 'int32',
  anInt64: 'int64',
  aUint32: 'uint32',
  aUint64: 'uint64',
  aSint32: 'sint32',
  aSint64: 'sint64',
  aFixed32: 'fixed32',
  aFixed64: 'fixed64',
  aSfixed32: 'sfixed32',
  aSfixed64: 'sfixed64',
  aBool: 'bool',
  aText: 'string',
  aBlob: 'bytes',
  optText: 'optional string',
  optNumber: 'optional int32',
  optFlag: 'optional bool',
  doubles: 'repeated double',
  longs: 'repeated int64',
  texts: 'repeated string',
  shade: Shade,
  shades: { type: Shade, cardinality: 'repeated' },
} as const;

export interface Edges {
  readonly aDouble: number;
  readonly aFloat: number;
  readonly anInt32: number;
  readonly anInt64: string;
  readonly aUint32: number;
  readonly aUint64: string;
  readonly aSint32: number;
  readonly aSint64: string;
  readonly aFixed32: number;
  readonly aFixed64: string;
  readonly aSfixed32: number;
  readonly aSfixed64: string;
  readonly aBool: boolean;
  readonly aText: string;
  readonly aBlob: Buffer;
  readonly optText?: string;
  readonly optNumber?: number;
  readonly optFlag?: boolean;
  readonly doubles: number[];
  readonly longs: string[];
  readonly texts: string[];
  readonly shade: Shade;
  readonly shades: Shade[];
}

/** Valid UTF-8 of all lengths, also of what is not assigned or not printed. */
export const UNICODE = 'a\u00e4\u20ac\u{1f600} \u0000\ufeff\u202e e\u0301 \ufdfa \u4e2d\u{10ffff}';

/** What a server may send at most, field by field. */
export const EXTREMES: Edges = {
  aDouble: Number.NaN,
  aFloat: -Infinity,
  anInt32: -2147483648,
  anInt64: '-9223372036854775808',
  aUint32: 4294967295,
  aUint64: '18446744073709551615',
  aSint32: 2147483647,
  aSint64: '9223372036854775807',
  aFixed32: 4294967295,
  aFixed64: '18446744073709551615',
  aSfixed32: -2147483648,
  aSfixed64: '-9223372036854775808',
  aBool: true,
  aText: UNICODE,
  aBlob: Buffer.from([0, 255, 128]),
  optText: '',
  optFlag: false,
  doubles: [Infinity, -0, 5e-324, Number.MAX_VALUE, 0.1],
  longs: ['9007199254740993', '-1', '0', '9223372036854775807'],
  texts: ['', UNICODE],
  shade: Shade.Newer,
  shades: [Shade.Light, Shade.Newer, Shade.Dark],
};

/** What the server saw, in a form that every language can be compared with. */
export function describeEdges(message: Edges): string {
  const shown = Object.keys(EDGES).map((name) => {
    const value = message[name as keyof Edges];
    return `${name}=${Array.isArray(value) ? `[${value.map(shownValue).join(' ')}]` : shownValue(value)}`;
  });
  return shown.join('\n');
}

function shownValue(value: unknown): string {
  if (value === undefined) return 'unset';
  if (Buffer.isBuffer(value)) return `${value.length}:${createHash('sha256').update(value).digest('hex')}`;
  if (Object.is(value, -0)) return '-0';
  return typeof value === 'string' ? Buffer.from(value).toString('hex') : String(value);
}

const SAME_NAME = { requestName: 'Edges', responseName: 'Edges' } as const;

@GrpcController({ permissions: [AllowAny] })
export class EdgeController {
  @GrpcAction({ request: EDGES, response: EDGES, ...SAME_NAME })
  async echo(message: Edges): Promise<Edges> {
    return message;
  }

  @GrpcAction({ request: EDGES, requestName: 'Edges', response: { text: 'string' } })
  async describe(message: Edges) {
    return { text: describeEdges(message) };
  }

  @GrpcAction({ response: EDGES, responseName: 'Edges' })
  async extremes(): Promise<Edges> {
    return EXTREMES;
  }

  @GrpcAction({ request: { to: 'int32' }, response: { n: 'int32' }, responseStream: true })
  async *count({ to }: { to: number }) {
    for (let n = 1; n <= to; n++) yield { n };
  }

  @GrpcAction({
    request: { n: 'int64' },
    requestStream: true,
    response: { count: 'int32', total: 'int64', inner: InnerSerializer },
  })
  async sum(requests: AsyncIterable<{ n: string }>) {
    let [count, total] = [0, 0n];
    for await (const { n } of requests) [count, total] = [count + 1, total + BigInt(n)];
    return { count, total: String(total), inner: { name: 'sum' } };
  }

  @GrpcAction({
    request: { n: 'int32' },
    requestStream: true,
    response: { n: 'int32' },
    responseStream: true,
  })
  async *pingPong(requests: AsyncIterable<{ n: number }>) {
    for await (const { n } of requests) yield { n: -n };
  }

  @GrpcAction({ request: { how: 'string' } })
  async fail({ how }: { how: string }): Promise<void> {
    if (how === 'busy')
      throw withDetails(new GrpcUnavailableException('try later 😀'), { reason: 'BUSY', retryAfter: 1.5 });
    throw new ValidationException({
      title: [{ message: 'This field may not be blank.', code: 'blank' }],
      lines: [{}, { text: [{ message: 'Too long.', code: 'max_length' }] }],
    });
  }

  @GrpcAction({ request: { after: 'int32' }, response: { n: 'int32' }, responseStream: true })
  async *break({ after }: { after: number }) {
    for (let n = 1; n <= after; n++) yield { n };
    throw new GrpcAbortedException('broken on purpose');
  }
}
