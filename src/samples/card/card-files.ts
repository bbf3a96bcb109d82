/** The small files that tell of a dataset: its card, and the picture in it. Made anew with every commit, from what the footers say. */

import { histogramName, histogramSvg, isOurHistogram } from './histogram.ts';
import { cardName, mergeCard } from './merge.ts';
import type { CardShard } from './shards.ts';
import type { Sums } from './sums.ts';

export interface CardGiven {
  /** As they are now; undefined where they are not there. */
  readonly readme: Uint8Array | undefined;
  readonly svg: Uint8Array | undefined;
  /** Every Parquet file below data/, in any order. */
  readonly shards: readonly CardShard[];
  /** "org/name", for the recipe. */
  readonly repo?: string | undefined;
  /** Also replace a picture that is not ours. */
  readonly overwrite?: boolean | undefined;
}

export interface CardFiles {
  /** Only what differs from what is there. */
  readonly files: readonly { readonly path: string; readonly content: Uint8Array }[];
  /** The card as it is then. */
  readonly readme: Uint8Array;
  readonly sums: Sums;
  readonly notices: readonly string[];
}

/** @throws BowerbirdError BAD_SCHEMA for a README.md that cannot be merged into */
export async function cardFiles({ readme, svg, shards, repo, overwrite = false }: CardGiven): Promise<CardFiles> {
  const isForeign = svg !== undefined && !isOurHistogram(svg) && !overwrite;
  const hasDnsmos = shards.some(({ facts }) => (facts?.dnsmos?.count ?? 0) > 0);
  const card = await mergeCard(readme, { shards, repo, hasHistogram: hasDnsmos && !isForeign });
  const notices = [...card.notices];
  const made: { path: string; content: Uint8Array }[] = [];
  if (hasDnsmos && isForeign) {
    notices.push(`"${histogramName}" is not ours: it was left as it is, and the card shows no histogram`);
  } else if (card.sums.dnsmos.count > 0) {
    made.push({ path: histogramName, content: histogramSvg(card.sums.dnsmos) });
  }
  made.push({ path: cardName, content: card.content });
  const there = new Map([
    [cardName, readme],
    [histogramName, svg],
  ]);
  const files = made.filter(({ path, content }) => {
    const old = there.get(path);
    return old === undefined || !Buffer.from(content).equals(old);
  });
  return { files, readme: card.content, sums: card.sums, notices };
}
