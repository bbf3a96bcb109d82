/** bowerbird ingest: what is in the Examples of a shard, and what TensorFlow wrote of the same. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeAudio, ingest, readAudio } from '../../dist/index.js';
import { hasShared, sharedPath } from '../shared-data.ts';
import { readShards, wav } from '../support/labelled.ts';
import { bowerbird, scratch } from './built.ts';
import { hex, ingestInto, rejects, stereo, three } from './ingesting.ts';

describe('compat', () => {
  test('writes the file that TensorFlow writes', async () => {
    const folder = scratch({ 'audio/a.wav': three, 'labels.csv': 'Label,Blob Name\n7,a.wav\n' });
    const { code, stdout } = await bowerbird(folder, ingestInto('out/train'));
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
    await ingest({ inputs: join(folder, 'labels.csv'), out: join(folder, 'out/') });
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
      inputs: join(folder, 'labels.csv'),
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
      inputs: csv,
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

describe('sound', () => {
  const ramp = wav(
    Array.from({ length: 1000 }, (_, i) => i),
    { sampleRate: 100 },
  );

  test('is cut into clips', async () => {
    const folder = scratch({ 'r.wav': ramp, 'labels.csv': 'Label,File\n9,r.wav\n' });
    const run = (name: string, more: object) =>
      ingest({
        inputs: join(folder, 'labels.csv'),
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
    await ingest({ inputs: join(folder, 'labels.csv'), out: join(folder, 'out/'), mono: true, sampleRate: 8000 });
    const expected = await readAudio(join(folder, 'n.wav'), { mono: true, sampleRate: 8000 });
    expect(readShards(join(folder, 'out'))[0]).toMatchObject({
      shape: [2000, 1],
      samples: Array.from(expected.samples as Float32Array),
    });
  });

  test('goes in as 16-bit samples, or as the file it is', async () => {
    const folder = scratch({ 'a.wav': three, 'labels.csv': 'Label,File\n0,a.wav\n' });
    const bytesOf = async (audioAs: 'pcm16' | 'bytes') => {
      await ingest({ inputs: join(folder, 'labels.csv'), out: join(folder, audioAs, 'x'), audioAs });
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
        await ingest({ inputs: join(folder, 'labels.csv'), out: join(folder, name, 'x'), audioAs: 'flac', ...more });
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
    const report = await ingest({ inputs: join(folder, 'labels.csv'), out: join(folder, 'out/'), allowOutside: true });
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
