/** decode() of one long FLAC file: several threads write their parts of the output. */

import { join } from 'node:path';
import type { ByteSource } from '../bytes.ts';
import { addCount, readCounters, SharedStop } from '../counters.ts';
import { openAudio } from '../formats/open-audio.ts';
import type { DecodeReceipt, DecodeUnitOptions } from '../jobs/decode/job.ts';
import { type DecodePartOptions, type DecodePartReceipt, decodePartModule } from '../jobs/decode/part-unit.ts';
import { decodedStream } from '../jobs/decode/samples.ts';
import { frameBytes, joined, receiptOf, wavHeader, writtenOf } from '../jobs/decode/unit.ts';
import { deliverUnit } from '../jobs/engine/delivery.ts';
import type { RunUnits } from '../jobs/engine/job.ts';
import type { Unit, UnitContext } from '../jobs/engine/types.ts';
import { runUnitsIn } from '../runners/local.ts';
import { poolSize } from '../runners/pool-size.ts';
import { Drafts, tempPath, writeFully } from '../storage/drafts.ts';
import { linkOf } from '../storage/links.ts';
import { openSource } from '../storage/source.ts';
import { cutForThreads, isFlac, notesOf, runParts } from './read-in-parts.ts';

/** Runs a unit of `decode` in parts where that gives the bytes that one thread would give, else, and after any trouble, in one thread. */
export function runDecodeInParts(workers: number | undefined, leastBytes?: number): RunUnits {
  const threads = poolSize(workers, Number.POSITIVE_INFINITY);
  return async function* (module, units, options, context) {
    if (threads > 1 && units.length === 1) {
      const unit = units[0]!;
      const how = { workers: threads, ...(leastBytes !== undefined && { leastBytes }) };
      const receipt = await decodeInParts(unit as unknown as Unit, options as DecodeUnitOptions, context, how).catch(
        () => undefined,
      );
      if (receipt !== undefined) {
        yield { unit, receipt: receipt as never };
        return;
      }
      // It is all read again.
      addCount(context.shared, 'bytes', -readCounters(context.shared).bytes);
    }
    yield* runUnitsIn(workers)(module, units, options, context);
  };
}

async function decodeInParts(
  unit: Unit,
  options: DecodeUnitOptions,
  context: UnitContext,
  how: { readonly workers: number; readonly leastBytes?: number },
): Promise<DecodeReceipt | undefined> {
  const { input } = unit;
  const source = await openSource(linkOf(input), { version: input.version, size: input.size });
  try {
    const receipt = await writeParts(source, unit, options, context, how);
    if (receipt !== undefined) await deliverUnit(receipt, context);
    return receipt;
  } finally {
    await source.close();
  }
}

async function writeParts(
  source: ByteSource,
  unit: Unit,
  options: DecodeUnitOptions,
  { outDir, shared }: UnitContext,
  how: { readonly workers: number; readonly leastBytes?: number },
): Promise<DecodeReceipt | undefined> {
  const reader = await openAudio(source);
  const { info } = reader;
  if (!isFlac(info)) return undefined;
  const { input, outputs } = unit;
  const stream = decodedStream(reader, options, { stop: new SharedStop(shared) });
  const { sampleRate, channels, expectedFrames } = stream;
  const shape = { sampleRate, from: options.from, to: options.to ?? undefined };
  const parts =
    channels === info.channels ? await cutForThreads(source, input.uri, info, { ...shape, ...how }) : undefined;
  if (parts === undefined) return undefined;
  const { from } = parts[0]!;
  const frames = parts.at(-1)!.to - from;
  if (expectedFrames !== undefined && frames !== expectedFrames) return undefined;

  const drafts = new Drafts(outDir, outputs);
  try {
    const path = join(outDir, outputs[0]!);
    const header = wavHeader(info, stream, frames);
    writeFully(path, drafts.fd(0), header);
    const settings: DecodePartOptions = {
      info,
      choices: options,
      path: tempPath(path),
      at: header.length,
      from,
      run: shared,
    };
    const run = { workers: how.workers, short: false };
    const receipts = await runParts<DecodePartReceipt>(decodePartModule, { parts, input }, settings, run);
    const notes = receipts && notesOf(receipts, info);
    if (receipts === undefined || notes === undefined) return undefined;
    // Samples of an odd number of bytes are followed by a zero.
    const end = new Uint8Array((frames * frameBytes(stream)) % 2);
    writeFully(path, drafts.fd(0), end, header.length + frames * frameBytes(stream));
    const written = joined([writtenOf(header), ...receipts.map((receipt) => receipt.written), writtenOf(end)]);
    drafts.publish(options.durable);
    return receiptOf(unit, info, stream, {
      frames,
      written,
      notes: [...info.notes, ...stream.notes, ...notes.map(({ text }) => text)],
    });
  } finally {
    drafts.discard();
  }
}
