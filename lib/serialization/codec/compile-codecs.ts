/**
 * Contract -> codecs. Input: the numbered file. Output: one codec per message, ready for the routes; nothing
 * is looked up in descriptors after this.
 */
import { BufferReader, BufferWriter } from 'protobufjs/minimal.js';
import { isScalar, mapTypesOf, type FieldDescriptor, type FileDescriptor } from '../../proto/descriptors.js';
import { importedFiles, withFullNames } from '../../proto/imports.js';
import { enumCodec } from './enum-values.js';
import { decodeErrorAt, encodeErrorAt } from './errors.js';
import { LIST_CODEC, STRUCT_CODEC, VALUE_CODEC } from './json-values.js';
import { declareMessage, type DeclaredMessage } from './message.js';
import { SCALARS } from './scalars.js';
import { nestedMessage, type ValueCodec, type WireCodec } from './value-codec.js';
import { WELL_KNOWN_CODECS, WELL_KNOWN_MESSAGES } from './well-known.js';

/**
 * A message as JavaScript holds it: properties in camelCase (`FieldDescriptor.property`). 64-bit integers are
 * decimal strings, bytes are Buffers, enums the values of the model; see `compileCodecs` for presence.
 */
export type Message = { readonly [property: string]: unknown };

/**
 * One message between object and bytes. Get it from `compileCodecs(file).get(name)`; its functions need no
 * `this`.
 */
export interface MessageCodec {
  readonly name: string;
  /**
   * @throws EncodeError when a property does not fit its field
   * @example codecs.get('PostResponse').encode({ id: 1, headline: 'Hello' })
   */
  readonly encode: (value: Message) => Buffer;
  /**
   * @throws DecodeError when the bytes are not this message; nothing else, whatever the bytes are
   * @example codecs.get('PostRequest').decode(bytes).headline
   */
  readonly decode: (bytes: Uint8Array) => Message;
  /**
   * Writes the fields without tag and length, for a message inside another: `writer.fork()` before,
   * `writer.ldelim()` behind. After an error the writer is of no use.
   *
   * @param depth how many messages stand around this one
   */
  readonly write: (writer: BufferWriter, value: Message, depth?: number) => void;
  /** Reads `length` bytes of fields. After an error the reader is of no use. */
  readonly read: (reader: BufferReader, length: number, depth: number) => Message;
}

/** The codecs of one file. */
export interface CodecRegistry {
  /**
   * The codec of a message of the file, or of google.protobuf.Empty, .Struct or .Value (whose "message" is any
   * JSON value).
   *
   * @throws Error naming the message when there is none of that name
   */
  get(name: string): MessageCodec;
}

/**
 * Links the codecs of all messages of a file, at boot; each is compiled when its message travels for the first time.
 *
 * Encoding is strict: what does not fit is an `EncodeError`, never another value. Properties that are no fields
 * are ignored, getters and inherited properties are read. undefined and null leave a field unset; only in
 * google.protobuf.Value null is a value.
 *
 * Decoding fills a `singular` field that is not there with its zero value (undefined for messages and for the
 * unspecified enum value) and a `repeated` one with an empty array; an `optional` one is no own property then.
 *
 * @param file messages and fields must have their numbers
 * @param files where the messages are that `file` imports; these have full names
 * @throws Error when a field has no number, or a type that the file does not declare
 * @example
 * const codecs = compileCodecs(numberFile(file, ledger));
 * const bytes = codecs.get('PostResponse').encode({ id: 1, headline: 'Hello' });
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function compileCodecs(file: FileDescriptor, files: readonly FileDescriptor[] = []): CodecRegistry {
  const imported = importedFiles(file, files).map(withFullNames);
  const enums = [file, ...imported].flatMap((each) => each.enums);
  const declared = [file, ...imported, { messages: WELL_KNOWN_MESSAGES }].flatMap(({ messages }) =>
    messages.map((message) => declareMessage(message)),
  );
  const wires = new Map<string, WireCodec>(
    [...declared, STRUCT_CODEC, VALUE_CODEC, LIST_CODEC, ...WELL_KNOWN_CODECS].map((codec) => [
      codec.name,
      codec,
    ]),
  );
  link(declared, { ...file, enums }, wires);
  const spare = new SpareWriter();
  const codecs = new Map([...wires].map(([name, wire]) => [name, messageCodec(wire, spare)]));
  return {
    get(name) {
      const codec = codecs.get(name);
      if (!codec) throw new Error(`there is no message "${name}" in package "${file.package}"`);
      return codec;
    },
  };
}

function link(
  declared: readonly DeclaredMessage[],
  file: FileDescriptor,
  wires: ReadonlyMap<string, WireCodec>,
): void {
  const enums = new Map(file.enums.map((descriptor) => [descriptor.name, descriptor]));
  for (const message of declared) {
    message.link((field) => {
      const codec = resolve(field, enums, wires);
      if (codec) return codec;
      const place = `${message.name}.${field.name}`;
      throw new Error(
        `${place}: there is no ${field.type.kind} "${typeName(field)}" in package "${file.package}"`,
      );
    });
  }
}

function resolve(
  { type, cardinality }: FieldDescriptor,
  enums: ReadonlyMap<string, FileDescriptor['enums'][number]>,
  wires: ReadonlyMap<string, WireCodec>,
): ValueCodec | undefined {
  switch (type.kind) {
    case 'scalar':
      return SCALARS[type.scalar];
    case 'enum': {
      const descriptor = enums.get(type.name);
      return descriptor && enumCodec(descriptor, cardinality);
    }
    case 'message':
      return ofName(mapTypesOf(type.name)?.value ?? type.name, enums, wires);
  }
}

/** Of a message, or of the values of a map, which may be anything. */
function ofName(
  name: string,
  enums: ReadonlyMap<string, FileDescriptor['enums'][number]>,
  wires: ReadonlyMap<string, WireCodec>,
): ValueCodec | undefined {
  if (isScalar(name)) return SCALARS[name];
  const descriptor = enums.get(name);
  if (descriptor) return enumCodec(descriptor, 'repeated');
  const wire = wires.get(name);
  return wire && nestedMessage(wire, wire === VALUE_CODEC);
}

function typeName({ type }: FieldDescriptor): string {
  return type.kind === 'scalar' ? type.scalar : type.name;
}

function messageCodec(wire: WireCodec, spare: SpareWriter): MessageCodec {
  const { name } = wire;

  function write(writer: BufferWriter, value: Message, depth = 0): void {
    try {
      wire.write(writer, value, depth);
    } catch (error) {
      throw encodeErrorAt(name, error);
    }
  }

  function read(reader: BufferReader, length: number, depth: number): Message {
    try {
      return wire.read(reader, length, depth) as Message;
    } catch (error) {
      throw decodeErrorAt(name, error);
    }
  }

  function encode(value: Message): Buffer {
    const writer = spare.take();
    write(writer, value);
    // protobufjs declares a Buffer of its own; in Node it is Node's.
    const bytes = writer.finish() as Buffer;
    spare.giveBack(writer);
    return bytes;
  }

  const decode = (bytes: Uint8Array): Message => read(new BufferReader(asBuffer(bytes)), bytes.length, 0);

  return { name, encode, decode, write, read };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Enough for a thousand rows; larger buffers are left to the garbage collector. */
const KEPT_SIZE = 1024 * 1024;

/**
 * Keeps one grown writer for the next call. It is taken, not shared: a getter of a message may encode another
 * message, and a writer that failed never comes back.
 */
class SpareWriter {
  private writer: BufferWriter | undefined;

  take(): BufferWriter {
    const writer = this.writer ?? new BufferWriter();
    this.writer = undefined;
    return writer;
  }

  giveBack(writer: BufferWriter): void {
    if (writer.buf.length > KEPT_SIZE) return;
    writer.reset();
    this.writer = writer;
  }
}
