/** MP3 recordings: what the header frame of the encoder says, and samples frame by frame, without what the encoder put around the sound. */

import type { ByteSource } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import type { AudioBlock, AudioInfo, AudioReader, NoteKind, ReadOptions, SampleType } from './audio.ts';
import { id3Length } from './audio-sniff.ts';
import { CodecReading, closing, type Damage, type Decoded, Pieces } from './codec-blocks.ts';
import { type FrameDecoder, mpegDecoder, type Planes, Refused } from './codec-decoders.ts';
import { type Following, lookBehind, otherRecording } from './following.ts';
import { isHarmless, type Mp3Frame, type Mp3Junk, Mp3Walk, type MpegHeader } from './mp3-frames.ts';
import { latin1 } from './wav-chunks.ts';

/** The first frame of most files holds no sound but this. */
interface EncoderHead {
  /** Frames with sound; undefined where it does not say. */
  readonly count: number | undefined;
  /** Samples that decoding gives before the sound, and behind it. */
  readonly delay: number;
  readonly padding: number;
}

interface Mp3Info {
  readonly audio: AudioInfo;
  readonly header: MpegHeader;
  /** Absent: the first frame is sound. */
  readonly head: EncoderHead | undefined;
  /** Where frames begin, behind tags. */
  readonly offset: number;
}

/** Samples by which a decoder is late: its filter bank's, and one. Encoders do not count them. */
const decoderDelay = 529;

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

async function readMp3Info(source: ByteSource): Promise<Mp3Info> {
  const offset = await behindTags(source);
  const walk = new Mp3Walk(source, offset);
  const notes: string[] = [];
  let first = await walk.next();
  if (first?.kind === 'junk') {
    notes.push(leadingBytes(first));
    first = await walk.next();
  }
  if (first?.kind !== 'frame') throw noFrame(source, offset);
  const { header } = first;
  const head = readHead(first);
  const { sampleRate, channels, samples } = header;
  const frames = head?.count === undefined ? undefined : soundOf(head.count * samples, head);
  const audio: AudioInfo = {
    format: 'mp3',
    codec: 'mp3',
    sampleRate,
    channels,
    bitsPerSample: 0,
    integerBits: 0,
    frames,
    durationSeconds: frames === undefined ? undefined : frames / sampleRate,
    tags: {},
    notes,
  };
  return { audio, header, head, offset };
}

function leadingBytes({ length }: Mp3Junk): string {
  return `${length} bytes before the first frame are no frame; they are left out`;
}

function noFrame({ name, byteLength }: ByteSource, offset: number): BowerbirdError {
  const found =
    offset >= byteLength ? 'it ends behind its tags' : 'expected a frame behind its tags, found other bytes';
  const code = offset >= byteLength ? 'TRUNCATED' : 'UNSUPPORTED';
  return new BowerbirdError(code, `Cannot read "${name}" as MP3: ${found} (byte ${offset})`, { source: name, offset });
}

async function behindTags(source: ByteSource): Promise<number> {
  let offset = 0;
  for (;;) {
    const head = await source.read(offset, 10);
    if (head.length < 10 || latin1(head, 0, 3) !== 'ID3') return Math.min(offset, source.byteLength);
    offset += id3Length(head);
  }
}

/** "Xing" or "Info" where data would begin, then what LAME and those who follow it append; "VBRI" at a fixed place. */
function readHead({ bytes, header }: Mp3Frame): EncoderHead | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (latin1(bytes, 36, 40) === 'VBRI' && bytes.length >= 54) {
    return { count: view.getUint32(50), delay: 0, padding: 0 };
  }
  const at = header.dataOffset;
  const id = latin1(bytes, at, at + 4);
  if ((id !== 'Xing' && id !== 'Info') || bytes.length < at + 8) return undefined;
  const flags = view.getUint32(at + 4);
  const [hasFrames, hasBytes, hasTable, hasQuality] = [1, 2, 4, 8].map((bit) => (flags & bit) !== 0);
  const framesAt = at + 8;
  const lame = framesAt + (hasFrames ? 4 : 0) + (hasBytes ? 4 : 0) + (hasTable ? 100 : 0) + (hasQuality ? 4 : 0);
  const count = hasFrames && bytes.length >= framesAt + 4 ? view.getUint32(framesAt) : undefined;
  const isSigned = bytes.length >= lame + 24 && /^[A-Za-z]{4}/.test(latin1(bytes, lame, lame + 4));
  if (!isSigned) return { count, delay: 0, padding: 0 };
  const both = (view.getUint16(lame + 21) << 8) | bytes[lame + 23]!;
  return { count, delay: (both >> 12) + decoderDelay, padding: Math.max(0, (both & 4095) - decoderDelay) };
}

function soundOf(samples: number, { delay, padding }: EncoderHead): number {
  return Math.max(0, samples - delay - padding);
}

/** Frames that are handed on together. */
const batch = 32;

class FrameReading {
  readonly #source: ByteSource;
  readonly #walk: Mp3Walk;
  readonly #info: Mp3Info;
  readonly #reading: CodecReading;
  readonly #options: ReadOptions;
  #decoder: FrameDecoder | undefined;
  /** Frames with sound that were met, their bytes, and samples that came of them, silence included. */
  #count = 0;
  #bytes = 0;
  #at = 0;
  readonly #pieces: Pieces;
  /** Frames in it. */
  #waiting = 0;

  constructor(source: ByteSource, info: Mp3Info, reading: CodecReading, options: ReadOptions) {
    this.#source = source;
    this.#walk = new Mp3Walk(source, info.offset);
    this.#info = info;
    this.#pieces = new Pieces(info.header.channels);
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
    let cut: Mp3Junk | undefined;
    let other: Following | undefined;
    for (let found = await this.#walk.next(); found !== undefined; found = await this.#walk.next()) {
      if (found.kind === 'frame') {
        if (!isHead) yield* this.#frame(found);
        isHead = false;
        continue;
      }
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
  }

  #meanBytes(): number {
    return this.#count === 0 ? this.#info.header.bytes : this.#bytes / this.#count;
  }

  async *#frame({ bytes, header, offset }: Mp3Frame): AsyncGenerator<Decoded, void, void> {
    try {
      this.#decoder ??= await mpegDecoder(header.channels);
      const planes = this.#decoder.decode(bytes);
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

  *#flush(): Generator<Decoded, void, void> {
    this.#waiting = 0;
    const planes = this.#pieces.take();
    yield* this.#sound(planes[0]!.length, planes);
  }

  /** So many frames are lost. The decoder remembers what came before them, so it is a new one that goes on. */
  *#gap(damage: Damage, frames: number): Generator<Decoded, void, void> {
    yield* this.#flush();
    this.close();
    const gap = this.#reading.gap(damage, frames * this.#info.header.samples);
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
