/**
 * A page of bytes that are neither compressed nor encoded, one value after another: what sound is stored as, in pages of 100 MB and more
 * (writers look at the size of a page every 1,000 values). So only one value of it is in memory.
 */

import type { ChunkBytes } from './chunk-bytes.ts';
import { Damage } from './faults.ts';
import { levelsOf } from './page.ts';
import type { PageHeader } from './page-header.ts';
import type { Leaf } from './schema.ts';

/** Pages of small values are read at once: they are no larger than writers mean them to be, and a step for each value would take longer. */
const leastPage = 64 << 10;
const leastValue = 4 << 10;

export function isStreamed(
  { kind, encoding, packed, values, crc, isPacked }: PageHeader,
  codec: string,
  leaf: Leaf,
): boolean {
  if (kind !== 'data' && kind !== 'data-v2') return false;
  const isPlain = encoding === 'PLAIN' && (codec === 'UNCOMPRESSED' || (kind === 'data-v2' && !isPacked));
  // A checksum is of all of the page, and no value is given before it is known to be right.
  const isLarge = packed >= leastPage && packed >= values * leastValue;
  return isPlain && isLarge && crc === undefined && leaf.element.type === 'BYTE_ARRAY' && leaf.repetition === 0;
}

export class ValueStream {
  readonly definitions: Uint8Array | undefined;
  readonly #bytes: ChunkBytes;
  readonly #end: number;
  #at: number;
  /** The one at #at, when it is in memory. */
  #value: Uint8Array | undefined;

  private constructor(bytes: ChunkBytes, at: number, end: number, definitions: Uint8Array | undefined) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
    this.definitions = definitions;
  }

  /** Throws Damage. */
  static async open(header: PageHeader, bytes: ChunkBytes, leaf: Leaf): Promise<ValueStream> {
    const { at, packed, values } = header;
    const end = at + packed;
    if (leaf.definition === 0) return new ValueStream(bytes, at, end, undefined);
    let [from, length] = [at + header.repetitionBytes, header.definitionBytes];
    if (header.kind === 'data') {
      if (header.levelEncoding !== 'RLE')
        throw new Damage(`the encoding ${header.levelEncoding} of levels is not read`, 'UNSUPPORTED');
      const start = await bytes.take(at, 4);
      length = new DataView(start.buffer, start.byteOffset).getUint32(0, true);
      from = at + 4;
    }
    if (length > end - from) throw new Damage('its levels go on behind its end', 'TRUNCATED');
    const levels = await bytes.take(from, length);
    return new ValueStream(bytes, from + length, end, levelsOf(levels, 0, length, leaf.definition, values));
  }

  get isLoaded(): boolean {
    return this.#value !== undefined;
  }

  /** Bytes that were not taken. */
  get rest(): number {
    return this.#end - this.#at;
  }

  /** Throws Damage. */
  async load(): Promise<void> {
    const length = await this.#length(false);
    this.#value = await this.#bytes.take(this.#at + 4, length);
  }

  /** REQUIRES: isLoaded */
  take(): Uint8Array {
    const value = this.#value!;
    this.#value = undefined;
    this.#at += 4 + value.length;
    return value;
  }

  /** Over a value that nobody wants. Throws Damage. */
  async pass(): Promise<void> {
    this.#at += 4 + (this.#value?.length ?? (await this.#length(true)));
    this.#value = undefined;
  }

  async #length(passing: boolean): Promise<number> {
    if (this.#end - this.#at < 4) throw new Damage('it ends before its values do', 'TRUNCATED');
    const start = await this.#bytes.look(this.#at, 4, passing);
    if (start.length < 4) throw new Damage('it ends before its values do', 'TRUNCATED');
    const length = new DataView(start.buffer, start.byteOffset).getUint32(0, true);
    if (length > this.#end - this.#at - 4) throw new Damage('a value goes on behind the page', 'TRUNCATED');
    return length;
  }
}
