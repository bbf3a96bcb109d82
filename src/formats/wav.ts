/** Reads the header of a WAV file, whatever its container: what the samples are, where they lie, what the recorder said. */

import type { ByteSource } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import type { AudioInfo } from './audio.ts';
import { integerBits } from './audio-pcm.ts';
import { behindId3 } from './audio-sniff.ts';
import {
  type Chunk,
  chunks,
  HeaderWindow,
  isChunkId,
  latin1,
  readContainer,
  unknownSize,
  type WavContainer,
} from './wav-chunks.ts';
import { parseWavFormat, type WavFormat } from './wav-format.ts';
import { TagReader } from './wav-tags.ts';

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
}

/** How the header and the samples disagree. */
export interface WavDataFault {
  readonly fault: 'header-only' | 'size-zero' | 'size-unknown' | 'truncated';
  /** Bytes of samples that the header promises and the file does not hold. */
  readonly missingBytes: number;
  /** The sentence in `notes`. */
  readonly reason: string;
}

/** The longest `fmt ` chunk that is looked at: WAVEFORMATEXTENSIBLE has 40 bytes. */
const formatBytes = 40;

/**
 * Reads a few KiB, wherever the chunks are: bodies are skipped by their size. Lengths that the file does not hold are cut to what is
 * there and told in `notes`, so that the recording of a recorder that died can be read.
 */
export async function readWavInfo(source: ByteSource): Promise<WavInfo> {
  const { name, byteLength } = source;
  const window = new HeaderWindow(source);
  window.start = await behindId3((offset, length) => window.at(offset, length));
  const container = await readContainer(window);
  const bigEndian = container === 'RIFX';
  const notes: string[] = [];
  const tags = new TagReader(window, bigEndian, notes);
  let format: WavFormat | undefined;
  let data: Extent | undefined;
  for await (const chunk of chunks(window, container, notes)) {
    if (chunk.id === 'fmt ') {
      if (format !== undefined) {
        notes.push('A second "fmt " chunk is ignored');
      } else {
        if (data !== undefined) notes.push('The samples stand before the "fmt " chunk that describes them');
        if (chunk.present < Math.min(chunk.declared, 16)) throw endsInside(name, 'the "fmt " chunk', byteLength);
        const body = await window.at(chunk.offset, Math.min(chunk.present, formatBytes));
        format = parseWavFormat(body, bigEndian, name, notes);
      }
    } else if (chunk.id === 'data') {
      if (data !== undefined) notes.push('A second "data" chunk is ignored');
      else {
        data = await dataExtent(window, chunk, container);
        if (data.fault !== undefined) notes.push(data.fault.reason);
      }
      if (data.toTheEnd) break;
    } else {
      await tags.take(chunk);
    }
  }
  if (format === undefined) throw missing(name, 'fmt ', byteLength);
  if (data === undefined) throw missing(name, 'data', byteLength);

  const frames = Math.floor(data.bytes / format.blockAlign);
  const dataBytes = frames * format.blockAlign;
  if (dataBytes < data.bytes) {
    notes.push(`The last ${data.bytes - dataBytes} bytes of the samples are no whole frame and are left out`);
  }
  return {
    format: 'wav',
    ...format,
    container,
    byteOrder: bigEndian ? 'big' : 'little',
    integerBits: Math.min(32, integerBits(format.layout)),
    frames,
    durationSeconds: frames / format.sampleRate,
    dataOffset: data.offset,
    dataBytes,
    ...(data.fault === undefined ? {} : { dataFault: data.fault }),
    tags: tags.tags(),
    notes,
  };
}

interface Extent {
  readonly offset: number;
  readonly bytes: number;
  /** The rest of the file is samples, or taken for them. */
  readonly toTheEnd: boolean;
  readonly fault?: WavDataFault;
}

/** A recorder writes the size last: when it dies before, the header says 0 or the largest number, or speaks of more than is there. */
async function dataExtent(
  window: HeaderWindow,
  { offset, declared, present }: Chunk,
  container: WavContainer,
): Promise<Extent> {
  const rest = window.source.byteLength - offset;
  const extent = (bytes: number, toTheEnd: boolean, fault: WavDataFault['fault'], reason: string): Extent => {
    const missingBytes = fault === 'truncated' ? declared - present : 0;
    return { offset, bytes, toTheEnd, fault: { fault, missingBytes, reason } };
  };
  const neverWritten = (size: string) =>
    `The size of the samples was never written (${size}): the ${rest} bytes that are there are used`;
  if (declared === unknownSize && container !== 'Wave64')
    return extent(rest, true, 'size-unknown', neverWritten('0xffffffff'));
  if (declared === 0) {
    if (rest === 0) return extent(0, true, 'header-only', 'The file is a header without samples');
    if (await followedByChunk(window, offset, container)) {
      return extent(0, false, 'header-only', 'The file holds no samples');
    }
    return extent(rest, true, 'size-zero', neverWritten('0'));
  }
  if (present < declared) {
    const reason = `The header promises ${declared} bytes of samples, the file holds ${present}: those are used`;
    return extent(present, true, 'truncated', reason);
  }
  return { offset, bytes: declared, toTheEnd: false };
}

/** An empty "data" chunk is honest when a chunk that fits the file comes next; samples seldom look like one. */
async function followedByChunk(window: HeaderWindow, at: number, container: WavContainer): Promise<boolean> {
  const header = await window.at(at, 24);
  if (container === 'Wave64' || header.length < 8 || !isChunkId(latin1(header, 0, 4))) return container === 'Wave64';
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  return view.getUint32(4, container !== 'RIFX') <= window.source.byteLength - at - 8;
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
