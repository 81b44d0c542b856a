import { fileURLToPath } from 'node:url';
import { loadSync, type MethodDefinition, type Options } from '@grpc/proto-loader';
import { fromStruct, toStruct, type JsonObject } from 'nestjs-socio-grpc/client';
import { describe, expect, it } from 'vitest';

const file = fileURLToPath(
  new URL('../../../sample/01-quickstart/proto/quickstart/quickstart.proto', import.meta.url),
);
const EVERYTHING: JsonObject = {
  text: 'x',
  empty: '',
  number: 0.5,
  zero: 0,
  yes: true,
  no: false,
  nothing: null,
  list: [1, [null, {}], 'a'],
  object: { inner: { deep: [] } },
};

describe.each<[string, Options]>([
  ['as it is', {}],
  ['with defaults, enums as texts and oneofs', { defaults: true, enums: String, oneofs: true }],
])('a Struct through proto-loader %s', (_name, options) => {
  const service = loadSync(file, options)['quickstart.PostController'] as unknown as Record<
    'List',
    MethodDefinition<{ _filters: object }, object>
  >;

  it('is the same JSON again', () => {
    const bytes = service.List.requestSerialize({ _filters: toStruct(EVERYTHING) });
    expect(fromStruct(service.List.requestDeserialize(bytes)._filters)).toEqual(EVERYTHING);
  });
});

describe('toStruct()', () => {
  it('leaves out what is undefined', () => {
    expect(toStruct({ a: undefined, b: 1 })).toEqual({ fields: { b: { numberValue: 1 } } });
  });

  it('takes keys that mean something to JavaScript', () => {
    const object = JSON.parse('{"__proto__": 1, "constructor": 2}') as JsonObject;
    expect(Object.keys(toStruct(object).fields)).toEqual(['__proto__', 'constructor']);
    expect(Object.entries(fromStruct(toStruct(object)))).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
  });
});
