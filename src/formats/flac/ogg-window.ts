/** FLAC in Ogg (RFC 9639, section 10.1): a window over what its pages carry. */

import type { ByteSource } from '../../bytes.ts';
import { latin1 } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { native, oggProgress, oggStatus } from '../../native/native.ts';
import { ByteQueue, SourceWindow, type StreamWindow } from '../audio/source-window.ts';
import { behindId3 } from '../sniff/id3.ts';
import { explainFlac, headerError } from './faults.ts';

/** "OggS". */
export const oggSignature: readonly number[] = [0x4f, 0x67, 0x67, 0x53];

/** What comes off the pages; only ever forward, so whoever wants a later position passes all before it. */
export class OggWindow implements StreamWindow {
  readonly #raw: SourceWindow;
  readonly #source: ByteSource;
  readonly #name: string;
  readonly #pages;
  readonly #lenient: boolean;
  readonly #progress = new Float64Array(oggProgress.length);
  readonly #queue = new ByteQueue();
  /** Bytes to pass over before the next that is wanted. */
  #skip = 0;
  #ended = false;
  position = 0;

  constructor(source: ByteSource, lenient: boolean) {
    this.#raw = new SourceWindow(source, 0);
    this.#source = source;
    this.#name = source.name;
    this.#lenient = lenient;
    this.#pages = new (native().FlacOggPages)(lenient);
  }

  get bytes(): Uint8Array {
    return this.#queue.view();
  }

  get last(): boolean {
    return this.#ended;
  }

  /** Pages that were damaged or not there, so far. */
  get dropped(): number {
    return this.#progress[oggProgress.dropped]!;
  }

  /** Pages of other streams between ours. */
  get others(): number {
    return this.#progress[oggProgress.others]!;
  }

  /** Byte of the file behind the pages that were taken. */
  get end(): number {
    return this.#raw.position;
  }

  async fill(least: number): Promise<void> {
    await this.#raw.fill(10);
    // ID3 tags stand in front of everything.
    if (this.#raw.position === 0 && latin1(this.#raw.bytes, 0, 3) === 'ID3') {
      this.#raw.advance(await behindId3((offset, length) => this.#source.read(offset, length)));
      await this.#raw.fill(1);
    }
    while (this.#queue.length < least && !this.#ended) {
      const raw = this.#raw.bytes;
      const out = new Uint8Array(raw.length);
      const status = this.#pages.unwrap(raw, this.#raw.last, out, this.#progress);
      this.#take(out.subarray(0, this.#progress[oggProgress.written]!));
      this.#raw.advance(this.#progress[oggProgress.consumed]!);
      if (status === oggStatus.end) this.#ended = true;
      else if (status === oggStatus.fault) this.#fail(this.#progress[oggProgress.fault]!);
      else if (this.#queue.length < least) await this.#raw.fill(this.#progress[oggProgress.need]!);
    }
  }

  #take(fresh: Uint8Array): void {
    const passed = Math.min(this.#skip, fresh.length);
    this.#skip -= passed;
    if (fresh.length > passed) this.#queue.push(fresh.subarray(passed));
  }

  /** A strict read ends here; a lenient one meets no fault but a file that is no Ogg FLAC at all. */
  #fail(fault: number): never {
    const offset = this.#raw.position;
    if (this.position === 0 || this.#lenient) throw headerError(this.#name, fault, offset);
    const { code, reason } = explainFlac(fault);
    throw new BowerbirdError(code, `Cannot decode "${this.#name}" at byte ${offset}: ${reason}`, {
      source: this.#name,
      offset,
    });
  }

  advance(count: number): void {
    this.position += count;
    const here = Math.min(count, this.#queue.length);
    this.#queue.drop(here);
    this.#skip += count - here;
  }
}
