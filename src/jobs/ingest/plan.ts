/** The plan of an ingest: one pass over the CSV file, from which every shard knows its rows. */

import { createHash } from 'node:crypto';
import type { ByteSource } from '../../bytes.ts';
import { throwIfAborted } from '../../counters.ts';
import { type CsvDialect, dialectBytes, sniffCsv } from '../../formats/csv.ts';
import type { OpenedSource, OpenOptions } from '../../storage/source.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { recordingUri, shown } from '../../storage/uri.ts';
import { Ranges } from '../engine/ranges.ts';
import type { OneFileUnit } from '../engine/types.ts';
import { listObjects, statesOfRows } from '../rows/objects.ts';
import { type Bins, Scattered, type Spill } from '../rows/spill.ts';
import { digestOf, eachOf } from '../rows/stamps.ts';
import type { IngestChoices } from './choices.ts';
import type { Columns } from './columns.ts';
import { type RowCounts, RowGatherer } from './gather.ts';
import type { Places } from './places.ts';
import { findRepeats, type Repeats } from './repeats.ts';
import { RowOrder } from './row-order.ts';
import { type RowRange, stretch } from './rows.ts';

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
export interface RowScan extends RowCounts, Omit<Repeats, 'listed'> {
  readonly csv: PlannedCsv;
  readonly dialect: CsvDialect;
  readonly columns: Columns;
  /** The first row is one. */
  readonly header: boolean;
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
}

const mostListed = 100;

/** Lets timers and signals have their turn, and fails when the run was given up. */
type Breathe = () => Promise<void>;

/** `spill` must stay open as long as the stamps and the states of objects are read. */
export async function scanRows(
  csv: OpenedSource,
  audio: string,
  choices: IngestChoices,
  spill: Spill,
  signal: AbortSignal | undefined,
): Promise<RowScan> {
  const breathe = async () => {
    throwIfAborted(signal);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const { dialect: sniffed, start } = sniffCsv(await csv.read(0, dialectBytes), csv.name);
  const dialect = { ...sniffed, delimiter: choices.delimiter ?? sniffed.delimiter };
  const rows = new RowGatherer(csv, start, audio, choices, spill);
  await rows.run(dialect, breathe);

  const { counts, columns, header, end, places } = rows;
  const { repeats, conflicts, listed } = await findRepeats(rows.sightings, mostListed, breathe);
  const order = choices.shuffle === null ? undefined : new RowOrder(counts.rows, choices.shuffle);
  return {
    csv: { size: csv.byteLength, version: csv.version },
    dialect,
    columns,
    header,
    end,
    places,
    ...counts,
    repeats,
    conflicts,
    listed: await conflictsOf(listed, csv, audio, { dialect, columns, places }),
    objects: await objectStates(rows, audio, order, spill, breathe, signal),
    stamps: await stampsInOrder(rows.stamps, order, counts.rows, spill, breathe),
    vocabulary: rows.vocabulary(),
  };
}

/** What the rows of each pair say, which is read again. */
async function conflictsOf(
  pairs: Repeats['listed'],
  csv: ByteSource,
  audio: string,
  { dialect, columns, places }: Pick<RowScan, 'dialect' | 'columns' | 'places'>,
): Promise<LabelConflict[]> {
  const found: LabelConflict[] = [];
  for (const rows of pairs) {
    const earlier = await cellsOfRow(csv, dialect, places, rows[0]);
    const later = await cellsOfRow(csv, dialect, places, rows[1]);
    const labels = [earlier[columns.label] ?? '', later[columns.label] ?? ''] as const;
    found.push({ input: shown(recordingUri(audio, later[columns.path] ?? '')), rows, labels });
  }
  return found;
}

/** In the order of the shards; undefined where no row names an object, or they cannot be listed. */
async function objectStates(
  { counts, sightings }: RowGatherer,
  audio: string,
  order: RowOrder | undefined,
  spill: Spill,
  breathe: Breathe,
  signal: AbortSignal | undefined,
): Promise<RowScan['objects']> {
  if (counts.remote === 0) return undefined;
  const stop = { throwIfAborted: () => throwIfAborted(signal) };
  const objects = await listObjects(audio, counts.rows, spill, stop);
  if (objects === undefined) return undefined;
  const placeOf = (row: number) => order?.indexOf(row) ?? row;
  return (await statesOfRows(sightings, objects, placeOf, spill, breathe)).blocks(counts.rows);
}

async function stampsInOrder(
  stamps: Bins,
  order: RowOrder | undefined,
  rows: number,
  spill: Spill,
  breathe: Breathe,
): Promise<RowScan['stamps']> {
  if (order === undefined) return stamps.blocks(0);
  const found = new Scattered(spill);
  let row = 0;
  for (const block of stamps.blocks(0)) {
    await breathe();
    for (const stamp of block) found.put(order.indexOf(row++), stamp);
  }
  return found.blocks(rows);
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
    // For progress alone, as if all recordings were of one size: nothing compares it.
    const size = rows === 0 ? 0 : Math.round((bytes * count) / rows);
    // The first part is what the unit itself can check when it has read everything.
    const parts = [digestOf(ofRows, count), known.slice(0, 16)];
    if (ofObjects !== undefined) parts.push(digestOf(ofObjects, count).slice(0, 16));
    const input: InputStamp = { uri: name, size, version: parts.join('-') };
    return { id: name, input, outputs: [name], csv, range, dialect, columns, vocabulary };
  });
}
