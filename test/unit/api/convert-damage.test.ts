/** What convert() does with damaged inputs under each policy, and what it lists. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { converted, numbered, outputsIn, recordsIn, tryConvert, writeSet } from '../../support/converting.ts';
import { flipped, offsetsOf, tfrecord } from '../../support/records.ts';
import { scratch, tree } from '../jobs/folder.ts';

const { ArrayRecordReader, verify } = await import(new URL('../../../dist/index.js', import.meta.url).href);

const records = numbered(0, 40);
const offsets = offsetsOf(...records);
const without = (...gone: readonly number[]) => records.filter((_, i) => !gone.includes(i));

/** Records 11 and 29 have a flipped bit each; 11 in its payload, 29 in its length. */
function damagedFile(): Uint8Array {
  return flipped(flipped(tfrecord(...records), offsets[11]! + 14), offsets[29]! + 1);
}

function inputOf(folder: string, bytes: Uint8Array, name = 'a.tfrecord'): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

const salvaging = (input: string, out: string, shards: number) =>
  ({ inputs: [input], to: 'tfrecord', out: `${out}/x`, shards, onError: 'salvage', proof: true }) as const;

const rejectsOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('convert() of a damaged TFRecord file', () => {
  test.each([1, 3])('fails under "fail", and shows no output that is not whole, with %i shards', async (shards) => {
    const folder = scratch();
    const input = inputOf(folder, damagedFile());
    const { error } = await tryConvert({ inputs: [input], to: 'arrayrecord', out: `${folder}/out/x`, shards });
    expect(error).toMatchObject({ code: 'CORRUPT_RECORD', source: input });
    expect(existsSync(`${folder}/out/x.convert.json`)).toBe(false);
    const names = existsSync(`${folder}/out`) ? Object.keys(tree(`${folder}/out`)) : [];
    expect(names.filter((name) => name.includes('tmp'))).toEqual([]);
  });

  test('fails under "skip" too: damage is no record that does not fit', async () => {
    const folder = scratch();
    const options = { inputs: [inputOf(folder, damagedFile())], to: 'arrayrecord', onError: 'skip' } as const;
    expect((await tryConvert({ ...options, out: `${folder}/out/x`, shards: 2 })).error?.code).toBe('CORRUPT_RECORD');
    expect((await tryConvert({ ...options, out: `${folder}/out/y` })).error?.code).toBe('CORRUPT_RECORD');
  });

  test.each([
    ['plain', (bytes: Uint8Array) => bytes],
    ['gzip', (bytes: Uint8Array) => gzipSync(bytes)],
  ])('keeps every intact record under "salvage", in any number of shards, %s', async (_, pack) => {
    const folder = scratch();
    const input = inputOf(folder, pack(damagedFile()));
    const proofs = new Set<string | undefined>();
    for (const shards of [1, 2, 5, 40]) {
      const out = `${folder}/out-${shards}`;
      const options = salvaging(input, out, shards);
      const report = await converted(options);
      expect(report).toMatchObject({ records: 38, rejects: 2, complete: true });
      expect(recordsIn(out)).toEqual(without(11, 29));
      expect(rejectsOf(`${out}/x.rejects.jsonl`)).toMatchObject([
        { input, record: 11, offset: offsets[11], code: 'CORRUPT_RECORD' },
        { input, record: 29, offset: offsets[29], code: 'CORRUPT_RECORD' },
      ]);
      // Taken up again, nothing is left to do, and the rejects are counted all the same.
      expect(await converted(options)).toMatchObject({ done: 0, skipped: shards, rejects: 2 });
      proofs.add(report.proof);
    }
    expect(proofs.size).toBe(1);
    expect((await verify({ inputs: [input], proof: true })).proof).toBe([...proofs][0]);
  });

  test('stops above maxRejects', async () => {
    const folder = scratch();
    const options = { inputs: [inputOf(folder, damagedFile())], to: 'tfrecord', onError: 'salvage' } as const;
    const few = await tryConvert({ ...options, out: `${folder}/out/x`, shards: 2, maxRejects: 1 });
    expect(few.error?.code).toBe('TOO_MANY_REJECTS');
    await converted({ ...options, out: `${folder}/out/x`, shards: 2, maxRejects: 2 });
  });

  test('makes the same bytes whatever the number of threads under "salvage"', async () => {
    const folder = scratch();
    inputOf(folder, damagedFile(), 'a.tfrecord');
    inputOf(folder, tfrecord(...records).subarray(0, offsets[35]! + 20), 'b.tfrecord');
    const trees = [];
    for (const workers of [1, 3]) {
      const out = `${folder}/out${workers}`;
      const inputs = [`${folder}/*.tfrecord`];
      await converted({ inputs, to: 'arrayrecord', out: `${out}/x`, shards: 4, onError: 'salvage', workers });
      trees.push(tree(out));
    }
    expect(trees[1]).toEqual(trees[0]);
    const total = JSON.parse(trees[0]!['x.convert.json']!).records;
    expect(total).toBe(38 + 35);
  });
});

describe('convert() of a damaged ArrayRecord file', () => {
  /** Chunks of 4 records; the one with records 8 to 11 is damaged. */
  async function damagedArrayRecord(folder: string): Promise<string> {
    const path = join(folder, 'a.arrayrecord');
    await writeSet(path, records, 'ar group_size:4,uncompressed');
    const reader = await ArrayRecordReader.open(path);
    const begin = reader.index.chunks[3 * 2];
    await reader.close();
    writeFileSync(path, flipped(readFileSync(path), begin + 60));
    return path;
  }

  test('fails under "fail" and "skip", and keeps what is intact under "salvage", in any number of shards', async () => {
    const folder = scratch();
    const input = await damagedArrayRecord(folder);
    for (const onError of ['fail', 'skip'] as const) {
      const { error } = await tryConvert({
        inputs: [input],
        to: 'tfrecord',
        out: `${folder}/no/x`,
        shards: 2,
        onError,
      });
      expect(error).toMatchObject({ code: 'CORRUPT_RECORD', source: input });
    }
    const proofs = new Set<string | undefined>();
    for (const shards of [1, 3, 7]) {
      const out = `${folder}/out-${shards}`;
      const options = salvaging(input, out, shards);
      const report = await converted(options);
      expect(recordsIn(out)).toEqual(without(8, 9, 10, 11));
      expect(report).toMatchObject({ records: 36, rejects: 1 });
      expect(rejectsOf(`${out}/x.rejects.jsonl`)).toMatchObject([{ input, record: 8, code: 'CORRUPT_RECORD' }]);
      proofs.add(report.proof);
    }
    expect(proofs.size).toBe(1);
    expect((await verify({ inputs: [input], proof: true })).proof).toBe([...proofs][0]);
  });

  test('reads one whose writer died under "salvage"', async () => {
    const folder = scratch();
    const path = join(folder, 'a.arrayrecord');
    await writeSet(path, records, 'ar group_size:4,uncompressed');
    const whole = readFileSync(path);
    const reader = await ArrayRecordReader.open(path);
    const end = reader.index.footerOffset;
    await reader.close();
    writeFileSync(path, whole.subarray(0, end));
    expect((await tryConvert({ inputs: [path], to: 'tfrecord', out: `${folder}/no/x` })).error?.code).toBe('TRUNCATED');
    await converted({ inputs: [path], to: 'tfrecord', out: `${folder}/out/x`, shards: 2, onError: 'salvage' });
    expect(recordsIn(`${folder}/out`)).toEqual(records);
  });
});

test('convert() leaves out files of other formats under "skip", and lists them', async () => {
  const folder = scratch();
  await writeSet(`${folder}/in/a.tfrecord`, records.slice(0, 20), 'none');
  writeFileSync(`${folder}/in/b.txt`, '{"this": "is JSON and no record file"}');
  await writeSet(`${folder}/in/c.tfrecord`, records.slice(20), 'gzip');
  const options = { inputs: [`${folder}/in`], to: 'tfrecord' } as const;
  const failed = await tryConvert({ ...options, out: `${folder}/no/x`, shards: 2 });
  expect(failed.error).toMatchObject({ code: 'UNSUPPORTED', source: `${folder}/in/b.txt` });
  for (const shards of [1, 2, 3]) {
    const out = `${folder}/out-${shards}`;
    const report = await converted({ ...options, out: `${out}/x`, shards, onError: 'skip' });
    expect(report).toMatchObject({ records: 40, rejects: 1, inputs: 3 });
    expect(recordsIn(out)).toEqual(records);
    expect(rejectsOf(`${out}/x.rejects.jsonl`)).toMatchObject([{ input: `${folder}/in/b.txt`, code: 'UNSUPPORTED' }]);
  }
  const out = `${folder}/matched`;
  await converted({ ...options, out: `${out}/`, matchInputs: true, onError: 'skip' });
  expect(outputsIn(out)).toEqual(['a.tfrecord.tfrecord', 'b.txt.tfrecord', 'c.tfrecord.tfrecord']);
  expect(readFileSync(join(out, 'b.txt.tfrecord'))).toHaveLength(0);
});
