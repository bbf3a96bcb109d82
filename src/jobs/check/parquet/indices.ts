/** The two indices of a column chunk, held against its pages as they come: https://parquet.apache.org/docs/file-format/pageindex/. */

import type { ByteSource } from '../../../bytes.ts';
import { Damage } from '../../../samples/parquet/faults.ts';
import type { Library } from '../../../samples/parquet/library.ts';
import { structureEnd } from '../../../samples/parquet/thrift.ts';
import { type ChunkClaims, type ColumnIndex, columnIndexOf, type Place } from './claims.ts';
import type { FindingPlace, ParquetFindings } from './findings.ts';
import type { Extremes } from './order.ts';

/** Half a million pages; as objects twenty times as much. */
const mostIndex = 8 << 20;

interface PageLocation {
  readonly offset: number;
  readonly length: number;
  readonly row: number;
}

export interface SeenPage {
  /** Of the pages of values of the chunk, from 0. */
  readonly number: number;
  readonly at: number;
  /** With its header. */
  readonly length: number;
  /** Of the row group; undefined where damage before it hid how many there were. */
  readonly firstRow: number | undefined;
  /** Undefined where the page could not be decoded. */
  readonly values:
    | { readonly nulls: number; readonly there: number; readonly extremes: Extremes | undefined }
    | undefined;
}

export class ChunkIndices {
  readonly #locations: readonly PageLocation[] | undefined;
  readonly #column: ColumnIndex | undefined;
  readonly #findings: ParquetFindings;
  readonly #place: FindingPlace;
  /** Nulls of lists are counted in more than one way. */
  readonly #countsNulls: boolean;

  private constructor(
    locations: readonly PageLocation[] | undefined,
    column: ColumnIndex | undefined,
    { findings, place, isNested }: IndexContext,
  ) {
    this.#locations = locations;
    this.#column = column;
    this.#findings = findings;
    this.#place = place;
    this.#countsNulls = !isNested;
  }

  static async read(source: ByteSource, claims: ChunkClaims, context: IndexContext): Promise<ChunkIndices> {
    const { offsetIndex, columnIndex } = claims;
    const locations = await indexAt(source, offsetIndex, context, (bytes) => locationsIn(bytes, context.library));
    const column = await indexAt(source, columnIndex, context, columnIndexOf);
    return new ChunkIndices(locations, column, context);
  }

  get hasLocations(): boolean {
    return this.#locations !== undefined;
  }

  /** Whether bounds of pages are there to be held against values. */
  get hasBounds(): boolean {
    return this.#column?.mins !== undefined;
  }

  page({ number, at, length, firstRow, values }: SeenPage): void {
    const location = this.#locations?.[number];
    if (location !== undefined) {
      const differs =
        location.offset !== at
          ? `at byte ${location.offset}, and it is at byte ${at}`
          : location.length !== length
            ? `takes ${location.length} bytes, and it takes ${length}`
            : firstRow !== undefined && location.row !== firstRow
              ? `begins with row ${location.row} of its row group, and it begins with row ${firstRow}`
              : undefined;
      if (differs !== undefined) this.#add(`The index says that page ${number} ${differs}`, at);
    }
    if (values !== undefined) this.#values(number, at, values);
  }

  /** How many pages of values there were. */
  finish(pages: number): void {
    const told = [this.#locations?.length, this.#column?.nullPages.length];
    for (const count of told) {
      if (count !== undefined && count !== pages) {
        this.#add(`The index tells of ${count} pages, and there are ${pages}`, this.#place.offset ?? 0);
        return;
      }
    }
  }

  #values(number: number, at: number, { nulls, there, extremes }: NonNullable<SeenPage['values']>): void {
    const index = this.#column;
    if (index === undefined || number >= index.nullPages.length) return;
    const isNull = index.nullPages[number]!;
    if (isNull !== (there === 0)) {
      this.#add(`The index says that page ${number} holds ${isNull ? 'nulls alone' : 'values'}, and it does not`, at);
      return;
    }
    const counted = index.nullCounts?.[number];
    if (this.#countsNulls && counted !== undefined && counted !== nulls) {
      this.#add(`The index says that page ${number} holds ${counted} nulls, and it holds ${nulls}`, at);
    }
    const [min, max] = [index.mins?.[number], index.maxes?.[number]];
    if (isNull || !(min instanceof Uint8Array) || !(max instanceof Uint8Array)) return;
    const bound = extremes?.beyond(min, max);
    if (bound !== undefined) this.#add(`Page ${number} holds values beyond the ${bound} that its index says`, at);
  }

  #add(reason: string, offset: number): void {
    this.#findings.add('index', reason, { ...this.#place, offset });
  }
}

export interface IndexContext {
  readonly library: Library;
  readonly findings: ParquetFindings;
  readonly place: FindingPlace;
  readonly isNested: boolean;
}

async function indexAt<T>(
  source: ByteSource,
  place: Place | undefined,
  { findings, place: where }: IndexContext,
  parse: (bytes: Uint8Array) => T | Promise<T>,
): Promise<T | undefined> {
  if (place === undefined) return undefined;
  const { offset, length } = place;
  if (!(offset >= 4) || length > source.byteLength - offset) {
    findings.add('index', `An index of ${length} bytes at byte ${offset}, where it cannot be`, where);
    return undefined;
  }
  if (length > mostIndex) {
    findings.note('index-unread', `Indices of more than ${mostIndex} bytes are not held against the pages`);
    return undefined;
  }
  const bytes = await source.read(offset, length);
  try {
    structureEnd(bytes, 0);
    return await parse(bytes);
  } catch (error) {
    const reason = error instanceof Damage ? error.message : 'it is none';
    findings.add('index', `An index of pages that cannot be read: ${reason}`, { ...where, offset, length });
    return undefined;
  }
}

function locationsIn(bytes: Uint8Array, library: Library): readonly PageLocation[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { page_locations: pages } = library.readOffsetIndex({ view, offset: 0 });
  return pages.map((page) => ({
    offset: Number(page.offset),
    length: Number(page.compressed_page_size),
    row: Number(page.first_row_index),
  }));
}
