/** The work of one unit of `unpack`: a few samples of a shard become files and lines of the manifest. Runs in a worker. */

import { join } from 'node:path';
import { addCount, countReject, SharedStop } from '../../counters.ts';
import { BowerbirdError } from '../../errors.ts';
import { keyText } from '../../formats/lmdb/key-text.ts';
import { LmdbReader } from '../../records/lmdb-reader.ts';
import { checkUnchanged } from '../../records/unit-input.ts';
import type { Drafts } from '../../storage/drafts.ts';
import { StagedSink } from '../../storage/local/sink.ts';
import { NoteCounter } from '../engine/note-counts.ts';
import { withOutputs } from '../engine/outputs.ts';
import type { RejectWriter } from '../engine/rejects.ts';
import type { OutputStamp, UnitContext } from '../engine/types.ts';
import { isLossOfEntry, valuesOf } from './entries.ts';
import type { UnpackUnitOptions } from './job.ts';
import { type PlannedSample, plannedSamples, type UnpackUnit } from './plan.ts';
import type { UnpackReceipt } from './receipt.ts';
import { type UnpackedSample, unpackSample } from './sample.ts';

export async function run(unit: UnpackUnit, options: UnpackUnitOptions, context: UnitContext): Promise<UnpackReceipt> {
  return withOutputs(unit, context, options.durable, async (drafts, rejects) => {
    checkUnchanged(unit.shard, 'unpack');
    const receipt = await unpackSamples(unit, options, context, drafts, rejects);
    checkUnchanged(unit.shard, 'unpack');
    return receipt;
  });
}

async function unpackSamples(
  unit: UnpackUnit,
  options: UnpackUnitOptions,
  context: UnitContext,
  drafts: Drafts,
  rejects: RejectWriter,
): Promise<UnpackReceipt> {
  const { shared, outDir } = context;
  for (const reject of unit.rejects) {
    rejects.write(reject);
    countReject(shared, options.maxRejects, { source: reject.input, record: reject.record });
  }
  const stop = new SharedStop(shared);
  const writer = new SampleWriter(unit, outDir, drafts);
  const samples = [...plannedSamples(unit)];
  if (samples.length > 0) {
    const reader = await LmdbReader.open(unit.shard.uri);
    try {
      const isLoss = (error: BowerbirdError) => isLossOfEntry(error, options.onError);
      const keys = samples.map(({ key }) => key);
      const values = await valuesOf(reader, keys, { isLoss, stop });
      for (const [i, sample] of samples.entries()) {
        stop.throwIfAborted();
        const value = values[i];
        if (value === undefined) throw changed(unit, sample.key);
        const { source, bits } = { source: unit.shard.uri, bits: options.bits };
        writer.write(sample, unpackSample(sample.key, value, { source, stem: sample.stem, bits }));
        addCount(shared, 'bytes', value.length);
        addCount(shared, 'records', 1);
      }
    } finally {
      await reader.close();
    }
  }
  const { uri, size } = unit.shard;
  return {
    unit: unit.id,
    input: unit.input,
    ...writer.end(),
    records: samples.length,
    rejects: unit.rejects.length,
    shard: { input: uri, size },
    onError: options.onError,
  };
}

/** Of a file that nobody was to write to. */
function changed({ shard }: UnpackUnit, key: Uint8Array): BowerbirdError {
  const message = `Cannot unpack "${shard.uri}": sample "${keyText(key)}" is not what it was when the plan was made; was it changed meanwhile?`;
  return new BowerbirdError('IO', message, { source: shard.uri });
}

class SampleWriter {
  readonly #unit: UnpackUnit;
  readonly #outDir: string;
  readonly #drafts: Drafts;
  readonly #stamps: OutputStamp[] = [];
  readonly #notes = new NoteCounter();
  readonly #lines: Uint8Array[] = [];
  readonly #counts = { sounds: 0, arrays: 0, binaries: 0 };
  #soundSeconds = 0;

  constructor(unit: UnpackUnit, outDir: string, drafts: Drafts) {
    this.#unit = unit;
    this.#outDir = outDir;
    this.#drafts = drafts;
  }

  write({ key, output, suffixes, stem }: PlannedSample, { files, line, notes, seconds }: UnpackedSample): void {
    const isPlanned = files.length === suffixes.length && files.every(({ suffix }, i) => suffix === suffixes[i]);
    if (!isPlanned) throw changed(this.#unit, key);
    const all = [...notes];
    for (const [i, { kind, pieces }] of files.entries()) {
      this.#write(
        output + i,
        pieces((note) => all.push(note)),
      );
      this.#counts[kind === 'sound' ? 'sounds' : kind === 'array' ? 'arrays' : 'binaries'] += 1;
    }
    this.#soundSeconds += seconds;
    this.#notes.add(stem === '' ? keyText(key) : `${stem}${suffixes[0]}`, all);
    this.#lines.push(Buffer.from(line));
  }

  #write(output: number, pieces: readonly Uint8Array[]): void {
    const name = this.#unit.outputs[output]!;
    const sink = new StagedSink(join(this.#outDir, name), this.#drafts.fd(output));
    for (const piece of pieces) sink.write(piece);
    this.#stamps.push({ name, ...sink.end() });
  }

  end(): Pick<UnpackReceipt, 'outputs' | 'sounds' | 'soundSeconds' | 'arrays' | 'binaries' | 'notes'> {
    this.#write(this.#unit.outputs.length - 1, this.#lines);
    return {
      outputs: this.#stamps,
      ...this.#counts,
      soundSeconds: this.#soundSeconds,
      notes: this.#notes.counts(),
    };
  }
}
