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
  const { name, byteLength } = source;
  const window = new HeaderWindow(source);
  window.start = await behindId3((offset, length) => window.at(offset, length));
  const container = await readContainer(window);
  const bigEndian = container === 'RIFX';
  const notes: string[] = [];
  const tags = new TagReader(window, bigEndian, notes);
  let format: WavFormat | undefined;
  let data: Extent | undefined;
  let following: Following | undefined;
  const walk = chunks(window, container, notes);
  let step = await walk.next();
  for (let length: number | undefined; step.done !== true; step = await walk.next(length)) {
    const chunk = step.value;
    length = undefined;
    const start = chunk.offset - (container === 'Wave64' ? 24 : 8);
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
      if (data === undefined || (data.bytes === 0 && chunk.present > 0)) {
        if (data !== undefined) notes.push('An empty "data" chunk stands before the one that is read');
        data = await dataExtent(window, chunk, container, format?.blockAlign ?? 1);
        length = data.bytes;
      } else if (chunk.present > 0) following ??= followingAt(source, start, 'a second "data" chunk');
      else notes.push('A second "data" chunk is empty');
      if (data.toTheEnd) break;
    } else {
      if (mayBeRecording(chunk)) following ??= await lookBehind(source, start);
      // Tags behind another beginning are not this recording's.
      if (recordingSignatures.includes(chunk.id)) break;
      await tags.take(chunk);
      if (chunk.present < chunk.declared && following === undefined) notes.push(cutChunk(chunk));
    }
  }
  if (step.done === true && step.value !== undefined) {
    following ??= await lookBehind(source, step.value);
    if (following === undefined || following.offset > step.value) {
      notes.push(`${byteLength - step.value} bytes at the end of the file are no chunk (from byte ${step.value})`);
    }
  }
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
    container,
    byteOrder: bigEndian ? 'big' : 'little',
    integerBits: Math.min(32, integerBits(format.layout)),
    frames,
    durationSeconds: frames / format.sampleRate,
    dataOffset: data.offset,
    dataBytes,
    ...(data.fault === undefined ? {} : { dataFault: withoutRest(data.fault, data.bytes - dataBytes) }),
    ...(following === undefined ? {} : { following }),
    tags: tags.tags(),
    notes,
  };
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
