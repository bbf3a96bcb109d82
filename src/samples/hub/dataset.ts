/** A dataset on the Hugging Face Hub: which Parquet files one split of one configuration is, at one commit. */

import type { Stop } from '../../bytes.ts';
import { BowerbirdError, named } from '../../errors.ts';
import { usage } from '../../options.ts';
import type { HubStorage } from '../../storage/hub/hub.ts';
import { storageOf } from '../../storage/registry.ts';
import type { ObjectStat } from '../../storage/storage.ts';
import { baseOf } from '../../storage/uri.ts';
import { type CardConfig, configsOf } from './card.ts';
import { convertedConfigs, type Splits, splitsByName } from './splits.ts';

export interface HubOptions {
  /** Default: the only one there is. */
  readonly split?: string | undefined;
  /** Default: the only one there is, the one that the card calls its default, or "default". */
  readonly config?: string | undefined;
  /** A branch, tag or commit; default: of the URI, else "main". */
  readonly revision?: string | undefined;
  readonly stop?: Stop | undefined;
}

export interface HubFiles {
  /** With the commit: `hf://datasets/OWNER/NAME@SHA`. */
  readonly root: string;
  readonly config: string;
  readonly split: string;
  readonly files: readonly ObjectStat[];
  readonly notices: readonly string[];
}

/** Whether a URI names a dataset of the Hub, and no file in it. */
export function isHubDataset(uri: string): boolean {
  return /^hf:\/\/datasets\/[^/@]+\/[^/@]+(?:@[^/]+)?\/?$/i.test(uri);
}

/** The same URI at the commit that its revision is now, of a dataset or of what is in it. */
export async function pinned(uri: string, { revision, stop }: HubOptions = {}): Promise<string> {
  const match = /^(hf:\/\/datasets\/[^/@]+\/[^/@]+)(@[^/]+)?(\/.*)?$/is.exec(uri);
  if (match === null) throw usage(`Cannot use "${uri}": expected hf://datasets/OWNER/NAME[@REVISION]`);
  const [, dataset, own, path = ''] = match;
  const given = revision === undefined ? own : `@${encodeURIComponent(revision)}`;
  if (revision !== undefined && own !== undefined && own !== given) {
    throw usage(`Cannot use two revisions: "${own.slice(1)}" in the name, "${revision}" as ${named('revision')}`);
  }
  const storage = (await storageOf(uri)) as HubStorage;
  return `${await storage.pin(`${dataset}${given ?? ''}`, stop)}${path === '/' ? '' : path}`;
}

/** Throws NOT_FOUND and USAGE with what there is instead, UNSUPPORTED where there is no Parquet file. */
export async function hubFiles(uri: string, options: HubOptions = {}): Promise<HubFiles> {
  const root = await pinned(uri, options);
  const storage = await storageOf(root);
  const objects = new Map<string, ObjectStat>();
  for await (const page of storage.list(`${root}/`, { stop: options.stop })) {
    for (const listed of page) {
      if (listed.kind === 'object') objects.set(listed.uri.slice(root.length + 1), listed);
    }
  }
  const configs = await configsIn(root, objects, options.stop);
  const { name, splits } = await chosenConfig(root, configs, options.config, [...objects.keys()]);
  const split = chosenSplit(root, name, splits, options.split);
  const notices: string[] = [];
  if (options.config === undefined && configs.length > 1)
    notices.push(`The configuration is "${name}" (${named('config')})`);
  if (options.split === undefined) notices.push(`The split is "${split}", the only one there is`);
  if (split.startsWith('partial-')) notices.push(`The split "${split}" is what the Hub converted of a larger one`);
  return { root, config: name, split, files: splits.get(split)!.map((path) => statOf(objects.get(path)!)), notices };
}

function statOf({ uri, size, version }: ObjectStat): ObjectStat {
  return { uri, size, version };
}

/** What configures a dataset stands at the beginning. */
const mostCard = 8 << 20;

interface Config {
  readonly name: string;
  readonly isDefault: boolean;
  /** Files that the patterns of a card match are looked for where the configuration is chosen. */
  readonly splits: Splits | CardConfig;
}

async function configsIn(
  root: string,
  objects: ReadonlyMap<string, ObjectStat>,
  stop: Stop | undefined,
): Promise<readonly Config[]> {
  const card = objects.get('README.md');
  if (card !== undefined) {
    const storage = await storageOf(root);
    const text = Buffer.from(await storage.readRange(card.uri, 0, mostCard, { stop })).toString('utf8');
    const configs = await configsOf(text, card.uri);
    if (configs.length > 0) return configs.map((config) => ({ ...config, splits: config }));
  }
  const paths = parquetPaths([...objects.keys()]);
  const converted = convertedConfigs(paths);
  if (converted !== undefined) return [...converted].map(([name, splits]) => ({ name, isDefault: false, splits }));
  return [{ name: 'default', isDefault: true, splits: splitsByName(paths) }];
}

async function chosenConfig(
  root: string,
  configs: readonly Config[],
  given: string | undefined,
  paths: readonly string[],
): Promise<{ readonly name: string; readonly splits: Splits }> {
  const defaults = configs.filter(({ name, isDefault }) => name === 'default' || isDefault);
  const found =
    given === undefined
      ? (defaults[0] ?? (configs.length === 1 ? configs[0] : undefined))
      : configs.find(({ name }) => name === given);
  const names = configs.map(({ name }) => `"${name}"`).join(', ');
  if (found === undefined) {
    const ofFolder = given === undefined ? new Map() : folderSplits(paths, given);
    if (given !== undefined && ofFolder.size > 0) return { name: given, splits: ofFolder };
    const what = given === undefined ? 'it has several configurations' : `it has no configuration "${given}"`;
    throw usage(`Cannot read "${root}": ${what}; expected one of ${names} (${named('config')})`);
  }
  const splits = 'folder' in found.splits ? await cardSplits(root, found.splits, paths) : found.splits;
  const files = new Set([...splits.values()].flat());
  const others = [...files].filter((path) => !isParquet(path));
  if (others.length > 0 || files.size === 0) throw noParquet(root, others.length > 0 ? others : paths);
  return { name: found.name, splits };
}

/** A folder that is called as the configuration holds its files. */
function folderSplits(paths: readonly string[], config: string): Splits {
  return under(`${config}/`, splitsByName(inFolder(parquetPaths(paths), `${config}/`)));
}

function inFolder(paths: readonly string[], folder: string): string[] {
  return paths.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
}

function under(folder: string, splits: Splits): Splits {
  return new Map([...splits].map(([split, paths]) => [split, paths.map((path) => folder + path)]));
}

/** `paths`: of all files, relative to `root`. Throws NOT_FOUND for a pattern that matches none, UNSUPPORTED for files that are elsewhere. */
export async function cardSplits(
  root: string,
  { name, folder, splits }: CardConfig,
  paths: readonly string[],
): Promise<Splits> {
  const inside = inFolder(paths, folder);
  if (splits === undefined) return under(folder, splitsByName(parquetPaths(inside)));
  const { default: picomatch } = await import('picomatch');
  const found = new Map<string, readonly string[]>();
  for (const [split, patterns] of splits) {
    const matched = patterns.flatMap((given) => {
      const pattern = given.replace(/^(\.?\/)+/, '');
      if (/^[a-z][a-z0-9+.-]+:\/\//i.test(pattern)) {
        throw new BowerbirdError(
          'UNSUPPORTED',
          `Cannot read "${root}": its card takes "${pattern}" for split "${split}", which is elsewhere`,
          { source: root },
        );
      }
      const matches = picomatch(pattern, { nobrace: true, noextglob: true, nonegate: true });
      const ofPattern = inside.filter((path) => path === pattern || matches(path));
      if (ofPattern.length > 0) return ofPattern.sort(byBytes);
      const message = `Cannot read "${root}": its card names "${given}" for split "${split}" of "${name}", and no file is called so`;
      throw new BowerbirdError('NOT_FOUND', message, { source: root });
    });
    found.set(split, [...new Set(matched)]);
  }
  return under(folder, found);
}

function chosenSplit(root: string, config: string, splits: Splits, given: string | undefined): string {
  const names = [...splits.keys()];
  if (given === undefined && names.length === 1) return names[0]!;
  if (given !== undefined && splits.has(given)) return given;
  const list = names.map((name) => `"${name}"`).join(', ');
  const what =
    given === undefined
      ? `configuration "${config}" has several splits`
      : `configuration "${config}" has no split "${given}"`;
  throw usage(`Cannot read "${root}": ${what}; expected one of ${list} (${named('split')})`);
}

/** What begins with a dot or two underscores is nobody's data, as there. */
function parquetPaths(paths: readonly string[]): string[] {
  return paths
    .filter((path) => isParquet(path) && !path.split('/').some((part) => part.startsWith('.') || part.startsWith('__')))
    .sort(byBytes);
}

function isParquet(path: string): boolean {
  return path.toLowerCase().endsWith('.parquet');
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function noParquet(root: string, paths: readonly string[]): BowerbirdError {
  const example = paths.find((path) => baseOf(path) !== 'README.md' && !baseOf(path).startsWith('.'));
  const found = example === undefined ? 'no files' : `others, such as "${example}"`;
  const message =
    `Cannot read "${root}": expected Parquet files, found ${found}; ` +
    `the Hub may hold a copy as Parquet (${named('revision', 'refs/convert/parquet')})`;
  return new BowerbirdError('UNSUPPORTED', message, { source: root });
}
