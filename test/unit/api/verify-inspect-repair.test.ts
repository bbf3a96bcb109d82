/** verify(), inspect() and repair() on files by other writers, whole and damaged, and on damage made here. */

import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join as joinPath } from 'node:path';
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readTfRecords } from '../../../src/api/read-tfrecords.ts';
import { repair } from '../../../src/api/repair.ts';
import type { InspectedTfRecord, VerifiedTfRecord } from '../../../src/api/types.ts';
import { verify } from '../../../src/api/verify.ts';
import { hasShared, sharedFiles, sharedPath } from '../../shared-data.ts';
import { writeInputs } from '../../support/extracting.ts';
import { inspectOne, repairOne } from '../../support/one-file.ts';
import {
  arkaba,
  bytesFeature,
  DT,
  entry,
  example,
  flipped,
  floatFeature,
  floats,
  frame,
  int64Feature,
  join,
  offsetsOf,
  record,
  tensorProto,
  text,
  tfrecord,
} from '../../support/records.ts';
import { scratch, tree } from '../jobs/folder.ts';

// biome-ignore lint/suspicious/noExplicitAny: facts of expected.json
type Facts = any;

const shared = [
  ...sharedFiles('tfrecord/'),
  ...sharedFiles('embeddings/a2o/').filter(({ facts }) => facts.compression),
];
const named = shared.map((file) => [file.name, file] as const);
const codeOf = (error: string) => (/mismatch/.test(error) ? 'CORRUPT_RECORD' : 'TRUNCATED');
const placeOf = (error: string) => Number(/at byte (\d+)/.exec(error)![1]);

/** Damaged files of which the records behind the damage are intact; expected.json counts those before it. */
const after: { readonly [name: string]: number } = {
  'tfrecord/damaged-derived/flip-data-bit-record2.tfrecord': 1,
  'tfrecord/damaged-derived/flip-length-crc-record2.tfrecord': 1,
};

async function payloadsOf(path: string): Promise<Uint8Array[]> {
  const payloads: Uint8Array[] = [];
  for await (const { records } of readTfRecords(path, { onError: 'salvage' })) payloads.push(...records);
  return payloads;
}

function hashOf(payloads: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const payload of payloads) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(payload.length));
    hash.update(length).update(payload);
  }
  return hash.digest('hex');
}

describe.skipIf(!hasShared)('on files by other writers (needs ../shared)', () => {
  test('verify() finds in all of them at once what TensorFlow and the framing say', async () => {
    const report = await verify({ inputs: shared.map(({ name }) => sharedPath(name)), workers: 2 });
    const bySource = new Map(report.files.map((file) => [file.source, file]));
    for (const { name, facts, bytes } of shared) {
      const { framingError } = facts as Facts;
      const extra = after[name] ?? 0;
      expect(bySource.get(sharedPath(name)), name).toMatchObject({
        format: 'tfrecord',
        compression: facts.compression,
        size: bytes,
        records: facts.records + extra,
        ...(extra === 0 ? { payloadBytes: facts.payloadBytes } : {}),
        ok: framingError === undefined,
        damaged:
          framingError === undefined
            ? []
            : [{ record: facts.records, offset: placeOf(framingError), code: codeOf(framingError) }],
      });
    }
    const damaged = shared.filter(({ facts }) => facts.framingError !== undefined);
    expect(damaged.length).toBe(5);
    expect(report).toMatchObject({ ok: false, inputs: shared.length, damagedInputs: damaged.length });
    expect(report.records).toBe(shared.reduce((sum, { name, facts }) => sum + facts.records + (after[name] ?? 0), 0));
  });

  test.each(named)('inspect() tells of %s what is known', async (name, { facts, bytes }) => {
    const extra = after[name] ?? 0;
    const report = (await inspectOne(sharedPath(name), { all: true })) as InspectedTfRecord;
    expect(report).toMatchObject({
      format: 'tfrecord',
      compression: facts.compression,
      size: bytes,
      records: facts.records + extra,
      complete: true,
    });
    expect(report.damage?.offset).toBe(facts.framingError && placeOf(facts.framingError));
    if (extra > 0) return;
    expect(report.payloadBytes).toBe(facts.payloadBytes);
    const lengths: number[] = facts.recordLengths;
    if (facts.records <= lengths.length) {
      expect(report.recordBytes).toEqual(lengths.length === 0 ? [0, 0] : [Math.min(...lengths), Math.max(...lengths)]);
    }
    if (facts.records <= 400) {
      const kinds = facts.payloadKindsFirst400;
      const { Example: exampleCount = 0, SequenceExample: sequenceExample = 0, other = 0 } = kinds;
      expect(report.payloads).toEqual({ example: exampleCount, sequenceExample, other });
    }
    if (facts.records !== 1 || facts.first?.payload !== 'Example') return;
    const kindNames: { [kind: string]: string } = { bytes_list: 'bytes', float_list: 'float', int64_list: 'int64' };
    const expected = Object.entries<Facts>(facts.first.features).map(([feature, fact]) => ({
      name: feature,
      kind: kindNames[fact.kind] ?? 'empty',
      count: [fact.count ?? 0, fact.count ?? 0],
    }));
    expect(report.features.map(({ name, kind, count }) => ({ name, kind, count }))).toEqual(
      expected.sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    for (const feature of report.features) {
      const { values = [], count } = facts.first.features[feature.name];
      if (feature.kind === 'bytes' && values.length === count) {
        const sizes = values.map(({ len }: Facts) => len);
        expect(feature.range).toEqual([Math.min(...sizes), Math.max(...sizes)]);
      } else if (feature.kind !== 'bytes' && values.length === count && count > 0) {
        expect(feature.range).toEqual([Math.min(...values), Math.max(...values)]);
      }
    }
    const tensor = facts.first.tensors?.embedding;
    if (tensor === undefined) return;
    expect(report.features.find(({ name }) => name === 'embedding')!.tensor).toEqual({
      dtypes: [tensor.dtype],
      shapes: [tensor.shape],
      range: [tensor.min, tensor.max],
    });
  });

  test.each(named)('repair() keeps all intact records of %s', async (name, { facts }) => {
    const folder = scratch();
    const [source, out] = [joinPath(folder, 'source.tfrecord'), joinPath(folder, 'deep/er/out.tfrecord')];
    copyFileSync(sharedPath(name), source);
    const before = statSync(source, { bigint: true });
    const report = await repairOne(source, { out });
    const extra = after[name] ?? 0;
    expect(report).toMatchObject({ compression: facts.compression, records: facts.records + extra });
    expect(report.damaged.map(({ offset }) => offset)).toEqual(facts.framingError ? [placeOf(facts.framingError)] : []);
    const again = await verify({ inputs: [out] });
    expect(again).toMatchObject({ ok: true, records: facts.records + extra });
    const { compression } = again.files[0] as VerifiedTfRecord;
    expect(compression).toBe(facts.compression === 'none' || facts.records > 0 ? facts.compression : compression);
    const payloads = await payloadsOf(out);
    if (extra === 0) expect(hashOf(payloads)).toBe(facts.sha256OfLengthPrefixedPayloads);
    // What was whole and plain comes out byte for byte.
    if (facts.compression === 'none' && !facts.framingError)
      expect(readFileSync(out).equals(readFileSync(source))).toBe(true);
    // Reading may change the time of access, and nothing else may change.
    const { ino, size, mode, mtimeNs, ctimeNs } = before;
    expect(statSync(source, { bigint: true })).toMatchObject({ ino, size, mode, mtimeNs, ctimeNs });
    expect(readFileSync(source).equals(readFileSync(sharedPath(name)))).toBe(true);
  });
});

const payloads = Array.from({ length: 6 }, (_, i) => text(`payload ${i} ${'x'.repeat(50 * i)}`));
const offsets = offsetsOf(...payloads);
const whole = tfrecord(...payloads);
const twice = flipped(flipped(whole, offsets[1]! + 14), offsets[4]! + 8);

function fileOf(bytes: Uint8Array | string): string {
  const path = joinPath(scratch(), 'x');
  writeFileSync(path, bytes);
  return path;
}

describe('verify()', () => {
  test('lists every damaged range of every file, and writes nothing', async () => {
    const folder = scratch();
    writeInputs(folder, { a: whole, b: twice, c: whole.slice(0, -3), d: gzipSync(twice), e: '{"not": "one"}' });
    writeInputs(folder, { 'f.tfrecord': '', g: '' });
    const before = tree(folder);
    const report = await verify({ inputs: [folder], workers: 2 });
    expect(report).toMatchObject({ ok: false, inputs: 7, damagedInputs: 5, records: 6 + 4 + 5 + 4 });
    const ranges = [
      { record: 1, offset: offsets[1], length: payloads[1]!.length + 16, code: 'CORRUPT_RECORD' },
      { record: 4, offset: offsets[4], length: payloads[4]!.length + 16, code: 'CORRUPT_RECORD' },
    ];
    const [a, b, c, d, e, f, g] = report.files;
    expect(a).toMatchObject({ ok: true, damaged: [] });
    expect(b).toMatchObject({ ok: false, damaged: ranges });
    expect(c!.damaged).toMatchObject([
      { record: 5, offset: offsets[5], length: payloads[5]!.length + 13, code: 'TRUNCATED' },
    ]);
    expect(d).toMatchObject({ compression: 'gzip', damaged: ranges });
    expect(e).toMatchObject({
      ok: false,
      format: 'unknown',
      damaged: [],
      error: { code: 'UNSUPPORTED', message: expect.stringContaining('JSON text') },
    });
    expect(f).toMatchObject({ ok: true, records: 0 });
    expect(g).toMatchObject({ format: 'unknown', error: { code: 'UNSUPPORTED' } });
    expect(tree(folder)).toEqual(before);
  });

  test('finds damage of a compressed stream itself', async () => {
    const packed = gzipSync(whole);
    const cut = await verify({ inputs: [fileOf(packed.subarray(0, -20))] });
    expect(cut.files[0]!.damaged).toMatchObject([{ code: 'TRUNCATED' }]);
    // The checksum of the whole stream. zlib withholds the piece it was filling when it fails, 32 KiB at most.
    const many = Array.from({ length: 100 }, (_, i) => text(`${i} ${'x'.repeat(984)}`));
    const long = gzipSync(tfrecord(...many));
    const trailer = await verify({ inputs: [fileOf(flipped(long, long.length - 6))] });
    expect((trailer.files[0] as VerifiedTfRecord).records).toBeGreaterThan(100 - 34);
    expect(trailer.files[0]!.damaged).toMatchObject([{ code: 'CORRUPT_RECORD' }]);
    const followed = await verify({ inputs: [fileOf(Buffer.concat([packed, Buffer.from([0, 1, 2])]))] });
    expect(followed.files[0]).toMatchObject({ records: 6, ok: false });
  });

  test('reads multi-member GZIP as one stream', async () => {
    const members = Buffer.concat([gzipSync(whole.subarray(0, 100)), gzipSync(whole.subarray(100)), gzipSync('')]);
    expect(await verify({ inputs: [fileOf(members)] })).toMatchObject({ ok: true, records: 6 });
  });

  test('stops when told to', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(verify({ inputs: [fileOf(whole)], signal: stop.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});

describe('repair()', () => {
  test.each([
    ['none', (bytes: Uint8Array) => Buffer.from(bytes), (bytes: Buffer) => bytes],
    ['gzip', gzipSync, gunzipSync],
    ['zlib', deflateSync, inflateSync],
  ] as const)(
    'writes the intact records and reports what was lost, compression %s',
    async (compression, pack, unpack) => {
      const source = fileOf(pack(twice));
      const out = `${source}.repaired`;
      const report = await repairOne(source, { out });
      const [second, fifth] = [payloads[1]!.length + 16, payloads[4]!.length + 16];
      expect(report).toMatchObject({
        source,
        out,
        compression,
        records: 4,
        bytesIn: pack(twice).length,
        bytesOut: statSync(out).size,
        lostBytes: second + fifth,
        damaged: [
          { record: 1, offset: offsets[1], length: second },
          { record: 4, offset: offsets[4], length: fifth },
        ],
      });
      const kept = [0, 2, 3, 5].map((i) => payloads[i]!);
      expect(Buffer.from(unpack(readFileSync(out))).equals(Buffer.from(tfrecord(...kept)))).toBe(true);
      expect((await verify({ inputs: [out] })).ok).toBe(true);
      expect(readdirSync(joinPath(source, '..')).sort()).toEqual(['x', 'x.repaired']);
    },
  );

  test('refuses to write over its input, whatever it is called', async () => {
    const source = fileOf(twice);
    linkSync(source, `${source}.hard`);
    symlinkSync(source, `${source}.soft`);
    for (const out of [source, joinPath(source, '../x'), `${source}.hard`, `${source}.soft`]) {
      await expect(repairOne(source, { out, overwrite: true })).rejects.toMatchObject({ code: 'USAGE' });
    }
    expect(readFileSync(source).equals(twice)).toBe(true);
  });

  test('replaces another file only when told to', async () => {
    const source = fileOf(twice);
    const out = fileOf('precious');
    await expect(repairOne(source, { out })).rejects.toMatchObject({ code: 'EXISTS', source: out });
    expect(readFileSync(out, 'utf8')).toBe('precious');
    expect(await repairOne(source, { out, overwrite: true })).toMatchObject({ records: 4 });
    expect(await payloadsOf(out)).toHaveLength(4);
  });

  test.each([
    ['noise', Uint8Array.from({ length: 500 }, (_, i) => (i * 89) ^ (i >> 2)), 'CORRUPT_RECORD'],
    ['a few bytes', 'short', 'TRUNCATED'],
    ['another format', '{"a": 1}', 'UNSUPPORTED'],
    ['half a header', whole.slice(0, 9), 'TRUNCATED'],
  ])('fails on %s and leaves nothing behind', async (_, bytes, code) => {
    const source = fileOf(bytes);
    const out = `${source}.repaired`;
    await expect(repairOne(source, { out })).rejects.toMatchObject({ code, source });
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(joinPath(source, '..'))).toEqual(['x']);
  });

  test('makes an empty file of an empty file', async () => {
    const source = joinPath(scratch(), 'x.tfrecord');
    writeFileSync(source, '');
    expect(await repairOne(source, { out: `${source}.out` })).toMatchObject({ records: 0, bytesOut: 0, damaged: [] });
  });

  test('fails for an input that is not there, or a folder that holds nothing', async () => {
    const folder = scratch();
    await expect(repairOne(joinPath(folder, 'no'), { out: joinPath(folder, 'out') })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(repairOne(folder, { out: joinPath(folder, 'out') })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('the folder holds no files'),
    });
  });

  test('of several files goes into a folder, and one that cannot be repaired does not hide the others', async () => {
    const folder = scratch();
    const source = fileOf(twice);
    writeFileSync(joinPath(folder, 'b.txt'), '{"a": 1}');
    copyFileSync(source, joinPath(folder, 'a.tfrecord'));
    const told: string[] = [];
    const onFile = (file: { readonly format: string }) => void told.push(file.format);
    const report = await repair({ inputs: folder, out: joinPath(folder, 'out/'), onFile });
    expect(report).toMatchObject({ job: 'repair', inputs: 2, unreadable: 1, records: 4, bytesIn: twice.length });
    expect(told).toEqual(['tfrecord', 'unknown']);
    expect(report.files).toMatchObject([
      { source: joinPath(folder, 'a.tfrecord'), out: joinPath(folder, 'out/a.tfrecord'), records: 4 },
      { source: joinPath(folder, 'b.txt'), format: 'unknown', error: { code: 'UNSUPPORTED' } },
    ]);
    expect(readdirSync(joinPath(folder, 'out'))).toEqual(['a.tfrecord']);
    const file = repair({ inputs: [source, joinPath(folder, 'a.tfrecord')], out: joinPath(folder, 'one') });
    await expect(file).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('expected a folder') });
    const twins = repair({ inputs: [`${folder}/a.tfrecord`, `${folder}/out/a.tfrecord`], out: `${folder}/more/` });
    await expect(twins).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('both are called') });
  });
});

describe('inspect()', () => {
  test('summarises features over records', async () => {
    const half = tensorProto([1, 1, 2], Uint8Array.of(0, 0x3c, 0, 0xc0), DT.half);
    const other = example(
      entry('label', int64Feature([-5, 2 ** 40])),
      entry('empty', new Uint8Array(0)),
      entry('timestamp_s', floatFeature([0.5, 7])),
    );
    const path = fileOf(
      tfrecord(
        record({ values: [1, 2, 3, 4, 5, 6, 7, -8.5] }),
        record({ tensor: half, filename: 'b' }),
        other,
        frame(other),
      ),
    );
    const report = (await inspectOne(path)) as InspectedTfRecord;
    expect(report).toMatchObject({
      records: 4,
      complete: true,
      payloads: { example: 3, sequenceExample: 0, other: 1 },
    });
    expect(report.features).toEqual([
      {
        name: 'embedding',
        kind: 'bytes',
        records: 2,
        count: [1, 1],
        range: [half.length, tensorProto([2, 1, 4], floats([1, 2, 3, 4, 5, 6, 7, 8])).length],
        tensor: {
          dtypes: ['float32', 'float16'],
          shapes: [
            [2, 1, 4],
            [1, 1, 2],
          ],
          range: [-8.5, 7],
        },
        example: '1, 2, 3, 4, 5, 6, 7, -8.5',
      },
      { name: 'embedding_shape', kind: 'int64', records: 1, count: [3, 3], range: [1, 4], example: '2, 1, 4' },
      { name: 'empty', kind: 'empty', records: 1, count: [0, 0], example: '' },
      { name: 'filename', kind: 'bytes', records: 2, count: [1, 1], range: [1, arkaba.length], example: arkaba },
      { name: 'label', kind: 'int64', records: 1, count: [2, 2], range: [-5, 2 ** 40], example: `-5, ${2 ** 40}` },
      { name: 'timestamp_s', kind: 'float', records: 3, count: [1, 2], range: [0.5, 60], example: '60' },
    ]);
  });

  test('looks into the first records, or all of them', async () => {
    const path = fileOf(whole);
    expect(await inspectOne(path, { limit: 2 })).toMatchObject({ records: 2, complete: false });
    expect(await inspectOne(path, { limit: 6 })).toMatchObject({ records: 6, complete: true });
    expect(await inspectOne(path, { all: true, limit: 2 })).toMatchObject({ records: 6, complete: true });
    const many = fileOf(tfrecord(...Array.from({ length: 1001 }, (_, i) => text(`${i}`))));
    expect(await inspectOne(many)).toMatchObject({ records: 1000, complete: false });
  });

  test('tells of the first damage, and reads on', async () => {
    expect(await inspectOne(fileOf(twice))).toMatchObject({
      records: 4,
      damage: { record: 1, offset: offsets[1], code: 'CORRUPT_RECORD' },
    });
  });

  test('says what a file is when it is no TFRecord', async () => {
    const path = fileOf('version https://git-lfs.github.com/spec/v1\n');
    await expect(inspectOne(path)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('Git LFS pointer'),
    });
    const noise = fileOf(join(bytesFeature('x'), new Uint8Array(40)));
    await expect(inspectOne(noise)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('no intact record'),
    });
  });
});
