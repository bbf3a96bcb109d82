/** extract() on records of the archive itself, against what TensorFlow and NumPy found in them. */

import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasShared, sharedBytes, sharedFiles, sharedPath } from '../../shared-data.ts';
import { extractFiles, floatsOf, manifestOf, readOutput, tryExtract } from '../../support/extracting.ts';
import {
  arkaba,
  arkabaMetadata,
  bytesFeature,
  floats,
  int64Feature,
  ramp,
  record,
  tensorProto,
  tfrecord,
} from '../../support/records.ts';
import { slowCrc32c } from '../../twins/crc32c.ts';
import { extractTwin } from '../../twins/extract.ts';
import { scratch, tree } from '../jobs/folder.ts';

const a2o = 'embeddings/a2o/';
const arkabaFile = `${a2o}site_0285_20201014T010000+1030_Arkaba-Dry-A_49500.t6480.tfrecord`;
const fowlersFile = `${a2o}20200120T043000+1030_Fowlers-Gap-Wet-B_231604.t0.tfrecord`;
const fowlers = '20200120T043000+1030_Fowlers-Gap-Wet-B_231604.flac';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const factsOf = (name: string) => sharedFiles(name).find((file) => file.name === name)!.facts;

describe.skipIf(!hasShared)('extract() on real records (needs ../shared)', () => {
  const stem = (file: string) => basename(file).split('.')[0]!;

  async function extractShared(file: string, options: Parameters<typeof extractFiles>[1] = {}) {
    const outDir = join(scratch(), 'out');
    const { report, error } = await tryExtract({ inputs: [sharedPath(file)], out: outDir, workers: 1, ...options });
    if (report === undefined) throw error;
    return { report, outDir, ...readOutput(outDir, stem(file)) };
  }

  test.each(['', '.gz', '.zlib'])('writes what the notebook writes for Arkaba%s', async (ending) => {
    const { outDir, npy, json, report } = await extractShared(arkabaFile + ending);
    expect(npy).toMatchObject({ descr: '<f4', shape: [12, 1280] });
    expect(sha256(npy.data)).toBe(factsOf(arkabaFile).first.tensors.embedding.sha256OfLittleEndianBytes);
    const whole = readFileSync(join(outDir, 'embeddings', `${stem(arkabaFile)}.npy`));
    expect(whole.subarray(0, 128).toString('latin1')).toBe(
      `${"\x93NUMPY\x01\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (12, 1280), }".padEnd(127)}\n`,
    );
    // json.dumps of the notebook's dictionaries: separators ", " and ": ", keys in this order.
    const rows = Array.from(
      { length: 12 },
      (_, i) =>
        `{"file_timestamp": 1602599400, "file_seconds_since_midnight": 3600, "recording_offset_in_file": ${6480 + 5 * i}, ` +
        `"site_id": "0285", "site_name": "Arkaba", "subsite_name": "Dry-A", "file_seq_id": 49500, "filename": "${arkaba}"}`,
    );
    expect(json).toBe(`[${rows.join(', ')}]`);
    expect(report.files[0]).toMatchObject({
      compression: factsOf(arkabaFile + ending).compression,
      records: 1,
      rows: 12,
      width: 1280,
      rejects: 0,
      assumedUtc: 0,
    });
  });

  test('takes one channel of five, or all of them', async () => {
    const { embedding } = factsOf(fowlersFile).first.tensors;
    const all = await extractShared(fowlersFile, { channel: 'all' });
    expect(all.npy).toMatchObject({ descr: '<f4', shape: [60, 1280] });
    expect(sha256(all.npy.data)).toBe(embedding.sha256OfLittleEndianBytes);
    expect(Object.keys(all.rows[0]!).slice(2, 5)).toEqual(['recording_offset_in_file', 'channel', 'site_id']);
    expect(all.rows.map((row) => [row['recording_offset_in_file'], row['channel']])).toEqual(
      Array.from({ length: 60 }, (_, i) => [5 * Math.floor(i / 5), i % 5]),
    );
    expect(all.rows[0]).toEqual({
      file_timestamp: 1579456800,
      file_seconds_since_midnight: 16200,
      recording_offset_in_file: 0,
      channel: 0,
      site_id: null,
      site_name: 'Fowlers-Gap',
      subsite_name: 'Wet-B',
      file_seq_id: 231604,
      filename: fowlers,
    });
    const values = floatsOf(all.npy);
    expect(values.slice(0, embedding.values.length)).toEqual(embedding.values);
    expect(values.slice(-embedding.lastValues.length)).toEqual(embedding.lastValues);
    for (let channel = 0; channel < 5; channel++) {
      const one = await extractShared(fowlersFile, { channel });
      const expected = Array.from({ length: 12 }, (_, w) => (w * 5 + channel) * 1280 * 4);
      expect(one.npy.shape).toEqual([12, 1280]);
      expect(one.npy.data.equals(Buffer.concat(expected.map((at) => all.npy.data.subarray(at, at + 5120))))).toBe(true);
      expect(Object.keys(one.rows[0]!)).not.toContain('channel');
    }
    await expect(extractShared(fowlersFile, { channel: 5 })).rejects.toMatchObject({ code: 'BAD_SCHEMA', record: 0 });
  });

  test.each([
    ['float16', {}, arkabaFile],
    ['hop 2.5', { hop: 2.5 }, arkabaFile],
    ['hop 0.3', { hop: 0.3 }, fowlersFile],
    ['names none', { names: 'none' }, arkabaFile],
    ['names a2o-strict', { names: 'a2o-strict' }, arkabaFile],
    ['all channels as float16', { dtype: 'float16', channel: 'all' }, fowlersFile],
    ['channel 3 without names', { channel: 3, names: 'none' }, fowlersFile],
  ] as const)('writes the same bytes as its slow twin: %s', async (what, given, file) => {
    const options = what === 'float16' ? ({ dtype: 'float16' } as const) : given;
    const { outDir } = await extractShared(file, options);
    const twin = extractTwin(sharedBytes(file), options);
    expect(twin.failure).toBeUndefined();
    expect(readFileSync(join(outDir, 'embeddings', `${stem(file)}.npy`)).equals(twin.npy)).toBe(true);
    expect(readFileSync(join(outDir, 'metadata', `${stem(file)}.json`), 'utf8')).toBe(twin.json);
  });

  test('rounds to float16 as TensorFlow did', async () => {
    const folder = 'tensorproto/tensorflow-2.21/serialize_tensor.';
    const facts = factsOf(`${folder}arkaba_emb_float16.pb`);
    const shape = facts.shape as [number, number, number];
    for (const dtype of ['float16', 'float64']) {
      const tensor = sharedBytes(`${folder}arkaba_emb_${dtype}.pb`);
      const { outDir } = await extractFiles({ x: tfrecord(record({ tensor })) }, { dtype: 'float16' });
      const { npy } = readOutput(outDir, 'x');
      expect(npy).toMatchObject({ descr: '<f2', shape: [shape[0], shape[2]] });
      expect(sha256(npy.data)).toBe(facts.sha256OfLittleEndianBytes);
    }
  });

  test.each([
    ['float_val_packed_1x1x8', [1, 8]],
    ['half_val_float16_1x1x8', [1, 8]],
    ['make_tensor_proto.splat_float32_12x1x1280', [12, 1280]],
  ] as const)('reads the tensor %s that TensorFlow wrote', async (name, shape) => {
    const path = `tensorproto/tensorflow-2.21/${name}.pb`;
    const { outDir } = await extractFiles({ x: tfrecord(record({ tensor: sharedBytes(path) })) });
    const { npy } = readOutput(outDir, 'x');
    expect(npy.shape).toEqual(shape);
    expect(floatsOf(npy).slice(0, 8)).toEqual(factsOf(path).values.flat().slice(0, 8));
  });

  test('reads all 281 real names of the archive', async () => {
    const lines = readFileSync(sharedPath('names/a2o-names-expected.jsonl'), 'utf8').trim().split('\n');
    const names = lines.map((line) => JSON.parse(line));
    expect(names).toHaveLength(281);
    const file = tfrecord(...names.map(({ name }) => record({ filename: name, shape: [1, 1, 4] })));
    const { outDir, report } = await extractFiles({ x: file });
    expect(readOutput(outDir, 'x').rows).toEqual(
      names.map((expected) => {
        const [hours, minutes, seconds] = expected.iso.slice(11, 19).split(':').map(Number);
        return {
          file_timestamp: expected.epochSeconds,
          file_seconds_since_midnight: hours * 3600 + minutes * 60 + seconds,
          recording_offset_in_file: 60,
          site_id: expected.siteFolder,
          // A name without Wet or Dry is kept whole.
          site_name: expected.subsite === null ? expected.safeSiteName : expected.site,
          subsite_name: expected.subsite,
          file_seq_id: expected.recordingId,
          filename: expected.name,
        };
      }),
    );
    expect(report!.assumedUtc).toBe(names.filter(({ offset }) => offset === 'Z').length);
    expect(report!.withoutZone).toBe(0);
  });

  test('gives the same folder on 1, 2 and 5 workers', async () => {
    const inDir = join(scratch(), 'in');
    mkdirSync(inDir);
    for (let i = 0; i < 9; i++) {
      const file = [arkabaFile, `${arkabaFile}.gz`, fowlersFile][i % 3]!;
      copyFileSync(sharedPath(file), join(inDir, `${i}-of-9`));
    }
    const folders: { [path: string]: string }[] = [];
    for (const workers of [1, 2, 5]) {
      const outDir = join(scratch(), 'out');
      const { report } = await tryExtract({ inputs: [inDir], out: outDir, workers });
      expect(report).toMatchObject({ inputs: 9, done: 9, rows: 108 });
      folders.push(tree(outDir));
    }
    const [one, two, five] = folders;
    expect(Object.keys(one!).sort()).toHaveLength(9 * 2 + ['extract.json', '.bowerbird/extract.jsonl'].length);
    expect(two).toEqual(one);
    expect(five).toEqual(one);
  });
});

describe('extract()', () => {
  test('takes another feature, and the shape feature of its name', async () => {
    const nuisances = (windows: number, told = [windows, 5, 3]) =>
      record({
        // The embedding's own shape feature is of no concern then.
        features: {
          embedding_shape: int64Feature([9, 9]),
          nuisances: bytesFeature(tensorProto([windows, 5, 3], floats(ramp(windows, 5, 3)))),
          nuisances_shape: int64Feature(told),
        },
      });
    const options = { feature: 'nuisances', channel: 4 } as const;
    const { report, outDir } = await extractFiles({ x: tfrecord(nuisances(3), nuisances(1)) }, options);
    expect(report).toMatchObject({ records: 2, rows: 4 });
    const { rows, npy } = readOutput(outDir, 'x');
    expect(npy.shape).toEqual([4, 3]);
    expect(floatsOf(npy)).toEqual([12, 13, 14, 27, 28, 29, 42, 43, 44, 12, 13, 14].map((value) => value + 0.25));
    expect(rows[0]).toEqual({ ...arkabaMetadata, recording_offset_in_file: 60, filename: arkaba });
    const { error } = await extractFiles({ x: tfrecord(nuisances(2, [2, 3, 5])) }, options);
    expect(error?.message).toContain(
      'the TensorProto of "nuisances" has shape 2x5x3, but feature "nuisances_shape" says 2x3x5',
    );
  });

  test('lists size, counts, bytes and CRC-32C of every output in its manifest', async () => {
    const files = { 'b.tfrecord': tfrecord(record(), record({ shape: [5, 1, 4] })), 'a.tfrecord': tfrecord(record()) };
    const { outDir, inDir } = await extractFiles(files);
    const manifest = manifestOf(outDir);
    expect(Object.keys(manifest)).toEqual([
      ...['job', 'version', 'options', 'inputs', 'records', 'rows', 'rejects'],
      ...['assumedUtc', 'withoutZone', 'overflowed', 'bytesIn', 'bytesOut', 'files'],
    ]);
    expect(manifest['options']).toEqual({
      feature: 'embedding',
      channel: 0,
      hop: 5,
      names: 'a2o',
      dtype: 'float32',
      onError: 'fail',
    });
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect(manifest['version']).toBe(version);
    const stamp = (name: string) => {
      const bytes = readFileSync(join(outDir, name));
      return { name, bytes: bytes.length, crc32c: slowCrc32c(bytes).toString(16).padStart(8, '0') };
    };
    const common = { compression: 'none', width: 4, rejects: 0, assumedUtc: 0, withoutZone: 0, overflowed: 0 };
    expect(manifest.files).toEqual([
      {
        ...common,
        input: join(inDir, 'a.tfrecord'),
        size: files['a.tfrecord'].length,
        records: 1,
        rows: 2,
        embeddings: stamp('embeddings/a.npy'),
        metadata: stamp('metadata/a.json'),
      },
      {
        ...common,
        input: join(inDir, 'b.tfrecord'),
        size: files['b.tfrecord'].length,
        records: 2,
        rows: 7,
        embeddings: stamp('embeddings/b.npy'),
        metadata: stamp('metadata/b.json'),
      },
    ]);
    expect(JSON.stringify(manifest)).not.toMatch(/time|date|seconds|pid|host/i);
  });
});
