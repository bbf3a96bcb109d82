/** The JSON list that `extract` writes beside an array, row by row: where the rows are is found once, in memory that does not grow with them. */

import type { ByteSource } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import { lastStartingBy } from '../search.ts';
import { storageOf } from '../storage/registry.ts';
import { openSource } from '../storage/source.ts';
import { WrittenCount } from '../storage/written.ts';

/** Keys as in the metadata files of extract(): docs/metadata.md. */
export type EmbeddingMetadata = { readonly [key: string]: string | number | null };

/** What the manifest says of a file, and what the storage says of it now. */
export interface MetadataFile {
  readonly uri: string;
  readonly size: number;
  readonly version: string;
  readonly crc32c: string;
  readonly rows: number;
}

/** About how much text is parsed to get at one row. */
const blockBytes = 64 << 10;
const blocksKept = 8;

/** Neighbouring rows. */
interface Block {
  readonly row: number;
  readonly rows: number;
  readonly start: number;
  readonly end: number;
}

export class MetadataRows {
  readonly #file: MetadataFile;
  readonly #bytes: ByteSource;
  readonly #blocks: readonly Block[];
  /** Parsed, the latest used last. */
  readonly #parsed = new Map<Block, Promise<readonly EmbeddingMetadata[]>>();

  private constructor(file: MetadataFile, bytes: ByteSource, blocks: readonly Block[]) {
    this.#file = file;
    this.#bytes = bytes;
    this.#blocks = blocks;
  }

  /** Reads all of the file once, and compares it with what it should be. */
  static async open(file: MetadataFile): Promise<MetadataRows> {
    const { uri, size, version } = file;
    const scan = new ListScan();
    const count = new WrittenCount();
    const storage = await storageOf(uri);
    for await (const block of storage.readStream(uri, { version })) {
      count.add(block);
      scan.add(block);
    }
    const { crc32c } = count.total();
    if (crc32c !== file.crc32c) throw changed(uri, `its crc32c is ${crc32c}, in extract.json ${file.crc32c}`);
    if (scan.rows !== file.rows) throw changed(uri, `it holds ${scan.rows} rows, in extract.json ${file.rows}`);
    return new MetadataRows(file, await openSource(uri, { version, size }), scan.blocks());
  }

  /** REQUIRES: 0 <= from <= to <= rows. */
  async rows(from: number, to: number): Promise<EmbeddingMetadata[]> {
    const found: EmbeddingMetadata[] = [];
    for (let at = this.#blockOf(from); found.length < to - from; at++) {
      const block = this.#blocks[at]!;
      const rows = await this.#rowsOf(block);
      for (const row of rows.slice(Math.max(0, from - block.row), to - block.row)) found.push(row);
    }
    return found;
  }

  async close(): Promise<void> {
    this.#parsed.clear();
    await this.#bytes.close();
  }

  /** The last that begins at or before the row. */
  #blockOf(row: number): number {
    return lastStartingBy(this.#blocks.length, (block) => this.#blocks[block]!.row, row);
  }

  #rowsOf(block: Block): Promise<readonly EmbeddingMetadata[]> {
    const parsed = this.#parsed.get(block) ?? this.#parse(block);
    this.#parsed.delete(block);
    this.#parsed.set(block, parsed);
    for (const [oldest] of this.#parsed) {
      if (this.#parsed.size <= blocksKept) break;
      this.#parsed.delete(oldest);
    }
    // What failed is read anew by the next.
    parsed.catch(() => this.#parsed.delete(block));
    return parsed;
  }

  async #parse({ start, end, row, rows: count }: Block): Promise<readonly EmbeddingMetadata[]> {
    const bytes = await this.#bytes.read(start, end - start);
    let rows: EmbeddingMetadata[];
    try {
      rows = JSON.parse(`[${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')}]`);
    } catch (cause) {
      const message = `Cannot read the metadata behind row ${row} of "${this.#file.uri}": ${(cause as Error).message}`;
      throw new BowerbirdError('BAD_SCHEMA', message, { source: this.#file.uri, offset: start }, { cause });
    }
    if (rows.length === count) return rows;
    throw changed(this.#file.uri, `it holds ${rows.length} rows where ${count} were`);
  }
}

export function changed(uri: string, how: string): BowerbirdError {
  const message = `Cannot use "${uri}": it is not the file that extract wrote (${how}); run the same extract again, or fetch the folder anew`;
  return new BowerbirdError('IO', message, { source: uri });
}

const [quote, backslash] = [0x22, 0x5c];

/** Finds the objects of a list, whatever the blocks in which its text comes. */
class ListScan {
  rows = 0;
  readonly #blocks: Block[] = [];
  #at = 0;
  #depth = 0;
  #inText = false;
  #escaped = false;
  /** Of the object that is open, and of the block. */
  #start = 0;
  #block: Block | undefined;

  add(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === backslash) this.#escaped = true;
        else if (byte === quote) this.#inText = false;
      } else if (byte === quote) this.#inText = true;
      else if (byte === 0x5b || byte === 0x7b) {
        if (this.#depth === 1 && byte === 0x7b) this.#start = this.#at + i;
        this.#depth++;
      } else if (byte === 0x5d || byte === 0x7d) {
        this.#depth--;
        if (this.#depth === 1 && byte === 0x7d) this.#ended(this.#at + i + 1);
      }
    }
    this.#at += bytes.length;
  }

  blocks(): readonly Block[] {
    if (this.#block !== undefined) this.#blocks.push(this.#block);
    this.#block = undefined;
    return this.#blocks;
  }

  #ended(end: number): void {
    const { row, rows, start } = this.#block ?? { row: this.rows, rows: 0, start: this.#start };
    this.#block = { row, rows: rows + 1, start, end };
    this.rows++;
    if (end - start >= blockBytes) this.blocks();
  }
}
