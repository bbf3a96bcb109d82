/** MP3 recordings: samples frame by frame, without what the encoder put around the sound. */

import type { ByteSource } from '../../bytes.ts';
import type { AudioBlock, AudioReader, NoteKind, ReadOptions, SampleType } from '../audio/audio.ts';
import { type Following, followingAt, lookBehind, otherRecording } from '../sniff/following.ts';
import type { MpegHeader } from '../sniff/mpeg-header.ts';
import { mp3Recording } from '../sniff/recording-start.ts';
import { CodecReading, closing, type Damage, type Decoded, Pieces } from './codec-blocks.ts';
import { type MpegDecoder, mpegDecoder, type Planes, Refused } from './codec-decoders.ts';
import { readEncoderHead } from './mp3-encoder-head.ts';
import { isHarmless, type Mp3Frame, type Mp3Junk, Mp3Walk } from './mp3-frames.ts';
import { type Mp3Info, readMp3Info } from './mp3-info.ts';

export async function openMp3(source: ByteSource): Promise<AudioReader> {
  const info = await readMp3Info(source);
  const { sampleRate, channels } = info.audio;
  return {
    info: info.audio,
    blocks: <D extends SampleType = 'float32'>(
      options: ReadOptions<D> = {},
    ): AsyncGenerator<AudioBlock<D>, void, void> => {
      const reading = new CodecReading(source.name, sampleRate, options);
      return reading.blocks(channels, closing(new FrameReading(source, info, reading, options)));
    },
  };
}

/** Frames that are left out, and why. */
interface Unread {
  readonly damage: Omit<Damage, 'length'>;
  /** Of the first. */
  readonly header: MpegHeader;
  length: number;
  frames: number;
}

/** Frames that are handed on together. */
const batch = 32;

class FrameReading {
  readonly #source: ByteSource;
  readonly #walk: Mp3Walk;
  readonly #info: Mp3Info;
  readonly #reading: CodecReading;
  readonly #options: ReadOptions;
  #decoder: MpegDecoder | undefined;
  /** Frames with sound that were met, their bytes, and samples that came of them, silence included. */
  #count = 0;
  #bytes = 0;
  #at = 0;
  readonly #pieces: Pieces;
  /** Frames in it. */
  #waiting = 0;
  /** Frames one behind another that are of no use here. */
  #unread: Unread | undefined;
  /** Of the last frame. */
  #channels: number;
  /** The first time that it changed, in words, and how often it did. */
  #change = '';
  #changed = 0;

  constructor(source: ByteSource, info: Mp3Info, reading: CodecReading, options: ReadOptions) {
    this.#source = source;
    this.#walk = new Mp3Walk(source, info.offset);
    this.#info = info;
    this.#pieces = new Pieces(info.header.channels);
    this.#channels = info.header.channels;
    this.#reading = reading;
    this.#options = options;
  }

  close(): void {
    this.#decoder?.free();
    this.#decoder = undefined;
  }

  async *run(): AsyncGenerator<Decoded, void, void> {
    const { head } = this.#info;
    let isHead = head !== undefined;
    let isFirst = true;
    let cut: Mp3Junk | undefined;
    let other: Following | undefined;
    for (let found = await this.#walk.next(); found !== undefined; found = await this.#walk.next()) {
      if (found.kind === 'frame') {
        if (!isFirst && readEncoderHead(found) !== undefined) {
          other = followingAt(this.#source, found.offset, mp3Recording);
          break;
        }
        isFirst = false;
        if (!isHead) yield* this.#isRead(found.header) ? this.#frame(found) : this.#leaveOut(found);
        isHead = false;
        continue;
      }
      yield* this.#endUnread();
      // What stands before the first frame is told of in the header's notes.
      if (found.place === 'start') continue;
      if (found.place === 'end') other = await lookBehind(this.#source, found.offset);
      if (other !== undefined) continue;
      if (found.place === 'middle') yield* this.#gap(found, Math.round(found.length / this.#meanBytes()));
      else if (!isHarmless(found)) cut = found;
      else
        this.#note(
          'trailing-bytes',
          `${found.length} bytes follow the last frame that are no frame; they are left out`,
        );
    }
    yield* this.#endUnread();
    yield* this.#flush();
    if (other !== undefined) this.#reading.gap({ record: this.#count, ...otherRecording(other) }, 0);
    const missing = (head?.count ?? 0) - this.#count;
    if (cut !== undefined) yield* this.#gap(cut, Math.max(1, missing));
    else if (missing > 0) {
      const reason = `the file ends after ${this.#count} frames, its header promises ${head!.count}`;
      const end = { offset: this.#walk.position, length: 0, record: this.#count, code: 'TRUNCATED', reason } as const;
      yield* this.#gap(end, missing);
    } else if (missing < 0 && head?.count !== undefined) {
      this.#note('total-samples', 'The file holds more frames than its header says; all are decoded');
    }
    this.#noteChannels();
  }

  #isRead({ sampleRate, isFree }: MpegHeader): boolean {
    return !isFree && sampleRate === this.#info.header.sampleRate;
  }

  /** Frames of another sample rate: an error, or silence as long as they are by their own headers. */
  async *#leaveOut({ bytes, header, offset }: Mp3Frame): AsyncGenerator<Decoded, void, void> {
    if (this.#unread?.header.sampleRate !== header.sampleRate || this.#unread.header.isFree !== header.isFree) {
      yield* this.#endUnread();
      yield* this.#flush();
      const { sampleRate } = this.#info.header;
      const reason = header.isFree
        ? 'the frames are of free format from here on, which is not decoded'
        : `the sample rate changes from ${sampleRate} to ${header.sampleRate} Hz; split the file there, or convert it to one rate first`;
      const damage = { offset, record: this.#count, code: 'CORRUPT', reason } as const;
      // A strict read ends here.
      if (this.#options.lenient !== true) this.#reading.gap({ ...damage, length: bytes.length }, 0);
      this.#unread = { damage, header, length: 0, frames: 0 };
    }
    this.#unread.length += bytes.length;
    this.#unread.frames += 1;
  }

  *#endUnread(): Generator<Decoded, void, void> {
    const unread = this.#unread;
    this.#unread = undefined;
    if (unread === undefined) return;
    const { damage, header, length, frames } = unread;
    const samples = Math.round((frames * header.samples * this.#info.header.sampleRate) / header.sampleRate);
    yield* this.#gap({ ...damage, length }, frames, { samples, areSeen: true });
  }

  #noteChannels(): void {
    if (this.#changed === 0) return;
    const times = this.#changed === 1 ? '' : ` ${this.#changed} times, first`;
    const { channels } = this.#info.header;
    const all =
      channels === 1 ? 'all is mono: of two channels their mean' : 'all has two channels: what is mono is in both';
    this.#note('channels', `The number of channels changes${times} ${this.#change}; ${all}`);
  }

  #meanBytes(): number {
    return this.#count === 0 ? this.#info.header.bytes : this.#bytes / this.#count;
  }

  async *#frame({ bytes, header, offset }: Mp3Frame): AsyncGenerator<Decoded, void, void> {
    yield* this.#endUnread();
    if (header.channels !== this.#channels) this.#changeChannels(header.channels, offset);
    try {
      this.#decoder ??= await mpegDecoder(this.#info.header.channels);
      const planes = this.#decoder.decode(bytes, header.channels);
      if (planes[0]?.length !== header.samples)
        throw new Refused('a frame does not decode to as many samples as it has');
      this.#pieces.add(planes);
      this.#waiting += 1;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const damage = {
        offset,
        length: bytes.length,
        record: this.#count,
        code: 'CORRUPT',
        reason: error.message,
      } as const;
      yield* this.#gap(damage, 1);
      return;
    }
    this.#count += 1;
    this.#bytes += bytes.length;
    if (this.#waiting === batch) yield* this.#flush();
  }

  /** The decoder follows by itself. */
  #changeChannels(channels: number, offset: number): void {
    // Frames that wait are behind the position of the read.
    const seconds = (this.#reading.position + this.#waiting * this.#info.header.samples) / this.#info.header.sampleRate;
    if (this.#changed === 0) {
      this.#change = `from ${this.#channels} to ${channels} at ${seconds.toFixed(3)} s (byte ${offset})`;
    }
    this.#changed += 1;
    this.#channels = channels;
  }

  *#flush(): Generator<Decoded, void, void> {
    this.#waiting = 0;
    const planes = this.#pieces.take();
    yield* this.#sound(planes[0]!.length, planes);
  }

  /** So many frames are lost. The decoder remembers what came before them, so it is a new one that goes on. */
  *#gap(
    damage: Damage,
    frames: number,
    { samples = frames * this.#info.header.samples, areSeen = false } = {},
  ): Generator<Decoded, void, void> {
    yield* this.#flush();
    this.close();
    const gap = this.#reading.gap(damage, samples, areSeen);
    this.#count += frames;
    yield* this.#sound(gap.frames, undefined);
  }

  /** Without the samples that the encoder's header says are none: a few frames at the start, and at the end that it promises. */
  *#sound(frames: number, planes: Planes | undefined): Generator<Decoded, void, void> {
    const { head, header } = this.#info;
    const first = Math.min(frames, Math.max(0, (head?.delay ?? 0) - this.#at));
    // More frames than promised: then the header is not about this file's end.
    const end =
      head?.count === undefined || this.#count > head.count
        ? Number.POSITIVE_INFINITY
        : head.count * header.samples - head.padding;
    const last = Math.max(first, Math.min(frames, end - this.#at));
    this.#at += frames;
    if (first === last) return;
    yield planes === undefined
      ? { frames: last - first }
      : { frames: last - first, planes: planes.map((plane) => plane.subarray(first, last)) };
  }

  #note(kind: NoteKind, text: string): void {
    this.#options.onNote?.({ kind, text });
  }
}
