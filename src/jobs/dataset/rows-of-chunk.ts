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
    default:
      throw new Error(`Chunks of "${from.kind}" cannot be read`);
  }
}
