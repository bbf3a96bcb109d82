/** Reads the header of a WAV file, whatever its container: what the samples are, where they lie, what the recorder said. */

import type { ByteSource } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import type { AudioInfo } from './audio.ts';
import { integerBits } from './audio-pcm.ts';
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
  readonly bitsPerSample: number;
  readonly frames: number;
  readonly durationSeconds: number;
  readonly container: WavContainer;
  readonly byteOrder: 'little' | 'big';
  /** Of the first sample. */
  readonly dataOffset: number;
  /** Whole frames that are in the file. */
  readonly dataBytes: number;
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
      else data = await dataExtent(window, chunk, container, notes);
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
    tags: tags.tags(),
    notes,
  };
}

interface Extent {
  readonly offset: number;
  readonly bytes: number;
  /** The rest of the file is samples, or taken for them. */
  readonly toTheEnd: boolean;
}

/** A recorder writes the size last: when it dies before, the header says 0 or the largest number, or speaks of more than is there. */
async function dataExtent(
  window: HeaderWindow,
  { offset, declared, present }: Chunk,
  container: WavContainer,
  notes: string[],
): Promise<Extent> {
  const rest = window.source.byteLength - offset;
  if (declared === unknownSize && container !== 'Wave64') {
    notes.push(`The size of the samples was never written (0xffffffff): the ${rest} bytes that are there are used`);
    return { offset, bytes: rest, toTheEnd: true };
  }
  if (declared === 0) {
    if (rest === 0) notes.push('The file is a header without samples');
    else if (await followedByChunk(window, offset, container)) notes.push('The file holds no samples');
    else {
      notes.push(`The size of the samples was never written (0): the ${rest} bytes that are there are used`);
      return { offset, bytes: rest, toTheEnd: true };
    }
    return { offset, bytes: 0, toTheEnd: rest === 0 };
  }
  if (present < declared) {
    notes.push(`The header promises ${declared} bytes of samples, the file holds ${present}: those are used`);
    return { offset, bytes: present, toTheEnd: true };
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
