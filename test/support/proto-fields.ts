import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

/** Comment of a field, as somebody else's parser reads our file. */
export function commentOf(protoFile: string, message: string, field: string): readonly string[] {
  const { root } = protobuf.parse(readFileSync(protoFile, 'utf8'), {
    keepCase: true,
    alternateCommentMode: true,
  });
  return root.lookupType(message).fields[field]?.comment?.split('\n') ?? [];
}

/** Names of the fields of a message, as somebody else's parser reads our file. */
export function fieldsOf(protoFile: string, message: string): string[] {
  const { root } = protobuf.parse(readFileSync(protoFile, 'utf8'), { keepCase: true });
  return root.lookupType(message).fieldsArray.map(({ name }) => name);
}

/** `optional string` by field, as somebody else's parser reads our file. */
export function typesOf(protoFile: string, message: string): Readonly<Record<string, string>> {
  const { root } = protobuf.parse(readFileSync(protoFile, 'utf8'), { keepCase: true });
  return Object.fromEntries(
    root.lookupType(message).fieldsArray.map(({ name, type, repeated, options }) => {
      const optional = options?.['proto3_optional'] === true ? 'optional ' : '';
      return [name, `${repeated ? 'repeated ' : optional}${type}`];
    }),
  );
}

/** Names of request and answer by rpc, as somebody else's parser reads our file. */
export function methodsOf(protoFile: string, service: string): Readonly<Record<string, string>> {
  const { root } = protobuf.parse(readFileSync(protoFile, 'utf8'), { keepCase: true });
  return Object.fromEntries(
    root
      .lookupService(service)
      .methodsArray.map(({ name, requestType, responseType }) => [name, `${requestType} ${responseType}`]),
  );
}
