/** The work of one thread on a FLAC file that several decode to WAV: parts of the samples, each to its place in the file. Runs in a worker. */

import { closeSync, constants, openSync } from 'node:fs';
import type { Stop } from '../../bytes.ts';
import { SharedStop } from '../../counters.ts';
import { systemError } from '../../errors.ts';
import type { AudioNote, AudioReader, ReadOptions, SampleType } from '../../formats/audio/audio.ts';
import { flacBlocks } from '../../formats/flac/blocks.ts';
import type { FlacInfo } from '../../formats/flac/flac.ts';
import { type FlacPart, metEnd, readsToEnd } from '../../formats/flac/parts.ts';
import type { FlacPlace } from '../../formats/flac/seek.ts';
import { openCounted } from '../../records/counted-source.ts';
import { checkUnchanged } from '../../records/unit-input.ts';
import { StagedSink } from '../../storage/local/sink.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { Written } from '../../storage/written.ts';
import type { UnitContext } from '../engine/types.ts';
import { type FlacPartReceipt, type FlacPartUnit, takeParts } from './flac-part-unit.ts';
import type { DecodeChoices } from './job.ts';
import { decodedStream } from './samples.ts';
import { frameBytes } from './wav-output.ts';

export interface DecodePartOptions {
  readonly info: FlacInfo;
  readonly choices: DecodeChoices;
  /** Of the output, for messages, and of the file that becomes it. */
  readonly path: string;
  readonly temporary: string;
  /** Where in it frame `from` of the recording begins. */
  readonly at: number;
  readonly from: number;
  /** Counters and stop flag of the whole run; those of the context are of its parts. */
  readonly run: SharedArrayBuffer;
}

export interface DecodePartReceipt extends FlacPartReceipt {
  readonly written: Written;
}

export const decodePartModule = import.meta.url;

export async function run(
  unit: FlacPartUnit,
  options: DecodePartOptions,
  { shared }: UnitContext,
): Promise<readonly DecodePartReceipt[]> {
  checkUnchanged(unit.input, 'decode');
  const stop = new SharedStop(shared);
  const receipts = await takeParts(unit, (part) => write(unit.input, part, options, stop));
  checkUnchanged(unit.input, 'decode');
  return receipts;
}

async function write(
  input: InputStamp,
  part: FlacPart,
  { info, choices, path, temporary, at, from, run: whole }: DecodePartOptions,
  stop: Stop,
): Promise<Omit<DecodePartReceipt, 'index'>> {
  const { place, end } = part;
  const source = await openCounted(input, whole, {
    from: place.offset === 0 ? 0 : info.audioOffset + place.offset,
    ...(end.offset !== undefined && { to: info.audioOffset + end.offset }),
  });
  let fd: number | undefined;
  try {
    fd = openDraft(temporary, path);
    let reached: FlacPlace | undefined;
    const notes: AudioNote[] = [];
    const proven = { place, onEnd: (last: FlacPlace) => (reached = last) };
    const reader: AudioReader = {
      info,
      blocks: <D extends SampleType>(options?: ReadOptions<D>) => flacBlocks(source, info, { ...options, ...proven }),
    };
    const range = { from: part.from / info.sampleRate, to: readsToEnd(part) ? null : part.to / info.sampleRate };
    const hooks = { stop, onNote: (note: AudioNote) => notes.push(note) };
    const stream = decodedStream(reader, { ...choices, ...range }, hooks);
    const sink = new StagedSink(path, fd, at + (part.from - from) * frameBytes(stream));
    const room = (part.to - part.from) * frameBytes(stream);
    let bytes = 0;
    for await (const block of stream.blocks) {
      bytes += block.length;
      // What is behind belongs to others.
      if (bytes > room) break;
      sink.write(block);
    }
    const written = sink.end();
    return { whole: bytes === room && reached !== undefined && metEnd(part, reached), notes, written };
  } finally {
    if (fd !== undefined) closeSync(fd);
    await source.close();
  }
}

function openDraft(temporary: string, path: string): number {
  try {
    return openSync(temporary, constants.O_WRONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw systemError('write', path, error);
  }
}
