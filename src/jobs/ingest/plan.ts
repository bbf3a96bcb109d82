/** The plan of an ingest: one pass over the CSV file, from which every shard knows its rows. */

import { createHash } from 'node:crypto';
import type { ByteSource } from '../../bytes.ts';
import { throwIfAborted } from '../../counters.ts';
import { type CsvDialect, type CsvPlace, type CsvRow, csvRows, dialectBytes, sniffCsv } from '../../formats/csv.ts';
import { blocksOf } from '../../storage/local/local.ts';
import type { OpenedSource, OpenOptions } from '../../storage/source.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { isRemote, shown } from '../../storage/uri.ts';
import { Ranges } from '../engine/ranges.ts';
import type { OneFileUnit } from '../engine/types.ts';
import type { IngestChoices } from './choices.ts';
import { type Columns, findColumns } from './columns.ts';
import { binOf, hash53 } from './hash.ts';
import { type FoundHeader, findHeader } from './header.ts';
import { Vocabulary } from './labels.ts';
import { listObjects, statesOfRows } from './objects.ts';
import { Places, rowsAPlace } from './places.ts';
import { type RecordingStamp, recordingUri, stampLocal } from './recordings.ts';
import { findRepeats, type Repeats, sightingWidth } from './repeats.ts';
import { RowOrder } from './row-order.ts';
import { type RowRange, stretch } from './rows.ts';
import { Bins, Scattered, type Spill } from './spill.ts';
import { Within } from './within.ts';

/** The CSV file that was planned: a unit reads no other, and, of an object, need not ask for it again. */
type PlannedCsv = Pick<OpenOptions, 'size' | 'version'>;

export interface IngestUnit extends OneFileUnit {
  readonly csv: PlannedCsv;
  readonly range: RowRange;
  readonly dialect: CsvDialect;
  readonly columns: Columns;
  /** Names in the order of their ids, under --labels string. */
  readonly vocabulary: readonly string[];
}

/** Two rows that say different things about one recording. */
export interface LabelConflict {
  readonly input: string;
  readonly rows: readonly [number, number];
  readonly labels: readonly [string, string];
}

/** What one pass over the rows found. Numbers about every row can be read once; a block of them is valid until the next is taken. */
export interface RowScan extends Omit<Repeats, 'listed'> {
  readonly csv: PlannedCsv;
  readonly dialect: CsvDialect;
  readonly columns: Columns;
  /** The first row is one. */
  readonly header: boolean;
  readonly rows: number;
  /** Byte behind the last row. */
  readonly end: number;
  readonly places: Places;
  /** A hash of each row and of its recording as it is now, when it is a local file; in the order of the shards. */
  readonly stamps: Iterable<Float64Array>;
  /** Of those in a bucket. */
  readonly objects: Iterable<Float64Array> | undefined;
  readonly vocabulary: readonly string[];
  /** The first conflicts. */
  readonly listed: readonly LabelConflict[];
  /** Of local recordings: bytes, and rows whose recording is not there. */
  readonly bytes: number;
  readonly missing: number;
  /** Rows whose recording lies outside of --audio, and is not looked at. */
  readonly outside: number;
  /** Rows whose recording is an object, or a page of the web: each costs a request. */
  readonly remote: number;
}

const mostListed = 100;
/** Rows between two looks at the signal; looking at files blocks. */
const rowsATurn = 1024;

/** `spill` must stay open as long as the stamps and the states of objects are read. */
export async function scanRows(
  csv: OpenedSource,
  audio: string,
  choices: IngestChoices,
  spill: Spill,
  signal: AbortSignal | undefined,
): Promise<RowScan> {
  const { dialect: sniffed, start } = sniffCsv(await csv.read(0, dialectBytes), csv.name);
  const dialect = { ...sniffed, delimiter: choices.delimiter ?? sniffed.delimiter };
  const within = new Within(audio, choices.allowOutside);
  const places = new Places();
  const stamps = new Bins(spill, 1);
  const sightings = new Bins(spill, sightingWidth);
  const vocabulary = new Vocabulary(choices.multiLabel);
  const counts = { rows: 0, bytes: 0, missing: 0, remote: 0, outside: 0 };
  let header: FoundHeader | undefined;
  let before: CsvPlace = start;
  const breathe = async () => {
    throwIfAborted(signal);
    await new Promise((resolve) => setImmediate(resolve));
  };

  const take = ({ cells, end, line }: CsvRow, known: Columns) => {
    const row = counts.rows++;
    if (row % rowsAPlace === 0) places.push(before);
    before = { offset: end, line };
    const label = cells[known.label] ?? '';
    const name = cells[known.path] ?? '';
    const uri = recordingUri(audio, name);
    let stamp: RecordingStamp | 'refused' | undefined;
    if (!within.names(uri)) {
      counts.outside++;
      stamp = 'refused';
    } else if (isRemote(uri)) counts.remote++;
    else {
      stamp = stampLocal(uri);
      if (stamp === undefined) counts.missing++;
      else counts.bytes += stamp.size;
    }
    stamps.add(0, rowStamp(uri, cells, stamp));
    if (choices.labels.kind === 'string') vocabulary.add(label);
    // Rows that name no recording name no common one.
    const path = hash53(name === '' ? `${row}\0` : uri);
    sightings.add(binOf(path), path, row, hash53(label) >>> 0);
  };

  for await (const batch of csvRows(blocksOf(csv, undefined, start.offset), csv.name, dialect, start)) {
    for (const row of batch) {
      if (header === undefined) {
        header = await findHeader(row.cells, csv.name, audio, choices);
        if (!header.isData) {
          before = { offset: row.end, line: row.line };
          continue;
        }
      }
      take(row, header.columns);
      if (counts.rows % rowsATurn === 0) await breathe();
    }
  }
  const known = header?.columns ?? findColumns([], csv.name, choices);
  const { rows } = counts;
  if (rows === 0) places.push(before);
  const repeats = await findRepeats(sightings, mostListed, breathe);
  const listed: LabelConflict[] = [];
  for (const pair of repeats.listed) {
    const [earlier, later] = await Promise.all(pair.map((row) => cellsOfRow(csv, dialect, places, row)));
    const labels = [earlier![known.label] ?? '', later![known.label] ?? ''] as const;
    listed.push({ input: shown(recordingUri(audio, later![known.path] ?? '')), rows: pair, labels });
  }
  const stop = { throwIfAborted: () => throwIfAborted(signal) };
  const objects = counts.remote > 0 ? await listObjects(audio, rows, spill, stop) : undefined;
  const order = choices.shuffle === null ? undefined : new RowOrder(rows, choices.shuffle);
  const placeOf = (row: number) => order?.indexOf(row) ?? row;
  const states = objects && (await statesOfRows(sightings, objects, placeOf, spill, breathe));
  return {
    csv: { size: csv.byteLength, version: csv.version },
    dialect,
    columns: known,
    header: header?.isData !== true,
    objects: states?.blocks(rows),
    end: before.offset,
    places,
    stamps: order === undefined ? stamps.blocks(0) : (await shuffled(stamps, order, spill, breathe)).blocks(rows),
    vocabulary: vocabulary.sorted(),
    ...counts,
    ...repeats,
    listed,
  };
}

async function shuffled(stamps: Bins, order: RowOrder, spill: Spill, breathe: () => Promise<void>): Promise<Scattered> {
  const found = new Scattered(spill);
  let row = 0;
  for (const block of stamps.blocks(0)) {
    await breathe();
    for (const stamp of block) found.put(order.indexOf(row++), stamp);
  }
  return found;
}

/** A hash of what a row says and of what its recording is: the next run compares it. */
export function rowStamp(uri: string, cells: readonly string[], stamp: RecordingStamp | 'refused' | undefined): number {
  if (stamp === 'refused') return hash53(`${uri}\0${stamp}\0${cells.join('\0')}`);
  if (stamp !== undefined) return hash53(`${uri}\0${stamp.size}\0${stamp.version}\0${cells.join('\0')}`);
  // A link that was signed anew leads to the same recording.
  const name = isRemote(uri) ? shown(uri) : uri;
  const said = name === uri ? cells : cells.map((cell) => (cell === uri ? name : cell));
  return hash53(`${name}\0\0${said.join('\0')}`);
}

async function cellsOfRow(
  csv: ByteSource,
  dialect: CsvDialect,
  places: Places,
  row: number,
): Promise<readonly string[]> {
  const range = { first: row, count: 1, ...places.before(row), end: places.endOf(row + 1, csv.byteLength) };
  for await (const [found] of stretch(csv, dialect, range)) if (found !== undefined) return found.cells;
  return [];
}

export interface ShardPlan {
  readonly names: readonly string[];
  readonly shuffle: number | null;
  /** File of the state folder with the places of rows, for shuffled ones. */
  readonly placesName: string;
}

/** Shard i of n holds the i-th of n ranges of the rows; where they cannot be equal, the first ones have one more. */
export function planShards(scan: RowScan, { names, shuffle, placesName }: ShardPlan): IngestUnit[] {
  const { csv, rows, stamps, objects, places, dialect, columns, vocabulary, bytes, end } = scan;
  const ranges = new Ranges(rows, names.length);
  const ofRows = eachOf(stamps);
  const ofObjects = objects && eachOf(objects);
  const known = createHash('sha256')
    .update(JSON.stringify([dialect, columns, vocabulary]))
    .digest('hex');
  return names.map((name, i): IngestUnit => {
    const first = ranges.begin(i);
    const count = ranges.begin(i + 1) - first;
    const range: RowRange =
      shuffle === null
        ? { kind: 'stretch', first, count, ...places.before(first), end: places.endOf(first + count, end) }
        : { kind: 'shuffled', first, count, total: rows, seed: shuffle, places: placesName };
    // For progress, as if all recordings were of one size.
    const size = rows === 0 ? 0 : Math.round((bytes * count) / rows);
    // The first part is what the unit itself can check when it has read everything.
    const parts = [digestOf(ofRows, count), known.slice(0, 16)];
    if (ofObjects !== undefined) parts.push(digestOf(ofObjects, count).slice(0, 16));
    const input: InputStamp = { uri: name, size, version: parts.join('-') };
    return { id: name, input, outputs: [name], csv, range, dialect, columns, vocabulary };
  });
}

function* eachOf(blocks: Iterable<Float64Array>): Generator<number, undefined> {
  for (const block of blocks) for (const number of block) yield number;
}

function digestOf(stamps: Iterator<number, undefined>, count: number): string {
  const digest = new StampDigest();
  for (let i = 0; i < count; i++) digest.add(stamps.next().value!);
  return digest.text();
}

/** Of the stamps of many rows, in order. */
export class StampDigest {
  readonly #hash = createHash('sha256');
  readonly #waiting = new Float64Array(512);
  #count = 0;

  add(stamp: number): void {
    this.#waiting[this.#count++] = stamp;
    if (this.#count === this.#waiting.length) this.#flush();
  }

  text(): string {
    this.#flush();
    return this.#hash.digest('hex').slice(0, 32);
  }

  #flush(): void {
    this.#hash.update(new Uint8Array(this.#waiting.buffer, 0, 8 * this.#count));
    this.#count = 0;
  }
}
