/** Long ArrayRecord files are verified in parts, by several threads: where they are cut, and what the parts say of the whole. */

import { BowerbirdError } from '../../errors.ts';
import {
  type ArrayRecordIndex,
  chunkCount,
  chunkOffset,
  readArrayRecordIndex,
} from '../../formats/records/array-record-index.ts';
import { isArrayRecordFile } from '../../formats/records/array-record-sniff.ts';
import { joinProofs } from '../../formats/records/proof.ts';
import type { ChunkRange } from '../../records/array-record-scan.ts';
import { openSource } from '../../storage/source.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { isRemote } from '../../storage/uri.ts';
import type { VerifiedArrayRecord, VerifiedRange } from './array-record-verify.ts';
import type { VerifiedShard } from './dataset-shard.ts';
import type { VerifiedFile } from './registry.ts';

export interface VerifyUnit {
  readonly id: string;
  readonly input: InputStamp;
  /** Absent for a whole file. */
  readonly part?: ChunkRange;
  /** A shard of a dataset, of which more is asked. */
  readonly isShard?: true;
}

export type VerifyReceipt = VerifiedFile | VerifiedRange | VerifiedShard;

/** Verified in some milliseconds: less is not worth a part. */
const leastPart = 64 << 20;
/** One that starts late, or is held up by other work of the machine, is not waited for long. */
const partsPerThread = 4;

export function wholeFile(input: InputStamp): VerifyUnit {
  return { id: input.uri, input };
}

export function shardUnit(input: InputStamp): VerifyUnit {
  return { id: input.uri, input, isShard: true };
}

/** A unit for each input; several for an ArrayRecord file that would keep one thread busy when others have nothing left to do. */
export async function cutInputs(inputs: readonly InputStamp[], threads: number, least = leastPart) {
  const total = inputs.reduce((sum, { size }) => sum + size, 0);
  const partBytes = Math.max(least, total / (threads * partsPerThread));
  const units: VerifyUnit[] = [];
  for (const input of inputs) {
    const index = threads > 1 && input.size >= 2 * partBytes ? await indexOf(input) : undefined;
    if (index === undefined) units.push(wholeFile(input));
    else units.push(...partsOf(input, index, partBytes));
  }
  return units;
}

/** Undefined for what cannot be cut, or is none: the unit of the whole file will say what it is. */
async function indexOf({ uri }: InputStamp): Promise<ArrayRecordIndex | undefined> {
  if (isRemote(uri)) return undefined;
  const file = await openSource(uri);
  try {
    return (await isArrayRecordFile(file)) ? await readArrayRecordIndex(file) : undefined;
  } catch (error) {
    if (error instanceof BowerbirdError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}

function partsOf(input: InputStamp, index: ArrayRecordIndex, partBytes: number): VerifyUnit[] {
  const cuts = [0];
  for (let i = 0; i < chunkCount(index); i++) {
    const offset = chunkOffset(index, i);
    if (offset - cuts.at(-1)! >= partBytes) cuts.push(offset);
  }
  return cuts.map((from, i): VerifyUnit => {
    const to = cuts[i + 1] ?? input.size;
    return { id: `${input.uri} from byte ${from}`, input, part: { from, to } };
  });
}

/**
 * By the URI of the input. Left out is an input whose parts do not meet: where a walk over one of them ended elsewhere than at the next, a
 * walk over the whole file would have seen other chunks.
 */
export function joinParts(units: readonly VerifyUnit[], receipts: readonly VerifyReceipt[]): Map<string, VerifiedFile> {
  const files = new Map<string, VerifiedFile>();
  const parts = new Map<string, VerifiedRange[]>();
  for (const [i, { input, part }] of units.entries()) {
    const receipt = receipts[i]!;
    if (part === undefined) files.set(input.uri, receipt as VerifiedFile);
    else {
      const range = receipt as VerifiedRange;
      if (part.from === 0) parts.set(input.uri, []);
      if (range.hasIndex && range.reached === part.to) parts.get(input.uri)?.push(range);
      else parts.delete(input.uri);
    }
  }
  for (const [uri, ranges] of parts) files.set(uri, joined(ranges));
  return files;
}

function joined(ranges: readonly VerifiedRange[]): VerifiedArrayRecord {
  const sum = (of: (range: VerifiedRange) => number) => ranges.reduce((total, range) => total + of(range), 0);
  const { source, format, size } = ranges[0]!;
  const proven = ranges.flatMap(({ records, proof }) => (proof === undefined ? [] : [{ records, proof }]));
  return {
    source,
    format,
    size,
    records: sum(({ records }) => records),
    chunks: sum(({ chunks }) => chunks),
    payloadBytes: sum(({ payloadBytes }) => payloadBytes),
    ...(proven.length === 0 ? {} : { proof: joinProofs(proven).proof }),
    ok: ranges.every(({ ok }) => ok),
    damaged: ranges.flatMap(({ damaged }) => damaged),
  };
}
