/** ArrayRecordReader, ArrayRecordWriter and ArrayRecordSet: files by Google, bytes that Google's writer gave, and every way to read. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArrayRecordSet } from '../../../src/api/array-record-set.ts';
import { type ByteSource, bytesSource } from '../../../src/bytes.ts';
import { ArrayRecordReader } from '../../../src/records/array-record-reader.ts';
import { ArrayRecordWriter } from '../../../src/records/array-record-writer.ts';
import { hasShared, sharedBytes, sharedPath } from '../../shared-data.ts';
import { readAll, texts, written, writtenBytes } from '../../support/array-records.ts';
import { scratch } from '../jobs/folder.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const codecs = ['uncompressed', 'zstd', 'brotli', 'snappy'] as const;

async function collected(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  for await (const record of source) records.push(record);
  return records;
}

/** As a byte-range source that notes what is asked of it. */
function counted(bytes: Uint8Array): { readonly source: ByteSource; readonly ranges: [number, number][] } {
  const ranges: [number, number][] = [];
  const inner = bytesSource(bytes, 'memory');
  const read = async (offset: number, length: number) => {
    ranges.push([offset, length]);
    return inner.read(offset, length);
  };
  return { source: { ...inner, read }, ranges };
}

describe('ArrayRecordWriter gives the bytes of Google’s writer', () => {
  const abc = ['abc', 'def', 'ghi'];
  const long = Uint8Array.from({ length: 200000 }, (_, i) => i % 251);
  const numbers = Array.from({ length: 100000 }, (_, i) => String(i));
  const cases: readonly (readonly [string, readonly (string | Uint8Array)[], number, string])[] = [
    ['uncompressed', [], 131072, 'bb7d9c8ed25aa0ec5f40ee07e444096b2b58697cb675400fdadaedfab1ce2c40'],
    ['uncompressed', [''], 131072, 'db64944dfee85cfb1ece30245022003792e1c6044ebfd1deab7a83734d3bf13a'],
    ['uncompressed', abc, 131072, 'fe9259e034cd776ea338a8f5a39724656b4fee83f9fb30aec1f0c25dfff15674'],
    ['group_size:2,uncompressed', abc, 131072, '428dea484c69da94d4ecfd2d25b235d4f821c24cbf446e194332f48742a95cf0'],
    [
      'group_size:2,uncompressed,pad_to_block_boundary:true',
      abc,
      262144,
      'dc0a7fad4f3bb192aaf9401d5f34a38b39b4c15012037fc4bf6a3bd0c70f0563',
    ],
    ['uncompressed', [long], 327680, '91ba00a6dc8fde3a5d32c946fb41c86d0390bd21db20f54b534a67dbb6a5a912'],
    [
      'uncompressed',
      [new Uint8Array(65427)],
      196608,
      'c783dc9e794bf708fc4ca1988df2f351b76f2a09c46ebc04d0fc2cfc7d79230f',
    ],
    [
      'group_size:1000,uncompressed',
      numbers,
      720896,
      'b49601d3200cbce2a1ef956a0ae0137683871fad9a9aa0d98f16c2780b574fda',
    ],
  ];
  test.each(cases)('%s %#', async (options, records, size, hash) => {
    const bytes = await writtenBytes(records, options);
    expect([bytes.length, sha256(bytes)]).toEqual([size, hash]);
  });
});

describe.skipIf(!hasShared)('on files by Google (needs ../shared)', () => {
  const files: readonly (readonly [string, string[], string | undefined])[] = [
    [
      'array_record/digits.array_record-00000-of-00002',
      ['0', '1', '2', '3', '4'],
      'group_size:1,transpose:false,pad_to_block_boundary:false,uncompressed,max_parallelism:1',
    ],
    [
      'array_record/digits.array_record-00001-of-00002',
      ['5', '6', '7', '8', '9'],
      'group_size:1,transpose:false,pad_to_block_boundary:false,uncompressed,max_parallelism:1',
    ],
    ['grain-2022/alphabet.array_record-00000-of-00002', [...'abcdefghijklm'], undefined],
    ['grain-2022/alphabet.array_record-00001-of-00002', [...'nopqrstuvwxyz'], undefined],
    [
      'grain-2023/digits.array_record-00000-of-00001',
      [...'0123456789'],
      'group_size:65536,transpose:false,pad_to_block_boundary:false,zstd:3,max_parallelism:1',
    ],
  ];

  test.each(files)('ArrayRecordReader reads %s', async (name, values, options) => {
    const reader = await ArrayRecordReader.open(sharedPath(`arrayrecord/${name}`));
    expect([reader.length, reader.options]).toEqual([values.length, options]);
    const all: string[] = [];
    for await (const record of reader) all.push(Buffer.from(record).toString('latin1'));
    // Those of grain are tf.Examples whose last byte is the value.
    expect(all.map((text) => text.at(-1))).toEqual(values);
    const last = values.length - 1;
    expect(texts(await reader.readMany([last, 2, 2, 0]))).toEqual([all[last], all[2], all[2], all[0]]);
    expect(texts([await reader.read(3)])).toEqual([all[3]]);
    await reader.close();
  });

  test('ArrayRecordWriter writes the golden files again, byte for byte', async () => {
    for (const [name, values] of files.slice(0, 2)) {
      const bytes = await writtenBytes(values, 'group_size:1,uncompressed');
      expect(sha256(bytes)).toBe(sha256(sharedBytes(`arrayrecord/${name}`)));
    }
  });

  test('ArrayRecordSet is what ArrayRecordDataSource is: globs sorted, slices, order as given', async () => {
    const folder = sharedPath('arrayrecord/array_record');
    const set = new ArrayRecordSet([`${folder}/digits.array_record-*-of-00002`]);
    expect(texts(await set.readMany([9, 0, 5, 5, 4]))).toEqual(['9', '0', '5', '5', '4']);
    expect(set.length).toBe(10);
    await set.close();
    const [a, b] = [0, 1].map((i) => `${folder}/digits.array_record-0000${i}-of-00002`);
    const sliced = await ArrayRecordSet.open([`${b}[3:5]`, a!, `${a}[0:0]`, `${b}[0:1]`], { openFiles: 1 });
    const all: Uint8Array[] = [];
    for await (const record of sliced) all.push(record);
    expect(texts(all)).toEqual(['8', '9', '0', '1', '2', '3', '4', '5']);
    expect(sliced.length).toBe(8);
    expect(texts(await sliced.readMany([7, 0, 2, 1]))).toEqual(['5', '8', '0', '9']);
    expect(texts([await sliced.read(7), await sliced.read(1)])).toEqual(['5', '9']);
    await sliced.close();
  });
});

describe('ArrayRecordReader', () => {
  test('gives back what was written, whatever the options', { timeout: 120_000 }, async () => {
    const folder = scratch();
    const record = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constant(new Uint8Array(0)),
      fc.integer({ min: 0, max: 200000 }).map((n) => new Uint8Array(n).fill(n)),
    );
    const options = fc.record({
      codec: fc.constantFrom(...codecs),
      group: fc.constantFrom(1, 2, 3, 10, 1000),
      pad: fc.boolean(),
      transpose: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 25 }),
        options,
        async (records, { codec, group, pad, transpose }) => {
          const text = `group_size:${group},${codec},pad_to_block_boundary:${pad},transpose:${transpose}`;
          const path = await written(records, text, join(folder, 'x'));
          const found = await readAll(path);
          expect(found.map(sha256)).toEqual(records.map(sha256));
          const reader = await ArrayRecordReader.open(path);
          const backwards = records.map((_, i) => records.length - 1 - i);
          expect((await reader.readMany(backwards)).map(sha256)).toEqual(backwards.map((i) => sha256(records[i]!)));
          for (const i of backwards.slice(0, 5)) expect(sha256(await reader.read(i))).toBe(sha256(records[i]!));
          await reader.close();
        },
      ),
      { numRuns: 120 },
    );
  });
  test('reads only the ranges it needs, and footer and index only once', async () => {
    const records = Array.from({ length: 100 }, (_, i) => new Uint8Array(60000).fill(i));
    const bytes = await writtenBytes(records, 'uncompressed');
    const { source, ranges } = counted(bytes);
    const reader = await ArrayRecordReader.open(source);
    const footer = reader.index.footerOffset;
    expect(ranges).toEqual([
      [bytes.length - 65536, 65536],
      [footer, bytes.length - 65536 - footer],
    ]);
    ranges.length = 0;
    expect(sha256(await reader.read(50))).toBe(sha256(records[50]!));
    expect(ranges).toEqual([[reader.index.chunks[150], reader.index.chunks[153]! - reader.index.chunks[150]!]]);
    ranges.length = 0;
    // Three that are neighbours come in one request, the others in one each.
    expect((await reader.readMany([72, 3, 70, 71, 3])).map((r) => r[0])).toEqual([72, 3, 70, 71, 3]);
    expect(ranges.map(([, length]) => Math.round(length / 60000))).toEqual([1, 3]);
    await reader.close();
  });

  test('readMany() sorts chunk numbers as numbers', async () => {
    const path = await written(
      Array.from({ length: 300 }, (_, i) => String(i)),
      'group_size:2',
    );
    const reader = await ArrayRecordReader.open(path);
    const wanted = [299, 100, 9, 20, 9, 0, 21];
    expect(texts(await reader.readMany(wanted))).toEqual(wanted.map(String));
    expect(await reader.readMany([])).toEqual([]);
    await reader.close();
  });

  test('batches() gives a range in order, in batches of about the size asked for', async () => {
    const path = await written(
      Array.from({ length: 1000 }, (_, i) => String(i).padStart(100, '.')),
      'group_size:7,snappy',
    );
    const reader = await ArrayRecordReader.open(path);
    const seen: string[] = [];
    let batches = 0;
    for await (const { from, records } of reader.batches({ from: 13, to: 777, batchBytes: 10000 })) {
      expect(from).toBe(13 + seen.length);
      expect(records.reduce((sum, r) => sum + r.length, 0)).toBeLessThanOrEqual(10000);
      seen.push(...texts(records));
      batches += 1;
    }
    expect(seen.map((text) => Number(text.replaceAll('.', '')))).toEqual(Array.from({ length: 764 }, (_, i) => i + 13));
    expect(batches).toBeGreaterThan(7);
    await expect(reader.batches({ from: 5, to: 1001 }).next()).rejects.toMatchObject({ code: 'USAGE' });
    const stop = AbortSignal.abort();
    await expect(reader.batches({ signal: stop }).next()).rejects.toBe(stop.reason);
    await reader.close();
  });

  test('many reads run at the same time', async () => {
    const records = Array.from({ length: 500 }, (_, i) => new Uint8Array(i * 17).fill(i));
    const reader = await ArrayRecordReader.open(await written(records, 'group_size:4,zstd'));
    const order = Array.from({ length: 4000 }, (_, i) => (i * 7919) % 500);
    const found = await Promise.all(
      order.map((i, n) => (n % 3 ? reader.read(i) : reader.readMany([i]).then(([r]) => r!))),
    );
    expect(found.map(sha256)).toEqual(order.map((i) => sha256(records[i]!)));
    const late = Promise.all(order.slice(0, 50).map((i) => reader.readMany([i, 499 - i])));
    await reader.close();
    await expect(late).resolves.toHaveLength(50);
    await expect(reader.read(0)).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('is read by many threads at once (needs dist/)', async () => {
    const records = Array.from({ length: 300 }, (_, i) => `${i}`.repeat(i));
    const path = await written(records, 'group_size:3,brotli');
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.dist).then(async ({ ArrayRecordReader }) => {
        const reader = await ArrayRecordReader.open(workerData.path);
        let wrong = 0;
        for (let i = 0; i < 3000; i++) {
          const n = (i * 31 + workerData.seed) % 300;
          if (Buffer.from(await reader.read(n)).toString() !== String(n).repeat(n)) wrong++;
        }
        await reader.close();
        parentPort.postMessage(wrong);
      });`;
    const dist = new URL('../../../dist/index.js', import.meta.url).href;
    const wrong = await Promise.all(
      Array.from({ length: 6 }, (_, seed) => {
        const worker = new Worker(code, { eval: true, workerData: { dist, path, seed } });
        return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      }),
    );
    expect(wrong).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('refuses what is no record number, and says what would be', async () => {
    const reader = await ArrayRecordReader.open(await written(['a', 'b']));
    for (const record of [-1, 2, 0.5, Number.NaN, '0' as unknown as number]) {
      await expect(reader.read(record)).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining('expected 0 to 1'),
      });
      await expect(reader.readMany([0, record])).rejects.toMatchObject({ code: 'USAGE' });
    }
    await reader.close();
    const empty = await ArrayRecordReader.open(await written([]));
    await expect(empty.readMany([5])).rejects.toThrow('it holds none');
    expect(await collected(empty)).toEqual([]);
    await empty.close();
  });

  test('names chunk, offset and record of damage, and reads on around it', async () => {
    const path = await written(['zero', 'one', 'two'], 'uncompressed');
    const bytes = readFileSync(path);
    const at = bytes.indexOf('one');
    bytes[at]! ^= 1;
    writeFileSync(path, bytes);
    const reader = await ArrayRecordReader.open(path);
    const offset = reader.index.chunks[3];
    const failure = { code: 'CORRUPT_RECORD', source: path, offset, record: 1 };
    await expect(reader.read(1)).rejects.toMatchObject(failure);
    await expect(reader.readMany([0, 1])).rejects.toMatchObject(failure);
    expect(texts(await reader.readMany([2, 0]))).toEqual(['two', 'zero']);
    await reader.close();
  });

  test('says what is wrong with files that are none', async () => {
    const path = join(scratch(), 'x');
    const whole = await writtenBytes(['a']);
    const cases: readonly (readonly [Uint8Array, object])[] = [
      [new Uint8Array(0), { code: 'UNSUPPORTED' }],
      [Buffer.alloc(131072, 'x'), { code: 'UNSUPPORTED' }],
      [whole.subarray(0, 64), { code: 'TRUNCATED' }],
      [whole.subarray(0, 65536), { code: 'TRUNCATED' }],
      [whole.subarray(0, 131000), { code: 'TRUNCATED' }],
      [Buffer.concat([whole, Buffer.alloc(65536)]), { message: expect.stringContaining('Cannot find the footer') }],
    ];
    for (const [bytes, failure] of cases) {
      writeFileSync(path, bytes);
      await expect(ArrayRecordReader.open(path)).rejects.toMatchObject(failure);
      await expect(ArrayRecordReader.open(bytesSource(bytes, 'memory'))).rejects.toMatchObject(failure);
    }
    await expect(ArrayRecordReader.open(`${path}-missing`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('ArrayRecordWriter', () => {
  test('publishes by rename: nothing is there before close(), nothing after abort()', async () => {
    const folder = scratch();
    const path = join(folder, 'x.arrayrecord');
    const writer = await ArrayRecordWriter.create(path, 'group_size:3');
    for (let i = 0; i < 100; i++) await writer.write(Buffer.alloc(50000, i));
    expect(existsSync(path)).toBe(false);
    expect(await writer.close()).toMatchObject({ records: 100, chunks: 34, bytes: readFileSync(path).length });
    await expect(ArrayRecordWriter.create(path)).rejects.toMatchObject({ code: 'EXISTS' });
    await expect(ArrayRecordWriter.create(path, 'group_size:0', { overwrite: true })).rejects.toMatchObject({
      code: 'USAGE',
    });
    const other = await ArrayRecordWriter.create(join(folder, 'y'));
    await other.write(Buffer.alloc(5_000_000));
    await other.abort();
    await expect(other.close()).rejects.toMatchObject({ code: 'USAGE' });
    expect(readdirSync(folder)).toEqual(['x.arrayrecord']);
    expect((await readAll(path)).map((r) => r[0])).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test('takes a copy of each record, and needs no waiting', async () => {
    const path = join(scratch(), 'x');
    const writer = await ArrayRecordWriter.create(path, 'group_size:10,snappy');
    const record = new Uint8Array(1000);
    for (let i = 0; i < 2000; i++) {
      record.fill(i);
      void writer.write(record);
    }
    await writer.close();
    expect((await readAll(path)).map((r) => [r[0], r[999]])).toEqual(
      Array.from({ length: 2000 }, (_, i) => [i & 255, i & 255]),
    );
    await expect(writer.write(record)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('ArrayRecordSet', () => {
  test('tells wrong use, and slices that promise too much when they are read', async () => {
    const path = await written(['a', 'b']);
    for (const sources of [[], [''], 5] as unknown as string[][]) {
      expect(() => new ArrayRecordSet(sources)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    }
    await expect(ArrayRecordSet.open(`${path}[2:1]`)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(new ArrayRecordSet(`${path}-missing`).read(0)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const lazy = new ArrayRecordSet([path, `${path}[1:5]`]);
    expect(() => lazy.length).toThrow('ready()');
    expect((await lazy.ready()).length).toBe(6);
    expect(texts(await lazy.readMany([1, 0]))).toEqual(['b', 'a']);
    await expect(lazy.read(2)).rejects.toThrow('the file holds 2 records');
    await expect(lazy.read(6)).rejects.toThrow('expected 0 to 5');
    await lazy.close();
    await expect(lazy.read(0)).rejects.toThrow('closed');
  });

  test('keeps few files open and reads from all of them at once', async () => {
    const folder = scratch();
    for (let s = 0; s < 20; s++) {
      const name = `x-${String(s).padStart(5, '0')}-of-00020.arrayrecord`;
      await written(
        Array.from({ length: s }, (_, i) => `${s}/${i}`),
        '',
        join(folder, name),
      );
    }
    const set = await ArrayRecordSet.open(join(folder, 'x-*-of-00020.arrayrecord'), { openFiles: 3 });
    const all = Array.from({ length: 20 }, (_, s) => Array.from({ length: s }, (_, i) => `${s}/${i}`)).flat();
    expect(set.length).toBe(190);
    const order = all.map((_, i) => (i * 77) % 190);
    expect(texts(await Promise.all(order.map((i) => set.read(i))))).toEqual(order.map((i) => all[i]));
    expect(texts(await set.readMany(order))).toEqual(order.map((i) => all[i]));
    expect(texts(await collected(set))).toEqual(all);
    await set.close();
  });
});
