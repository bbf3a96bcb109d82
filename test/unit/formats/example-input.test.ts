/** What people write for the features of an Example, and that nothing of it is dropped. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExample } from '../../../src/formats/example/example.ts';
import type { FeatureInput, FeaturesInput } from '../../../src/formats/example/input.ts';
import { ExampleSerializer } from '../../../src/formats/example/serializer.ts';
import { serializeExample } from '../../../src/formats/example/writer.ts';

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));

/** What parseExample() gives of a feature, in plain arrays. */
function written(given: unknown): object {
  const feature = parseExample(serializeExample({ x: given } as FeaturesInput))['x']!;
  return feature.kind === 'empty' ? feature : { kind: feature.kind, values: Array.from<unknown>(feature.values) };
}

/** Of the message that holds it: what is no Example must not become one. */
const refusal = (features: unknown) => {
  try {
    serializeExample(features as FeaturesInput);
  } catch (error) {
    return error as { code: string; message: string };
  }
  return undefined;
};

describe('serializeExample() takes plain values', () => {
  test('as the bytes of protobuf say', () => {
    // tf.train.Example(features={"a": int64_list 1}) and {"a": bytes_list "frog"}: field 1, entry, key, feature, list, value.
    const hex = (features: FeaturesInput) => Buffer.from(serializeExample(features)).toString('hex');
    expect(hex({ a: 1 })).toBe('0a0c0a0a0a016112051a030a0101');
    expect(hex({ a: 'frog' })).toBe('0a0f0a0d0a016112080a060a0466726f67');
    expect(hex({ a: 0.5 })).toBe('0a0f0a0d0a0161120812060a040000003f');
  });

  test.each<[string, FeatureInput, object]>([
    ['a whole number', 1, { kind: 'int64', values: [1] }],
    ['whole numbers', [1, -2], { kind: 'int64', values: [1, -2] }],
    ['a bigint', 2n ** 62n, { kind: 'int64', values: [2n ** 62n] }],
    ['bigints and whole numbers', [1n, 2], { kind: 'int64', values: [1, 2] }],
    ['a boolean', true, { kind: 'int64', values: [1] }],
    ['booleans', [true, false], { kind: 'int64', values: [1, 0] }],
    ['a fraction', 0.5, { kind: 'float', values: [0.5] }],
    ['numbers with a fraction among them', [1, 0.5], { kind: 'float', values: [1, 0.5] }],
    ['no number at all', Number.NaN, { kind: 'float', values: [Number.NaN] }],
    ['text', 'Frösche', { kind: 'bytes', values: [bytesOf('Frösche')] }],
    ['texts and bytes', ['a', Buffer.from('b')], { kind: 'bytes', values: [bytesOf('a'), bytesOf('b')] }],
    ['bytes', Uint8Array.of(1, 2), { kind: 'bytes', values: [Uint8Array.of(1, 2)] }],
    ['float32', Float32Array.of(1, 2), { kind: 'float', values: [1, 2] }],
    ['float64', Float64Array.of(1, 0.5), { kind: 'float', values: [1, 0.5] }],
    ['int16', Int16Array.of(-3), { kind: 'int64', values: [-3] }],
    ['uint32', Uint32Array.of(2 ** 32 - 1), { kind: 'int64', values: [2 ** 32 - 1] }],
    ['int64', BigInt64Array.of(-(2n ** 63n)), { kind: 'int64', values: [-(2n ** 63n)] }],
    ['no values', [], { kind: 'empty' }],
  ])('%s', (_, given, expected) => expect(written(given)).toEqual(expected));

  test('and the values of parseExample() as before', () => {
    const features: FeaturesInput = {
      a: { kind: 'int64', values: [1] },
      b: { kind: 'empty' },
      c: { kind: 'float', values: [0.5] },
    };
    expect(parseExample(serializeExample(features))).toMatchObject({ a: { values: [1] }, b: { kind: 'empty' } });
  });
});

describe('serializeExample() refuses the rest by the name of its feature', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['an object', { values: [1] }],
    ['a misspelt kind', { kind: 'string', values: ['a'] }],
    ['a kind of another language', { kind: 'int64_list', values: [1] }],
    ['values that are no array', { kind: 'bytes', values: 'frog' }],
    ['bytes in the place of an array of them', { kind: 'bytes', values: Uint8Array.of(1) }],
    ['no values', { kind: 'int64' }],
    ['a Set of values', { kind: 'int64', values: new Set([1]) }],
    ['numbers as bytes', { kind: 'bytes', values: [1] }],
    ['text as float', { kind: 'float', values: ['1'] }],
    ['a bigint as float', { kind: 'float', values: [1n] }],
    ['a fraction as int64', { kind: 'int64', values: [0.5] }],
    ['fractions of a typed array as int64', { kind: 'int64', values: Float32Array.of(0.5) }],
    ['text among numbers', [1, 'a']],
    ['booleans among numbers', [1, true]],
    ['a bigint among fractions', [0.5, 1n]],
    ['arrays in an array', [[1], [2]]],
    ['a hole', Object.assign([1], { 2: 3 })],
    ['a Date', new Date(0)],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a DataView', new DataView(new ArrayBuffer(4))],
    ['an integer that is not safe', 2 ** 53],
    ['65 bits', 2n ** 63n],
    ['65 bits of a typed array', BigUint64Array.of(2n ** 63n)],
    ['more than float32 holds', [0.5, 1e39]],
    ['more than float32 holds, in a Float64Array', Float64Array.of(1e39)],
    ['half a character', 'a\ud800'],
  ])('%s', (_, given) => {
    const error = refusal({ frog: given });
    expect(error).toMatchObject({ code: 'USAGE', message: expect.stringContaining('"frog"') });
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an array', [1]],
    ['a Map', new Map([['a', 1]])],
    ['bytes', Uint8Array.of(1)],
    ['text', 'frog'],
  ])('and an Example that is %s', (_, given) => expect(refusal(given)).toMatchObject({ code: 'USAGE' }));

  test('any value is either written whole or refused', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withTypedArray: true, withDate: true, withSet: true }), (given) => {
        const error = refusal({ x: given });
        if (error !== undefined) expect(error.code).toBe('USAGE');
        else if (Array.isArray(given) && given.length > 0)
          expect(written(given)).toMatchObject({ values: { length: given.length } });
        else if (typeof given === 'number')
          expect(written(given)).toMatchObject({ values: [Number.isInteger(given) ? given + 0 : expect.anything()] });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('ExampleSerializer', () => {
  const kindOf = (bytes: Uint8Array, name: string) => parseExample(bytes)[name]?.kind;

  test('keeps the kind of the first record', () => {
    const serializer = new ExampleSerializer();
    serializer.serialize({ score: 1, name: 'frog' });
    expect(() => serializer.serialize({ score: 1.5 })).toThrow(
      /feature "score" as float: it is int64 in this set; found 1\.5 \(record 1\)/,
    );
    expect(() => serializer.serialize({ name: 3 })).toThrow(/feature "name" as int64: it is bytes/);
    // A record that was refused decides nothing.
    expect(() => serializer.serialize({ other: 1, name: 3 })).toThrow();
    expect(serializer.schema).toEqual({ score: 'int64', name: 'bytes' });
  });

  test('takes whole numbers for floats where they are floats', () => {
    const serializer = new ExampleSerializer({ score: 'float' });
    expect(kindOf(serializer.serialize({ score: 1 }), 'score')).toBe('float');
    expect(kindOf(serializer.serialize({ score: 1.5 }), 'score')).toBe('float');
    expect(kindOf(serializer.serialize({ score: [] }), 'score')).toBe('float');
    expect(() => serializer.serialize({ score: true })).toThrow(/int64/);
  });

  test('refuses a schema that is none', () => {
    expect(() => new ExampleSerializer({ a: 'text' } as never)).toThrow(
      /feature "a" in a schema: expected bytes, float or int64/,
    );
  });
});
