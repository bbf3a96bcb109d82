/** inspect(), verify() and repair() on ArrayRecord files: those of Google, unfinished ones, and damage in every place that matters. */

import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { InspectedArrayRecord, RepairedArrayRecord, VerifiedArrayRecord } from '../../../src/api/types.ts';
import { verify } from '../../../src/api/verify.ts';
import { ArrayRecordReader } from '../../../src/records/array-record-reader.ts';
import { survey } from '../../../src/records/array-record-survey.ts';
import { hasShared, sharedFiles, sharedPath } from '../../shared-data.ts';
import { readAll, texts, written, writtenBytes } from '../../support/array-records.ts';
import { inspectOne, repairOne } from '../../support/one-file.ts';
import { tfrecord } from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

// biome-ignore lint/suspicious/noExplicitAny: facts of expected.json
type Facts = any;

const options = (text: string) => `group_size:${text},max_parallelism:1`;

async function verifyOne(path: string): Promise<VerifiedArrayRecord> {
  const report = await verify({ inputs: [path], workers: 1 });
  return report.files[0] as VerifiedArrayRecord;
}

/** Repairs `bytes`; what was said, and the records of the new file, which verifies. */
async function repaired(
  bytes: Uint8Array,
): Promise<{ report: RepairedArrayRecord; records: string[]; out: Uint8Array }> {
  const folder = scratch();
  const [path, out] = [join(folder, 'cut.arrayrecord'), join(folder, 'fixed.arrayrecord')];
  writeFileSync(path, bytes);
  const report = (await repairOne(path, { out })) as RepairedArrayRecord;
  const { damaged, intact } = await survey({ uri: out });
  expect([damaged, intact.reduce((sum, { records }) => sum + records, 0)]).toEqual([[], report.records]);
  const reader = await ArrayRecordReader.open(out);
  expect([reader.length, reader.options]).toEqual([report.records, report.options]);
  await reader.close();
  return { report, records: texts(await readAll(out)), out: readFileSync(out) };
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[at]! ^= 4;
  return copy;
}

async function chunksOf(bytes: Uint8Array): Promise<{ begins: number[]; footer: number }> {
  const path = join(scratch(), 'x');
  writeFileSync(path, bytes);
  const reader = await ArrayRecordReader.open(path);
  const { chunks, footerOffset } = reader.index;
  await reader.close();
  return { begins: Array.from(chunks).filter((_, i) => i % 3 === 0), footer: footerOffset };
}

describe.skipIf(!hasShared)('on files by others (needs ../shared)', () => {
  const golden = sharedFiles('arrayrecord/').filter(({ name }) => name.includes('array_record'));

  test('inspect() and verify() say of each what its footer says', async () => {
    expect(golden).toHaveLength(5);
    for (const { name, bytes, facts } of golden) {
      const { footer, userChunks } = facts as Facts;
      const compression = userChunks[0].compression === 'none' ? 'uncompressed' : userChunks[0].compression;
      expect(await inspectOne(sharedPath(name), { all: true }), name).toMatchObject({
        format: 'arrayrecord',
        size: bytes,
        records: footer.num_records,
        inspected: footer.num_records,
        complete: true,
        chunks: footer.num_chunks,
        groupSize: footer.chunks[0].num_records,
        options: footer.writer_options,
        compression,
        transposed: false,
      });
      expect(await verifyOne(sharedPath(name)), name).toMatchObject({
        ok: true,
        records: footer.num_records,
        chunks: footer.num_chunks,
        payloadBytes: footer.chunks.reduce((sum: number, chunk: Facts) => sum + chunk.decoded_data_size, 0),
        damaged: [],
      });
    }
  });

  test('repair() makes ArrayRecord files of plain Riegeli files, which have no footer', async () => {
    const riegeli = sharedFiles('arrayrecord/').filter(({ name }) => name.endsWith('.riegeli'));
    expect(riegeli.length).toBeGreaterThan(7);
    for (const { name, facts } of riegeli) {
      const { expected, recordsFromChunkHeaders, decodedBytesFromChunkHeaders } = facts as Facts;
      const { report, records } = await repaired(readFileSync(sharedPath(name)));
      expect(report, name).toMatchObject({ records: expected?.records ?? recordsFromChunkHeaders, lostRecords: 0 });
      expect(report.damaged, name).toMatchObject([{ code: 'TRUNCATED', records: 0 }]);
      const hash = createHash('sha256');
      let bytes = 0;
      for (const text of records) {
        const [record, length] = [Buffer.from(text, 'latin1'), Buffer.alloc(8)];
        length.writeBigUInt64LE(BigInt(record.length));
        hash.update(length).update(record);
        bytes += record.length;
      }
      expect(bytes, name).toBe(expected?.bytes ?? decodedBytesFromChunkHeaders);
      if (expected?.recordsHex)
        expect(records.map((text) => Buffer.from(text, 'latin1').toString('hex'))).toEqual(expected.recordsHex);
      else if (expected) expect(hash.digest('hex'), name).toBe(expected.sha256OfLengthPrefixedRecords);
    }
  });
});

describe('inspect()', () => {
  test('tells layout and content, of as many records as asked for', async () => {
    const path = await written(
      Array.from({ length: 5000 }, (_, i) => `record ${i}`),
      'group_size:7,transpose,brotli:2',
    );
    const first = (await inspectOne(path)) as InspectedArrayRecord;
    expect(first).toMatchObject({
      format: 'arrayrecord',
      records: 5000,
      chunks: 715,
      groupSize: 7,
      compression: 'brotli',
      transposed: true,
    });
    expect([first.complete, first.inspected < 5000]).toEqual([false, true]);
    expect(await inspectOne(path, { all: true })).toMatchObject({
      complete: true,
      inspected: 5000,
      size: statSync(path).size,
    });
    const empty = await written([], 'snappy');
    expect(await inspectOne(empty)).toMatchObject({ records: 0, chunks: 0, complete: true });
  });

  test('refuses a file without footer, and says what helps', async () => {
    const path = await written(['a']);
    writeFileSync(path, readFileSync(path).subarray(0, 110));
    await expect(inspectOne(path)).rejects.toMatchObject({
      code: 'TRUNCATED',
      message: expect.stringContaining('"bowerbird repair"'),
    });
  });
});

describe('repair()', () => {
  const five = ['zero', 'one', 'two', 'three', 'four'];

  test.each([
    ['1,transpose:false,pad_to_block_boundary:false,uncompressed', 1],
    ['1,transpose:false,pad_to_block_boundary:false,snappy', 1],
    ['2,transpose:false,pad_to_block_boundary:false,brotli:6', 2],
    ['2,transpose:false,pad_to_block_boundary:true,uncompressed', 2],
    ['2,transpose:true,pad_to_block_boundary:false,transpose_bucket_size:256,uncompressed', 2],
  ])('rebuilds the file of a writer that died after its last chunk, bit for bit: %s', async (text, group) => {
    const bytes = await writtenBytes(five, options(text));
    const { footer } = await chunksOf(bytes);
    const { report, records, out } = await repaired(bytes.subarray(0, footer));
    expect(records).toEqual(five);
    expect(report).toMatchObject({ records: 5, chunks: Math.ceil(5 / group), lostRecords: 0, lostBytes: 0 });
    expect(report.damaged).toMatchObject([{ code: 'TRUNCATED', length: 0, records: 0, record: 5 }]);
    // Padding is not among what chunks show.
    if (!text.includes('boundary:true')) expect(Buffer.compare(out, bytes)).toBe(0);
  });

  test('keeps all whole chunks of a file cut anywhere', async () => {
    const bytes = await writtenBytes(five, 'uncompressed');
    const { begins, footer } = await chunksOf(bytes);
    const ends = [...begins.slice(1), footer];
    for (let cut = 64; cut < footer; cut += 11) {
      const whole = ends.filter((end) => end <= cut).length;
      if (whole === 0 && cut > 64) {
        await expect(repaired(bytes.subarray(0, cut)), `${cut}`).rejects.toMatchObject({ code: 'TRUNCATED' });
        continue;
      }
      const { records, report } = await repaired(bytes.subarray(0, cut));
      expect(records, `${cut}`).toEqual(five.slice(0, whole));
      const torn = cut - (whole === 0 ? 64 : ends[whole - 1]!);
      expect(report.lostBytes, `${cut}`).toBe(torn);
    }
  });

  test('drops a damaged chunk, keeps the rest, and reports chunk, offset and records', async () => {
    for (const codec of ['uncompressed', 'zstd', 'brotli', 'snappy', 'transpose']) {
      const bytes = await writtenBytes(five, `group_size:2,${codec}`);
      const { begins } = await chunksOf(bytes);
      for (const at of [begins[1]! + 3, begins[1]! + 20, begins[2]! - 2]) {
        const { report, records } = await repaired(flipped(bytes, at));
        expect(records, codec).toEqual(['zero', 'one', 'four']);
        expect(report).toMatchObject({ records: 3, chunks: 2, lostRecords: 2, lostBytes: begins[2]! - begins[1]! });
        expect(report.damaged).toMatchObject([
          {
            chunk: 1,
            offset: begins[1],
            length: begins[2]! - begins[1]!,
            record: 2,
            records: 2,
            code: 'CORRUPT_RECORD',
          },
        ]);
      }
    }
  });

  test('makes chunks of one size again where a short chunk would stand in the middle', async () => {
    // The last chunk of the first file is short; behind it stands the damage of a second file.
    const first = await writtenBytes(five, 'group_size:2,uncompressed');
    const { footer } = await chunksOf(first);
    const joined = Buffer.concat([first.subarray(0, footer), first.subarray(64, footer)]);
    const { report, records } = await repaired(joined);
    expect(records).toEqual([...five, ...five]);
    expect(report.chunks).toBeLessThanOrEqual(6);
  });

  test.each(['footer', 'postscript', 'both', 'the signature'])('rebuilds %s, and loses no record', async (what) => {
    const bytes = new Uint8Array(await writtenBytes(five, 'group_size:2,zstd:5,window_log:22'));
    const { footer } = await chunksOf(bytes);
    if (what === 'footer' || what === 'both') bytes[footer + 50]! ^= 1;
    if (what === 'postscript' || what === 'both') bytes[bytes.length - 65536 + 70]! ^= 1;
    if (what === 'the signature') bytes[40]! ^= 1;
    const { report, records } = await repaired(bytes);
    expect(records).toEqual(five);
    // By their headers alone, footer and postscript are chunks of 4 and 3 records.
    expect(report.lostRecords).toBe(what === 'both' ? 7 : 0);
    expect(report.damaged).toHaveLength(what === 'both' ? 2 : 1);
    const knows = what === 'postscript' || what === 'the signature';
    expect(report.options).toContain(knows ? 'zstd:5,window_log:22' : 'zstd:3,window_log:20');
  });

  test('refuses a file of which nothing is left', async () => {
    const bytes = await writtenBytes(['one'], 'uncompressed');
    await expect(repaired(flipped(bytes, 100))).rejects.toMatchObject({ code: 'CORRUPT_RECORD', offset: 64 });
  });

  test('gives a whole file back as it is', async () => {
    const bytes = await writtenBytes(five, 'group_size:2,zstd:1');
    const { report, out } = await repaired(bytes);
    expect(report.damaged).toEqual([]);
    expect(Buffer.compare(out, bytes)).toBe(0);
  });
});

describe('verify()', () => {
  test('names chunk, offset and record range of every damaged chunk', async () => {
    const bytes = new Uint8Array(
      await writtenBytes(
        Array.from({ length: 100 }, (_, i) => `record ${i}`),
        'group_size:10,snappy',
      ),
    );
    const { begins } = await chunksOf(bytes);
    for (const chunk of [2, 7]) bytes[begins[chunk]! + 45]! ^= 1;
    const path = join(scratch(), 'x');
    writeFileSync(path, bytes);
    const file = await verifyOne(path);
    expect(file).toMatchObject({ ok: false, records: 80, chunks: 8 });
    expect(file.damaged).toMatchObject([
      { chunk: 2, offset: begins[2], record: 20, records: 10, reason: "the hash of the chunk's data does not match" },
      { chunk: 7, offset: begins[7], record: 70, records: 10 },
    ]);
  });

  test('sees an index that does not tell the truth, though all hashes hold', async () => {
    // Two files of the same layout: the footer of one on the chunks of the other.
    const [a, b] = [
      await writtenBytes(['aa', 'bb', 'cc'], 'group_size:1,uncompressed'),
      await writtenBytes(['aa', 'bbcc', ''], 'group_size:1,uncompressed'),
    ];
    const { begins, footer } = await chunksOf(a);
    const other = await chunksOf(b);
    expect([other.begins[0], other.footer]).toEqual([begins[0], footer]);
    const path = join(scratch(), 'x');
    writeFileSync(path, Buffer.concat([a.subarray(0, footer), b.subarray(footer)]));
    const file = await verifyOne(path);
    expect(file.ok).toBe(false);
    expect(file.damaged[0]!.reason).toMatch(/index/);
    await expect(readAll(path)).rejects.toMatchObject({ code: 'CORRUPT_RECORD' });
  });
});

test.each([
  'group_size:1,uncompressed',
  'group_size:3,uncompressed,pad_to_block_boundary:true',
  'group_size:4,zstd',
  'group_size:3,transpose:true,snappy',
])('verify() proves the records of intact chunks, as it proves a TFRecord file of them: %s', async (grouping) => {
  const records = Array.from({ length: 24 }, (_, i) => Buffer.alloc(i === 5 ? 200_000 : 37 * i, `record ${i} `));
  const bytes = await writtenBytes(records, grouping);
  const { begins } = await chunksOf(bytes);
  const each = Math.ceil(24 / begins.length);
  const path = join(scratch(), 'x.arrayrecord');
  const plain = join(scratch(), 'x.tfrecord');
  for (const [damaged, kept] of [
    [bytes, records],
    [flipped(bytes, begins[2]! + 20), records.filter((_, i) => Math.floor(i / each) !== 2)],
    [bytes.subarray(0, begins[3]!), records.slice(0, 3 * each)],
  ] as const) {
    writeFileSync(path, damaged);
    writeFileSync(plain, tfrecord(...kept));
    const { proof } = await verify({ inputs: [plain], proof: true, workers: 1 });
    expect(await verify({ inputs: [path], proof: true, workers: 1 })).toMatchObject({ records: kept.length, proof });
  }
});
