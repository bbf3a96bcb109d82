/**
 * Readers of the arrays in which the addon gives a few numbers for each of many things, one behind the other. An object for each of a
 * million records would cost more than the records.
 */

/** Of collected records (native/addon/pass/payload_sinks.h): index, offset and length of each. */
export const recordPlaces = {
  count: (places: Float64Array): number => places.length / 3,
  index: (places: Float64Array, i: number): number => places[3 * i]!,
  offset: (places: Float64Array, i: number): number => places[3 * i + 1]!,
  length: (places: Float64Array, i: number): number => places[3 * i + 2]!,
  lengths: (places: Float64Array): Float64Array => places.filter((_, i) => i % 3 === 2),
} as const;

/** Of the chunks in an ArrayRecord index (native/core/records/arrayrecord.h, Entry): offset, decoded size and number of records of each. */
export const chunkEntries = {
  count: (chunks: ArrayLike<number>): number => chunks.length / 3,
  offset: (chunks: ArrayLike<number>, i: number): number => chunks[3 * i]!,
  decodedSize: (chunks: ArrayLike<number>, i: number): number => chunks[3 * i + 1]!,
  records: (chunks: ArrayLike<number>, i: number): number => chunks[3 * i + 2]!,
  /** All three. */
  entry: (chunks: ArrayLike<number>, i: number): number[] => Array.from({ length: 3 }, (_, k) => chunks[3 * i + k]!),
  of(chunks: readonly { readonly begin: number; readonly decodedSize: number; readonly records: number }[]) {
    const entries = new Float64Array(3 * chunks.length);
    for (const [i, { begin, decodedSize, records }] of chunks.entries())
      entries.set([begin, decodedSize, records], 3 * i);
    return entries;
  },
} as const;

/** Of a FLAC seek table (native/core/flac/metadata.h, SeekPoint): sample, offset and number of samples of each point. */
export const seekPoints = {
  count: (points: Float64Array): number => points.length / 3,
  sample: (points: Float64Array, i: number): number => points[3 * i]!,
  offset: (points: Float64Array, i: number): number => points[3 * i + 1]!,
} as const;
