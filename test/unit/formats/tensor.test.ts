import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { dtypes, type TypedArray } from '../../../src/formats/example/dtypes.ts';
import { parseExample } from '../../../src/formats/example/example.ts';
import { maxRepeatedElements, parseTensor, parseTensorSpec } from '../../../src/formats/example/tensor.ts';
import { serializeTensor } from '../../../src/formats/example/tensor-writer.ts';
import { hasShared, sharedBytes, sharedFiles } from '../../shared-data.ts';

// biome-ignore lint/suspicious/noExplicitAny: facts of expected.json
function expectTensor(bytes: Uint8Array, facts: any): void {
  const { dtype, shape, data } = parseTensor(bytes, { halves: 'bits' });
  expect({ dtype, shape }).toEqual({ dtype: facts.dtype, shape: facts.shape });
  if (dtype === 'string') {
    expect((data as Uint8Array[]).map((value) => Buffer.from(value).toString('hex'))).toEqual(facts.values);
    return;
  }
  const raw = data as TypedArray;
  const hash = createHash('sha256')
    .update(new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength))
    .digest('hex');
  expect(hash).toBe(facts.sha256OfLittleEndianBytes);
  expect(raw.length).toBe(facts.elements * (dtype.startsWith('complex') ? 2 : 1));
  const values = Array.from(parseTensor(bytes).data as ArrayLike<number | bigint>);
  expect(values.slice(0, facts.values.flat().length).map(plain)).toEqual(facts.values.flat().map(plain));
}

/** As expected.json writes numbers. */
function plain(value: unknown): unknown {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

describe.skipIf(!hasShared)('on tensors by TensorFlow (needs ../shared)', () => {
  const files = sharedFiles('tensorproto/');

  test.each(files.map((file) => [file.name, file] as const))('parseTensor() reads %s', (name, { facts }) => {
    const bytes = sharedBytes(name);
    expectTensor(bytes, facts);
    expect(parseTensorSpec(bytes)).toEqual({ dtype: facts.dtype, shape: facts.shape });
  });

  const serialized = files.filter(({ name }) => name.includes('/serialize_tensor.'));
  test.each(serialized.map(({ name }) => [name]))('serializeTensor() writes %s', (name) => {
    const bytes = sharedBytes(name);
    const { dtype, shape, data } = parseTensor(bytes, { halves: 'bits' });
    expect(serializeTensor(data, shape, dtype)).toEqual(bytes);
  });

  test('serializeTensor() rounds to float16 as TensorFlow does', () => {
    const wide = parseTensor(sharedBytes('tensorproto/tensorflow-2.21/serialize_tensor.arkaba_emb_float64.pb'));
    const floats = Float32Array.from(wide.data as Float64Array);
    const bytes = serializeTensor(floats, wide.shape, 'float16');
    expect(
      Buffer.compare(bytes, sharedBytes('tensorproto/tensorflow-2.21/serialize_tensor.arkaba_emb_float16.pb')),
    ).toBe(0);
  });

  const examples = sharedFiles('embeddings/a2o/').filter(({ name }) => name.endsWith('.example.pb'));
  test.each(examples.map((file) => [file.name, file] as const))(
    'parseTensor() reads the embedding of %s',
    (name, { facts }) => {
      const feature = parseExample(sharedBytes(name))['embedding'];
      expect(feature?.kind).toBe('bytes');
      if (feature?.kind === 'bytes') expectTensor(feature.values[0]!, facts.tensors.embedding);
    },
  );
});

/** dtype, shape with these dimensions, then raw fields. */
function proto(dtype: number, dimensions: readonly (readonly number[])[], ...rest: readonly number[]): Uint8Array {
  const shape = dimensions.flatMap((size) => [0x12, size.length, ...size]);
  return Uint8Array.from([8, dtype, 0x12, shape.length, ...shape, ...rest]);
}

const dim = (size: number): number[] => [8, size];

describe('parseTensor()', () => {
  test('repeats the last value when there are fewer than elements', () => {
    const { data } = parseTensor(proto(3, [dim(5)], 0x3a, 2, 7, 9));
    expect(data).toEqual(Int32Array.from([7, 9, 9, 9, 9]));
    expect(parseTensor(proto(8, [dim(3)], 0x4a, 8, 0, 0, 128, 63, 0, 0, 0, 64)).data).toEqual(
      Float32Array.of(1, 2, 1, 2, 1, 2),
    );
    expect(parseTensor(proto(7, [dim(3)], 0x42, 1, 65, 0x42, 0)).data).toEqual([
      Uint8Array.of(65),
      new Uint8Array(0),
      new Uint8Array(0),
    ]);
  });

  test('gives zeros when there are no values', () => {
    expect(parseTensor(proto(1, [dim(2), dim(2)])).data).toEqual(new Float32Array(4));
    expect(parseTensor(proto(7, [dim(2)])).data).toEqual([new Uint8Array(0), new Uint8Array(0)]);
  });

  test('takes the first values when there are too many', () => {
    expect(parseTensor(proto(3, [dim(2)], 0x3a, 3, 1, 2, 3)).data).toEqual(Int32Array.of(1, 2));
    expect(parseTensor(proto(3, [dim(0)], 0x3a, 3, 1, 2, 3)).data).toEqual(new Int32Array(0));
  });

  test('prefers tensor_content to values', () => {
    expect(parseTensor(proto(4, [dim(2)], 0x3a, 2, 1, 2, 0x22, 2, 8, 9)).data).toEqual(Uint8Array.of(8, 9));
  });

  test('reads unpacked values, and values before the dtype', () => {
    expect(parseTensor(Uint8Array.from([0x38, 1, 0x38, 2, 0x12, 4, 0x12, 2, 8, 2, 8, 3])).data).toEqual(
      Int32Array.of(1, 2),
    );
  });

  test('reads strings in tensor_content', () => {
    expect(parseTensor(proto(7, [dim(2)], 0x22, 5, 1, 2, 97, 98, 99)).data).toEqual([
      Uint8Array.of(97),
      Uint8Array.of(98, 99),
    ]);
  });

  test('widens halves exactly, or leaves them as bits', () => {
    const bytes = proto(14, [dim(2)], 0x22, 4, 0x80, 0x3f, 0x20, 0xc1);
    expect(parseTensor(bytes)).toMatchObject({ dtype: 'bfloat16', data: Float32Array.of(1, -10) });
    expect(parseTensor(bytes, { halves: 'bits' }).data).toEqual(Uint16Array.of(0x3f80, 0xc120));
  });

  const huge = [8, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40];
  const negative = [8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
  test.each<[string, Uint8Array]>([
    ['tensor_content of the wrong size', proto(1, [dim(2)], 0x22, 4, 0, 0, 0, 0)],
    ['a negative dimension', proto(1, [negative])],
    ['an unknown rank', Uint8Array.from([8, 1, 0x12, 2, 0x18, 1])],
    ['a product beyond 2^53', proto(1, [huge, huge, huge])],
    ['a dimension of 2^55', proto(1, [huge])],
    ['no dtype', Uint8Array.from([0x12, 0])],
    ['strings that overrun', proto(7, [dim(2)], 0x22, 3, 1, 2, 97)],
    ['a cut message', Uint8Array.from([8, 1, 0x12, 9, 0])],
    ['more than 254 dimensions', proto(1, []).length === 4 ? manyDimensions(255) : new Uint8Array(0)],
  ])('refuses %s', (_, bytes) => {
    expect(() => parseTensor(bytes)).toThrow(expect.objectContaining({ code: 'BAD_SCHEMA' }));
  });

  function manyDimensions(count: number): Uint8Array {
    const shape = Array.from({ length: count }, () => [0x12, 2, 8, 1]).flat();
    return Uint8Array.from([8, 1, 0x12, (shape.length & 0x7f) | 0x80, shape.length >> 7, ...shape]);
  }

  test('refuses repetition beyond its limit, and allows it up to there', () => {
    const size = (value: number) => {
      const bytes = [8];
      for (let rest = value; ; rest >>>= 7) {
        bytes.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest < 128) return bytes;
      }
    };
    const { data } = parseTensor(proto(4, [size(maxRepeatedElements)], 0x3a, 1, 3));
    expect([data.length, data[0], data.at(-1)]).toEqual([maxRepeatedElements, 3, 3]);
    expect(() => parseTensor(proto(4, [size(maxRepeatedElements + 1)], 0x3a, 1, 3))).toThrow(
      /promises 1048577 elements and holds 1/,
    );
    expect(() => parseTensor(proto(7, [size(maxRepeatedElements + 1)]))).toThrow(
      /promises 1048577 strings and holds 0/,
    );
  });

  test('says which dtype it does not read', () => {
    expect(() => parseTensor(proto(20, [dim(1)]))).toThrow('Cannot read tensor: its dtype is resource');
    expect(() => parseTensor(proto(99, [dim(1)]))).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});

describe('serializeTensor()', () => {
  test('gives back every dtype that parseTensor() reads', () => {
    for (const { name, array, perElement } of dtypes) {
      const data = new array(6 * perElement);
      new Uint8Array(data.buffer).forEach((_, i, bytes) => {
        bytes[i] = name === 'bool' ? i & 1 : i * 7;
      });
      expect(parseTensor(serializeTensor(data, [2, 3], name), { halves: 'bits' })).toEqual({
        dtype: name,
        shape: [2, 3],
        data,
      });
    }
  });

  test('refuses what does not fit together', () => {
    expect(() => serializeTensor(new Float32Array(3), [2, 2])).toThrow(/Cannot write 3 values with shape \[2, 2\]/);
    expect(() => serializeTensor(new Float32Array(3), [3], 'int8')).toThrow(
      'Cannot write Float32Array as int8: expected Int8Array',
    );
    expect(() => serializeTensor(new Float32Array(3), [3], 'float')).toThrow(/expected one of string, float32/);
    expect(() => serializeTensor([], [0], 'int8')).toThrow(/the types differ/);
    expect(() => serializeTensor(new Float32Array(3), [-3])).toThrow(/no number of/);
  });
});
