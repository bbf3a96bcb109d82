/** What becomes of one sample: its sound, its arrays, its bytes and its line, whatever wrote it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { unpack } from '../../../../src/api/datasets/unpack.ts';
import { readNpy } from '../../../../src/api/npy-files.ts';
import { readAudio } from '../../../../src/api/read-audio.ts';
import type { UnpackOptions } from '../../../../src/api/types.ts';
import { writeMsgpack } from '../../../../src/formats/msgpack/write.ts';
import { decodeNpy } from '../../../../src/formats/npy/npy.ts';
import { readPickle } from '../../../../src/formats/pickle/read.ts';
import { parseJsonForm } from '../../../../src/formats/python/json-forms.ts';
import { numpyArray } from '../../../../src/formats/python/numpy.ts';
import {
  NumpyArray,
  NumpyScalar,
  PythonComplex,
  type PythonData,
  PythonFloat,
  type PythonInput,
  PythonTuple,
} from '../../../../src/formats/python/values.ts';
import { describeData, pickledCases } from '../../../support/python-data.ts';
import { type Entry, keyOf, monoSample, numbered, raw, writeDataset } from '../../../support/shards.ts';
import { scratch, tree } from '../folder.ts';

async function unpacked(entries: readonly Entry[], options: Partial<UnpackOptions> = {}) {
  const root = scratch();
  await writeDataset(join(root, 'ds'), [entries]);
  const out = join(root, 'out');
  const report = await unpack({ inputs: join(root, 'ds'), out, ...options });
  const text = readFileSync(join(out, 'manifest.jsonl'), 'utf8');
  const lines =
    text === ''
      ? []
      : text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line));
  const names = Object.keys(tree(out)).filter(
    (name) => !name.startsWith('.bowerbird/') && !/^(unpack\.json|manifest\.jsonl)$/.test(name),
  );
  const notes = report.notes.map(({ note }) => note);
  return { out, report, lines, names, notes, file: (name: string) => readFileSync(join(out, name)) };
}

const one = (sample: PythonInput, options?: Partial<UnpackOptions>) => unpacked(numbered([sample]), options);
const tuple = (...items: number[]) => new PythonTuple(items);
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe('sound', () => {
  test('of two channels keeps frames, channels and every bit, NaN too', async () => {
    const audio = floats(0.5, -0.5, 1.5, Number.NaN, 1e-40, -0);
    const { lines, file, report } = await one({ audio, sample_rate: 44_100, shape: tuple(3, 2), dtype: 'float32' });
    const wav = file('sample_00000000.wav');
    expect([wav.readUInt16LE(22), wav.readUInt32LE(24)]).toEqual([2, 44_100]);
    expect(wav.subarray(-24)).toEqual(Buffer.from(audio));
    expect(lines).toEqual([
      { audio_filepath: 'sample_00000000.wav', duration: 3 / 44_100, key: 'sample_00000000', sample_rate: 44_100 },
    ]);
    expect(report.notes).toEqual([]);
  });

  test.each([
    ['fLaC', 'flac', 'sample_00000000.flac', []],
    ['RIFF\0\0\0\0WAVEfmt ', 'wav', 'sample_00000000.wav', []],
    ['ID3\x04\0\0\0\0\0\0', 'mp3', 'sample_00000000.mp3', []],
    ['?', 'mp3', 'sample_00000000.mp3', []],
    ['fLaC', 'mp3', 'sample_00000000.flac', ['Its codec says "mp3", its bytes are flac']],
    [
      '?',
      'exe',
      'sample_00000000.audio.bin',
      ['Its codec "exe" is none that is known: its audio is in a file that ends in .audio.bin'],
    ],
  ])('of %j with codec %s is the file %s as it is', async (text, codec, name, told) => {
    const audio = Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(700, 'x')]);
    const { names, notes, file, lines } = await one({
      audio: new Uint8Array(audio),
      codec,
      sample_rate: 8000,
      duration: new PythonFloat(2),
    });
    expect(names).toEqual([name]);
    expect(file(name).equals(audio)).toBe(true);
    expect(notes).toEqual(told);
    const sound = name.endsWith('.bin') ? { audio: { $file: name } } : { audio_filepath: name };
    const kept = told.length > 0 ? { codec } : {};
    expect(lines).toEqual([{ ...sound, duration: 2, key: keyOf(0), ...kept, sample_rate: 8000 }]);
  });

  test('of a file, of which nothing says so, is known by its bytes', async () => {
    const audio = new Uint8Array(Buffer.concat([Buffer.from('fLaC'), Buffer.alloc(100)]));
    const { names, notes } = await one({ audio, sample_rate: 8000, shape: tuple(7), dtype: 'float32' });
    expect(names).toEqual(['sample_00000000.flac']);
    expect(notes).toEqual(['Its audio has no codec, its bytes are those of a file: flac']);
  });

  test.each([
    ['int16', 2, 1, 16],
    ['int32', 4, 1, 32],
    ['uint8', 1, 1, 8],
  ])('of %s stays what it is', async (dtype, bytes, tag, bits) => {
    const audio = Uint8Array.from({ length: 3 * bytes }, (_, i) => i + 1);
    const { file, notes } = await one({ audio, sample_rate: 8000, shape: tuple(3), dtype }, { bits: 24 });
    const wav = file('sample_00000000.wav');
    // 32 bits are of the extensible kind, whose tag is in the first bytes of its GUID.
    expect([bits > 16 ? wav.readUInt16LE(44) : wav.readUInt16LE(20), wav.readUInt16LE(34)]).toEqual([tag, bits]);
    const end = wav.length - ((3 * bytes) % 2);
    expect([...wav.subarray(end - 3 * bytes, end)]).toEqual([...audio]);
    expect(notes).toEqual([]);
  });

  test.each([
    ['float64', { shape: tuple(2), dtype: 'float64' }, new Float64Array([0.1, 2]), 'float64'],
    ['float16', { shape: tuple(2), dtype: 'float16' }, Uint16Array.of(0x3c00, 0), 'float16'],
    ['three dimensions', { shape: tuple(1, 2, 1), dtype: 'float32' }, Float32Array.of(1, 2), 'float32'],
    ['65 channels', { shape: tuple(1, 65), dtype: 'float32' }, new Float32Array(65).fill(0.25), 'float32'],
    ['no rate', { shape: tuple(2), dtype: 'float32', sample_rate: null }, Float32Array.of(1, 2), 'float32'],
    ['a rate that is none', { shape: tuple(2), dtype: 'float32', sample_rate: 0 }, Float32Array.of(1, 2), 'float32'],
  ])('of %s is an array, and a note says why', async (_, fields, values, dtype) => {
    const audio = new Uint8Array(values.buffer);
    const { names, notes, out, lines } = await one({ sample_rate: 8000, ...fields, audio });
    expect(names).toEqual(['sample_00000000.audio.npy']);
    const read = await readNpy(join(out, names[0]!), { halves: 'bits' });
    expect(read).toMatchObject({ dtype, shape: fields.shape.items, data: values });
    expect(notes).toEqual([expect.stringContaining('.audio.npy')]);
    expect(lines[0].audio).toEqual({ $file: names[0] });
  });

  test('without a shape is one channel, and a note says so', async () => {
    const { out, notes } = await one(monoSample([0.25, 0.5]));
    const sound = await readAudio(join(out, 'sample_00000000.wav'));
    expect(sound).toMatchObject({ channels: 1, frames: 2, samples: Float32Array.of(0.25, 0.5) });
    expect(notes).toEqual(['Its audio has no shape: it is taken for one channel of float32']);
  });

  test('in an array of NumPy is a WAV file where it can be', async () => {
    const audio = numpyArray(Int16Array.of(1, -2, 3, -4), [2, 2]);
    const { names, file, lines } = await one({ audio, sample_rate: 8000 });
    expect(names).toEqual(['sample_00000000.wav']);
    expect(file(names[0]!).subarray(-8)).toEqual(Buffer.from(Int16Array.of(1, -2, 3, -4).buffer));
    expect(lines[0]).toMatchObject({ audio_filepath: 'sample_00000000.wav', duration: 2 / 8000 });
  });

  test('features that are called audio are an array', async () => {
    const audio = numpyArray(new Float32Array(160), [2, 80]);
    expect((await one({ audio, sample_rate: 8000 })).names).toEqual(['sample_00000000.audio.npy']);
  });

  test('that is not there, or only named, is a sample all the same', async () => {
    const { names, lines, report } = await unpacked(numbered([{ text: 'x' }, { audio: 'a.wav' }, { audio: null }, {}]));
    expect(names).toEqual([]);
    expect(lines.map(({ key: _, ...fields }) => fields)).toEqual([
      { text: 'x' },
      { audio: 'a.wav' },
      { audio: null },
      {},
    ]);
    expect(report).toMatchObject({ samples: 4, sounds: 0 });
  });

  test('beyond full scale is clipped to integers, counted and told', async () => {
    const { file, notes } = await one(monoSample([1.5, -2, 0.5], { shape: tuple(3) }), { bits: 16 });
    const wav = file('sample_00000000.wav');
    expect([0, 1, 2].map((i) => wav.readInt16LE(44 + 2 * i))).toEqual([32_767, -32_768, 16_384]);
    expect(notes).toEqual(['2 samples beyond full scale were clipped to it; option "bits" as "float" keeps them']);
  });

  test.each([
    ['a byte too many', { audio: new Uint8Array(9), shape: tuple(2), dtype: 'float32' }],
    ['a shape of more', { audio: floats(1, 2), shape: tuple(3), dtype: 'float32' }],
    ['two bytes a value that are nothing', { audio: new Uint8Array(4), shape: tuple(2), dtype: 'float32' }],
    ['no shape, and no whole number of floats', { audio: new Uint8Array(7), dtype: 'float32' }],
  ])('of %s is refused', async (_, fields) => {
    await expect(one({ sample_rate: 8000, ...fields })).rejects.toMatchObject({
      code: 'BAD_SCHEMA',
      record: 0,
      message: expect.stringMatching(
        /Cannot read audio of ".*data\.mdb": expected .* found \d bytes .*\(key "sample_00000000", entry 0\)/,
      ),
    });
  });
});

describe('other fields', () => {
  test('larger arrays and all bytes are files, the rest stands in the line', async () => {
    const sample = {
      features: numpyArray(
        Float32Array.from({ length: 12 }, (_, i) => i),
        [3, 4],
      ),
      few: numpyArray(Int32Array.of(1, 2)),
      blob: Uint8Array.of(1, 2, 3),
      'a.b': Uint8Array.of(4),
      nested: [numpyArray(new Float64Array(9)), { deep: new Uint8Array(65), short: Uint8Array.of(7) }],
      score: new PythonFloat(2),
      id: 2n ** 70n,
      pair: tuple(1, 2),
      z: new PythonComplex(0, 1),
      label: new NumpyScalar(numpyArray(BigInt64Array.of(5n), [])),
    };
    const { names, lines, file, out, report } = await one(sample);
    expect(names).toEqual(
      ['a%2Eb.bin', 'blob.bin', 'features.npy', 'nested-1.npy', 'nested-2.bin'].map(
        (name) => `sample_00000000.${name}`,
      ),
    );
    expect(report).toMatchObject({ arrays: 2, binaries: 3, sounds: 0 });
    expect(lines).toEqual([
      {
        key: 'sample_00000000',
        features: { $file: 'sample_00000000.features.npy' },
        few: { $array: { dtype: '<i4', shape: [2], data: [1, 2] } },
        blob: { $file: 'sample_00000000.blob.bin' },
        'a.b': { $file: 'sample_00000000.a%2Eb.bin' },
        nested: [
          { $file: 'sample_00000000.nested-1.npy' },
          { deep: { $file: 'sample_00000000.nested-2.bin' }, short: { $bytes: 'Bw==' } },
        ],
        score: 2,
        id: { $int: '1180591620717411303424' },
        pair: { $tuple: [1, 2] },
        z: { $complex: [0, 1] },
        label: { $scalar: { dtype: '<i8', data: [5] } },
      },
    ]);
    expect([...file('sample_00000000.blob.bin')]).toEqual([1, 2, 3]);
    const features = await readNpy(join(out, 'sample_00000000.features.npy'));
    expect(features).toMatchObject({ dtype: 'float32', shape: [3, 4], data: sample.features.data });
    // The text keeps 2.0 apart from 2.
    expect(file('manifest.jsonl').toString()).toContain('"score": 2.0,');
  });

  test('that are called as the manifest calls its own get another name, and a note says so', async () => {
    const { lines, notes } = await one({
      audio_filepath: 'old.wav',
      key: 1,
      key_: 2,
      ...monoSample([0], { shape: tuple(1) }),
    });
    expect(lines).toEqual([
      {
        audio_filepath: 'sample_00000000.wav',
        duration: 1 / 8000,
        text: 'a',
        key: 'sample_00000000',
        audio_filepath_: 'old.wav',
        key_: 1,
        key__: 2,
        sample_rate: 8000,
      },
    ]);
    expect(notes).toHaveLength(3);
  });

  test('without a name that is text', async () => {
    const { lines } = await one(
      new Map<never, never>([
        [5, 'five'],
        [Uint8Array.of(1), Uint8Array.of(2)],
      ] as never),
    );
    const file = { $file: 'sample_00000000.field.bin' };
    expect(lines).toEqual([
      {
        key: 'sample_00000000',
        $fields: [
          [5, 'five'],
          [{ $bytes: 'AQ==' }, file],
        ],
      },
    ]);
  });

  test('of MessagePack are the same', async () => {
    const value = raw(writeMsgpack({ text: 'x', n: new PythonFloat(1), v: numpyArray(new Float32Array(9)) }).slice());
    const { names, lines } = await unpacked([[keyOf(0), value]]);
    expect(names).toEqual(['sample_00000000.v.npy']);
    expect(lines).toEqual([{ text: 'x', key: keyOf(0), n: 1, v: { $file: names[0] } }]);
  });

  test('whose names differ in case only have files of two names', async () => {
    const { names } = await one({ v: Uint8Array.of(1), V: Uint8Array.of(2) });
    expect(names).toEqual(['sample_00000000.V~2.bin', 'sample_00000000.v.bin']);
  });

  test('a sample of more files than may be open is refused', async () => {
    const many = Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`f${i}`, Uint8Array.of(i & 255)]));
    await expect(one(many)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('more than 256 files'),
    });
  });
});

test('keys that are no names of files stay in the folder, each with a file of its own', async () => {
  const keys = ['a/../../b', 'CON', 'x', 'X', `${'k'.repeat(511)}`, '..'];
  const entries = [...keys.map((key): Entry => [key, monoSample([0.5], { shape: tuple(1) })])];
  const { names, lines, report, out } = await unpacked([...entries, [Uint8Array.of(0xff), { text: 'bytes' }]]);
  expect(report.samples).toBe(7);
  expect(names).toHaveLength(6);
  for (const name of names) expect(name).not.toContain('/');
  expect(names).toEqual(expect.arrayContaining(['a%2F..%2F..%2Fb.wav', '%43ON.wav', 'X.wav', 'x~2.wav', '%2E%2E.wav']));
  expect(new Set(lines.map(({ key }) => key))).toEqual(
    new Set([...keys, { $bytes: '/w==' }].map((key) => (typeof key === 'string' ? key : expect.objectContaining(key)))),
  );
  expect(Object.keys(tree(join(out, '..'))).filter((name) => !/^(ds|out)\//.test(name))).toEqual([]);
});

test('two datasets with the same keys have files of two names', async () => {
  const root = scratch();
  for (const name of ['a', 'b'])
    await writeDataset(join(root, name), [numbered([monoSample([name === 'a' ? 0.25 : 0.5], { shape: tuple(1) })])]);
  const out = join(root, 'out');
  await unpack({ inputs: [join(root, 'a'), join(root, 'b')], out });
  const value = (name: string) => readFileSync(join(out, name)).readFloatLE(58);
  expect([value('sample_00000000.wav'), value('sample_00000000~2.wav')]).toEqual([0.25, 0.5]);
});

describe('what Python pickled comes back from the line and its files', () => {
  const cases = ['plain', 'numpy-1'].flatMap((name) => pickledCases(name));
  /** Of other machines the bytes are turned around. */
  const native = (value: unknown) =>
    JSON.parse(JSON.stringify(value), (_, item) =>
      typeof item === 'string' && /^>[a-zU]\d+$/.test(item) ? item.replace('>', '<') : item,
    );

  test('every one', async () => {
    const values = cases.map(({ pickles }) =>
      readPickle(Buffer.from(Object.values(pickles)[0]!, 'base64'), { halves: 'bits' }),
    );
    const { out } = await unpacked(numbered(values.map((value) => new Map([['value', value]]) as never)));
    const fetch = (name: string) => {
      const bytes = new Uint8Array(readFileSync(join(out, name)));
      return name.endsWith('.npy') ? new NumpyArray(decodeNpy(bytes, { halves: 'bits' }) as NumpyArray) : bytes;
    };
    const lines = readFileSync(join(out, 'manifest.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(cases.length);
    let compared = 0;
    for (const [i, line] of lines.entries()) {
      // JavaScript sorts names that are numbers; of byte strings NumPy alone reads a .npy.
      if (/"\d+":/.test(line) || /byte strings/.test(cases[i]!.name)) continue;
      const read = parseJsonForm(line, fetch) as ReadonlyMap<string, PythonData>;
      expect(native(describeData(read.get('value')!)), cases[i]!.name).toEqual(native(cases[i]!.value));
      compared += 1;
    }
    expect(compared).toBeGreaterThan(0.8 * cases.length);
  });
});
