/** The one pass over the rows of a CSV file: what a plan keeps of every row, as numbers, and what it counts. */

import { type CsvDialect, type CsvPlace, type CsvRow, csvRows } from '../../formats/csv.ts';
import { blocksOf } from '../../storage/local/local.ts';
import type { OpenedSource } from '../../storage/source.ts';
import { isRemote } from '../../storage/uri.ts';
import { binOf, hash53 } from '../rows/hash.ts';
import { sightingWidth } from '../rows/objects.ts';
import { type RecordingStamp, recordingUri, stampLocal } from '../rows/recordings.ts';
import { Bins, type Spill } from '../rows/spill.ts';
import { rowStamp } from '../rows/stamps.ts';
import { Within } from '../rows/within.ts';
import type { IngestChoices } from './choices.ts';
import { type Columns, findColumns } from './columns.ts';
import { findHeader } from './header.ts';
import { Vocabulary } from './labels.ts';
import { Places, rowsAPlace } from './places.ts';

/** What rows and their recordings come to. */
export interface RowCounts {
  readonly rows: number;
  /** Of local recordings: bytes, and rows whose recording is not there. */
  readonly bytes: number;
  readonly missing: number;
  /** Rows whose recording lies outside of --audio, and is not looked at. */
  readonly outside: number;
  /** Rows whose recording is an object, or a page of the web: each costs a request. */
  readonly remote: number;
}

/** Rows between two looks at the signal; looking at files blocks. */
const rowsATurn = 1024;

export class RowGatherer {
  readonly places = new Places();
  /** A hash of each row, in the order of the file. */
  readonly stamps: Bins;
  /** Of what each row names, for rows that name it again. */
  readonly sightings: Bins;
  readonly #csv: OpenedSource;
  readonly #audio: string;
  readonly #choices: IngestChoices;
  readonly #within: Within;
  readonly #vocabulary: Vocabulary;
  readonly #counts = { rows: 0, bytes: 0, missing: 0, outside: 0, remote: 0 };
  #columns: Columns | undefined;
  #header = true;
  /** Behind the last row that was taken. */
  #end: CsvPlace;

  constructor(csv: OpenedSource, start: CsvPlace, audio: string, choices: IngestChoices, spill: Spill) {
    this.#csv = csv;
    this.#end = start;
    this.#audio = audio;
    this.#choices = choices;
    this.#within = new Within(audio, choices.allowOutside);
    this.#vocabulary = new Vocabulary(choices.multiLabel);
    this.stamps = new Bins(spill, 1);
    this.sightings = new Bins(spill, sightingWidth);
  }

  get counts(): RowCounts {
    return this.#counts;
  }

  /** Of a file without a row, those of one without a header. */
  get columns(): Columns {
    return this.#columns ?? findColumns([], this.#csv.name, this.#choices);
  }

  /** The first row is none of data. */
  get header(): boolean {
    return this.#header;
  }

  /** Byte behind the last row. */
  get end(): number {
    return this.#end.offset;
  }

  /** Names of labels in the order of their ids, under --labels string. */
  vocabulary(): readonly string[] {
    return this.#vocabulary.sorted();
  }

  /** Once. `breathe` lets others work. */
  async run(dialect: CsvDialect, breathe: () => Promise<void>): Promise<void> {
    const start = this.#end;
    for await (const batch of csvRows(blocksOf(this.#csv, undefined, start.offset), this.#csv.name, dialect, start)) {
      for (const row of batch) {
        const columns = this.#columns ?? (await this.#takeFirst(row));
        if (columns === undefined) continue;
        this.#take(row, columns);
        if (this.#counts.rows % rowsATurn === 0) await breathe();
      }
    }
    if (this.#counts.rows === 0) this.places.push(this.#end);
  }

  /** Undefined when it is a header. */
  async #takeFirst({ cells, end, line }: CsvRow): Promise<Columns | undefined> {
    const { columns, isData } = await findHeader(cells, this.#csv.name, this.#audio, this.#choices);
    this.#columns = columns;
    this.#header = !isData;
    if (isData) return columns;
    this.#end = { offset: end, line };
    return undefined;
  }

  #take({ cells, end, line }: CsvRow, columns: Columns): void {
    const row = this.#counts.rows++;
    if (row % rowsAPlace === 0) this.places.push(this.#end);
    this.#end = { offset: end, line };
    const label = cells[columns.label] ?? '';
    const name = cells[columns.path] ?? '';
    const uri = recordingUri(this.#audio, name);
    this.stamps.add(0, rowStamp(uri, cells, this.#lookAt(uri)));
    if (this.#choices.labels.kind === 'string') this.#vocabulary.add(label);
    // Rows that name no recording name no common one.
    const path = hash53(name === '' ? `${row}\0` : uri);
    this.sightings.add(binOf(path), path, row, hash53(label) >>> 0);
  }

  /** What the recording is now, and counts it. */
  #lookAt(uri: string): RecordingStamp | 'refused' | undefined {
    if (!this.#within.names(uri)) {
      this.#counts.outside++;
      return 'refused';
    }
    if (isRemote(uri)) {
      this.#counts.remote++;
      return undefined;
    }
    const stamp = stampLocal(uri);
    if (stamp === undefined) this.#counts.missing++;
    else this.#counts.bytes += stamp.size;
    return stamp;
  }
}
