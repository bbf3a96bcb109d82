/** openNpy(): rows of arrays that others wrote, by what NumPy says of them; and of what is damaged, a sentence. */

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openNpy } from '../../../src/api/open-npy.ts';
import type { TypedArray } from '../../../src/formats/example/dtypes.ts';
import { npyHeader } from '../../../src/formats/npy/header.ts';
import type { NpyFile } from '../../../src/records/npy-file.ts';
import { hasShared, sharedFiles, sharedPath } from '../../shared-data.ts';
import { objectStore } from '../../support/object-store.ts';
import { scratch } from '../jobs/folder.ts';

const server = await objectStore();

/** The rows one after another, `step` at a time. */
async function inSteps(file: NpyFile, step: number): Promise<(TypedArray | readonly string[])[]> {
  const parts = [];
  for (let at = 0; at < file.length; at += step) parts.push(await file.rows(at, Math.min(file.length, at + step)));
  return parts;
}

describe.skipIf(!hasShared)('on arrays by other writers (needs ../shared)', () => {
  const files = sharedFiles('npy/').filter(({ name, facts }) => name.endsWith('.npy') && !facts.numpyError);

  test.each(files.map(({ name, facts }) => [name, facts] as const))(
    'rows() of %s are those of NumPy',
    async (name, facts) => {
      const file = await openNpy(sharedPath(name));
      expect([file.descr, file.shape, file.fortranOrder]).toEqual([facts.descr, facts.shape, facts.fortranOrder]);
      expect(file.length).toBe(facts.shape[0] ?? 1);
      for (const step of [1, 3, Math.max(1, file.length)]) {
        if (step === 1 && file.length > 5000) continue;
        const parts = await inSteps(file, step);
        if (file.dtype === 'str') {
          expect(parts.flatMap((part) => [...(part as string[])]).slice(0, facts.firstValues.length)).toEqual(
            facts.firstValues,
          );
          continue;
        }
        const values = parts.flatMap((part) => Array.from(part as ArrayLike<number | bigint>, Number));
        const first = facts.firstValues.flat().map(Number);
        expect(values.slice(0, first.length)).toEqual(first);
        if (file.dtype === 'float16') continue;
        const hash = createHash('sha256');
        for (const part of parts as TypedArray[])
          hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
        expect(hash.digest('hex')).toBe(facts.sha256OfCOrderLittleEndian);
      }
      await file.close();
    },
  );

  test.each([
    ['npy/numpy/py3-objarr.npy', 'UNSUPPORTED', /holds Python objects/],
    ['npy/numpy/py3-objarr.npz', 'UNSUPPORTED', /unpack it/],
    ['npy/npyjs/records.json', 'BAD_SCHEMA', /does not begin with/],
  ])('%s is refused', async (name, code, message) => {
    const error = await openNpy(sharedPath(name)).catch((e: unknown) => e);
    expect(error).toMatchObject({ code, source: sharedPath(name), message: expect.stringMatching(message) });
  });
});

function file(name: string, header: Uint8Array, data: Uint8Array): string {
  const path = join(scratch(), name);
  writeFileSync(path, Buffer.concat([header, data]));
  return path;
}

const ramp = (count: number) => new Uint8Array(Float32Array.from({ length: count }, (_, i) => i).buffer);
/** What NumPy writes, but in the other order: the same number of characters. */
const fortran = (shape: readonly number[]) => {
  const header = Buffer.from(npyHeader('<f4', shape));
  return Buffer.from(header.toString('latin1').replace("'fortran_order': False,", "'fortran_order': True, "), 'latin1');
};

test('rows() of a file in Fortran order, with columns close together and far apart', async () => {
  for (const [rows, columns] of [
    [5, 3],
    [40_000, 7],
  ] as const) {
    // Value of (row, column) is column * rows + row: the order of the file.
    const array = await openNpy(file('f.npy', fortran([rows, columns]), ramp(rows * columns)), { dtype: 'float32' });
    const [from, to] = [rows - 3, rows - 1];
    const expected = [from, from + 1].flatMap((row) =>
      Array.from({ length: columns }, (_, column) => column * rows + row),
    );
    expect(Array.from(await array.rows(from, to))).toEqual(expected);
    await array.close();
  }
});

test('rows() of three dimensions in Fortran order', async () => {
  const array = await openNpy(file('f.npy', fortran([4, 2, 3]), ramp(24)), { dtype: 'float32' });
  // numpy.arange(24).reshape((4, 2, 3), order='F')[1:3].ravel()
  expect(Array.from(await array.rows(1, 3))).toEqual([1, 9, 17, 5, 13, 21, 2, 10, 18, 6, 14, 22]);
  await array.close();
});

test('batches() give every row once, and as many as fit', async () => {
  const array = await openNpy(file('a.npy', npyHeader('<f4', [10, 4]), ramp(40)), { dtype: 'float32' });
  expect([array.length, array.width]).toEqual([10, 4]);
  const seen: number[] = [];
  const sizes: (readonly [number, number])[] = [];
  for await (const { from, rows, data } of array.batches({ from: 1, batchBytes: 50 })) {
    sizes.push([from, rows]);
    seen.push(...data);
  }
  expect(sizes).toEqual([
    [1, 3],
    [4, 3],
    [7, 3],
  ]);
  expect(seen).toEqual(Array.from({ length: 36 }, (_, i) => i + 4));
  const signal = AbortSignal.abort();
  await expect(array.batches({ signal }).next()).rejects.toThrow(signal.reason);
  await array.close();
});

test('another dtype than the one asked for is told', async () => {
  const path = file('a.npy', npyHeader('<f4', [2]), ramp(2));
  await expect(openNpy(path, { dtype: 'float64' })).rejects.toMatchObject({
    code: 'BAD_SCHEMA',
    message: expect.stringContaining('as float64: its dtype is float32 ("<f4")'),
  });
});

test('a header that promises more than there is', async () => {
  for (const [shape, code] of [
    [[3, 4], 'TRUNCATED'],
    [[1e13, 8], 'TRUNCATED'],
    [[2 ** 52, 2 ** 52], 'BAD_SCHEMA'],
    [[2, 3], 'UNSUPPORTED'],
  ] as const) {
    await expect(openNpy(file('a.npy', npyHeader('<f4', shape), ramp(8)))).rejects.toMatchObject({ code });
  }
  await expect(openNpy(file('a.npy', npyHeader('<f4', [2]).subarray(0, 60), ramp(0)))).rejects.toMatchObject({
    code: 'TRUNCATED',
  });
});

test('rows that are not there, and a file that is closed', async () => {
  const array = await openNpy(file('a.npy', npyHeader('<f4', [3, 2]), ramp(6)));
  for (const [from, to] of [
    [0, 4],
    [-1, 2],
    [2, 1],
    [0.5, 1],
  ] as const) {
    await expect(array.rows(from, to)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('within 0 to 3'),
    });
  }
  expect(await array.rows(1, 1)).toHaveLength(0);
  await array[Symbol.asyncDispose]();
  await array.close();
  await expect(array.rows(0, 1)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('is closed'),
  });
});

test('of an object only the ranges of the rows are fetched', async () => {
  const rows = 100_000;
  server.objects.set('b/a.npy', Buffer.concat([npyHeader('<f4', [rows, 16]), ramp(rows * 16)]));
  const array = await openNpy('s3://b/a.npy', { dtype: 'float32' });
  const values = await array.rows(90_000, 90_002);
  expect(Array.from(values)).toEqual(Array.from({ length: 32 }, (_, i) => 90_000 * 16 + i));
  await array.close();
  const asked = server.seen
    .filter(({ method }) => method === 'GET')
    .map(({ headers }) => /(\d+)-(\d+)/.exec(headers.range!)!);
  const fetched = asked.reduce((sum, [, from, to]) => sum + Number(to) - Number(from) + 1, 0);
  expect(fetched).toBeLessThanOrEqual(2 * (128 << 10));
});
