/** pack() of folders as disks have them: links, names of every kind, what describes recordings in several places, and outputs among inputs. */

import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pack } from '../../../src/api/pack.ts';
import { readSamples } from '../../../src/api/read-samples.ts';
import type { PackOptions } from '../../../src/api/types.ts';
import { wav } from '../../support/labelled.ts';
import { scratch } from '../jobs/folder.ts';

/** Text of a metadata file, or the one sample of a recording. */
function folder(files: { readonly [name: string]: string | number }, root = scratch()): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), typeof content === 'string' ? content : wav([content]));
  }
  return root;
}

interface Found {
  /** Of each sample, the number that its recording holds, and what was asked for of it. */
  readonly samples: readonly unknown[];
  readonly leftOut: readonly string[];
  readonly rejects: readonly { readonly row: number; readonly code: string; readonly reason: string }[];
  readonly notices: readonly string[];
}

async function packed(inputs: string, fields: readonly string[] = [], more: Partial<PackOptions> = {}): Promise<Found> {
  const out = join(scratch(), 'ds');
  const report = await pack({ inputs, out, onError: 'skip', workers: 1, ...more } as PackOptions);
  const samples: unknown[] = [];
  for await (const { sample } of readSamples(out)) {
    const sound = new Float32Array((sample['audio'] as Uint8Array).slice().buffer)[0]! * 32_768;
    samples.push(fields.length === 0 ? sound : [sound, ...fields.map((field) => sample[field])]);
  }
  const listed = report.rejects === 0 ? '' : readFileSync(join(out, 'rejects.jsonl'), 'utf8').trim();
  const rejects = listed === '' ? [] : listed.split('\n').map((line) => JSON.parse(line));
  return { samples, leftOut: report.leftOut, rejects, notices: report.notices };
}

describe('links', () => {
  test('to files and folders are followed, in the order of their own names', async () => {
    const root = folder({ 'in/a.wav': 1, 'in/z/b.wav': 2, 'in/.hidden/c.wav': 3 });
    symlinkSync('a.wav', join(root, 'in/m.wav'));
    symlinkSync('z', join(root, 'in/k'));
    symlinkSync('nowhere.wav', join(root, 'in/dead.wav'));
    const { samples, leftOut } = await packed(join(root, 'in'));
    expect(samples).toEqual([1, 2, 1, 2]);
    expect(leftOut).toEqual(['"dead.wav": it is a link to nothing']);
  });

  test('that lead in a circle are listed, and what lies in it is packed once', async () => {
    const root = folder({ 'in/a.wav': 1, 'in/sub/b.wav': 2 });
    symlinkSync('..', join(root, 'in/sub/up'));
    symlinkSync('../sub', join(root, 'in/sub/self'));
    symlinkSync(join(root, 'in'), join(root, 'in/sub/whole'));
    const { samples, leftOut } = await packed(join(root, 'in'));
    expect(samples).toEqual([1, 2]);
    expect(leftOut).toEqual(
      ['self', 'up', 'whole'].map((name) => `"sub/${name}": it is a link to a folder that it lies in`),
    );
  });

  test('that lead out of the folder are rejected by name, unless they are allowed', async () => {
    const root = folder({ 'in/a.wav': 1, 'other/b.wav': 2, 'other/deep/c.wav': 3 });
    symlinkSync('../other/b.wav', join(root, 'in/b.wav'));
    symlinkSync('../other/deep', join(root, 'in/deep'));
    const { samples, rejects } = await packed(join(root, 'in'));
    expect(samples).toEqual([1]);
    expect(rejects.map(({ code, reason }) => [code, /a link leads outside/.test(reason)])).toEqual([
      ['BAD_SCHEMA', true],
      ['BAD_SCHEMA', true],
    ]);
    expect((await packed(join(root, 'in'), [], { allowOutside: true })).samples).toEqual([1, 2, 3]);
    symlinkSync('in', join(root, 'link'));
    expect((await packed(join(root, 'link'))).samples).toEqual([1]);
  });
});

describe('names', () => {
  test('that are no UTF-8 are listed by their bytes', async () => {
    const root = folder({ 'in/ok.wav': 1 });
    writeFileSync(
      Buffer.concat([Buffer.from(join(root, 'in/caf')), Buffer.from([0xe9]), Buffer.from('.wav')]),
      wav([2]),
    );
    mkdirSync(Buffer.concat([Buffer.from(join(root, 'in/d')), Buffer.from([0xff])]));
    const { samples, leftOut } = await packed(join(root, 'in'));
    expect(samples).toEqual([1]);
    expect(leftOut).toEqual([
      '"caf\\xe9.wav": its name is not UTF-8; rename it',
      '"d\\xff": its name is not UTF-8; rename it',
    ]);
  });

  test('may hold blanks, quotes, line ends, per cents and hashes', async () => {
    const names = [' a b .wav', '"q" \'r\'.wav', 'l\nm.wav', '100%25#?.wav', 'back\\slash.wav', 'x,y;z.wav'];
    const root = folder(Object.fromEntries(names.map((name, i) => [`in/${name}`, i + 1])));
    const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect((await packed(join(root, 'in'))).samples).toEqual(sorted.map((name) => names.indexOf(name) + 1));
    const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
    folder(
      { 'in/metadata.csv': `file_name,n\n${names.map((name, i) => `${quoted(name)},${i + 1}`).join('\n')}\n` },
      root,
    );
    const { samples, leftOut } = await packed(join(root, 'in'), ['n']);
    expect(samples).toEqual(names.map((_, i) => [i + 1, String(i + 1)]));
    expect(leftOut).toEqual([]);
  });

  const [composed, decomposed] = ['Zaunk\u00f6nig', 'Zaunko\u0308nig'];

  test.each([
    [composed, decomposed],
    [decomposed, composed],
  ])('of another Unicode form than the row says are found (%j, and the row %j)', async (onDisk, inRow) => {
    const root = folder({
      [`in/${onDisk}/${onDisk}.wav`]: 1,
      'in/plain.wav': 2,
      'in/metadata.csv': `file_name,text\n${inRow}/${inRow}.wav,one\nplain.wav,two\n`,
    });
    expect(await packed(join(root, 'in'), ['text'])).toMatchObject({
      samples: [
        [1, 'one'],
        [2, 'two'],
      ],
      ...{ leftOut: [], rejects: [] },
    });
  });

  test('that differ in their Unicode form alone are two recordings', async () => {
    const root = folder({
      [`in/${composed}.wav`]: 1,
      [`in/${decomposed}.wav`]: 2,
      'in/metadata.csv': `file_name,text\n${decomposed}.wav,d\n${composed}.wav,c\n`,
    });
    expect((await packed(join(root, 'in'), ['text'])).samples).toEqual([
      [2, 'd'],
      [1, 'c'],
    ]);
    folder({ 'in/metadata.csv': `file_name,text\n${decomposed}.wav,d\n` }, root);
    const { samples, leftOut } = await packed(join(root, 'in'));
    expect(samples).toEqual([2]);
    expect(leftOut).toEqual([`"${composed}.wav": no row names it`]);
  });

  test('may be spelled with "./" and "//" in rows', async () => {
    const root = folder({ 'in/a.wav': 1, 'in/s/b.wav': 2, 'in/metadata.csv': 'file_name\n./a.wav\ns//../s/b.wav\n' });
    expect(await packed(join(root, 'in'))).toMatchObject({ samples: [1, 2], leftOut: [], rejects: [] });
  });

  test('may be whole paths in rows, wherever the row stands', async () => {
    const root = folder({ 'in/s/b.wav': 2, 'in/a.wav': 1 });
    folder({ 'in/s/metadata.csv': `file_name\n${join(root, 'in/a.wav')}\nb.wav\n../../out.wav\n/out.wav\n` }, root);
    const { samples, leftOut, rejects } = await packed(join(root, 'in'));
    expect({ samples, leftOut }).toEqual({ samples: [1, 2], leftOut: [] });
    expect(rejects.map(({ row, code, reason }) => [row, code, /it lies outside/.test(reason)])).toEqual([
      [2, 'BAD_SCHEMA', true],
      [3, 'BAD_SCHEMA', true],
    ]);
  });
});

describe('metadata', () => {
  test('of several folders name what lies below each, in the order of the folders', async () => {
    const root = folder({
      'in/b/metadata.jsonl': '{"file_name":"x/1.wav","text":"b1"}\n{"file_name":"2.wav","text":"b2"}',
      'in/b/x/1.wav': 1,
      'in/b/2.wav': 2,
      'in/a/metadata.csv': 'file_name,transcription\n3.wav,a3\n',
      'in/a/3.wav': 3,
      'in/4.wav': 4,
    });
    const { samples, leftOut } = await packed(join(root, 'in'), ['text']);
    expect(samples).toEqual([
      [3, 'a3'],
      [1, 'b1'],
      [2, 'b2'],
    ]);
    expect(leftOut).toEqual(['"4.wav": no row names it']);
  });

  test('in two forms in one folder are refused: each recording would come twice', async () => {
    const root = folder({
      'in/a.wav': 1,
      'in/metadata.csv': 'file_name\na.wav\n',
      'in/metadata.jsonl': '{"file_name":"a.wav"}',
    });
    await expect(packed(join(root, 'in'))).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('"metadata.csv" and "metadata.jsonl"'),
    });
  });

  test('without a row, and folders without a file, are an error', async () => {
    const root = folder({ 'in/a.wav': 1, 'in/metadata.csv': 'file_name,text\n' });
    mkdirSync(join(root, 'empty/er'), { recursive: true });
    const out = join(root, 'ds');
    await expect(pack({ inputs: join(root, 'in'), out })).rejects.toMatchObject({
      ...{ code: 'NOT_FOUND', message: expect.stringContaining('metadata.csv has no row') },
    });
    await expect(pack({ inputs: join(root, 'empty'), out })).rejects.toMatchObject({
      ...{ code: 'NOT_FOUND', message: expect.stringContaining('it holds no recording') },
    });
  });
});

describe('labels', () => {
  test('are names of folders, that of the whole for what lies in it, however it is spelled', async () => {
    const root = folder({ 'birds/x/a.wav': 1, 'birds/b.wav': 2 });
    mkdirSync(join(root, 'birds/empty'));
    const spellings = [join(root, 'birds'), `${join(root, 'birds')}//`, `${root}/birds/.`, `${root}/birds/x/..`];
    for (const inputs of spellings) {
      expect((await packed(inputs, ['label', 'label_name'])).samples).toEqual([
        [2, 0, 'birds'],
        [1, 1, 'x'],
      ]);
    }
  });
});

describe('an output among the inputs', () => {
  test.each(['in/ds', 'in'])('is none of them: a second run to "%s" finds what the first one did', async (name) => {
    const root = folder({ 'in/a.wav': 1, 'in/x/b.wav': 2, 'in/note.txt': 'x' });
    const out = join(root, name);
    const run = () => pack({ inputs: join(root, 'in'), out, samplesPerShard: 1, workers: 1 });
    const first = await run();
    expect(first.leftOut).toEqual(['"note.txt": its name is not that of a recording']);
    const made = readFileSync(join(out, 'pack.json'), 'utf8');
    expect(await run()).toMatchObject({ done: 0, skipped: 2, leftOut: first.leftOut });
    expect(readFileSync(join(out, 'pack.json'), 'utf8')).toBe(made);
    expect(readdirSync(out).filter((each) => each.startsWith('shard'))).toHaveLength(2);
    expect(statSync(join(out, 'shard_00001/lock.mdb')).size).toBe(0);
  });
});
