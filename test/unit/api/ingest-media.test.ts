/** ingest() of files that are no recordings: `media: 'any'`. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ingest } from '../../../src/api/ingest.ts';
import type { IngestOptions } from '../../../src/api/types.ts';
import { writeInputs } from '../../support/extracting.ts';
import { type ReadExample, readShards, wav } from '../../support/labelled.ts';
import { weather } from '../../support/object-server.ts';
import { objectStore } from '../../support/object-store.ts';
import { scratch } from '../jobs/folder.ts';

const data = (name: string) => new Uint8Array(readFileSync(new URL(`../../data/${name}`, import.meta.url)));

/** A picture, video, text, nothing at all, a damaged recording and an intact one. */
const media: { readonly [name: string]: Uint8Array } = {
  'a.png': Buffer.from(
    '89504e470d0a1a0a0000000d4948445200000001000000010100000000376ef9240000000a49444154789c636000000002000148afa471' +
      '0000000049454e44ae426082',
    'hex',
  ),
  'b.mp4': Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08free', 'latin1'),
  'c.txt': Buffer.from('no sound at all\n'),
  'd.bin': new Uint8Array(0),
  'e.wav': data('field/wav/trunc.wav'),
  'f.wav': wav([1, 2, 3]),
};
const names = Object.keys(media);
const rows = `Label,File,sample_rate\n${names.map((name, i) => `${i % 2},${name},${i}`).join('\n')}\n`;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const any = { audioAs: 'bytes', media: 'any' } as const;

async function ingested(root: string, options: Partial<IngestOptions>) {
  const inputs = Object.fromEntries(names.map((name) => [`in/${name}`, media[name]!]));
  writeInputs(root, { ...inputs, 'in/rows.csv': rows });
  const report = await ingest({ inputs: join(root, 'in/rows.csv'), out: join(root, 'out/'), ...options });
  return { report, examples: readShards(join(root, 'out')) };
}

const bytesOf = ({ features }: ReadExample, name: string) => {
  const feature = features[name];
  return feature?.kind === 'bytes' ? feature.values.map((value) => Buffer.from(value)) : undefined;
};

describe("ingest() of media: 'any'", () => {
  test('takes every file as it is, the empty one too, and tells of no sound', async () => {
    const { report, examples } = await ingested(scratch(), { ...any, shards: 2 });
    expect(examples.map((example) => bytesOf(example, 'audio'))).toEqual(
      names.map((name) => [Buffer.from(media[name]!)]),
    );
    expect(examples.map(({ label }) => label)).toEqual([[0], [1], [0], [1], [0], [1]]);
    for (const { features } of examples) expect(Object.keys(features).sort()).toEqual(['audio', 'label']);
    expect(report).toMatchObject({ rows: 6, used: 6, records: 6, rejects: 0, empty: 1, soundSeconds: 0, notes: [] });
    expect(report).toMatchObject({ sampleRates: [], channels: [] });
    expect(report.bytesIn).toBe(names.reduce((sum, name) => sum + media[name]!.length, 0));
  });

  test('gives all Examples of mode "rich" the same features, which are none of sound', async () => {
    // The column may be kept: there is no feature of its name.
    const choices = { ...any, mode: 'rich', keepColumns: ['sample_rate:int'] } as const;
    const { examples } = await ingested(scratch(), choices);
    for (const [i, example] of examples.entries()) {
      const { features } = example;
      const name = names[i]!;
      expect(Object.keys(features).sort()).toEqual(
        ['audio', 'filename', 'label', 'label_name', 'sample_rate', 'sha256'].sort(),
      );
      expect(bytesOf(example, 'sha256')?.map(String)).toEqual([sha256(media[name]!)]);
      expect(bytesOf(example, 'filename')?.map(String)).toEqual([name]);
      expect(features['sample_rate']).toMatchObject({ kind: 'int64' });
    }
  });

  test('reads objects of a bucket too, also in bad weather', async () => {
    for (const name of names) store.objects.set(`birds/in/${name}`, Buffer.from(media[name]!));
    store.fault = weather(3).fault;
    const { report, examples } = await ingested(scratch(), { ...any, audio: 's3://birds/in' });
    expect(examples.map((example) => bytesOf(example, 'audio'))).toEqual(
      names.map((name) => [Buffer.from(media[name]!)]),
    );
    expect(report).toMatchObject({ used: 6, empty: 1, rejects: 0, requests: 6 });
  });

  test('lists a file that is not there, and speaks of files', async () => {
    const root = scratch();
    const csv = 'Label,File\n1,none.jpg\n1,c.txt\n';
    writeInputs(root, { 'in/c.txt': media['c.txt']!, 'in/rows.csv': csv });
    const given = { inputs: join(root, 'in/rows.csv'), out: join(root, 'out/'), onError: 'skip', ...any } as const;
    const { rejects, used, notices } = await ingest(given);
    expect({ rejects, used }).toEqual({ rejects: 1, used: 1 });
    expect(notices).toEqual(['1 of 2 rows name a file that is not there']);
  });

  test('asks where the first row may be data, by endings of other files', async () => {
    const root = scratch();
    writeInputs(root, { 'in/rows.csv': 'frog,none.jpg\nowl,c.txt\n' });
    const given = { inputs: join(root, 'in/rows.csv'), out: join(root, 'out/'), labels: 'string' } as const;
    await expect(ingest({ ...given, ...any })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/Cannot tell whether the first row.*there is no file/),
    });
  });

  test('is refused without audioAs: "bytes", and is another set than one of recordings', async () => {
    const given = { inputs: 'none.csv', out: 'out/' };
    for (const other of [{}, { audioAs: 'tensor' }, { audioAs: 'pcm16' }, { audioAs: 'flac' }] as const) {
      await expect(ingest({ ...given, media: 'any', ...other })).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringMatching(/option "media" as "any" needs option "audioAs" as "bytes"/),
      });
    }
    const root = scratch();
    await ingested(root, any);
    await expect(ingested(root, { audioAs: 'bytes' })).rejects.toMatchObject({
      code: 'EXISTS',
      message: expect.stringContaining('media: any there, audio here'),
    });
  });

  test('is refused as what it is by media: "audio"', async () => {
    await expect(ingested(scratch(), { audioAs: 'bytes' })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

const store = await objectStore();
