/** Messages <-> bytes. Everything else in this folder is internal. */
export { compileCodecs, type CodecRegistry, type Message, type MessageCodec } from './compile-codecs.js';
export { UnknownEnumValue } from './enum-values.js';
export type { AnyMessage, Duration } from './well-known.js';
export { DecodeError, encodeErrorAt, EncodeError } from './errors.js';
export { tagOf } from './fields.js';
export { DELIMITED, VARINT } from './value-codec.js';
export { WrittenMessage, type FieldLayout, type MessageLayout } from './layout.js';
