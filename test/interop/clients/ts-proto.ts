// All calls of edges.proto by ts-proto and grpc-js; prints what came back as JSON.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { credentials, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RetryInfo } from './google/rpc/error_details.js';
import { Status } from './google/rpc/status.js';
import { shapes } from './ts-proto-shapes.js';
import { EdgeControllerClient, Edges, Shade_Enum } from './interop/v1/interop.js';

const UNICODE = 'a\u00e4\u20ac\u{1f600} \u0000\ufeff\u202e e\u0301 \ufdfa \u4e2d\u{10ffff}';
const edges = new EdgeControllerClient(process.argv[2] ?? '', credentials.createInsecure(), {
  'grpc.max_receive_message_length': 8 << 20,
});
const echo = promisify<Edges, Edges>(edges.echo.bind(edges));

const sent = Edges.fromPartial({
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
  aBlob: Buffer.from([0, 255, 128]),
  optText: '',
  optFlag: false,
  doubles: [Infinity, -0, 5e-324, Number.MAX_VALUE, 0.1],
  longs: [9007199254740993n, -1n, 0n, 2n ** 63n - 1n],
  texts: ['', UNICODE],
  shade: Shade_Enum.LIGHT,
  shades: [Shade_Enum.LIGHT, Shade_Enum.DARK],
});

const hex = (message: Edges): string => Buffer.from(Edges.encode(message).finish()).toString('hex');

async function failure(call: Promise<unknown>): Promise<object> {
  try {
    await call;
    return { code: 0 };
  } catch (error) {
    const { code, details, metadata } = error as ServiceError;
    return { code, message: details, ...detailsOf(metadata) };
  }
}

function detailsOf(metadata: Metadata): object {
  const [bytes] = metadata.get('grpc-status-details-bin');
  const found: Record<string, unknown> = {};
  for (const { typeUrl, value } of bytes ? Status.decode(bytes as Buffer).details : []) {
    if (typeUrl.endsWith('google.rpc.BadRequest'))
      found['violations'] = BadRequest.decode(value).fieldViolations.map(({ field, description }) => [
        field,
        description,
      ]);
    if (typeUrl.endsWith('google.rpc.ErrorInfo')) found['reason'] = ErrorInfo.decode(value).reason;
    if (typeUrl.endsWith('google.rpc.RetryInfo')) {
      const { seconds, nanos } = RetryInfo.decode(value).retryDelay ?? { seconds: 0n, nanos: 0 };
      found['retry'] = Number(seconds) * 1000 + nanos / 1e6;
    }
  }
  return found;
}

function sum(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = edges.sum((error, total) =>
      error ? reject(error) : resolve([total.count, String(total.total), total.inner?.name]),
    );
    call.write({ n: 2n ** 62n });
    for (let n = 0n; n < 1000n; n++) call.write({ n });
    call.end();
  });
}

/** The next ping is sent when the pong of the last one is there. */
async function pingPong(): Promise<boolean> {
  const call = edges.pingPong();
  let expected = 1;
  call.write({ n: expected });
  for await (const { n } of call as AsyncIterable<{ n: number }>) {
    if (n !== -expected) return false;
    expected += 1;
    if (expected <= 100) call.write({ n: expected });
    else call.end();
  }
  return expected === 101;
}

const received = await promisify(
  edges.extremes.bind(edges) as never as (r: object, d: (e: Error | null, m: Edges) => void) => void,
)({});
const counted: number[] = [];
for await (const { n } of edges.count({ to: 1000 }) as AsyncIterable<{ n: number }>) counted.push(n);
const blob = Buffer.from(Uint8Array.from({ length: 3 << 20 }, (_, index) => (index * 31) % 251));
const { aBlob } = await echo(Edges.fromPartial({ aBlob: blob }));
const describe = promisify<Edges, { text: string }>(edges.describe.bind(edges));
const fail = promisify<{ how: string }, object>(edges.fail.bind(edges));
const before: number[] = [];
const found = {
  describe: (await describe(sent)).text,
  echo: hex(await echo(sent)) === hex(sent),
  zeros: hex(await echo(Edges.fromPartial({}))),
  extremes: hex(received),
  unset: [received.optText, received.optNumber, received.optFlag].map((value) => value !== undefined),
  newerShade: [received.shade, ...received.shades],
  blob: `${aBlob.length}:${createHash('sha256').update(aBlob).digest('hex')}`,
  unknownShade: await failure(echo(Edges.fromPartial({ shade: 99 as Shade_Enum }))),
  count: counted.length === 1000 && counted.every((n, index) => n === index + 1),
  sum: await sum(),
  pingPong: await pingPong(),
  refused: await failure(fail({ how: 'fields' })),
  busy: await failure(fail({ how: 'busy' })),
  broken: await failure(
    (async () => {
      for await (const { n } of edges.break({ after: 3 }) as AsyncIterable<{ n: number }>) before.push(n);
    })(),
  ),
  before,
  shapes: await shapes(process.argv[2] ?? ''),
};
process.stdout.write(JSON.stringify(found), () => process.exit());
