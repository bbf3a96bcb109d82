import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readNpy, writeNpy } from '../../../src/api/npy-files.ts';
import { type ReadTfRecordsOptions, readTfRecords } from '../../../src/api/read-tfrecords.ts';
import { writeTfRecords } from '../../../src/api/write-tfrecords.ts';
import { hasShared, sharedFiles, sharedPath } from '../../shared-data.ts';
import { collect, noise } from '../formats/blocks.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bowerbird-api-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const payloads = ['one', '', 'three'].map((value) => new TextEncoder().encode(value));

async function recordsOf(path: string | string[], options?: ReadTfRecordsOptions): Promise<Uint8Array[]> {
  return (await collect(readTfRecords(path, options))).flatMap(({ records }) => records);
}

describe('readTfRecords() and writeTfRecords()', () => {
  test.each(['none', 'gzip', 'zlib'] as const)(
    'give each other what they take, compression %s',
    async (compression) => {
      const path = join(folder, 'out.tfrecord');
      const written = await writeTfRecords(path, payloads, { compression });
      expect(written).toMatchObject({ records: 3, bytes: (await readFile(path)).length });
      expect(await recordsOf(path)).toEqual(payloads);
    },
  );

  test('take records from an async source and write an empty file for none', async () => {
    async function* given(): AsyncGenerator<Uint8Array> {
      yield* payloads;
    }
    await writeTfRecords(join(folder, 'a'), given());
    expect(await writeTfRecords(join(folder, 'b'), [])).toEqual({ records: 0, bytes: 0, crc32c: '00000000' });
    expect(await recordsOf([join(folder, 'b'), join(folder, 'a'), join(folder, 'a')])).toEqual([
      ...payloads,
      ...payloads,
    ]);
  });

  test('name the source of every batch', async () => {
    const paths = ['a', 'b'].map((name) => join(folder, name));
    for (const path of paths) await writeTfRecords(path, payloads);
    const batches = await collect(readTfRecords(paths));
    expect(
      batches.map(({ source, indices, offsets }) => ({ source, indices: [...indices], offsets: [...offsets] })),
    ).toEqual(paths.map((source) => ({ source, indices: [0, 1, 2], offsets: [0, 19, 35] })));
  });

  test('salvage what is intact and tell of the rest', async () => {
    const path = join(folder, 'a');
    await writeTfRecords(path, payloads);
    const bytes = await readFile(path);
    bytes[13]! ^= 1;
    await writeFile(path, bytes);
    await expect(recordsOf(path)).rejects.toMatchObject({ code: 'CORRUPT_RECORD', source: path, record: 0, offset: 0 });
    const damage: unknown[] = [];
    expect(await recordsOf(path, { onError: 'salvage', onDamage: (d) => damage.push(d) })).toEqual(payloads.slice(1));
    expect(damage).toMatchObject([{ source: path, record: 0, offset: 0, length: 19 }]);
  });

  test('refuse a promise beyond the end of the file before reading it', async () => {
    const path = join(folder, 'a');
    await writeTfRecords(path, payloads);
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 1));
    await expect(recordsOf(path)).rejects.toThrow(
      `Cannot read record 2 at byte 35 of "${path}": expected a record of 21 bytes, found the end of the file after 20 bytes`,
    );
  });

  test('say what a file is that is no TFRecord', async () => {
    const path = join(folder, 'a');
    await writeNpy(path, new Float32Array(3));
    await expect(recordsOf(path)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: `Cannot read "${path}": expected a TFRecord file, found a NumPy array (.npy)`,
    });
    await writeFile(path, noise(5000));
    await expect(recordsOf(path)).rejects.toMatchObject({ code: 'CORRUPT_RECORD' });
    await expect(recordsOf(join(folder, 'missing'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('refuse options that do not exist', async () => {
    await expect(recordsOf('a', { onerror: 'fail' } as ReadTfRecordsOptions)).rejects.toThrow(
      /Cannot use option "onerror" in readTfRecords\(\)/,
    );
    await expect(recordsOf(7 as unknown as string)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(writeTfRecords('a', [], { compression: 'zip' as 'gzip' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('stop when told to', async () => {
    const path = join(folder, 'a');
    await writeTfRecords(path, payloads);
    await expect(recordsOf(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('keep a file that is there', async () => {
    const path = join(folder, 'a');
    await writeTfRecords(path, payloads);
    await expect(writeTfRecords(path, [])).rejects.toMatchObject({ code: 'EXISTS' });
    await writeTfRecords(path, [], { overwrite: true, durable: true });
    expect(await recordsOf(path)).toEqual([]);
  });

  test.skipIf(!hasShared)('read files by others, in one go (needs ../shared)', async () => {
    const files = sharedFiles('tfrecord/').filter(({ facts }) => !facts.framingError);
    const records = await recordsOf(files.map(({ name }) => sharedPath(name)));
    expect(records.length).toBe(files.reduce((sum, { facts }) => sum + facts.records, 0));
  });

  test.skipIf(!hasShared)('name a broken download (needs ../shared)', async () => {
    for (const { name } of sharedFiles('lfs-pointers/')) {
      await expect(recordsOf(sharedPath(name))).rejects.toThrow(
        /found a Git LFS pointer, not the file itself; run "git lfs pull"/,
      );
    }
  });
});

describe('readNpy() and writeNpy()', () => {
  test('give each other what they take', async () => {
    const path = join(folder, 'a.npy');
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const written = await writeNpy(path, data, [2, 3]);
    expect(written).toMatchObject({ bytes: 128 + 24 });
    expect(await readNpy(path)).toEqual({ dtype: 'float32', descr: '<f4', shape: [2, 3], data });
    expect(await readNpy(await readFile(path))).toEqual(await readNpy(path));
  });

  test('take halves as bits when told to', async () => {
    const path = join(folder, 'a.npy');
    await writeNpy(path, Uint16Array.of(0x3c00), [1], { descr: '<f2' });
    expect((await readNpy(path)).data).toEqual(Float32Array.of(1));
    expect((await readNpy(path, { halves: 'bits' })).data).toEqual(Uint16Array.of(0x3c00));
  });

  test('name the file that cannot be read', async () => {
    const path = join(folder, 'a.npy');
    await writeFile(path, 'short');
    await expect(readNpy(path)).rejects.toThrow(
      `Cannot read "${path}" as .npy: it ends after 5 bytes, inside the header`,
    );
    await expect(readNpy(join(folder, 'none.npy'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(writeNpy(path, new Float32Array(1))).rejects.toMatchObject({ code: 'EXISTS' });
  });

  test.skipIf(!hasShared)('read files by others (needs ../shared)', async () => {
    for (const { name, facts } of sharedFiles('npy/').filter(({ name }) => name.endsWith('.npy'))) {
      if (facts.numpyError) await expect(readNpy(sharedPath(name))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
      else expect((await readNpy(sharedPath(name))).shape).toEqual(facts.shape);
    }
  });
});
