/** Ogg (RFC 3533): the pages of one logical stream, in order, put together to packets, with what is damaged or missing told. */

import type { ByteSource } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { SourceWindow } from '../audio/source-window.ts';
import type { Damage } from './codec-blocks.ts';

export interface OggPage {
  readonly kind: 'page';
  /** Byte of the file. */
  readonly offset: number;
  /** Counts the pages of the stream, as written. */
  readonly sequence: number;
  readonly serial: number;
  /** Position of the codec at the end of the last packet that ends here; undefined where none does. */
  readonly granule: number | undefined;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Those that end here. Bytes of their own. */
  readonly packets: readonly Uint8Array[];
}

export interface OggHole extends Damage {
  readonly kind: 'hole';
}

interface RawPage {
  readonly length: number;
  readonly flags: number;
  readonly serial: number;
  readonly sequence: number;
  readonly granule: number | undefined;
  readonly lacing: Uint8Array;
  readonly body: Uint8Array;
}

type Finding = Pick<Damage, 'code' | 'reason'>;

const missingPages: Finding = { code: 'CORRUPT', reason: 'pages of the Ogg stream are missing' };
const headBytes = 27;
const largestPage = headBytes + 255 + 255 * 255;
const flag = { continued: 1, first: 2, last: 4 } as const;
const capture = Buffer.from('OggS', 'latin1');

function startsWithCapture(bytes: Uint8Array): boolean {
  return capture.every((byte, i) => i >= bytes.length || byte === bytes[i]);
}

/** Pictures are kept in the tags; a packet of sound has a few KiB. */
const mostPacket = 1 << 24;

/** x^32 + ... of Ethernet, most significant bit first and without inversions. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc >>> 0;
});

/** Its own four bytes count as zeros. */
export function oggCrc(page: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < page.length; i++) {
    const byte = i >= 22 && i < 26 ? 0 : page[i]!;
    crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ byte]!;
  }
  return crc >>> 0;
}

/** Undefined for bytes that are no intact page; a number: so many bytes are needed to tell. */
function parsePage(bytes: Uint8Array): RawPage | number | undefined {
  if (bytes.length < headBytes) return headBytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== 0x4f676753 || bytes[4] !== 0) return undefined;
  const lacingEnd = headBytes + bytes[26]!;
  if (bytes.length < lacingEnd) return lacingEnd;
  const lacing = bytes.slice(headBytes, lacingEnd);
  const length = lacing.reduce((sum, size) => sum + size, lacingEnd);
  if (bytes.length < length) return length;
  const page = bytes.subarray(0, length);
  if (oggCrc(page) !== view.getUint32(22, true)) return undefined;
  const granule = view.getBigInt64(6, true);
  const isKnown = granule >= 0n && granule <= BigInt(Number.MAX_SAFE_INTEGER);
  return {
    length,
    flags: bytes[5]!,
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    granule: isKnown ? Number(granule) : undefined,
    lacing,
    body: page.slice(lacingEnd),
  };
}

export class OggStream {
  readonly #name: string;
  readonly #window: SourceWindow;
  #serial: number | undefined;
  #sequence: number | undefined;
  /** The beginning of a packet that goes on in the next page; undefined when there is none, or it is lost. */
  #open: Uint8Array[] | undefined;
  #ready: OggPage | undefined;
  /** Pages of other streams between ours. */
  others = 0;
  /** Bytes behind our last page. */
  trailing = 0;
  /** Where another recording begins behind ours: its first page. */
  chained: number | undefined;
  #ended = false;
  /** A page behind the first: first pages of all streams that are heard together stand before it. */
  #hasBody = false;
  /** Bytes of damaged pages that were looked at. */
  #spent = 0;

  /** The stream whose first page stands first, at `offset`. */
  constructor(source: ByteSource, offset: number) {
    this.#name = source.name;
    this.#window = new SourceWindow(source, offset);
  }

  get position(): number {
    return this.#window.position;
  }

  /** Undefined at the end. A hole is followed by the page behind it. */
  async next(): Promise<OggPage | OggHole | undefined> {
    const ready = this.#ready;
    this.#ready = undefined;
    if (ready !== undefined || this.chained !== undefined) return ready;
    const window = this.#window;
    const start = window.position;
    let found: Finding | undefined;
    for (;;) {
      const offset = window.position;
      const raw = await this.#raw();
      if (typeof raw !== 'object') {
        if (window.bytes.length === 0) return this.#end(start, found);
        found ??= await this.#explain(raw);
        await this.#toNextCapture();
        continue;
      }
      if (this.#isChained(raw)) {
        this.chained = offset;
        return this.#end(start, found);
      }
      window.advance(raw.length);
      if (!this.#isOurs(raw)) continue;
      const missing = this.#sequence === undefined ? 0 : (raw.sequence - this.#sequence - 1) >>> 0;
      const page = this.#page(raw, offset, found !== undefined || missing > 0);
      if (found === undefined && missing === 0) return page;
      this.#ready = page;
      return { kind: 'hole', offset: start, length: offset - start, record: page.sequence, ...(found ?? missingPages) };
    }
  }

  #end(start: number, found: Finding | undefined): OggHole | undefined {
    const length = this.#window.position - start;
    if (found === undefined) return undefined;
    if (this.#ended) {
      this.trailing = length;
      return undefined;
    }
    this.#ended = true;
    return { kind: 'hole', offset: start, length, record: (this.#sequence ?? -1) + 1, ...found };
  }

  /** The page at the window's position; undefined for other bytes, a number when the file ends before so many. */
  async #raw(): Promise<RawPage | number | undefined> {
    const window = this.#window;
    for (let need = headBytes; ; ) {
      await window.fill(need);
      const raw = parsePage(window.bytes);
      if (raw === undefined) this.#spend(window.bytes.length);
      if (typeof raw !== 'number' || window.last) return raw;
      need = raw;
    }
  }

  /** A file made of false pages would cost the square of its length. */
  #spend(bytes: number): void {
    this.#spent += Math.min(bytes, largestPage);
    if (this.#spent <= 16 * this.#window.position + (1 << 24)) return;
    const offset = this.#window.position;
    const message = `Cannot decode "${this.#name}" beyond byte ${offset}: it holds too many damaged Ogg pages`;
    throw new BowerbirdError('CORRUPT', message, { source: this.#name, offset });
  }

  async #explain(raw: number | undefined): Promise<Finding> {
    if (!startsWithCapture(this.#window.bytes)) {
      return { code: 'CORRUPT', reason: 'expected an Ogg page, found other bytes' };
    }
    return typeof raw === 'number'
      ? { code: 'TRUNCATED', reason: 'the file ends inside an Ogg page' }
      : { code: 'CORRUPT', reason: 'the checksum of an Ogg page does not match' };
  }

  /** To the next capture pattern behind this position, or the end. */
  async #toNextCapture(): Promise<void> {
    const window = this.#window;
    for (let skip = 1; ; skip = 0) {
      await window.fill(4096);
      const { bytes, last } = window;
      const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(capture, skip);
      window.advance(at >= 0 ? at : last ? bytes.length : bytes.length - 3);
      if (at >= 0 || last) return;
    }
  }

  #isChained({ flags, serial }: RawPage): boolean {
    const isFirst = (flags & flag.first) !== 0;
    const isAgain = serial === this.#serial && this.#sequence !== undefined;
    return isFirst && (this.#ended || this.#hasBody || isAgain);
  }

  #isOurs({ flags, serial }: RawPage): boolean {
    this.#serial ??= serial;
    if (serial !== this.#serial) this.others += 1;
    else this.#hasBody ||= (flags & flag.first) === 0;
    return serial === this.#serial;
  }

  #page({ flags, serial, sequence, granule, lacing, body }: RawPage, offset: number, isBehindHole: boolean): OggPage {
    const packets: Uint8Array[] = [];
    if (isBehindHole) this.#open = undefined;
    const isContinued = (flags & flag.continued) !== 0;
    // A packet whose beginning is lost is lost.
    let parts = isContinued ? this.#open : [];
    this.#open = undefined;
    let [from, to] = [0, 0];
    for (const size of lacing) {
      to += size;
      if (size === 255) continue;
      // Packets without bytes say nothing.
      if (parts !== undefined && (parts.length > 0 || from < to))
        packets.push(joined([...parts, body.subarray(from, to)]));
      parts = [];
      from = to;
    }
    if (from < to || (lacing.length > 0 && lacing.at(-1) === 255))
      this.#keepOpen(parts, body.subarray(from, to), offset);
    this.#sequence = sequence;
    const isLast = (flags & flag.last) !== 0;
    this.#ended ||= isLast;
    return { kind: 'page', offset, sequence, serial, granule, isFirst: (flags & flag.first) !== 0, isLast, packets };
  }

  #keepOpen(parts: Uint8Array[] | undefined, rest: Uint8Array, offset: number): void {
    if (parts === undefined) return;
    const length = parts.reduce((sum, part) => sum + part.length, rest.length);
    if (length > mostPacket) {
      const message = `Cannot decode "${this.#name}" at byte ${offset}: a packet has more than ${mostPacket} bytes`;
      throw new BowerbirdError('UNSUPPORTED', message, { source: this.#name, offset });
    }
    this.#open = [...parts, rest];
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/** How far from the end a page of the stream is looked for. */
const tailBytes = 2 * largestPage;
/** How many places are tried. */
const mostTried = 64;

/** Position at the end of the stream: the granule of its last page that has one. Undefined when the end of the file holds none. */
export async function lastGranule(source: ByteSource, serial: number): Promise<number | undefined> {
  for (const length of [4096, tailBytes]) {
    const offset = Math.max(0, source.byteLength - length);
    const tail = Buffer.from(await source.read(offset, source.byteLength - offset));
    let tried = 0;
    for (
      let at = tail.lastIndexOf(capture);
      at >= 0 && tried++ < mostTried;
      at = at === 0 ? -1 : tail.lastIndexOf(capture, at - 1)
    ) {
      const page = parsePage(tail.subarray(at));
      if (typeof page === 'object' && page.serial === serial && page.granule !== undefined) return page.granule;
    }
    if (offset === 0) return undefined;
  }
  return undefined;
}
