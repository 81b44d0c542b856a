import { describe, expect, it } from 'vitest';
import { importContract } from '../../../lib/proto/import-contract.js';
import { printLedger } from '../../../lib/proto/ledger.js';
import { SOCIO_STYLE } from '../../../lib/proto/print.js';
import { settleContract } from '../../../lib/proto/settle.js';
import { bufBuild } from '../../support/buf.js';
import { enumOf, field, file, message } from './descriptor-builders.js';

const LEGACY = `syntax = "proto3";
package shop.v1;

import "google/protobuf/timestamp.proto";
option go_package = "example.com/shop";

// Posts of the old house
service PostController {
  rpc List (ListRequest) returns (stream Post);
  rpc Search (SearchRequest) returns (Post);
}
service AuditController {
  rpc Log (Entry) returns (Entry);
}
message Post {
  string id = 1;
  string title = 4;
  oneof body { string text = 7; bytes raw = 8; }
  int64 views = 9;
}
message ListRequest {}
message SearchRequest { string query = 3; }
message Entry { google.protobuf.Timestamp at = 2; }
enum Mood { MOOD_UNKNOWN = 0; GOOD = 5; BAD = 6; }
`;

const rpc = { kind: 'method', requestStream: false, responseStream: false, comment: [] } as const;
const DECLARED = file({
  services: [
    {
      kind: 'service',
      name: 'PostController',
      comment: [],
      methods: [
        { ...rpc, name: 'List', request: 'ListRequest', response: 'Post', responseStream: true },
        { ...rpc, name: 'Get', request: 'ListRequest', response: 'Post' },
      ],
    },
  ],
  messages: [
    message('Post', [
      field('slug'),
      field('title'),
      field('id', 'int32'),
      field('text'),
      field('views', 'uint64'),
    ]),
    message('ListRequest'),
  ],
  enums: [enumOf('Mood', ['MOOD_UNKNOWN', 'OK', 'GOOD'])],
});

describe('importContract', () => {
  const { ledger, report } = importContract(LEGACY, 'legacy.proto', DECLARED);

  it('reports what fits and what does not', () => {
    expect(report.matched).toEqual([
      'package',
      'service PostController',
      'service PostController, rpc List',
      'message Post',
      'message Post, field 4 title',
      'message ListRequest',
      'enum Mood',
      'enum Mood, value 0 MOOD_UNKNOWN',
      'enum Mood, value 5 GOOD',
    ]);
    expect(report.differing).toEqual([
      { place: 'message Post, field 1 id', was: 'string id = 1', is: 'int32 id = 1' },
      { place: 'message Post, field 7 text', was: 'string text = 7 in oneof body', is: 'string text = 7' },
      { place: 'message Post, field 9 views', was: 'int64 views = 9', is: 'uint64 views = 9' },
    ]);
    expect(report.onlyInFile).toEqual([
      'service PostController, rpc Search',
      'service AuditController',
      'service AuditController, rpc Log',
      'message Post, field 8 raw',
      'message SearchRequest',
      'message SearchRequest, field 3 query',
      'message Entry',
      'message Entry, field 2 at',
      'enum Mood, value 6 BAD',
    ]);
    expect(report.onlyInCode).toEqual([
      'service PostController, rpc Get',
      'message Post, field 10 slug',
      'enum Mood, value 7 OK',
    ]);
    expect(report.breaks.map(({ kind, place }) => `${kind}: ${place}`)).toEqual([
      'rpc-removed: service PostController, rpc Search',
      'field-type-changed: message Post, field 1 id',
      'field-oneof-changed: message Post, field 7 text',
    ]);
  });

  it('gives a ledger that loses nothing, that buf takes and that is settled', async () => {
    const text = printLedger(ledger, SOCIO_STYLE);
    expect(text.slice(text.indexOf('import'))).toBe(`import "google/protobuf/timestamp.proto";

option go_package = "example.com/shop";

service AuditController {
    rpc Log(Entry) returns (Entry) {}
}

service PostController {
    rpc Get(ListRequest) returns (Post) {}
    rpc List(ListRequest) returns (stream Post) {}
}

message Entry {
    google.protobuf.Timestamp at = 2;
}

message ListRequest {
}

message Post {
    int32 id = 1;
    string title = 4;
    string text = 7;
    uint64 views = 9;
    string slug = 10;
    reserved 8;
    reserved "raw";
}

enum Mood {
    MOOD_UNKNOWN = 0;
    GOOD = 5;
    OK = 7;
    reserved 6;
    reserved "BAD";
}

// removed message SearchRequest: 3 query
`);
    expect(await bufBuild([text])).toBe('');
    const options = { fileName: 'shop.proto', style: SOCIO_STYLE };
    expect(settleContract(DECLARED, text, options).changed).toBe(false);
  });

  it('reports another package as a difference and takes the one of the code', () => {
    const other = importContract(LEGACY.replace('shop.v1', 'legacy'), 'legacy.proto', DECLARED);
    expect(other.report.differing[0]).toEqual({ place: 'package', was: 'legacy', is: 'shop.v1' });
    expect(other.report.breaks[0]?.kind).toBe('package-changed');
    expect(other.ledger).toEqual(ledger);
  });

  it('refuses a file that cannot be read', () => {
    expect(() => importContract('syntax = "proto2";', 'legacy.proto', DECLARED)).toThrow(
      'legacy.proto, line 1',
    );
  });
});
