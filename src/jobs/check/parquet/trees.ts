/** Parquet files among all that verify() was given: the datasets that they make, and what is known when each was read for itself. */

import { pathOf } from '../../../file-uri.ts';
import type { InputFile, LeftOutInput } from '../../../storage/inputs.ts';
import { absolute, fileNameOf, isRemote } from '../../../storage/uri.ts';
import type { VerifiedFile } from '../registry.ts';
import { checkCard, someOf } from './card.ts';
import { compareFiles, folderSets, type ParquetFiles } from './compare.ts';
import { type ParquetTree, treeAt } from './tree.ts';
import type { VerifiedParquet } from './types.ts';

/** Takes the folders, prefixes and repositories that are datasets of Parquet files out of `inputs`, each once. */
export async function splitTrees(
  inputs: readonly string[],
  onLeftOut: (left: LeftOutInput) => void,
): Promise<{ readonly trees: readonly ParquetTree[]; readonly rest: readonly string[] }> {
  const trees = new Map<string, ParquetTree>();
  const rest: string[] = [];
  for (const input of inputs) {
    const tree = await treeAt(input, onLeftOut);
    if (tree === undefined) rest.push(input);
    else if (!trees.has(absolute(tree.folder))) trees.set(absolute(tree.folder), tree);
  }
  return { trees: withoutNested([...trees.values()]), rest };
}

/** A file belongs to one dataset: of those that hold it the first. */
function withoutNested(trees: readonly ParquetTree[]): readonly ParquetTree[] {
  const seen = new Set<string>();
  return trees.map((tree) => {
    const files = tree.files.filter(({ uri }) => !seen.has(absolute(uri)));
    for (const { uri } of filesOf(tree)) seen.add(absolute(uri));
    return { ...tree, files };
  });
}

export function filesOf({ card, files }: ParquetTree): readonly InputFile[] {
  return card === undefined ? files : [card, ...files];
}

/** What people put beside data, and nobody takes for it. What is data is checked as it is everywhere. */
const document =
  /(^|\/)(licen[sc]e|readme|notice|citation|changelog|authors)(\.\w+)?$|\.(md|txt|rst|html?|pdf|svg|png|jpe?g|gif|webp|json|jsonl|ya?ml|csv|tsv|py|ipynb|sh|cff|bib|log|jinja)$/i;

/** Adds to `files` what their neighbours and cards say. What a user should know that no file can tell is returned. `named`: inputs that are no dataset. */
export async function settleParquet(
  files: Map<string, VerifiedFile>,
  trees: readonly ParquetTree[],
  named: readonly string[],
): Promise<readonly string[]> {
  const notices: string[] = [];
  const left = new Set(files.keys());
  for (const tree of trees) {
    const others: string[] = [];
    for (const { uri } of tree.files) {
      left.delete(uri);
      if (!isDocument(files.get(uri))) continue;
      files.delete(uri);
      others.push(uri.slice(tree.folder.length));
    }
    const parquet = parquetOf(
      files,
      tree.files.map(({ uri }) => uri),
    );
    const { sets, card } = await checkCard(tree, parquet, others);
    compareFiles(parquet, sets);
    for (const [uri, file] of parquet) files.set(uri, file);
    if (card !== undefined) files.set(card.source, card);
    else if (others.length > 0) notices.push(`In "${tree.folder}" no part of the dataset: ${someOf(others)}`);
  }
  const parquet = parquetOf(files, [...left]);
  const whole = new Set(named.map((name) => absolute(isRemote(name) ? name : pathOf(name))));
  compareFiles(
    parquet,
    folderSets([...parquet.keys()], (folder) => whole.has(absolute(folder))),
  );
  for (const [uri, file] of parquet) files.set(uri, file);
  return notices;
}

function isDocument(file: VerifiedFile | undefined): boolean {
  return file?.format === 'unknown' && file.error?.code === 'UNSUPPORTED' && document.test(fileNameOf(file.source));
}

function parquetOf(files: ReadonlyMap<string, VerifiedFile>, uris: readonly string[]): ParquetFiles {
  const found = uris.map((uri) => [uri, files.get(uri)] as const);
  return new Map(found.filter((entry): entry is readonly [string, VerifiedParquet] => entry[1]?.format === 'parquet'));
}
