/** Where a build goes: the repository with its commits, or a folder; and the card of either. */

import { join } from 'node:path';
import { throwIfAborted } from '../../counters.ts';
import { BowerbirdError } from '../../errors.ts';
import { ProgressLog, progressLogName } from '../../jobs/dataset/hub/progress-log.ts';
import { type Amend, HubTarget } from '../../jobs/dataset/hub/target.ts';
import type { DatasetReceipt } from '../../jobs/dataset/receipt.ts';
import type { RunSettings } from '../../jobs/engine/run.ts';
import { cardFiles } from '../../samples/card/card-files.ts';
import { histogramName } from '../../samples/card/histogram.ts';
import { cardName } from '../../samples/card/merge.ts';
import { STATE_FOLDER } from '../../storage/drafts.ts';
import { HubRepository, type XetChoice } from '../../storage/hub/repository.ts';
import { storageOf } from '../../storage/registry.ts';
import { placeIn } from '../../storage/uri.ts';
import { datasetCard } from './card.ts';
import { uploadNotices } from './upload-notices.ts';

interface Given extends Pick<RunSettings, 'onNotice' | 'signal'> {
  readonly repo?: string | undefined;
  readonly out?: string | undefined;
  readonly hfToken?: string | undefined;
  readonly xet: XetChoice;
  readonly private: boolean;
  readonly dryRun: boolean;
  readonly overwrite: boolean;
}

export function targetOf(given: Given, state: string): HubTarget | null {
  const { repo, hfToken, xet, private: isPrivate, signal, onNotice, overwrite } = given;
  if (repo === undefined) return null;
  const name = repo.replace(/^hf:\/\/datasets\//, '').replace(/\/+$/, '');
  const stop = { throwIfAborted: () => throwIfAborted(signal) };
  const uploads = uploadNotices(onNotice);
  const repository = new HubRepository({
    repo: name,
    token: hfToken,
    xet,
    private: isPrivate ? true : undefined,
    stop,
    onNotice,
    onBytes: uploads.onBytes,
    ...(given.dryRun ? {} : { quotaFile: join(state, STATE_FOLDER, 'hub-commits.json') }),
  });
  const progress = new ProgressLog(join(state, progressLogName));
  const card = new CardNotices(onNotice);
  const amend: Amend = async (parts, read) => {
    const shards = parts.map(({ path, size, footer: { rows, facts, huggingface } }) => ({
      path,
      size,
      rows,
      facts,
      huggingface,
    }));
    const [readme, svg] = [await read(cardName), await read(histogramName)];
    const { files, notices } = await cardFiles({ readme, svg, shards, repo: name, overwrite });
    card.tell(notices);
    return files;
  };
  return new HubTarget({ repository, repo: name, progress, overwrite, stop, onCommit: uploads.onCommit }, amend);
}

/** The card is made anew with each commit; what is odd about it is told once. */
class CardNotices {
  readonly #onNotice: ((notice: string) => void) | undefined;
  readonly #told = new Set<string>();

  constructor(onNotice: ((notice: string) => void) | undefined) {
    this.#onNotice = onNotice;
  }

  tell(notices: readonly string[]): void {
    for (const notice of notices) {
      if (this.#told.has(notice)) continue;
      this.#told.add(notice);
      this.#onNotice?.(notice);
    }
  }
}

/** A card of a folder that cannot be gone on with is told before the first download; of a repository its target tells it. */
export async function checkCard({ out }: Given): Promise<void> {
  if (out === undefined) return;
  const path = placeIn(out, cardName);
  if (!(await isThere(path))) return;
  await cardFiles({ readme: await (await storageOf(path)).read(path), svg: undefined, shards: [] });
}

const mostCardTries = 5;

/** Of a folder. `done`: chunks that were built just now. */
export async function writeCard(
  { out, signal, onNotice, dryRun }: Given,
  { receipts, done }: { readonly receipts: readonly DatasetReceipt[]; readonly done: number },
): Promise<void> {
  if (out === undefined || dryRun || receipts.every(({ files }) => files.length === 0)) return;
  if (done === 0 && (await isThere(placeIn(out, cardName)))) return;
  for (let tries = 1; ; tries++) {
    try {
      await datasetCard({ out, ...(signal !== undefined && { signal }), ...(onNotice !== undefined && { onNotice }) });
      return;
    } catch (error) {
      // Another machine that shares the folder wrote it meanwhile: what it wrote may lack our files.
      const isTaken = error instanceof BowerbirdError && error.code === 'EXISTS';
      if (!isTaken || tries === mostCardTries) throw error;
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await (await storageOf(path)).stat(path)) !== undefined;
}
