/** The rows of one shard, out of the CSV file: a stretch of it, or single rows in shuffled order. */

import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { ByteBlocks, ByteSource } from '../../bytes.ts';
import { systemError } from '../../errors.ts';
import { type CsvDialect, type CsvPlace, type CsvRow, csvRows } from '../../formats/csv.ts';
import { STATE_FOLDER } from '../../storage/drafts.ts';
import { parsePlaces, placeRange } from './places.ts';
import { RowOrder } from './row-order.ts';

const blockBytes = 1 << 20;

/** Which rows: numbers `first` to `first + count` of the order. */
export type RowRange =
  /** In the order of the file: `skip` rows behind a place, all of them before byte `end`. */
  | {
      readonly kind: 'stretch';
      readonly first: number;
      readonly count: number;
      readonly place: CsvPlace;
      readonly skip: number;
      readonly end: number;
    }
  /** Shuffled, of `total` rows, whose places are in a file of the state folder. */
  | {
      readonly kind: 'shuffled';
      readonly first: number;
      readonly count: number;
      readonly total: number;
      readonly seed: number;
      readonly places: string;
    };

export interface NumberedRow extends CsvRow {
  /** Below the header, from 0. */
  readonly row: number;
}

/** Many at a time, where they stand together. */
export function rowsOf(
  csv: ByteSource,
  dialect: CsvDialect,
  range: RowRange,
  outDir: string,
): AsyncGenerator<readonly NumberedRow[], void, void> {
  return range.kind === 'stretch' ? stretch(csv, dialect, range) : shuffled(csv, dialect, range, outDir);
}

/** `count` rows behind `skip` others behind a place; the first of them has number `first`. */
export async function* stretch(
  csv: ByteSource,
  dialect: CsvDialect,
  { place, skip, first, count, end }: Omit<Extract<RowRange, { kind: 'stretch' }>, 'kind'>,
): AsyncGenerator<readonly NumberedRow[], void, void> {
  let row = first - skip;
  if (count === 0) return;
  for await (const batch of csvRows(within(csv, place.offset, end), csv.name, dialect, place)) {
    const before = Math.max(0, first - row);
    const wanted = batch.slice(before, first + count - row);
    row += before;
    yield wanted.map((found) => ({ ...found, row: row++ }));
    if (row >= first + count) return;
  }
}

/** No more than the rows need: what is read is parsed. */
async function* within(csv: ByteSource, from: number, to: number): ByteBlocks {
  for (let at = from; at < to; ) {
    const block = await csv.read(at, Math.min(blockBytes, to - at));
    if (block.length === 0) return;
    at += block.length;
    yield block;
  }
}

async function* shuffled(
  csv: ByteSource,
  dialect: CsvDialect,
  { first, count, total, seed, places }: Extract<RowRange, { kind: 'shuffled' }>,
  outDir: string,
): AsyncGenerator<readonly NumberedRow[], void, void> {
  const order = new RowOrder(total, seed);
  const table = new PlacesFile(join(outDir, STATE_FOLDER, places));
  try {
    for (let i = first; i < first + count; i++) {
      const row = order.at(i);
      const { place, end, skip } = table.around(row);
      const bytes = await csv.read(place.offset, end - place.offset);
      let behind = row - skip;
      for await (const batch of csvRows(once(bytes), csv.name, dialect, place)) {
        for (const found of batch) if (behind++ === row) yield [{ ...found, row }];
      }
    }
  } finally {
    table.close();
  }
}

async function* once(bytes: Uint8Array): ByteBlocks {
  yield bytes;
}

/** The places of rows, as the plan left them in the state folder. */
class PlacesFile {
  readonly #path: string;
  readonly #fd: number;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#fd = openSync(path, 'r');
    } catch (error) {
      throw systemError('open', path, error);
    }
  }

  /** `end`: byte of the CSV file up to which to read for it. */
  around(row: number): { readonly place: CsvPlace; readonly end: number; readonly skip: number } {
    const { offset, length, skip } = placeRange(row);
    const bytes = Buffer.alloc(length);
    try {
      readSync(this.#fd, bytes, 0, length, offset);
    } catch (error) {
      throw systemError('read', this.#path, error);
    }
    return { ...parsePlaces(bytes.toString('latin1')), skip };
  }

  close(): void {
    closeSync(this.#fd);
  }
}
