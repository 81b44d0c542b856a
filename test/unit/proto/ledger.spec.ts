import { describe, expect, it } from 'vitest';
import { readContract } from '../../../lib/proto/contract.js';
import { readLedger } from '../../../lib/proto/ledger.js';

const HEAD = 'syntax = "proto3";\npackage shop.v1;\n';

describe('readLedger', () => {
  it('holds the contract as it was read', () => {
    const text = `${HEAD}message A { string a = 4; reserved 2; }`;
    expect(readLedger(text, 'shop.proto')).toEqual({
      contract: readContract(text, 'shop.proto'),
      removed: [],
    });
  });

  it.each(['', '\r\n  '])('reads the blank text %j as an empty ledger', (text) => {
    const { contract, removed } = readLedger(text, 'shop.proto');
    expect([contract.messages, contract.enums, removed]).toEqual([[], [], []]);
  });

  it('reads back what is left of removed messages and enums, also with CRLF', () => {
    const text = `${HEAD}
// removed message Post: 1 id, 2 title, 5 to 7, 9
// removed enum Genre.Enum: 0 ENUM_UNSPECIFIED, -1 LOST
message A {
  // removed message Inside: it is no tombstone
  string a = 1;
}
`.replaceAll('\n', '\r\n');
    expect(readLedger(text, 'shop.proto').removed).toEqual([
      {
        kind: 'message',
        name: 'Post',
        members: [
          { name: 'id', number: 1 },
          { name: 'title', number: 2 },
        ],
        reserved: {
          ranges: [
            [5, 7],
            [9, 9],
          ],
          names: [],
        },
      },
      {
        kind: 'enum',
        name: 'Genre.Enum',
        members: [
          { name: 'ENUM_UNSPECIFIED', number: 0 },
          { name: 'LOST', number: -1 },
        ],
        reserved: { ranges: [], names: [] },
      },
    ]);
  });

  it.each([
    '// removed message Post',
    '// removed message Post: id',
    '// removed message Post: 1 id 2 title',
    '// removed enum A.: 1 B',
  ])('refuses the tombstone "%s"', (line) => {
    expect(() => readLedger(`${HEAD}${line}\n`, 'shop.proto')).toThrow(
      'shop.proto, line 3: expected a line such as "// removed message Post: 1 id, 2 title". ' +
        'Mend the file or restore it from version control; it is never overwritten.',
    );
  });

  it('refuses a file that cannot be read', () => {
    expect(() => readLedger('message A {}', 'shop.proto')).toThrow('shop.proto, line 1: expected syntax');
  });
});
