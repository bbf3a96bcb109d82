/** One column of one row group, page by page: as many pages are in memory as the row that is being read needs. */

import type { ByteSource, Stop } from '../../bytes.ts';
import type { SampleValue } from '../sample.ts';
import { ChunkBytes } from './chunk-bytes.ts';
import { Damage, parquetError, within } from './faults.ts';
import type { Chunk, Group } from './footer.ts';
import type { Library } from './library.ts';
import { type PageStart, readPageStarts } from './offset-index.ts';
import { decodeDictionary, decodePage, type Page } from './page.ts';
import { mostValues, type PageHeader, readPageHeader } from './page-header.ts';
import type { Leaf } from './schema.ts';
import { isStreamed, ValueStream } from './value-stream.ts';
import { converterOf, type Raw } from './values.ts';

export interface LeafPlace {
  readonly source: ByteSource;
  readonly uri: string;
  readonly isRemote: boolean;
  /** How many columns are read at a time. */
  readonly beside: number;
  readonly library: Library;
  readonly stop: Stop | undefined;
}

/** Values in order; each has a definition level, and a repetition level that is 0 where a row begins. */
export class LeafReader {
  readonly leaf: Leaf;
  readonly #place: LeafPlace;
  readonly #chunk: Chunk;
  readonly #group: Group;
  readonly #bytes: ChunkBytes;
  readonly #convert: (raw: Raw) => SampleValue;
  /** Converted as they are first asked for: a dictionary may be larger than what is used of it. */
  #dictionary: { readonly raw: ArrayLike<Raw>; readonly made: (SampleValue | undefined)[] } | undefined;
  #next: number;
  /** Values of pages that were passed or are in memory. */
  #seen = 0;
  #endsByBytes = false;
  /** Where the page in memory begins. */
  #pageAt = 0;
  #page: Page = noPage;
  /** Gives the values of the page, where that is too large to be in memory. */
  #stream: ValueStream | undefined;
  /** In the page: of levels, and of the values that are no nulls. */
  #at = 0;
  #valueAt = 0;
  /** Rows of the page that begin at #at or behind it. */
  #rowStarts = 0;

  constructor(leaf: Leaf, group: Group, place: LeafPlace) {
    this.leaf = leaf;
    this.#place = place;
    this.#group = group;
    this.#chunk = group.chunks[leaf.leaves[0]!]!;
    this.#bytes = new ChunkBytes(place.source, this.#chunk.to, place.isRemote, place.beside, place.stop);
    this.#next = this.#chunk.from;
    this.#convert = within(place.uri, 'the schema', 0, () => converterOf(leaf));
  }

  /** Whether a whole row is in memory. */
  get hasRow(): boolean {
    if (this.#lacksValue) return false;
    return this.#rowStarts > 1 || (this.#rowStarts === 1 && (this.leaf.repetition === 0 || this.#isLast));
  }

  get #lacksValue(): boolean {
    return this.#rowStarts > 0 && this.#stream?.isLoaded === false && this.definition === this.leaf.definition;
  }

  get #isLast(): boolean {
    return this.#seen >= this.#chunk.values;
  }

  /** Reads on until a whole row is in memory. */
  async fill(): Promise<void> {
    while (!this.hasRow) {
      if (this.#lacksValue) await this.#streaming(this.#stream!.load());
      else await this.#load(0);
    }
  }

  /** Passes over rows; their pages are read only where nothing else tells how many rows they hold. */
  async skip(rows: number): Promise<void> {
    let left = rows > 0 && this.#seen === 0 ? rows - (await this.#jump(rows)) : rows;
    while (left > 0) {
      if (this.#stream !== undefined && this.#rowStarts > 0) {
        if (this.definition === this.leaf.definition) await this.#streaming(this.#stream.pass());
        this.#pass();
        left--;
      } else if (this.hasRow) {
        this.#passRow();
        left--;
      } else left -= await this.#load(left);
    }
  }

  get definition(): number {
    return this.#page.definitions === undefined ? this.leaf.definition : this.#page.definitions[this.#at]!;
  }

  /** 0 behind the last value, too. */
  get repetition(): number {
    if (this.#at >= this.#page.count) return 0;
    return this.#page.repetitions === undefined ? 0 : this.#page.repetitions[this.#at]!;
  }

  /** The value, null where it is not there; and on to the next. Throws Damage. */
  take(): SampleValue {
    if (this.#at >= this.#page.count)
      throw new Damage(`column "${this.leaf.path}" holds fewer values than those beside it`);
    const isThere = this.definition === this.leaf.definition;
    this.#pass();
    if (!isThere) return null;
    return this.#value(this.#stream === undefined ? this.#page.values[this.#valueAt++] : this.#stream.take());
  }

  #value(raw: Raw | undefined): SampleValue {
    if (raw === undefined) throw new Damage(`column "${this.leaf.path}" lacks a value`, 'TRUNCATED');
    if (!this.#page.inDictionary) return this.#convert(raw);
    const { made } = this.#dictionary!;
    const at = raw as number;
    made[at] ??= this.#convert(this.#entry(at));
    return made[at];
  }

  #pass(): void {
    if (this.repetition === 0) this.#rowStarts--;
    this.#at++;
  }

  #passRow(): void {
    do {
      if (this.definition === this.leaf.definition) this.#valueAt++;
      this.#pass();
    } while (this.repetition > 0);
  }

  /** Where the file says at which rows pages begin: to the last page that begins at a row before. How many rows that passes. */
  async #jump(rows: number): Promise<number> {
    const { offsetIndex } = this.#chunk;
    if (offsetIndex === undefined) return 0;
    const { source, uri, library } = this.#place;
    const starts = await readPageStarts(source, offsetIndex, {
      uri,
      chunk: this.#chunk,
      rows: this.#group.rows,
      library,
    });
    const to = starts?.findLast((start) => start.row <= rows);
    if (to === undefined || to.row === 0) return 0;
    await this.#readDictionary(starts!);
    this.#next = to.at;
    // Of a column with lists it is not known how many values are before.
    if (this.leaf.repetition === 0) this.#seen = to.row;
    else this.#endsByBytes = true;
    return to.row;
  }

  async #readDictionary(starts: readonly PageStart[]): Promise<void> {
    while (this.#dictionary === undefined && this.#next < starts[0]!.at) {
      const header = await this.#header(false);
      if (header.kind === 'dictionary') await this.#loadDictionary(header);
    }
  }

  /** The next page of values. `passing` rows are not wanted: a page that holds no more of them is passed over. How many rows were. */
  async #load(passing: number): Promise<number> {
    for (;;) {
      if (this.#next >= this.#chunk.to) return this.#end();
      const header = await this.#header(passing > 0);
      if (header.kind === 'dictionary') await this.#loadDictionary(header);
      else if (header.kind !== 'other') return this.#loadValues(header, passing);
    }
  }

  async #header(passing: boolean): Promise<PageHeader> {
    const { uri, library } = this.#place;
    const place = { uri, column: this.leaf.path, parse: library.parquetHeader };
    this.#pageAt = this.#next;
    const header = await readPageHeader(this.#bytes, this.#next, place, passing);
    this.#next = header.at + header.packed;
    return header;
  }

  #end(): number {
    const { uri } = this.#place;
    if (!this.#endsByBytes || this.#rowStarts === 0 || this.#isLast) {
      const what = `column "${this.leaf.path}" ends before its values do; fetch the file again`;
      throw parquetError('TRUNCATED', uri, what, { offset: this.#chunk.to });
    }
    this.#seen = this.#chunk.values;
    return 0;
  }

  async #loadDictionary(header: PageHeader): Promise<void> {
    const packed = await this.#bytes.take(header.at, header.packed);
    const raw = this.#decode('dictionary', () =>
      decodeDictionary(header, packed, this.#chunk.codec, this.leaf, this.#place.library),
    );
    this.#dictionary = { raw, made: [] };
  }

  async #loadValues(header: PageHeader, passing: number): Promise<number> {
    // Rows of version 2 begin with their page; of version 1 every value is one, where there are no lists.
    const rows = this.leaf.repetition === 0 ? header.values : header.kind === 'data-v2' ? header.rows : undefined;
    const isFresh = this.#at >= this.#page.count;
    this.#count(header.values);
    if (isFresh && rows !== undefined && rows <= passing) return rows;
    if (isStreamed(header, this.#chunk.codec, this.leaf)) {
      this.#stream = await this.#streaming(ValueStream.open(header, this.#bytes, this.leaf));
      this.#add({ ...noPage, count: header.values, definitions: this.#stream.definitions });
      return 0;
    }
    this.#stream = undefined;
    const packed = await this.#bytes.take(header.at, header.packed);
    const page = this.#decode('page', () =>
      decodePage(header, packed, this.#chunk.codec, this.leaf, this.#place.library),
    );
    if (page.inDictionary && this.#dictionary === undefined) {
      const what = `column "${this.leaf.path}" names values of a dictionary that is not there`;
      throw parquetError('CORRUPT', this.#place.uri, what, { offset: header.at });
    }
    this.#add(page);
    return 0;
  }

  #count(values: number): void {
    this.#seen += values;
    if (this.#seen <= this.#chunk.values) return;
    const what = `column "${this.leaf.path}" holds more values than the footer says (${this.#chunk.values})`;
    throw parquetError('CORRUPT', this.#place.uri, what, { offset: this.#pageAt });
  }

  /** Behind what is left of the pages before: a row may go on from page to page. */
  #add(page: Page): void {
    const left = this.#page.count - this.#at;
    this.#page = left === 0 ? page : this.#decode('page', () => this.#joinedWith(page));
    [this.#at, this.#valueAt] = [0, 0];
    const { repetitions, count } = this.#page;
    this.#rowStarts =
      repetitions === undefined ? count : repetitions.reduce((n, level) => (level === 0 ? n + 1 : n), 0);
    if (repetitions !== undefined && count > 0 && repetitions[0] !== 0) {
      const what = `a row of column "${this.leaf.path}" has no beginning`;
      throw parquetError('CORRUPT', this.#place.uri, what, { offset: this.#pageAt });
    }
  }

  #joinedWith(page: Page): Page {
    const raw = (values: ArrayLike<Raw>, from: number, inDictionary: boolean): Raw[] =>
      Array.from({ length: values.length - from }, (_, i) => {
        const value = values[from + i]!;
        return inDictionary ? this.#entry(value as number) : value;
      });
    const before = this.#page;
    const count = before.count - this.#at + page.count;
    if (count > mostValues) throw new Damage(`a row of more than ${mostValues} values`, 'UNSUPPORTED');
    const levels = (first: Uint8Array | undefined, second: Uint8Array | undefined) =>
      first && second && Buffer.concat([first.subarray(this.#at), second]);
    return {
      count,
      definitions: levels(before.definitions, page.definitions),
      repetitions: levels(before.repetitions, page.repetitions),
      values: [...raw(before.values, this.#valueAt, before.inDictionary), ...raw(page.values, 0, page.inDictionary)],
      inDictionary: false,
      rest: 0,
    };
  }

  #entry(at: number): Raw {
    const entry = this.#dictionary!.raw[at];
    if (entry !== undefined) return entry;
    const { length } = this.#dictionary!.raw;
    throw new Damage(`column "${this.leaf.path}" names value ${at} of a dictionary of ${length}`);
  }

  async #streaming<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      return this.#decode('page', () => {
        throw error;
      });
    }
  }

  #decode<T>(what: string, decode: () => T): T {
    return within(this.#place.uri, `a ${what} of column "${this.leaf.path}"`, this.#pageAt, decode);
  }
}

const noPage: Page = {
  ...{ count: 0, definitions: undefined, repetitions: undefined },
  ...{ values: [], inDictionary: false, rest: 0 },
};
