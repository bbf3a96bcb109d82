import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyProof, joinProofs, type ProvenRecords } from '../../../src/formats/records/proof.ts';
import { native } from '../../../src/native/native.ts';

/** By the compiled core, all at once. */
function prove(records: readonly Uint8Array[]): ProvenRecords {
  const lengths = Float64Array.from(records, ({ length }) => length);
  return { records: records.length, proof: native().proveRecords(new Uint8Array(Buffer.concat(records)), lengths) };
}

test('joinProofs() of pieces is the proof of the whole, wherever it is cut', () => {
  const sequences = fc.array(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }), { maxLength: 6 });
  fc.assert(
    fc.property(sequences, (pieces) => {
      expect(joinProofs(pieces.map(prove))).toEqual(prove(pieces.flat()));
    }),
  );
});

test('joinProofs() joins in any grouping, and an empty piece changes nothing', () => {
  const [a, b, c] = ['a', 'bb', ''].map((text) => prove([new Uint8Array(Buffer.from(text))])) as [
    ProvenRecords,
    ProvenRecords,
    ProvenRecords,
  ];
  const whole = joinProofs([a, b, c]);
  expect(joinProofs([joinProofs([a, b]), c])).toEqual(whole);
  expect(joinProofs([a, joinProofs([b, c])])).toEqual(whole);
  expect(joinProofs([emptyProof, a, emptyProof, b, c, emptyProof])).toEqual(whole);
  expect(joinProofs([])).toEqual(emptyProof);
  expect(joinProofs([b, a, c])).not.toEqual(whole);
});

test('joinProofs() takes as many records as a file can hold, at once', () => {
  const one = { records: 2 ** 52, proof: `${'0'.repeat(31)}1` };
  const joined = joinProofs([one, one]);
  expect(joined.records).toBe(2 ** 53);
  // B^(2^52) + 1 modulo 2^127 - 1, by Python's pow().
  expect(joined.proof).toBe('34baad7ef1da12669424321dd999fa0a');
});
