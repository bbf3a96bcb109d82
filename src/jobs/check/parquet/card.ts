/** README.md of a dataset against its Parquet files: which of them make a configuration, and how many rows a split has. */

import { BowerbirdError, type ErrorCode } from '../../../errors.ts';
import { histogramName } from '../../../samples/card/histogram.ts';
import { type CardConfig, type CardSize, configsOf, sizesOf } from '../../../samples/hub/card.ts';
import { cardSplits } from '../../../samples/hub/dataset.ts';
import { type Splits, splitsByName } from '../../../samples/hub/splits.ts';
import { linkOf } from '../../../storage/links.ts';
import { openSource } from '../../../storage/source.ts';
import { type FileSet, folderSets, type ParquetFiles } from './compare.ts';
import { isParquetName, type ParquetTree } from './tree.ts';
import type { CardDamage, ParquetNote, VerifiedCard } from './types.ts';

export interface CheckedCard {
  /** What is read as one table: the configurations of the card, and folders for the rest. */
  readonly sets: readonly FileSet[];
  /** Undefined where there is no card. */
  readonly card: VerifiedCard | undefined;
}

/** What configures a dataset stands at the beginning. */
const mostCard = 8 << 20;

/** `others`: names of files that belong to no dataset, which a note names. */
export async function checkCard(
  tree: ParquetTree,
  files: ParquetFiles,
  others: readonly string[],
): Promise<CheckedCard> {
  const check = new CardCheck(tree, files);
  const strange = others.filter((name) => name !== histogramName);
  if (strange.length > 0) check.notes.push({ fault: 'card', reason: `No part of the dataset: ${someOf(strange)}` });
  const { card, folder } = tree;
  const uris = [...files.keys()];
  if (card === undefined) return { sets: folderSets(uris, () => true), card: undefined };
  const source = await openSource(linkOf(card), { version: card.version, size: card.size });
  const text = await source.read(0, mostCard).finally(() => source.close());
  await check.read(Buffer.from(text).toString('utf8'), card.uri);
  const { damaged, notes, configs } = check;
  const named = new Set<string>();
  const sets: FileSet[] = [];
  for (const [name, splits] of configs) {
    const paths = [...new Set([...splits.values()].flat())].filter(isParquetName);
    const of = paths.map((path) => folder + path).filter((uri) => files.has(uri));
    for (const uri of of) named.add(uri);
    sets.push({ what: `configuration "${name}"`, uris: of, isAll: true });
  }
  const rest = uris.filter((uri) => !named.has(uri));
  if (rest.length > 0 && configs.size > 0) {
    const names = someOf(rest.map((uri) => uri.slice(folder.length)));
    notes.push({ fault: 'card', reason: `Files that the card takes for no configuration: ${names}` });
  }
  return {
    sets: [...sets, ...folderSets(rest, () => true)],
    card: { source: card.uri, format: 'card', size: card.size, ok: damaged.length === 0, damaged, notes },
  };
}

class CardCheck {
  readonly damaged: CardDamage[] = [];
  readonly notes: ParquetNote[] = [];
  /** Files of each split, by configuration. */
  readonly configs = new Map<string, Splits>();
  readonly #tree: ParquetTree;
  readonly #files: ParquetFiles;
  readonly #paths: readonly string[];

  constructor(tree: ParquetTree, files: ParquetFiles) {
    this.#tree = tree;
    this.#files = files;
    this.#paths = tree.files.map(({ uri }) => uri.slice(tree.folder.length));
  }

  async read(text: string, uri: string): Promise<void> {
    const configs = (await this.#caught(() => configsOf(text, uri))) ?? [];
    for (const config of configs) await this.#config(config);
    if (configs.length === 0) this.configs.set('default', splitsByName(this.#paths.filter(isParquetName).sort()));
    for (const size of (await this.#caught(() => sizesOf(text, uri))) ?? []) this.#size(size, configs);
    // A guess by names says nothing of which files make one table.
    if (configs.length === 0) this.configs.clear();
  }

  async #config(config: CardConfig): Promise<void> {
    const { folder } = this.#tree;
    const splits = await this.#caught(() => cardSplits(folder.slice(0, -1), config, this.#paths), config.name);
    if (splits !== undefined) this.configs.set(config.name, splits);
  }

  /** What the card says of rows and bytes of a split, against the footers of its files. */
  #size({ config, split, examples, bytes }: CardSize, configs: readonly CardConfig[]): void {
    const name = config ?? (configs.length === 1 ? configs[0]!.name : 'default');
    const splits = this.configs.get(name);
    if (splits === undefined) {
      const what = `The card tells of rows of configuration "${name}", and not which files it has`;
      if (!configs.some((each) => each.name === name)) this.notes.push({ fault: 'card', reason: what });
      return;
    }
    const place = `split "${split}" of configuration "${name}"`;
    const files = (splits.get(split) ?? []).map((path) => this.#files.get(this.#tree.folder + path));
    if (files.length === 0) {
      if (examples === 0) return;
      this.#add('card', `It tells of ${place}, which has no files`, name, split, 'NOT_FOUND');
      return;
    }
    // Of other files nobody can say how many rows they have, nor of one whose footer is damaged.
    if (!files.every((file) => file !== undefined && file.columns.length > 0)) {
      const reason = `Rows of ${place} are not counted: not all of its files are Parquet files that can be read`;
      this.notes.push({ fault: 'card', reason });
      return;
    }
    const rows = files.reduce((sum, file) => sum + file!.rows, 0);
    if (examples !== undefined && examples !== rows) {
      const found = `the footers of its ${files.length} files say ${rows}`;
      this.#add('num-examples', `num_examples of ${place} is ${examples}, and ${found}`, name, split);
    }
    if (bytes === undefined || !files.every((file) => file!.shard !== null)) return;
    const held = files.reduce((sum, file) => sum + file!.shard!.arrowBytes, 0);
    if (bytes !== held) {
      this.#add('num-bytes', `num_bytes of ${place} is ${bytes}, and its files say ${held}`, name, split);
    }
  }

  async #caught<T>(read: () => Promise<T>, config: string | null = null): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof BowerbirdError)) throw error;
      const { code, message } = error;
      if (code === 'UNSUPPORTED') this.notes.push({ fault: 'card', reason: message });
      else if (code === 'BAD_SCHEMA' || code === 'NOT_FOUND') this.#add('card', message, config, null, code);
      else throw error;
      return undefined;
    }
  }

  #add(
    fault: CardDamage['fault'],
    reason: string,
    config: string | null,
    split: string | null,
    code: ErrorCode = 'CORRUPT',
  ): void {
    this.damaged.push({ fault, config, split, offset: 0, length: 0, code, reason });
  }
}

export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => JSON.stringify(name));
  return `${shown.join(', ')}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ''}`;
}
