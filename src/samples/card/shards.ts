/** What a card is made of: the Parquet files of a dataset, as their footers tell of them. */

import type { ShardFacts } from '../parquet/write/shard-facts.ts';

/** As the key "bowerbird" of a file has it. */
export type CardFileFacts = Pick<
  ShardFacts,
  'config' | 'split' | 'rows' | 'arrowBytes' | 'seconds' | 'unknownSeconds' | 'speakers' | 'dnsmos'
>;

export interface CardShard {
  /** Below the repository: "data/en/chunk-00012.parquet". */
  readonly path: string;
  readonly size: number;
  readonly rows: number;
  /** Undefined for files that others wrote. */
  readonly facts: CardFileFacts | undefined;
  /** The key "huggingface" of the footer, as it stands there. */
  readonly huggingface: string | undefined;
}

/** Names of the script that this job replaces, whose files tell nothing of themselves. */
const scriptName = /^data\/([^/]+)\/chunk-\d{5,}(?:-part-\d{2,})?\.parquet$/;

export interface ShardGroup {
  readonly config: string;
  readonly split: string;
  /** Of the files, in the order of their names. */
  readonly folders: readonly string[];
}

/** Files of the dataset, in the order of the bytes of their paths. What begins with a dot or two underscores is nobody's data, as in `datasets`. */
export function dataShards(shards: readonly CardShard[]): readonly CardShard[] {
  const isData = ({ path }: CardShard) =>
    path.endsWith('.parquet') && !path.split('/').some((part) => part.startsWith('.') || part.startsWith('__'));
  const keyed = shards.filter(isData).map((shard) => ({ shard, key: Buffer.from(shard.path) }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ shard }) => shard);
}

/** The configurations and splits whose files are ours: told by the files, or by names that the script gave. Files of others make none. */
export function groupsOf(shards: readonly CardShard[]): readonly ShardGroup[] {
  const found = new Map<string, { config: string; split: string; folders: Set<string> }>();
  const add = (config: string, split: string, folder: string) => {
    const key = JSON.stringify([config, split]);
    const group = found.get(key) ?? { config, split, folders: new Set<string>() };
    found.set(key, group);
    group.folders.add(folder);
  };
  for (const { path, facts } of shards) {
    if (facts !== undefined) add(facts.config, facts.split, folderOf(path));
  }
  const told = new Set([...found.values()].flatMap(({ folders }) => [...folders]));
  for (const { path } of shards) {
    const [, folder] = scriptName.exec(path) ?? [];
    if (folder !== undefined && !told.has(folderOf(path))) add(folder, 'train', folderOf(path));
  }
  const groups = [...found.values()].map((group) => ({ ...group, folders: [...group.folders] }));
  return groups.sort((a, b) => compare(a.config, b.config) || compare(a.split, b.split));
}

export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** A folder's Parquet files, as patterns of `datasets` have it: what is special in a name is put into brackets. */
export function patternOf(folder: string): string {
  return `${folder.replace(/[*?[]/g, '[$&]')}/*.parquet`;
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
