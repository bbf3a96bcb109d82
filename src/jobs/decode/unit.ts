/** The work of one unit of `decode`: one recording becomes one WAV file. Runs in a worker. */

import { ftruncateSync } from 'node:fs';
import { join } from 'node:path';
import { SharedStop } from '../../counters.ts';
import { BowerbirdError } from '../../errors.ts';
import type { AudioGap, AudioInfo, AudioReader } from '../../formats/audio/audio.ts';
import { addGap } from '../../formats/audio/gap-faults.ts';
import { untold } from '../../formats/audio/gaps.ts';
import { Findings } from '../../formats/audio/recording-faults.ts';
import { openAudio } from '../../formats/open-audio.ts';
import { openCounted } from '../../records/counted-source.ts';
import { checkUnchanged } from '../../records/unit-input.ts';
import { runTerms, withDrafts } from '../../storage/drafts.ts';
import type { Written } from '../../storage/written.ts';
import type { OneFileUnit, UnitContext } from '../engine/types.ts';
import type { DecodeReceipt, DecodeUnitOptions } from './job.ts';
import { type DecodedStream, decodedStream } from './samples.ts';
import { frameBytes, WavOutput } from './wav-output.ts';

/** Gaps that are listed one by one; the others are counted. */
const mostListed = 1000;

export async function run(unit: OneFileUnit, options: DecodeUnitOptions, context: UnitContext): Promise<DecodeReceipt> {
  checkUnchanged(unit.input, 'decode');
  const source = await openCounted(unit.input, context.shared);
  try {
    const reader = await openAudio(source, options);
    checkChannel(reader.info, source.name, options);
    const stop = new SharedStop(context.shared);
    // What cannot be asked for is told before there is an output.
    const recording = new Recording(reader, options, stop);
    const path = join(context.outDir, unit.outputs[0]);
    return await withDrafts([path], runTerms(options.durable), async (drafts) => {
      const fd = drafts.fd(0);
      const receipt =
        (await recording.write(unit, path, fd)) ??
        (await new Recording(reader, options, stop).write(unit, path, fd, { largest: true }));
      if (receipt === undefined) throw new Error(`No header has room for "${unit.id}"`);
      if (receipt.frames === 0 && options.from > 0) throw beyondEnd(reader.info, source.name, options.from);
      checkUnchanged(unit.input, 'decode');
      return receipt;
    });
  } finally {
    await source.close();
  }
}

/** One pass over a recording, and what is met on the way. */
class Recording {
  readonly #info: AudioInfo;
  readonly #stream: DecodedStream;
  readonly #findings = new Findings();
  readonly #told: AudioGap[] = [];
  readonly #notes: string[];
  #gaps = 0;
  #lostFrames = 0;

  constructor(reader: AudioReader, options: DecodeUnitOptions, stop: SharedStop) {
    this.#info = reader.info;
    this.#notes = [...reader.info.notes];
    this.#stream = decodedStream(reader, options, {
      lenient: options.lenient,
      stop,
      onNote: ({ text }) => this.#notes.push(text),
      onGap: (gap) => this.#take(gap),
    });
  }

  /** Undefined when it came to more than the header had room for. */
  async write(
    unit: OneFileUnit,
    path: string,
    fd: number,
    { largest = false } = {},
  ): Promise<DecodeReceipt | undefined> {
    const stream = this.#stream;
    // Of the try before.
    if (largest) ftruncateSync(fd);
    const output = new WavOutput(path, fd, this.#info, stream, { frames: stream.expectedFrames ?? 0, largest });
    const samples = output.samples();
    let bytes = 0;
    for await (const block of stream.blocks) {
      samples.write(block);
      bytes += block.length;
    }
    const frames = bytes / frameBytes(stream);
    const written = output.end(frames, [samples.end()]);
    if (written === undefined) return undefined;
    const notes = untold([...this.#notes, ...stream.notes], this.#told);
    const damage = {
      gaps: this.#gaps,
      lostSeconds: this.#lostFrames / this.#info.sampleRate,
      damaged: this.#findings.damaged,
    };
    return { ...receiptOf(unit, this.#info, stream, { frames, written, notes }), ...damage };
  }

  #take(gap: AudioGap): void {
    this.#gaps += 1;
    this.#lostFrames += gap.frames;
    if (this.#gaps > mostListed) return;
    this.#told.push(gap);
    addGap(this.#findings, gap, this.#info);
  }
}

interface Done {
  readonly frames: number;
  readonly written: Written;
  readonly notes: readonly string[];
}

/** Of a recording without damage. */
export function receiptOf(
  { id, input, outputs: [name] }: OneFileUnit,
  { format }: AudioInfo,
  { sampleRate, channels, type }: DecodedStream,
  { frames, written, notes }: Done,
): DecodeReceipt {
  return {
    unit: id,
    input,
    outputs: [{ name, ...written }],
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

export function checkChannel({ channels }: AudioInfo, source: string, { channel }: DecodeUnitOptions): void {
  if (typeof channel !== 'number' || channel < channels) return;
  throw misfit(`Cannot decode channel ${channel} of "${source}": it has ${channels}, counted from 0`, source);
}

function beyondEnd({ durationSeconds }: AudioInfo, source: string, from: number) {
  const end = durationSeconds === undefined ? 'before' : `at ${Number(durationSeconds.toFixed(3))} s`;
  return misfit(`Cannot decode "${source}" from ${from} s on: it ends ${end}`, source);
}

/** An option that fits other files, which may be done by now. */
function misfit(message: string, source: string): BowerbirdError {
  return new BowerbirdError('USAGE', message, { source });
}
