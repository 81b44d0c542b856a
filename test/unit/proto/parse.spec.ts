import { describe, expect, it } from 'vitest';
import { SetupError } from '../../../lib/errors/setup-error.js';
import { readContract } from '../../../lib/proto/contract.js';
import { printFile } from '../../../lib/proto/print.js';

const HEAD = 'syntax = "proto3";\npackage shop.v1;\n';
const CURE = '. Mend the file or restore it from version control; it is never overwritten.';
const MERGE_CURE =
  '. After a merge, "socio-grpc generate --base REV" gives new numbers to what the revision REV did not have.';

function problemOf(text: string): string {
  try {
    readContract(text, 'shop.proto');
  } catch (error) {
    if (error instanceof SetupError) return error.message;
    throw error;
  }
  return 'no problem';
}

describe('readContract', () => {
  it('reads services, streams and comments', () => {
    const text = `${HEAD}
// Posts
// of users
service PostController {
  // One by one
  rpc Stream(A) returns (stream .shop.v1.A) { option deprecated = true; }
  rpc Send(stream shop.v1.A) returns (google.protobuf.Empty);
}
message A {}`;
    const rpc = { kind: 'method', requestStream: false, responseStream: false, comment: [] };
    expect(readContract(text, 'shop.proto').services).toEqual([
      {
        kind: 'service',
        name: 'PostController',
        comment: ['Posts', 'of users'],
        methods: [
          {
            ...rpc,
            name: 'Stream',
            request: 'A',
            response: 'A',
            responseStream: true,
            options: ['deprecated = true'],
            comment: ['One by one'],
          },
          { ...rpc, name: 'Send', request: 'A', requestStream: true, response: 'google.protobuf.Empty' },
        ],
      },
    ]);
  });

  it('reads fields of every kind', () => {
    const text = `${HEAD}
message A {
  /* block
   * comment */
  optional string a_name = 1 [json_name = "x"];
  repeated int64 _ids = 2 [packed = true]; // behind
  Genre.Enum genre = 3;
  Inner inner = 4;
  google.protobuf.Struct meta = 5;
  map<string, Inner> by_name = 6;
  oneof choice { bool yes = 7; A other = 8; }
  message Inner { fixed32 n = 1; }
}
message Genre { enum Enum { NONE = 0; NOVEL = 1; } }`;
    const { messages, enums } = readContract(text, 'shop.proto');
    expect(messages.map(({ name }) => name)).toEqual(['A', 'A.Inner']);
    expect(enums.map(({ name }) => name)).toEqual(['Genre.Enum']);
    const scalar = (name: string) => ({ kind: 'scalar', scalar: name });
    expect(
      messages[0]?.fields.map(({ name, property, number, cardinality, type, comment }) => {
        return [name, property, number, cardinality, type, comment];
      }),
    ).toEqual([
      ['a_name', 'aName', 1, 'optional', scalar('string'), ['block', 'comment']],
      ['_ids', '_ids', 2, 'repeated', scalar('int64'), ['behind']],
      ['genre', 'genre', 3, 'singular', { kind: 'enum', name: 'Genre.Enum' }, []],
      ['inner', 'inner', 4, 'singular', { kind: 'message', name: 'A.Inner' }, []],
      ['meta', 'meta', 5, 'singular', { kind: 'message', name: 'google.protobuf.Struct' }, []],
      ['by_name', 'byName', 6, 'singular', { kind: 'message', name: 'map<string, A.Inner>' }, []],
      ['yes', 'yes', 7, 'optional', scalar('bool'), []],
      ['other', 'other', 8, 'optional', { kind: 'message', name: 'A' }, []],
    ]);
  });

  it('reads nested, reserved and commented enums', () => {
    const text = `${HEAD}
// Moods
enum Mood { reserved 5 to max, 3; reserved "OLD"; MOOD_UNSPECIFIED = 0; // nothing
  GOOD = 1; }
message A { string a = 1; enum B { C = 0; } }`;
    const [mood, nested] = readContract(text, 'shop.proto').enums;
    expect(mood?.comment).toEqual(['Moods']);
    expect(mood?.reserved).toEqual({
      ranges: [
        [5, 2_147_483_647],
        [3, 3],
      ],
      names: ['OLD'],
    });
    expect(mood?.values.map(({ name, number, comment }) => [name, number, comment])).toEqual([
      ['MOOD_UNSPECIFIED', 0, ['nothing']],
      ['GOOD', 1, []],
    ]);
    expect(nested?.name).toBe('A.B');
  });

  it('reads a nested message that is printed and read again', () => {
    const text = `${HEAD}message A { message B { message C { string c = 1; } C c = 1; } map<int32, B> b = 1; }`;
    const contract = readContract(text, 'shop.proto');
    const printed = printFile(contract, { header: undefined, trailingBlanks: false });
    expect(readContract(printed, 'shop.proto')).toEqual(contract);
  });

  it('reads a file with CRLF, a byte order mark, options and no package', () => {
    const text =
      '\uFEFF/* licence */\r\nsyntax = "proto3";\r\noption go_package = "x";\r\n// hi\r\nmessage A {\r\n}\r\n';
    expect(readContract(text, 'shop.proto')).toEqual({
      kind: 'file',
      package: '',
      options: ['go_package = "x"'],
      services: [],
      messages: [
        { kind: 'message', name: 'A', fields: [], reserved: { ranges: [], names: [] }, comment: ['hi'] },
      ],
      enums: [],
    });
  });

  it.each(['', ' \r\n\t\n'])('reads the blank text %j as an empty contract', (text) => {
    expect(readContract(text, 'shop.proto')).toMatchObject({ package: '', messages: [] });
  });

  it('reads names that every JavaScript object has', () => {
    const text = `${HEAD}message constructor { string toString = 1; constructor hasOwnProperty = 2; }`;
    expect(readContract(text, 'shop.proto').messages[0]?.fields).toHaveLength(2);
  });
});

describe('readContract on a file it cannot read', () => {
  it.each([
    [
      'a number given twice',
      `${HEAD}message A {\n  // old = 1\n  string title = 2;\n  string id = 1;\n  optional string body = 2;\n}`,
      'shop.proto, line 7: "A" gives the number 2 to both "title" (line 5) and "body"',
    ],
    [
      'a number given twice across a oneof',
      `${HEAD}message A {\n string a = 1;\n oneof k {\n  string b = 1;\n }\n}`,
      'shop.proto, line 6: "A" gives the number 1 to both "a" (line 4) and "b"',
    ],
    [
      'a number given twice in a nested message',
      `${HEAD}message I { string x = 1; }\nmessage A {\n message I {\n string a = 1;\n string b = 1;\n }\n}`,
      'shop.proto, line 7: "I" gives the number 1 to both "a" (line 6) and "b"',
    ],
    [
      'an enum number given twice',
      `${HEAD}enum E {\n A = 0;\n B = 1;\n C = 1;\n}`,
      'shop.proto, line 6: "E" gives the number 1 to both "B" (line 5) and "C"',
    ],
    [
      'a field declared twice',
      `${HEAD}message A {\n string a = 1;\n string a = 2;\n}`,
      'shop.proto, line 5: "A" declares "a" twice, first in line 4',
    ],
    [
      'a message declared twice',
      `${HEAD}message A {}\nmessage A {}`,
      'shop.proto, line 4: the file declares "A" twice, first in line 3',
    ],
    [
      'an rpc declared twice',
      `${HEAD}service S {\n rpc A(B) returns (B) {}\n rpc A(B) returns (B) {}\n}`,
      'shop.proto, line 5: "S" declares "A" twice, first in line 4',
    ],
    [
      'a number that is used and reserved',
      `${HEAD}message A {\n reserved 1 to 3;\n string a = 2;\n}`,
      'shop.proto, line 5: "A" uses and reserves the number 2',
    ],
    [
      'a name that is used and reserved',
      `${HEAD}message A {\n reserved "a";\n string a = 2;\n}`,
      'shop.proto, line 5: "A" uses and reserves the name "a"',
    ],
    [
      'a number that is used and reserved further down',
      `${HEAD}message A {\n string a = 2;\n reserved 1 to 3;\n}`,
      'shop.proto, line 4: "A" uses and reserves the number 2',
    ],
    [
      'a map whose name is reserved',
      `${HEAD}message A {\n message B {\n  map<string, B> a = 2;\n  reserved "a";\n }\n}`,
      'shop.proto, line 5: "A.B" uses and reserves the name "a"',
    ],
    [
      'an enum value that is reserved',
      `${HEAD}enum E {\n A = 0;\n B = -1;\n reserved -3 to -1;\n}`,
      'shop.proto, line 5: "E" uses and reserves the number -1',
    ],
    [
      'conflict markers',
      `${HEAD}message A {\n<<<<<<< HEAD\n string a = 1;\n=======\n string b = 1;\n>>>>>>> other\n}`,
      'shop.proto, line 4: a merge conflict is not resolved',
    ],
    [
      'no syntax',
      '// x\n\nmessage A {}',
      'shop.proto, line 3: expected syntax = "proto3"; as the first statement',
    ],
    [
      'proto2',
      'syntax = "proto2";',
      'shop.proto, line 1: expected syntax = "proto3"; as the first statement',
    ],
    [
      'a syntax error',
      `${HEAD}message A {\n string a;\n}`,
      `shop.proto, line 4: illegal token ';', '=' expected`,
    ],
    [
      'a text that breaks off',
      `${HEAD}message A {\n string a = 1`,
      'shop.proto, line 4: unexpected end of the file',
    ],
    ['a comment that never ends', `${HEAD}/* never`, 'shop.proto, line 3: illegal comment'],
    [
      'a number that is none',
      `${HEAD}message A {\n string a = 0;\n}`,
      'shop.proto, line 4: "A" gives "a" the number 0, expected 1 to 536870911',
    ],
  ])('names %s', (_name, text, expected) => {
    expect(problemOf(text)).toBe(expected + (expected.includes(' to both ') ? MERGE_CURE : CURE));
  });
});
