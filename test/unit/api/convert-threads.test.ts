/** One output of convert() on several threads: their number changes no byte, and what goes wrong in one of them leaves nothing behind. */

import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { native } from '../../../src/native/native.ts';
import { converted, tryConvert, writeSet } from '../../support/converting.ts';
import { scratch, tree } from '../jobs/folder.ts';

const { verify } = await import(new URL('../../../dist/index.js', import.meta.url).href);

/** Some megabytes, in records of no byte to three million: a part of each compresses. */
function manyRecords(): Uint8Array[] {
  let state = 1;
  const next = () => {
    state = Math.imul(state, 1664525) + 1013904223;
    return state >>> 8;
  };
  return Array.from({ length: 75 }, (_, i) => {
    const record = new Uint8Array(i === 35 ? 3_000_000 : i % 11 === 0 ? 0 : next() % 120_000);
    for (let at = 0; at < record.length / 3; at++) record[at] = next();
    return record;
  });
}

const records = manyRecords();
const inputs: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  'one TFRecord file': (folder) => writeSet(join(folder, 'in/a'), records, 'none'),
  'several files of all kinds': async (folder) => {
    await writeSet(join(folder, 'in/a'), records.slice(0, 25), 'none');
    await writeSet(join(folder, 'in/b'), records.slice(25, 30), 'gzip');
    await writeSet(join(folder, 'in/c'), records.slice(30, 55), 'ar group_size:7,snappy');
    await writeSet(join(folder, 'in/d'), records.slice(55), 'none');
  },
  'one ArrayRecord file': (folder) => writeSet(join(folder, 'in/a'), records, 'ar group_size:4,zstd:1'),
};

describe.each(Object.entries(inputs))('convert() of %s to one shard', (_, write) => {
  test.each([
    'group_size:1,uncompressed',
    'group_size:1,zstd:3',
    'group_size:10,uncompressed',
    'group_size:10,zstd:3',
    'group_size:10,brotli:1',
    'group_size:3,snappy',
    'group_size:1,snappy,pad_to_block_boundary:true',
    'group_size:10,zstd:1,pad_to_block_boundary:true',
    'group_size:10,transpose:true,zstd:3',
    'group_size:1,transpose:true,uncompressed',
    'group_size:1000,zstd:1',
  ])('makes the same bytes on any number of threads: %s', async (options) => {
    const folder = scratch();
    await write(folder);
    const { proof } = await verify({ inputs: [join(folder, 'in')], proof: true });
    const made = [];
    for (const workers of [1, 2, 3]) {
      const out = join(folder, `out-${workers}`);
      const report = await converted({
        inputs: [join(folder, 'in')],
        to: 'arrayrecord',
        out: `${out}/x`,
        options,
        workers,
        proof: true,
      });
      expect(report).toMatchObject({ records: 75, proof });
      made.push(tree(out));
    }
    expect(made[1]).toEqual(made[0]);
    expect(made[2]).toEqual(made[0]);
    expect(await verify({ inputs: [join(folder, 'out-3')], proof: true })).toMatchObject({ ok: true, proof });
  });
});

test.each([1, 2, 3])('convert() that is stopped with %i threads leaves nothing behind', async (workers) => {
  const folder = scratch();
  await writeSet(join(folder, 'in/a'), Array(20).fill(records).flat(), 'none');
  const stopping = new AbortController();
  const { error } = await tryConvert({
    inputs: [join(folder, 'in')],
    to: 'arrayrecord',
    out: `${folder}/out/x`,
    options: 'group_size:1,brotli:9',
    workers,
    signal: stopping.signal,
    onProgress: ({ bytes }) => {
      if (bytes > 0) stopping.abort();
    },
  });
  expect(error).toMatchObject({ code: 'INTERRUPTED' });
  expect(Object.keys(tree(`${folder}/out`)).filter((name) => !name.startsWith('.bowerbird'))).toEqual([]);
});

describe.skipIf(!existsSync('/dev/full'))('a RecordWriter of ArrayRecord files', () => {
  const full = '/dev/full';
  const lengths = Float64Array.from(records, ({ length }) => length);

  test.each([1, 2, 3])('tells of a full disk with %i threads, and ends in peace', (threads) => {
    const fd = openSync(full, 'r+');
    try {
      const writer = new (native().RecordWriter)(fd, full, false, 1, false, false, 0x7a, 1, 20, '', threads);
      const write = () => {
        for (;;) writer.append(Buffer.concat(records), lengths);
      };
      expect(write).toThrow(expect.objectContaining({ errno: 28, path: full }));
      expect(() => writer.finish()).toThrow(expect.objectContaining({ errno: 28 }));
      writer.close();
      writer.close();
    } finally {
      closeSync(fd);
    }
  });
});
