import { describe, expect, it } from 'vitest';
import { findBreaks } from '../../../lib/proto/breaking.js';
import { compareLedgers, readContract } from '../../../lib/proto/contract.js';
import { readLedger } from '../../../lib/proto/ledger.js';
import { DSG_STYLE, SOCIO_STYLE } from '../../../lib/proto/print.js';
import { settleContract } from '../../../lib/proto/settle.js';
import { bufBreaking, bufBuild } from '../../support/buf.js';
import { field, file, message } from './descriptor-builders.js';

const HEAD = 'syntax = "proto3";\npackage shop.v1;\n';

const IMPORTED = {
  'opts.proto':
    'syntax = "proto3"; package opts; import "google/protobuf/descriptor.proto"; message Rule { string name = 1; } message Http { string get = 1; More more = 2; } message More { string post = 1; repeated string tags = 2; } extend google.protobuf.MessageOptions { Rule rule = 50000; } extend google.protobuf.FieldOptions { double limit = 50000; Rule f = 50001; } extend google.protobuf.MethodOptions { Http http = 50000; }',
  'common/money.proto':
    'syntax = "proto3"; package common; message Money { string units = 1; } enum Kind { NONE = 0; }',
  'all.proto': 'syntax = "proto3"; package all; message All {}',
};

/** Files that `buf` builds; none of them is how the library would write it. */
const VALID: [title: string, text: string][] = [
  ['no white space', 'syntax="proto3";package shop.v1;message A{string a=1;repeated int32 b=2;}enum E{X=0;}'],
  [
    'CRLF and a byte order mark',
    `\uFEFF${HEAD}// hi\nmessage A {\n  string a = 1;\n}\n`.replaceAll('\n', '\r\n'),
  ],
  ['no package', 'syntax = "proto3";\nmessage A { string a = 1; }'],
  [
    'empty statements',
    `${HEAD}; message A { ; string a = 1; ; } ; enum E { X = 0; ; } service S { ; rpc G(A) returns (A); ; }`,
  ],
  [
    'comments everywhere',
    `/* licence { "*/\nsyntax = /* 3 */ "proto3"; // v\npackage shop.v1; /* } */\n// detached\n\n/* A\n * doc */ message A { // open {\n  string a = 1; // behind "\n  // string gone = 9;\n  /* int32 x = 7; */ int32 b = 2;\n} // end`,
  ],
  [
    'options of the file',
    `${HEAD}option go_package = "https://example.com//shop;shop"; option java_package = 'com.shop';\noption optimize_for = SPEED; option java_multiple_files=true;\nmessage A {}`,
  ],
  [
    'options of everything',
    `${HEAD}message A { option deprecated = true; string a = 1 [deprecated = true, json_name = "x;]"]; map<string, A> m = 2 [deprecated=true]; repeated int32 r = 3 [ packed = false ]; oneof k { string l = 4 [deprecated=true]; } }
enum E { option deprecated = true; X = 0 [deprecated = true]; }
service S { option deprecated = true; rpc G(A) returns (A) { option idempotency_level = NO_SIDE_EFFECTS; option deprecated = false; } rpc H(A) returns (A) {} }`,
  ],
  [
    'custom options with values of every form',
    `${HEAD}import "opts.proto";\nmessage A { option (opts.rule).name = "a \\"b\\"  c"; string a = 1 [(opts.limit) = -1.5e3, (opts.f).name = "x"]; }
service S { rpc G(A) returns (A) { option (opts.http) = { get: "/v1/{id=shops/*}"  more { post: "/x" tags: ["a", "b"] } }; } }`,
  ],
  [
    'imports',
    `${HEAD}import "common/money.proto";\nimport public 'all.proto';\nimport "google/protobuf/timestamp.proto"; import "google/protobuf/empty.proto";
message A { common.Money price = 1; google.protobuf.Timestamp at = 2; repeated .common.Money all = 3; common.Kind kind = 4; } service S { rpc G(google.protobuf.Empty) returns (common.Money); }`,
  ],
  [
    'oneofs',
    `${HEAD}message A { int32 first = 1; oneof choice { string a = 5; B b = 2; } optional int32 mid = 3; oneof other { bytes c = 4; } } message B {}`,
  ],
  [
    'maps',
    `${HEAD}message A { map < string , B > m = 1; map<int64,E> e = 2; map<bool, .shop.v1.B> q = 3; } message B {} enum E { X = 0; }`,
  ],
  [
    'nested messages and enums',
    `${HEAD}message A { message B { message C { string c = 1; } enum D { X = 0; } C c = 1; D d = 2; } B.C c = 1; B.D d = 2; shop.v1.A.B e = 3; .shop.v1.A.B.C f = 4; enum Mood { GOOD = 0; } Mood mood = 5; } message Use { A.B.C c = 1; A.Mood m = 2; }`,
  ],
  [
    'a message of nothing but an enum',
    `${HEAD}message G { enum Enum { NONE = 0; } } message A { G.Enum g = 1; }`,
  ],
  [
    'a message of an enum and options',
    `${HEAD}message G { option deprecated = true; enum Enum { NONE = 0; } } message A { G.Enum g = 1; }`,
  ],
  [
    'numbers in other bases',
    `${HEAD}message A { string a = 0x10; string b = 010; reserved 0x20 to 0x2F; } enum E { X = 0; Y = -0x2; }`,
  ],
  [
    'reserved entries in many lines',
    `${HEAD}message A { reserved 2, 15, 9 to 11; reserved 40 to max; string a = 1; reserved "foo", "bar"; reserved 'baz'; } enum E { reserved -5 to -2, 7 to max; X = 0; Y = -1; reserved "Z"; }`,
  ],
  [
    'keywords as names',
    `${HEAD}message A { string message = 1; string optional = 2; string rpc = 3; string reserved = 4; string oneof = 5; string map = 6; string enum = 7; string option = 8; string package = 9; string returns = 10; string stream = 11; string to = 14; string max = 15; repeated string repeated = 16; string extend = 17; string extensions = 18; string import = 19; } service Service { rpc Rpc(A) returns (stream A); }`,
  ],
  [
    'names that every JavaScript object has',
    `${HEAD}message constructor { string toString = 1; constructor __proto__x = 2; } message hasOwnProperty { constructor valueOf = 1; }`,
  ],
  [
    'rpcs of every form',
    `${HEAD}service S { rpc A ( stream M ) returns ( stream .shop.v1.M ) {} ; rpc B(M)returns(M){} rpc C(shop.v1.M) returns (M); } message M {}`,
  ],
  ['strings in parts', `${HEAD}option go_package = "a" /* and */ "b"; message A {}`],
  [
    'a package behind an import',
    'syntax = "proto3"; import "google/protobuf/empty.proto"; option go_package = "x"; package shop.v1; service S { rpc G(google.protobuf.Empty) returns (google.protobuf.Empty); }',
  ],
];

const UNKNOWN =
  ' cannot be kept when this file is written. Move it to a file of its own and import that, or take it out.';

/** Valid too, but our model has no word for it. */
const REFUSED: [title: string, text: string, problem: string][] = [
  [
    'extend',
    `${HEAD}import "google/protobuf/descriptor.proto";\nextend google.protobuf.FieldOptions { string x = 50000; }`,
    `shop.proto, line 4: "extend"${UNKNOWN}`,
  ],
  [
    'extend inside a message',
    `${HEAD}import "google/protobuf/descriptor.proto";\nmessage A {\n extend google.protobuf.FieldOptions {\n  string x = 50000;\n }\n}`,
    `shop.proto, line 5: "extend"${UNKNOWN}`,
  ],
  [
    'two names for one enum value',
    `${HEAD}enum E {\n option allow_alias = true;\n A = 0;\n B = 0;\n}`,
    `shop.proto, line 4: "allow_alias"${UNKNOWN}`,
  ],
  [
    'options of a oneof',
    `${HEAD}import "opts.proto";\nmessage A {\n oneof k {\n  option (opts.x) = 1;\n  string a = 1; } }`,
    `shop.proto, line 6: an option of a oneof${UNKNOWN}`,
  ],
  [
    'an enum value with the name of a statement',
    `${HEAD}enum E {\n NONE = 0;\n reserved = 1;\n}`,
    `shop.proto, line 5: illegal id '='. Mend the file or restore it from version control; it is never overwritten.`,
  ],
];

describe('a file that was edited by hand', () => {
  it.each(VALID)('with %s is written again without a change of the contract', (_title, text) => {
    const declared = readContract(text, 'shop.proto');
    for (const style of [SOCIO_STYLE, DSG_STYLE]) {
      const options = { fileName: 'shop.proto', style };
      const { changed, text: written } = settleContract(declared, text, options);
      const [was, is] = [readLedger(text, 'was.proto'), readLedger(written, 'is.proto')];
      expect([changed, compareLedgers(was, is), findBreaks(was.contract, is.contract)]).toEqual([
        false,
        [],
        [],
      ]);
      expect(settleContract(declared, written, options).text).toBe(written);
    }
  });

  it('is valid and what it was in the eyes of buf, once written again', async () => {
    const texts = VALID.map(([, text]) => text);
    const [socio, dsg] = [SOCIO_STYLE, DSG_STYLE].map((style) =>
      texts.map((text) => {
        const declared = readContract(text, 'shop.proto');
        return settleContract(declared, text, { fileName: 'shop.proto', style }).text;
      }),
    ) as [string[], string[]];
    expect(await bufBuild(texts, IMPORTED)).toBe('');
    expect(await bufBuild(socio, IMPORTED)).toBe('');
    expect(await bufBuild(dsg, IMPORTED)).toBe('');
    const steps = texts.map((was, index) => ({ was, is: socio[index] as string }));
    expect(await bufBreaking(steps, IMPORTED)).toEqual(steps.map(() => []));
  });

  it.each(REFUSED)('with %s is refused, with the line', (_title, text, problem) => {
    expect(() => readContract(text, 'shop.proto')).toThrow(problem);
  });

  it('keeps its options and imports while the code changes', () => {
    const text = `${HEAD}import "common/money.proto";
option go_package = "example.com/shop";
service S { option deprecated = true; }
message A { option deprecated = true; string a = 1 [deprecated = true]; string b = 2 [deprecated = true]; }
enum E { option deprecated = true; X = 0 [deprecated = true]; }
`;
    const { text: written } = settleContract(
      file({
        services: [{ kind: 'service', name: 'S', methods: [], comment: [] }],
        messages: [message('A', [field('c'), field('a', 'int32')])],
      }),
      text,
      { fileName: 'shop.proto', style: SOCIO_STYLE },
    );
    expect(written.slice(written.indexOf('import'))).toBe(`import "common/money.proto";

option go_package = "example.com/shop";

service S {
    option deprecated = true;
}

message A {
    option deprecated = true;
    int32 a = 1 [deprecated = true];
    string c = 3;
    reserved 2;
    reserved "b";
}

// removed enum E: 0 X
`);
  });

  it('loses a oneof of declared fields, which counts as a break', () => {
    const text = `${HEAD}message A { oneof k { string a = 1; } }`;
    const { differences, breaks } = settleContract(
      file({ messages: [message('A', [field('a', 'string', { cardinality: 'optional' })])] }),
      text,
      { fileName: 'shop.proto', style: SOCIO_STYLE },
    );
    expect(differences).toEqual([
      { place: 'message A, field 1 a', was: 'string a = 1 in oneof k', is: 'optional string a = 1' },
    ]);
    expect(breaks.map(({ kind }) => kind)).toEqual(['field-oneof-changed']);
  });
});
