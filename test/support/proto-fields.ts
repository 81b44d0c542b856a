import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

/** Names of the fields of a message, as somebody else's parser reads our file. */
export function fieldsOf(protoFile: string, message: string): string[] {
  const { root } = protobuf.parse(readFileSync(protoFile, 'utf8'), { keepCase: true });
  return root.lookupType(message).fieldsArray.map(({ name }) => name);
}
