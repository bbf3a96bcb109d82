/** Times, rates and sizes: formatted and read back, and refused where they may mean two things. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf, hertzOf, rateWords, secondsOf, timeWords } from '../../src/quantities.ts';

const two = (value: number) => String(value).padStart(2, '0');
const seconds = fc.integer({ min: 0, max: 59 });
const whole = fc.integer({ min: 0, max: 1_000_000 });
const fraction = fc.option(
  fc.integer({ min: 0, max: 999_999 }).map((digits) => `.${String(digits).padStart(6, '0')}`),
  { nil: '' },
);

describe('secondsOf()', () => {
  test.each([
    ['90', 90],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['2e-3', 0.002],
    ['0:10', 10],
    ['12:03.25', 723.25],
    ['1:30:00', 5400],
    ['90:00', 5400],
    ['100:00:00', 360_000],
    ['0:00', 0],
    ['500ms', 0.5],
    ['1.1ms', 0.0011],
    ['10s', 10],
    ['5m', 300],
    ['0.5h', 1800],
    ['2h', 7200],
  ])('%s is %d', (text, value) => {
    expect(secondsOf(text)).toBe(value);
  });

  test.each([
    ...[
      '',
      ' ',
      's',
      'ms',
      ':',
      '1:',
      ':10',
      '1:75',
      '1:5',
      '1:60',
      '1:60:00',
      '1:2:03',
      '0:0',
      '1:30:00:00',
      '-1',
      '-0:10',
      '+5',
    ],
    ...[
      '1:30m',
      '0:10s',
      '1h30m',
      '5 m',
      '5M',
      '5min',
      '1e3s',
      '1,5',
      '0x10',
      'Infinity',
      'NaN',
      '1e999',
      '1:10.',
      '1.5:10',
    ],
    `${'9'.repeat(30)}:00`,
    `${'9'.repeat(400)}h`,
  ])('refuses "%s"', (text) => {
    expect(secondsOf(text)).toBeUndefined();
  });

  test('reads a clock as the number that its seconds are, to the last bit', () => {
    fc.assert(
      fc.property(whole, seconds, seconds, fraction, (h, m, s, part) => {
        expect(secondsOf(`${h}:${two(m)}:${two(s)}${part}`)).toBe(Number(`${h * 3600 + m * 60 + s}${part}`));
        expect(secondsOf(`${h}:${two(s)}${part}`)).toBe(Number(`${h * 60 + s}${part}`));
      }),
    );
  });

  test('reads units and plain numbers as they are written', () => {
    fc.assert(
      fc.property(whole, fraction, (n, part) => {
        const text = `${n}${part}`;
        expect(secondsOf(text)).toBe(Number(text));
        expect(secondsOf(`${text}s`)).toBe(Number(text));
        expect(secondsOf(`${text}ms`)).toBe(Number(`${text}e-3`));
        expect(secondsOf(`${n}m`)).toBe(n * 60);
        expect(secondsOf(`${n}h`)).toBe(n * 3600);
      }),
    );
  });

  test('never makes something of a clock whose seconds or minutes go beyond 59', () => {
    fc.assert(
      fc.property(whole, fc.integer({ min: 60, max: 99 }), seconds, (n, beyond, s) => {
        expect(secondsOf(`${n}:${beyond}`)).toBeUndefined();
        expect(secondsOf(`${n}:${beyond}:${two(s)}`)).toBeUndefined();
      }),
    );
  });
});

describe('hertzOf()', () => {
  test.each([
    ['16000', 16_000],
    ['32k', 32_000],
    ['44.1k', 44_100],
    ['11.025k', 11_025],
    ['48kHz', 48_000],
    ['48K', 48_000],
    ['8000Hz', 8000],
  ])('%s is %d', (text, value) => {
    expect(hertzOf(text)).toBe(value);
  });

  test.each(['', 'k', '44.1', '22.0505k', '1.5', '-8k', '32 k', '32kk', '1M', '1e3', '32kb', '.5k'])(
    'refuses "%s"',
    (text) => {
      expect(hertzOf(text)).toBeUndefined();
    },
  );

  test('reads back what it is in thousands', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (hz) => {
        const thousands = `${Math.floor(hz / 1000)}.${String(hz % 1000).padStart(3, '0')}`;
        expect([hertzOf(`${hz}`), hertzOf(`${thousands}k`)]).toEqual([hz, hz]);
      }),
    );
  });
});

test('hints say what may have been meant, and nothing else', () => {
  const { hint } = timeWords('above 0');
  expect(hint('1:75')).toContain('seconds below 60');
  for (const text of ['0:00', '1:30:00', 'x', 'a:b', '-5']) expect(hint(text)).toBeUndefined();
  expect(rateWords.hint('44.1')).toBe('did you mean "44.1k"?');
  for (const text of ['44', '22.0505', 'x.1', '44100.5']) expect(rateWords.hint(text)).toBeUndefined();
});

describe('bytesOf()', () => {
  // As numfmt of GNU coreutils has them: --from=si, and --from=iec-i for those with an i.
  test.each([
    ['0', 0],
    ['2147483648', 2_147_483_648],
    ['500kB', 500_000],
    ['100MB', 100_000_000],
    ['100 MB', 100_000_000],
    ['1.5G', 1_500_000_000],
    ['64MiB', 67_108_864],
    ['2GiB', 2_147_483_648],
    ['0.5Ki', 512],
    ['1TiB', 1_099_511_627_776],
  ])('%s is %d bytes', (text, value) => expect(bytesOf(text)).toBe(value));

  test.each(['', 'B', '-1', '1.5', '0.3Ki', '1e6', '2GiBs', '2 G B', '$((2*1024))', '9999999TB', 'iB', '1iB'])(
    '"%s" is no number of bytes',
    (text) => expect(bytesOf(text)).toBeUndefined(),
  );
});
