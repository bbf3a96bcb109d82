/** A dataset's card, README.md, with what its files say put into it; all that people wrote stays, byte for byte. */

import { isDeepStrictEqual } from 'node:util';
import { bodyLines, mergedBody } from './body.ts';
import { type CardConfiguration, mergeConfigs } from './configs.ts';
import { mergeInfo } from './dataset-info.ts';
import { badCard, type CardParts, partsOf } from './front-matter.ts';
import { type CardShard, dataShards, groupsOf } from './shards.ts';
import { type Sums, sumsOf } from './sums.ts';
import { YamlEdits } from './yaml-edits.ts';

export const cardName = 'README.md';

export interface CardFacts {
  readonly shards: readonly CardShard[];
  /** "org/name", for the recipe; undefined: a folder. */
  readonly repo?: string | undefined;
  /** Whether the picture of dnsmos beside it is ours. */
  readonly hasHistogram: boolean;
}

export interface MergedCard {
  readonly content: Uint8Array;
  /** Of all files that are in the table. */
  readonly sums: Sums;
  /** Sentences for people. */
  readonly notices: readonly string[];
}

/** @throws BowerbirdError BAD_SCHEMA for a card that cannot be merged into: the message names the line, and nothing was changed */
export async function mergeCard(existing: Uint8Array | undefined, facts: CardFacts): Promise<MergedCard> {
  const shards = dataShards(facts.shards);
  const groups = groupsOf(shards);
  const parts = partsOf(existing ?? new Uint8Array(), cardName);
  const notices: string[] = [];
  if (parts.head.startsWith('\ufeff')) {
    notices.push(
      `"${cardName}" begins with a byte order mark, behind which huggingface_hub sees no YAML; it was left there: remove it`,
    );
  }
  const edits = await YamlEdits.open(parts, cardName);
  const { configs, notices: ofConfigs } = await mergeConfigs(edits, groups, shards);
  notices.push(...ofConfigs, ...mergeInfo(edits, configs));
  const yaml = edits.apply();
  await check(parts, edits, yaml, configs);
  const rows = configs.flatMap(({ name, splits }) =>
    splits.filter(({ isOurs }) => isOurs).map((split) => ({ name, split: split.name, shards: split.shards ?? [] })),
  );
  const all = sumsOf(dataShards([...new Set(rows.flatMap((row) => row.shards))]));
  const section = bodyLines({
    repo: facts.repo,
    configs: rows.map((row) => ({ name: row.name, split: row.split, sums: sumsOf(row.shards) })),
    all,
    hasHistogram: facts.hasHistogram,
    audio: audioColumn(shards),
  });
  const { eol, firstLine } = parts;
  const title = existing === undefined || existing.length === 0 ? `${eol}# ${facts.repo ?? 'Dataset'}${eol}${eol}` : '';
  const place = { name: cardName, firstLine: firstLine + (parts.yaml.match(/\n/g)?.length ?? 0), eol };
  const front = framed(parts, yaml);
  const text = front + mergedBody(parts.rest + title, section, place);
  return { content: Buffer.from(text), sums: all, notices };
}

/** Between its lines of dashes, which are made where there are none. */
function framed({ head, rest, eol }: CardParts, yaml: string): string {
  const isOpen = head !== '' && head !== '\ufeff';
  if (isOpen || yaml === '') return head + yaml;
  const gap = rest === '' || /^\r?\n/.test(rest) ? '' : eol;
  return `${head}---${eol}${yaml}---${eol}${gap}`;
}

/** What was there has to be there again: an edit that would change it is not made. */
async function check(
  parts: CardParts,
  before: YamlEdits,
  yaml: string,
  configs: readonly CardConfiguration[],
): Promise<void> {
  const failed = (what: string) =>
    badCard(
      cardName,
      parts.firstLine,
      `its YAML has a form into which nothing can be put safely (${what}); write "configs" and "dataset_info" in lines`,
    );
  let after: YamlEdits;
  try {
    after = await YamlEdits.open({ ...parts, yaml }, cardName);
  } catch (error) {
    throw failed((error as Error).message);
  }
  const [old, now] = [topOf(before), topOf(after)];
  for (const [key, value] of Object.entries(old)) {
    if (key === 'configs' || key === 'dataset_info') continue;
    if (!isDeepStrictEqual(value, now[key])) throw failed(`"${key}" would change`);
  }
  const names = new Set(configs.map(({ name }) => name));
  for (const key of ['configs', 'dataset_info']) {
    const others = (value: unknown) => itemsOf(value).filter((item) => !names.has(nameOf(item)));
    if (!isDeepStrictEqual(others(old[key]), others(now[key]))) throw failed(`"${key}" of others would change`);
    const found = new Set(itemsOf(now[key]).map(nameOf));
    const lost = [...names].find((name) => !found.has(name));
    if (lost !== undefined) throw failed(`"${key}" would lack "${lost}"`);
  }
}

function topOf(edits: YamlEdits): { readonly [key: string]: unknown } {
  return (edits.plain(edits.root) ?? {}) as { readonly [key: string]: unknown };
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

function nameOf(item: unknown): string {
  const { config_name: name } = (typeof item === 'object' && item !== null ? item : {}) as { config_name?: unknown };
  return typeof name === 'string' ? name : name === undefined ? 'default' : '';
}

/** The column of sound; undefined where no file says which it is. */
function audioColumn(shards: readonly CardShard[]): string | undefined {
  const text = shards.find(({ facts, huggingface }) => facts !== undefined && huggingface !== undefined)?.huggingface;
  const found = /"([^"\\]+)":\s*\{[^{}]*"_type":\s*"Audio"/.exec(
    text ?? shards.find(({ huggingface }) => huggingface !== undefined)?.huggingface ?? '',
  );
  return found?.[1];
}
