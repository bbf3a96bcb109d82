import { describe, expect, test } from 'vitest';
import { findColumns } from '../../../../src/jobs/ingest/columns.ts';
import { labelReader, labelsJson, parseLabelMap, Vocabulary } from '../../../../src/jobs/ingest/labels.ts';
import { binOf, HashIndex, hash53, hashBins } from '../../../../src/jobs/rows/hash.ts';
import { recordingUri } from '../../../../src/storage/uri.ts';

describe('findColumns()', () => {
  const choices = { labelColumn: null, pathColumn: null, keepColumns: [], header: 'auto' as const };
  const found = (header: readonly string[], more: object = {}, hasHeader = true) => {
    const { label, path } = findColumns(header, 'a.csv', { ...choices, ...more }, hasHeader);
    return [label, path];
  };

  test('takes columns by their usual names, in any case, wherever they are', () => {
    expect(found(['Label', 'Blob Name'])).toEqual([0, 1]);
    expect(found(['id', 'BLOB_NAME', 'x', 'label'])).toEqual([3, 1]);
    expect(found(['file_name', 'Category'])).toEqual([1, 0]);
  });

  test('takes the first and the second when names say nothing', () => {
    expect(found(['a', 'b', 'c'])).toEqual([0, 1]);
    expect(found(['path', 'b'])).toEqual([1, 0]);
    expect(found(['a', 'label'])).toEqual([1, 0]);
    expect(found(['Label', 'Blob Name'], {}, false)).toEqual([0, 1]);
  });

  test('takes what the user names or counts', () => {
    expect(found(['Label', 'Blob Name', 'Species'], { labelColumn: 'species' })).toEqual([2, 1]);
    expect(found(['Label', 'Blob Name', 'Species'], { labelColumn: '2', pathColumn: '0' })).toEqual([2, 0]);
  });

  test('says which columns there are when one is not', () => {
    expect(() => found(['Label', 'Blob Name'], { labelColumn: 'species' })).toThrow(
      'Cannot find column "species" (option "labelColumn") in "a.csv": it has "Label", "Blob Name"; a number counts from 0',
    );
    expect(() => found(['only'])).toThrow('expected two columns or more, found 1');
    expect(() => found(['a', 'b'], { labelColumn: '1', pathColumn: 'b' })).toThrow('from the same column, "b"');
  });
});

describe('labelReader()', () => {
  test('reads integers of 64 bits and refuses what is none', () => {
    const read = labelReader({ kind: 'int' }, null, []);
    expect(read(' 2 ')).toEqual({ ids: [2n], names: ['2'] });
    expect(read('-9223372036854775808')).toMatchObject({ ids: [-(2n ** 63n)] });
    expect(read('+3')).toMatchObject({ ids: [3n] });
    expect(read('9223372036854775808')).toMatchObject({
      message: 'The label "9223372036854775808" does not fit 64 bits',
    });
    for (const bad of ['2.0', 'frog', '1e3', '0x10', '--1'])
      expect(read(bad)).toMatchObject({
        code: 'BAD_SCHEMA',
        message: expect.stringContaining('is not a whole number'),
      });
    expect(read('')).toMatchObject({ message: 'The row has no label' });
  });

  test('reads several labels of a row, each once', () => {
    const read = labelReader({ kind: 'string' }, '|', ['frog', 'owl']);
    expect(read('owl| frog |owl')).toEqual({ ids: [1n, 0n], names: ['owl', 'frog'] });
    expect(read('')).toEqual({ ids: [], names: [] });
  });

  test('refuses names that a map does not hold', () => {
    const read = labelReader({ kind: 'map', ids: parseLabelMap('{"frog": 5}', 'm.json') }, null, []);
    expect(read('frog')).toEqual({ ids: [5n], names: ['frog'] });
    expect(read('newt')).toMatchObject({ message: 'The label "newt" is not in the map of labels' });
  });
});

test('Vocabulary orders names by their UTF-8 bytes', () => {
  const names = new Vocabulary(null);
  for (const name of ['b', '🐦', 'ａ', 'a', 'B', 'b ', '10', '9', '']) names.add(name);
  // UTF-16 would put the bird before the wide letter.
  expect(names.sorted()).toEqual(['10', '9', 'B', 'a', 'b', 'ａ', '🐦']);
});

test('labelsJson() keeps the order of ids also for names that look like numbers', () => {
  const text = labelsJson([
    ['b', 0],
    ['10', 1],
    ['9', 2],
  ]);
  expect(text).toBe('{\n  "b": 0,\n  "10": 1,\n  "9": 2\n}\n');
  expect(parseLabelMap(text, 'x')).toHaveLength(3);
});

test('parseLabelMap() says what a map is', () => {
  for (const bad of ['[]', '{"a": 1.5}', '{"a": "1"}', 'null', '{'])
    expect(() => parseLabelMap(bad, 'm.json')).toThrow(
      /^Cannot use "m.json" for labels: expected a JSON object of names and ids/,
    );
});

test('hash53() gives whole numbers of up to 53 bits that differ', () => {
  const seen = new Set(Array.from({ length: 200_000 }, (_, i) => hash53(`folder/some-file-name-${i}.wav`)));
  expect(seen.size).toBe(200_000);
  for (const value of seen) if (!Number.isSafeInteger(value) || value < 0) expect.fail(String(value));
});

test('binOf() spreads hashes over all bins', () => {
  const counts = new Array<number>(hashBins).fill(0);
  for (let i = 0; i < 256_000; i++) counts[binOf(hash53(`folder/some-file-name-${i}.wav`))]!++;
  // A thousand in each, give or take six standard deviations.
  expect(Math.min(...counts)).toBeGreaterThan(800);
  expect(Math.max(...counts)).toBeLessThan(1200);
  expect([binOf(0), binOf(2 ** 53 - 1)]).toEqual([0, hashBins - 1]);
});

test('HashIndex numbers hashes in the order in which they came', () => {
  // Many of one remainder: they meet in the table.
  const hashes = Array.from({ length: 1000 }, (_, i) => (i * 37 * 2 ** 30) % 2 ** 53);
  const index = new HashIndex(hashes.length);
  expect(hashes.map((hash) => index.add(hash))).toEqual(hashes.map((_, i) => i));
  expect(hashes.map((hash) => index.add(hash))).toEqual(hashes.map((_, i) => i));
  expect(hashes.map((hash) => index.find(hash))).toEqual(hashes.map((_, i) => i));
  expect([index.find(5), new HashIndex(0).find(5)]).toEqual([-1, -1]);
});

test('recordingUri() joins what a row says to where recordings are', () => {
  expect(recordingUri('data', 'a b.wav')).toBe('data/a b.wav');
  expect(recordingUri('data/', 'a/b.wav')).toBe('data/a/b.wav');
  expect(recordingUri('data', '/abs/a.wav')).toBe('/abs/a.wav');
  expect(recordingUri('gs://bucket', '/a#1%.wav')).toBe('gs://bucket//a#1%.wav');
  expect(recordingUri('gs://bucket/in', 's3://other/a.wav')).toBe('s3://other/a.wav');
  expect(recordingUri('', 'a.wav')).toBe('a.wav');
});
