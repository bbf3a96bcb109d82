/** Another recording in a FLAC file: behind its last frame, or where this one seems damaged because it is over. */

import type { ByteSource } from '../../bytes.ts';
import { type FlacDamage, flacFault } from '../../native/native.ts';
import type { StreamWindow } from '../audio/source-window.ts';
import { type Following, lookBehind } from '../sniff/following.ts';
import type { FlacInfo } from './flac.ts';
import { OggWindow } from './ogg-window.ts';

/** So many places of damage are looked at: more are no files that were joined. */
const mostLooks = 64;

export class FlacBehind {
  readonly #source: ByteSource;
  readonly #info: FlacInfo;
  readonly #window: StreamWindow;
  #looks = 0;

  constructor(source: ByteSource, info: FlacInfo, window: StreamWindow) {
    this.#source = source;
    this.#info = info;
    this.#window = window;
  }

  /** Where the file goes on behind the last frame, which ends at this offset of the stream; in Ogg, behind the last page. */
  async end(offset: number): Promise<number> {
    const window = this.#window;
    if (!(window instanceof OggWindow)) return this.#info.audioOffset + offset;
    // The audio may end before the pages do.
    for (; !window.last; await window.fill(1)) window.advance(window.bytes.length);
    return window.end;
  }

  /** What begins behind the damage: nothing, where frames behind it say that they are this recording's. */
  async recordingIn({ fault, offset, length, missingKnown }: FlacDamage): Promise<Following | undefined> {
    const { audioOffset, container } = this.#info;
    if (fault !== flacFault.lostSync || container === 'ogg' || this.#looks >= mostLooks) return undefined;
    const place = audioOffset + offset;
    if (missingKnown && length > 0 && place + length < this.#source.byteLength) return undefined;
    this.#looks += 1;
    return lookBehind(this.#source, place);
  }
}
