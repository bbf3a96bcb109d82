import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FeatureLists } from '../../../src/formats/example/input.ts';
import { floatTensorHead, serializeTensor } from '../../../src/formats/example/tensor-writer.ts';
import { exampleAround, serializeExample } from '../../../src/formats/example/writer.ts';

test('exampleAround() gives what serializeExample() gives, for any length and any names', () => {
  const name = fc.constantFrom('a', 'audi', 'audio', 'audio2', 'label', 'ä', 'zz', '');
  const others = fc.dictionary(name, fc.array(fc.integer(), { maxLength: 5 }), { maxKeys: 4 });
  const length = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(16_300, 16_383, 16_384, 2_097_100));
  fc.assert(
    fc.property(others, fc.uint8Array({ maxLength: 40 }), length, (given, prefix, count) => {
      delete given['audio'];
      const features: FeatureLists = Object.fromEntries(
        Object.entries(given).map(([key, values]) => [key, { kind: 'int64', values }]),
      );
      const body = new Uint8Array(count).fill(7);
      const { head, tail } = exampleAround('audio', prefix, count, features);
      const audio = Buffer.concat([prefix, body]);
      const whole = serializeExample({ ...features, audio: { kind: 'bytes', values: [audio] } });
      expect(Buffer.concat([head, body, tail]).equals(whole)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('floatTensorHead() stands before the values as serializeTensor() writes them', () => {
  for (const shape of [
    [3, 1],
    [0, 2],
    [1, 1],
    [70_000, 2],
  ]) {
    const values = new Float32Array(shape[0]! * shape[1]!).fill(0.5);
    const whole = serializeTensor(values, shape);
    const made = Buffer.concat([floatTensorHead(shape), new Uint8Array(values.buffer)]);
    expect(made.equals(whole), String(shape)).toBe(true);
  }
});
