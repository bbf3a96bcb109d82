/** writeExamples(): what goes in comes out of readExamples(), and the bytes are those that parseExample() and TensorFlow know. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readExamples } from '../../../src/api/read-examples.ts';
import { readTfRecords } from '../../../src/api/read-tfrecords.ts';
import { type ExampleInput, writeExamples } from '../../../src/api/write-examples.ts';
import type { ExampleObject } from '../../../src/formats/example/plain.ts';
import { bytesFeature, entry, example, floatFeature, int64Feature, tfrecord } from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

async function readBack(path: string, options: Parameters<typeof readExamples>[1] = {}): Promise<ExampleObject[]> {
  const found: ExampleObject[] = [];
  for await (const each of readExamples(path, options)) found.push(each as ExampleObject);
  return found;
}

test('the bytes of the Examples that the objects say', async () => {
  const path = join(scratch(), 'a.tfrecord');
  const rows = [
    { label: 3, name: 'a', score: 0.5 },
    { score: 1, label: 4, name: Uint8Array.of(0) },
  ];
  const wire = [
    example(entry('label', int64Feature([3])), entry('name', bytesFeature('a')), entry('score', floatFeature([0.5]))),
    example(
      entry('label', int64Feature([4])),
      entry('name', bytesFeature(Uint8Array.of(0))),
      entry('score', floatFeature([1])),
    ),
  ];
  const { readFileSync } = await import('node:fs');
  expect(await writeExamples(path, rows)).toEqual({
    records: 2,
    bytes: tfrecord(...wire).length,
    crc32c: expect.stringMatching(/^[0-9a-f]{8}$/),
    schema: { label: 'int64', name: 'bytes', score: 'float' },
  });
  expect(Buffer.compare(readFileSync(path), tfrecord(...wire))).toBe(0);
});

const name = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' });
const float = fc.float({ noNaN: true });
const int = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
const lists: readonly fc.Arbitrary<fc.Arbitrary<unknown>>[] = [
  fc.constant(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 })),
  fc.constant(fc.array(int, { maxLength: 4 })),
  fc.constant(fc.array(float, { maxLength: 4 }).map((values) => Float32Array.from(values))),
];
/** Some columns, and records of them: a list of one kind a column, any of them absent. */
const table = fc.uniqueArray(name, { minLength: 1, maxLength: 5 }).chain((names) =>
  fc.tuple(...names.map(() => fc.oneof(...lists))).chain((columns) =>
    fc.array(fc.record(Object.fromEntries(names.map((n, i) => [n, columns[i]!])), { requiredKeys: [] }), {
      maxLength: 6,
    }),
  ),
) as fc.Arbitrary<ExampleInput[]>;

test.each(['x.tfrecord', 'x.arrayrecord'])('what is written to %s comes back', async (file) => {
  await fc.assert(
    fc.asyncProperty(table, fc.constantFrom('none', 'gzip', 'zlib'), async (records, compression) => {
      const path = join(scratch(), file);
      const options = file === 'x.tfrecord' ? { compression } : { options: 'group_size:2,zstd:1' };
      const schema = { ...(await writeExamples(path, records, options)).schema };
      const text = Object.keys(schema).filter((key) => schema[key] === 'bytes');
      // A feature that never had a value is of no kind, and is not there.
      const expected = records.map((record) =>
        Object.fromEntries(Object.entries(record).filter(([key]) => Object.hasOwn(schema, key))),
      );
      const found = (await readBack(path, { text, lists: true })).map((record) => ({ ...record }));
      // An empty list before the first value is one of no kind yet.
      for (const [i, record] of expected.entries()) {
        for (const [key, value] of Object.entries(record)) {
          const isEmpty = (value as ArrayLike<unknown>).length === 0;
          if (isEmpty && !Object.hasOwn(found[i]!, key)) delete record[key];
        }
      }
      expect(found).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test('tensors come back as they were', async () => {
  const path = join(scratch(), 'a.tfrecord');
  const tensors = [
    { dtype: 'float32', shape: [2, 1], data: Float32Array.of(1.5, -2) },
    { dtype: 'float16', shape: [2], data: Float32Array.of(0.5, 2) },
    { dtype: 'int64', shape: [], data: BigInt64Array.of(7n) },
    { dtype: 'string', shape: [1], data: [Uint8Array.of(1, 2)] },
  ] as const;
  for (const t of tensors) {
    await writeExamples(path, [{ t }], { overwrite: true });
    expect(await readBack(path, { tensors: ['t'] })).toEqual([{ t }]);
  }
  const wrong = { dtype: 'float32', shape: [3], data: Float32Array.of(1) };
  expect(await failure(writeExamples(path, [{}, { t: wrong }], { overwrite: true }))).toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(/^Cannot write feature "t" as a tensor: .* \(record 1\)$/),
  });
});

test.each(['a.tfrecord', 'a.arrayrecord'])('%s appears whole or not at all', async (file) => {
  const folder = scratch();
  const path = join(folder, file);
  async function* failing() {
    for (let i = 0; i < 1000; i++) yield { i };
    throw new Error('from the caller');
  }
  expect(await failure(writeExamples(path, failing()))).toMatchObject({ message: 'from the caller' });
  expect(await failure(writeExamples(path, [{ a: 1 }, { a: 'x' }]))).toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(/feature "a" as bytes: it is int64.*record 1/),
  });
  expect(await failure(writeExamples(path, [{ a: 1 }, 5 as never]))).toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('record 1'),
  });
  expect(readdirSync(folder)).toEqual([]);
  await writeExamples(path, [{ a: 1 }]);
  expect(await failure(writeExamples(path, [{ a: 2 }]))).toMatchObject({ code: 'EXISTS' });
  expect(await readBack(path)).toEqual([{ a: 1 }]);
  await writeExamples(path, [{ a: 2 }], { overwrite: true });
  expect(await readBack(path)).toEqual([{ a: 2 }]);
});

test('a schema holds from the first record on', async () => {
  const path = join(scratch(), 'a.tfrecord');
  const { schema } = await writeExamples(path, [{ score: 1 }], { schema: { score: 'float' } });
  expect(schema).toEqual({ score: 'float' });
  for await (const { records } of readTfRecords(path))
    expect(records[0]).toEqual(example(entry('score', floatFeature([1]))));
});

test('options of the other format are refused', async () => {
  const folder = scratch();
  const wrong = [
    [join(folder, 'a.tfrecord'), { options: 'zstd:3' }],
    [join(folder, 'a.arrayrecord'), { compression: 'gzip' }],
  ] as const;
  for (const [path, options] of wrong) {
    expect(await failure(writeExamples(path, [{ a: 1 }], options))).toMatchObject({ code: 'USAGE' });
    expect(existsSync(path)).toBe(false);
  }
});

test.each<[string, object, string]>([
  ['of a new feature', { z: null }, 'Cannot write feature "z"'],
  ['of a known one', { a: null }, 'Cannot write feature "a"'],
  // biome-ignore lint/suspicious/noSparseArray: a hole is no value.
  ['in a list', { z: [1, , 2] }, 'found an array of number and undefined'],
])('a value that is none is told with its record %s, and without a hint at a schema', async (_, row, told) => {
  const rows = [{ a: 1 }, { a: 2 }, row] as Parameters<typeof writeExamples>[1];
  const run = writeExamples(join(scratch(), 'x.tfrecord'), rows);
  await expect(run).rejects.toMatchObject({
    code: 'USAGE',
    record: 2,
    message: expect.stringMatching(new RegExp(`${told}.*\\(record 2\\)$`)),
  });
});

test.each([new Date(0), new Error('x'), new Map([['a', 1]]), /x/])('%o is no record', async (row) => {
  const rows = [{ a: 1 }, row] as Parameters<typeof writeExamples>[1];
  await expect(writeExamples(join(scratch(), 'x.tfrecord'), rows)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('record 1'),
  });
});
