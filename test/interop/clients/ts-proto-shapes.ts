// Maps, alternatives and messages of another team by ts-proto and grpc-js.
import { isDeepStrictEqual, promisify } from 'node:util';
import { credentials } from '@grpc/grpc-js';
import { Parcel, Parcel_Size } from './acme/post/v1/parcel.js';
import {
  Shade_Enum,
  ShapeControllerClient,
  ShapeDescribeRequest,
  ShapesResponse,
} from './interop/v1/interop.js';

const UNICODE = 'ä€\u{1f600}\u0000';
const SAMPLES = 10;
const CHOICES = ['text', 'number', 'flag', 'blob', 'shade', 'note', 'parcel', 'took'] as const;

const parcel = Parcel.fromPartial({
  size: Parcel_Size.SIZE_LARGE,
  sizes: [Parcel_Size.SIZE_SMALL, Parcel_Size.SIZE_UNSPECIFIED, Parcel_Size.SIZE_HUGE],
  labels: { '': { text: UNICODE, under: [{ text: 'a', under: [{}] }] } },
  byWeight: new Map([
    [-(2n ** 63n), Parcel_Size.SIZE_LARGE],
    [0n, Parcel_Size.SIZE_HUGE],
  ]),
  box: 2n ** 64n - 1n,
  sent: new Date('0001-01-01T00:00:00Z'),
  seal: Buffer.alloc(0),
  stops: [-(2n ** 63n), 2n ** 63n - 1n, 0n],
});

const full = ShapeDescribeRequest.fromPartial({
  counts: { '': 0n, min: -(2n ** 63n), max: 2n ** 63n - 1n, [UNICODE]: 9007199254740993n },
  flags: new Map([
    [true, Buffer.from([0, 255, 128])],
    [false, Buffer.alloc(0)],
  ]) as never,
  names: { [-(2 ** 31)]: '', 0: UNICODE, [2 ** 31 - 1]: 'last' },
  rates: new Map([
    [0n, 0.1],
    [2n ** 64n - 1n, Infinity],
    [9007199254740993n, 5e-324],
  ]),
  times: { before: new Date(-1), last: new Date('9999-12-31T23:59:59.999Z'), zero: new Date(0) },
  parcel,
  gift: parcel,
  parcels: [{}, parcel],
  byName: { one: { slot: Parcel_Size.SIZE_UNSPECIFIED } },
  shades: [Shade_Enum.LIGHT, Shade_Enum.DARK],
});

export async function shapes(address: string): Promise<object> {
  const client = new ShapeControllerClient(address, credentials.createInsecure());
  const sample = promisify<{ index: number }, ShapesResponse>(client.sample.bind(client));
  const describe = promisify<ShapeDescribeRequest, { text: string }>(client.describe.bind(client));
  const send = promisify<Parcel, Parcel>(client.send.bind(client));
  const received: ShapesResponse[] = [];
  for (let index = 0; index < SAMPLES; index++) received.push(await sample({ index }));
  const samples: string[] = [];
  for (const each of received) {
    const bytes = ShapesResponse.encode(each).finish();
    samples.push((await describe(ShapeDescribeRequest.decode(bytes))).text);
  }
  const [first, last] = [received[0]!, received.at(-1)!];
  return {
    samples,
    built: (await describe(full)).text,
    send: isDeepStrictEqual(await send(parcel), parcel),
    choices: received.map((each) => CHOICES.find((name) => each[name] !== undefined) ?? null),
    took: [String(last.took?.seconds), last.took?.nanos],
    read: [
      String(first.counts[UNICODE]),
      (first.flags as never as Map<boolean, Buffer>).get(true)?.toString('hex'),
      first.names[-(2 ** 31)],
      first.rates.get(2n ** 64n - 1n) === Infinity ? 'True' : 'False',
      (first.times['before']!.getTime() + 1000) * 1_000_000,
      first.gift?.sizes,
      first.gift?.byWeight.get(-(2n ** 63n)),
      String(first.parcel?.box),
      first.gift?.seal !== undefined,
      first.gift?.stops.map(String),
    ],
  };
}
