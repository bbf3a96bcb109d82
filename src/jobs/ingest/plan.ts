/** The plan of an ingest: one pass over the CSV file, from which every shard knows its rows. */

import { createHash } from 'node:crypto';
import type { ByteSource } from '../../bytes.ts';
import { type CsvDialect, type CsvRow, csvRows, dialectBytes, sniffCsv } from '../../formats/csv.ts';
import { blocksOf } from '../../storage/local.ts';
import type { OpenedSource, OpenOptions } from '../../storage/source.ts';
import { isRemote } from '../../storage/uri.ts';
import { Ranges } from '../convert-plan.ts';
import { throwIfAborted } from '../run.ts';
import type { InputStamp, Unit } from '../types.ts';
import type { IngestChoices } from './choices.ts';
import { type Columns, findColumns } from './columns.ts';
import { hash53 } from './hash.ts';
import { Vocabulary } from './labels.ts';
import { type ObjectStates, objectStates } from './objects.ts';
import { Places, rowsAPlace } from './places.ts';
import { type RecordingStamp, recordingUri, stampLocal } from './recordings.ts';
import { RowOrder } from './row-order.ts';
import { LongNumbers, Recordings } from './row-table.ts';
import { type RowRange, stretch } from './rows.ts';

/** The CSV file that was planned: a unit reads no other, and, of an object, need not ask for it again. */
type PlannedCsv = Pick<OpenOptions, 'size' | 'version'>;

export interface IngestUnit extends Unit {
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

/** What one pass over the rows found. */
export interface RowScan {
  readonly csv: PlannedCsv;
  readonly dialect: CsvDialect;
  readonly columns: Columns;
  readonly rows: number;
  /** Byte behind the last row. */
  readonly end: number;
  readonly places: Places;
  /** A hash of each row and of its recording as it is now, when it is a local file. */
  readonly stamps: LongNumbers;
  /** Of those in a bucket. */
  readonly objects: ObjectStates | undefined;
  readonly vocabulary: readonly string[];
  /** Rows that say again what an earlier one said, and rows that contradict one. */
  readonly repeats: number;
  readonly conflicts: number;
  /** The first of them. */
  readonly listed: readonly LabelConflict[];
  /** Of local recordings: bytes, and rows whose recording is not there. */
  readonly bytes: number;
  readonly missing: number;
  /** Rows whose recording is an object, or a page of the web: each costs a request. */
  readonly remote: number;
}

const mostListed = 100;
/** Rows between two looks at the signal; looking at files blocks. */
const rowsATurn = 1024;

export async function scanRows(
  csv: OpenedSource,
  audio: string,
  choices: IngestChoices,
  signal: AbortSignal | undefined,
): Promise<RowScan> {
  const sniffed = sniffCsv(await csv.read(0, dialectBytes), csv.name);
  const dialect = { ...sniffed, delimiter: choices.delimiter ?? sniffed.delimiter };
  const places = new Places();
  const stamps = new LongNumbers('float64');
  const recordings = new Recordings();
  const vocabulary = new Vocabulary(choices.multiLabel);
  const found: { input: string; rows: [number, number]; label: string }[] = [];
  const counts = { repeats: 0, conflicts: 0, bytes: 0, missing: 0, remote: 0 };
  let columns: Columns | undefined;
  let before = { offset: 0, line: 0 };

  const take = ({ cells, end, line }: CsvRow, known: Columns) => {
    const row = stamps.length;
    if (row % rowsAPlace === 0) places.push(before);
    before = { offset: end, line };
    const label = cells[known.label] ?? '';
    const uri = recordingUri(audio, cells[known.path] ?? '');
    let stamp: RecordingStamp | undefined;
    if (isRemote(uri)) counts.remote++;
    else {
      stamp = stampLocal(uri);
      if (stamp === undefined) counts.missing++;
      else counts.bytes += stamp.size;
    }
    stamps.push(rowStamp(uri, cells, stamp));
    if (choices.labels.kind === 'string') vocabulary.add(label);
    const sighting = recordings.add(hash53(uri), hash53(label) >>> 0);
    if (sighting.kind === 'again') counts.repeats++;
    if (sighting.kind === 'conflict') {
      counts.conflicts++;
      if (found.length < mostListed) found.push({ input: uri, rows: [sighting.earlier, row], label });
    }
  };

  for await (const batch of csvRows(blocksOf(csv), csv.name, dialect)) {
    for (const row of batch) {
      if (columns === undefined) {
        columns = findColumns(row.cells, csv.name, choices);
        if (!choices.noHeader) {
          before = { offset: row.end, line: row.line };
          continue;
        }
      }
      take(row, columns);
      if (stamps.length % rowsATurn === 0) {
        throwIfAborted(signal);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }
  const known = columns ?? findColumns([], csv.name, choices);
  if (stamps.length === 0) places.push(before);
  const listed: LabelConflict[] = [];
  for (const { input, rows, label } of found) {
    const earlier = await labelOfRow(csv, dialect, places, rows[0], known);
    listed.push({ input, rows, labels: [earlier, label] });
  }
  const stop = { throwIfAborted: () => throwIfAborted(signal) };
  const objects = counts.remote > 0 ? await objectStates(audio, recordings, stop) : undefined;
  return {
    csv: { size: csv.byteLength, version: csv.version },
    dialect,
    columns: known,
    objects,
    rows: stamps.length,
    end: before.offset,
    places,
    stamps,
    vocabulary: vocabulary.sorted(),
    ...counts,
    listed,
  };
}

/** A hash of what a row says and of what its recording is: the next run compares it. */
export function rowStamp(uri: string, cells: readonly string[], stamp: RecordingStamp | undefined): number {
  const state = stamp === undefined ? '' : `${stamp.size}\0${stamp.version}`;
  return hash53(`${uri}\0${state}\0${cells.join('\0')}`);
}

async function labelOfRow(
  csv: ByteSource,
  dialect: CsvDialect,
  places: Places,
  row: number,
  columns: Columns,
): Promise<string> {
  const range = { first: row, count: 1, ...places.before(row), end: places.endOf(row + 1, csv.byteLength) };
  for await (const [row] of stretch(csv, dialect, range)) if (row !== undefined) return row.cells[columns.label] ?? '';
  return '';
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
  const order = shuffle === null ? undefined : new RowOrder(rows, shuffle);
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
    const [digest, ofObjects] = [new StampDigest(), new StampDigest()];
    for (let at = first; at < first + count; at++) {
      const row = order?.at(at) ?? at;
      digest.add(stamps.at(row));
      if (objects !== undefined) ofObjects.add(objects.of(row));
    }
    // For progress, as if all recordings were of one size.
    const size = rows === 0 ? 0 : Math.round((bytes * count) / rows);
    // The first part is what the unit itself can check when it has read everything.
    const parts = [
      digest.text(),
      known.slice(0, 16),
      ...(objects === undefined ? [] : [ofObjects.text().slice(0, 16)]),
    ];
    const input: InputStamp = { uri: name, size, version: parts.join('-') };
    return { id: name, input, outputs: [name], csv, range, dialect, columns, vocabulary };
  });
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
