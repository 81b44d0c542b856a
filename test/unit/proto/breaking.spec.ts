import { beforeAll, describe, expect, it } from 'vitest';
import { findBreaks } from '../../../lib/proto/breaking.js';
import { readContract } from '../../../lib/proto/contract.js';
import { bufBreaking } from '../../support/buf.js';

const HEAD = 'syntax = "proto3";\npackage shop.v1;\n';
const ENUMS = 'enum E { X = 0; } message G { enum E { X = 0; Z = 1; } } enum F { Y = 0; } ';
const MESSAGES = 'message M { string s = 1; } message N { string s = 1; } ';
const RPC = 'message A {} message B {} ';

type Case = [title: string, was: string, is: string, breaks: string[], common?: string];

/** Two types or labels of the field `f`. */
function field(was: string, is: string, kind = '', common = ''): Case {
  const breaks = kind === '' ? [] : [`wire ${kind} message A, field 1 f: ${was} f = 1 -> ${is} f = 1`];
  return [
    `${was} that is ${is}`,
    `message A { ${was} f = 1; }`,
    `message A { ${is} f = 1; }`,
    breaks,
    common,
  ];
}

const TYPE = 'field-type-changed';
const FORM = 'field-cardinality-changed';

const CASES: Case[] = [
  field('int32', 'uint32'),
  field('uint64', 'int64'),
  field('fixed32', 'sfixed32'),
  field('sfixed64', 'fixed64'),
  field('int32', 'int64', TYPE),
  field('int32', 'bool', TYPE),
  field('int32', 'sint32', TYPE),
  field('string', 'bytes', TYPE),
  field('float', 'double', TYPE),
  field('E', 'int32', TYPE, ENUMS),
  field('E', 'G.E', '', ENUMS),
  field('G.E', 'E', TYPE, ENUMS),
  field('E', 'F', TYPE, ENUMS),
  field('M', 'N', TYPE, MESSAGES),
  field('M', 'string', TYPE, MESSAGES),
  field('string', 'optional string'),
  field('optional M', 'M', '', MESSAGES),
  field('string', 'repeated string', FORM),
  field('repeated M', 'optional M', FORM, MESSAGES),
  field('map<string, int32>', 'map<string, uint32>'),
  field('map<string, int32>', 'map<string, string>', TYPE),
  field('map<int32, E>', 'map<int64, E>', TYPE, ENUMS),
  field('map<int32, M>', 'map<int32, N>', TYPE, MESSAGES),
  field('map<int32, int32>', 'repeated int32', FORM),
  field('repeated M', 'map<string, string>', FORM, MESSAGES),
  [
    'a message that became an enum',
    'message T { string s = 1; } message A { T f = 1; }',
    'enum T { X = 0; } message A { T f = 1; }',
    ['wire field-type-changed message A, field 1 f: T f = 1 -> T f = 1'],
  ],
  [
    'a oneof around a field',
    'message A { optional string f = 1; }',
    'message A { oneof o { string f = 1; } }',
    ['wire field-oneof-changed message A, field 1 f: no oneof -> o'],
  ],
  [
    'a oneof of another name',
    'message A { oneof o { string f = 1; } }',
    'message A { oneof p { string f = 1; } }',
    ['wire field-oneof-changed message A, field 1 f: o -> p'],
  ],
  [
    'a new member of a oneof',
    'message A { oneof o { string f = 1; } }',
    'message A { oneof o { string f = 1; int32 g = 2; } }',
    [],
  ],
  [
    'a removed field',
    'message A { string f = 1; }',
    'message A {}',
    ['wire field-removed message A, field 1 f: string f = 1 -> number 1 and name "f" not reserved'],
  ],
  [
    'a removed field whose number is reserved',
    'message A { string f = 1; }',
    'message A { reserved 1; }',
    ['json field-removed message A, field 1 f: string f = 1 -> name "f" not reserved'],
  ],
  [
    'a removed field whose name is reserved',
    'message A { string f = 1; }',
    'message A { reserved "f"; }',
    ['wire field-removed message A, field 1 f: string f = 1 -> number 1 not reserved'],
  ],
  ['a reserved field', 'message A { string f = 3; }', 'message A { reserved 1 to 5; reserved "f"; }', []],
  [
    'a number that changed',
    'message A { string f = 1; }',
    'message A { string f = 2; reserved 1; }',
    ['wire field-renumbered message A, field 1 f: string f = 1 -> string f = 2'],
  ],
  [
    'two numbers that changed places',
    'message A { string f = 1; int32 g = 2; }',
    'message A { int32 g = 1; string f = 2; }',
    [
      'wire field-renumbered message A, field 1 f: string f = 1 -> string f = 2',
      'wire field-renumbered message A, field 2 g: int32 g = 2 -> int32 g = 1',
    ],
  ],
  [
    'a name that changed',
    'message A { string f = 1; }',
    'message A { string g = 1; reserved "f"; }',
    ['json field-renamed message A, field 1 f: string f = 1 -> string g = 1'],
  ],
  [
    'a number that was given anew',
    'message A { string f = 1; }',
    'message A { int32 g = 1; reserved "f"; }',
    ['wire number-reused message A, field 1 f: string f = 1 -> int32 g = 1'],
  ],
  [
    'a JSON name',
    'message A { string f_a = 1; }',
    'message A { string f_a = 1 [json_name = "x"]; }',
    ['json field-json-name-changed message A, field 1 f_a: fA -> x'],
  ],
  [
    'the JSON name that is the default',
    'message A { string _f__a = 1; }',
    'message A { string _f__a = 1 [json_name = "FA"]; }',
    [],
  ],
  [
    'other options',
    'message A { repeated int32 f = 1; }',
    'message A { repeated int32 f = 1 [deprecated = true, packed = false]; }',
    [],
  ],
  [
    'reserved entries that are gone',
    'message A { reserved 1, 4 to 8, 100 to max; reserved "f", "g"; }',
    'message A { reserved 5 to 6; reserved "g"; }',
    [
      'wire reserved-removed message A, reserved: reserved 1, 4, 7 to 8, 100 to max; -> nothing',
      'json reserved-removed message A, reserved: reserved "f"; -> nothing',
    ],
  ],
  [
    'reserved entries written in other ways',
    'message A { reserved 1 to 4; reserved "f", "g"; }',
    'message A { reserved 3 to 9; reserved 1, 2; reserved "g"; reserved "f"; }',
    [],
  ],
  [
    'a reserved number that is used',
    'message A { reserved 1; }',
    'message A { string f = 1; }',
    ['wire reserved-removed message A, reserved: reserved 1; -> nothing'],
  ],
  [
    'a removed enum value',
    'enum E { X = 0; Y = 1; }',
    'enum E { X = 0; }',
    ['wire value-removed enum E, value 1 Y: Y = 1 -> number 1 and name "Y" not reserved'],
  ],
  ['a reserved enum value', 'enum E { X = 0; Y = -1; }', 'enum E { X = 0; reserved -1; reserved "Y"; }', []],
  [
    'a renamed enum value',
    'enum E { X = 0; Y = 1; }',
    'enum E { Z = 0; Y = 1; }',
    ['json value-renamed enum E, value 0 X: X = 0 -> Z = 0'],
  ],
  [
    'a renumbered enum value',
    'enum E { X = 0; Y = 1; }',
    'enum E { X = 0; Y = 2; reserved 1; }',
    ['wire value-renumbered enum E, value 1 Y: Y = 1 -> Y = 2'],
  ],
  [
    'reserved entries of an enum that are gone',
    'enum E { X = 0; reserved -3 to 0x7FFFFFFF; }'.replace('-3', '3'),
    'enum E { X = 0; }',
    ['wire reserved-removed enum E, reserved: reserved 3 to max; -> nothing'],
  ],
  [
    'a removed message and a removed enum',
    'message A { string f = 1; } enum E { X = 0; }',
    'message B {}',
    [],
  ],
  [
    'a nested message',
    'message A { message B { string f = 1; } B b = 1; }',
    'message A { message B { int32 f = 1; } B b = 1; }',
    ['wire field-type-changed message A.B, field 1 f: string f = 1 -> int32 f = 1'],
  ],
  [
    'streaming',
    'service S { rpc R(A) returns (A); }',
    'service S { rpc R(stream A) returns (stream A); }',
    ['wire rpc-streaming-changed service S, rpc R: (A) returns (A) -> (stream A) returns (stream A)'],
    RPC,
  ],
  [
    'request and response',
    'service S { rpc R(A) returns (A); }',
    'service S { rpc R(B) returns (B); }',
    [
      'wire rpc-request-changed service S, rpc R: A -> B',
      'wire rpc-response-changed service S, rpc R: A -> B',
    ],
    RPC,
  ],
  [
    'idempotency',
    'service S { rpc R(A) returns (A); }',
    'service S { rpc R(A) returns (A) { option idempotency_level = IDEMPOTENT; } }',
    ['wire rpc-idempotency-changed service S, rpc R: IDEMPOTENCY_UNKNOWN -> IDEMPOTENT'],
    RPC,
  ],
  [
    'a package',
    'message A { string f = 1; }',
    'message A { int32 f = 1; }',
    ['wire package-changed package: shop.v1 -> shop.v2'],
  ],
];

/** What buf leaves to categories that also forbid moving things between files. */
const CALLS: Case[] = [
  [
    'a removed service',
    'service S { rpc R(A) returns (A); rpc Q(A) returns (B); }',
    '',
    ['calls service-removed service S: R, Q -> nothing'],
    RPC,
  ],
  [
    'a removed rpc',
    'service S { rpc R(A) returns (A); rpc Q(A) returns (B); }',
    'service S { rpc Q(A) returns (B); rpc P(A) returns (B); }',
    ['calls rpc-removed service S, rpc R: (A) returns (A) -> nothing'],
    RPC,
  ],
  [
    'a renamed rpc',
    'service S { rpc R(A) returns (A); }',
    'service S { rpc Q(A) returns (A); }',
    ['calls rpc-renamed service S, rpc R: R -> Q'],
    RPC,
  ],
];

function textsOf([title, was, is, , common = '']: Case) {
  const head = title === 'a package' ? HEAD.replace('v1', 'v2') : HEAD;
  return { was: `${HEAD}${common}${was}`, is: `${head}${common}${is}` };
}

function breaksOf(testCase: Case): string[] {
  const { was, is } = textsOf(testCase);
  return findBreaks(readContract(was, 'was.proto'), readContract(is, 'is.proto')).map(
    (found) => `${found.affects} ${found.kind} ${found.place}: ${found.was} -> ${found.is ?? 'nothing'}`,
  );
}

describe('findBreaks', () => {
  let verdicts: string[][];

  beforeAll(async () => {
    verdicts = await bufBreaking([...CASES, ...CALLS].map(textsOf));
  });

  it.each(CASES.map((testCase, index) => [testCase[0], index] as const))(
    'judges %s as buf does',
    (_title, index) => {
      const testCase = CASES[index] as Case;
      expect(breaksOf(testCase)).toEqual(testCase[3]);
      expect(verdicts[index]?.length !== 0).toBe(testCase[3].length !== 0);
    },
  );

  it.each(CALLS.map((testCase, index) => [testCase[0], index] as const))(
    'names %s, which buf does not',
    (_title, index) => {
      const testCase = CALLS[index] as Case;
      expect(breaksOf(testCase)).toEqual(testCase[3]);
      expect(verdicts[CASES.length + index]).toEqual([]);
    },
  );

  it('finds nothing against an empty file', () => {
    expect(findBreaks(readContract('', 'x'), readContract(`${HEAD}message A {}`, 'x'))).toEqual([]);
  });
});
