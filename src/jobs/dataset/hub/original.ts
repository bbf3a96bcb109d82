/** Files that the original script made, which says nothing of itself: known by the paths of their rows, which are whole keys of objects. */

import type { Stop } from '../../../bytes.ts';
import { isVerdict } from '../../../errors.ts';
import { memberTexts } from '../../../samples/parquet/member-texts.ts';
import type { HubFile } from '../../../storage/hub/repository.ts';
import type { AdoptedChunk } from '../choices.ts';
import type { PlannedChunk } from '../chunk-source.ts';
import type { KnownFooter } from './footers.ts';

interface OriginalFile {
  readonly file: HubFile;
  readonly uri: string;
  readonly footer: KnownFooter;
}

/**
 * The chunk, where all rows of all its files are of its episodes, and there is one; else why not, as a sentence. It lost whole episodes without
 * a word, so not all of them need be there.
 */
export async function adoptedOriginal(
  chunk: PlannedChunk,
  files: readonly OriginalFile[],
  stop: Stop,
): Promise<AdoptedChunk | string> {
  const prefixes = new Set(chunk.names);
  let rows = 0;
  for (const { file, uri } of files) {
    try {
      for await (const path of memberTexts(uri, 'audio', 'path', { size: file.size, stop })) {
        const prefix = path?.slice(0, path.lastIndexOf('/') + 1) ?? '';
        if (!prefixes.has(prefix)) {
          return `"${file.path}" was not made by this builder, and row ${rows} ("${path ?? 'without a path'}") is of no episode of chunk ${chunk.id}`;
        }
        rows++;
      }
    } catch (error) {
      if (!isVerdict(error)) throw error;
      return `"${file.path}" was not made by this builder (${error.message})`;
    }
  }
  if (rows === 0) return `"${files[0]!.file.path}" was not made by this builder, and no row of it names an episode`;
  const adopted = files.map(({ file, footer }) => ({
    name: file.path,
    bytes: file.size,
    rows: footer.rows,
    seconds: 0,
    unknownSeconds: footer.rows,
    arrowBytes: 0,
  }));
  return { rejects: 0, files: adopted.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}
