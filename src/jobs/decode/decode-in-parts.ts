/** decode() of one long FLAC file to one WAV file: several threads write their parts of the output. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ByteSource } from '../../bytes.ts';
import { addCount, readCounters, SharedStop } from '../../counters.ts';
import { openAudio } from '../../formats/open-audio.ts';
import { checkUnchanged } from '../../records/unit-input.ts';
import { runTerms, tempPath, withDrafts } from '../../storage/drafts.ts';
import { linkOf } from '../../storage/links.ts';
import { openSource } from '../../storage/source.ts';
import { deliverUnit } from '../engine/delivery.ts';
import type { HowToRun, Outcome, RunUnits } from '../engine/job.ts';
import type { OneFileUnit, UnitContext } from '../engine/types.ts';
import { type DecodeReceipt, type DecodeUnitOptions, decodeModule } from './job.ts';
import { type DecodePartOptions, type DecodePartReceipt, decodePartModule } from './part-unit.ts';
import { cutForThreads, isFlac, isForOneThread, isScarcity, notesOf, rangeOf, runParts } from './parts.ts';
import { decodedStream } from './samples.ts';
import { checkChannel, receiptOf } from './unit.ts';
import { WavOutput } from './wav-output.ts';

export interface Threads {
  readonly runUnits: RunUnits;
  readonly workers: number;
  /** Compressed bytes that are not worth a part of their own. For tests. */
  readonly leastBytes?: number | undefined;
  /** Told why one thread has to do it, where that was an error. */
  readonly onGivenUp?: (error: unknown) => void;
}

/** In parts where that gives the bytes that one thread would give, else in one. */
export async function* decodeInThreads(
  unit: OneFileUnit,
  options: DecodeUnitOptions,
  context: UnitContext,
  threads: Threads,
): AsyncGenerator<Outcome<OneFileUnit, DecodeReceipt>> {
  let isScarce = false;
  if (threads.workers > 1) {
    const onGivenUp = (error: unknown) => {
      isScarce = isScarcity(error);
    };
    try {
      const receipt = await decodeInParts(unit, options, context, { ...threads, onGivenUp });
      if (receipt !== undefined) {
        yield { unit, receipt };
        return;
      }
    } catch (error) {
      yield { unit, error: error instanceof Error ? error : new Error(String(error)) };
      return;
    }
    // It is all read again.
    addCount(context.shared, 'bytes', -readCounters(context.shared).bytes);
  }
  if (isScarce) await sleep(msUntilGivenBack);
  // The calling thread has most of what this needs, where a new one opens dozens of modules at once.
  const how: HowToRun = isScarce ? { work: 'light' } : {};
  yield* threads.runUnits<OneFileUnit, DecodeReceipt>(decodeModule, [unit], options, context, how);
}

/** What threads held that have just ended is not given back at once. */
const msUntilGivenBack = 500;

/** Undefined where one thread has to do it. */
export async function decodeInParts(
  unit: OneFileUnit,
  options: DecodeUnitOptions,
  context: UnitContext,
  threads: Threads,
): Promise<DecodeReceipt | undefined> {
  const { input } = unit;
  checkUnchanged(input, 'decode');
  const source = await openSource(linkOf(input), { version: input.version, size: input.size });
  try {
    const receipt = await writeParts(source, unit, options, context, threads);
    if (receipt !== undefined) await deliverUnit(receipt, context);
    return receipt;
  } catch (error) {
    if (!isForOneThread(error)) throw error;
    threads.onGivenUp?.(error);
    return undefined;
  } finally {
    await source.close();
  }
}

async function writeParts(
  source: ByteSource,
  unit: OneFileUnit,
  options: DecodeUnitOptions,
  { outDir, shared }: UnitContext,
  threads: Threads,
): Promise<DecodeReceipt | undefined> {
  const reader = await openAudio(source);
  const { info } = reader;
  if (!isFlac(info)) return undefined;
  checkChannel(info, source.name, options);
  const stream = decodedStream(reader, options, { stop: new SharedStop(shared) });
  const { workers, leastBytes } = threads;
  const { sampleRate, channels, expectedFrames } = stream;
  if (channels !== info.channels) return undefined;
  const shape = { sampleRate, from: options.from, to: options.to ?? undefined, workers, leastBytes };
  const parts = await cutForThreads(source, unit.input.uri, info, shape);
  if (parts === undefined) return undefined;
  const range = rangeOf(parts);
  if (expectedFrames !== undefined && range.frames !== expectedFrames) return undefined;

  const path = join(outDir, unit.outputs[0]);
  return withDrafts([path], runTerms(options.durable), async (drafts) => {
    const output = new WavOutput(path, drafts.fd(0), info, stream, range);
    const place = { path, temporary: tempPath(path), at: output.samplesAt, from: range.from };
    const settings: DecodePartOptions = { info, choices: options, ...place, run: shared };
    const { runUnits, onGivenUp } = threads;
    const how = { runUnits, threads: workers, work: 'long', onGivenUp } as const;
    const receipts = await runParts<DecodePartReceipt>(decodePartModule, { parts, input: unit.input }, settings, how);
    const notes = receipts && notesOf(receipts, info);
    const pieces = receipts?.map((receipt) => receipt.written);
    const written = pieces && output.end(range.frames, pieces);
    if (notes === undefined || written === undefined) {
      drafts.discard();
      return undefined;
    }
    const told = [...info.notes, ...stream.notes, ...notes.map(({ text }) => text)];
    return receiptOf(unit, info, stream, { frames: range.frames, written, notes: told });
  });
}
