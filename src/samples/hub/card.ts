/** The configurations that the card of a dataset (README.md) names: https://huggingface.co/docs/hub/datasets-manual-configuration. */

import { BowerbirdError } from '../../errors.ts';
import { parseYaml, type Yaml, YamlFault } from './yaml.ts';

export interface CardConfig {
  readonly name: string;
  /** Patterns of files by split; undefined where the card leaves it to the names of the files. */
  readonly splits: ReadonlyMap<string, readonly string[]> | undefined;
  /** Where the patterns begin, "" or with "/" at its end. */
  readonly folder: string;
  readonly isDefault: boolean;
}

/** In the order of the card; none where it names none. `uri`: of the card. Throws UNSUPPORTED for what is not read, BAD_SCHEMA for what is not right. */
export async function configsOf(card: string, uri: string): Promise<readonly CardConfig[]> {
  const section = sectionOf(card, 'configs');
  if (section === undefined) return [];
  try {
    const list = await parseYaml(section.text, section.line);
    if (list === '') return [];
    if (!Array.isArray(list)) throw bad(uri, 'expected a list of configurations');
    return (list as readonly Yaml[]).map((config) => configOf(config, uri));
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    const message = `Cannot read the card "${uri}", line ${error.line}: ${error.message}; name the files themselves, as in ${uri.replace('README.md', 'data/train-*.parquet')}`;
    throw new BowerbirdError('UNSUPPORTED', message, { source: uri });
  }
}

/** What a card says of how many rows there are, in the order of the card. */
export interface CardSize {
  /** Undefined where the card names none: it has one alone. */
  readonly config: string | undefined;
  readonly split: string;
  readonly examples: number | undefined;
  /** As Arrow holds them. */
  readonly bytes: number | undefined;
}

/** `dataset_info` of a card: https://huggingface.co/docs/datasets/package_reference/main_classes#datasets.DatasetInfo. Throws as configsOf(). */
export async function sizesOf(card: string, uri: string): Promise<readonly CardSize[]> {
  const section = sectionOf(card, 'dataset_info');
  if (section === undefined) return [];
  try {
    const info = await parseYaml(section.text, section.line);
    const list = Array.isArray(info) ? (info as readonly Yaml[]) : [info];
    return list.flatMap((each) => {
      if (!isMapping(each)) return [];
      const { config_name: config, splits } = each;
      return (Array.isArray(splits) ? (splits as readonly Yaml[]) : []).flatMap((split) => {
        if (!isMapping(split) || typeof split['name'] !== 'string') return [];
        const { name, num_examples: examples, num_bytes: bytes } = split;
        const sizes = { examples: countOf(examples), bytes: countOf(bytes) };
        return [{ config: typeof config === 'string' ? config : undefined, split: name as string, ...sizes }];
      });
    });
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    const message = `Cannot read the card "${uri}", line ${error.line}: ${error.message}`;
    throw new BowerbirdError('UNSUPPORTED', message, { source: uri });
  }
}

function countOf(value: Yaml | undefined): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** The lines below a key in the block between the two lines of dashes; the rest of the card is not looked at. */
function sectionOf(
  card: string,
  name: 'configs' | 'dataset_info',
): { readonly text: string; readonly line: number } | undefined {
  const lines = card.replace(/^\ufeff/, '').split(/\r?\n/);
  if (lines[0]?.trimEnd() !== '---') return undefined;
  const end = lines.indexOf('---', 1);
  if (end < 0) return undefined;
  const start = new RegExp(`^(${name}|"${name}"|'${name}')\\s*:`);
  const key = lines.findIndex((line, i) => i < end && start.test(line));
  if (key < 0) return undefined;
  const inline = lines[key]!.replace(/^[^:]*:\s*/, '');
  if (inline !== '' && !inline.startsWith('#')) return { text: inline, line: key + 1 };
  let last = key + 1;
  while (last < end && /^(\s|-(\s|$)|#|$)/.test(lines[last]!)) last++;
  return { text: lines.slice(key + 1, last).join('\n'), line: key + 2 };
}

function configOf(config: Yaml, uri: string): CardConfig {
  if (!isMapping(config) || typeof config['config_name'] !== 'string') {
    throw bad(uri, 'expected a "config_name" in each configuration');
  }
  const { config_name: name, data_files: files, data_dir: folder = '', default: isDefault } = config;
  if (typeof folder !== 'string') throw bad(uri, `expected a folder as "data_dir" of "${name}"`);
  const inside = folder.replace(/^(\.?\/)+/, '').replace(/\/*$/, '');
  return {
    name: name as string,
    splits: files === undefined || files === '' ? undefined : splitsOf(files, name as string, uri),
    folder: inside === '' || inside === '.' ? '' : `${inside}/`,
    isDefault: isDefault === 'true',
  };
}

/** One pattern, several, or some for each split. Without a split they are for training. */
function splitsOf(files: Yaml, name: string, uri: string): ReadonlyMap<string, readonly string[]> {
  const patterns = patternsOf(files);
  if (patterns !== undefined) return new Map([['train', patterns]]);
  const splits = new Map<string, readonly string[]>();
  for (const entry of Array.isArray(files) ? (files as readonly Yaml[]) : []) {
    const { split, path } = isMapping(entry) ? entry : {};
    const found = path === undefined ? undefined : patternsOf(path);
    if (typeof split !== 'string' || found === undefined) break;
    splits.set(split, [...(splits.get(split) ?? []), ...found]);
  }
  if (splits.size > 0 && Array.isArray(files) && files.every(isMapping)) return splits;
  throw bad(uri, `expected patterns, or a "split" and a "path" each, as "data_files" of "${name}"`);
}

function patternsOf(files: Yaml): readonly string[] | undefined {
  const list = typeof files === 'string' ? [files] : files;
  return Array.isArray(list) && list.every((each) => typeof each === 'string') ? list : undefined;
}

function isMapping(value: Yaml): value is { readonly [key: string]: Yaml } {
  return typeof value === 'object' && !Array.isArray(value);
}

function bad(uri: string, what: string): BowerbirdError {
  return new BowerbirdError('BAD_SCHEMA', `Cannot read the card "${uri}": ${what}`, { source: uri });
}
