/**
 * Proofs of sequences of records, native/core/hash/proof.h: each record is a term modulo 2^127 - 1, and the proof of t1 ... tn is the
 * polynomial t1 B^(n-1) + ... + tn. So those of shards can be made side by side and joined, however the records are cut into files.
 */

const prime = (1n << 127n) - 1n;
/** A primitive root: native/core/hash/proof.cc. */
const base = 0x243f6a8885a308d313198a2e03707348n;

export interface ProvenRecords {
  readonly records: number;
  /** 32 hex digits. */
  readonly proof: string;
}

export const emptyProof: ProvenRecords = { records: 0, proof: '0'.repeat(32) };

/** The proof of all of these one after another. */
export function joinProofs(parts: Iterable<ProvenRecords>): ProvenRecords {
  let records = 0;
  let value = 0n;
  for (const part of parts) {
    value = (value * power(base, part.records) + BigInt(`0x${part.proof}`)) % prime;
    records += part.records;
  }
  return { records, proof: value.toString(16).padStart(32, '0') };
}

function power(of: bigint, exponent: number): bigint {
  let result = 1n;
  let square = of;
  for (let rest = BigInt(exponent); rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}
