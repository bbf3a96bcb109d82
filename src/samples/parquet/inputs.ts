/** What a user names, as Parquet files: a dataset on the Hub, or files, folders, globs and URIs. */

import type { Stop } from '../../bytes.ts';
import { named } from '../../errors.ts';
import { type Inputs, usage } from '../../options.ts';
import { leftOutSentence, resolveInputs } from '../../storage/inputs.ts';
import { type HubOptions, hubFiles, isHubDataset, pinned } from '../hub/dataset.ts';
import type { ParquetInput } from './plan.ts';

export interface FoundFiles {
  readonly files: readonly ParquetInput[];
  /** Where the paths of a dataset begin, for samplesOf(); undefined: in the folder of each file. */
  readonly root: string | undefined;
  /** Of a dataset on the Hub. */
  readonly config: string | undefined;
  readonly split: string | undefined;
  /** Sentences for people. */
  readonly notices: readonly string[];
}

/** Everything on the Hub is taken at one commit, which is part of the names: what is read later is the same. */
export async function findParquet(
  inputs: Inputs,
  options: HubOptions & { readonly stop?: Stop | undefined } = {},
): Promise<FoundFiles> {
  const list = typeof inputs === 'string' ? [inputs] : inputs;
  const datasets = list.filter(isHubDataset);
  if (datasets.length > 0) {
    if (list.length > 1) throw usage(`Cannot read "${datasets[0]}" beside others: one dataset of the Hub is one input`);
    return hubFiles(datasets[0]!, options);
  }
  for (const option of ['split', 'config'] as const) {
    if (options[option] === undefined) continue;
    throw usage(
      `Cannot use ${named(option)} here: only datasets of the Hub (hf://datasets/OWNER/NAME) have one; name the files`,
    );
  }
  const isOnHub = list.some((input) => /^hf:/i.test(input));
  if (options.revision !== undefined && !isOnHub) {
    throw usage(`Cannot use ${named('revision')} here: only what is on the Hub has revisions`);
  }
  const places = await Promise.all(list.map((input) => (/^hf:/i.test(input) ? pinned(input, options) : input)));
  const notices: string[] = [];
  const found = await resolveInputs(places, undefined, (left) => notices.push(leftOutSentence(left)));
  const parquet = found.filter(({ uri }) => /\.(parquet|parq|pq)([?#].*)?$/i.test(uri));
  const byName = new Set(list);
  const files = parquet.length === 0 ? found : found.filter((file) => parquet.includes(file) || byName.has(file.uri));
  const left = found.length - files.length;
  if (left > 0)
    notices.push(`${left} ${left === 1 ? 'file is' : 'files are'} left out whose names do not end with .parquet`);
  const root = isOnHub && list.length === 1 ? /^hf:\/\/datasets\/[^/]+\/[^/]+/i.exec(places[0]!)![0] : undefined;
  return { files, root, config: undefined, split: undefined, notices };
}
