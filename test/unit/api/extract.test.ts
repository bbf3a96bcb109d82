import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { extract } from '../../../src/api/extract.ts';
import type { ExtractOptions } from '../../../src/api/types.ts';
import { scratch, writeFiles } from '../jobs/folder.ts';

describe('extract()', () => {
  test.each<[object, string]>([
    [{ hop: 0 }, 'a number of seconds above 0'],
    [{ hop: Number.POSITIVE_INFINITY }, 'a number of seconds above 0'],
    [{ channel: -1 }, '"all"'],
    [{ channel: 1.5 }, '"all"'],
    [{ channel: 'both' }, '"all"'],
    [{ feature: '' }, 'the name of a feature'],
    [{ dtype: 'float64' }, 'float32, float16'],
    [{ onError: 'ignore' }, 'fail, skip, salvage'],
    [{ workers: 0 }, 'a whole number'],
    [{ maxRejects: -1 }, 'a whole number'],
    [{ units: '3/3' }, 'M/N'],
    [{ inputs: [] }, 'a file, folder, glob or URI, or a list of them'],
    [{ inputs: '' }, 'a file, folder, glob or URI, or a list of them'],
    [{ inputs: undefined }, 'a file, folder, glob or URI, or a list of them'],
    [{ out: undefined }, 'a folder'],
    [{ outDir: 'x' }, 'expected one of inputs, out, '],
    [{ outdir: 'x' }, '"outdir"'],
    [{ signal: {} }, 'an AbortSignal'],
    [{ names: 'a20' }, 'a regular expression with named groups'],
    [{ names: '(?P<site>' }, 'a regular expression'],
    [{ names: '(?P<site>\\w+)_(?P<filename>.*)' }, '"filename"'],
    [{ names: '(?<recording_offset_in_file>x)' }, '"recording_offset_in_file"'],
    [{ names: '(?<channel>x)' }, '"channel"'],
    [{ names: '(?<a>x)\\1' }, 'a regular expression'],
  ])('refuses %j', async (bad, expected) => {
    const root = writeFiles(scratch(), { 'in/a': 'x' });
    const options = { inputs: [join(root, 'in')], out: join(root, 'out'), ...bad } as ExtractOptions;
    await expect(extract(options)).rejects.toThrow(expect.objectContaining({ code: 'USAGE' }));
    await expect(extract(options)).rejects.toThrow(expected);
    expect(existsSync(join(root, 'out'))).toBe(false);
  });

  test('takes one input without a list, and tells where its outputs are', async () => {
    const root = writeFiles(scratch(), { 'in/a': '' });
    const out = join(root, 'out');
    const report = await extract({ inputs: join(root, 'in/a'), out });
    expect(report).toMatchObject({ inputs: 1, out, folder: out, manifest: join(out, 'extract.json') });
    // The manifest tells of counts and files what the report tells, under the same names.
    const { options: _, ...told } = JSON.parse(readFileSync(report.manifest!, 'utf8'));
    expect(report).toMatchObject(told);
    expect(Object.keys(told)).toEqual(expect.arrayContaining(['records', 'rows', 'bytesOut', 'files']));
  });

  test('plans without touching anything in a dry run', async () => {
    const root = writeFiles(scratch(), { 'in/b.x': '12', 'in/a.tfrecord': '1', 'in/b.y': '123' });
    const notices: string[] = [];
    const report = await extract({
      inputs: [join(root, 'in')],
      out: join(root, 'out'),
      names: '(?P<site>\\w+)_(?<when>\\d+)',
      dryRun: true,
      onNotice: (text) => notices.push(text),
    });
    expect(report).toMatchObject({ job: 'extract', dryRun: true, complete: false, inputs: 3, done: 0, bytesIn: 6 });
    expect(report.files.map(({ embeddings }) => embeddings.name)).toEqual([
      'embeddings/a.npy',
      'embeddings/b.x.npy',
      'embeddings/b.y.npy',
    ]);
    expect(report.notices).toEqual(notices);
    expect(notices).toHaveLength(1);
    expect(existsSync(join(root, 'out'))).toBe(false);
  });
});
