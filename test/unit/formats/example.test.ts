import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Feature,
  type Features,
  parseExample,
  parseSequenceExample,
  payloadKind,
} from '../../../src/formats/example/example.ts';
import type { FeaturesInput } from '../../../src/formats/example/input.ts';
import { WireWriter } from '../../../src/formats/example/wire.ts';
import { serializeExample } from '../../../src/formats/example/writer.ts';
import { decompress, sniffCompression } from '../../../src/formats/records/compression.ts';
import { hasShared, sharedBytes, sharedFiles } from '../../shared-data.ts';
import { recordBatches } from '../../twins/tfrecord.ts';
import { collect, cut, joined } from './blocks.ts';

async function recordsOf(name: string): Promise<Uint8Array[]> {
  const bytes = sharedBytes(name);
  const kind = sniffCompression(bytes.subarray(0, 12));
  const plain = await collect(decompress(cut(bytes, 1 << 16), kind, { source: name }));
  const records: Uint8Array[] = [];
  const options = { source: name, onError: 'salvage' } as const;
  for await (const batch of recordBatches(cut(joined(plain), 1 << 16), options)) records.push(...batch.records);
  return records;
}

/** A feature in the words of expected.json: at most as many values as it lists. */
function asFacts(feature: Feature, facts: { count?: number; values?: unknown[] }): unknown {
  if (feature.kind === 'empty') return { kind: null };
  const listed = Array.from(feature.values as ArrayLike<unknown>).slice(0, facts.values?.length ?? 0);
  return { kind: `${feature.kind}_list`, count: feature.values.length, values: listed.map(valueFacts) };
}

function valueFacts(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  const bytes = value as Uint8Array;
  return { len: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

// biome-ignore lint/suspicious/noExplicitAny: facts of expected.json
function expectFeatures(features: Features, facts: any): void {
  const names = Object.keys(features).filter((name) => name in facts || !('_more' in facts));
  expect(names.sort()).toEqual(Object.keys(facts).sort());
  for (const [name, fact] of Object.entries(facts as { [name: string]: { kind: string; values?: object[] } })) {
    const values = fact.values?.map((value) => {
      if (typeof value !== 'object' || value === null || !('utf8' in value)) return value;
      const { utf8, ...rest } = value;
      return rest;
    });
    const expected =
      fact.kind === null
        ? { kind: null }
        : { kind: fact.kind, count: (fact as { count?: number }).count, values: values ?? [] };
    expect(asFacts(features[name]!, fact), name).toEqual(expected);
  }
}

describe.skipIf(!hasShared)('on records by other writers (needs ../shared)', () => {
  const files = sharedFiles('tfrecord/').filter(({ facts }) => facts.records > 0);
  const withFirst = (payload: string) =>
    files.filter(({ facts }) => facts.first?.payload === payload).map((file) => [file.name, file] as const);

  test.each(files.map((file) => [file.name, file] as const))(
    'payloadKind() tells what %s holds',
    async (name, { facts }) => {
      const records = (await recordsOf(name)).slice(0, Math.min(400, facts.records));
      const kinds: { [kind: string]: number } = {};
      const names = { example: 'Example', sequenceExample: 'SequenceExample', other: 'other' };
      for (const record of records) {
        const kind = names[payloadKind(record)];
        kinds[kind] = (kinds[kind] ?? 0) + 1;
      }
      expect(kinds).toEqual(facts.payloadKindsFirst400);
    },
  );

  test.each(withFirst('Example'))('parseExample() reads %s as TensorFlow does', async (name, { facts }) => {
    const records = await recordsOf(name);
    expectFeatures(parseExample(records[0]!), facts.first.features);
    if (facts.last && !facts.framingError)
      expectFeatures(parseExample(records[facts.records - 1]!), facts.last.features);
  });

  test.each(withFirst('SequenceExample'))('parseSequenceExample() reads %s', async (name, { facts }) => {
    const { context, featureLists } = parseSequenceExample((await recordsOf(name))[0]!);
    expectFeatures(context, facts.first.context);
    expect(Object.keys(featureLists).sort()).toEqual(Object.keys(facts.first.featureLists).sort());
    for (const [list, fact] of Object.entries(facts.first.featureLists as { [n: string]: { steps: number } })) {
      expect(featureLists[list]!.length).toBe(fact.steps);
    }
  });

  test('parseExample() and serializeExample() give TensorFlow features back unchanged', async () => {
    for (const { name, facts } of files) {
      if (facts.first?.payload !== 'Example') continue;
      for (const record of (await recordsOf(name)).slice(0, 20)) {
        const features = parseExample(record);
        const again = serializeExample(features);
        expect(again.length).toBe(record.length);
        expect(parseExample(again)).toEqual(features);
      }
    }
  });
});

/** Wire bytes by hand: [field, body] pairs, every body length-delimited. */
function message(...fields: readonly (readonly [number, Uint8Array | readonly number[] | string])[]): Uint8Array {
  const writer = new WireWriter();
  for (const [field, body] of fields) {
    writer.field(field, typeof body === 'string' ? new TextEncoder().encode(body) : Uint8Array.from(body));
  }
  return writer.finish();
}

const entry = (name: string, feature: Uint8Array) => message([1, name], [2, feature]);
const example = (...entries: Uint8Array[]) => message([1, message(...entries.map((e) => [1, e] as const))]);
const int64s = (...values: number[]) => message([3, message([1, values])]);
const bytesOf = (value: string) => message([1, message([1, value])]);

describe('parseExample()', () => {
  test('takes the last of a map key given twice', () => {
    const features = parseExample(example(entry('a', int64s(1)), entry('b', int64s(2)), entry('a', int64s(3))));
    expect(features['a']).toEqual({ kind: 'int64', values: [3] });
    expect(Object.keys(features)).toEqual(['a', 'b']);
  });

  test('joins two features fields', () => {
    const twice = joined([example(entry('a', int64s(1))), example(entry('b', int64s(2)))]);
    expect(Object.keys(parseExample(twice))).toEqual(['a', 'b']);
  });

  test('takes the last kind of a oneof given twice and joins lists of one kind', () => {
    const both = parseExample(example(entry('a', joined([int64s(1, 2), bytesOf('x')]))));
    expect(both['a']).toEqual({ kind: 'bytes', values: [new TextEncoder().encode('x')] });
    const same = parseExample(example(entry('a', joined([int64s(1), int64s(2)]))));
    expect(same['a']).toEqual({ kind: 'int64', values: [1, 2] });
  });

  test('reads unpacked lists like packed ones, and both mixed', () => {
    const ints = Uint8Array.from([0x08, 5, 0x0a, 2, 6, 7, 0x08, 8]);
    expect(parseExample(example(entry('a', message([3, ints]))))['a']).toEqual({ kind: 'int64', values: [5, 6, 7, 8] });
    const floats = Uint8Array.from([0x0d, 0, 0, 0x80, 0x3f, 0x0a, 4, 0, 0, 0, 0x40, 0x0d, 0, 0, 0x40, 0x40]);
    expect(parseExample(example(entry('a', message([2, floats]))))['a']).toEqual({
      kind: 'float',
      values: new Float32Array([1, 2, 3]),
    });
  });

  test('tells an empty list from no list', () => {
    const features = parseExample(example(entry('none', new Uint8Array(0)), entry('empty', message([2, []]))));
    expect(features).toEqual({ none: { kind: 'empty' }, empty: { kind: 'float', values: new Float32Array(0) } });
  });

  test('reads entries without key or value', () => {
    expect(parseExample(example(message([2, int64s(1)])))).toEqual({ '': { kind: 'int64', values: [1] } });
    expect(parseExample(example(message([1, 'a'])))).toEqual({ a: { kind: 'empty' } });
  });

  test('takes no name for a special one', () => {
    const features = parseExample(example(entry('__proto__', int64s(1)), entry('constructor', int64s(2))));
    expect(Object.keys(features)).toEqual(['__proto__', 'constructor']);
    expect(features['toString']).toBeUndefined();
  });

  test('gives int64 beyond 2^53 as bigint, and all of them when asked', () => {
    const values = [0, -1, 2 ** 53 - 1, -(2 ** 53 - 1), 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)];
    const bytes = serializeExample({ a: { kind: 'int64', values } });
    expect(parseExample(bytes)['a']).toEqual({ kind: 'int64', values });
    expect(parseExample(bytes, { int64: 'bigint' })['a']).toEqual({ kind: 'int64', values: values.map(BigInt) });
  });

  test('skips fields it does not know, groups in groups too', () => {
    const group = [0x23, 0x2b, 0x08, 1, 0x2c, 0x24];
    const bytes = joined([
      Uint8Array.from([0x18, 1, ...group]),
      example(entry('a', int64s(1))),
      Uint8Array.from(group),
    ]);
    expect(Object.keys(parseExample(bytes))).toEqual(['a']);
    expect(payloadKind(bytes)).toBe('other');
  });

  test('keeps the bits of NaNs', () => {
    const nan = Uint8Array.from([0x0a, 4, 0x01, 0x00, 0xa0, 0xff]);
    const feature = parseExample(example(entry('a', message([2, nan]))))['a'];
    expect(feature?.kind === 'float' && new Uint32Array(feature.values.buffer)[0]).toBe(0xffa00001);
  });

  const deep = [...Array(200).fill(0x23), ...Array(200).fill(0x24)];
  test.each<[string, number[]]>([
    ['a length beyond the end', [0x0a, 5, 1]],
    ['a length of 2^63', [0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]],
    ['field number 0', [0x02, 0]],
    ['wire type 6', [0x0e, 0]],
    ['wire type 7', [0x0f, 0]],
    ['a tag of more than 32 bits', [0x88, 0x80, 0x80, 0x80, 0x80, 0x01, 0]],
    ['a number of 11 bytes', [0x18, ...Array(10).fill(0x80), 0]],
    ['the end inside a number', [0x18, 0x80]],
    ['the end inside a fixed32', [0x1d, 0, 0]],
    ['the end inside a fixed64', [0x19, 0, 0]],
    ['a group that does not end', [0x23, 0x08, 1]],
    ['a group closed by another', [0x23, 0x2c]],
    ['the end of a group that was not open', [0x24]],
    ['groups too deep', deep],
    ['a packed list of floats of 3 bytes', [...example(entry('a', message([2, message([1, [1, 2, 3]])])))]],
    ['a name that is not UTF-8', [...example(message([1, [0xff]], [2, int64s(1)]))]],
  ])('refuses %s', (_, bytes) => {
    expect(() => parseExample(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: 'BAD_SCHEMA' }));
  });

  test('survives any bytes with BAD_SCHEMA or features', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseExample(bytes);
          parseSequenceExample(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_SCHEMA' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

const goldenExample =
  '0a4f0a130a0361c3a9120c120a0a080000c03f000000c00a0c0a016112070a050a01780a000a150a016212101a0e0a0cffffffffffffffffff01ac02' +
  '0a090a036e696c120212000a080a046e6f6e651200';

describe('serializeExample()', () => {
  test('writes what SerializeToString(deterministic=True) writes', () => {
    // Written by TensorFlow 2.21: Example with b, aé, a (bytes x2, floats, int64 -1 and 300), an unset feature and an empty float list.
    const features: FeaturesInput = {
      b: { kind: 'int64', values: [-1, 300] },
      'a\u00e9': { kind: 'float', values: [1.5, -2] },
      a: { kind: 'bytes', values: ['x', new Uint8Array(0)] },
      none: { kind: 'empty' },
      nil: { kind: 'float', values: [] },
    };
    expect(Buffer.from(serializeExample(features)).toString('hex')).toBe(goldenExample);
    expect(Buffer.from(serializeExample({})).toString('hex')).toBe('0a00');
  });

  test('refuses fractions and numbers beyond 2^53 in int64', () => {
    for (const value of [1.5, 2 ** 53, Number.NaN, 2n ** 63n]) {
      expect(() => serializeExample({ a: { kind: 'int64', values: [value] } })).toThrow(
        /Cannot write .* to int64 feature "a"/,
      );
    }
  });

  test('gives features that parseExample() reads back', () => {
    const feature = fc.oneof(
      fc.record({ kind: fc.constant('bytes' as const), values: fc.array(fc.uint8Array({ maxLength: 20 })) }),
      fc.record({ kind: fc.constant('float' as const), values: fc.float32Array({ noNaN: true }) }),
      fc.record({ kind: fc.constant('int64' as const), values: fc.array(fc.maxSafeInteger()) }),
      fc.record({ kind: fc.constant('empty' as const) }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), feature), (features) => {
        const bytes = serializeExample(features);
        expect(parseExample(bytes)).toEqual(Object.assign(Object.create(null), features));
        if (Object.keys(features).length > 0) expect(payloadKind(bytes)).toBe('example');
      }),
    );
  });
});
