/** What inspect() may cost: no more than the bytes of the records, unpacked, whatever is promised in them. Measured in a process of its own. */

import { writeFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { parseTensor, parseTensorBriefly } from '../../../src/formats/example/tensor.ts';
import { peakOf } from '../../support/peak.ts';
import {
  bytesFeature,
  DT,
  entry,
  example,
  field,
  floats,
  join,
  shapeProto,
  tensorProto,
  tfrecord,
  varintField,
} from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

/** What floods are measured in. */
const million = 400_000;
const overhead = 60;

/** `inspect` of a file; of each feature what is told. */
async function inspected(bytes: Uint8Array) {
  const path = joinPath(scratch(), 'x');
  writeFileSync(path, bytes);
  return await peakOf(`
    const { records, features } = (await api.inspect({ inputs: ${JSON.stringify(path)}, all: true })).files[0];
    return { records, features };`);
}

function repeating(value: Uint8Array, count: number): Uint8Array {
  const all = Buffer.alloc(value.length * count);
  return all.fill(value);
}

test('three hundred tensors that repeat one value a million times cost what their 57 kB cost', async () => {
  const tensor = (value: number) =>
    join(varintField(1, DT.float), shapeProto([1024, 1024]), field(5, floats([value, value + 1])));
  const names = Array.from({ length: 30 }, (_, i) => `embedding ${i}`);
  const record = (i: number) => example(...names.map((name) => entry(name, bytesFeature(tensor(i)))));
  const { result, mib } = await inspected(tfrecord(...Array.from({ length: 10 }, (_, i) => record(i))));
  expect(result.records).toBe(10);
  expect(result.features).toHaveLength(30);
  for (const { tensor: told, example: shown } of result.features) {
    expect(told).toEqual({ dtypes: ['float32'], shapes: [[1024, 1024]], range: [0, 10] });
    expect(shown).toBe('0, 1, 1, 1, 1, 1, 1, 1');
  }
  expect(mib).toBeLessThan(overhead);
});

test('parseTensorBriefly() gives what is there, and parseTensor() what is meant', () => {
  const of = (...parts: Uint8Array[]) => join(varintField(1, DT.float), shapeProto([1024, 1024]), ...parts);
  expect([...parseTensorBriefly(of(field(5, floats([7, 8])))).data]).toEqual([7, 8]);
  expect([...parseTensorBriefly(of()).data]).toEqual([0]);
  expect(parseTensor(of(field(5, floats([7, 8])))).data).toHaveLength(2 ** 20);
  const strings = join(varintField(1, DT.string), shapeProto([2 ** 20]), field(8, Uint8Array.of(65)));
  expect(parseTensorBriefly(strings)).toEqual({ dtype: 'string', shape: [2 ** 20], data: [Uint8Array.of(65)] });
  expect(parseTensor(strings).data).toHaveLength(2 ** 20);
  const many = join(varintField(1, DT.float), shapeProto([2 ** 21]), field(5, floats([1])));
  for (const parse of [parseTensor, parseTensorBriefly]) expect(() => parse(many)).toThrow(/promises 2097152 elements/);
});

/** A feature of `kind` (1 bytes, 2 floats, 3 int64) whose list holds `list`. */
const featureOf = (kind: number, list: Uint8Array) => field(kind, list);
const floods: readonly (readonly [string, () => Uint8Array, object])[] = [
  [
    'empty values',
    () => featureOf(1, repeating(Uint8Array.of(0x0a, 0), 10 * million)),
    { kind: 'bytes', count: [10 * million, 10 * million], range: [0, 0] },
  ],
  [
    'packed numbers of one byte',
    () => featureOf(3, field(1, repeating(Uint8Array.of(5), 20 * million))),
    { kind: 'int64', count: [20 * million, 20 * million], range: [5, 5], example: '5, 5, 5, 5, 5, 5, 5, 5' },
  ],
  [
    'numbers that are not packed',
    () => featureOf(3, repeating(Uint8Array.of(8, 5), 10 * million)),
    { kind: 'int64', count: [10 * million, 10 * million], range: [5, 5] },
  ],
  [
    'floats, packed one by one',
    () => featureOf(2, repeating(Uint8Array.of(0x0a, 4, 0, 0, 0x80, 0x3f), 3 * million)),
    { kind: 'float', count: [3 * million, 3 * million], range: [1, 1] },
  ],
  [
    'a tensor whose values are not packed',
    () =>
      bytesFeature(
        join(
          varintField(1, DT.float),
          shapeProto([4 * million]),
          repeating(Uint8Array.of(5 * 8 + 5, 0, 0, 0x80, 0x3f), 4 * million),
        ),
      ),
    { tensor: { dtypes: ['float32'], shapes: [[4 * million]], range: [1, 1] } },
  ],
  [
    'a tensor of empty strings',
    () =>
      bytesFeature(
        join(
          varintField(1, DT.string),
          shapeProto([10 * million]),
          repeating(Uint8Array.of(8 * 8 + 2, 0), 10 * million),
        ),
      ),
    { tensor: { dtypes: ['string'], shapes: [[10 * million]] } },
  ],
  [
    'a tensor of empty strings in its content',
    () =>
      bytesFeature(join(varintField(1, DT.string), shapeProto([20 * million]), field(4, new Uint8Array(20 * million)))),
    { tensor: { dtypes: ['string'], shapes: [[20 * million]] } },
  ],
  [
    'a tensor of 200 dimensions',
    () => bytesFeature(tensorProto(Array(200).fill(1), floats([4]))),
    { tensor: { shapes: [Array(200).fill(1)] } },
  ],
];

test.each(floods)(
  'a record of up to 8 MB of %s costs a few times that in memory',
  async (_name, feature, told) => {
    const { result, mib } = await inspected(gzipSync(tfrecord(example(entry('x', feature()))), { level: 1 }));
    expect(result).toMatchObject({ records: 1, features: [told] });
    expect(mib).toBeLessThan(6 * 8 + overhead);
  },
  60_000,
);

test('a text of many bytes is shown by its beginning', async () => {
  const { result } = await inspected(tfrecord(example(entry('x', bytesFeature('ü'.repeat(5 * million))))));
  expect(result.features).toMatchObject([{ range: [10 * million, 10 * million], example: `${'ü'.repeat(57)}...` }]);
});
