/** What shards of `convert` are made of, input by input. */

import type { Compression } from '../../formats/records/compression.ts';
import type { InputIndex } from './indexing.ts';

/** What a shard took from one input. */
export interface ConvertSource {
  readonly input: string;
  readonly size: number;
  readonly format: InputIndex['format'];
  readonly compression: Compression;
  readonly records: number;
}

/** One an input, in the order of their first appearance. */
export function mergeSources(sources: Iterable<ConvertSource>): ConvertSource[] {
  const merged = new Map<string, ConvertSource>();
  for (const source of sources) {
    const earlier = merged.get(source.input)?.records ?? 0;
    merged.set(source.input, { ...source, records: earlier + source.records });
  }
  return [...merged.values()];
}
