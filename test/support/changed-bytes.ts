/** Bytes that a seed changes: the same ones in every run. */

export type Random = () => number;

/** In [0, 1), by Marsaglia's xorshift32. */
export function randomFrom(seed: number): Random {
  let state = (seed * 2654435761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** A copy of one of `seeds` with one to four changes: a bit, a byte, a number of ones, a stretch out, twice, or of another one. */
export function changedBytes(seeds: readonly Buffer[], tokens: readonly number[], random: Random): Buffer {
  const below = (end: number) => Math.floor(random() * end);
  const any = <T>(items: readonly T[]): T => items[below(items.length)]!;
  let bytes = Buffer.from(any(seeds));
  for (let left = 1 + below(4); left > 0 && bytes.length > 0; left--) {
    const at = below(bytes.length);
    const length = Math.min(bytes.length - at, 1 + below(16));
    const rest = bytes.subarray(at);
    switch (below(7)) {
      case 0:
        bytes[at]! ^= 1 << below(8);
        break;
      case 1:
        bytes[at] = any(tokens);
        break;
      case 2:
        bytes.fill(any([0, 0x7f, 0x80, 0xff]), at, Math.min(bytes.length, at + any([1, 2, 4, 8])));
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at + length), rest]);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([any(tokens)]), rest]);
        break;
      default: {
        const other = any(seeds);
        const from = below(other.length);
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + 1 + below(64)), rest]);
      }
    }
  }
  return bytes;
}
