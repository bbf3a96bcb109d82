/** Reads what stands before the audio of a FLAC file (RFC 9639): plain, behind ID3 tags, or in Ogg. */

import type { ByteSource } from '../../bytes.ts';
import { BowerbirdError, remedied } from '../../errors.ts';
import {
  type FlacMetadata,
  flacBlockType,
  flacStep,
  flacBlockHeaderBytes as head,
  native,
  seekPoints,
  streamInfoBytes,
} from '../../native/native.ts';
import { named } from '../../options.ts';
import type { AudioInfo } from '../audio/audio.ts';
import { SourceWindow, type StreamWindow } from '../audio/source-window.ts';
import { flacMask } from '../audio/speakers.ts';
import { type Comments, damagedComments, readComments, tagsOfComments } from '../audio/vorbis-comments.ts';
import { frameHeaderBytes, parseFrameHeader } from '../sniff/flac-frame.ts';
import { behindId3 } from '../sniff/id3.ts';
import { sniff } from '../sniff/sniff.ts';
import { headerError } from './faults.ts';
import { OggWindow, oggSignature } from './ogg-window.ts';

export interface FlacInfo extends AudioInfo {
  readonly format: 'flac';
  readonly codec: 'flac';
  readonly container: 'native' | 'ogg';
  /** Samples of a FLAC frame, least and most, as the header says; recorders write nonsense here. */
  readonly blockSize: readonly [least: number, most: number];
  /** Bytes of a FLAC frame; 0 where the header does not say. */
  readonly frameBytes: readonly [least: number, most: number];
  readonly vendor: string;
  /** In order; placeholders are left out. A claim until a frame was found there. */
  readonly seekPoints: readonly SeekPoint[];
  /** The STREAMINFO block, 34 bytes. */
  readonly streamInfo: Uint8Array;
  /** Of the first frame: in the file, or in the stream that the Ogg pages carry. */
  readonly audioOffset: number;
  /** Set by a lenient read that did without the header of the stream: how. */
  readonly lostHeader?: string;
}

/** Two of the notes, for whoever has names for them. */
export const noTotal = 'The header does not say how many samples there are';
export const noMd5 = 'The header holds no MD5 of the samples';

export interface SeekPoint {
  readonly frame: number;
  /** From the first FLAC frame on. */
  readonly offset: number;
}

/** ID3 tags and blocks together; no writer comes near, and each costs a read. */
export const mostBlocks = 1000;
/** A table of more than this is not used: 18 bytes each, and bisection needs none. */
const mostSeekPoints = 1 << 16;

/** Reads a few KiB, and tags and seek table as long as they are; pictures and padding are passed over by their size. */
export async function readFlacInfo(source: ByteSource): Promise<FlacInfo> {
  const plain = new SourceWindow(source, 0);
  await plain.fill(512);
  const start = await behindId3(async (offset, length) => {
    const end = offset + length;
    return end <= plain.bytes.length ? plain.bytes.subarray(offset, end) : source.read(offset, length);
  });
  const first = start + 4 <= plain.bytes.length ? plain.bytes.subarray(start) : await source.read(start, 4);
  const isOgg = oggSignature.every((byte, i) => first[i] === byte);
  const window = isOgg ? new OggWindow(source, false) : plain;
  const seen = sniff(plain.bytes.subarray(0, 512));
  const head = new HeadReader(source.name, window, isOgg || seen?.format === 'flac' ? undefined : seen?.what);
  return { ...(await head.read()), container: isOgg ? 'ogg' : 'native' };
}

class HeadReader {
  readonly #name: string;
  readonly #window: StreamWindow;
  /** What the file looks like, when not like FLAC. */
  readonly #seen: string | undefined;
  readonly #metadata: FlacMetadata = new (native().FlacMetadata)();
  readonly #notes: string[] = [];
  #streamInfo: Uint8Array | undefined;
  #seekPoints: readonly SeekPoint[] | undefined;
  #comments: Comments | undefined;

  constructor(name: string, window: StreamWindow, seen: string | undefined) {
    this.#name = name;
    this.#window = window;
    this.#seen = seen;
  }

  async read(): Promise<Omit<FlacInfo, 'container'>> {
    const window = this.#window;
    for (let blocks = 0; blocks < mostBlocks; ) {
      const { kind, bytes, fault, type } = this.#metadata.next(window.bytes, window.last);
      if (kind === flacStep.fault) throw await this.#headerError(fault);
      if (kind === flacStep.audio) return this.#result();
      if (kind === flacStep.need) {
        await window.fill(bytes);
        continue;
      }
      // STREAMINFO, the first block, is the only one of its type that the reader lets pass.
      if (type === flacBlockType.streamInfo) this.#streamInfo = window.bytes.slice(head, head + streamInfoBytes);
      else if (kind === flacStep.block) this.#take(type, window.bytes.subarray(head, bytes));
      window.advance(bytes);
      blocks += 1;
      await window.fill(head);
    }
    const message = `Cannot read "${this.#name}" as FLAC: it has more than ${mostBlocks} blocks of metadata`;
    throw new BowerbirdError('UNSUPPORTED', message, { source: this.#name, offset: window.position });
  }

  async #headerError(fault: number): Promise<BowerbirdError> {
    const window = this.#window;
    const place = { source: this.#name, offset: window.position };
    await window.fill(frameHeaderBytes);
    const frame = this.#streamInfo === undefined ? parseFrameHeader(window.bytes) : undefined;
    if (frame !== undefined) {
      const { sampleRate, channels, bits } = frame;
      const message = `Cannot read "${this.#name}" as FLAC: it has no header and begins with a frame (${sampleRate} Hz, ${channels} ${channels === 1 ? 'channel' : 'channels'}, ${bits} bits)`;
      return remedied('CORRUPT', message, `; ${named('lenient')} decodes it from there`, place);
    }
    const error = headerError(this.#name, fault, window.position, this.#seen);
    if (error.code !== 'CORRUPT') return error;
    return remedied(error.code, error.message, `; ${named('lenient')} decodes it by what its frames say`, place);
  }

  #take(type: number, payload: Uint8Array): void {
    if (type === flacBlockType.seekTable) this.#seekPoints ??= this.#readSeekTable(payload);
    else if (type === flacBlockType.vorbisComment && this.#comments === undefined) {
      const { damaged, ...comments } = readComments(payload);
      if (damaged) this.#notes.push(damagedComments);
      this.#comments = comments;
    }
  }

  #readSeekTable(payload: Uint8Array): SeekPoint[] {
    const ignored = (why: string) => {
      this.#notes.push(`The seek table ${why} and is not used`);
      return [];
    };
    if (payload.length > 18 * mostSeekPoints) return ignored(`has more than ${mostSeekPoints} points`);
    const numbers = native().flacSeekPoints(payload);
    const points: SeekPoint[] = [];
    for (let i = 0; i < seekPoints.count(numbers); i++) {
      const [frame, offset] = [seekPoints.sample(numbers, i), seekPoints.offset(numbers, i)];
      if (frame > Number.MAX_SAFE_INTEGER || offset > Number.MAX_SAFE_INTEGER) continue;
      const before = points.at(-1);
      if (before !== undefined && (frame <= before.frame || offset <= before.offset)) return ignored('is out of order');
      points.push({ frame, offset });
    }
    return points;
  }

  #result(): Omit<FlacInfo, 'container'> {
    const { sampleRate, channels, bits, totalSamples, minBlock, maxBlock, minFrame, maxFrame } = this.#metadata.info();
    const streamInfo = this.#streamInfo!;
    const md5 = Buffer.from(streamInfo.subarray(18)).toString('hex');
    const hasMd5 = /[^0]/.test(md5);
    if (totalSamples === 0) this.#notes.push(noTotal);
    if (!hasMd5) this.#notes.push(noMd5);
    return {
      format: 'flac',
      codec: 'flac',
      sampleRate,
      channels,
      channelMask: flacMask(this.#comments?.info, channels, this.#notes),
      bitsPerSample: bits,
      integerBits: bits,
      frames: totalSamples === 0 ? undefined : totalSamples,
      durationSeconds: totalSamples === 0 ? undefined : totalSamples / sampleRate,
      ...(hasMd5 ? { md5 } : {}),
      blockSize: [minBlock, maxBlock],
      frameBytes: [minFrame, maxFrame],
      vendor: this.#comments?.vendor ?? '',
      tags: tagsOfComments(this.#comments?.info),
      seekPoints: this.#seekPoints ?? [],
      streamInfo,
      audioOffset: this.#window.position,
      notes: this.#notes,
    };
  }
}
