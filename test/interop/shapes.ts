/** Maps, alternatives, and messages of another team, for clients of other languages. */
import { fileURLToPath } from 'node:url';
import {
  AllowAny,
  externalMessage,
  Field,
  GrpcAction,
  GrpcController,
  ProtoSerializer,
  Serializer,
  type Duration,
  type OneOf,
} from 'nestjs-socio-grpc';
import { Shade } from './edges.js';

export const POST_DIR = fileURLToPath(new URL('proto', import.meta.url));
export const POST_FILE = 'acme/post/v1/parcel.proto';

interface Label {
  text: string;
  under?: Label[];
}

type Size = string | number;

interface Parcel {
  size?: Size;
  sizes?: Size[];
  labels?: Record<string, Label>;
  byWeight?: Record<string, Size>;
  to?: OneOf<{ address: string; box: string; label: Label; slot: Size }>;
  sent?: Date;
  seal?: Uint8Array;
  stops?: string[];
}
const Parcel = externalMessage<Parcel>('acme.post.v1.Parcel', { file: POST_FILE });

@Serializer()
class NoteSerializer extends ProtoSerializer {
  @Field({ allowBlank: true }) text!: string;
}

const SHAPES = {
  counts: 'map<string, int64>',
  flags: 'map<bool, bytes>',
  names: 'map<int32, string>',
  rates: 'map<uint64, double>',
  times: 'map<string, google.protobuf.Timestamp>',
  choice: {
    oneof: {
      text: 'string',
      number: 'int64',
      flag: 'bool',
      blob: 'bytes',
      shade: Shade,
      note: NoteSerializer,
      parcel: Parcel,
      took: 'google.protobuf.Duration',
    },
  },
  gift: Parcel,
  parcels: Parcel.list,
  byName: Parcel.mapBy('string'),
  shades: { type: Shade, cardinality: 'repeated' },
} as const;

interface Shapes {
  counts: Record<string, string>;
  flags: Record<string, Buffer>;
  names: Record<string, string>;
  rates: Record<string, number>;
  times: Record<string, Date>;
  choice?: OneOf<{
    text: string;
    number: string;
    flag: boolean;
    blob: Buffer;
    shade: Shade;
    note: { text: string };
    parcel: Parcel;
    took: Duration;
  }>;
  gift?: Parcel;
  parcels: Parcel[];
  byName: Record<string, Parcel>;
  shades: Shade[];
}

const UNICODE = 'ä€\u{1f600}\u0000';

const PARCEL: Parcel = {
  size: 'SIZE_LARGE',
  sizes: ['SIZE_SMALL', 'SIZE_UNSPECIFIED', 9],
  labels: { '': { text: UNICODE, under: [{ text: 'a', under: [{ text: '' }] }] } },
  byWeight: { '-9223372036854775808': 'SIZE_LARGE', '0': 9 },
  to: { case: 'box', value: '18446744073709551615' },
  sent: new Date('0001-01-01T00:00:00Z'),
  seal: Buffer.alloc(0),
  stops: ['-9223372036854775808', '9223372036854775807', '0'],
};

const NOTHING: Shapes = {
  counts: {},
  flags: {},
  names: {},
  rates: {},
  times: {},
  parcels: [],
  byName: {},
  shades: [],
};

/** What clients build themselves as well. */
export const FULL: Shapes = {
  counts: { '': '0', min: '-9223372036854775808', max: '9223372036854775807', [UNICODE]: '9007199254740993' },
  flags: { true: Buffer.from([0, 255, 128]), false: Buffer.alloc(0) },
  names: { '-2147483648': '', '0': UNICODE, '2147483647': 'last' },
  rates: { '0': 0.1, '18446744073709551615': Infinity, '9007199254740993': 5e-324 },
  times: { before: new Date(-1), last: new Date('9999-12-31T23:59:59.999Z'), zero: new Date(0) },
  choice: { case: 'parcel', value: PARCEL },
  gift: PARCEL,
  parcels: [{}, PARCEL],
  byName: { one: { to: { case: 'slot', value: 'SIZE_UNSPECIFIED' } } },
  shades: [Shade.Light, Shade.Dark],
};

const CHOICES: NonNullable<Shapes['choice']>[] = [
  { case: 'text', value: '' },
  { case: 'number', value: '0' },
  { case: 'flag', value: false },
  { case: 'blob', value: Buffer.alloc(0) },
  { case: 'shade', value: Shade.Dark },
  { case: 'note', value: { text: '' } },
  { case: 'parcel', value: {} },
  { case: 'took', value: { seconds: -315_576_000_000, nanos: -999_999_999 } },
];

/** Everything, nothing, and every alternative at its zero. */
export const SAMPLES: readonly Shapes[] = [
  FULL,
  NOTHING,
  ...CHOICES.map((choice): Shapes => Object.assign({}, NOTHING, { choice })),
];

/** What the server saw, whatever the order of its maps. */
export function describeShapes(value: unknown): string {
  if (value === undefined) return 'unset';
  if (Buffer.isBuffer(value)) return `0x${value.toString('hex')}`;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null)
    return Object.is(value, -0) ? '-0' : typeof value === 'string' ? JSON.stringify(value) : String(value);
  if (Array.isArray(value)) return `[${value.map(describeShapes).join(' ')}]`;
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${describeShapes(each)}`).join(' ')}}`;
}

@GrpcController({ permissions: [AllowAny] })
export class ShapeController {
  @GrpcAction({ request: { index: 'int32' }, response: SHAPES, responseName: 'ShapesResponse' })
  async sample({ index }: { index: number }): Promise<Shapes> {
    return SAMPLES[index] as Shapes;
  }

  @GrpcAction({ request: SHAPES, response: { text: 'string' } })
  async describe(shapes: Shapes) {
    return { text: describeShapes(shapes) };
  }

  @GrpcAction({ request: Parcel, response: Parcel })
  async send(parcel: Parcel): Promise<Parcel> {
    return parcel;
  }
}
