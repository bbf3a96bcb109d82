/** Where the samples of a WAV file end: the size in the header is a claim, which dying recorders, pipes and 32 bits make false. */

import { latin1 } from '../../bytes.ts';
import { recordingThatBegins } from '../sniff/recording-start.ts';
import { type Chunk, type HeaderWindow, isChunkId, uint64, unknownSize, type WavContainer } from './chunks.ts';

/** How the header and the samples disagree. */
export interface WavDataFault {
  readonly fault: 'header-only' | 'size-zero' | 'size-unknown' | 'size-wrapped' | 'truncated';
  /** Bytes of samples that the header promises and the file does not hold, from its last whole frame on. */
  readonly missingBytes: number;
  /** The sentence in `notes`, as a part of one. */
  readonly reason: string;
}

/** The samples. */
export interface Extent {
  readonly offset: number;
  readonly bytes: number;
  /** The rest of the file is samples, or taken for them. */
  readonly toTheEnd: boolean;
  readonly fault?: WavDataFault;
}

/** What 32 bits count up to. */
const wrap = 2 ** 32;
/** Sizes from here on are no length that anything has: -1, and what programs make of it. */
const absurd = 2 ** 62;
/** A chain of chunks this long is taken to go on to the end. */
const mostLinks = 64;

/** A recorder writes the size last: when it dies before, the header says 0 or the largest number, or speaks of more than is there. */
export async function dataExtent(
  window: HeaderWindow,
  { offset, declared, present }: Chunk,
  container: WavContainer,
  frameBytes: number,
): Promise<Extent> {
  const rest = window.source.byteLength - offset;
  const extent = (bytes: number, toTheEnd: boolean, fault: WavDataFault['fault'], reason: string): Extent => {
    const missingBytes = fault === 'truncated' ? declared - present : 0;
    return { offset, bytes, toTheEnd, fault: { fault, missingBytes, reason } };
  };
  const neverWritten = (size: string) =>
    `the size of the samples was never written (${size}): the ${rest} bytes that are there are used`;
  if (declared === 0) {
    if (rest === 0) return extent(0, true, 'header-only', 'the file is a header without samples');
    if (await followedByChunk(window, offset, container)) {
      return extent(0, false, 'header-only', 'the file holds no samples');
    }
    return extent(rest, true, 'size-zero', neverWritten('0'));
  }
  if (present < declared) {
    if (isPlaceholder(declared, container, frameBytes)) {
      return extent(rest, true, 'size-unknown', neverWritten(`0x${BigInt(declared).toString(16)}`));
    }
    const reason = `the header promises ${declared} bytes of samples, the file ends after ${present} of them`;
    return extent(present, true, 'truncated', reason);
  }
  const bytes = await unwrapped(window, offset, declared, container);
  if (bytes === undefined) return { offset, bytes: declared, toTheEnd: false };
  const reason = `the header says ${declared} bytes of samples, which is what 32 bits can tell of the ${bytes} that are there and are used`;
  return extent(bytes, bytes === rest, 'size-wrapped', reason);
}

/**
 * What programs write when they cannot go back to the header, or before they do: FFmpeg 0xffffffff, SoX and eSpeak 0x7ffff000 in whole
 * frames, arecord 0x80000000. Of files that are shorter, which a recording of just this size is not unless it was cut.
 */
function isPlaceholder(declared: number, container: WavContainer, frameBytes: number): boolean {
  if (declared >= absurd) return true;
  if (container === 'Wave64') return false;
  const sox = 0x7ffff000 - (0x7ffff000 % Math.max(1, frameBytes));
  return [unknownSize, 0x80000000, 0x7fffffff, 0x7ffff000, sox].includes(declared);
}

/**
 * How many bytes of samples stand in a file whose header has wrapped around at 4 GiB; undefined where its size is true. True is what leads to
 * chunks that end with the file, or to another recording, or to space that was set aside and never written.
 */
async function unwrapped(
  window: HeaderWindow,
  offset: number,
  declared: number,
  container: WavContainer,
): Promise<number | undefined> {
  const rest = window.source.byteLength - offset;
  if ((container !== 'RIFF' && container !== 'RIFX') || rest - declared < wrap) return undefined;
  const behind = await window.at(offset + declared, 64);
  const isSpace = behind.every((byte) => byte === 0);
  if (recordingThatBegins(behind) !== undefined || (await chunksLeadToEnd(window, offset + declared, container))) {
    return undefined;
  }
  for (const wraps of [0, 1].map((fewer) => Math.floor((rest - declared) / wrap) - fewer)) {
    const bytes = declared + wraps * wrap;
    if (wraps > 0 && (await chunksLeadToEnd(window, offset + bytes, container))) return bytes;
  }
  return isSpace ? undefined : rest;
}

/** Whether chunk follows chunk from here to the last byte of the file, or nothing does. */
async function chunksLeadToEnd(window: HeaderWindow, from: number, container: WavContainer): Promise<boolean> {
  const { byteLength } = window.source;
  let at = from + (from % 2);
  for (let links = 0; links < mostLinks && at < byteLength; links++) {
    const size = await chunkSize(window, at, container);
    if (size === undefined) return false;
    at += 8 + size + (size % 2);
  }
  // The last byte of padding is often forgotten.
  return at >= byteLength && at <= byteLength + 1;
}

async function chunkSize(window: HeaderWindow, at: number, container: WavContainer): Promise<number | undefined> {
  const header = await window.at(at, 8);
  if (header.length < 8 || !isChunkId(latin1(header, 0, 4))) return undefined;
  return new DataView(header.buffer, header.byteOffset, header.length).getUint32(4, container !== 'RIFX');
}

/** An empty "data" chunk is honest when a chunk that fits the file comes next; samples seldom look like one. */
async function followedByChunk(window: HeaderWindow, at: number, container: WavContainer): Promise<boolean> {
  const rest = window.source.byteLength - at;
  if (container !== 'Wave64') {
    const size = await chunkSize(window, at, container);
    return size !== undefined && size <= rest - 8;
  }
  const header = await window.at(at, 24);
  if (header.length < 24 || !isChunkId(latin1(header, 0, 4))) return false;
  const size = uint64(new DataView(header.buffer, header.byteOffset, header.length), 16);
  return size >= 24 && size <= rest;
}
