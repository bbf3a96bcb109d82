/** A work plan as chunks: so many episodes of a language each, in the order of the plan. */

import { createHash } from 'node:crypto';
import type { ChunkColumn, PlannedChunk, PlannedChunks } from '../chunk-source.ts';

/** By language: prefixes of episodes, in order. */
export type Episodes = ReadonlyMap<string, readonly string[]>;

export const usualRate = 16_000;
const split = 'train';

/** As the original has them. */
export function episodeColumns(samplingRate: number): readonly ChunkColumn[] {
  return [
    { name: 'audio', kind: 'audio', samplingRate },
    { name: 'text', kind: 'string' },
    { name: 'speaker_id', kind: 'string' },
    { name: 'duration_seconds', kind: 'float32' },
    { name: 'dnsmos', kind: 'float32' },
    { name: 'language', kind: 'string' },
  ];
}

export function episodeChunks(
  episodes: Episodes,
  { episodesPerChunk, samplingRate }: { episodesPerChunk: number; samplingRate: number },
): PlannedChunks {
  const chunks: PlannedChunk[] = [];
  for (const [language, prefixes] of episodes) {
    for (let first = 0, number = 0; first < prefixes.length; first += episodesPerChunk, number++) {
      const names = prefixes.slice(first, first + episodesPerChunk);
      chunks.push({
        id: `${language}-${number}`,
        config: language,
        split,
        output: `data/${language}/chunk-${String(number).padStart(5, '0')}.parquet`,
        size: 0,
        version: createHash('sha256').update(JSON.stringify(names)).digest('hex'),
        names,
        from: { kind: 'episodes', prefixes: names },
      });
    }
  }
  return { columns: episodeColumns(samplingRate), chunks, leftOut: [], notKept: [], notices: [] };
}
