/** Samples of any plain data, through a converter, pack() and readSamples(): what comes back is what went in, and the bytes depend on nothing else. */

import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pack } from '../../../src/api/pack.ts';
import { readSamples } from '../../../src/api/read-samples.ts';
import { PythonFloat, PythonTuple } from '../../../src/formats/python/values.ts';
import { Converter } from '../../../src/samples/converter.ts';
import type { Sample, SampleValue } from '../../../src/samples/sample.ts';
import { storedLocally } from '../../support/object-store.ts';
import { scratch } from '../jobs/folder.ts';

type Told = readonly unknown[];

/** A value, and in words of Python what it is. */
interface Case {
  readonly given: SampleValue;
  readonly told: Told;
}

const bits = (value: number) => Buffer.from(Float64Array.of(value).buffer).toString('hex');
const hex = (bytes: ArrayBufferView) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
/** Python's dicts are equal in any order. */
function dict(items: readonly Told[]): Told {
  const keyed = items.map((item) => ({ item, key: JSON.stringify(item) }));
  return ['dict', ...keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ item }) => item)];
}

const ints = fc.oneof(
  fc.maxSafeInteger().map((given) => ({ given: Object.is(given, -0) ? 0 : given })),
  // What MessagePack has a form for.
  fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n).map((given) => ({ given })),
);
const scalars: fc.Arbitrary<Case> = fc.oneof(
  fc.constantFrom<Case>(
    { given: null, told: ['None'] },
    { given: true, told: ['bool', true] },
    { given: false, told: ['bool', false] },
  ),
  ints.map(({ given }) => ({ given, told: ['int', String(given)] })),
  fc.double({ noNaN: true }).map((value) => ({ given: new PythonFloat(value), told: ['float', bits(value)] })),
  // No float of JavaScript that is none of its ints.
  fc.constantFrom(0.5, -0, 1e300, Infinity).map((given) => ({ given, told: ['float', bits(given)] })),
  fc.string({ unit: 'grapheme' }).map((given) => ({ given, told: ['str', given] })),
  fc.uint8Array({ maxLength: 300 }).map((given) => ({ given, told: ['bytes', hex(given)] })),
);

type Numbers = Exclude<SampleValue, unknown[]> & ArrayBufferView;
const arrays: fc.Arbitrary<Case> = fc.oneof(
  ...[
    [fc.float32Array({ maxLength: 40 }), 'float32'],
    [fc.float64Array({ maxLength: 40 }), 'float64'],
    [fc.int8Array({ maxLength: 40 }), 'int8'],
    [fc.int16Array({ maxLength: 40 }), 'int16'],
    [fc.uint16Array({ maxLength: 40 }), 'uint16'],
    [fc.int32Array({ maxLength: 40 }), 'int32'],
    [fc.uint32Array({ maxLength: 40 }), 'uint32'],
    [fc.bigInt64Array({ maxLength: 40 }), 'int64'],
    [fc.bigUint64Array({ maxLength: 40 }), 'uint64'],
  ].map(([of, dtype]) =>
    fc.tuple(of as fc.Arbitrary<Float32Array>, fc.boolean()).map(([data, isTable]): Case => {
      const shape = isTable && data.length % 2 === 0 ? [data.length / 2, 1, 2] : [data.length];
      const given = shape.length === 1 ? data : { data, shape };
      return { given: given as Numbers, told: ['ndarray', dtype, shape, hex(data)] };
    }),
  ),
);

const names = fc.oneof(
  fc.string({ maxLength: 12, unit: 'grapheme' }),
  fc.constantFrom('__proto__', 'constructor', '7', ''),
);

const values = fc.letrec<{ value: Case }>((tie) => {
  const items = fc.array(tie('value'), { maxLength: 4 });
  return {
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      { weight: 6, arbitrary: scalars },
      { weight: 2, arbitrary: arrays },
      items.map((cases) => ({
        given: cases.map(({ given }) => given),
        told: ['list', ...cases.map(({ told }) => told)],
      })),
      fc.array(scalars, { maxLength: 4 }).map((cases) => ({
        given: new PythonTuple(cases.map(({ given }) => given as null)),
        told: ['tuple', ...cases.map(({ told }) => told)],
      })),
      fc.uniqueArray(fc.tuple(names, tie('value')), { maxLength: 4, selector: ([name]) => name }).map((entries) => ({
        // Two names of NdArray would make another thing of it.
        given: Object.fromEntries(entries.map(([name, { given }]) => [`${name}.`, given])),
        told: dict(entries.map(([name, { told }]) => [['str', `${name}.`], told])),
      })),
    ),
  };
}).value;

/** Fields that pack() makes itself. */
const made = ['audio', 'sample_rate', 'converter', 'shard_id', 'shard_position', 'shape', 'dtype', 'codec', 'duration'];

const samples = fc.array(
  fc
    .uniqueArray(
      fc.tuple(
        names.filter((name) => !made.includes(name)),
        values,
      ),
      {
        maxLength: 5,
        selector: ([name]) => name,
      },
    )
    .map((fields) => ({
      given: Object.fromEntries(fields.map(([name, { given }]) => [name, given])) as Sample,
      told: fields.map(([name, { told }]): Told => [['str', name], told]),
    })),
  { minLength: 1, maxLength: 12 },
);

/** Of what was read, in the same words. */
function tell(value: unknown): Told {
  if (value === null) return ['None'];
  if (typeof value === 'boolean') return ['bool', value];
  if (typeof value === 'number' || typeof value === 'bigint') return ['int', String(value)];
  if (typeof value === 'string') return ['str', value];
  if (value instanceof PythonFloat) return ['float', bits(value.value)];
  if (value instanceof Uint8Array) return ['bytes', hex(value)];
  if (value instanceof PythonTuple) return ['tuple', ...value.items.map(tell)];
  if (Array.isArray(value)) return ['list', ...value.map(tell)];
  if (value instanceof Map) return dict([...value].map(([key, item]) => [tell(key), tell(item)]));
  const { dtype, shape, data } = value as { dtype: string; shape: number[]; data: ArrayBufferView };
  return ['ndarray', dtype, shape, hex(data)];
}

/** MessagePack has lists only. */
function withoutTuples(told: unknown): unknown {
  if (!Array.isArray(told)) return told;
  const [kind, ...items] = told.map(withoutTuples);
  if (kind === 'dict') return dict(items as Told[]);
  return [kind === 'tuple' ? 'list' : kind, ...items];
}

class Given extends Converter {
  readonly converterName = 'given';
  readonly #samples: readonly Sample[];

  constructor(given: readonly Sample[]) {
    super();
    this.#samples = given;
  }

  override *samples() {
    yield* this.#samples;
  }
}

test('packed samples come back equal, as pickles and MessagePack, in the same bytes by any number of workers', async () => {
  await fc.assert(
    fc.asyncProperty(
      samples,
      fc.constantFrom('pickle', 'msgpack'),
      fc.integer({ min: 1, max: 14 }),
      fc.integer({ min: 2, max: 4 }),
      async (cases, kind, samplesPerShard, workers) => {
        const root = scratch();
        const run = (name: string, count: number) => {
          const converter = new Given(cases.map(({ given }) => given));
          return pack({ converter, out: join(root, name), values: kind, samplesPerShard, workers: count });
        };
        expect(await run('one', 1)).toMatchObject({ samples: cases.length, complete: true });
        await run('several', workers);
        expect(storedLocally(join(root, 'several'))).toEqual(storedLocally(join(root, 'one')));
        let index = 0;
        for await (const { key, sample } of readSamples(join(root, 'one'), { values: 'python' })) {
          expect(key).toBe(`sample_${String(index).padStart(8, '0')}`);
          const placed: Told[] = [
            [
              ['str', 'converter'],
              ['str', 'given'],
            ],
            [
              ['str', 'shard_id'],
              ['int', String(Math.floor(index / samplesPerShard))],
            ],
            [
              ['str', 'shard_position'],
              ['int', String(index % samplesPerShard)],
            ],
          ];
          const expected = dict([...cases[index]!.told, ...placed]);
          const found = dict(Object.entries(sample).map(([name, value]) => [['str', name], tell(value)]));
          if (kind === 'pickle') expect(found).toEqual(expected);
          else expect(withoutTuples(found)).toEqual(withoutTuples(expected));
          index++;
        }
        expect(index).toBe(cases.length);
      },
    ),
    { numRuns: 12 },
  );
});
