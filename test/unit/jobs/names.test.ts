/** What --names means: rules of the addon, and regular expressions of the user. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { readEmbeddings } from '../../../src/api/read-embeddings.ts';
import { checkNames, nameReader } from '../../../src/jobs/extract/names.ts';
import { arkaba, record, tfrecord } from '../../support/records.ts';
import { scratch } from './folder.ts';

async function rowOf(pattern: string, name: string): Promise<unknown> {
  const text = (await nameReader(pattern))!(name);
  return text === undefined ? undefined : JSON.parse(`${text.head}"recording_offset_in_file": 0${text.tail}`);
}

describe('nameReader()', () => {
  test('leaves the rules that the addon knows to the addon', async () => {
    for (const names of ['a2o', 'a2o-strict', 'none']) expect(await nameReader(names)).toBeUndefined();
  });

  test.each([
    ['(?P<site>site_\\d+)/(?P<day>\\d{8})', { site: 'site_0285', day: '20201014' }],
    ['(?<site>site_\\d+)/(?<day>\\d{8})', { site: 'site_0285', day: '20201014' }],
    // Keys in the order of the pattern, numbers as text, groups without a name left out.
    ['_(\\d+)\\.(?P<ext>\\w+)', { ext: 'flac' }],
    ['(?P<b>Dry|Wet)-(?P<a>[AB])', { b: 'Dry', a: 'A' }],
    ['(?P<seq>0*(\\d+))\\.flac$', { seq: '49500' }],
    ['(?P<wet>Wet-(?P<w>.))|(?P<dry>Dry-(?P<d>.))', { wet: null, w: null, dry: 'Dry-A', d: 'A' }],
    ['(?P<nothing>)', { nothing: '' }],
    ['(?i)(?P<site>ARKABA)', { site: 'Arkaba' }],
  ])('reads %s', async (pattern, groups) => {
    const row = await rowOf(pattern, arkaba);
    expect(row).toEqual({ recording_offset_in_file: 0, ...groups, filename: arkaba });
    expect(Object.keys(row as object)).toEqual(['recording_offset_in_file', ...Object.keys(groups), 'filename']);
  });

  test('tells a name that does not match', async () => {
    expect(await rowOf('(?P<a>nowhere)', arkaba)).toBeUndefined();
  });

  test('keeps text beyond ASCII whole', async () => {
    expect(await rowOf('(?P<who>\\p{L}+ .)$', 'x/Åse "😀')).toBeUndefined();
    expect(await rowOf('(?P<who>\\p{L}+ ".)$', 'x/Åse "😀')).toMatchObject({ who: 'Åse "😀' });
  });

  test.each([
    ['(', 'in RE2 syntax'],
    ['a(?=b)(?P<x>c)', 'in RE2 syntax'],
    ['\\d+', 'with named groups'],
    ['(?P<filename>.*)', 'without a group named "filename"'],
  ])('refuses %s before any work is begun', async (pattern, why) => {
    const message = expect.stringContaining(why);
    await expect(checkNames(pattern)).rejects.toMatchObject({ code: 'USAGE', message });
  });
});

/** 26 word characters and no match: the notebook's pattern backtracks 2^26 times, and CPython takes minutes for it. */
const hostile = [
  `site_0285/20201014T010000+1030_${'a'.repeat(26)}`,
  `site_0285/20201014T010000+1030_${'ab'.repeat(5000)}`,
  `site_0285/20201014T010000+1030_${'-'.repeat(5000)}Wet-A_`,
  'site_0285/'.repeat(1000),
  `site_0285/20201014T010000+1030_${'-Wet-A_1'.repeat(1000)}`,
  '20201014'.repeat(1000),
  `${'1'.repeat(10_000)}_`,
  `site_0285/20201014T010000+1030_X-Dry-A_${'1'.repeat(10_000)}`,
];

describe('reading names takes time linear in the name', () => {
  const pattern =
    'site_(?P<id>\\d{4})\\/\\d{8}T\\d{6}(?:\\+\\d{4}|Z)_(?P<site>(?:\\w*|-)*)-(?P<sub>(?:Wet|Dry)-(?:A|B))_(?P<seq>\\d*).flac';

  test.each(['a2o', 'a2o-strict', 'none', pattern])('under %s', async (names) => {
    const path = join(scratch(), 'x');
    writeFileSync(path, tfrecord(...hostile.map((filename) => record({ filename, shape: [1, 1, 1] }))));
    // Once before, to load what is loaded once.
    for await (const _ of readEmbeddings(path, { names, onError: 'skip' }));
    const began = performance.now();
    for await (const _ of readEmbeddings(path, { names, onError: 'skip' }));
    // Exponential is centuries and quadratic half a second here; native rules take a millisecond, RE2 in JavaScript some tens.
    expect(performance.now() - began).toBeLessThan(names === pattern ? 1500 : 300);
  });

  test('26 word characters take microseconds', async () => {
    const path = join(scratch(), 'x');
    const names = Array.from({ length: 500 }, (_, i) => `site_0285/20201014T010000+1030_${'a'.repeat(26)}${i}`);
    writeFileSync(path, tfrecord(...names.map((filename) => record({ filename, shape: [1, 1, 1] }))));
    let rejects = 0;
    const read = async () => {
      for await (const _ of readEmbeddings(path, { names: 'a2o-strict', onError: 'skip', onReject: () => rejects++ }));
    };
    await read();
    const began = performance.now();
    await read();
    expect((performance.now() - began) / 500).toBeLessThan(0.2);
    expect(rejects).toBe(1000);
  });
});
