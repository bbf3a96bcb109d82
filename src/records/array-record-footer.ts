/** Finds the footer of an ArrayRecord file, if need be where no postscript points to it any more. */

import type { ByteSource, Stop } from '../bytes.ts';
import { type BowerbirdError, isVerdict } from '../errors.ts';
import {
  type ArrayRecordIndex,
  chunkCount,
  chunkOffset,
  findFooter,
  readFooterAt,
  recordsIn,
} from '../formats/records/array-record-index.ts';
import { blockBytes } from '../formats/sniff/riegeli-signature.ts';
import { chunkType, native } from '../native/native.ts';
import { holdsRecords, type ScannedChunk, scanChunks } from './array-record-scan.ts';

export interface FoundFooter {
  readonly index?: ArrayRecordIndex;
  /** Where the data chunks end: infinity when nothing tells. */
  readonly end: number;
  /** Why readers of this file fail. */
  readonly error?: BowerbirdError;
}

/** `scanned`: the file for scanChunks(). What is thrown is that it cannot be read; what is wrong with it is in the answer. */
export async function findFooterOf(
  file: ByteSource,
  scanned: string | ByteSource,
  stop: Stop | undefined,
): Promise<FoundFooter> {
  let end = Number.POSITIVE_INFINITY;
  try {
    end = await findFooter(file);
    return { end, index: await readFooterAt(file, end) };
  } catch (error) {
    if (!isVerdict(error)) throw error;
    return end === Number.POSITIVE_INFINITY ? { ...(await search(file, scanned, stop)), error } : { end, error };
  }
}

/** What a walk over all chunks tells about where a footer can be. */
interface Walk {
  /** Intact chunks that hold records: begin to number of records. */
  readonly records: Map<number, number>;
  readonly damaged: ScannedChunk[];
  /** Behind a footer comes no chunk of records, and its records number one more than all chunks before. */
  readonly footers: ScannedChunk[];
  readonly postscripts: ScannedChunk[];
}

async function search(file: ByteSource, scanned: string | ByteSource, stop: Stop | undefined): Promise<FoundFooter> {
  const walked = await walk(scanned, stop);
  for (const chunk of walked.footers.reverse()) {
    const index = await readFooterAt(file, chunk.begin).catch(noFooter);
    if (index !== undefined && agrees(index, walked)) return { end: chunk.begin, index };
  }
  for (const { begin, end } of walked.postscripts.reverse()) {
    const offset = native().arrayRecordPostscript(await file.read(begin, end - begin), begin, file.byteLength);
    if (typeof offset === 'number') return { end: offset };
  }
  return { end: Number.POSITIVE_INFINITY };
}

/** A chunk that looks like a footer and is none. */
function noFooter(error: unknown): undefined {
  if (!isVerdict(error)) throw error;
}

async function walk(scanned: string | ByteSource, stop: Stop | undefined): Promise<Walk> {
  const walked: Walk = { records: new Map(), damaged: [], footers: [], postscripts: [] };
  let before: ScannedChunk | undefined;
  const look = (next: ScannedChunk | undefined) => {
    const isLast = next === undefined || next.finding !== undefined || !holdsRecords(next);
    if (before === undefined || before.type !== chunkType.simple) return;
    const chunks = walked.records.size - 1;
    const counts = walked.damaged.length === 0 ? before.records === chunks + 1 : before.records > chunks;
    if (isLast && counts) walked.footers.push(before);
    if (before.begin % blockBytes === 0 && before.records === 3) walked.postscripts.push(before);
  };
  for await (const chunks of scanChunks(scanned, { stop })) {
    for (const chunk of chunks) {
      look(chunk);
      const isIntact = chunk.finding === undefined;
      if (!isIntact) walked.damaged.push(chunk);
      else if (holdsRecords(chunk)) walked.records.set(chunk.begin, chunk.records);
      before = isIntact && holdsRecords(chunk) ? chunk : undefined;
    }
  }
  look(undefined);
  return walked;
}

/** Every chunk that the index lists was seen, or stood where there is damage. */
function agrees(index: ArrayRecordIndex, { records, damaged }: Walk): boolean {
  for (let i = 0; i < chunkCount(index); i++) {
    const offset = chunkOffset(index, i);
    const found = records.get(offset);
    const isSeen =
      found === undefined
        ? damaged.some(({ begin, end }) => begin <= offset && offset < end)
        : found === recordsIn(index, i);
    if (!isSeen) return false;
  }
  return true;
}
