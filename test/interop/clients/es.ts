// All calls of edges.proto by protoc-gen-es and Connect; prints what came back as JSON.
import { createHash } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { shapes } from './es-shapes.js';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from './google/rpc/error_details_pb.js';
import { EdgeController, EdgesSchema, Shade_Enum, type Edges } from './interop/v1/interop_pb.js';

const UNICODE = 'a\u00e4\u20ac\u{1f600} \u0000\ufeff\u202e e\u0301 \ufdfa \u4e2d\u{10ffff}';
const transport = createGrpcTransport({ baseUrl: `http://${process.argv[2]}` });
const edges = createClient(EdgeController, transport);

const sent = create(EdgesSchema, {
  aDouble: Number.NaN,
  aFloat: -Infinity,
  anInt32: -(2 ** 31),
  anInt64: -(2n ** 63n),
  aUint32: 2 ** 32 - 1,
  aUint64: 2n ** 64n - 1n,
  aSint32: 2 ** 31 - 1,
  aSint64: 2n ** 63n - 1n,
  aFixed32: 2 ** 32 - 1,
  aFixed64: 2n ** 64n - 1n,
  aSfixed32: -(2 ** 31),
  aSfixed64: -(2n ** 63n),
  aBool: true,
  aText: UNICODE,
  aBlob: new Uint8Array([0, 255, 128]),
  optText: '',
  optFlag: false,
  doubles: [Infinity, -0, 5e-324, Number.MAX_VALUE, 0.1],
  longs: [9007199254740993n, -1n, 0n, 2n ** 63n - 1n],
  texts: ['', UNICODE],
  shade: Shade_Enum.LIGHT,
  shades: [Shade_Enum.LIGHT, Shade_Enum.DARK],
});

const hex = (message: Edges): string => Buffer.from(toBinary(EdgesSchema, message)).toString('hex');

async function failure(call: () => Promise<unknown>): Promise<object> {
  try {
    await call();
    return { code: 0 };
  } catch (error) {
    const given = ConnectError.from(error);
    const [badRequest] = given.findDetails(BadRequestSchema);
    const [info] = given.findDetails(ErrorInfoSchema);
    const [retry] = given.findDetails(RetryInfoSchema);
    return {
      code: given.code satisfies Code,
      message: given.rawMessage,
      violations: badRequest?.fieldViolations.map(({ field, description }) => [field, description]),
      reason: info?.reason,
      retry: retry?.retryDelay && durationMs(retry.retryDelay),
    };
  }
}

async function* numbers() {
  yield { n: 2n ** 62n };
  for (let n = 0n; n < 1000n; n++) yield { n };
}

/** The next ping is sent when the pong of the last one is there. */
async function pingPong(): Promise<boolean> {
  let answered: () => void = () => undefined;
  async function* pings() {
    for (let n = 1; n <= 100; n++) {
      const next = new Promise<void>((resolve) => (answered = resolve));
      yield { n };
      await next;
    }
  }
  let expected = 0;
  for await (const { n } of edges.pingPong(pings())) {
    expected += 1;
    if (n !== -expected) return false;
    answered();
  }
  return expected === 100;
}

const counted: number[] = [];
const before: number[] = [];
const received = await edges.extremes({});
for await (const { n } of edges.count({ to: 1000 })) counted.push(n);
const total = await edges.sum(numbers());
const blob = Uint8Array.from({ length: 3 << 20 }, (_, index) => (index * 31) % 251);
const { aBlob } = await edges.echo({ aBlob: blob });
const found = {
  describe: (await edges.describe(sent)).text,
  echo: hex(await edges.echo(sent)) === hex(sent),
  zeros: hex(await edges.echo({})),
  extremes: hex(received),
  unset: [received.optText, received.optNumber, received.optFlag].map((value) => value !== undefined),
  newerShade: [received.shade, ...received.shades],
  blob: `${aBlob.length}:${createHash('sha256').update(aBlob).digest('hex')}`,
  unknownShade: await failure(() => edges.echo({ shade: 99 as Shade_Enum })),
  count: counted.length === 1000 && counted.every((n, index) => n === index + 1),
  sum: [total.count, String(total.total), total.inner?.name],
  pingPong: await pingPong(),
  refused: await failure(() => edges.fail({ how: 'fields' })),
  busy: await failure(() => edges.fail({ how: 'busy' })),
  broken: await failure(async () => {
    for await (const { n } of edges.break({ after: 3 })) before.push(n);
  }),
  before,
  shapes: await shapes(transport),
};
process.stdout.write(JSON.stringify(found), () => process.exit());
