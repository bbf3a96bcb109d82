import { describe, expect, test } from 'vitest';
import { inspectOptions, repairOptions, verifyOptions } from '../../src/jobs/check/options.ts';
import { convertOptions } from '../../src/jobs/convert/options.ts';
import { buildOptions, cardOptions, scanOptions } from '../../src/jobs/dataset/options.ts';
import { decodeOptions } from '../../src/jobs/decode/options.ts';
import { extractOptions } from '../../src/jobs/extract/options.ts';
import { ingestOptions } from '../../src/jobs/ingest/options.ts';
import { packOptions } from '../../src/jobs/pack/options.ts';
import { unpackOptions } from '../../src/jobs/unpack/options.ts';
import { identityOf, manifestOptions, type Option, type OptionTable, readPublic } from '../../src/option-tables.ts';
import { flag, integer, requiredText, text } from '../../src/options.ts';

const table = {
  out: { ...requiredText('a folder'), decides: 'place' },
  mode: { ...text('plain'), decides: 'bytes' },
  strict: { ...flag(false), decides: 'policy' },
  length: { ...integer(1, 9, null), decides: 'bytes', toldAs: 'cut' },
  step: { ...integer(1, 9, null), decides: 'bytes', toldAs: 'cut' },
  workers: { ...integer(1, 9, 1), decides: 'course' },
  width: { ...integer(1, 9, 1), decides: 'bytes' },
} as const satisfies OptionTable;

const values = { out: 'o', mode: 'plain', strict: true, cut: null, workers: 3, width: 4 };

describe('identityOf()', () => {
  test('holds what decides about bytes and nothing else, in the order of the table', () => {
    expect(Object.entries(identityOf(table, values))).toEqual([
      ['mode', 'plain'],
      ['cut', null],
      ['width', 4],
    ]);
  });

  test('begins with what journals begin with', () => {
    expect(Object.keys(identityOf(table, values, ['width', 'strict', 'mode']))).toEqual(['width', 'mode', 'cut']);
  });

  test('does not compile without a value for each', () => {
    const { width: _, ...others } = values;
    // @ts-expect-error width decides about bytes
    expect(identityOf(table, others)).toHaveProperty('width', undefined);
    // @ts-expect-error JSON has no undefined
    identityOf(table, { ...values, width: undefined });
    // @ts-expect-error what is told as one is no name of its own
    identityOf(table, values, ['length']);
  });
});

test('manifestOptions() also holds the policies', () => {
  expect(Object.keys(manifestOptions(table, values))).toEqual(['mode', 'strict', 'cut', 'width']);
  expect(Object.keys(manifestOptions(table, values, ['cut', 'width', 'strict']))).toEqual([
    'cut',
    'width',
    'strict',
    'mode',
  ]);
});

test('an option does not compile unless it says what it decides about', () => {
  // @ts-expect-error decides is missing
  const option: Option = { ...flag(false) };
  expect(option).not.toHaveProperty('decides');
});

describe('readPublic()', () => {
  interface Seen {
    readonly out: string;
    readonly mode?: string;
    readonly strict?: boolean;
    readonly length?: number;
    readonly step?: number;
    readonly workers?: number;
    readonly width?: number;
  }
  const seen: Seen = { out: 'o', width: 3 };

  test('reads what an interface says', () => {
    const defaults = { mode: 'plain', strict: false, length: null, step: null, workers: 1 };
    expect(readPublic(seen, table, 'f()')).toEqual({ ...defaults, out: 'o', width: 3 });
  });

  test('does not compile where interface and table differ', () => {
    const { width: _, ...narrower } = table;
    // @ts-expect-error the table has no width
    expect(() => readPublic(seen, narrower, 'f()')).toThrow('Cannot use option "width"');
    // @ts-expect-error the interface has no height
    readPublic(seen, { ...table, height: flag(false) }, 'f()');
    // @ts-expect-error a number in the interface
    expect(() => readPublic(seen, { ...table, width: text('x') }, 'f()')).toThrow('Cannot use 3 for option "width"');
    // @ts-expect-error not required in the interface
    expect(() => readPublic(seen, { ...table, mode: requiredText('a mode') }, 'f()')).toThrow('without option "mode"');
  });
});

test.each(
  Object.entries({
    extractOptions,
    convertOptions,
    decodeOptions,
    unpackOptions,
    ingestOptions,
    packOptions,
    scanOptions,
    buildOptions,
    cardOptions,
    inspectOptions,
    verifyOptions,
    repairOptions,
  }),
)('%s has defaults that are among the values it takes', (_, options: OptionTable) => {
  // Words for what is left open: no caller may give them.
  const open = ['all', 'same'];
  for (const [name, { fallback, accepts }] of Object.entries(options)) {
    if (fallback === undefined || fallback === null || open.includes(String(fallback))) continue;
    expect(accepts(fallback), name).toBe(true);
  }
});
