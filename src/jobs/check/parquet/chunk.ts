/** Checks one column of one row group: every page, every value, and what footer and indices say of them. A page is in memory, or one value. */

import type { ByteSource } from '../../../bytes.ts';
import { ChunkBytes } from '../../../samples/parquet/chunk-bytes.ts';
import { Damage, within } from '../../../samples/parquet/faults.ts';
import type { Chunk, Group } from '../../../samples/parquet/footer.ts';
import type { Library } from '../../../samples/parquet/library.ts';
import { decodeDictionary, decodePage, type Page } from '../../../samples/parquet/page.ts';
import { type PageHeader, readPageHeader } from '../../../samples/parquet/page-header.ts';
import type { Leaf } from '../../../samples/parquet/schema.ts';
import { isStreamed, ValueStream } from '../../../samples/parquet/value-stream.ts';
import type { Raw } from '../../../samples/parquet/values.ts';
import type { CellCheck } from './cells.ts';
import type { ChunkClaims } from './claims.ts';
import type { FindingPlace, ParquetFindings } from './findings.ts';
import { ChunkIndices } from './indices.ts';
import type { Presence } from './nested.ts';
import type { Order } from './order.ts';
import { ChunkStatistics, type PageValues } from './statistics.ts';

export interface ChunkContext {
  readonly source: ByteSource;
  readonly uri: string;
  readonly isRemote: boolean;
  readonly library: Library;
  readonly findings: ParquetFindings;
  readonly number: number;
  readonly group: Group;
  readonly claims: ChunkClaims;
  readonly order: Order | undefined;
  /** Whether the file says that bounds are in this order. */
  readonly isOrdered: boolean;
  /** Throws Damage for a value that is none of its type; undefined where any bytes are one. */
  readonly convert: ((raw: Raw) => unknown) | undefined;
  /** What is done with values that are recordings, or their paths. */
  readonly cells: CellCheck | undefined;
  /** Told of the bytes of each page. */
  readonly onBytes: (bytes: number) => void;
  /** Of the structure that the values are in. */
  readonly presence: Presence | undefined;
}

export interface ChunkFacts {
  /** Of values. */
  readonly pages: number;
  /** With headers, as they are in the file and unpacked. */
  readonly packed: number;
  readonly unpacked: number;
  /** Of the largest page, the greater of both. */
  readonly largest: number;
  readonly hasIndex: boolean;
}

export const checkChunk = (leaf: Leaf, context: ChunkContext): Promise<ChunkFacts> =>
  new ChunkCheck(leaf, context).run();

class ChunkCheck {
  readonly #leaf: Leaf;
  readonly #context: ChunkContext;
  readonly #chunk: Chunk;
  readonly #bytes: ChunkBytes;
  readonly #statistics: ChunkStatistics;
  #indices!: ChunkIndices;
  #dictionary: ArrayLike<Raw> | undefined;
  #pages = 0;
  #packed = 0;
  #unpacked = 0;
  #largest = 0;
  #values = 0;
  /** Rows that have begun; undefined where damage hid how many. */
  #rows: number | undefined = 0;
  /** Every page could be decoded. */
  #isWhole = true;

  constructor(leaf: Leaf, context: ChunkContext) {
    const { source, group, isRemote, order, isOrdered, findings } = context;
    this.#leaf = leaf;
    this.#context = context;
    this.#chunk = group.chunks[leaf.leaves[0]!]!;
    this.#bytes = new ChunkBytes(source, this.#chunk.to, isRemote, 1, undefined);
    this.#statistics = new ChunkStatistics(leaf, order, isOrdered, findings);
  }

  async run(): Promise<ChunkFacts> {
    const { source, claims, library, findings } = this.#context;
    const { from, to, values } = this.#chunk;
    const context = { library, findings, place: this.#place(from), isNested: this.#leaf.repetition > 0 };
    this.#indices = await ChunkIndices.read(source, claims, context);
    // Of no values there need be no pages, wherever the footer says that they are.
    let at = values === 0 ? to : from;
    while (at < to) {
      const header = await this.#header(at);
      if (header === undefined) break;
      await this.#page(header, at);
      at = header.at + header.packed;
    }
    if (at >= to) this.#finish();
    const { hasLocations: hasIndex } = this.#indices;
    return { pages: this.#pages, packed: this.#packed, unpacked: this.#unpacked, largest: this.#largest, hasIndex };
  }

  /** Undefined where it cannot be read: nobody knows where the next page is. */
  async #header(at: number): Promise<PageHeader | undefined> {
    const { uri, library, findings } = this.#context;
    try {
      const place = { uri, column: this.#leaf.path, parse: library.parquetHeader };
      return await readPageHeader(this.#bytes, at, place, false);
    } catch (error) {
      this.#isWhole = false;
      findings.caught(error, 'page', { ...this.#place(at), length: this.#chunk.to - at });
      return undefined;
    }
  }

  async #page(header: PageHeader, at: number): Promise<void> {
    const size = header.at - at;
    const [packed, unpacked] = [size + header.packed, size + header.unpacked];
    this.#packed += packed;
    this.#context.onBytes(packed);
    this.#unpacked += unpacked;
    this.#largest = Math.max(this.#largest, packed, unpacked);
    if (header.kind === 'other') return;
    if (header.kind === 'dictionary') {
      await this.#dictionaryPage(header, at);
      return;
    }
    const [firstRow, number] = [this.#rows, this.#pages++];
    const values = await this.#valuePage(header, at);
    this.#values += header.values;
    if (values === undefined) this.#lost(header, firstRow);
    else this.#statistics.add(values, header.statistics, this.#place(at));
    this.#indices.page({ number, at, length: packed, firstRow, values });
  }

  async #dictionaryPage(header: PageHeader, at: number): Promise<void> {
    const { findings, library } = this.#context;
    const place = this.#place(at, header);
    if (this.#dictionary !== undefined || this.#pages > 0) {
      findings.add('page', 'A dictionary that is not before all values', place);
      return;
    }
    try {
      const packed = await this.#bytes.take(header.at, header.packed);
      this.#dictionary = decodeDictionary(header, packed, this.#chunk.codec, this.#leaf, library);
    } catch (error) {
      // Pages that name its values will not be read.
      this.#isWhole = false;
      this.#dictionary = undefined;
      this.#caught(error, place);
    }
  }

  /** Libraries stumble over what they read: that is damage too. */
  #caught(error: unknown, place: FindingPlace): void {
    const { uri, findings } = this.#context;
    try {
      within(uri, 'the page', place.offset ?? 0, () => {
        throw error;
      });
    } catch (told) {
      findings.caught(told, 'page', place);
    }
  }

  /** What the page holds; undefined where it cannot be decoded. */
  async #valuePage(header: PageHeader, at: number): Promise<PageValues | undefined> {
    const { library } = this.#context;
    const place = this.#place(at, header);
    const tally = this.#statistics.page();
    try {
      if (isStreamed(header, this.#chunk.codec, this.#leaf)) {
        await this.#stream(header, at, tally);
      } else {
        const packed = await this.#bytes.take(header.at, header.packed);
        await this.#decoded(decodePage(header, packed, this.#chunk.codec, this.#leaf, library), at, tally);
      }
      return tally;
    } catch (error) {
      this.#caught(error, place);
      return undefined;
    }
  }

  async #stream(header: PageHeader, at: number, tally: PageValues): Promise<void> {
    const stream = await ValueStream.open(header, this.#bytes, this.#leaf);
    const { definitions } = stream;
    const begun = this.#rows;
    for (let i = 0; i < header.values; i++) {
      this.#beginRow(begun, i);
      this.#presence(definitions, i, at);
      const isThere = definitions === undefined || definitions[i] === this.#leaf.definition;
      if (isThere) await stream.load();
      await this.#value(isThere ? stream.take() : null, i, at, tally);
    }
    if (stream.rest > 0) throw new Damage(`${stream.rest} bytes behind its last value`);
  }

  #beginRow(begun: number | undefined, i: number): void {
    if (begun !== undefined) this.#rows = begun + i + 1;
  }

  /** Of a value of a structure: whether that is there is told by each of its columns. */
  #presence(definitions: Uint8Array | undefined, i: number, at: number): void {
    const { presence, findings } = this.#context;
    if (presence === undefined || this.#rows === undefined) return;
    if (presence.agrees(this.#rows - 1, definitions?.[i] ?? this.#leaf.definition)) return;
    const reason = 'It says of a row that its structure is there or not, other than the column before it';
    findings.add('page', reason, { ...this.#place(at), row: this.#row(0) });
  }

  async #decoded(page: Page, at: number, tally: PageValues): Promise<void> {
    const { definitions, repetitions, count, values, inDictionary, rest } = page;
    if (rest !== 0) throw new Damage(`${rest} bytes behind its last value`);
    if (inDictionary && this.#dictionary === undefined) {
      throw new Damage('it names values of a dictionary that is not there, or cannot be read');
    }
    if (
      repetitions !== undefined &&
      count > 0 &&
      repetitions[0] !== 0 &&
      (this.#rows === 0 || this.#indices.hasLocations)
    ) {
      throw new Damage('its first row has no beginning');
    }
    let v = 0;
    for (let i = 0; i < count; i++) {
      if (this.#rows !== undefined && (repetitions === undefined || repetitions[i] === 0)) this.#rows++;
      this.#presence(definitions, i, at);
      const isThere = definitions === undefined || definitions[i] === this.#leaf.definition;
      const raw = isThere ? this.#entry(values[v++]!, inDictionary) : null;
      const waits = this.#value(raw, i, at, tally);
      if (waits !== undefined) await waits;
    }
  }

  #entry(value: Raw, inDictionary: boolean): Raw {
    if (!inDictionary) return value;
    const entry = this.#dictionary![value as number];
    if (entry !== undefined) return entry;
    throw new Damage(`it names value ${value} of a dictionary of ${this.#dictionary!.length}`);
  }

  /** `i`: in its page. A promise where the value is a recording. */
  #value(raw: Raw | null, i: number, at: number, tally: PageValues): Promise<void> | undefined {
    const { cells, convert } = this.#context;
    if (raw === null) tally.nulls++;
    else {
      tally.there++;
      if (convert === undefined || this.#isOfType(raw, convert, at)) tally.extremes?.add(raw);
    }
    if (cells === undefined) return undefined;
    const number = this.#values + i;
    const place = { ...this.#place(at), row: this.#row(0) };
    if (cells.column.bytes === this.#leaf) return cells.bytes(number, raw as Uint8Array | null, place);
    cells.path(number, raw === null ? null : Buffer.from(raw as Uint8Array).toString('utf8'), place);
    return undefined;
  }

  #isOfType(raw: Raw, convert: (raw: Raw) => unknown, at: number): boolean {
    try {
      convert(raw);
      return true;
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      const place = { ...this.#place(at), row: this.#row(0) };
      if (error.code === 'UNSUPPORTED') {
        this.#context.findings.note(
          'not-decoded',
          `Values of column "${this.#leaf.path}" that are not read: ${error.message}`,
          `row ${place.row}`,
        );
      } else this.#context.findings.add('value', error.message, place, error.code);
      return false;
    }
  }

  /** A page that cannot be decoded may still say how many rows it holds. */
  #lost({ kind, values, rows }: PageHeader, firstRow: number | undefined): void {
    this.#isWhole = false;
    const held = this.#leaf.repetition === 0 ? values : kind === 'data-v2' ? rows : undefined;
    this.#rows = firstRow === undefined || held === undefined ? undefined : firstRow + held;
  }

  #finish(): void {
    const { findings, group, claims } = this.#context;
    const { values } = this.#chunk;
    const place = this.#place(this.#chunk.from);
    if (this.#values !== values) {
      findings.add('count', `Its pages hold ${this.#values} values, and the footer says ${values}`, place);
    }
    if (this.#rows !== undefined && values > 0 && this.#rows !== group.rows) {
      findings.add('count', `Its pages hold ${this.#rows} rows, and its row group says ${group.rows}`, place);
    }
    this.#indices.finish(this.#pages);
    if (claims.statistics !== undefined && this.#isWhole) this.#statistics.finish(claims.statistics, place);
  }

  /** The row that has begun last, in the file. */
  #row(ahead: number): number | undefined {
    return this.#rows === undefined ? undefined : this.#context.group.first + Math.max(0, this.#rows - 1 + ahead);
  }

  #place(offset: number, header?: PageHeader): FindingPlace {
    const length = header === undefined ? 0 : header.at + header.packed - offset;
    return { group: this.#context.number, column: this.#leaf.path, row: this.#row(1), offset, length };
  }
}
