/** Vorbis and Opus in Ogg as recordings: page by page to samples, placed by the positions that pages hold. */

import type { ByteSource } from '../../bytes.ts';
import type { AudioBlock, AudioInfo, AudioReader, NoteKind, ReadOptions, SampleType } from '../audio/audio.ts';
import { damagedComments, readComments, tagsOfComments } from '../audio/vorbis-comments.ts';
import { type Following, followingAt, lookBehind, otherRecording } from '../sniff/following.ts';
import { behindId3 } from '../sniff/id3.ts';
import { CodecReading, closing, type Damage, type Decoded } from './codec-blocks.ts';
import { type Planes, Refused } from './codec-decoders.ts';
import { type OggHead, type PageDecoder, readOpusHead, readVorbisHead } from './ogg-head.ts';
import { countFrames, originOf } from './ogg-length.ts';
import { type OggPage, OggStream } from './ogg-pages.ts';

export async function openOggCodec(source: ByteSource, format: OggHead['format']): Promise<AudioReader> {
  const offset = await behindId3((at, length) => source.read(at, length));
  const head = await (format === 'opus' ? readOpusHead(source, offset) : readVorbisHead(source, offset));
  const info = await infoOf(source, head);
  return {
    info,
    blocks: <D extends SampleType = 'float32'>(
      options: ReadOptions<D> = {},
    ): AsyncGenerator<AudioBlock<D>, void, void> => {
      const reading = new CodecReading(source.name, info.sampleRate, options);
      return reading.blocks(info.channels, closing(new PageReading(source, head, reading, options)));
    },
  };
}

async function infoOf(source: ByteSource, head: OggHead): Promise<AudioInfo> {
  const { format, codec, sampleRate, channels, channelMask } = head;
  const { info, damaged } = readComments(head.comments);
  const notes = damaged ? [damagedComments] : [];
  const frames = await countFrames(source, head);
  return {
    format,
    codec,
    sampleRate,
    channels,
    channelMask,
    bitsPerSample: 0,
    integerBits: 0,
    frames,
    durationSeconds: frames === undefined ? undefined : frames / sampleRate,
    tags: tagsOfComments(info),
    notes,
  };
}

class PageReading {
  readonly #source: ByteSource;
  readonly #stream: OggStream;
  readonly #head: OggHead;
  readonly #reading: CodecReading;
  readonly #options: ReadOptions;
  #decoder: PageDecoder | undefined;
  /** Frames that came out of the decoder, and those that should have. */
  #at = 0;
  /** What pages count from; undefined before the first. */
  #origin: number | undefined;
  /** Frames at the start that are no sound. */
  #skip: number;
  #holes = 0;
  readonly #notes = new Map<NoteKind, string>();

  constructor(source: ByteSource, head: OggHead, reading: CodecReading, options: ReadOptions) {
    this.#source = source;
    this.#stream = new OggStream(source, head.offset);
    this.#head = head;
    this.#skip = head.preSkip;
    this.#reading = reading;
    this.#options = options;
  }

  close(): void {
    this.#decoder?.free();
    this.#decoder = undefined;
  }

  async *run(): AsyncGenerator<Decoded, void, void> {
    let headers = this.#head.headers;
    let hole: Damage | undefined;
    let isComplete = false;
    for (let page = await this.#stream.next(); page !== undefined; page = await this.#stream.next()) {
      if (page.kind === 'hole') {
        this.#holes += 1;
        hole = page;
        this.#failUnlessLenient(hole);
        continue;
      }
      isComplete = page.isLast;
      const packets = page.packets.slice(headers);
      headers -= page.packets.length - packets.length;
      if (packets.length === 0 && !page.isLast) continue;
      yield* this.#page(page, packets, hole);
      hole = undefined;
    }
    const other = await this.#behind();
    if (other !== undefined) this.#reading.gap({ record: 0, ...otherRecording(other) }, 0);
    if (!isComplete) {
      const reason = 'the file ends before the last page of its stream';
      const end = { offset: this.#stream.position, length: 0, record: 0, code: 'TRUNCATED', reason } as const;
      yield this.#reading.gap(hole ?? end, 0);
    }
    this.#finish(other !== undefined);
  }

  /** Another recording behind the last page. */
  async #behind(): Promise<Following | undefined> {
    const { chained, trailing, position } = this.#stream;
    if (chained !== undefined) return followingAt(this.#source, chained, 'an Ogg recording');
    return trailing > 0 ? lookBehind(this.#source, position - trailing) : undefined;
  }

  async *#page(page: OggPage, packets: readonly Uint8Array[], before: Damage | undefined) {
    let hole = before;
    // Decoders remember what came before.
    if (hole !== undefined) this.close();
    let planes: Planes = [];
    try {
      this.#decoder ??= await this.#head.open();
      planes = await this.#decoder.decode(packets);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      hole ??= { offset: page.offset, length: 0, record: page.sequence, code: 'CORRUPT', reason: error.message };
      this.#failUnlessLenient(hole);
      this.close();
    }
    const count = planes[0]?.length ?? 0;
    const end = page.granule;
    this.#begin(page, hole === undefined ? count : undefined);
    // By the page, as frames since the start.
    const promised = end === undefined ? undefined : end - this.#origin!;
    if (hole !== undefined) yield* this.#gap(hole, Math.max(0, (promised ?? 0) - count - this.#at));
    let frames = count;
    // What the last packet holds beyond the end is no sound; elsewhere packets and positions agree.
    if (page.isLast && end !== undefined) frames = Math.max(0, Math.min(count, end - this.#origin! - this.#at));
    else if (promised !== undefined && hole === undefined && promised !== this.#at + count) {
      this.#notes.set('numbering', 'The positions that pages hold do not agree with their packets');
      this.#origin = end! - this.#at - count;
    }
    yield* this.#sound(frames, planes);
  }

  /** The first page with sound says where counting begins. It is 0 where damage came before: then it cannot tell. */
  #begin({ granule, isLast }: OggPage, count: number | undefined): void {
    if (this.#origin !== undefined || granule === undefined) {
      this.#origin ??= 0;
      return;
    }
    this.#origin = count === undefined ? 0 : originOf(granule, count, isLast);
    // Frames before position 0 are there for the decoder only.
    if (this.#origin < 0) this.#skip -= this.#origin;
    if (this.#origin > 0)
      this.#notes.set('starts-late', 'The first page is not at 0: the file was cut from a longer recording');
  }

  *#gap(hole: Damage, missing: number): Generator<Decoded, void, void> {
    const { frames } = this.#reading.gap(hole, missing);
    // Pages that nobody believes count from elsewhere.
    this.#origin! += missing - frames;
    yield* this.#sound(frames, undefined);
  }

  *#sound(frames: number, planes: Planes | undefined): Generator<Decoded, void, void> {
    const skip = Math.max(0, Math.min(frames, this.#skip - this.#at));
    this.#at += frames;
    if (frames === skip) return;
    yield planes === undefined
      ? { frames: frames - skip }
      : { frames: frames - skip, planes: planes.map((plane) => plane.subarray(skip, frames)) };
  }

  /** A strict read ends at the first damage. */
  #failUnlessLenient(hole: Damage): void {
    if (this.#options.lenient !== true) this.#reading.gap(hole, 0);
  }

  #finish(isTold: boolean): void {
    const { others, trailing } = this.#stream;
    const notes = this.#notes;
    if (this.#holes > 0)
      notes.set(
        'ogg-pages',
        `Ogg pages are damaged or missing in ${this.#holes} ${this.#holes === 1 ? 'place' : 'places'}`,
      );
    if (others > 0) notes.set('other-streams', `${others} pages of other streams in the file are left out`);
    if (trailing > 0 && !isTold)
      notes.set('trailing-bytes', `${trailing} bytes follow the last page that are no page; they are left out`);
    for (const [kind, text] of notes) this.#options.onNote?.({ kind, text });
  }
}
