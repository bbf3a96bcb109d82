/** The one pass over the rows of a CSV file: what a plan keeps of every row, as numbers, and what it counts. */

import { type CsvDialect, type CsvPlace, type CsvRow, csvRows } from '../../formats/csv.ts';
import { blocksOf } from '../../storage/local/local.ts';
import type { OpenedSource } from '../../storage/source.ts';
import { recordingUri } from '../../storage/uri.ts';
import { binOf, hash53 } from '../rows/hash.ts';
import { type LookCounts, RecordingLook } from '../rows/look.ts';
import { sightingWidth } from '../rows/objects.ts';
import { Bins, type Spill } from '../rows/spill.ts';
import { rowStamp } from '../rows/stamps.ts';
import type { IngestChoices } from './choices.ts';
import { type Columns, findColumns } from './columns.ts';
import { findHeader } from './header.ts';
import { Vocabulary } from './labels.ts';
import { Places, rowsAPlace } from './places.ts';

export interface RowCounts extends LookCounts {
  readonly rows: number;
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
  readonly #look: RecordingLook;
  readonly #vocabulary: Vocabulary;
  #rows = 0;
  #columns: Columns | undefined;
  #header = true;
  /** Behind the last row that was taken. */
  #end: CsvPlace;

  constructor(csv: OpenedSource, start: CsvPlace, audio: string, choices: IngestChoices, spill: Spill) {
    this.#csv = csv;
    this.#end = start;
    this.#audio = audio;
    this.#choices = choices;
    this.#look = new RecordingLook(audio, choices.allowOutside);
    this.#vocabulary = new Vocabulary(choices.multiLabel);
    this.stamps = new Bins(spill, 1);
    this.sightings = new Bins(spill, sightingWidth);
  }

  get counts(): RowCounts {
    return { rows: this.#rows, ...this.#look.counts };
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
        if (this.#rows % rowsATurn === 0) await breathe();
      }
    }
    if (this.#rows === 0) this.places.push(this.#end);
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
    const row = this.#rows++;
    if (row % rowsAPlace === 0) this.places.push(this.#end);
    this.#end = { offset: end, line };
    const label = cells[columns.label] ?? '';
    const name = cells[columns.path] ?? '';
    const uri = recordingUri(this.#audio, name);
    this.stamps.add(0, rowStamp(uri, cells, this.#look.at(uri)));
    if (this.#choices.labels.kind === 'string') this.#vocabulary.add(label);
    // Rows that name no recording name no common one.
    const path = hash53(name === '' ? `${row}\0` : uri);
    this.sightings.add(binOf(path), path, row, hash53(label) >>> 0);
  }
}
