/** Walks the chunks of RIFF, RIFX, RF64, BW64 and Wave64 files, reading headers only; every length is a claim to be checked. */

import { type ByteSource, latin1 } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { describeUnknown } from '../sniff/sniff.ts';

export type WavContainer = 'RIFF' | 'RIFX' | 'RF64' | 'BW64' | 'Wave64';

export interface Chunk {
  /** Four characters, as in RIFF also for Wave64. */
  readonly id: string;
  /** Of the first byte behind the chunk's header. */
  readonly offset: number;
  /** What the header says; 0xffffffff that no ds64 explains stays as it is. */
  readonly declared: number;
  /** What the file holds of it. */
  readonly present: number;
}

/** Chunks beyond this are not looked at: no recorder writes so many, and each costs a read. */
const mostChunks = 1000;
const firstRead = 4096;
const nextRead = 1024;
export const unknownSize = 0xffffffff;

/** Looks at a file through small windows, so that neighbouring headers cost one read. */
export class HeaderWindow {
  readonly source: ByteSource;
  /** Where the recording begins: behind what programs put in front of it. */
  start = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #from = 0;

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** Up to `length` bytes at `offset`; fewer at the end of the file. A view. */
  async at(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, this.source.byteLength - offset));
    if (offset < this.#from || offset + wanted > this.#from + this.#bytes.length) {
      this.#bytes = await this.source.read(offset, Math.max(wanted, offset === 0 ? firstRead : nextRead));
      this.#from = offset;
    }
    return this.#bytes.subarray(offset - this.#from, offset - this.#from + wanted);
  }
}

/** The second half of Wave64's identifiers: the first four bytes are those of RIFF. */
const riffTail = '2e91cf11a5d628db04c10000';
const waveTail = 'f3acd3118cd100c04f8edb8a';

export async function readContainer(window: HeaderWindow): Promise<WavContainer> {
  const { name, byteLength } = window.source;
  const head = await window.at(window.start, 512);
  const id = latin1(head, 0, 4);
  if (id === 'riff' && hex(head, 4, 16) === riffTail) {
    if (latin1(head, 24, 28) === 'wave' && hex(head, 28, 40) === waveTail) return 'Wave64';
    throw new BowerbirdError('UNSUPPORTED', `Cannot read "${name}" as WAV: it is a Wave64 file without sound`, {
      source: name,
    });
  }
  if (id === 'RIFF' || id === 'RIFX' || id === 'RF64' || id === 'BW64') {
    if (latin1(head, 8, 12) === 'WAVE') return id;
    if (head.length >= 12) {
      const form = printable(latin1(head, 8, 12));
      throw new BowerbirdError('UNSUPPORTED', `Cannot read "${name}" as WAV: it is a ${id} file of form "${form}"`, {
        source: name,
      });
    }
  }
  if (head.length < 12) {
    const found = byteLength === 0 ? 'it is empty' : `it ends after ${byteLength} bytes`;
    throw new BowerbirdError('TRUNCATED', `Cannot read "${name}" as WAV: ${found}, inside the header`, {
      source: name,
      offset: byteLength,
    });
  }
  const what = describeUnknown(head) ?? `it begins with "${printable(id)}", expected RIFF, RIFX, RF64, BW64 or Wave64`;
  const said = what.startsWith('it ') ? what : `it is ${what}`;
  throw new BowerbirdError('UNSUPPORTED', `Cannot read "${name}" as WAV: ${said}`, { source: name });
}

/** Sizes of RF64 that 32 bits do not hold (EBU Tech 3306). */
interface LongSizes {
  readonly data: number;
  readonly others: ReadonlyMap<string, number>;
}

/**
 * Yields every chunk in file order. Returns at the end of the file, or when the caller has seen enough; and the first byte of what is no
 * chunk. Next may be told how long the last one is in truth. `notes` receives what is odd.
 */
export async function* chunks(
  window: HeaderWindow,
  container: WavContainer,
  notes: string[],
): AsyncGenerator<Chunk, number | undefined, number | undefined> {
  const { byteLength } = window.source;
  const wide = container === 'Wave64';
  let long: LongSizes | undefined;
  let at = window.start + (wide ? 40 : 12);
  for (let count = 0; at < byteLength; count++) {
    if (count === mostChunks) {
      notes.push(`More than ${mostChunks} chunks: those behind byte ${at} are not looked at`);
      return undefined;
    }
    const header = await window.at(at, wide ? 24 : 8);
    const chunk = readHeader(header, at, container, long, byteLength);
    if (chunk === undefined) return at;
    if (chunk.id === 'ds64' && !wide)
      long = readLongSizes(await window.at(chunk.offset, Math.min(chunk.present, 4096)));
    const length = (yield chunk) ?? chunk.declared;
    if (chunk.present < chunk.declared) return undefined;
    const end = chunk.offset + length;
    if (wide) at = end + ((8 - ((end - window.start) % 8)) % 8);
    else at = length % 2 === 0 ? end : await afterPadding(window, end, notes);
  }
  return undefined;
}

function readHeader(
  header: Uint8Array,
  at: number,
  container: WavContainer,
  long: LongSizes | undefined,
  byteLength: number,
): Chunk | undefined {
  const wide = container === 'Wave64';
  const id = latin1(header, 0, 4);
  if (header.length < (wide ? 24 : 8) || !isChunkId(id)) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  let declared: number;
  if (wide) {
    // Counts its own 24 bytes.
    const size = uint64(view, 16) - 24;
    // A recorder that died has not counted even the header.
    if (size < 0 && id !== 'data') return undefined;
    declared = Math.max(0, size);
  } else {
    declared = view.getUint32(4, container !== 'RIFX');
    if (declared === unknownSize && long !== undefined) {
      declared = (id === 'data' ? long.data : long.others.get(id)) ?? declared;
    }
  }
  const offset = at + header.length;
  return {
    id: wide && id === 'list' ? 'LIST' : id,
    offset,
    declared,
    present: Math.min(declared, byteLength - offset),
  };
}

function readLongSizes(body: Uint8Array): LongSizes | undefined {
  if (body.length < 24) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const others = new Map<string, number>();
  const entries = body.length >= 28 ? view.getUint32(24, true) : 0;
  for (let i = 0, at = 28; i < entries && at + 12 <= body.length; i++, at += 12) {
    others.set(latin1(body, at, at + 4), uint64(view, at + 4));
  }
  return { data: uint64(view, 8), others };
}

/** Chunks of odd length are followed by one byte of padding. Some writers forget it: then the next name stands right here. */
async function afterPadding(window: HeaderWindow, end: number, notes: string[]): Promise<number> {
  const next = await window.at(end, 9);
  if (next[0] !== 0 && isChunkId(latin1(next, 0, 4)) && !isChunkId(latin1(next, 1, 5))) {
    notes.push(`A chunk of odd length lacks its byte of padding (at byte ${end})`);
    return end;
  }
  return end + 1;
}

/** Four printable characters, as all registered names are. */
export function isChunkId(id: string): boolean {
  return /^[\x20-\x7e]{4}$/.test(id) && id.trim() !== '';
}

/** Exact up to 2^53; what is beyond is larger than any file in any case. */
export function uint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function hex(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex', from, Math.min(to, bytes.length));
}

export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '.');
}
