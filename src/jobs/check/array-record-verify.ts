/** Every hash of one ArrayRecord file, and that its index is true. */

import { addCount, SharedStop } from '../../counters.ts';
import type { ChunkRange } from '../../records/array-record-scan.ts';
import { type DamagedChunk, survey } from '../../records/array-record-survey.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { UnitContext } from '../engine/types.ts';
import type { Verified, VerifySettings } from './work.ts';

export interface VerifiedArrayRecord extends Verified {
  readonly format: 'arrayrecord';
  /** In intact chunks. */
  readonly records: number;
  readonly payloadBytes: number;
  /** Of the records in intact chunks, when asked for. */
  readonly proof?: string;
  /** Intact ones that hold records. */
  readonly chunks: number;
  readonly damaged: readonly DamagedChunk[];
}

export async function verify(
  input: InputStamp,
  context: UnitContext,
  settings: VerifySettings,
): Promise<VerifiedArrayRecord> {
  const { reached: _, hasIndex: __, ...verified } = await verifyRange(input, context, settings);
  return verified;
}

export interface VerifiedRange extends VerifiedArrayRecord {
  readonly reached: number;
  readonly hasIndex: boolean;
}

/** Of all chunks, or of those of a range that begins where the index lists one: then damage is what it is in a walk over the whole file. */
export async function verifyRange(
  input: InputStamp,
  context: UnitContext,
  { proof }: VerifySettings,
  range?: ChunkRange,
): Promise<VerifiedRange> {
  const counts = { records: 0, chunks: 0, payloadBytes: 0 };
  const {
    damaged,
    reached,
    index,
    proof: proven,
  } = await survey(input, {
    range,
    prove: proof,
    stop: new SharedStop(context.shared),
    onBytes: (more) => addCount(context.shared, 'bytes', more),
    onChunk: ({ records, decodedSize }) => {
      counts.records += records;
      counts.chunks += 1;
      counts.payloadBytes += decodedSize;
      addCount(context.shared, 'records', records);
    },
  });
  const ok = damaged.length === 0;
  const hasIndex = index !== undefined;
  return {
    source: input.uri,
    format: 'arrayrecord',
    size: input.size,
    ...counts,
    ...(proven === undefined ? {} : { proof: proven }),
    ok,
    damaged,
    reached,
    hasIndex,
  };
}
