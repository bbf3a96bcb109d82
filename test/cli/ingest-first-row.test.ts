/** bowerbird ingest: is the first row of a CSV file its header? Label files as people export them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readShards, wav } from '../support/labelled.ts';
import { bowerbird, scratch } from './built.ts';

const field = fileURLToPath(new URL('../data/field/csv', import.meta.url));
const rec = join(field, 'rec');

async function ingested(csv: string, ...more: readonly string[]) {
  const folder = scratch();
  const ended = await bowerbird(folder, ['ingest', csv, '--audio', rec, '--out', 'out/train', '--json', ...more]);
  const report = ended.code === 0 || ended.code === 3 ? JSON.parse(ended.stdout) : undefined;
  const labels = () => readShards(join(folder, 'out')).map(({ label }) => Number(label[0]));
  const manifest = () => JSON.parse(readFileSync(join(folder, 'out/train.ingest.json'), 'utf8'));
  return { ...ended, folder, report, labels, manifest };
}

describe('a file without a header keeps its first row', () => {
  test.each([
    ['nohead.csv', [1, 2]],
    ['nohead3.csv', [5, 6, 7]],
    ['nohead_bom.csv', [5, 6]],
  ])('%s', async (name, labels) => {
    const run = await ingested(join(field, name));
    expect(run.code, run.stderr).toBe(0);
    expect(run.labels()).toEqual(labels);
    expect(run.report).toMatchObject({ rows: labels.length, header: false });
    expect(run.report.notices.join()).toMatch(/The first row of ".*" is taken as data/);
    expect(run.stderr).toContain('--header yes takes it for a header');
    expect(run.manifest()).toMatchObject({ rows: labels.length, header: false });
  });

  test('of names too', async () => {
    const run = await ingested(join(field, 'nohead_str.csv'), '--labels', 'string');
    expect(run.code, run.stderr).toBe(0);
    // owl, frog; ids in the order of the names.
    expect(run.labels()).toEqual([1, 0]);
  });

  test.each([['--no-header'], ['--header', 'no']])('and says nothing when the user said so: %s', async (...typed) => {
    const run = await ingested(join(field, 'nohead3.csv'), ...typed);
    expect(run.labels()).toEqual([5, 6, 7]);
    expect(run.report.notices).toEqual([]);
  });

  test('unless the user says that it has one', async () => {
    const run = await ingested(join(field, 'nohead3.csv'), '--header', 'yes');
    expect(run.labels()).toEqual([6, 7]);
    expect(run.report).toMatchObject({ rows: 2, header: true });
  });
});

describe('a header stays a header', () => {
  test.each([
    ['tab.csv', [1, 2]],
    ['cr.csv', [1, 2]],
    ['swapped.csv', [1, 2]],
    ['excel_de.csv', [1, 2]],
    ['zeros.csv', [1, 2]],
    ['otherheads.csv', [1, 2]],
    ['duphead.csv', [1]],
    ['x.csv', [1]],
  ])('%s', async (name, labels) => {
    const run = await ingested(join(field, name));
    expect(run.code, run.stderr).toBe(0);
    expect(run.labels()).toEqual(labels);
    expect(run.report).toMatchObject({ header: true, notices: [] });
  });

  test('even where a recording is called as its column', async () => {
    const folder = scratch({ 'labels.csv': 'label,file\nfrog,a\n', file: wav([1]), a: wav([2]) });
    const run = await bowerbird(folder, ['ingest', 'labels.csv', '--labels', 'string', '--out', 'out/', '--json']);
    expect(JSON.parse(run.stdout)).toMatchObject({ rows: 1, header: true });
  });
});

describe('a first row of which one half says data is not guessed', () => {
  test.each([
    ['a recording that is not there', '5,gone.wav\n6,a.wav\n', [], /there is no recording ".*gone\.wav"/],
    ['a label that is none', 'frog,a.wav\n6,a.wav\n', [], /"frog" is no label under --labels int/],
    ['a name that is in no map', 'frog,a.wav\nowl,a.wav\n', ['--labels', 'map.json'], /"frog" is no label/],
  ])('%s', async (_, csv, more, message) => {
    const folder = scratch({ 'labels.csv': csv, 'a.wav': wav([1]), 'map.json': '{"owl": 1}' });
    const run = await bowerbird(folder, ['ingest', 'labels.csv', '--out', 'out/', ...more]);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).toContain('say --header no if it is data, --header yes if it is not');
    const asked = await bowerbird(folder, [
      'ingest',
      'labels.csv',
      '--out',
      'out/',
      ...more,
      '--header',
      'yes',
      '--on-error',
      'skip',
    ]);
    expect([0, 3]).toContain(asked.code);
  });

  test('--no-header and --header are one thing', async () => {
    const run = await ingested(join(field, 'nohead.csv'), '--no-header', '--header', 'yes');
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('they say the same thing twice') });
  });
});

describe('a line sep= says what stands between columns', () => {
  test.each([
    ['sep.csv', [], [1]],
    ['sep_str.csv', ['--labels', 'string'], [1, 0]],
  ])('%s', async (name, more, labels) => {
    const run = await ingested(join(field, name), ...more);
    expect(run.code, run.stderr).toBe(0);
    expect(run.labels()).toEqual(labels);
  });

  test('of any character, with a byte order mark, without a header, shuffled', async () => {
    const text = `\ufeffsep=^\r\n${[1, 2, 3].map((i) => `${i}^c${i}.wav`).join('\r\n')}\r\n`;
    const folder = scratch({ 'labels.csv': text });
    const run = await ingested(join(folder, 'labels.csv'), '--shuffle', '7');
    expect(run.code, run.stderr).toBe(0);
    expect(run.labels().sort()).toEqual([1, 2, 3]);
    expect(run.report).toMatchObject({ rows: 3, header: false });
  });
});
