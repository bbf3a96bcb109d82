import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BowerbirdError } from '../../../src/errors.ts';
import { type CsvPlace, type CsvRow, csvRows, sniffCsv } from '../../../src/formats/csv.ts';

async function* cut(bytes: Uint8Array, step: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += step) yield bytes.slice(at, at + step);
}

async function rows(text: string | Uint8Array, step = 1 << 16, from?: CsvPlace): Promise<CsvRow[]> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const { dialect } = sniffCsv(bytes, 'a.csv');
  const found: CsvRow[] = [];
  for await (const batch of csvRows(cut(bytes.subarray(from?.offset ?? 0), step), 'a.csv', dialect, from))
    found.push(...batch);
  return found;
}

const cells = async (text: string | Uint8Array, step?: number) => (await rows(text, step)).map((row) => row.cells);

// RFC 4180, section 2, and what spreadsheets write beyond it.
const cases: { readonly [name: string]: readonly [text: string, expected: readonly (readonly string[])[]] } = {
  'rows end with CRLF or LF, the last perhaps without': [
    'a,b\r\nc,d\ne,f',
    [
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'f'],
    ],
  ],
  'quoted cells hold commas, quotes and line breaks': [
    'a,"b,""x"",\r\nc"\n"",d\n',
    [
      ['a', 'b,"x",\r\nc'],
      ['', 'd'],
    ],
  ],
  'a quote inside an unquoted cell is a quote': ['a,b "c" d\n', [['a', 'b "c" d']]],
  'a byte order mark is no part of the first cell': [
    '\ufeffLabel,Path\n1,x\n',
    [
      ['Label', 'Path'],
      ['1', 'x'],
    ],
  ],
  'spaces are kept': [' a , b\n', [[' a ', ' b']]],
  'empty lines are no rows': [
    'a,b\n\n\r\nc,d\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  'rows may be short or long': ['a,b\nc\nd,e,f\n', [['a', 'b'], ['c'], ['d', 'e', 'f']]],
  'old line ends': [
    'a,b\rc,d\r',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  semicolons: [
    'Label;Blob Name\n1;x,y\n',
    [
      ['Label', 'Blob Name'],
      ['1', 'x,y'],
    ],
  ],
  tabs: [
    'a\tb\n1\tx,y;z\n',
    [
      ['a', 'b'],
      ['1', 'x,y;z'],
    ],
  ],
  'a delimiter between quotation marks does not count': ['"a;b;c;d",e\n', [['a;b;c;d', 'e']]],
};

describe('csvRows() reads', () => {
  for (const [name, [text, expected]] of Object.entries(cases)) {
    test(name, async () => {
      expect(await cells(text)).toEqual(expected);
      expect(await cells(text, 1)).toEqual(expected);
    });
  }
});

test('csvRows() goes on from the end of any row', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', 'é', '🐦', ',', '"', '\n', '\r\n', ' '), maxLength: 6 });
  const table = fc.array(fc.array(field, { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (given, step) => {
      const text = given.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n');
      const all = await rows(`Label,Path\n${text}\n`, step);
      expect(all.slice(1).map((row) => row.cells)).toEqual(given);
      for (const [i, { end, line }] of all.entries()) {
        const rest = await rows(`Label,Path\n${text}\n`, step, { offset: end, line });
        expect(rest).toEqual(all.slice(i + 1));
      }
    }),
    { numRuns: 60 },
  );
});

test('csvRows() tells the line on which a row ends', async () => {
  expect((await rows('a,b\n1,"x\ny"\n2,z\n')).map(({ line }) => line)).toEqual([1, 3, 4]);
});

test('csvRows() names a quotation mark that is never closed', async () => {
  const failed = await rows('a,b\n1,x\n2,"y\n3,z\n').catch((error) => error);
  expect(failed).toBeInstanceOf(BowerbirdError);
  expect(failed).toMatchObject({ code: 'BAD_SCHEMA' });
  expect(failed.message).toBe(
    'Cannot read "a.csv" as CSV: a quotation mark in the row that begins behind line 2 is never closed',
  );
});

test('csvRows() holds no more than a row when a quotation mark opens a large file', async () => {
  const failed = await rows(Buffer.concat([Buffer.from('a,b\n1,"'), Buffer.alloc(4 << 20, 'x')])).catch(
    (error) => error,
  );
  expect(failed).toMatchObject({ code: 'BAD_SCHEMA' });
  expect(failed.message).toContain('longer than 1048576 bytes');
});

test('sniffCsv() names UTF-16', () => {
  expect(() => sniffCsv(Buffer.from('\ufeffa,b', 'utf16le'), 'a.csv')).toThrow(
    'it is UTF-16 (little-endian); save it as UTF-8',
  );
});
