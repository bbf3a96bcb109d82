/** What `inspect` tells of features, from features that are made here. */

import { describe, expect, test } from 'vitest';
import { FeatureStats, type FeatureSummary } from '../../../src/jobs/check/feature-stats.ts';
import {
  bytesFeature,
  DT,
  entry,
  example,
  field,
  floatFeature,
  floats,
  int64Feature,
  tensorProto,
  text,
  varintField,
} from '../../support/records.ts';

type Bytes = Uint8Array;

function summaries(...records: readonly { readonly [name: string]: Bytes }[]): FeatureSummary[] {
  const stats = new FeatureStats();
  for (const features of records) {
    stats.add(example(...Object.entries(features).map(([name, value]) => entry(name, value))));
  }
  return stats.summaries();
}

describe('FeatureStats', () => {
  test('sorts by name, whatever the order and the names', () => {
    const found = summaries(
      { b: int64Feature([1]), __proto__x: int64Feature([1]) },
      { a: int64Feature([1]), '': int64Feature([2]) },
    );
    expect(found.map(({ name, records }) => [name, records])).toEqual([
      ['', 1],
      ['__proto__x', 1],
      ['a', 1],
      ['b', 1],
    ]);
  });

  test('counts values and finds ranges over records', () => {
    const [f, i] = summaries(
      { f: floatFeature([1, -2]), i: int64Feature([3]) },
      { f: floatFeature([]), i: int64Feature([-4, 9, 5]) },
      { f: floatFeature([0.5, 7, 7]) },
    );
    expect(f).toEqual({ name: 'f', kind: 'float', records: 3, count: [0, 3], range: [-2, 7], example: '1, -2' });
    expect(i).toEqual({ name: 'i', kind: 'int64', records: 2, count: [1, 3], range: [-4, 9], example: '3' });
  });

  test('tells int64 beyond 2^53 exactly, as text', () => {
    const [i] = summaries({ i: int64Feature([2n ** 63n - 1n, 5, -(2n ** 63n)]) });
    expect(i!.range).toEqual(['-9223372036854775808', '9223372036854775807']);
    expect(i!.example).toBe('9223372036854775807, 5, -9223372036854775808');
  });

  test('passes over NaN, and keeps infinities', () => {
    expect(summaries({ f: floatFeature([Number.NaN, 1, Number.NaN]) })[0]!.range).toEqual([1, 1]);
    expect(summaries({ f: floatFeature([Number.NaN]) })[0]).not.toHaveProperty('range');
    expect(summaries({ f: floatFeature([Number.NEGATIVE_INFINITY, 1]) })[0]!.range).toEqual([
      Number.NEGATIVE_INFINITY,
      1,
    ]);
  });

  test('calls a feature mixed that changes its kind, and empty that never has one', () => {
    const [changing, none] = summaries(
      { a: int64Feature([1]), b: new Uint8Array(0) },
      { a: floatFeature([2]), b: new Uint8Array(0) },
    );
    expect(changing).toMatchObject({ kind: 'mixed', records: 2, range: [1, 2] });
    expect(none).toEqual({ name: 'b', kind: 'empty', records: 2, count: [0, 0], example: '' });
  });

  test('shows text as text and other bytes in hex, shortened', () => {
    const example = (value: Bytes | string) => summaries({ a: bytesFeature(value) })[0]!.example;
    expect(example('Grüße 😀')).toBe('Grüße 😀');
    expect(example('x'.repeat(61))).toBe(`${'x'.repeat(57)}...`);
    expect(example(Uint8Array.of(0xff, 0, 0x10))).toBe('ff0010');
    expect(example('a\u0000b')).toBe('610062');
    expect(summaries({ a: bytesFeature('first', 'second') }, { a: bytesFeature('third') })[0]).toMatchObject({
      example: 'first',
      count: [1, 2],
      range: [5, 6],
    });
  });

  describe('finds tensors', () => {
    test('with dtypes, shapes and the range of their values', () => {
      const one = bytesFeature(tensorProto([1, 2], floats([3, -1])));
      const two = bytesFeature(tensorProto([2], Uint8Array.of(0, 0x3c, 0, 0x48), DT.half));
      const three = bytesFeature(tensorProto([], floats([5])));
      const [a] = summaries({ a: one }, { a: two }, { a: three }, { a: one });
      expect(a!.tensor).toEqual({ dtypes: ['float32', 'float16'], shapes: [[1, 2], [2], []], range: [-1, 8] });
      expect(a!.example).toBe('3, -1');
    });

    test('of strings without a range', () => {
      const tensor = new Uint8Array(
        Buffer.concat([varintField(1, DT.string), field(2, field(2, varintField(1, 1))), field(8, text('word'))]),
      );
      expect(summaries({ a: bytesFeature(tensor) })[0]!.tensor).toEqual({ dtypes: ['string'], shapes: [[1]] });
    });

    test('only where every value is one', () => {
      const tensor = tensorProto([1], floats([3]));
      expect(summaries({ a: bytesFeature(tensor) }, { a: bytesFeature('no tensor') })[0]).not.toHaveProperty('tensor');
      expect(summaries({ a: bytesFeature('') })[0]).not.toHaveProperty('tensor');
      expect(summaries({ a: bytesFeature('site_0285/2020.flac') })[0]).not.toHaveProperty('tensor');
    });

    test('and lists no more than eight shapes', () => {
      const many = Array.from({ length: 12 }, (_, i) => ({
        a: bytesFeature(tensorProto([i + 1], floats(Array(i + 1).fill(0)))),
      }));
      const { tensor } = summaries(...many)[0]!;
      expect(tensor!.shapes).toEqual([[1], [2], [3], [4], [5], [6], [7], [8]]);
    });
  });

  test('takes a thousand names and no more', () => {
    const found = summaries(...Array.from({ length: 1200 }, (_, i) => ({ [`f${i}`]: int64Feature([i]) })), {
      f0: int64Feature([7]),
    });
    expect(found).toHaveLength(1000);
    expect(found[0]).toMatchObject({ name: 'f0', records: 2, range: [0, 7] });
  });
});
