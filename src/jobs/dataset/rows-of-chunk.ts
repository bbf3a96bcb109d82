/** The rows of a chunk, from whatever it is made of. What reads a kind is loaded when the first chunk of it comes. */

import type { DatasetUnitOptions } from './choices.ts';
import type { ChunkInput, ChunkRow, RowsContext } from './chunk-source.ts';

export async function* rowsOfChunk(
  from: ChunkInput,
  options: DatasetUnitOptions,
  context: RowsContext,
): AsyncGenerator<ChunkRow, void, void> {
  switch (from.kind) {
    case 'episodes': {
      const { episodeRows } = await import('./episodes/rows.ts');
      return yield* episodeRows(from, options.episodes, context);
    }
    case 'rows': {
      const { tableChunkRows } = await import('./from/read-rows.ts');
      if (options.rows?.kind !== 'rows') throw new Error('A chunk of rows without their columns');
      const { bytesInFlight } = options.episodes;
      return yield* tableChunkRows(from, { ...options.rows, bytesInFlight }, context);
    }
    case 'pack': {
      const { packChunkRows } = await import('./from/read-pack.ts');
      if (options.rows?.kind !== 'pack') throw new Error('A chunk of samples without their columns');
      return yield* packChunkRows(from, options.rows, context);
    }
    default:
      return from satisfies never;
  }
}
