// Maps, alternatives and messages of another team by protoc-gen-es and Connect.
import { create, equals, fromBinary, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { createClient, type Transport } from '@connectrpc/connect';
import { Parcel_Size, ParcelSchema } from './acme/post/v1/parcel_pb.js';
import {
  Shade_Enum,
  ShapeController,
  ShapeDescribeRequestSchema,
  ShapesResponseSchema,
} from './interop/v1/interop_pb.js';

const UNICODE = 'ä€\u{1f600}\u0000';
const SAMPLES = 10;

const parcel = create(ParcelSchema, {
  size: Parcel_Size.LARGE,
  sizes: [Parcel_Size.SMALL, Parcel_Size.UNSPECIFIED, Parcel_Size.HUGE],
  labels: { '': { text: UNICODE, under: [{ text: 'a', under: [{}] }] } },
  byWeight: { '-9223372036854775808': Parcel_Size.LARGE, '0': Parcel_Size.HUGE },
  to: { case: 'box', value: 2n ** 64n - 1n },
  sent: { seconds: -62_135_596_800n, nanos: 0 },
  seal: new Uint8Array(),
  stops: [-(2n ** 63n), 2n ** 63n - 1n, 0n],
});

const full = create(ShapeDescribeRequestSchema, {
  counts: { '': 0n, min: -(2n ** 63n), max: 2n ** 63n - 1n, [UNICODE]: 9007199254740993n },
  flags: { true: new Uint8Array([0, 255, 128]), false: new Uint8Array() },
  names: { [-(2 ** 31)]: '', 0: UNICODE, [2 ** 31 - 1]: 'last' },
  rates: { '0': 0.1, '18446744073709551615': Infinity, '9007199254740993': 5e-324 },
  times: {
    before: timestampFromMs(-1),
    last: timestampFromMs(Date.parse('9999-12-31T23:59:59.999Z')),
    zero: timestampFromMs(0),
  },
  choice: { case: 'parcel', value: parcel },
  gift: parcel,
  parcels: [{}, parcel],
  byName: { one: { to: { case: 'slot', value: Parcel_Size.UNSPECIFIED } } },
  shades: [Shade_Enum.LIGHT, Shade_Enum.DARK],
});

export async function shapes(transport: Transport): Promise<object> {
  const client = createClient(ShapeController, transport);
  const received = [];
  for (let index = 0; index < SAMPLES; index++) received.push(await client.sample({ index }));
  const samples = [];
  for (const each of received) {
    const bytes = toBinary(ShapesResponseSchema, each);
    samples.push((await client.describe(fromBinary(ShapeDescribeRequestSchema, bytes))).text);
  }
  const [first, last] = [received[0]!, received.at(-1)!.choice];
  const chosen = first.choice.case === 'parcel' ? first.choice.value.to : undefined;
  return {
    samples,
    built: (await client.describe(full)).text,
    send: equals(ParcelSchema, await client.send(parcel), parcel),
    choices: received.map(({ choice }) => choice.case ?? null),
    took: last.case === 'took' ? [String(last.value.seconds), last.value.nanos] : [],
    read: [
      String(first.counts[UNICODE]),
      Buffer.from(first.flags.true!).toString('hex'),
      first.names[-(2 ** 31)],
      first.rates['18446744073709551615'] === Infinity ? 'True' : 'False',
      first.times['before']?.nanos,
      first.gift?.sizes,
      first.gift?.byWeight['-9223372036854775808'],
      String(chosen?.value),
      first.gift?.seal !== undefined,
      first.gift?.stops.map(String),
    ],
  };
}
