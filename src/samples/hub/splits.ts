/**
 * Which files belong to which split, by their names, as `datasets` finds them where a card says nothing (data_files.py of version 5):
 * shards `data/SPLIT-00000-of-00042`, folders called as a split, files called as one; else all of them are for training.
 */

const keywords: readonly (readonly [split: string, words: readonly string[]])[] = [
  ['train', ['train', 'training']],
  ['validation', ['validation', 'valid', 'dev', 'val']],
  ['test', ['test', 'testing', 'eval', 'evaluation']],
];

const sharded = /^data\/(\w+(?:\.\w+)*)-\d{5}-of-\d{5}[^/]*\.[^/]*$/;
/** As the Hub lays out the copy that it makes of other formats: CONFIG/SPLIT/0000.parquet, or CONFIG/partial-SPLIT/ where that is not all. */
const converted = /^([^/]+)\/((?:partial-)?\w+(?:\.\w+)*)\/\d{4,}\.parquet$/;

export type Splits = ReadonlyMap<string, readonly string[]>;

/** `paths`: relative, with "/". In the order of the paths. */
export function splitsByName(paths: readonly string[]): Splits {
  const shards = grouped(paths, (path) => sharded.exec(path)?.[1]);
  if (shards.size > 0) return shards;
  for (const rule of [inFolder, inName]) {
    const found = byKeyword(paths, rule);
    if (found.size > 0) return found;
  }
  return paths.length === 0 ? new Map() : new Map([['train', paths]]);
}

/** By configuration and split; undefined where the files are laid out otherwise. */
export function convertedConfigs(paths: readonly string[]): ReadonlyMap<string, Splits> | undefined {
  const matches = paths.map((path) => converted.exec(path));
  if (paths.length === 0 || matches.includes(null)) return undefined;
  const configs = grouped(paths, (path) => converted.exec(path)![1]);
  return new Map([...configs].map(([name, ofConfig]) => [name, grouped(ofConfig, (path) => converted.exec(path)![2])]));
}

function grouped(paths: readonly string[], keyOf: (path: string) => string | undefined): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const key = keyOf(path);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), path]);
  }
  return groups;
}

type Rule = (word: string) => RegExp;

/** A word in a name, alone or apart from the rest. */
const inFolder: Rule = (word) => new RegExp(`(?:^|/)(?:[^/]*[-._ 0-9])?${word}(?:[-._ 0-9][^/]*)?/`);
const inName: Rule = (word) => new RegExp(`(?:^|/)(?:[^/]*[-._ 0-9])?${word}[-._ 0-9][^/]*$`);

/** A file whose path speaks of two splits belongs to both, as there. */
function byKeyword(paths: readonly string[], rule: Rule): Map<string, readonly string[]> {
  const splits = new Map<string, readonly string[]>();
  for (const [split, words] of keywords) {
    const patterns = words.map(rule);
    const found = paths.filter((path) => patterns.some((pattern) => pattern.test(path)));
    if (found.length > 0) splits.set(split, found);
  }
  return splits;
}
