import { describe, expect, test } from 'vitest';
import { clock, count, duration, printable, printableLines, size, sizeOf, speed } from '../../src/cli/format.ts';
import { definitions, table, wrap } from '../../src/cli/layout.ts';
import { editDistance, suggest } from '../../src/cli/suggest.ts';

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1.00 kB'],
  [9_994, '9.99 kB'],
  [9_996, '10.0 kB'],
  [999_499, '999 kB'],
  [999_500, '1.00 MB'],
  [195_312_345, '195 MB'],
  [73_110_000_000, '73.1 GB'],
  [2 ** 53, '9.01 PB'],
])('size(%d) is "%s"', (bytes, text) => {
  expect(size(bytes)).toBe(text);
});

test('sizeOf() writes both numbers in the unit of the total', () => {
  expect(sizeOf(5_000_000, 73_110_000_000)).toBe('0.01/73.1 GB');
  expect(sizeOf(0, 0)).toBe('0/0 bytes');
  expect(sizeOf(1000, 1000, ' of ')).toBe('1.00 of 1.00 kB');
});

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1_203_112, '1,203,112'],
])('count(%d) is "%s"', (value, text) => {
  expect(count(value)).toBe(text);
});

test('speed() is in MB/s at every magnitude', () => {
  expect([500, 99_900_000, 793_400_000, 1_783_000_000].map(speed)).toEqual([
    '0.0 MB/s',
    '99.9 MB/s',
    '793 MB/s',
    '1,783 MB/s',
  ]);
});

test.each([
  [0.04, '0.0 s', '0:01'],
  [9.94, '9.9 s', '0:10'],
  [9.96, '10 s', '0:10'],
  [59.7, '1 min 00 s', '1:00'],
  [92, '1 min 32 s', '1:32'],
  [3599.6, '1 h 00 min', '1:00:00'],
  [7500, '2 h 05 min', '2:05:00'],
])('duration(%d) is "%s" and clock() "%s"', (seconds, long, short) => {
  expect(duration(seconds)).toBe(long);
  expect(clock(seconds)).toBe(short);
});

describe('printable()', () => {
  test('escapes what a terminal would obey', () => {
    expect(printable('a\x1b[2Jb\n\x9b\u202e\u2028ü鳥')).toBe('a\\x1b[2Jb\\x0a\\u009b\\u202e\\u2028ü鳥');
    expect(printableLines('a\nb\r')).toBe('a\nb\\x0d');
  });

  test('keeps JSON what it means', () => {
    const text = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code)).join('');
    expect(JSON.parse(printable(JSON.stringify(text)))).toBe(text);
  });

  test('leaves no control character of Unicode, and nothing else changed', () => {
    for (let code = 0; code < 0x3000; code++) {
      const text = String.fromCodePoint(code);
      const escaped = /^\\(x..|u....)$/.test(printable(text));
      expect(escaped || printable(text) === text).toBe(true);
      if (/\p{Cc}/u.test(text)) expect(escaped).toBe(true);
    }
  });
});

describe('layout', () => {
  test('wrap() keeps to the width, but never breaks a word', () => {
    expect(wrap('one two three-and-more four', 9, 2)).toBe('one two\n  three-and-more\n  four');
  });

  test('definitions() gives a long term a line of its own', () => {
    expect(
      definitions(
        [
          ['-q', 'be quiet'],
          ['--progress WORD', 'how progress is told'],
        ],
        24,
        8,
      ),
    ).toBe('  -q    be quiet\n  --progress WORD\n        how progress is\n        told');
  });

  test('table() aligns left and right, without spaces at the end', () => {
    expect(
      table(
        [
          ['a', '1', 'x'],
          ['bbb', '22', ''],
        ],
        'lrl',
        1,
      ),
    ).toBe(' a     1  x\n bbb  22');
  });
});

describe('suggest()', () => {
  const known = ['workers', 'on-error', 'max-rejects', 'overwrite', 'progress'];
  test.each([
    ['worker', 'workers'],
    ['WORKERS', 'workers'],
    ['max_rejects', 'max-rejects'],
    ['on-eror', 'on-error'],
    ['progerss', 'progress'],
    ['ove', 'overwrite'],
    ['limit', undefined],
    ['x', undefined],
    ['', undefined],
    ['--', undefined],
  ])('for "%s" is %s', (typed, expected) => {
    expect(suggest(typed, known)).toBe(expected);
  });

  test.each([
    ['kitten', 'sitting', 3],
    ['saturday', 'sunday', 3],
    ['ca', 'ac', 1],
    ['', 'abc', 3],
    ['abc', 'abc', 0],
  ])('editDistance("%s", "%s") is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});
