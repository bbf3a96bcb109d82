/** Reads the header of a WAV file, whatever its container: what the samples are, where they lie, what the recorder said. */

import type { ByteSource } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import type { AudioInfo } from '../audio/audio.ts';
import { noteOf } from '../audio/gaps.ts';
import { integerBits } from '../audio/pcm.ts';
import { type Following, followingAt, lookBehind, otherRecording } from '../sniff/following.ts';
import { behindId3 } from '../sniff/id3.ts';
import { recordingSignatures } from '../sniff/recording-start.ts';
import { type Chunk, chunks, HeaderWindow, printable, readContainer, type WavContainer } from './chunks.ts';
import { dataExtent, type Extent, type WavDataFault } from './data.ts';
import { parseWavFormat, type WavFormat } from './format.ts';
import { TagReader } from './tags.ts';

export interface WavInfo extends AudioInfo, WavFormat {
  readonly format: 'wav';
  readonly codec: WavFormat['codec'];
  readonly sampleRate: number;
  readonly channels: number;
  readonly channelMask: number;
  readonly bitsPerSample: number;
  readonly frames: number;
  readonly durationSeconds: number;
  readonly container: WavContainer;
  readonly byteOrder: 'little' | 'big';
  /** Of the first sample. */
  readonly dataOffset: number;
  /** Whole frames that are in the file. */
  readonly dataBytes: number;
  /** Set when the header is not true about the samples; `notes` tells it too. */
  readonly dataFault?: WavDataFault;
  /** Sound behind these samples that is not read; `notes` tells it too. */
  readonly following?: Following;
}

/** The longest `fmt ` chunk that is looked at: WAVEFORMATEXTENSIBLE has 40 bytes. */
const formatBytes = 40;

/**
 * Reads a few KiB, wherever the chunks are: bodies are skipped by their size. Lengths that the file does not hold are cut to what is
 * there and told in `notes`, so that the recording of a recorder that died can be read.
 */
export async function readWavInfo(source: ByteSource): Promise<WavInfo> {
  const window = new HeaderWindow(source);
  window.start = await behindId3((offset, length) => window.at(offset, length));
  const header = new HeaderReading(window, await readContainer(window));
  await header.walk();
  return header.info();
}

/** What the chunks of one file have said so far. */
class HeaderReading {
  readonly #window: HeaderWindow;
  readonly #container: WavContainer;
  readonly #notes: string[] = [];
  readonly #tags: TagReader;
  #format: WavFormat | undefined;
  #data: Extent | undefined;
  #following: Following | undefined;

  constructor(window: HeaderWindow, container: WavContainer) {
    this.#window = window;
    this.#container = container;
    this.#tags = new TagReader(window, container === 'RIFX', this.#notes);
  }

  async walk(): Promise<void> {
    const walk = chunks(this.#window, this.#container, this.#notes);
    let step = await walk.next();
    while (step.done !== true) {
      const { value: chunk } = step;
      let length: number | undefined;
      if (chunk.id === 'fmt ') await this.#takeFormat(chunk);
      else if (chunk.id === 'data') {
        length = await this.#takeData(chunk);
        if (this.#data?.toTheEnd === true) return;
      } else {
        if (mayBeRecording(chunk)) this.#following ??= await lookBehind(this.#window.source, this.#startOf(chunk));
        // Tags behind another beginning are not this recording's.
        if (recordingSignatures.includes(chunk.id)) return;
        await this.#tags.take(chunk);
        if (chunk.present < chunk.declared && this.#following === undefined) this.#notes.push(cutChunk(chunk));
      }
      step = await walk.next(length);
    }
    if (step.value !== undefined) await this.#lookAtRest(step.value);
  }

  async #takeFormat({ offset, declared, present }: Chunk): Promise<void> {
    const { name, byteLength } = this.#window.source;
    if (this.#format !== undefined) {
      this.#notes.push('A second "fmt " chunk is ignored');
      return;
    }
    if (this.#data !== undefined) this.#notes.push('The samples stand before the "fmt " chunk that describes them');
    if (present < Math.min(declared, 16)) throw endsInside(name, 'the "fmt " chunk', byteLength);
    const body = await this.#window.at(offset, Math.min(present, formatBytes));
    this.#format = parseWavFormat(body, this.#container === 'RIFX', name, this.#notes);
  }

  /** The length that the chunk has in truth, where it is the one that is read. */
  async #takeData(chunk: Chunk): Promise<number | undefined> {
    if (this.#data === undefined || (this.#data.bytes === 0 && chunk.present > 0)) {
      if (this.#data !== undefined) this.#notes.push('An empty "data" chunk stands before the one that is read');
      this.#data = await dataExtent(this.#window, chunk, this.#container, this.#format?.blockAlign ?? 1);
      return this.#data.bytes;
    }
    if (chunk.present > 0)
      this.#following ??= followingAt(this.#window.source, this.#startOf(chunk), 'a second "data" chunk');
    else this.#notes.push('A second "data" chunk is empty');
    return undefined;
  }

  /** Bytes from `offset` on that are no chunk. */
  async #lookAtRest(offset: number): Promise<void> {
    const { source } = this.#window;
    this.#following ??= await lookBehind(source, offset);
    if (this.#following !== undefined && this.#following.offset <= offset) return;
    this.#notes.push(`${source.byteLength - offset} bytes at the end of the file are no chunk (from byte ${offset})`);
  }

  #startOf({ offset }: Chunk): number {
    return offset - (this.#container === 'Wave64' ? 24 : 8);
  }

  /** Call it when all has been walked through. */
  info(): WavInfo {
    const { name, byteLength } = this.#window.source;
    const [notes, format, data, following] = [this.#notes, this.#format, this.#data, this.#following];
    if (data?.fault !== undefined) notes.push(noteOf(data.fault.reason));
    if (following !== undefined) notes.push(noteOf(otherRecording(following).reason));
    if (format === undefined) throw missing(name, 'fmt ', byteLength);
    if (data === undefined) throw missing(name, 'data', byteLength);

    const frames = Math.floor(data.bytes / format.blockAlign);
    const dataBytes = frames * format.blockAlign;
    if (dataBytes < data.bytes && data.fault?.fault !== 'truncated') {
      notes.push(`The last ${data.bytes - dataBytes} bytes of the samples are no whole frame and are left out`);
    }
    return {
      format: 'wav',
      ...format,
      container: this.#container,
      byteOrder: this.#container === 'RIFX' ? 'big' : 'little',
      integerBits: Math.min(32, integerBits(format.layout)),
      frames,
      durationSeconds: frames / format.sampleRate,
      dataOffset: data.offset,
      dataBytes,
      ...(data.fault === undefined ? {} : { dataFault: withoutRest(data.fault, data.bytes - dataBytes) }),
      ...(following === undefined ? {} : { following }),
      tags: this.#tags.tags(),
      notes,
    };
  }
}

function cutChunk({ id, offset, declared, present }: Chunk): string {
  return `The last chunk, "${printable(id)}" (byte ${offset}), promises ${declared} bytes, the file holds ${present} of them`;
}

/** The bytes of a frame that is cut are missing with it. */
function withoutRest(fault: WavDataFault, rest: number): WavDataFault {
  return fault.fault === 'truncated' ? { ...fault, missingBytes: fault.missingBytes + rest } : fault;
}

/** By a name that begins files, or a size that the file does not hold, which may be no size. */
function mayBeRecording({ id, present, declared }: Chunk): boolean {
  return recordingSignatures.includes(id) || present < declared;
}

function endsInside(source: string, what: string, byteLength: number): BowerbirdError {
  return new BowerbirdError('TRUNCATED', `Cannot read "${source}" as WAV: it ends inside ${what}`, {
    source,
    offset: byteLength,
  });
}

function missing(source: string, id: string, byteLength: number): BowerbirdError {
  return new BowerbirdError(
    'TRUNCATED',
    `Cannot read "${source}" as WAV: it has no "${id}" chunk in its ${byteLength} bytes`,
    { source, offset: byteLength },
  );
}
