import { describe, expect, it } from 'vitest';
import { readContract } from '../../../lib/proto/contract.js';
import { printLedger, readLedger } from '../../../lib/proto/ledger.js';
import { DSG_STYLE, SOCIO_STYLE } from '../../../lib/proto/print.js';
import { file, message } from './descriptor-builders.js';

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
// removed message Post: 1 id, 2 title, 5 to 7, 9, "old"
// removed enum Genre.Enum: 0 ENUM_UNSPECIFIED, -1 LOST
message A {
  // removed message Inside: it is no tombstone
  string a = 1;
}
`.replaceAll('\n', '\r\n');
    expect(readLedger(text, 'shop.proto').removed).toEqual([
      {
        kind: 'enum',
        name: 'Genre.Enum',
        members: [
          { name: 'ENUM_UNSPECIFIED', number: 0 },
          { name: 'LOST', number: -1 },
        ],
        reserved: { ranges: [], names: [] },
      },
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
          names: ['old'],
        },
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

  it('joins two tombstones of one name, as a merge may leave them', () => {
    const text = `${HEAD}// removed message A: 2 b, 5\n// removed message A: 1 a, 2 b, 4, "z"\n`;
    expect(readLedger(text, 'shop.proto').removed).toEqual([
      {
        kind: 'message',
        name: 'A',
        members: [
          { name: 'a', number: 1 },
          { name: 'b', number: 2 },
        ],
        reserved: { ranges: [[4, 5]], names: ['z'] },
      },
    ]);
  });

  it('does not read a tombstone as the comment of what follows', () => {
    const text = `${HEAD}// removed message B: 1 b\nmessage A {}\n`;
    expect(readLedger(text, 'shop.proto').contract.messages[0]?.comment).toEqual([]);
  });

  it('refuses a number that a present field and a removed one both have', () => {
    const text = `${HEAD}message A {\n  string a = 1;\n  string b = 2;\n}\n// removed message A: 1 a, 2 c\n`;
    expect(() => readLedger(text, 'shop.proto')).toThrow(
      'shop.proto, line 5: "A" gives the number 2 to "b" and, in its "// removed" line, to "c".',
    );
    expect(readLedger(text.replace('2 c', '7 c'), 'shop.proto').removed).toHaveLength(1);
    expect(() =>
      readLedger(`${HEAD}enum E { NONE = 0; }\n// removed enum E: 0 NOTHING\n`, 'x'),
    ).not.toThrow();
  });
});

describe('printLedger', () => {
  it.each([
    ['socio', SOCIO_STYLE],
    ['dsg', DSG_STYLE],
  ])('writes what is read back, under %s', (_name, style) => {
    const text = `${HEAD}// removed enum G.Enum: 0 NONE, 3 NOVEL\n// removed message B: 1 a, 3, 5 to 7, "z"\nmessage A { string a = 1; }`;
    const ledger = readLedger(text, 'shop.proto');
    const printed = printLedger(ledger, style);
    expect(printed.endsWith(style === DSG_STYLE ? '"z"\n\n' : '"z"\n')).toBe(true);
    expect(printed).toMatch(/\}\n\n\/\/ removed enum G\.Enum: 0 NONE, 3 NOVEL\n\/\/ removed message B/);
    expect(readLedger(printed, 'shop.proto')).toEqual(ledger);
    expect(printLedger(readLedger(printed, 'shop.proto'), style)).toBe(printed);
  });

  it('keeps a comment apart that reads as a tombstone', () => {
    const contract = file({ messages: [message('A', [], { comment: ['removed message B: by Ada'] })] });
    const printed = printLedger({ contract, removed: [] }, SOCIO_STYLE);
    expect(readLedger(printed, 'shop.proto').contract).toEqual(contract);
  });
});
