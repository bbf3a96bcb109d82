/**
 * ArrayRecord: Google's package writes and we read, we write and it reads, record for record, for every compression, group size and padding.
 *
 * Of the matrix, 9,999 records of 60 KB (600 MB) come once, uncompressed, and once for each compression under --full; all other options have
 * 25. Of 20 MB there are 1 and 3. One case lies on the disk at a time.
 */

import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { converse } from './environment.mjs';

const isFull = process.argv.includes('--full');
const codecs = ['uncompressed', 'zstd', 'brotli', 'snappy'];
const groups = [1, 10, 1000];
const paddings = [false, true];
const sizes = { empty: [0, 1], tiny: [1, 30], '60 KB': [60_000, 7], '20 MB': [20_000_000, 5] };

/** Record counts of each size; 0 records have no size. */
function contents(codec, group, pad) {
  const isLarge = group === 10 && !pad && (codec === 'uncompressed' || isFull);
  return [
    ['empty', 0],
    ...Object.keys(sizes).map((size) => [size, 1]),
    ['empty', 9999],
    ['tiny', 9999],
    ['60 KB', 25],
    ['20 MB', 3],
    ...(isLarge ? [['60 KB', 9999]] : []),
  ].map(([size, count]) => ({
    size,
    count,
    options: `group_size:${group},${codec},pad_to_block_boundary:${pad}`,
    isExact: codec === 'uncompressed',
  }));
}

/** The same bytes as record() of array_records.py. */
function recordsOf(base) {
  return (size, i) => {
    const [least, step] = sizes[size];
    const at = (i * 7919) % 1_000_003;
    return base.subarray(at, at + least + (i % step));
  };
}

async function write({ ArrayRecordWriter }, record, path, { options, size, count }) {
  const writer = await ArrayRecordWriter.create(path, options);
  for (let i = 0; i < count; i++) await writer.write(record(size, i));
  await writer.close();
  return writer.options;
}

/** In order, in batches, by number, and as a set. */
async function read({ ArrayRecordReader, ArrayRecordSet }, record, path, { size, count, options }, stored, expect) {
  const what = `${options}, ${count} x ${size}`;
  const reader = await ArrayRecordReader.open(path);
  expect(reader.length === count, `${what}: ${reader.length} records`);
  expect(reader.options === stored, `${what}: options ${reader.options}`);
  const isRecord = (found, i) => Buffer.compare(found, record(size, i)) === 0;
  let at = 0;
  let isSame = true;
  for await (const { records } of reader.batches()) {
    for (const found of records) isSame &&= isRecord(found, at++);
  }
  expect(isSame && at === count, `${what}: batches() gave other records`);
  if (count > 0) {
    const picked = [count - 1, 0, Math.floor(count / 2), 0];
    const found = await reader.readMany(picked);
    expect(
      found.every((bytes, n) => isRecord(bytes, picked[n])),
      `${what}: readMany() gave other records`,
    );
    const one = await reader.read(picked[2]);
    expect(isRecord(one, picked[2]), `${what}: read() gave another record`);
    const set = await ArrayRecordSet.open([`${path}[0:1]`, path]);
    expect(
      set.length === count + 1 && isRecord(await set.read(count), count - 1),
      `${what}: the set gave another record`,
    );
    await set.close();
  }
  await reader.close();
}

async function isIntact({ verify }, path) {
  const { ok, records } = await verify({ inputs: [path], workers: 1 });
  return ok ? records : -1;
}

/** Piece by piece: some are 650 MB. */
async function isSameFile(a, b) {
  const files = await Promise.all([open(a), open(b)]);
  const pieces = files.map(() => Buffer.alloc(4 << 20));
  try {
    for (let at = 0; ; ) {
      const counts = await Promise.all(
        files.map(async (file, i) => (await file.read(pieces[i], 0, undefined, at)).bytesRead),
      );
      const [ours, theirs] = pieces.map((piece, i) => piece.subarray(0, counts[i]));
      if (Buffer.compare(ours, theirs) !== 0) return false;
      if (ours.length === 0) return true;
      at += ours.length;
    }
  } finally {
    for (const file of files) await file.close();
  }
}

export async function checkArrayRecords(report, { bowerbird, work }) {
  const google = await converse('array_records.py', work);
  const record = recordsOf(await readFile(join(work, 'base.bin')));
  const [theirs, ours] = [join(work, 'theirs.arrayrecord'), join(work, 'ours.arrayrecord')];
  let identical = 0;
  let cases = 0;
  try {
    for (const codec of codecs) {
      await report.group(`ArrayRecord, ${codec}: read and written by both sides`, async (expect) => {
        for (const group of groups) {
          for (const pad of paddings) {
            for (const one of contents(codec, group, pad)) {
              const what = `${one.options}, ${one.count} x ${one.size}`;
              const { options, size, count } = one;
              const wrote = await google.ask({ do: 'write', path: theirs, options, size, count });
              expect(wrote.wrong === undefined, () => `${what}: ${wrote.wrong}`);
              await read(bowerbird, record, theirs, one, wrote.stored, expect);
              expect((await isIntact(bowerbird, theirs)) === count, `${what}: verify finds damage in Google's file`);

              const stored = await write(bowerbird, record, ours, one);
              expect(stored === wrote.stored, `${what}: we store ${stored}, expected ${wrote.stored}`);
              const verdict = await google.ask({ do: 'read', path: ours, size, count });
              expect(verdict.wrong.length === 0, () => `${what}: ${verdict.wrong.join('; ')}`);
              expect(verdict.stored === stored, `${what}: Google reads options ${verdict.stored}`);
              const isSame = await isSameFile(theirs, ours);
              if (one.isExact) expect(isSame, `${what}: our file is not Google's`);
              identical += Number(isSame);
              cases += 1;
              await rm(theirs);
              await rm(ours);
            }
          }
        }
      });
    }
    console.log(`      ${cases} cases in both directions; ${identical} files are Google's to the last byte`);
    await report.group('Grain reads our files as a data source', async (expect) => {
      for (const options of [
        'group_size:1',
        'group_size:1,uncompressed',
        'group_size:1,brotli',
        'group_size:10,snappy',
      ]) {
        const paths = [];
        for (const [n, count] of [300, 0, 699].entries()) {
          const path = join(work, `grain-${n}.arrayrecord`);
          paths.push(path);
          await rm(path, { force: true });
          const from = n === 0 ? 0 : 300;
          await write(bowerbird, (size, i) => record(size, from + i), path, { options, size: 'tiny', count });
        }
        const { wrong } = await google.ask({ do: 'grain', paths, size: 'tiny', count: 999 });
        expect(wrong.length === 0, `${options}: ${wrong.join('; ')}`);
      }
    });
  } finally {
    await google.close();
  }
}
