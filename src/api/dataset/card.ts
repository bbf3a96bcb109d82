/** The public function `datasetCard()`: the card of a dataset, from the footers of its files. */

import { throwIfAborted } from '../../counters.ts';
import { BowerbirdError, isVerdict } from '../../errors.ts';
import { cardOptions } from '../../jobs/dataset/options.ts';
import { readPublic } from '../../option-tables.ts';
import { named, usage } from '../../options.ts';
import { type CardFiles, cardFiles } from '../../samples/card/card-files.ts';
import { histogramName } from '../../samples/card/histogram.ts';
import { cardName } from '../../samples/card/merge.ts';
import { type CardShard, groupsOf } from '../../samples/card/shards.ts';
import { readShardFooter } from '../../samples/parquet/shard-footer.ts';
import { withVariables } from '../../storage/env.ts';
import { HubRepository } from '../../storage/hub/repository.ts';
import { writableStorageOf } from '../../storage/registry.ts';
import type { Storage } from '../../storage/storage.ts';
import { absolute, placeIn, shown } from '../../storage/uri.ts';
import { eachAtOnce } from '../../turns.ts';
import { version } from '../../version.ts';
import { callback, signalShape } from '../shapes.ts';
import type { DatasetCardOptions, DatasetCardReport } from '../types/dataset-card.ts';
import { accessOf, refuseMissing } from './environment.ts';

const shape = { ...cardOptions, ...signalShape, onNotice: callback<(notice: string) => void>() };
type Given = ReturnType<typeof readGiven>;

/** Footers that are asked for at the same time. */
const footersAtOnce = 16;
const dataFolder = 'data/';

/**
 * Writes README.md of a dataset that `datasetBuild()` made: configurations, features, exact sizes, a table of hours and speakers, a histogram of
 * dnsmos. What people wrote there stays as it is. Only the footers of the files are read.
 *
 * @throws BowerbirdError BAD_SCHEMA for a README.md that nothing can be put into; NOT_FOUND, CORRUPT, UNSUPPORTED, ACCESS, IO, USAGE, INTERRUPTED
 * @example
 * const { changed, rows } = await datasetCard({ out: 'dataset/' });
 * console.log(changed, rows);
 */
export async function datasetCard(options: DatasetCardOptions): Promise<DatasetCardReport> {
  const given = readGiven(options);
  throwIfAborted(given.signal);
  return withVariables(accessOf(given), () => {
    refuseMissing({ doing: 'Cannot make a card', source: null, target: given, sends: !given.dryRun });
    return given.repo === undefined ? cardOfFolder(given, given.out!) : cardOfRepository(given, given.repo);
  });
}

function readGiven(options: DatasetCardOptions) {
  const given = readPublic(options, shape, 'datasetCard()');
  const { repo, out, hfToken } = given;
  if (repo !== undefined && out !== undefined)
    throw usage(`Cannot make a card: expected one of ${named('repo')} and ${named('out')}, found both`);
  if (hfToken !== undefined && out !== undefined)
    throw usage(`Cannot use ${named('hfToken')} with ${named('out')}: nothing is sent to the Hub`);
  return given;
}

async function cardOfFolder(given: Given, out: string): Promise<DatasetCardReport> {
  const storage = await writableStorageOf(out);
  const stop = stopOf(given);
  const root = placeIn(absolute(out), '');
  const folder = root.endsWith('/') ? root : `${root}/`;
  const found: Found[] = [];
  for await (const page of storage.list(`${folder}${dataFolder}`, { stop })) {
    for (const listed of page) {
      if (listed.kind !== 'object') continue;
      const { uri, size, version: seen } = listed;
      found.push({ uri, size, version: seen, path: uri.slice(folder.length) });
    }
  }
  const shards = await shardsOf(found, given, shown(out));
  const [readme, svg] = [
    await smallFile(storage, `${folder}${cardName}`),
    await smallFile(storage, `${folder}${histogramName}`),
  ];
  const made = await cardFiles({ readme: readme?.bytes, svg: svg?.bytes, shards, overwrite: given.overwrite });
  if (!given.dryRun) {
    for (const { path, content } of made.files) {
      stop.throwIfAborted();
      const seen = (path === cardName ? readme : svg)?.version;
      await storage.write(`${folder}${path}`, content, seen === undefined ? { ifAbsent: true } : { ifVersion: seen });
    }
  }
  return reportOf(given, made, shown(out));
}

async function smallFile(storage: Storage, uri: string) {
  const found = await storage.stat(uri);
  if (found === undefined) return undefined;
  return { bytes: await storage.read(uri, { version: found.version }), version: found.version };
}

async function cardOfRepository(given: Given, repo: string): Promise<DatasetCardReport> {
  const name = repo.replace(/^hf:\/\/datasets\//i, '').replace(/\/+$/, '');
  const { hfToken: token, onNotice } = given;
  const repository = new HubRepository({ repo: name, token, stop: stopOf(given), onNotice });
  const known = new Map<string, CardShard>();
  let made!: CardFiles;
  const make = async (at: string) => {
    const tree = await repository.tree(dataFolder.slice(0, -1), at);
    const fresh = tree.filter(({ path, oid }) => !known.has(path + oid));
    const found = fresh.map(({ path, size }) => ({
      path,
      size,
      uri: `hf://datasets/${name}@${at}/${path}`,
      version: undefined,
    }));
    const shards = await shardsOf(found, given, repository.uri, known.size > 0);
    const byPath = new Map(shards.map((shard) => [shard.path, shard]));
    for (const { path, oid } of fresh) {
      const shard = byPath.get(path);
      if (shard !== undefined) known.set(path + oid, shard);
    }
    const all = tree.flatMap(({ path, oid }) => known.get(path + oid) ?? []);
    const [readme, svg] = [await repository.read(cardName, at), await repository.read(histogramName, at)];
    made = await cardFiles({ readme, svg, shards: all, repo: name, overwrite: given.overwrite });
    return made.files;
  };
  const head = await repository.head();
  const first = await make(head);
  if (given.dryRun || first.length === 0) return reportOf(given, made, repository.uri);
  const amend = async (at: string) => (at === head ? first : make(at));
  const { oid } = await repository.commit({ summary: 'Update the card', add: [], amend });
  return { ...reportOf(given, made, repository.uri), commit: oid };
}

interface Found {
  readonly path: string;
  readonly uri: string;
  readonly size: number;
  readonly version: string | undefined;
}

/** What the footers say, in the order of the list. A file that is damaged, or is no Parquet file, is an error. */
async function shardsOf(found: readonly Found[], given: Given, place: string, mayBeNone = false): Promise<CardShard[]> {
  const stop = stopOf(given);
  const files = found.filter(({ path }) => isData(path));
  const read = await eachAtOnce(files, footersAtOnce, async (file) => {
    stop.throwIfAborted();
    return shardOf(file, stop);
  });
  if (groupsOf(read).length > 0 || mayBeNone) return read;
  const message = `Cannot make a card of "${place}": expected files of a dataset such as data/en/chunk-00000.parquet, found ${read.length} other Parquet files in data/`;
  throw new BowerbirdError('NOT_FOUND', message, { source: place });
}

function isData(path: string): boolean {
  return path.endsWith('.parquet') && !path.split('/').some((part) => part.startsWith('.') || part.startsWith('__'));
}

async function shardOf(
  { uri, path, size, version: seen }: Found,
  stop: { throwIfAborted(): void },
): Promise<CardShard> {
  try {
    const { rows, facts, keyValues } = await readShardFooter(uri, { size, version: seen, stop });
    return { path, size, rows, facts, huggingface: keyValues.get('huggingface') };
  } catch (error) {
    if (!isVerdict(error)) throw error;
    const message = `${error.message}; a card would be wrong with it and without it: build it again, or move it out of ${dataFolder}`;
    throw new BowerbirdError(error.code, message, { source: uri });
  }
}

function stopOf({ signal }: Given) {
  return { throwIfAborted: () => throwIfAborted(signal) };
}

function reportOf({ dryRun, onNotice }: Given, made: CardFiles, place: string): DatasetCardReport {
  for (const notice of made.notices) onNotice?.(notice);
  const { files, rows, seconds, rowsWithout, silentRows } = made.sums;
  return {
    job: 'dataset card',
    version,
    place,
    dryRun,
    files,
    rows,
    soundSeconds: seconds,
    rowsWithoutLength: rowsWithout + silentRows,
    changed: made.files.map(({ path }) => path),
    readme: Buffer.from(made.readme).toString('utf8'),
    notices: made.notices,
  };
}
