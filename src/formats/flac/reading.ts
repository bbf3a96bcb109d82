/** One reading of a FLAC file, from frame to frame, with what is damaged told or filled with silence. */

import type { ByteSource } from '../../bytes.ts';
import {
  flacProgress as at,
  type FlacDamage,
  type FlacDecoder,
  flacFault,
  flacStatus,
  native,
} from '../../native/native.ts';
import type { AudioGap, FilledRoom, ReadOptions, Room, RoomMaker, SampleType } from '../audio/audio.ts';
import { gapError, silence } from '../audio/gaps.ts';
import { takeFrames } from '../audio/room.ts';
import { openWindow, type StreamWindow } from '../audio/source-window.ts';
import { type Following, lookBehind, otherRecording } from '../sniff/following.ts';
import { FlacBehind } from './behind.ts';
import { explainDamage, flacNotes, md5Error, trailingBytes } from './faults.ts';
import type { FlacInfo } from './flac.ts';
import { OggWindow } from './ogg-window.ts';
import type { FlacPlace } from './seek.ts';

export interface FlacReadOptions<D extends SampleType = SampleType> extends ReadOptions<D> {
  /** Where decoding may begin, when the caller knows it: a proven frame at or before `from`. */
  readonly place?: FlacPlace | undefined;
  /** Told where decoding ended: the first byte that was not decoded, and its frame of the recording, which may lie beyond `to`. */
  readonly onEnd?: ((place: FlacPlace) => void) | undefined;
}

/** Must be closed. */
export class FlacReading<D extends SampleType> {
  readonly #source: ByteSource;
  readonly #info: FlacInfo;
  readonly #options: FlacReadOptions<D>;
  readonly #decoder: FlacDecoder;
  readonly #window: StreamWindow;
  readonly #others: FlacBehind;
  readonly #progress = new Float64Array(at.length);
  /** It began behind the start, so that the decoder cannot compare the end with the total. */
  readonly #seeked: boolean;
  readonly #checksMd5: boolean;
  /** Frame of the recording that comes next. */
  #position: number;
  /** Frames by which the decoder is ahead: claims of the file that nobody believes. */
  #disbelieved = 0;
  /** How many frames of silence may still be put in. */
  #silence: number;
  #gaps = 0;
  /** Some gap was of unknown length: places behind it are guesses. */
  #lost = false;
  #notes = 0;

  constructor(source: ByteSource, info: FlacInfo, options: FlacReadOptions<D>, place: FlacPlace, isWhole: boolean) {
    this.#source = source;
    this.#info = info;
    this.#options = options;
    this.#position = place.frame;
    this.#seeked = place.offset > 0;
    this.#checksMd5 = options.verify === true && isWhole && info.md5 !== undefined;
    this.#silence = mostFrames(source, info);
    const lenient = options.lenient ?? false;
    this.#window =
      info.container === 'ogg'
        ? new OggWindow(source, lenient)
        : openWindow(source, info.audioOffset + place.offset, { expected: this.#expectedBytes(place) });
    if (info.container === 'ogg') this.#window.advance(info.audioOffset);
    this.#others = new FlacBehind(source, info, this.#window);
    this.#decoder = new (native().FlacDecoder)(info.streamInfo, lenient, this.#checksMd5);
    if (this.#seeked) this.#decoder.seek(place.offset, place.frame);
  }

  close(): void {
    this.#decoder.close();
  }

  /** By the mean bit rate, a quarter more, and a frame or two. */
  #expectedBytes({ frame }: FlacPlace): number {
    const { to } = takeFrames(this.#options);
    const { frames } = this.#info;
    if (frames === undefined || to >= frames) return Number.POSITIVE_INFINITY;
    return (1.25 * (to - frame) * this.#source.byteLength) / frames + 32768;
  }

  async *run(from: number, to: number, room: RoomMaker<D>): AsyncGenerator<FilledRoom<D>, void, void> {
    if (Number.isFinite(to)) this.#decoder.stopAt(to);
    let least = 1;
    for (;;) {
      this.#options.stop?.throwIfAborted();
      const here = room(least);
      const status = this.#decode(here);
      const samples = this.#progress[at.samples]!;
      const filled = this.#filled(here, samples, from, to);
      if (filled !== undefined) yield filled;
      if (this.#position >= to) break;
      const need = this.#progress[at.need]!;
      least = 1;
      if (status === flacStatus.needMore) await this.#window.fill(need);
      else if (status === flacStatus.outputFull) least = samples === 0 ? need : 1;
      else if (status === flacStatus.end) {
        yield* this.#endOfStream(from, to, room);
        this.#leaveOut(await this.#behind(this.#progress[at.offset]!));
        break;
      } else if (await this.#isStray()) {
        this.#leaveOut(await this.#behind(this.#decoder.damage().offset));
        break;
      } else {
        const damage = this.#decoder.damage();
        const other = await this.#others.recordingIn(damage);
        if (other === undefined) {
          yield* this.#gap(this.#completed(damage), from, to, room);
          continue;
        }
        this.#leaveOut(other);
        yield* this.#cutShort(damage, from, to, room);
        break;
      }
    }
    this.#finish();
  }

  #decode({ array, at: place, frames, plane }: Room<D>): number {
    const { bytes, last } = this.#window;
    const status = this.#decoder.decode(bytes, last, array, place, frames, plane, this.#progress);
    this.#window.advance(this.#progress[at.consumed]!);
    this.#notes |= this.#progress[at.notes]!;
    return status;
  }

  /** What of the frames just written is wanted. */
  #filled(room: Room<D>, written: number, from: number, to: number): FilledRoom<D> | undefined {
    const start = this.#position;
    this.#position += written;
    const skip = Math.min(Math.max(0, from - start), written);
    const frames = Math.min(this.#position, to) - start - skip;
    return frames > 0 ? { room, skip, start: start + skip, frames } : undefined;
  }

  /** A stream that was entered behind its start must be compared with its total here. */
  async *#endOfStream(from: number, to: number, room: RoomMaker<D>): AsyncGenerator<FilledRoom<D>, void, void> {
    if (!this.#seeked) return;
    yield* this.#cutShort({ offset: this.#progress[at.offset]!, frame: this.#progress[at.frame]! }, from, to, room);
  }

  /** It ends here, perhaps before its total. */
  async *#cutShort(
    { offset, frame }: Pick<FlacDamage, 'offset' | 'frame'>,
    from: number,
    to: number,
    room: RoomMaker<D>,
  ) {
    const total = this.#info.frames;
    if (this.#lost || total === undefined || this.#position >= total) return;
    const [sample, missing] = [this.#position, total - this.#position];
    const place = { frame, offset, length: 0, sample, rate: 0 };
    yield* this.#gap({ ...place, fault: flacFault.missingSamples, missing, missingKnown: true }, from, to, room);
  }

  /** What follows the last frame, which ends at this offset. */
  async #behind(offset: number): Promise<Following | undefined> {
    const end = await this.#others.end(offset);
    if (end < this.#source.byteLength) this.#notes |= trailingBytes;
    return lookBehind(this.#source, end);
  }

  #leaveOut(other: Following | undefined): void {
    if (other === undefined) return;
    this.#notes &= ~trailingBytes;
    const start = this.#position;
    const place = { start, seconds: start / this.#info.sampleRate, frames: 0, record: this.#progress[at.frame]! };
    const gap = { ...place, ...otherRecording(other) };
    if (this.#options.lenient !== true) throw gapError(this.#source.name, gap, `frame ${gap.record}`);
    this.#options.onGap?.(gap);
  }

  /** Damage up to the end, met after a seek: the decoder has not compared it with the total either. */
  #completed(damage: FlacDamage): FlacDamage {
    const left = this.#source.byteLength - this.#info.audioOffset - damage.offset;
    const total = this.#info.frames;
    if (damage.missingKnown || this.#options.lenient !== true) return damage;
    if (!this.#seeked || this.#lost || total === undefined || damage.length !== left) {
      this.#lost = true;
      return damage;
    }
    return { ...damage, missing: total - this.#position, missingKnown: true };
  }

  /** Bytes behind the end of the audio, rather than damage in it? The decoder itself knows when it came from the start. */
  async #isStray(): Promise<boolean> {
    if (!this.#seeked) return false;
    const { fault, sample, offset, length } = this.#decoder.damage();
    if (fault === flacFault.rateChanged || fault === flacFault.formatChanged) return false;
    const total = this.#info.frames;
    const left = this.#source.byteLength - this.#info.audioOffset - offset;
    let isStray = total !== undefined && sample >= total;
    if (total === undefined && left <= mostStray && fault !== flacFault.truncatedFrame) {
      // A lenient decoder has searched the rest already; a strict one stopped at the damage.
      isStray = this.#options.lenient === true ? length === left : await this.#holdsNoFrame(left);
    }
    if (isStray) this.#notes |= trailingBytes;
    return isStray;
  }

  async #holdsNoFrame(left: number): Promise<boolean> {
    await this.#window.fill(left);
    return native().flacFindFrame(this.#window.bytes, 0, this.#info.streamInfo) === null;
  }

  async *#gap(damage: FlacDamage, from: number, to: number, room: RoomMaker<D>) {
    const start = this.#position;
    const believed = damage.missing <= this.#silence;
    const frames = believed ? damage.missing : 0;
    const { code, reason } = explainDamage(damage, this.#info.sampleRate);
    const isRate = damage.fault === flacFault.rateChanged;
    const gap: AudioGap = {
      start,
      seconds: start / this.#info.sampleRate,
      frames,
      offset: this.#info.audioOffset + damage.offset,
      length: damage.length,
      record: damage.frame,
      code,
      reason: believed ? reason : `${reason}; the gap of ${damage.missing} samples that it claims is not believed`,
      ...(isRate && { fault: 'rate-change' }),
    };
    if (this.#options.lenient !== true) throw gapError(this.#source.name, gap, `frame ${gap.record}`);
    if (!isRate) this.#gaps += 1;
    this.#silence -= frames;
    if (!believed) {
      this.#disbelieved += damage.missing;
      if (Number.isFinite(to)) this.#decoder.stopAt(to + this.#disbelieved);
    }
    // The frame that says another rate may begin before the range.
    if (start + frames > from || start >= from || isRate) this.#options.onGap?.(gap);
    // Silence before the range costs nothing.
    const passed = Math.min(frames, Math.max(0, from - start));
    this.#position += passed;
    for (let left = Math.min(frames - passed, Math.max(0, to - this.#position)); left > 0; ) {
      this.#options.stop?.throwIfAborted();
      const here = room(1);
      const some = Math.min(left, here.frames);
      silence(here, some, this.#info.channels);
      const filled = this.#filled(here, some, from, to);
      if (filled !== undefined) yield filled;
      left -= some;
    }
  }

  #finish(): void {
    const { onNote, onEnd, lenient } = this.#options;
    onEnd?.({ offset: this.#progress[at.offset]!, frame: this.#position });
    for (const note of flacNotes(this.#notes)) onNote?.(note);
    const dropped = this.#window instanceof OggWindow ? this.#window.dropped : 0;
    if (dropped > 0) {
      onNote?.({ kind: 'ogg-pages', text: `${dropped} Ogg pages are damaged or missing` });
    }
    const others = this.#window instanceof OggWindow ? this.#window.others : 0;
    if (others > 0) {
      onNote?.({ kind: 'other-streams', text: `${others} pages of other streams in the file are left out` });
    }
    if (!this.#checksMd5 || (lenient === true && this.#gaps > 0)) return;
    const computed = Buffer.from(this.#decoder.md5()).toString('hex');
    if (computed !== this.#info.md5) throw md5Error(this.#source.name, this.#info.md5!, computed);
  }
}

/** As in the core: a stream that does not say how long it is may end in so many bytes that are no frame. */
const mostStray = 4096;

/**
 * No more frames than this can be in the file, whatever its header or its frames claim: the shortest frame has 8 bytes and one of each
 * channel, and stands for at most the block size.
 */
function mostFrames(source: ByteSource, info: FlacInfo): number {
  const bytes = Math.max(0, source.byteLength - info.audioOffset);
  return Math.ceil(bytes / (8 + info.channels)) * Math.max(info.blockSize[1], 4096);
}
