/** The work of one thread on a FLAC file that several decode: one part of it after another, into memory that all share. Runs in a worker. */

import { isMainThread } from 'node:worker_threads';
import type { ByteSource, Stop } from '../../bytes.ts';
import { SharedStop } from '../../counters.ts';
import type { AudioNote, SampleArray, SampleType } from '../../formats/audio/audio.ts';
import { PartRoom } from '../../formats/audio/room.ts';
import { flacFrames } from '../../formats/flac/blocks.ts';
import type { FlacInfo } from '../../formats/flac/flac.ts';
import { type FlacPart, metEnd, readsToEnd } from '../../formats/flac/parts.ts';
import type { FlacPlace } from '../../formats/flac/seek.ts';
import { openCounted } from '../../records/counted-source.ts';
import { checkUnchanged } from '../../records/unit-input.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { UnitContext } from '../engine/types.ts';

export interface FlacPartUnit {
  readonly id: string;
  readonly input: InputStamp;
  readonly parts: readonly FlacPart[];
  /** Which one of all that the first of them is. */
  readonly first: number;
  /** How many of them were taken, an Int32 that units with the same parts share: whoever is free takes the next, and waits for nobody. */
  readonly taken: SharedArrayBuffer;
}

export interface FlacPartOptions {
  readonly info: FlacInfo;
  readonly dtype: SampleType;
  readonly planar: boolean;
  /** All samples of the read, in shared memory, the first of them frame `from` of the recording. */
  readonly samples: SampleArray;
  readonly from: number;
}

export interface FlacPartReceipt {
  /** Which one of all parts. */
  readonly index: number;
  /** Every sample is there, and decoding ended exactly where the next part begins. */
  readonly whole: boolean;
  readonly notes: readonly AudioNote[];
}

/** Decoded in a millisecond. */
const blocksATurn = 4;

export const flacPartModule = import.meta.url;

export async function run(
  unit: FlacPartUnit,
  options: FlacPartOptions,
  { shared }: UnitContext,
): Promise<readonly FlacPartReceipt[]> {
  const { input } = unit;
  checkUnchanged(input, 'decode');
  const source = await openCounted(input, shared, { blocking: true });
  try {
    const stop = new SharedStop(shared);
    const receipts = await takeParts(unit, (part) => fill(source, part, options, stop));
    checkUnchanged(input, 'decode');
    return receipts;
  } finally {
    await source.close();
  }
}

/** Until all are taken, or one is not what it should be. */
export async function takeParts<R extends { readonly whole: boolean }>(
  { parts, first, taken }: FlacPartUnit,
  decode: (part: FlacPart) => Promise<R>,
): Promise<readonly (R & { readonly index: number })[]> {
  const receipts: (R & { readonly index: number })[] = [];
  for (;;) {
    const next = Atomics.add(new Int32Array(taken), 0, 1);
    const part = parts[next];
    if (part === undefined) return receipts;
    const receipt = { ...(await decode(part)), index: first + next };
    receipts.push(receipt);
    if (!receipt.whole) return receipts;
  }
}

async function fill(
  source: ByteSource,
  part: FlacPart,
  { info, dtype, planar, samples, from }: FlacPartOptions,
  stop: Stop,
): Promise<Omit<FlacPartReceipt, 'index'>> {
  const room = new PartRoom(samples, info.channels, planar, part.from - from, part.to - from);
  const notes: AudioNote[] = [];
  let reached: FlacPlace | undefined;
  const options = {
    dtype,
    planar,
    place: part.place,
    from: part.from,
    to: readsToEnd(part) ? undefined : part.to,
    stop,
    onNote: (note: AudioNote) => notes.push(note),
    onEnd: (place: FlacPlace) => (reached = place),
  };
  let blocks = 0;
  for await (const filled of flacFrames(source, info, options, room.make)) {
    if (!room.take(filled)) return { whole: false, notes };
    // It has others to look after.
    if (isMainThread && ++blocks % blocksATurn === 0) await new Promise(setImmediate);
  }
  return { whole: room.isFull && reached !== undefined && metEnd(part, reached), notes };
}
