/** readAudio() with `workers`: one long FLAC file, decoded by several threads into memory that they share. */

import type { ByteSource } from '../bytes.ts';
import type { AudioInfo, AudioNote, SampleType } from '../formats/audio.ts';
import { mostExpectedFrames, type Whole } from '../formats/audio-read.ts';
import { sampleBytes, samplesIn, willFill } from '../formats/audio-room.ts';
import { type AudioShape, isShaped, planShape } from '../formats/audio-shape.ts';
import type { FlacInfo } from '../formats/flac.ts';
import { cutFlac, type FlacPart } from '../formats/flac-parts.ts';
import {
  type FlacPartOptions,
  type FlacPartReceipt,
  type FlacPartUnit,
  flacPartModule,
} from '../jobs/flac-part-unit.ts';
import { createShared, requestStop } from '../jobs/shared.ts';
import { runUnits } from '../runners/local.ts';
import { resolveInputs } from '../storage/inputs.ts';

export interface PartsOptions<D extends SampleType> extends AudioShape {
  readonly dtype: D;
  readonly planar: boolean;
  readonly workers: number;
  readonly stop?: AbortSignal | undefined;
  /** Compressed bytes that are not worth a part of their own. For tests. */
  readonly leastBytes?: number;
}

/** A file of two is cut. To start a thread takes as long as to decode one or two of them. */
const leastPart = 4 << 20;
/** A part costs a fraction of a millisecond to begin; the last one is waited for. */
const mostPart = 8 << 20;
/** For each thread: one that starts late, or is held up by other work of the machine, is not waited for long. */
const partsPerThread = 4;

/**
 * The samples that one thread would give, or undefined where one thread has to do it: for a recording that cannot be cut or is not worth it,
 * and for anything odd that a part met, so that there is one place that judges damage.
 */
export async function readInParts<D extends SampleType>(
  source: ByteSource,
  path: string,
  info: AudioInfo,
  options: PartsOptions<D>,
): Promise<Whole<D> | undefined> {
  const { dtype, planar, workers, stop, leastBytes = leastPart } = options;
  if (workers < 2 || !isFlac(info) || (dtype === 'int16' && info.bitsPerSample > 16)) return undefined;
  const plan = planShape(info, options);
  if (isShaped(info, plan)) return undefined;
  const { from, to } = plan;
  const parts = await cutFlac(source, info, {
    from,
    to,
    parts: workers * partsPerThread,
    leastBytes,
    mostBytes: mostPart,
  });
  if (parts === undefined) return undefined;
  const frames = parts.at(-1)!.to - from;
  if (frames > mostExpectedFrames(source.byteLength)) return undefined;
  const input = (await resolveInputs([path]))[0]!;
  if (input.size !== source.byteLength) return undefined;

  const memory = share(frames * info.channels * sampleBytes(dtype));
  if (memory === undefined) return undefined;
  const units = parts.map((part, i): FlacPartUnit => ({ id: `${i}`, input, part }));
  const receipts = await runParts(units, { info, dtype, planar, memory, from }, workers, stop);
  if (receipts === undefined) return undefined;
  const notes = notesOf(parts, receipts, info);
  if (notes === undefined) return undefined;
  const { channels, sampleRate } = info;
  return { samples: samplesIn(dtype, memory), channels, sampleRate, frames, gaps: [], notes };
}

function isFlac(info: AudioInfo): info is FlacInfo {
  return info.format === 'flac' && 'streamInfo' in info;
}

function share(bytes: number): SharedArrayBuffer | undefined {
  try {
    const memory = new SharedArrayBuffer(bytes);
    willFill(memory);
    return memory;
  } catch {
    return undefined;
  }
}

/** In the order of the parts; undefined as soon as one of them is not what it should be. */
async function runParts(
  units: readonly FlacPartUnit[],
  options: FlacPartOptions,
  workers: number,
  stop: AbortSignal | undefined,
): Promise<readonly FlacPartReceipt[] | undefined> {
  const shared = createShared();
  const onAbort = () => requestStop(shared);
  stop?.addEventListener('abort', onAbort);
  try {
    stop?.throwIfAborted();
    const receipts: FlacPartReceipt[] = [];
    const context = { shared, outDir: '' };
    const how = { short: true };
    const ends = runUnits<FlacPartUnit, FlacPartReceipt>(flacPartModule, units, options, context, workers, how);
    for await (const end of ends) {
      stop?.throwIfAborted();
      if (!('receipt' in end) || !end.receipt.whole) return undefined;
      receipts[Number(end.unit.id)] = end.receipt;
    }
    return receipts;
  } finally {
    stop?.removeEventListener('abort', onAbort);
  }
}

/** What one thread would note; undefined when it might judge otherwise than a part that has not seen what came before. */
function notesOf(
  parts: readonly FlacPart[],
  receipts: readonly FlacPartReceipt[],
  { frames }: FlacInfo,
): readonly AudioNote[] | undefined {
  const notes = new Map<string, AudioNote>();
  for (const { kind, text } of receipts.flatMap((receipt) => receipt.notes)) {
    const isSure = kind === 'sample-rate' || (kind === 'trailing-bytes' && frames !== undefined);
    if (!isSure) return undefined;
    notes.set(kind, { kind, text });
  }
  const order = ['trailing-bytes', 'sample-rate'];
  return parts.length === receipts.length
    ? [...notes.values()].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
    : undefined;
}
