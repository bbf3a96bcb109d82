/** The work of one unit of `decode`: one recording becomes one WAV file. Runs in a worker. */

import { join } from 'node:path';
import type { ByteSource } from '../../bytes.ts';
import { SharedStop } from '../../counters.ts';
import type { AudioGap, AudioInfo, AudioReader } from '../../formats/audio/audio.ts';
import { addGap } from '../../formats/audio/gap-faults.ts';
import { untold } from '../../formats/audio/gaps.ts';
import { Findings } from '../../formats/audio/recording-faults.ts';
import { openAudio } from '../../formats/open-audio.ts';
import { encodeWavHeader, wavSampleBytes } from '../../formats/wav/writer.ts';
import { native } from '../../native/native.ts';
import { usage } from '../../options.ts';
import { openCounted } from '../../records/counted-source.ts';
import { checkUnchanged } from '../../records/unit-input.ts';
import { crcText, Drafts, StagedSink, type Written, writeFully } from '../../storage/drafts.ts';
import type { Unit, UnitContext } from '../engine/types.ts';
import { infoTags } from './info-tags.ts';
import type { DecodeReceipt, DecodeUnitOptions } from './job.ts';
import { type DecodedStream, decodedStream } from './samples.ts';

/** A header that will be made anew: from here on there is room for the sizes of RF64, should the recording be longer than it says. */
const reserveFrom = 2 ** 31;
/** Gaps that are listed one by one; the others are counted. */
const mostListed = 1000;

export async function run(unit: Unit, options: DecodeUnitOptions, context: UnitContext): Promise<DecodeReceipt> {
  checkUnchanged(unit.input, 'decode');
  const source = await openCounted(unit.input, context.shared);
  try {
    const reader = await openAudio(source, options);
    const receipt = await decodeFile(unit, reader, source, options, context, false);
    return receipt ?? (await decodeFile(unit, reader, source, options, context, true))!;
  } finally {
    await source.close();
  }
}

/** Undefined when the header has no room for what the recording came to: once in a lifetime, it is done again with a larger one. */
async function decodeFile(
  unit: Unit,
  reader: AudioReader,
  source: ByteSource,
  options: DecodeUnitOptions,
  context: UnitContext,
  largest: boolean,
): Promise<DecodeReceipt | undefined> {
  const { info } = reader;
  const { input, outputs } = unit;
  checkRange(info, source.name, options);
  const findings = new Findings();
  const notes = [...info.notes];
  const told: AudioGap[] = [];
  let [gaps, lost] = [0, 0];
  const stream = decodedStream(reader, options, {
    lenient: options.lenient,
    stop: new SharedStop(context.shared),
    onNote: ({ text }) => notes.push(text),
    onGap: (gap: AudioGap) => {
      gaps += 1;
      lost += gap.frames;
      if (gaps > mostListed) return;
      told.push(gap);
      addGap(findings, gap, info);
    },
  });
  const { expectedFrames } = stream;
  const path = join(context.outDir, outputs[0]!);
  const drafts = new Drafts(context.outDir, outputs);
  try {
    const fd = drafts.fd(0);
    const promised = wavHeader(info, stream, expectedFrames ?? 0, largest);
    writeFully(path, fd, promised);
    const body = new StagedSink(path, fd);
    let bytes = 0;
    for await (const block of stream.blocks) {
      body.write(block);
      bytes += block.length;
    }
    notes.push(...stream.notes);
    const frames = bytes / frameBytes(stream);
    if (frames === 0 && options.from > 0) throw beyondEnd(info, source.name, options.from);
    if (bytes % 2 === 1) body.write(new Uint8Array(1));
    const truth = wavHeader(info, stream, frames, largest);
    if (truth.length !== promised.length) return undefined;
    if (frames !== expectedFrames) writeFully(path, fd, truth, 0);
    const written = joined([writtenOf(truth), body.end()]);
    checkUnchanged(input, 'decode');
    drafts.publish(options.durable);
    const damage = { gaps, lostSeconds: lost / info.sampleRate, damaged: findings.damaged };
    return { ...receiptOf(unit, info, stream, { frames, written, notes: untold(notes, told) }), ...damage };
  } finally {
    drafts.discard();
  }
}

interface Done {
  readonly frames: number;
  readonly written: Written;
  readonly notes: readonly string[];
}

/** Of a recording without damage. */
export function receiptOf(
  { id, input, outputs }: Unit,
  { format }: AudioInfo,
  { sampleRate, channels, type }: DecodedStream,
  { frames, written, notes }: Done,
): DecodeReceipt {
  return {
    unit: id,
    input,
    outputs: [{ name: outputs[0]!, ...written }],
    records: 0,
    rejects: 0,
    format,
    sampleRate,
    channels,
    frames,
    type,
    gaps: 0,
    lostSeconds: 0,
    damaged: [],
    notes,
  };
}

function checkRange({ channels }: AudioInfo, source: string, { channel }: DecodeUnitOptions): void {
  if (typeof channel !== 'number' || channel < channels) return;
  throw usage(`Cannot decode channel ${channel} of "${source}": it has ${channels}, counted from 0`);
}

function beyondEnd({ durationSeconds }: AudioInfo, source: string, from: number) {
  const end = durationSeconds === undefined ? 'before' : `at ${Number(durationSeconds.toFixed(3))} s`;
  return usage(`Cannot decode "${source}" from ${from} s on: it ends ${end}`);
}

export function frameBytes({ channels, type }: DecodedStream): number {
  return channels * wavSampleBytes(type);
}

/** The header of an output of so many frames; of the same length whatever their number, but for `largest`. */
export function wavHeader(
  { tags }: AudioInfo,
  stream: DecodedStream,
  frames: number,
  largest = false,
): Uint8Array<ArrayBuffer> {
  const { sampleRate, channels, type, validBits, channelMask, expectedFrames } = stream;
  const reserve = largest || expectedFrames === undefined || expectedFrames * frameBytes(stream) >= reserveFrom;
  const spec = { sampleRate, channels, frames, type, validBits, channelMask };
  return encodeWavHeader({ ...spec, reserve, info: infoTags(tags) });
}

export function writtenOf(bytes: Uint8Array): Written {
  return { bytes: bytes.length, crc32c: crcText(native().crc32c(bytes, 0)) };
}

/** Of pieces that stand behind each other, without reading any again. */
export function joined(pieces: readonly Written[]): Written {
  const { crc32cCombine } = native();
  let [bytes, crc] = [0, 0];
  for (const piece of pieces) {
    crc = crc32cCombine(crc, Number.parseInt(piece.crc32c, 16), piece.bytes);
    bytes += piece.bytes;
  }
  return { bytes, crc32c: crcText(crc) };
}
