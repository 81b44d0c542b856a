import * as fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import type { FileDescriptor } from '../../../lib/proto/descriptors.js';
import { readLedger } from '../../../lib/proto/ledger.js';
import { numberFile } from '../../../lib/proto/numbering.js';
import { printFile, SOCIO_STYLE } from '../../../lib/proto/print.js';
import { enumOf, field, file, message } from './descriptor-builders.js';

/** The body of message A, or of enum E, after numbering it against the given body. */
function numberFields(names: string, committed?: string): string {
  const declared = file({
    messages: [
      message(
        'A',
        names
          .split(' ')
          .filter(Boolean)
          .map((name) => field(name)),
      ),
    ],
  });
  return body(number(declared, committed === undefined ? undefined : `message A { ${committed} }`));
}

function numberValues(names: string, committed?: string): string {
  const declared = file({ enums: [enumOf('E', names.split(' '))] });
  return body(number(declared, committed === undefined ? undefined : `enum E { ${committed} }`));
}

function number(declared: FileDescriptor, committed: string | undefined): FileDescriptor {
  const ledger =
    committed === undefined ? undefined : readLedger(`syntax = "proto3"; ${committed}`, 'a.proto');
  return numberFile(declared, ledger);
}

function body(contract: FileDescriptor): string {
  const text = printFile(contract, SOCIO_STYLE);
  protobuf.parse(text);
  return text
    .slice(text.indexOf('{') + 1, text.lastIndexOf('}'))
    .replaceAll(/string |\s+(?=\s)/g, '')
    .trim();
}

describe('numberFile', () => {
  it('numbers from 1 in declaration order without a ledger', () => {
    expect(numberFields('b a c')).toBe('b = 1; a = 2; c = 3;');
  });

  it('numbers like a first time when the ledger does not know the message', () => {
    const declared = file({ messages: [message('B', [field('x'), field('y')])] });
    expect(number(declared, 'message A { string z = 7; }').messages[0]?.fields.map((f) => f.number)).toEqual([
      1, 2,
    ]);
  });

  it.each([
    ['keeps known numbers', 'a b c', 'string a = 1; string b = 2; string c = 3;', 'a = 1; b = 2; c = 3;'],
    [
      'ignores the order of declaration',
      'd c b a',
      'string a = 1; string b = 2; string c = 3;',
      'a = 1; b = 2; c = 3; d = 4;',
    ],
    ['keeps gaps', 'a c b', 'string a = 5; string b = 9;', 'a = 5; b = 9; c = 10;'],
    ['keeps a number whatever its type', 'a', 'optional int64 a = 3;', 'a = 3;'],
    ['keeps a number out of a oneof', 'a b', 'oneof k { int64 a = 3; }', 'a = 3; b = 4;'],
    [
      'reserves what is gone',
      'a',
      'string a = 1; string b = 2; string c = 3; string d = 5;',
      'a = 1; reserved 2 to 3, 5; reserved "b", "c", "d";',
    ],
    [
      'never gives a removed number again',
      'a d',
      'string a = 1; string b = 2;',
      'a = 1; d = 3; reserved 2; reserved "b";',
    ],
    [
      'gives a name that comes back a new number',
      'a b',
      'string a = 1; reserved 2; reserved "b";',
      'a = 1; b = 3; reserved 2;',
    ],
    [
      'numbers after reservations made by hand',
      'a b',
      'string a = 1; reserved 10, 4 to 6, 5 to 7; reserved "z";',
      'a = 1; b = 11; reserved 4 to 7, 10; reserved "z";',
    ],
    [
      'stays below a reservation up to the maximum',
      'a b',
      'string a = 1; reserved 100 to max; reserved 5;',
      'a = 1; b = 6; reserved 5, 100 to max;',
    ],
    ['skips the range of protobuf itself', 'a b c', 'string a = 18998;', 'a = 18998; b = 18999; c = 20000;'],
    ['empties a message', '', 'string a = 1;', 'reserved 1; reserved "a";'],
  ])('%s', (_title, declared, committed, expected) => {
    expect(numberFields(declared, committed)).toBe(expected);
  });

  it.each([
    ['numbers values from 0 without a ledger', 'NONE X Y', undefined, 'NONE = 0; X = 1; Y = 2;'],
    ['keeps known values', 'NONE Y Z X', 'NONE = 0; X = 3; Y = 5;', 'NONE = 0; X = 3; Y = 5; Z = 6;'],
    [
      'reserves values that are gone',
      'NONE Z',
      'NONE = 0; X = 1; Y = 2;',
      'NONE = 0; Z = 3; reserved 1 to 2; reserved "X", "Y";',
    ],
    [
      'gives a value that comes back a new number',
      'NONE X',
      'NONE = 0; reserved 1; reserved "X";',
      'NONE = 0; X = 2; reserved 1;',
    ],
    [
      'keeps 0 for a renamed unspecified value',
      'NOTHING X',
      'NONE = 0; X = 1;',
      'NOTHING = 0; X = 1; reserved "NONE";',
    ],
    [
      'moves a value that was the unspecified one',
      'NONE X',
      'X = 0; Y = 1;',
      'NONE = 0; X = 2; reserved 1; reserved "Y";',
    ],
    [
      'moves a value that becomes the unspecified one',
      'X Y',
      'NONE = 0; X = 1;',
      'X = 0; Y = 2; reserved 1; reserved "NONE";',
    ],
    [
      'reserves negative values',
      'NONE X',
      'NONE = 0; LOST = -1;',
      'NONE = 0; X = 1; reserved -1; reserved "LOST";',
    ],
  ])('%s', (_title, declared, committed, expected) => {
    expect(numberValues(declared, committed)).toBe(expected);
  });

  it('knows a wrapped enum by its dotted name', () => {
    const declared = file({ enums: [enumOf('Genre.Enum', ['NONE', 'NOVEL'])] });
    const numbered = number(declared, 'message Genre { enum Enum { NONE = 0; NOVEL = 7; } }');
    expect(numbered.enums[0]?.values.map((value) => value.number)).toEqual([0, 7]);
  });

  it('leaves out messages that are not declared', () => {
    expect(number(file(), 'message A { string a = 1; }')).toEqual(file());
  });

  it('says where no number is left', () => {
    expect(() => numberFields('a', 'reserved 1 to max;')).toThrow(
      'message "A": no number is left for the field "a". Make room in its "reserved" line of the .proto file.',
    );
  });
});

describe('numberFile over a random history', () => {
  const names = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 8 });
  const releases = fc.array(
    fc.record({ fields: names, values: names, byHand: fc.integer({ min: 0, max: 40 }) }),
    {
      minLength: 2,
      maxLength: 8,
    },
  );

  it('gives no number to two names and keeps the number of every name that stays', () => {
    fc.assert(
      fc.property(releases, (history) => {
        const owners = new Map<string, string>();
        let before = new Map<string, string>();
        let committed = '';
        for (const { fields, values, byHand } of history) {
          const declared = file({
            messages: [
              message(
                'A',
                fields.map((name) => field(name)),
              ),
            ],
            enums: [enumOf('E.Enum', ['NONE', ...values])],
          });
          const numbered = numberFile(declared, readLedger(committed, 'a.proto'));
          const after = numbersOf(numbered);
          for (const [name, number] of after) {
            expect(owners.get(number) ?? name).toBe(name);
            expect(before.get(name) ?? number).toBe(number);
            owners.set(number, name);
          }
          const text = printFile(numbered, SOCIO_STYLE);
          expect(numberFile(declared, readLedger(text, 'a.proto'))).toEqual(numbered);
          committed = reserveByHand(text, byHand, owners);
          before = after;
        }
      }),
      { numRuns: 100 },
    );
  });

  function numbersOf(contract: FileDescriptor): Map<string, string> {
    const fields = contract.messages.flatMap((shape) =>
      shape.fields.map((f) => [`field ${f.name}`, `field ${f.number}`] as const),
    );
    const values = contract.enums.flatMap((shape) =>
      shape.values.map((v) => [`value ${v.name}`, `value ${v.number}`] as const),
    );
    return new Map([...fields, ...values]);
  }

  /** Someone reserves a number that no field ever had; nothing may be given it later. */
  function reserveByHand(text: string, number: number, owners: Map<string, string>): string {
    if (number === 0 || owners.has(`field ${number}`)) return text;
    owners.set(`field ${number}`, 'nobody');
    return text.replace('message A {', `message A {\n    reserved ${number};`);
  }
});
