/** pack(): what stands in the shards, by other readers than the writer, and what is told of what is not in them. */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pack } from '../../../src/api/pack.ts';
import { readSamples } from '../../../src/api/read-samples.ts';
import type { PackOptions } from '../../../src/api/types.ts';
import { Converter } from '../../../src/samples/converter.ts';
import { FileConverter, FolderConverter } from '../../../src/samples/converters.ts';
import type { Sample } from '../../../src/samples/sample.ts';
import { wav } from '../../support/labelled.ts';
import { scratch } from '../jobs/folder.ts';

const ramp = (length: number, step = 1) => Array.from({ length }, (_, i) => ((i * step) % 60_000) - 30_000);
/** What every reader of WAV makes of 16 bits. */
const floats = (samples: readonly number[]) => Float32Array.from(samples, (sample) => sample / 32_768);

function write(root: string, files: { readonly [name: string]: string | Uint8Array }): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

interface Read {
  readonly key: string;
  readonly sample: { readonly [field: string]: unknown };
}

async function samplesIn(folder: string): Promise<Read[]> {
  const found: Read[] = [];
  for await (const { key, sample } of readSamples(folder)) found.push({ key, sample });
  return found;
}

const soundOf = ({ audio }: Read['sample']) => new Float32Array((audio as Uint8Array).slice().buffer);
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const lines = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function rows(root: string, count: number): string {
  const files: { [name: string]: string | Uint8Array } = {};
  let manifest = '';
  for (let i = 0; i < count; i++) {
    files[`clips/${i}.wav`] = wav(ramp(400 + i, i + 1));
    manifest += `${JSON.stringify({ audio_filepath: `clips/${i}.wav`, text: `text ${i}`, speaker: `s${i}` })}\n`;
  }
  return join(write(root, { ...files, 'manifest.jsonl': manifest }), 'manifest.jsonl');
}

describe('a manifest', () => {
  test('becomes samples with all frames of every channel, and the fields of AudioMDB in its order', async () => {
    const root = scratch();
    write(root, {
      'mono.wav': wav(ramp(480)),
      'stereo.wav': wav(ramp(960, 7), { channels: 2, sampleRate: 8000 }),
      'm.jsonl':
        '{"audio_filepath":"mono.wav","text":"Grüße","score":1.0,"n":9007199254740993}\n\n{"audio_filepath":"stereo.wav","score":0.5}\n',
    });
    const out = join(root, 'ds');
    const report = await pack({ inputs: join(root, 'm.jsonl'), out, keepColumns: ['score', 'n'] });
    const [mono, stereo, ...others] = await samplesIn(out);
    expect(others).toEqual([]);
    expect(mono!.key).toBe('sample_00000000');
    expect(Object.keys(mono!.sample)).toEqual([
      ...['audio', 'sample_rate', 'text', 'converter', 'score', 'n', 'shard_id', 'shard_position'],
      ...['shape', 'dtype', 'duration'],
    ]);
    const { audio: _, ...told } = mono!.sample;
    expect(told).toEqual({
      ...{ sample_rate: 16_000, text: 'Grüße', converter: 'manifest_file', score: 1, n: 9007199254740993n },
      ...{ shard_id: 0, shard_position: 0, shape: [480], dtype: 'float32', duration: 0.03 },
    });
    expect(soundOf(mono!.sample)).toEqual(floats(ramp(480)));
    expect(stereo!.sample).toMatchObject({ shape: [480, 2], sample_rate: 8000, duration: 0.06, text: '', score: 0.5 });
    expect(soundOf(stereo!.sample)).toEqual(floats(ramp(960, 7)));
    expect(report).toMatchObject({ samples: 2, rows: 2, rejects: 0, seconds: 0.09, complete: true });
  });

  test('keeps floats floats and ints ints', async () => {
    const root = scratch();
    write(root, {
      'a.wav': wav([1]),
      'm.jsonl': '{"audio_filepath":"a.wav","text":"x","f":2.0,"i":2,"e":1e3,"s":"1.0"}\n',
    });
    await pack({ inputs: join(root, 'm.jsonl'), out: join(root, 'ds'), keepColumns: ['*'] });
    for await (const { sample } of readSamples(join(root, 'ds'), { values: 'python' })) {
      expect(sample['f']).toMatchObject({ value: 2 });
      expect(sample['i']).toBe(2);
      expect(sample['e']).toMatchObject({ value: 1000 });
      expect(sample['s']).toBe('1.0');
      expect(sample['duration']).toMatchObject({ value: 1 / 16_000 });
    }
  });

  test('gives the part that a row names', async () => {
    const root = scratch();
    const told: string[] = [];
    write(root, { 'a.wav': wav(ramp(16_000)), 'm.jsonl': '{"audio_filepath":"a.wav","offset":0.25,"duration":0.5}\n' });
    await pack({ inputs: join(root, 'm.jsonl'), out: join(root, 'ds'), onNotice: (notice) => told.push(notice) });
    const [{ sample }] = (await samplesIn(join(root, 'ds'))) as [Read];
    expect(soundOf(sample)).toEqual(floats(ramp(16_000)).subarray(4000, 12_000));
    expect(told).toContain('1 of 1 rows name a part of their recording (offset, duration): only that is used');
  });

  test('is told of by metadata.json, which holds no date', async () => {
    const root = scratch();
    const out = join(root, 'ds');
    await pack({ inputs: rows(root, 5), out, samplesPerShard: 2 });
    const metadata = json(join(out, 'metadata.json'));
    expect(Object.keys(metadata)).toEqual([
      ...['dataset_name', 'version', 'dataset_size', 'total_duration', 'num_shards', 'max_item_in_shard'],
      ...['features', 'processors_applied', 'shards'],
    ]);
    expect(metadata).toMatchObject({
      ...{ dataset_name: 'manifest', version: 'unknown', dataset_size: 5, num_shards: 3, max_item_in_shard: 2 },
      ...{ processors_applied: [], features: { audio: '<audio:bytes:1600>', shape: [400], dtype: 'float32' } },
    });
    expect(metadata.total_duration).toBeCloseTo((400 + 401 + 402 + 403 + 404) / 16_000, 12);
    for (const [i, shard] of metadata.shards.entries()) {
      const data = readFileSync(join(out, shard.path, 'data.mdb'));
      const checksum = createHash('sha256').update(data).digest('hex');
      const name = `shard_0000${i}`;
      const samples = i === 2 ? 1 : 2;
      expect(shard).toEqual({ id: i, path: name, samples, size_bytes: data.length, checksum_sha256: checksum });
      expect(statSync(join(out, name, 'lock.mdb')).size).toBe(0);
    }
  });
});

describe('equal samples give equal bytes', () => {
  const filesOf = (out: string) => {
    const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('.'));
    const files = names.filter((name) => statSync(join(out, name)).isFile()).sort();
    return Object.fromEntries(files.map((name) => [name, readFileSync(join(out, name), 'base64')]));
  };

  test('with one worker, with several, in parts, and after a stop', async () => {
    const root = scratch();
    const inputs = rows(root, 23);
    const options = { inputs, samplesPerShard: 3, onError: 'skip', keepColumns: ['speaker'] } as const;
    writeFileSync(join(root, 'clips/7.wav'), 'no sound');
    await pack({ ...options, out: join(root, 'one'), workers: 1 });
    const one = filesOf(join(root, 'one'));
    await pack({ ...options, out: join(root, 'four'), workers: 4 });
    expect(filesOf(join(root, 'four'))).toEqual(one);
    for (const units of ['2/3', '0/3', '1/3']) await pack({ ...options, out: join(root, 'parts'), units, workers: 2 });
    expect(filesOf(join(root, 'parts'))).toEqual(one);
    rmSync(join(root, 'four/shard_00003'), { recursive: true });
    const again = await pack({ ...options, out: join(root, 'four') });
    expect(again).toMatchObject({ done: 1, skipped: 7 });
    expect(filesOf(join(root, 'four'))).toEqual(one);
  });

  test('and only the shard of a recording that changed is made again', async () => {
    const root = scratch();
    const options = { inputs: rows(root, 6), out: join(root, 'ds'), samplesPerShard: 2 };
    await pack(options);
    writeFileSync(join(root, 'clips/3.wav'), wav(ramp(100)));
    utimesSync(join(root, 'clips/3.wav'), 1, 1);
    expect(await pack(options)).toMatchObject({ done: 1, skipped: 2 });
    expect((await samplesIn(join(root, 'ds')))[3]!.sample).toMatchObject({ shape: [100] });
  });

  test('and shards of more samples go when fewer are left', async () => {
    const root = scratch();
    const out = join(root, 'ds');
    await pack({ inputs: rows(root, 6), out, samplesPerShard: 2 });
    const fewer = readFileSync(join(root, 'manifest.jsonl'), 'utf8').split('\n').slice(0, 3).join('\n');
    writeFileSync(join(root, 'manifest.jsonl'), fewer);
    await pack({ inputs: join(root, 'manifest.jsonl'), out, samplesPerShard: 2 });
    expect(readdirSync(out).filter((name) => name.startsWith('shard'))).toContain('shard_00001');
    expect(json(join(out, 'metadata.json'))).toMatchObject({ dataset_size: 3, num_shards: 2 });
    expect(
      readdirSync(join(out)).some((name) => name === 'shard_00002' && readdirSync(join(out, name)).length > 0),
    ).toBe(false);
  });
});

test('a dry run tells how many samples each shard would have, and touches nothing', async () => {
  const root = scratch();
  const report = await pack({ inputs: rows(root, 7), out: join(root, 'ds'), samplesPerShard: 3, dryRun: true });
  expect(report).toMatchObject({ rows: 7, samples: 7, complete: false });
  expect(report.files.map(({ name, samples }) => [name, samples])).toEqual([
    ['shard_00000/data.mdb', 3],
    ['shard_00001/data.mdb', 3],
    ['shard_00002/data.mdb', 1],
  ]);
  expect(readdirSync(root)).not.toContain('ds');
});

describe('what cannot be used', () => {
  const bad = (root: string) => {
    write(root, {
      'good.wav': wav(ramp(100)),
      'cut.wav': wav(ramp(100)).subarray(0, 144),
      'text.wav': 'no sound at all',
      'm.jsonl': [
        '{"audio_filepath":"good.wav","text":"a"}',
        '{"audio_filepath":"gone.wav","text":"b"}',
        'no json',
        '{"text":"no audio"}',
        '{"audio_filepath":"text.wav"}',
        '{"audio_filepath":"cut.wav","text":"c"}',
        '{"audio_filepath":"../outside.wav"}',
        '[1]',
        '{"audio_filepath":"good.wav","text":"d","offset":99}',
      ].join('\n'),
    });
    return { inputs: join(root, 'm.jsonl'), out: join(root, 'ds') };
  };

  test('ends a run with its row and what can be done', async () => {
    const { inputs, out } = bad(scratch());
    await expect(pack({ inputs, out })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(
        /^Cannot use row 1 \(line 2\) of ".*m\.jsonl": .*gone\.wav.*option "onError" as "skip"/,
      ),
    });
  });

  test('is listed under "skip", row by row, and its number stays free', async () => {
    const { inputs, out } = bad(scratch());
    const report = await pack({ inputs, out, onError: 'skip' });
    expect(report).toMatchObject({ rows: 9, samples: 1, rejects: 8 });
    expect((await samplesIn(out)).map(({ key }) => key)).toEqual(['sample_00000000']);
    const rejects = lines(join(out, 'rejects.jsonl'));
    expect(rejects.map(({ row, line, code }) => [row, line, code])).toEqual([
      ...[
        [1, 2, 'NOT_FOUND'],
        [2, 3, 'BAD_SCHEMA'],
        [3, 4, 'BAD_SCHEMA'],
        [4, 5, 'UNSUPPORTED'],
        [5, 6, 'TRUNCATED'],
      ],
      ...[
        [6, 7, 'BAD_SCHEMA'],
        [7, 8, 'BAD_SCHEMA'],
        [8, 9, 'BAD_SCHEMA'],
      ],
    ]);
  });

  test('is used under "salvage" with silence in the place of damage, and listed', async () => {
    const { inputs, out } = bad(scratch());
    const report = await pack({ inputs, out, onError: 'salvage' });
    expect(report).toMatchObject({ samples: 2, rejects: 7, salvaged: 1 });
    const [, cut] = await samplesIn(out);
    expect(cut!.key).toBe('sample_00000005');
    const sound = soundOf(cut!.sample);
    expect(sound).toEqual(floats([...ramp(50), ...new Array<number>(50).fill(0)]));
    expect(lines(join(out, 'rejects.jsonl'))).toContainEqual(expect.objectContaining({ row: 5, kept: true }));
  });

  test('is all there is: then nothing is made', async () => {
    const root = scratch();
    write(root, { 'm.jsonl': '{"audio_filepath":"gone.wav"}\n', 'empty.jsonl': '\n' });
    const out = join(root, 'ds');
    await expect(pack({ inputs: join(root, 'm.jsonl'), out, onError: 'skip' })).rejects.toMatchObject({
      code: 'BAD_SCHEMA',
      message: expect.stringContaining('none of its 1 samples can be used; see rejects.jsonl'),
    });
    expect(readdirSync(out)).not.toContain('metadata.json');
    await expect(pack({ inputs: join(root, 'empty.jsonl'), out })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a folder', () => {
  test('without metadata is labelled by the names of its folders', async () => {
    const root = scratch();
    write(root, {
      'in/dog/b.wav': wav([1]),
      'in/ant/z.wav': wav([2]),
      'in/dog/a.wav': wav([3]),
      'in/notes.txt': 'x',
      'in/.x/y.wav': 'z',
    });
    const out = join(root, 'ds');
    const report = await pack({ inputs: join(root, 'in'), out });
    const found = await samplesIn(out);
    expect(found.map(({ sample }) => [sample['label'], sample['label_name'], soundOf(sample)[0]! * 32_768])).toEqual([
      [0, 'ant', 2],
      [1, 'dog', 3],
      [1, 'dog', 1],
    ]);
    expect(json(join(out, 'pack.json'))).toMatchObject({ labels: ['ant', 'dog'] });
    expect(report.leftOut).toEqual(['"notes.txt": its name is not that of a recording']);
  });

  test.each([
    ['metadata.csv', 'file_name,transcription,age\na.wav,hello,7\nsub/b.wav,"you, too",8\nnone.wav,x,9\n'],
    [
      'metadata.jsonl',
      '{"file_name":"a.wav","transcription":"hello","age":"7"}\n{"file_name":"sub/b.wav","transcription":"you, too","age":"8"}\n' +
        '{"file_name":"none.wav","transcription":"x","age":"9"}\n',
    ],
  ])('with %s has its rows, and tells of every row and file without a partner', async (name, text) => {
    const root = scratch();
    write(root, { 'in/a.wav': wav([1]), 'in/sub/b.wav': wav([2]), 'in/sub/alone.wav': wav([3]), [`in/${name}`]: text });
    const out = join(root, 'ds');
    const report = await pack({ inputs: join(root, 'in'), out, onError: 'skip' });
    expect((await samplesIn(out)).map(({ sample }) => [sample['text'], sample['age'], sample['converter']])).toEqual([
      ['hello', '7', 'folder'],
      ['you, too', '8', 'folder'],
    ]);
    expect(report.leftOut).toEqual(['"sub/alone.wav": no row names it']);
    expect(json(join(out, 'pack.json')).leftOut).toEqual(report.leftOut);
    expect(lines(join(out, 'rejects.jsonl'))).toMatchObject([{ row: 2, code: 'NOT_FOUND' }]);
  });

  test('without a recording is an error', async () => {
    const root = write(scratch(), { 'in/a.txt': 'x' });
    await expect(pack({ inputs: join(root, 'in'), out: join(root, 'ds') })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('it holds no recording'),
    });
  });
});

test('a CSV file gives its labels, text and typed columns', async () => {
  const root = scratch();
  write(root, { 'a.wav': wav([1]), 'l.csv': 'Label;Blob Name;n;f;note\nfrog;a.wav;7;0.5;x\n' });
  const told: string[] = [];
  const out = join(root, 'ds');
  await pack({
    inputs: join(root, 'l.csv'),
    out,
    keepColumns: ['n:int', 'f:float'],
    onNotice: (notice) => told.push(notice),
  });
  const [{ sample }] = (await samplesIn(out)) as [Read];
  expect(sample).toMatchObject({ Label: 'frog', n: 7, f: 0.5, converter: 'csv', text: '' });
  expect(told.join()).toContain('"note"');
});

describe('codecs', () => {
  test('"original" keeps the bytes of the recording and says what they are', async () => {
    const root = scratch();
    const bytes = wav(ramp(100), { sampleRate: 22_050 });
    write(root, { 'a.wav': bytes, 'm.jsonl': '{"audio_filepath":"a.wav"}\n' });
    await pack({ inputs: join(root, 'm.jsonl'), out: join(root, 'ds'), codec: 'original' });
    const [{ sample }] = (await samplesIn(join(root, 'ds'))) as [Read];
    expect(Buffer.from(sample['audio'] as Uint8Array)).toEqual(bytes);
    expect(sample).toMatchObject({ codec: 'wav', sample_rate: 22_050, shape: [100], duration: 100 / 22_050 });
    expect(sample).not.toHaveProperty('dtype');
  });

  test.each([
    [{ codec: 'original', mono: true }, 'Cannot use option "mono" with option "codec" as "original"'],
    [{ codec: 'flac', processor: 'logmel' }, 'Cannot use option "codec" as "flac" with option "processor"'],
    [{ processorOptions: {} }, 'Cannot use option "processorOptions" without option "processor"'],
    [{ removeUploaded: true }, 'Cannot use option "removeUploaded" without option "upload"'],
    [{ split: 'train' }, 'Cannot use option "split" here'],
    [
      { keepColumns: ['audio'] },
      'Cannot keep column "audio": the field of that name is made of the recording and its place',
    ],
  ] as const)('%j is refused', async (options, message) => {
    const root = scratch();
    const given = { inputs: rows(root, 1), out: join(root, 'ds'), ...options } as PackOptions;
    await expect(pack(given)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(message) });
  });
});

describe('processors', () => {
  const module = new URL('../../data/pack/processors.mjs', import.meta.url);

  test('make of each sample what is stored, in threads', async () => {
    const root = scratch();
    const out = join(root, 'ds');
    const processor = { module, export: 'Loudness', options: { keepOriginal: true } };
    await pack({ inputs: rows(root, 5), out, samplesPerShard: 2, processor, workers: 2 });
    const found = await samplesIn(out);
    for (const [i, { sample }] of found.entries()) {
      const expected = floats(ramp(400 + i, i + 1));
      const rms = Math.sqrt(expected.reduce((sum, x) => sum + x * x, 0) / expected.length);
      expect(sample['rms']).toBe(rms);
      expect(soundOf(sample)).toEqual(expected);
      expect(sample).toMatchObject({ shape: [400 + i], rate_seen: 16_000 });
    }
    expect(json(join(out, 'metadata.json'))).toMatchObject({ processors_applied: ['Loudness'] });
  });

  test('that throw reject the sample, and what they cut is told truly', async () => {
    const root = scratch();
    const out = join(root, 'ds');
    const processor = { module, export: 'Half', options: {} };
    const report = await pack({ inputs: rows(root, 3), out, processor, onError: 'skip' });
    // Of the rejected one nothing was used.
    expect(report).toMatchObject({ samples: 2, rejects: 1, recordings: 2, bytesIn: 2 * 44 + 2 * (400 + 402) });
    expect(report.soundSeconds).toBeCloseTo(802 / 16_000, 12);
    expect(lines(join(out, 'rejects.jsonl'))).toMatchObject([
      { row: 1, code: 'BAD_SCHEMA', reason: 'Cannot process the sample: Half threw RangeError: odd number of frames' },
    ]);
    expect((await samplesIn(out))[0]!.sample).toMatchObject({ shape: [200], duration: 200 / 16_000 });
  });

  test('of the same name with another content make a folder another one', async () => {
    const root = scratch();
    const source = (factor: number) =>
      `export default class { keepOriginal = false; process({ text }) { return { n: text.length * ${factor} }; } }`;
    write(root, { 'p.mjs': source(1) });
    const options = { inputs: rows(root, 1), out: join(root, 'ds'), processor: join(root, 'p.mjs') };
    await pack(options);
    write(root, { 'p.mjs': source(2) });
    await expect(pack(options)).rejects.toMatchObject({ code: 'EXISTS' });
  });
});

describe('converters', () => {
  class Words extends Converter {
    converterName = 'words';
    *samples() {
      yield {
        text: 'one',
        vector: Float32Array.of(1, 2),
        table: { data: Int16Array.of(1, 2, 3, 4), shape: [2, 2] },
      } as Sample;
      yield { audio: wav(ramp(64)), text: 'two', sample_rate: 8000, duration: 99 } as Sample;
      yield { audio: floats(ramp(64)), shape: [32, 2], sample_rate: 8000, picture: Uint8Array.of(9) } as Sample;
    }
  }

  test('give samples with and without sound, of any plain data', async () => {
    const out = join(scratch(), 'ds');
    const report = await pack({ converter: new Words(), out, samplesPerShard: 2 });
    expect(report).toMatchObject({ samples: 3, recordings: 2, source: 'words' });
    expect(report.notices).toEqual(['1 of 3 samples had no sound: nothing in "audio"']);
    const [one, two, three] = await samplesIn(out);
    expect(one!.sample).toMatchObject({ text: 'one', converter: 'words', vector: Float32Array.of(1, 2) });
    expect(one!.sample['table']).toEqual({ data: Int16Array.of(1, 2, 3, 4), shape: [2, 2] });
    expect(one!.sample).not.toHaveProperty('dtype');
    // At 16 kHz 64 frames, as the sample asks 32 at 8 kHz.
    expect(two!.sample).toMatchObject({ sample_rate: 8000, shape: [32], duration: 32 / 8000 });
    expect(three!.sample).toMatchObject({ shape: [32, 2], duration: 32 / 8000, picture: Uint8Array.of(9) });
    expect(soundOf(three!.sample)).toEqual(floats(ramp(64)));
  });

  test('that throw are told with their name and the sample', async () => {
    class Broken extends Converter {
      converterName = 'broken';
      *samples() {
        yield { text: 'one' };
        throw new RangeError('db gone');
      }
    }
    await expect(pack({ converter: new Broken(), out: join(scratch(), 'ds') })).rejects.toMatchObject({
      code: 'BAD_SCHEMA',
      message: 'Cannot take sample 1 from converter "broken": it threw RangeError: db gone',
    });
  });

  test('run again, and what is the same stays', async () => {
    const out = join(scratch(), 'ds');
    await pack({ converter: new Words(), out, samplesPerShard: 1 });
    expect(await pack({ converter: new Words(), out, samplesPerShard: 1 })).toMatchObject({ done: 0, skipped: 3 });
    class Changed extends Words {
      override *samples() {
        for (const [i, sample] of [...super.samples()].entries()) yield i === 1 ? { ...sample, text: 'deux' } : sample;
      }
    }
    Object.defineProperty(Changed, 'name', { value: 'Words' });
    expect(await pack({ converter: new Changed(), out, samplesPerShard: 1 })).toMatchObject({ done: 1, skipped: 2 });
  });

  const module = new URL('../../data/pack/converters.mjs', import.meta.url);

  test('with parts run in threads, one shard a part, and take --units', async () => {
    const root = scratch();
    const converter = { module, export: 'Parts', options: { parts: ['a', 'b', 'c'] } };
    await pack({ converter, out: join(root, 'whole'), workers: 2 });
    const whole = await samplesIn(join(root, 'whole'));
    expect(whole.map(({ sample }) => sample['text'])).toEqual(['a0', 'a1', 'b0', 'b1', 'c0', 'c1']);
    expect(new Set(whole.map(({ key }) => key)).size).toBe(6);
    for (const units of ['1/2', '0/2']) await pack({ converter, out: join(root, 'parts'), units });
    expect(await samplesIn(join(root, 'parts'))).toEqual(whole);
  });

  test('give keys of their own, which are sorted; none may come twice', async () => {
    const root = scratch();
    const keyed = { module, export: 'Keyed', options: { keys: ['b', 'ä', 'a'] } };
    await pack({ converter: keyed, out: join(root, 'ds') });
    expect((await samplesIn(join(root, 'ds'))).map(({ key }) => key)).toEqual(['a', 'b', 'ä']);
    const twice = { ...keyed, options: { keys: ['a', 'b', 'a'] } };
    await expect(pack({ converter: twice, out: join(root, 'ds2') })).rejects.toMatchObject({
      message: expect.stringContaining('Cannot pack two samples of the key "a"'),
    });
  });

  test('of files are planned as the files are', async () => {
    const root = scratch();
    const manifest = rows(root, 3);
    await pack({ inputs: manifest, out: join(root, 'a'), keepColumns: ['speaker'] });
    await pack({ converter: new FileConverter({ manifest, keepColumns: ['speaker'] }), out: join(root, 'b') });
    expect(readFileSync(join(root, 'b/shard_00000/data.mdb'))).toEqual(
      readFileSync(join(root, 'a/shard_00000/data.mdb')),
    );
    const found: unknown[] = [];
    for await (const sample of new FolderConverter({ folder: join(root, 'clips') }).samples()) found.push(sample);
    expect(found).toHaveLength(3);
    expect(found[0]).toEqual({ audio: join(root, 'clips/0.wav'), text: '', converter: 'folder' });
  });

  test.each([
    [{}, 'expected one of the options "inputs" and "converter"'],
    [{ converter: new Words(), inputs: 'x.csv' }, 'expected one of the options "inputs" and "converter"'],
    [{ converter: new Words(), audioColumn: 'x' }, 'Cannot use option "audioColumn" here'],
    [{ converter: new Words(), units: '0/2' }, 'gives its samples one after another'],
    [{ inputs: ['a.csv', 'b.csv'] }, 'Cannot pack 2 inputs at once'],
    [{ inputs: 'LICENSE' }, 'expected a manifest (.jsonl), a CSV file'],
  ] as const)('%# are refused where they mean nothing', async (options, message) => {
    const given = { out: join(scratch(), 'ds'), ...options } as PackOptions;
    await expect(pack(given)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(message) });
  });
});

describe('uploads', () => {
  test('bring every shard to a second place, and what tells of them last', async () => {
    const root = scratch();
    const out = join(root, 'ds');
    await pack({ inputs: rows(root, 5), out, samplesPerShard: 2, upload: join(root, 'up') });
    expect(await samplesIn(join(root, 'up'))).toEqual(await samplesIn(out));
    expect(readFileSync(join(root, 'up/metadata.json'))).toEqual(readFileSync(join(out, 'metadata.json')));
  });

  test('let shards go here, and a second run knows where they are', async () => {
    const root = scratch();
    const out = join(root, 'ds');
    const options = { inputs: rows(root, 5), out, samplesPerShard: 2, upload: join(root, 'up'), removeUploaded: true };
    await pack(options);
    expect(readdirSync(join(out, 'shard_00000'))).toEqual([]);
    expect(await samplesIn(join(root, 'up'))).toHaveLength(5);
    expect(await pack(options)).toMatchObject({ done: 0, skipped: 3 });
    expect(json(join(root, 'up/metadata.json'))).toMatchObject({ dataset_size: 5 });
  });
});
