/** Vorbis and Opus in Ogg as recordings: the header packets, then page by page to samples, placed by the positions that pages hold. */

import type { ByteSource } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import type { AudioBlock, AudioInfo, AudioReader, NoteKind, ReadOptions, SampleType } from '../audio/audio.ts';
import { vorbisMask } from '../audio/speakers.ts';
import { damagedComments, readComments, tagsOfComments } from '../audio/vorbis-comments.ts';
import { type Following, followingAt, lookBehind, otherRecording } from '../sniff/following.ts';
import { behindId3 } from '../sniff/id3.ts';
import { CodecReading, closing, type Damage, type Decoded, Pieces } from './codec-blocks.ts';
import { opusDecoder, type Planes, Refused, vorbisDecoder } from './codec-decoders.ts';
import { countFrames, type OggPlan, originOf } from './ogg-length.ts';
import { type OggPage, OggStream } from './ogg-pages.ts';
import { opusPacketFrames, opusSampleRate, parseOpusHead } from './opus.ts';
import { isVorbisHeader, parseVorbisHead, vorbisCounter, waveOrder } from './vorbis.ts';

interface PageDecoder {
  /** Throws {@link Refused}. */
  decode(packets: readonly Uint8Array[]): Promise<Planes>;
  free(): void;
}

interface OggHead extends OggPlan {
  readonly format: 'ogg-vorbis' | 'opus';
  readonly codec: 'vorbis' | 'opus';
  readonly sampleRate: number;
  readonly channels: number;
  readonly channelMask: number;
  readonly comments: Uint8Array;
  open(): Promise<PageDecoder>;
}

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

async function readOpusHead(source: ByteSource, offset: number): Promise<OggHead> {
  const { packets, serial } = await headerPackets(source, offset, 2);
  const opus = parseOpusHead(packets[0]!, source.name);
  // Only families 0 and 1 have the order of Vorbis; the others keep that of the stream, however many channels there are.
  const mapping = opus.family > 1 ? opus.mapping : waveOrder(opus.channels).map((channel) => opus.mapping[channel]!);
  return {
    format: 'opus',
    codec: 'opus',
    sampleRate: opusSampleRate,
    channels: opus.channels,
    channelMask: opus.family > 1 ? 0 : vorbisMask(opus.channels),
    preSkip: opus.preSkip,
    serial,
    offset,
    headers: 2,
    comments: packets[1]!.subarray('OpusTags'.length),
    counter: () => (packet) => opusPacketFrames(packet, opus.streams),
    open: async () => {
      // The decoder is told where channels go, so that nothing has to be moved.
      const decoder = await opusDecoder({ ...opus, mapping });
      const pieces = new Pieces(opus.channels);
      return {
        decode: async (packets) => {
          const bad = packets.some((packet) => opusPacketFrames(packet, opus.streams) === undefined);
          if (bad) throw new Refused('a packet of Opus is malformed');
          for (const packet of packets) pieces.add(decoder.decode(packet));
          return pieces.take(opus.gain);
        },
        free: decoder.free,
      };
    },
  };
}

async function readVorbisHead(source: ByteSource, offset: number): Promise<OggHead> {
  const { packets, serial } = await headerPackets(source, offset, 3);
  const [id, comments, setup] = packets as [Uint8Array, Uint8Array, Uint8Array];
  const { sampleRate, channels, blocks } = parseVorbisHead(id, source.name);
  if (!isVorbisHeader(comments, 3) || !isVorbisHeader(setup, 5)) {
    throw headError(source, offset, 'CORRUPT', 'expected the tags and the setup of Vorbis behind its first packet');
  }
  const order = waveOrder(channels);
  return {
    format: 'ogg-vorbis',
    codec: 'vorbis',
    sampleRate,
    channels,
    channelMask: vorbisMask(channels),
    preSkip: 0,
    serial,
    offset,
    headers: 3,
    comments: comments.subarray('.vorbis'.length),
    counter: () => vorbisCounter(blocks, setup),
    open: async () => {
      const decoder = await vorbisDecoder(id, setup, channels);
      return {
        decode: async (packets) => {
          const planes = decoder.decode(packets);
          return order.map((channel) => planes[channel]!);
        },
        free: decoder.free,
      };
    },
  };
}

function headError({ name }: ByteSource, offset: number, code: 'CORRUPT' | 'TRUNCATED', reason: string) {
  return new BowerbirdError(code, `Cannot read "${name}" as Ogg: ${reason} (byte ${offset})`, { source: name, offset });
}

async function headerPackets(
  source: ByteSource,
  offset: number,
  count: number,
): Promise<{ packets: Uint8Array[]; serial: number }> {
  const stream = new OggStream(source, offset);
  const packets: Uint8Array[] = [];
  for (;;) {
    const page = await stream.next();
    if (page === undefined) {
      throw headError(
        source,
        stream.position,
        'TRUNCATED',
        `it ends before packet ${packets.length + 1} of its header`,
      );
    }
    if (page.kind === 'hole') throw headError(source, page.offset, codeOf(page.code), page.reason);
    packets.push(...page.packets);
    if (packets.length >= count) return { packets, serial: page.serial };
  }
}

function codeOf(code: string): 'CORRUPT' | 'TRUNCATED' {
  return code === 'TRUNCATED' ? code : 'CORRUPT';
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
