/** FLAC whose header is missing or out of order, for who reads leniently: what the blocks that are there and the first frame say. */

import type { ByteSource } from '../../bytes.ts';
import { isVerdict } from '../../errors.ts';
import { flacBlockType, native, streamInfoBytes } from '../../native/native.ts';
import { flacMask } from '../audio/speakers.ts';
import { type Comments, readComments, tagsOfComments } from '../audio/vorbis-comments.ts';
import { frameHeaderBytes, parseFrameHeader, streamInfoOf } from '../sniff/flac-frame.ts';
import { id3Length } from '../sniff/id3.ts';
import { type FlacInfo, mostBlocks, readFlacInfo } from './flac.ts';

/** So far behind where a frame should be one is looked for. */
const searchBytes = 1 << 20;
/** Headers that hold while their frame does not: more is a file made to cost time. */
const mostTries = 64;
/** Tags of a recorder are shorter; what claims more is not read. */
const mostComment = 1 << 20;

/** @throws BowerbirdError as readFlacInfo(), where the file holds no frame that says what it is either */
export async function readFlacInfoLeniently(source: ByteSource): Promise<FlacInfo> {
  try {
    return await readFlacInfo(source);
  } catch (error) {
    if (!isVerdict(error) || error.code === 'TRUNCATED') throw error;
    const found = await recover(source);
    if (found === undefined) throw error;
    return found;
  }
}

interface Blocks {
  readonly streamInfo?: Uint8Array;
  readonly comments?: Comments;
  /** Where the blocks end; undefined when they do not lead anywhere. */
  readonly end: number | undefined;
}

async function recover(source: ByteSource): Promise<FlacInfo | undefined> {
  const start = await behindTags(source);
  const isMarked = Buffer.from(await source.read(start, 4)).toString('latin1') === 'fLaC';
  const { streamInfo, comments, end } = isMarked ? await readBlocks(source, start + 4) : { end: start };
  const from = end ?? start + 4;
  if (streamInfo !== undefined && end !== undefined) {
    return infoOf(streamInfo, comments, from, 'its STREAMINFO block does not stand first, and was used');
  }
  const window = await source.read(from, searchBytes);
  const place = findFrame(window);
  if (place === undefined) return undefined;
  const why = 'its header is missing: rate, channels and bits are those of its first frame';
  return infoOf(streamInfoOf(place.header), comments, from + place.offset, why);
}

async function behindTags(source: ByteSource): Promise<number> {
  let at = 0;
  for (let tags = 0; tags < 16; tags++) {
    const head = await source.read(at, 10);
    if (head.length < 10 || Buffer.from(head).toString('latin1', 0, 3) !== 'ID3') break;
    at += id3Length(head);
  }
  return at;
}

async function readBlocks(source: ByteSource, start: number): Promise<Blocks> {
  let found: Omit<Blocks, 'end'> = {};
  for (let at = start, blocks = 0; blocks < mostBlocks; blocks++) {
    const head = await source.read(at, 4);
    const type = (head[0] ?? 0xff) & 0x7f;
    const length = ((head[1] ?? 0) << 16) | ((head[2] ?? 0) << 8) | (head[3] ?? 0);
    if (head.length < 4 || type === 127 || length > source.byteLength - at - 4) return { ...found, end: undefined };
    const body = () => source.read(at + 4, length);
    if (type === flacBlockType.streamInfo && length === streamInfoBytes && found.streamInfo === undefined) {
      const streamInfo = new Uint8Array(await body());
      if (isPossible(streamInfo)) found = { ...found, streamInfo };
    } else if (type === flacBlockType.vorbisComment && length <= mostComment && found.comments === undefined) {
      found = { ...found, comments: readComments(await body()) };
    }
    at += 4 + length;
    if ((head[0]! & 0x80) !== 0) return { ...found, end: at };
  }
  return { ...found, end: undefined };
}

function isPossible(streamInfo: Uint8Array): boolean {
  const { sampleRate, bits } = shapeOf(streamInfo);
  return sampleRate > 0 && bits >= 4;
}

/** The first frame whose checksums hold, and which says all that a header would. */
function findFrame(window: Uint8Array) {
  let tries = 0;
  for (let at = 0; at + frameHeaderBytes <= window.length && tries < mostTries; at++) {
    const next = window.indexOf(0xff, at);
    if (next < 0) return undefined;
    at = next;
    const header = parseFrameHeader(window, at);
    if (header === undefined || header.sampleRate === 0 || header.bits === 0) continue;
    tries += 1;
    const found = native().flacFindFrame(window.subarray(at), 0, streamInfoOf(header));
    if (found?.offset === 0) return { offset: at, header };
  }
  return undefined;
}

/** RFC 9639, section 8.2. */
function shapeOf(streamInfo: Uint8Array) {
  const view = new DataView(streamInfo.buffer, streamInfo.byteOffset, streamInfo.length);
  const packed = view.getBigUint64(10);
  const long = (at: number) => view.getUint16(at) * 256 + view.getUint8(at + 2);
  return {
    sampleRate: Number(packed >> 44n),
    channels: Number((packed >> 41n) & 7n) + 1,
    bits: Number((packed >> 36n) & 31n) + 1,
    total: Number(packed & 0xfffffffffn),
    blockSize: [view.getUint16(0), view.getUint16(2)] as const,
    frameBytes: [long(4), long(7)] as const,
  };
}

function infoOf(
  streamInfo: Uint8Array,
  comments: Comments | undefined,
  audioOffset: number,
  lostHeader: string,
): FlacInfo {
  const { sampleRate, channels, bits, total, blockSize, frameBytes } = shapeOf(streamInfo);
  const md5 = Buffer.from(streamInfo.subarray(18)).toString('hex');
  const notes: string[] = [];
  return {
    format: 'flac',
    codec: 'flac',
    container: 'native',
    sampleRate,
    channels,
    channelMask: flacMask(comments?.info, channels, notes),
    bitsPerSample: bits,
    integerBits: bits,
    frames: total === 0 ? undefined : total,
    durationSeconds: total === 0 ? undefined : total / sampleRate,
    ...(/[^0]/.test(md5) ? { md5 } : {}),
    blockSize,
    frameBytes,
    vendor: comments?.vendor ?? '',
    tags: tagsOfComments(comments?.info),
    seekPoints: [],
    streamInfo,
    audioOffset,
    lostHeader,
    notes,
  };
}
