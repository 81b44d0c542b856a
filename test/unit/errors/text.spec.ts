import { describe, expect, it } from 'vitest';
import { jsonText } from '../../../lib/errors/json-text.js';
import { clip, greatest, longestFitting, wellFormed } from '../../../lib/errors/text.js';

describe('jsonText', () => {
  it.each([
    [{ message: 'accentué', code: 'invalid' }, '{"message": "accentu\\u00e9", "code": "invalid"}'],
    [
      { f: [{}, { x: [{ message: 'y', code: 'z' }] }] },
      '{"f": [{}, {"x": [{"message": "y", "code": "z"}]}]}',
    ],
    ['😀\n"\\\u007f', '"\\ud83d\\ude00\\n\\"\\\\\\u007f"'],
    ['\ud800', '"\\ud800"'],
    [[], '[]'],
    [{}, '{}'],
  ])('writes %j as Python does', (value, expected) => {
    expect(jsonText(value)).toBe(expected);
  });
});

describe('clip', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc…'],
    ['ab😀d', 3, 'ab…'],
    ['ab😀d', 4, 'ab😀…'],
  ])('clips %j at %d', (text, length, expected) => {
    expect(clip(text, length)).toBe(expected);
  });
});

describe('longestFitting', () => {
  it.each([
    [10, 'abcdef'],
    [6, 'abcdef'],
    [4, 'abc…'],
    [1, ''],
  ])('cuts to %d characters', (room, expected) => {
    expect(longestFitting('abcdef', (text) => text.length <= room)).toBe(expected);
  });
});

it('replaces only lone surrogates', () => {
  expect(wellFormed('a\ud83d\ude00\udc00')).toBe('a\ud83d\ude00\ufffd');
});

it('finds the greatest number', () => {
  expect([0, 1, 7, 50].map((border) => greatest(50, (candidate) => candidate <= border))).toEqual([
    0, 1, 7, 50,
  ]);
});
