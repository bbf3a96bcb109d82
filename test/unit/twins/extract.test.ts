import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { FeatureList, FeatureLists } from '../../../src/formats/example/input.ts';
import { parseTensor } from '../../../src/formats/example/tensor.ts';
import { serializeTensor } from '../../../src/formats/example/tensor-writer.ts';
import { serializeExample } from '../../../src/formats/example/writer.ts';
import { frameRecord } from '../../../src/formats/records/tfrecord-frame.ts';
import { hasShared, sharedBytes, sharedFiles } from '../../shared-data.ts';
import { type ExtractTwinOptions, extractTwin } from '../../twins/extract.ts';
import { joined } from '../formats/blocks.ts';

const arkaba = 'site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac';

interface Row {
  readonly [key: string]: unknown;
}

function recordOf(changes: { readonly [name: string]: FeatureList | undefined } = {}): Uint8Array {
  const features: { [name: string]: FeatureList } = {
    filename: { kind: 'bytes', values: [arkaba] },
    timestamp_s: { kind: 'float', values: [60] },
    embedding: { kind: 'bytes', values: [serializeTensor(Float32Array.of(1, 2, 3, 4), [2, 1, 2])] },
  };
  for (const [name, feature] of Object.entries(changes)) {
    if (feature === undefined) delete features[name];
    else features[name] = feature;
  }
  return frameRecord(serializeExample(features as FeatureLists));
}

function tensorOf(data: Parameters<typeof serializeTensor>[0], shape: readonly number[], dtype?: string): FeatureList {
  return { kind: 'bytes', values: [serializeTensor(data, shape, dtype)] };
}

function extract(records: readonly Uint8Array[], options: ExtractTwinOptions = {}) {
  const result = extractTwin(joined(records), options);
  return { ...result, metadata: JSON.parse(result.json) as Row[] };
}

describe.skipIf(!hasShared)('extractTwin() on real records (needs ../shared)', () => {
  const files = sharedFiles('embeddings/a2o/').filter(({ name }) => name.endsWith('.tfrecord'));

  test('gives the vectors that TensorFlow found', () => {
    const [fowlers, real] = files;
    const whole = extract([sharedBytes(real!.name)]);
    expect(whole).toMatchObject({ records: 1, rows: 12, width: 1280, rejects: [], damaged: [] });
    expect(Buffer.from(whole.npy.subarray(0, 128)).toString('latin1')).toBe(
      `${"\x93NUMPY\x01\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (12, 1280), }".padEnd(127)}\n`,
    );
    const hash = createHash('sha256').update(whole.npy.subarray(128)).digest('hex');
    expect(hash).toBe(real!.facts.first.tensors.embedding.sha256OfLittleEndianBytes);
    expect(whole.json.slice(0, whole.json.indexOf('}') + 1)).toBe(
      '[{"file_timestamp": 1602599400, "file_seconds_since_midnight": 3600, "recording_offset_in_file": 6480, "site_id": "0285", ' +
        `"site_name": "Arkaba", "subsite_name": "Dry-A", "file_seq_id": 49500, "filename": "${arkaba}"}`,
    );
    expect(whole.metadata.map((row) => row['recording_offset_in_file'])).toEqual(
      Array.from({ length: 12 }, (_, i) => 6480 + 5 * i),
    );

    const all = extract([sharedBytes(fowlers!.name)], { channel: 'all' });
    expect(all).toMatchObject({ rows: 60, width: 1280 });
    expect(createHash('sha256').update(all.npy.subarray(128)).digest('hex')).toBe(
      fowlers!.facts.first.tensors.embedding.sha256OfLittleEndianBytes,
    );
    expect(Object.keys(all.metadata[7]!).slice(2, 4)).toEqual(['recording_offset_in_file', 'channel']);
    expect(all.metadata[7]).toMatchObject({
      channel: 2,
      recording_offset_in_file: 5,
      site_id: null,
      site_name: 'Fowlers-Gap',
    });
    expect(extract([sharedBytes(fowlers!.name)], { names: 'a2o-strict' }).failure).toMatchObject({
      code: 'NAME_MISMATCH',
    });
  });

  test('takes float16 and float64 tensors of the same values for the same rows', () => {
    const folder = 'tensorproto/tensorflow-2.21/serialize_tensor.arkaba_emb_';
    const half = { kind: 'bytes', values: [sharedBytes(`${folder}float16.pb`)] } as const;
    const wide = { kind: 'bytes', values: [sharedBytes(`${folder}float64.pb`)] } as const;
    const fromWide = extract([recordOf({ embedding: wide })], { dtype: 'float16' });
    const fromHalf = extract([recordOf({ embedding: half })], { dtype: 'float16' });
    expect(Buffer.compare(fromWide.npy, fromHalf.npy)).toBe(0);
    const values = parseTensor(half.values[0], { halves: 'bits' }).data as Uint16Array;
    expect(Buffer.compare(fromHalf.npy.subarray(128), new Uint8Array(values.buffer))).toBe(0);
  });
});

describe('extractTwin()', () => {
  test('gives an empty array of the usual width for an empty file', () => {
    expect(extract([])).toMatchObject({ records: 0, rows: 0, width: 1280, json: '[]' });
    expect(Buffer.from(extract([]).npy).toString('latin1')).toContain("'shape': (0, 1280), }");
  });

  test('adds hop seconds in float32, as NumPy 2 does', () => {
    const at = (start: number, hop: number) =>
      extract([recordOf({ timestamp_s: { kind: 'float', values: [start] } })], { hop }).metadata.map(
        (r) => r['recording_offset_in_file'],
      );
    expect(at(60, 5)).toEqual([60, 65]);
    // np.float32(16777216) + 5 is 16777220: even neighbours only.
    expect(at(16777216, 5)).toEqual([16777216, 16777220]);
    expect(at(-0.5, 0.25)).toEqual([0, 0]);
    const far = extract([recordOf({ timestamp_s: { kind: 'float', values: [1e20] } })]);
    expect(far.json).toContain('"recording_offset_in_file": 100000002004087734272,');
  });

  test('prints names under "none" and a pattern', () => {
    expect(extract([recordOf()], { names: 'none' }).json).toContain(
      `[{"recording_offset_in_file": 60, "filename": "${arkaba}"}, {`,
    );
    const named = extract([recordOf()], { names: /_(?<site>[A-Z]\w+)-(?<no>x)?/, channel: 'all' }).json;
    expect(named).toContain(
      `[{"recording_offset_in_file": 60, "channel": 0, "site": "Arkaba", "no": null, "filename": "${arkaba}"}, {`,
    );
  });

  const bytes = (...values: (Uint8Array | string)[]): FeatureList => ({ kind: 'bytes', values });
  const float = (...values: number[]): FeatureList => ({ kind: 'float', values });
  const four = Float32Array.of(1, 2, 3, 4);
  test.each<[string, Parameters<typeof recordOf>[0], ExtractTwinOptions, string]>([
    ['no timestamp', { timestamp_s: undefined }, {}, 'BAD_SCHEMA'],
    ['two timestamps', { timestamp_s: float(1, 2) }, {}, 'BAD_SCHEMA'],
    ['a timestamp that is not a number', { timestamp_s: float(Number.NaN) }, {}, 'BAD_SCHEMA'],
    ['a timestamp of another kind', { timestamp_s: { kind: 'int64', values: [1] } }, {}, 'BAD_SCHEMA'],
    ['no file name', { filename: undefined }, {}, 'BAD_SCHEMA'],
    ['two file names', { filename: bytes(arkaba, arkaba) }, {}, 'BAD_SCHEMA'],
    ['a file name that is not UTF-8', { filename: bytes(Uint8Array.of(0xff)) }, { names: 'none' }, 'NAME_MISMATCH'],
    ['a file name without a date', { filename: bytes('x.flac') }, {}, 'NAME_MISMATCH'],
    ['a file name outside the pattern', {}, { names: /nothing/ }, 'NAME_MISMATCH'],
    ['no tensor', { embedding: undefined }, {}, 'BAD_SCHEMA'],
    ['no tensor of that name', {}, { feature: 'other' }, 'BAD_SCHEMA'],
    ['a tensor that is none', { embedding: bytes('x') }, {}, 'BAD_SCHEMA'],
    ['an integer tensor', { embedding: tensorOf(Int32Array.of(1), [1, 1, 1]) }, {}, 'BAD_SCHEMA'],
    ['a tensor of rank 2', { embedding: tensorOf(four, [2, 2]) }, {}, 'BAD_SCHEMA'],
    ['a channel it does not have', {}, { channel: 1 }, 'BAD_SCHEMA'],
    ['no channels', { embedding: tensorOf(new Float32Array(0), [2, 0, 2]) }, { channel: 'all' }, 'BAD_SCHEMA'],
    ['no width', { embedding: tensorOf(new Float32Array(0), [2, 1, 0]) }, {}, 'BAD_SCHEMA'],
    ['another shape beside it', { embedding_shape: { kind: 'int64', values: [1, 2, 2] } }, {}, 'BAD_SCHEMA'],
    ['another width than the first record', { embedding: tensorOf(four, [1, 1, 4]) }, {}, 'BAD_SCHEMA'],
  ])('rejects a record with %s', (_, changes, options, code) => {
    const other = recordOf(changes);
    // Where the first record is as it should be, one bad record costs itself only.
    const plain = extract([recordOf()], options).records;
    const skipped = extract([recordOf(), other, recordOf()], { ...options, onError: 'skip' });
    expect(skipped.records).toBe(plain * 2);
    expect(skipped.rejects).toContainEqual({ record: 1, offset: recordOf().length, code });
    const failed = extract([other, other], { ...options, onError: 'fail' });
    if (_ !== 'another width than the first record') expect(failed.failure).toEqual({ record: 0, offset: 0, code });
  });

  test('salvages around damage and stops at it otherwise', () => {
    const file = joined([recordOf(), recordOf(), recordOf()]);
    const size = recordOf().length;
    file[size + 30]! ^= 1;
    expect(extractTwin(file, { onError: 'salvage' })).toMatchObject({
      records: 2,
      rows: 4,
      damaged: [{ record: 1, offset: size, length: size, code: 'CORRUPT_RECORD' }],
    });
    for (const onError of ['fail', 'skip'] as const) {
      expect(extractTwin(file, { onError })).toMatchObject({
        failure: { record: 1, offset: size, code: 'CORRUPT_RECORD' },
      });
    }
  });
});
