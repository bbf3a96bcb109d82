/** Which files a card's configurations take, and the entries of ours that it lacks. https://huggingface.co/docs/hub/datasets-manual-configuration */

import type { Node, YAMLMap } from 'yaml';
import { type CardShard, folderOf, patternOf, type ShardGroup } from './shards.ts';
import type { YamlEdits } from './yaml-edits.ts';
import type { YamlValue } from './yaml-text.ts';

export interface CardSplit {
  readonly name: string;
  /** Undefined: it takes files that were not looked at. */
  readonly shards: readonly CardShard[] | undefined;
  readonly isOurs: boolean;
}

export interface CardConfiguration {
  readonly name: string;
  readonly splits: readonly CardSplit[];
}

export interface MergedConfigs {
  readonly configs: readonly CardConfiguration[];
  readonly notices: readonly string[];
}

interface Pattern {
  readonly split: string;
  readonly patterns: readonly string[];
}

/** Adds what is missing, and says what the card then holds of those configurations that have files of ours. */
export async function mergeConfigs(
  edits: YamlEdits,
  groups: readonly ShardGroup[],
  shards: readonly CardShard[],
): Promise<MergedConfigs> {
  const list = edits.listOf(edits.root, 'configs');
  const items = edits.mapsIn(list);
  const added: YamlValue[] = [];
  const configs: CardConfiguration[] = [];
  const notices: string[] = [];
  const matching = await matcher();
  for (const name of new Set(groups.map(({ config }) => config))) {
    const own = groups.filter(({ config }) => config === name);
    const found = items.find((item) => edits.textOf(item, 'config_name') === name);
    const splits = own.map(
      (group): CardSplit => ({ name: group.split, shards: inFolders(group, shards), isOurs: true }),
    );
    if (found === undefined) {
      added.push({ config_name: name, data_files: own.map(entryOf) });
      configs.push({ name, splits });
      continue;
    }
    const given = patternsOf(edits, found);
    if (given === undefined) {
      if (edits.textOf(found, 'data_dir') === undefined) {
        edits.add(found, 'data_files', own.map(entryOf));
        configs.push({ name, splits });
      } else {
        notices.push(
          `The card's configuration "${name}" takes a folder ("data_dir") and no patterns: its numbers are left as they are`,
        );
        configs.push({ name, splits: splits.map((split) => ({ ...split, shards: undefined })) });
      }
      continue;
    }
    configs.push({ name, splits: mergeSplits({ edits, item: found, name, own, given, shards, matching, notices }) });
  }
  if (added.length > 0) {
    if (list === undefined) edits.add(edits.root, 'configs', added);
    else for (const item of added) edits.append(list, item);
  }
  return { configs, notices };
}

type Matching = (pattern: string, path: string) => boolean;

interface Work {
  readonly edits: YamlEdits;
  readonly item: YAMLMap;
  readonly name: string;
  readonly own: readonly ShardGroup[];
  readonly given: readonly Pattern[];
  readonly shards: readonly CardShard[];
  readonly matching: Matching;
  readonly notices: string[];
}

function mergeSplits({ edits, item, name, own, given, shards, matching, notices }: Work): CardSplit[] {
  const found = given.map(({ split, patterns }): CardSplit => {
    const group = own.find((each) => each.split === split);
    const matched = patterns.map((pattern) => shards.filter(({ path }) => matching(pattern, path)));
    const all =
      matched.includes([]) || matched.some((files) => files.length === 0) ? undefined : unique(shards, matched.flat());
    if (group !== undefined) {
      const lost = inFolders(group, shards).filter((shard) => all?.includes(shard) !== true);
      if (all === undefined || lost.length > 0) {
        const what =
          lost.length > 0 ? `not ${lost.length} of ours, such as "${lost[0]!.path}"` : 'some that were not looked at';
        notices.push(
          `The card's configuration "${name}" takes ${patterns.map((p) => `"${p}"`).join(', ')} for "${split}", and ${what}`,
        );
      }
    }
    return { name: split, shards: all, isOurs: group !== undefined };
  });
  for (const group of own) {
    if (given.some(({ split }) => split === group.split)) continue;
    const list = edits.listOf(item, 'data_files');
    if (list === undefined) continue;
    edits.append(list, entryOf(group));
    found.push({ name: group.split, shards: inFolders(group, shards), isOurs: true });
  }
  return found;
}

function unique(shards: readonly CardShard[], some: readonly CardShard[]): readonly CardShard[] {
  const set = new Set(some);
  return shards.filter((shard) => set.has(shard));
}

function entryOf({ split, folders }: ShardGroup): { split: string; path: YamlValue } {
  const patterns = folders.map(patternOf);
  return { split, path: patterns.length === 1 ? patterns[0]! : patterns };
}

/** Those of others too: what lies there is read. */
function inFolders({ folders }: ShardGroup, shards: readonly CardShard[]): readonly CardShard[] {
  return shards.filter(({ path }) => folders.includes(folderOf(path)));
}

/** Undefined where there are none. Without a split they are for training. */
function patternsOf(edits: YamlEdits, item: YAMLMap): readonly Pattern[] | undefined {
  const node = edits.valueOf(item, 'data_files');
  if (node === undefined) return undefined;
  const files = edits.plain(node);
  const alone = textsOf(files);
  if (alone !== undefined) return [{ split: 'train', patterns: alone }];
  if (!Array.isArray(files)) throw bad(edits, node);
  return files.map((entry) => {
    const { split, path } = (typeof entry === 'object' && entry !== null ? entry : {}) as {
      split?: unknown;
      path?: unknown;
    };
    const patterns = textsOf(path);
    if (typeof split !== 'string' || patterns === undefined) throw bad(edits, node);
    return { split, patterns };
  });
}

function bad(edits: YamlEdits, node: Node): Error {
  return edits.badNode(node, 'expected patterns, or a "split" and a "path" each, as "data_files"');
}

function textsOf(value: unknown): readonly string[] | undefined {
  const list = typeof value === 'string' ? [value] : value;
  return Array.isArray(list) && list.every((each) => typeof each === 'string') ? list : undefined;
}

async function matcher(): Promise<Matching> {
  const { default: picomatch } = await import('picomatch');
  const made = new Map<string, (path: string) => boolean>();
  return (given, path) => {
    const pattern = given.replace(/^(\.?\/)+/, '');
    let matches = made.get(pattern);
    if (matches === undefined) {
      matches = picomatch(pattern, { nobrace: true, noextglob: true, nonegate: true });
      made.set(pattern, matches);
    }
    return path === pattern || matches(path);
  };
}
