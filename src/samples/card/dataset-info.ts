/** "dataset_info" of a card: features, and splits with their exact numbers, which `datasets` holds against what it reads. */

import { isDeepStrictEqual } from 'node:util';
import type { Node, YAMLMap } from 'yaml';
import type { CardConfiguration, CardSplit } from './configs.ts';
import { cardFeatures } from './features.ts';
import type { CardShard } from './shards.ts';
import { sumsOf } from './sums.ts';
import type { YamlEdits } from './yaml-edits.ts';
import type { YamlValue } from './yaml-text.ts';

interface SplitNumbers {
  readonly name: string;
  readonly rows: number;
  readonly size: number;
  /** Undefined where a file does not tell. */
  readonly arrowBytes: number | undefined;
}

/** Returns sentences for people. */
export function mergeInfo(edits: YamlEdits, configs: readonly CardConfiguration[]): string[] {
  const notices: string[] = [];
  const node = edits.valueOf(edits.root, 'dataset_info');
  const list = edits.isMap(node) ? undefined : edits.listOf(edits.root, 'dataset_info');
  const items = edits.isMap(node) ? [node] : edits.mapsIn(list);
  const added: YamlValue[] = [];
  for (const config of configs) {
    const features = featuresOf(config, notices);
    const item = items.find((each) => (edits.textOf(each, 'config_name') ?? 'default') === config.name);
    if (item !== undefined) mergeItem(edits, item, config, features, notices);
    else added.push(newItem(config, features, notices));
  }
  if (added.length === 0) return notices;
  if (edits.isMap(node)) edits.asList(node, added);
  else if (list === undefined) edits.add(edits.root, 'dataset_info', added);
  else for (const item of added) edits.append(list, item);
  return notices;
}

/** Of the files of all splits, which share them: where they differ, none. */
function featuresOf({ name, splits }: CardConfiguration, notices: string[]): readonly YamlValue[] | undefined {
  const shards = splits.flatMap((split) => split.shards ?? []);
  const texts = new Map<string | undefined, CardShard>();
  for (const shard of shards) if (!texts.has(shard.huggingface)) texts.set(shard.huggingface, shard);
  const told = [...texts].map(([text, shard]) => ({ features: cardFeatures(text), shard }));
  const [first, ...others] = told;
  const other = others.find(({ features }) => !isDeepStrictEqual(features, first?.features));
  if (first === undefined || other === undefined) return first?.features;
  notices.push(
    `The files of configuration "${name}" differ in their features, such as "${first.shard.path}" and "${other.shard.path}": the card tells none`,
  );
  return undefined;
}

function numbersOf({ name, shards }: CardSplit): SplitNumbers | undefined {
  if (shards === undefined) return undefined;
  const { rows, size, arrowBytes } = sumsOf(shards);
  return { name, rows, size, arrowBytes };
}

function newItem(
  { name, splits }: CardConfiguration,
  features: readonly YamlValue[] | undefined,
  notices: string[],
): YamlValue {
  const numbers = splits.map(numbersOf);
  const info: { [key: string]: YamlValue } = { config_name: name };
  if (features !== undefined) info['features'] = features;
  const exact = exactOf(numbers);
  if (exact !== undefined) {
    info['splits'] = exact.map(entryOf);
    info['download_size'] = total(exact.map(({ size }) => size));
    info['dataset_size'] = total(exact.map(({ arrowBytes }) => arrowBytes));
  } else notices.push(leftOut(name, splits, numbers));
  return info;
}

type Exact = SplitNumbers & { readonly arrowBytes: number };

/** Undefined where one of them is not known. */
function exactOf(numbers: readonly (SplitNumbers | undefined)[]): readonly Exact[] | undefined {
  const exact = numbers.filter((each): each is Exact => each?.arrowBytes !== undefined);
  return exact.length === numbers.length ? exact : undefined;
}

function entryOf({ name, arrowBytes, rows }: Exact): YamlValue {
  return { name, num_bytes: arrowBytes, num_examples: rows };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function leftOut(name: string, splits: readonly CardSplit[], numbers: readonly (SplitNumbers | undefined)[]): string {
  const at = numbers.findIndex((each) => each?.arrowBytes === undefined);
  const silent = splits[at]?.shards?.find(({ facts }) => facts === undefined);
  const why =
    silent === undefined
      ? 'takes files that were not looked at'
      : `holds "${silent.path}", which does not tell its size in memory`;
  return `The card tells no sizes of configuration "${name}": its split "${splits[at]?.name}" ${why}`;
}

function mergeItem(
  edits: YamlEdits,
  item: YAMLMap,
  { name, splits }: CardConfiguration,
  features: readonly YamlValue[] | undefined,
  notices: string[],
): void {
  const there = edits.valueOf(item, 'features');
  if (there === undefined) {
    if (features !== undefined) edits.add(item, 'features', features);
  } else if (features !== undefined && !isDeepStrictEqual(edits.plain(there), withBigInts(features))) {
    notices.push(
      `The card's features of "${name}" are others than those of its files: they are left as they are; remove them, and the next card tells the files'`,
    );
  }
  const list = edits.listOf(item, 'splits');
  const entries = edits.mapsIn(list);
  const entry = (split: string) => entries.find((each) => edits.textOf(each, 'name') === split);
  const numbers = splits.map(numbersOf);
  // People's own numbers of a split whose files were not looked at stand for it.
  const unknown = numbers.filter((each, i) => each?.arrowBytes === undefined && entry(splits[i]!.name) === undefined);
  if (unknown.length > 0 && list === undefined) {
    notices.push(leftOut(name, splits, numbers));
    return;
  }
  if (numbers.some((each, i) => each?.arrowBytes === undefined && splits[i]!.isOurs)) {
    notices.push(leftOut(name, splits, numbers));
    // Numbers that are not so would keep `datasets` from loading.
    if (entries.every((each) => splits.some((split) => split.isOurs && split.name === edits.textOf(each, 'name')))) {
      edits.remove(item, 'splits');
      return;
    }
  }
  const added: YamlValue[] = [];
  for (const each of numbers) {
    if (each === undefined) continue;
    const found = entry(each.name);
    if (found === undefined) {
      if (each.arrowBytes !== undefined) added.push(entryOf(each as Exact));
      continue;
    }
    setNumber(edits, found, 'num_examples', each.rows);
    if (each.arrowBytes !== undefined) setNumber(edits, found, 'num_bytes', each.arrowBytes);
  }
  if (list === undefined) edits.add(item, 'splits', added);
  else for (const one of added) edits.append(list, one);
  const areTold = entries.every((each) => splits.some((split) => split.name === edits.textOf(each, 'name')));
  const exact = exactOf(numbers);
  if (exact !== undefined && areTold) {
    setNumber(edits, item, 'download_size', total(exact.map(({ size }) => size)));
    setNumber(edits, item, 'dataset_size', total(exact.map(({ arrowBytes }) => arrowBytes)));
  } else if (edits.valueOf(item, 'dataset_size') !== undefined || edits.valueOf(item, 'download_size') !== undefined) {
    notices.push(
      `The card's "download_size" and "dataset_size" of "${name}" count splits whose files were not looked at: they are left as they are`,
    );
  }
}

function setNumber(edits: YamlEdits, map: YAMLMap, key: string, value: number): void {
  const node: Node | undefined = edits.valueOf(map, key);
  if (node === undefined) edits.add(map, key, value);
  else edits.set(node, value);
}

function withBigInts(value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (Array.isArray(value)) return value.map(withBigInts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withBigInts(each)]));
}
