/** The card as part of a commit: what it tells is what the repository then holds. */

import { cardFiles } from '../../../samples/card/card-files.ts';
import { histogramName } from '../../../samples/card/histogram.ts';
import { cardName } from '../../../samples/card/merge.ts';
import type { Amend } from './target.ts';

/** `repo`: OWNER/NAME. Files that could not be read are left out: the run tells of them elsewhere. */
export function amendCard(repo: string, onNotice: ((notice: string) => void) | undefined): Amend {
  const told = new Set<string>();
  return async (parts, read) => {
    const shards = parts.flatMap(({ path, size, footer: { rows, facts, huggingface, problem } }) =>
      problem === undefined ? [{ path, size, rows, facts, huggingface }] : [],
    );
    const [readme, svg] = [await read(cardName), await read(histogramName)];
    const { files, notices } = await cardFiles({ readme, svg, shards, repo });
    for (const notice of notices) {
      if (!told.has(notice)) onNotice?.(notice);
      told.add(notice);
    }
    return files;
  };
}
