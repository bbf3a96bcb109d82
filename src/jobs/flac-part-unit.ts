/** The work of one thread on a FLAC file that several decode: one part of it, into memory that all share. Runs in a worker. */

import type { AudioNote, SampleType } from '../formats/audio.ts';
import { PartRoom, samplesIn } from '../formats/audio-room.ts';
import type { FlacInfo } from '../formats/flac.ts';
import { flacFrames } from '../formats/flac-blocks.ts';
import { type FlacPart, metEnd, readsToEnd } from '../formats/flac-parts.ts';
import type { FlacPlace } from '../formats/flac-seek.ts';
import { openCounted } from './counted-source.ts';
import { SharedStop } from './shared.ts';
import type { InputStamp, UnitContext } from './types.ts';
import { checkUnchanged } from './unit-input.ts';

export interface FlacPartUnit {
  readonly id: string;
  readonly input: InputStamp;
  readonly part: FlacPart;
}

export interface FlacPartOptions {
  readonly info: FlacInfo;
  readonly dtype: SampleType;
  readonly planar: boolean;
  /** All samples of the read, the first of them frame `from` of the recording. */
  readonly memory: SharedArrayBuffer;
  readonly from: number;
}

export interface FlacPartReceipt {
  /** Every sample is there, and decoding ended exactly where the next part begins. */
  readonly whole: boolean;
  readonly notes: readonly AudioNote[];
}

export const flacPartModule = import.meta.url;

export async function run(
  { input, part }: FlacPartUnit,
  { info, dtype, planar, memory, from }: FlacPartOptions,
  { shared }: UnitContext,
): Promise<FlacPartReceipt> {
  checkUnchanged(input, 'decode');
  const source = await openCounted(input, shared);
  try {
    const room = new PartRoom(samplesIn(dtype, memory), info.channels, planar, part.from - from, part.to - from);
    const notes: AudioNote[] = [];
    let reached: FlacPlace | undefined;
    const options = {
      dtype,
      planar,
      place: part.place,
      from: part.from,
      to: readsToEnd(part) ? undefined : part.to,
      stop: new SharedStop(shared),
      onNote: (note: AudioNote) => notes.push(note),
      onEnd: (place: FlacPlace) => (reached = place),
    };
    for await (const filled of flacFrames(source, info, options, room.make)) {
      if (!room.take(filled)) return { whole: false, notes };
    }
    checkUnchanged(input, 'decode');
    return { whole: room.isFull && reached !== undefined && metEnd(part, reached), notes };
  } finally {
    await source.close();
  }
}
