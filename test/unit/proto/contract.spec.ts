import { describe, expect, it } from 'vitest';
import { compareContracts, readContract } from '../../../lib/proto/contract.js';
import { file, message } from './descriptor-builders.js';

const BASE = `syntax = "proto3";
package shop.v1;

// Posts
service PostController {
    // All of them
    rpc List(PostListRequest) returns (PostListResponse) {}
    rpc Stream(PostListRequest) returns (stream Post) {}
}

// A post
message Post {
    // Its name
    string title = 1;
    optional int64 id = 2;
    Genre.Enum genre = 3;
    reserved 8, 5 to 6;
    reserved "old", "older";
}

message PostListRequest {
}

message PostListResponse {
    repeated Post results = 1;
}

message Genre {
    enum Enum {
        NONE = 0;
        // Prose
        NOVEL = 1;
        reserved 4;
    }
}
`;

/** `place: was -> is` of every difference after an edit of the text. */
function edit(...edits: [from: string, to: string][]): string[] {
  const text = edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`nothing to edit: ${from}`);
    return text.replace(from, to);
  }, BASE);
  const differences = compareContracts(readContract(BASE, 'a.proto'), readContract(text, 'b.proto'));
  return differences.map(({ place, was, is }) => `${place}: ${was ?? 'nothing'} -> ${is ?? 'nothing'}`);
}

describe('compareContracts', () => {
  it.each<[string, [string, string][], string[]]>([
    ['package', [['shop.v1', 'shop.v2']], ['package: shop.v1 -> shop.v2']],
    [
      'rpc',
      [['    rpc Stream(PostListRequest) returns (stream Post) {}\n', '']],
      ['service PostController, rpc Stream: (PostListRequest) returns (stream Post) -> nothing'],
    ],
    [
      'streaming',
      [['(stream Post)', '(Post)']],
      [
        'service PostController, rpc Stream: (PostListRequest) returns (stream Post) -> (PostListRequest) returns (Post)',
      ],
    ],
    [
      'request of an rpc',
      [['List(PostListRequest)', 'List(stream Post)']],
      [
        'service PostController, rpc List: (PostListRequest) returns (PostListResponse) -> (stream Post) returns (PostListResponse)',
      ],
    ],
    [
      'type',
      [['string title', 'bytes title']],
      ['message Post, field 1 title: string title = 1 -> bytes title = 1'],
    ],
    [
      'cardinality',
      [['optional int64 id', 'int64 id']],
      ['message Post, field 2 id: optional int64 id = 2 -> int64 id = 2'],
    ],
    [
      'number',
      [['title = 1', 'title = 9']],
      ['message Post, field 9 title: string title = 1 -> string title = 9'],
    ],
    [
      'name of a field',
      [['int64 id', 'int64 key']],
      [
        'message Post, field 2 id: optional int64 id = 2 -> nothing',
        'message Post, field 2 key: nothing -> optional int64 key = 2',
      ],
    ],
    [
      'reserved number',
      [['5 to 6', '5 to 7']],
      [
        'message Post, reserved: reserved 5 to 6, 8; reserved "old", "older"; -> reserved 5 to 8; reserved "old", "older";',
      ],
    ],
    [
      'reserved of an enum',
      [['        reserved 4;\n', '']],
      ['enum Genre.Enum, reserved: reserved 4; -> nothing'],
    ],
    ['enum value', [['NOVEL = 1', 'NOVEL = 2']], ['enum Genre.Enum, value 2 NOVEL: NOVEL = 1 -> NOVEL = 2']],
    [
      'new enum value',
      [['NOVEL = 1;', 'NOVEL = 1; POEM = 2;']],
      ['enum Genre.Enum, value 2 POEM: nothing -> POEM = 2'],
    ],
    [
      'comments',
      [
        ['// Posts', '// All posts'],
        ['// All of them', ''],
        ['// A post', '// One'],
        ['// Its name', '// Name'],
        ['// Prose', '// Long'],
      ],
      [
        'service PostController, comment: Posts -> All posts',
        'service PostController, rpc List, comment: All of them -> nothing',
        'message Post, comment: A post -> One',
        'message Post, field 1 title, comment: Its name -> Name',
        'enum Genre.Enum, value 1 NOVEL, comment: Prose -> Long',
      ],
    ],
  ])('names a difference in %s', (_what, edits, expected) => {
    expect(edit(...edits)).toEqual(expected);
  });

  it('shows what exists on one side only as one difference with its content', () => {
    expect(
      edit(['message PostListRequest {\n}', '// Tags\nmessage Tag { string label = 1; int32 n = 2; }']),
    ).toEqual([
      'message PostListRequest: empty -> nothing',
      'message Tag: nothing -> string label = 1, int32 n = 2',
    ]);
    expect(edit([BASE.slice(BASE.indexOf('// Posts'), BASE.indexOf('// A post')), ''])).toEqual([
      'service PostController: List, Stream -> nothing',
    ]);
    expect(
      edit(
        ['message Genre {\n    enum Enum', 'message Mood {\n    enum Enum'],
        ['Genre.Enum genre', 'Mood.Enum genre'],
      ),
    ).toEqual([
      'message Post, field 3 genre: Genre.Enum genre = 3 -> Mood.Enum genre = 3',
      'enum Genre.Enum: NONE = 0, NOVEL = 1 -> nothing',
      'enum Mood.Enum: nothing -> NONE = 0, NOVEL = 1',
    ]);
  });

  it('does not see white space, order of declarations, ways to reserve or to refer', () => {
    expect(
      edit(
        [
          '    // Its name\n    string title = 1;\n    optional int64 id = 2;',
          '  optional int64 id=2;\n\t// Its name  \n\tstring   title = 1;',
        ],
        [
          'reserved 8, 5 to 6;\n    reserved "old", "older"',
          'reserved 5; reserved 6, 8; reserved "older", "old"',
        ],
        ['returns (stream Post)', 'returns (stream .shop.v1.Post)'],
        ['// A post\n', '/* A post */\n'],
      ),
    ).toEqual([]);
    expect(
      edit(...[...BASE.matchAll(/\n/g)].slice(0, 5).map((): [string, string] => ['\n', '\r\n'])),
    ).toEqual([]);
  });

  it('compares comments only by what a proto parser gives back', () => {
    const indented = (comment: string[]) => file({ messages: [message('Post', [], { comment })] });
    expect(
      compareContracts(indented(['one\n  two', '', '/three']), indented([' one', 'two', '', 'three', ''])),
    ).toEqual([]);
    expect(compareContracts(indented(['one two']), indented(['one', 'two']))).toHaveLength(1);
  });
});
