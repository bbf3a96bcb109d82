/** bowerbird ingest of the built package: what users type, what lies in the folder then, and what TensorFlow wrote of the same. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { decodeAudio, ingest, readAudio } from '../../dist/index.js';
import { hasShared, sharedPath } from '../shared-data.ts';
import { writeInputs } from '../support/extracting.ts';
import { readShards, wav } from '../support/labelled.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function bowerbird(
  cwd: string,
  args: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 26 };
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

function scratch(files: { readonly [name: string]: Uint8Array | string } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-ingest-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeInputs(folder, files);
  return folder;
}

const three = wav([-32768, 0, 32767]);
const stereo = wav([1, 2, 3, 4], { channels: 2, sampleRate: 8000 });

/** `count` recordings of different lengths; sample 0 of recording i is i. */
function recordings(count: number): { [name: string]: Uint8Array | string } {
  const files: { [name: string]: Uint8Array | string } = {};
  const rows = ['Label,Blob Name'];
  for (let i = 0; i < count; i++) {
    files[`audio/clip-${i}.wav`] = wav([i, ...Array.from({ length: i % 5 }, (_, k) => k)]);
    rows.push(`${i % 3},clip-${i}.wav`);
  }
  files['labels.csv'] = `${rows.join('\n')}\n`;
  return files;
}

/** Names and bytes of what a user sees. */
function outputs(folder: string): { [name: string]: string } {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name)).toString('latin1')]));
}

const shardsOf = (folder: string) =>
  Object.fromEntries(Object.entries(outputs(folder)).filter(([name]) => name.endsWith('.tfrecord')));

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const rejects = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('compat', () => {
  test('writes the file that TensorFlow writes', async () => {
    const folder = scratch({ 'audio/a.wav': three, 'labels.csv': 'Label,Blob Name\n7,a.wav\n' });
    const { code, stdout } = await bowerbird(folder, [
      'ingest',
      'labels.csv',
      '--audio',
      'audio',
      '--out',
      'out/train',
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^rows +1$/m);
    // tf.io.TFRecordWriter, tf.audio.decode_wav, tf.io.serialize_tensor and Example.SerializeToString(deterministic=True) of TensorFlow 2.21.
    expect(hex(readFileSync(join(folder, 'out/train-00000-of-00001.tfrecord')))).toBe(
      '3b000000000000001a23ac5c0a390a270a05617564696f121e0a1c0a1a080112081202080312020801220c000080bf0000000000fe7f3f0a0e0a05' +
        '6c6162656c12051a030a010708231825',
    );
  });

  test('reads every kind of WAV and FLAC as float32', async () => {
    const folder = scratch({
      'labels.csv': 'l,p\n0,audio/a.wav\n1,audio/s.wav\n',
      'audio/a.wav': three,
      'audio/s.wav': stereo,
    });
    await ingest({ csv: join(folder, 'labels.csv'), out: join(folder, 'out/') });
    const [mono, two] = readShards(join(folder, 'out'));
    expect(mono).toMatchObject({ label: [0], shape: [3, 1], samples: [-1, 0, 32767 / 32768] });
    expect(two).toMatchObject({ label: [1], shape: [2, 2], samples: [1, 2, 3, 4].map((x) => x / 32768) });
    expect(Object.keys(two!.features).sort()).toEqual(['audio', 'label']);
  });
});

describe('rich', () => {
  test('writes the Example that TensorFlow writes of the same features', async () => {
    const folder = scratch({
      'audio/a/owl.wav': stereo,
      'labels.csv': 'site,species,file,year,altitude,zone\nSüd,owl,a/owl.wav,-3,12.5,\nx,frog,none.wav,1,1,1\n',
    });
    await ingest({
      csv: join(folder, 'labels.csv'),
      audio: join(folder, 'audio'),
      out: join(folder, 'out/'),
      labelColumn: 'species',
      labels: 'string',
      mode: 'rich',
      keepColumns: ['site', 'year:int', 'altitude:float', 'zone:int'],
      onError: 'skip',
    });
    const shard = readFileSync(join(folder, 'out/labels-00000-of-00001.tfrecord'));
    // TensorFlow 2.21: features built by hand, Example.SerializeToString(deterministic=True).
    expect(hex(shard.subarray(12, -4))).toBe(
      '0acf020a140a08616c746974756465120812060a04000048410a2b0a05617564696f12220a200a1e080112081202080212020802221000000038000080380000c0' +
        '38000000390a190a0866696c656e616d65120d0a0b0a09612f6f776c2e7761760a150a0a6c6162656c5f6e616d6512070a050a036f776c0a0e0a056c6162656c12' +
        '051a030a01010a150a0c6e756d5f6368616e6e656c7312051a030a01020a140a0b6e756d5f73616d706c657312051a030a01020a150a0b73616d706c655f726174' +
        '6512061a040a02c03e0a4e0a0673686132353612440a420a4066616136363636306662356436646136636538333462646531313964343839343065613339613334' +
        '3333313565616237663038373035306662376339346562320a100a047369746512080a060a0453c3bc640a160a0479656172120e1a0c0a0afdffffffffffffffff' +
        '010a0a0a047a6f6e6512021a00',
    );
    expect(readFileSync(join(folder, 'out/labels.json'), 'utf8')).toBe('{\n  "frog": 0,\n  "owl": 1\n}\n');
  });

  test('keeps labels of a row apart and takes ids from a file', async () => {
    const folder = scratch({
      'a.wav': three,
      'ids.json': '{"owl": 40, "frog": 2}',
      'labels.csv': 'Label;File\nowl|frog;a.wav\n;a.wav\nnewt;a.wav\n',
    });
    const csv = join(folder, 'labels.csv');
    const report = await ingest({
      csv,
      out: join(folder, 'out/'),
      labels: join(folder, 'ids.json'),
      multiLabel: '|',
      onError: 'skip',
    });
    expect(readShards(join(folder, 'out')).map(({ label }) => label)).toEqual([[40, 2], []]);
    expect(report.classes).toEqual([
      { id: '2', name: 'frog', records: 1 },
      { id: '40', name: 'owl', records: 1 },
    ]);
    expect(rejects(join(folder, 'out/rejects.jsonl'))).toEqual([
      {
        input: join(folder, 'a.wav'),
        row: 2,
        line: 4,
        code: 'BAD_SCHEMA',
        reason: 'The label "newt" is not in the map of labels',
      },
    ]);
  });
});

describe('shards', () => {
  test('are the same bytes whatever the number of threads, and balanced', async () => {
    const folder = scratch(recordings(23));
    const make = async (name: string, workers: number, more: object = {}) => {
      const out = join(folder, name, 'train');
      await ingest({ csv: join(folder, 'labels.csv'), audio: join(folder, 'audio'), out, shards: 4, workers, ...more });
      return shardsOf(join(folder, name));
    };
    const one = await make('one', 1);
    expect(Object.keys(one)).toEqual([0, 1, 2, 3].map((i) => `train-0000${i}-of-00004.tfrecord`));
    expect(await make('four', 4)).toEqual(one);
    const examples = readShards(join(folder, 'one'));
    expect(examples.map(({ samples }) => samples[0]! * 32768)).toEqual(Array.from({ length: 23 }, (_, i) => i));
    const manifest = JSON.parse(readFileSync(join(folder, 'one/train.ingest.json'), 'utf8'));
    expect(manifest.shards.map((shard: { rows: number }) => shard.rows)).toEqual([6, 6, 6, 5]);

    const shuffled = await make('shuffled', 1, { shuffle: 7 });
    expect(await make('shuffled4', 4, { shuffle: 7 })).toEqual(shuffled);
    expect(await make('other', 2, { shuffle: 8 })).not.toEqual(shuffled);
    const order = readShards(join(folder, 'shuffled')).map(({ samples }) => samples[0]! * 32768);
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, i) => i));
    const zipped = await make('gzip', 2, { compression: 'gzip' });
    for (const [name, bytes] of Object.entries(zipped))
      expect(gunzipSync(Buffer.from(bytes, 'latin1')).toString('latin1') === one[name], name).toBe(true);
  });

  test('go into a folder under the name of the CSV file when the output ends with a slash', async () => {
    const folder = scratch(recordings(2));
    const { code } = await bowerbird(folder, [
      'ingest',
      'labels.csv',
      '--audio',
      'audio',
      '--out',
      'out/',
      '--shards',
      '2',
      '-q',
    ]);
    expect(code).toBe(0);
    expect(Object.keys(outputs(join(folder, 'out')))).toEqual([
      'ingest.json',
      'labels-00000-of-00002.tfrecord',
      'labels-00001-of-00002.tfrecord',
    ]);
  });

  test('of two sets stand side by side under their prefixes', async () => {
    const folder = scratch(recordings(4));
    const run = (prefix: string) =>
      ingest({ csv: join(folder, 'labels.csv'), audio: join(folder, 'audio'), out: join(folder, 'out', prefix) });
    await run('train');
    await run('val');
    expect(Object.keys(outputs(join(folder, 'out')))).toEqual([
      'train-00000-of-00001.tfrecord',
      'train.ingest.json',
      'val-00000-of-00001.tfrecord',
      'val.ingest.json',
    ]);
    expect(await run('train')).toMatchObject({ done: 0, skipped: 1 });
  });
});

describe('--on-error', () => {
  const files = {
    'audio/good.wav': three,
    'audio/text.wav': 'this is no audio',
    'audio/cut.wav': three.subarray(0, 46),
    'audio/empty.wav': '',
    'labels.csv':
      'Label,Blob Name\n1,good.wav\nfrog,good.wav\n2,missing.wav\n3,text.wav\n4,cut.wav\n5,empty.wav\n6,\n7,good.wav\n',
  };

  test('fail names the first row that cannot be used', async () => {
    const folder = scratch(files);
    const { code, stderr } = await bowerbird(folder, [
      'ingest',
      'labels.csv',
      '--audio',
      'audio',
      '--out',
      'out/',
      '-q',
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'Cannot use row 1 (line 3) of "labels.csv": The label "frog" is not a whole number; --labels string takes names; --on-error skip',
    );
    expect(existsSync(join(folder, 'out/ingest.json'))).toBe(false);
  });

  test('skip leaves rows out and lists them', async () => {
    const folder = scratch(files);
    const args = ['ingest', 'labels.csv', '--audio', 'audio', '--out', 'out/', '--on-error', 'skip'];
    const { code, stdout } = await bowerbird(folder, args);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^rows +2 of 8$/m);
    expect(stdout).toMatch(/^rejected +6 rows, listed in rejects.jsonl beside the shards$/m);
    const listed = rejects(join(folder, 'out/rejects.jsonl'));
    expect(listed.map(({ row, line, input, code: why }) => [row, line, input, why])).toEqual([
      [1, 3, 'audio/good.wav', 'BAD_SCHEMA'],
      [2, 4, 'audio/missing.wav', 'NOT_FOUND'],
      [3, 5, 'audio/text.wav', 'UNSUPPORTED'],
      [4, 6, 'audio/cut.wav', 'TRUNCATED'],
      [5, 7, 'audio/empty.wav', expect.any(String)],
      [6, 8, 'audio/', 'BAD_SCHEMA'],
    ]);
    expect(readShards(join(folder, 'out')).map(({ label }) => label)).toEqual([[1], [7]]);
    const capped = await bowerbird(folder, [
      ...args.slice(0, 4),
      '--out',
      'out2/',
      '--on-error',
      'skip',
      '--max-rejects',
      '3',
      '-q',
    ]);
    expect(capped).toMatchObject({ code: 1, stderr: expect.stringContaining('TOO_MANY_REJECTS') });
  });

  test('salvage uses what a damaged recording still holds', async () => {
    const folder = scratch(files);
    const report = await ingest({
      csv: join(folder, 'labels.csv'),
      audio: join(folder, 'audio'),
      out: join(folder, 'out/'),
      onError: 'salvage',
    });
    expect(report).toMatchObject({ used: 3, rejects: 5, salvaged: 1 });
    const cut = readShards(join(folder, 'out')).find(({ label }) => label[0] === 4);
    expect(cut).toMatchObject({ shape: [1, 1], samples: [-1] });
    const kept = rejects(join(folder, 'out/rejects.jsonl')).filter((line) => line.kept);
    expect(kept).toMatchObject([{ row: 4, line: 6, kept: true }]);
    // Stricter again: what was salvaged does not count.
    const again = await ingest({
      csv: join(folder, 'labels.csv'),
      audio: join(folder, 'audio'),
      out: join(folder, 'out/'),
      onError: 'skip',
    });
    expect(again).toMatchObject({ done: 1, used: 2, rejects: 6, salvaged: 0 });
  });

  test('reports rows that contradict and repeat one another, and keeps them', async () => {
    const folder = scratch({
      'a.wav': three,
      'b.wav': three,
      'labels.csv': 'Label,File\n1,a.wav\n1,b.wav\n2,a.wav\n1,b.wav\n',
    });
    const { code, stderr } = await bowerbird(folder, ['ingest', 'labels.csv', '--out', 'out/', '--progress', 'none']);
    expect(code).toBe(0);
    expect(stderr).toContain(
      '1 row(s) contradict an earlier one, such as rows 0 and 2 call "./a.wav" "1" and "2"; both are kept',
    );
    expect(stderr).toContain('1 row(s) say again what an earlier one said');
    const manifest = JSON.parse(readFileSync(join(folder, 'out/ingest.json'), 'utf8'));
    expect(manifest.contradictions).toEqual([{ input: './a.wav', rows: [0, 2], labels: ['1', '2'] }]);
    expect(readShards(join(folder, 'out'))).toHaveLength(4);
  });
});

describe('sound', () => {
  const ramp = wav(
    Array.from({ length: 1000 }, (_, i) => i),
    { sampleRate: 100 },
  );

  test('is cut into clips', async () => {
    const folder = scratch({ 'r.wav': ramp, 'labels.csv': 'Label,File\n9,r.wav\n' });
    const run = (name: string, more: object) =>
      ingest({
        csv: join(folder, 'labels.csv'),
        out: join(folder, name, 'x'),
        window: 4,
        hop: 3,
        mode: 'rich',
        ...more,
      });
    expect(await run('zero', {})).toMatchObject({ used: 1, records: 4 });
    const clips = readShards(join(folder, 'zero'));
    expect(clips.map(({ samples }) => samples[0]! * 32768)).toEqual([0, 300, 600, 900]);
    expect(clips.every(({ shape }) => shape[0] === 400)).toBe(true);
    const times = clips.map(({ features }) =>
      [features['start_s'], features['end_s']].map((it) => (it?.kind === 'float' ? it.values[0] : NaN)),
    );
    expect(times).toEqual([
      [0, 4],
      [3, 7],
      [6, 10],
      [9, 10],
    ]);
    expect(clips[3]!.samples.slice(100)).toEqual(new Array(300).fill(0));
    await run('drop', { pad: 'drop' });
    expect(readShards(join(folder, 'drop'))).toHaveLength(3);
  });

  test('is resampled and mixed as readAudio() does it', async () => {
    const noise = wav(
      Array.from({ length: 8000 }, (_, i) => Math.round(9000 * Math.sin(i * i * 0.001))),
      { channels: 2, sampleRate: 16_000 },
    );
    const folder = scratch({ 'n.wav': noise, 'labels.csv': 'Label,File\n0,n.wav\n' });
    await ingest({ csv: join(folder, 'labels.csv'), out: join(folder, 'out/'), mono: true, sampleRate: 8000 });
    const expected = await readAudio(join(folder, 'n.wav'), { mono: 'mean', sampleRate: 8000 });
    expect(readShards(join(folder, 'out'))[0]).toMatchObject({
      shape: [2000, 1],
      samples: Array.from(expected.samples as Float32Array),
    });
  });

  test('goes in as 16-bit samples, or as the file it is', async () => {
    const folder = scratch({ 'a.wav': three, 'labels.csv': 'Label,File\n0,a.wav\n' });
    const bytesOf = async (audioAs: 'pcm16' | 'bytes') => {
      await ingest({ csv: join(folder, 'labels.csv'), out: join(folder, audioAs, 'x'), audioAs });
      const audio = readShards(join(folder, audioAs))[0]!.features['audio'];
      return audio?.kind === 'bytes' ? hex(audio.values[0]!) : '';
    };
    expect(await bytesOf('pcm16')).toBe('00800000ff7f');
    expect(await bytesOf('bytes')).toBe(hex(three));
  });

  const hasFlac = existsSync(
    new URL('../../node_modules/flac-bindings/build/Release/flac-bindings.node', import.meta.url),
  );

  test.skipIf(!hasFlac)(
    'goes in as FLAC that holds the same integers, or rounded ones (needs flac-bindings)',
    async () => {
      const folder = scratch({ 'a.wav': ramp, 's.wav': stereo, 'labels.csv': 'Label,File\n0,a.wav\n1,s.wav\n' });
      const made = async (name: string, more: object = {}) => {
        await ingest({ csv: join(folder, 'labels.csv'), out: join(folder, name, 'x'), audioAs: 'flac', ...more });
        const found = readShards(join(folder, name)).map(({ features }) => features['audio']);
        return Promise.all(found.map((it) => decodeAudio(it?.kind === 'bytes' ? it.values[0]! : new Uint8Array(0))));
      };
      const [a, s] = await made('plain');
      expect(Array.from(a!.samples as Float32Array)).toEqual(Array.from({ length: 1000 }, (_, i) => i / 32768));
      expect(s).toMatchObject({ channels: 2, sampleRate: 8000, frames: 2 });
      const [clip] = await made('clips', { window: 4, mono: true });
      expect(clip).toMatchObject({ channels: 1, sampleRate: 100, frames: 400 });
    },
  );

  test.skipIf(!hasShared)('of FLAC is what others decode (needs ../shared)', async () => {
    const flac = sharedPath('flac/ietf-subset/01 - blocksize 4096.flac');
    const folder = scratch({ 'labels.csv': `Label,File\n0,"${flac}"\n` });
    const report = await ingest({ csv: join(folder, 'labels.csv'), out: join(folder, 'out/') });
    const [found] = readShards(join(folder, 'out'));
    const expected = await readAudio(flac);
    expect(found!.shape).toEqual([expected.frames, expected.channels]);
    expect(
      Buffer.from(Float32Array.from(found!.samples).buffer).equals(
        Buffer.from((expected.samples as Float32Array).buffer),
      ),
    ).toBe(true);
    expect(report.sampleRates).toEqual([{ sampleRate: expected.sampleRate, recordings: 1 }]);
  });
});

describe('a run', () => {
  const args = ['ingest', 'labels.csv', '--audio', 'audio', '--out', 'out/train', '--shards', '5', '--json'];

  test('goes on where an earlier one ended, and makes shards again whose recordings changed', async () => {
    const folder = scratch(recordings(20));
    const first = JSON.parse((await bowerbird(folder, args)).stdout);
    expect(first).toMatchObject({ job: 'ingest', done: 5, skipped: 0, rows: 20, used: 20, complete: true });
    const before = outputs(join(folder, 'out'));
    rmSync(join(folder, 'out/train-00003-of-00005.tfrecord'));
    expect(JSON.parse((await bowerbird(folder, args)).stdout)).toMatchObject({ done: 1, skipped: 4 });
    expect(outputs(join(folder, 'out'))).toEqual(before);

    utimesSync(join(folder, 'audio/clip-0.wav'), 1, 1);
    expect(JSON.parse((await bowerbird(folder, args)).stdout)).toMatchObject({ done: 1, skipped: 4 });
    expect(outputs(join(folder, 'out'))).toEqual(before);

    writeFileSync(
      join(folder, 'labels.csv'),
      readFileSync(join(folder, 'labels.csv'), 'utf8').replace('1,clip-19', '2,clip-19'),
    );
    expect(JSON.parse((await bowerbird(folder, args)).stdout)).toMatchObject({ done: 1, skipped: 4 });
    const other = await bowerbird(folder, [...args, '--mode', 'rich']);
    expect(other.code).toBe(1);
    expect(JSON.parse(other.stdout).error).toMatchObject({
      code: 'EXISTS',
      message: expect.stringContaining('mode: compat there, rich here'),
    });
  });

  test('in two parts makes what a whole one makes', async () => {
    const folder = scratch(recordings(20));
    await bowerbird(folder, args);
    const whole = outputs(join(folder, 'out'));
    rmSync(join(folder, 'out'), { recursive: true });
    const parts = await Promise.all(['0/2', '1/2'].map((units) => bowerbird(folder, [...args, '--units', units])));
    expect(parts.map(({ code }) => code)).toEqual([0, 0]);
    expect(outputs(join(folder, 'out'))).toEqual(whole);
  });

  test('with --dry-run counts and touches nothing', async () => {
    const folder = scratch({ ...recordings(5), 'audio/clip-3.wav': 'x' });
    rmSync(join(folder, 'audio/clip-4.wav'));
    const { code, stdout } = await bowerbird(folder, [...args.slice(0, -1), '--dry-run', '-q']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 {2}-> train-00004-of-00005.tfrecord$/m);
    expect(stdout).toMatch(/^rows +5$/m);
    expect(stdout).toMatch(/^missing +1 row$/m);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  test('takes everything from the environment, and from .env behind it', async () => {
    const folder = scratch({
      ...recordings(6),
      '.env':
        'DATA_INPUT_PATH=nowhere.csv\nBUCKET_NAME=\nDATA_OUTPUT_PATH=out/\nNUM_SHARDS=3\nNUM_WORKERS=2\nRUNNER=DataflowRunner\nREGION=us-central1\n',
    });
    const env = { DATA_INPUT_PATH: 'labels.csv' };
    const { code, stdout, stderr } = await bowerbird(folder, ['ingest', '--audio', 'audio', '--progress', 'none'], env);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'bowerbird: notice: RUNNER=DataflowRunner: everything runs on this machine; not used: REGION\n',
    });
    expect(stdout).toMatch(/^shards +3$/m);
    const typed = await bowerbird(
      folder,
      ['ingest', '--audio', 'audio', '--out', 'other/', '--shards', '1', '-q'],
      env,
    );
    expect(typed.code).toBe(0);
    expect(Object.keys(shardsOf(join(folder, 'other')))).toEqual(['labels-00000-of-00001.tfrecord']);
  });

  test('without a CSV file or an output says which', async () => {
    const folder = scratch();
    expect(await bowerbird(folder, ['ingest'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Expected a CSV file for bowerbird ingest, or DATA_INPUT_PATH'),
    });
    expect(await bowerbird(folder, ['ingest', 'a.csv'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Expected --out PREFIX for bowerbird ingest, or DATA_OUTPUT_PATH'),
    });
    for (const wrong of [
      { hop: 1 },
      { audioAs: 'bytes', mono: true },
      { keepColumns: ['label'] },
      { keepColumns: ['a', 'a:int'] },
      { delimiter: '"' },
    ] as const)
      await expect(ingest({ csv: 'a', out: 'b', ...wrong })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('tells in its manifest what each shard is', async () => {
    const folder = scratch(recordings(9));
    await bowerbird(folder, args);
    const manifest = JSON.parse(readFileSync(join(folder, 'out/train.ingest.json'), 'utf8'));
    for (const { name, bytes } of manifest.shards) expect(statSync(join(folder, 'out', name)).size).toBe(bytes);
    expect(manifest.totals).toMatchObject({
      rows: 9,
      records: 9,
      rejects: 0,
      classes: [0, 1, 2].map((id) => ({ id: String(id), records: 3 })),
      sampleRates: [{ sampleRate: 16_000, recordings: 9 }],
      channels: [{ channels: 1, recordings: 9 }],
    });
    expect(manifest.totals.soundSeconds).toBeCloseTo((9 + (0 + 1 + 2 + 3 + 4) + (0 + 1 + 2 + 3)) / 16_000, 9);
    expect(
      createHash('sha256')
        .update(readFileSync(join(folder, 'labels.csv')))
        .digest('hex'),
    ).toHaveLength(64);
  });
});

describe.skipIf(!hasShared)('damaged FLAC (needs ../shared)', () => {
  const flipped = () => {
    const bytes = Buffer.from(readFileSync(sharedPath('flac/ietf-subset/01 - blocksize 4096.flac')));
    for (let i = 0; i < 64; i++) bytes[Math.floor(bytes.length * 0.6) + i]! ^= 0xff;
    return bytes;
  };

  test('gives no clip under skip, not even of what stands before the damage, and all of them under salvage', async () => {
    const folder = scratch({ 'd.flac': flipped(), 'a.wav': three, 'labels.csv': 'Label,File\n1,d.flac\n2,a.wav\n' });
    const run = (onError: 'skip' | 'salvage', more: object = {}) =>
      ingest({ csv: join(folder, 'labels.csv'), out: join(folder, onError, 'x'), window: 1, onError, ...more });
    expect(await run('skip')).toMatchObject({ used: 1, records: 1, rejects: 1 });
    expect(readShards(join(folder, 'skip')).map(({ label }) => label)).toEqual([[2]]);
    expect(rejects(join(folder, 'skip/x.rejects.jsonl'))).toMatchObject([{ row: 0, line: 2, code: 'CORRUPT' }]);
    const whole = await readAudio(sharedPath('flac/ietf-subset/01 - blocksize 4096.flac'));
    const salvaged = await run('salvage');
    expect(salvaged).toMatchObject({ used: 2, rejects: 0, salvaged: 1 });
    expect(salvaged.records).toBe(Math.ceil(whole.frames / whole.sampleRate) + 1);
  });
});
