/** One message of ten fields of a type: how long a field takes to be written and read, by three implementations. */
import { fromJSON } from '@grpc/proto-loader';
import protobuf from 'protobufjs';
import type { CodecName, CodecResult } from './results.js';

type Message = Record<string, unknown>;

interface Codec {
  readonly encode: (message: Message) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
}

const FIELDS = 10;
const REPETITIONS = 5;

const VALUES: Readonly<Record<string, unknown>> = {
  int32: 123_456,
  int64: '1234567890123',
  double: 3.25,
  float: 1.5,
  bool: true,
  string: 'a text of about thirty letters',
  bytes: Buffer.alloc(32, 7),
  sint64: '-1234567890123',
  fixed32: 77_777,
};

/** @param messages that are written and read for one figure */
export async function measureCodec(messages: number): Promise<CodecResult[]> {
  const results: CodecResult[] = [];
  for (const [type, value] of Object.entries(VALUES)) {
    const message = Object.fromEntries(fieldNames().map((name) => [name, value]));
    const codecs = {
      ours: await ours(type),
      protobufjs: withProtobufjs(type),
      'proto-loader': withLoader(type),
    };
    assertSame(type, message, codecs);
    results.push({
      type,
      encode: times(codecs, messages, (codec) => () => codec.encode(message)),
      decode: times(codecs, messages, (codec) => {
        const bytes = codec.encode(message);
        return () => codec.decode(bytes);
      }),
    });
  }
  return results;
}

function assertSame(type: string, message: Message, codecs: Readonly<Record<CodecName, Codec>>): void {
  const expected = Buffer.from(codecs.protobufjs.encode(message));
  for (const [name, codec] of Object.entries(codecs))
    if (!expected.equals(codec.encode(message))) throw new Error(`${name} writes ${type} differently`);
}

/** Nanoseconds for one field: the best of some repetitions, which is the least disturbed one. */
function times(
  codecs: Readonly<Record<CodecName, Codec>>,
  messages: number,
  workOf: (codec: Codec) => () => unknown,
): Record<CodecName, number> {
  const best: Partial<Record<CodecName, number>> = {};
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1)
    for (const name of Object.keys(codecs) as CodecName[]) {
      const work = workOf(codecs[name]);
      const begun = process.hrtime.bigint();
      for (let message = 0; message < messages; message += 1) work();
      const nanoseconds = Number(process.hrtime.bigint() - begun) / messages / FIELDS;
      best[name] = Math.min(best[name] ?? Infinity, nanoseconds);
    }
  return best as Record<CodecName, number>;
}

function fieldNames(): string[] {
  return Array.from({ length: FIELDS }, (_field, index) => `field${index}`);
}

async function ours(type: string): Promise<Codec> {
  // No part of the package's interface: the codecs are made at boot, from the contract.
  const path = new URL('../../dist/serialization/codec/index.js', import.meta.url).href;
  const { compileCodecs } = (await import(path)) as {
    compileCodecs: (file: object) => { get(name: string): Codec };
  };
  const fields = fieldNames().map((name, index) => ({
    kind: 'field',
    name,
    property: name,
    type: { kind: 'scalar', scalar: type },
    cardinality: 'singular',
    number: index + 1,
    comment: [],
  }));
  const reserved = { numbers: [], names: [] };
  const message = { kind: 'message', name: 'Ten', fields, reserved, comment: [] };
  return compileCodecs({ kind: 'file', package: 'bench', services: [], messages: [message], enums: [] }).get(
    'Ten',
  );
}

function json(type: string): protobuf.INamespace {
  const fields = fieldNames().map((name, index) => [name, { id: index + 1, type }]);
  return { nested: { Ten: { fields: Object.fromEntries(fields) as Record<string, protobuf.IField> } } };
}

/** Messages as they are: what its static code does. 64-bit integers are `Long` objects there. */
function withProtobufjs(type: string): Codec {
  const Ten = protobuf.Root.fromJSON(json(type)).lookupType('Ten');
  return { encode: (message) => Ten.encode(message).finish(), decode: (bytes) => Ten.decode(bytes) };
}

/** What grpc-js and Nest use by default. */
function withLoader(type: string): Codec {
  const definition = fromJSON(
    {
      nested: {
        ...json(type).nested,
        S: { methods: { Call: { requestType: 'Ten', responseType: 'Ten', comment: '' } } },
      },
    },
    { keepCase: true, longs: String, defaults: true },
  );
  const { Call } = definition['S'] as unknown as Record<
    'Call',
    { requestSerialize: Codec['encode']; requestDeserialize: Codec['decode'] }
  >;
  return { encode: Call.requestSerialize, decode: Call.requestDeserialize };
}
