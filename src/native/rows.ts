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
