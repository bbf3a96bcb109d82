/** Where the records of an input are: what a plan needs to cut inputs into shards, and what a unit needs to begin in the middle of one. */

import type { ErrorCode } from '../../errors.ts';
import type { Compression } from '../../formats/records/compression.ts';
import type { OnError } from '../../records/on-error.ts';
import { lastStartingBy } from '../../search.ts';
import { withoutLink } from '../../storage/links.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { seal, unsealLines } from '../engine/journal.ts';
import type { StateFiles } from '../engine/output.ts';

/** The place of every so many records is kept; from there a reader steps over headers. */
export const placesEvery = 1024;

/** Intact records of a TFRecord file, one behind the other. */
export interface Stretch {
  /** Of its first record: number among the intact records of the file, and among all, damaged ones counted as one each. */
  readonly from: number;
  readonly index: number;
  readonly records: number;
  /** Number among the intact and byte offset of some of its records, its first foremost, one pair after another. */
  readonly places: readonly number[];
}

/** Something that is not in the outputs. */
export interface NotConverted {
  readonly record: number;
  readonly offset: number;
  readonly length: number;
  readonly code: ErrorCode;
  readonly reason: string;
}

export interface LeftOut extends NotConverted {
  /** The intact record before which it stands. */
  readonly before: number;
}

export interface InputIndex {
  readonly format: 'tfrecord' | 'arrayrecord' | 'unknown';
  readonly compression: Compression;
  /** Intact ones. */
  readonly records: number;
  /** Of a TFRecord file. */
  readonly stretches: readonly Stretch[];
  /** Of a damaged ArrayRecord file: offset, decoded size and number of records of its intact chunks, one triple after another. */
  readonly chunks?: readonly number[];
  readonly leftOut: readonly LeftOut[];
}

/** Where record `record` of the intact ones stands, or rather one before it, `skip` records earlier. */
export function nearestPlace(stretch: Stretch, record: number): { readonly offset: number; readonly skip: number } {
  const { places } = stretch;
  const place = 2 * lastStartingBy(places.length / 2, (i) => places[2 * i]!, record);
  return { offset: places[place + 1]!, skip: record - places[place]! };
}

interface MemoryLine {
  readonly input: InputStamp;
  readonly by: OnError;
  readonly index: InputIndex;
}

const keyOf = ({ uri, size, version }: InputStamp, by: OnError) => JSON.stringify([uri, size, version, by]);

/** What an earlier run found out about files that have not changed since; nothing when there was none, or its file is damaged. */
export async function recallIndices(files: StateFiles, path: string, by: OnError): Promise<Map<string, InputIndex>> {
  const known = new Map<string, InputIndex>();
  for await (const line of unsealLines<MemoryLine>(files, path)) {
    if (line.by === by) known.set(keyOf(line.input, by), line.index);
  }
  return known;
}

export function recalled(known: ReadonlyMap<string, InputIndex>, input: InputStamp, by: OnError) {
  return known.get(keyOf(input, by));
}

export function* memoryLines(
  inputs: Iterable<{ readonly input: InputStamp; readonly index: InputIndex }>,
  by: OnError,
): Generator<string> {
  for (const { input, index } of inputs) yield seal({ input: withoutLink(input), by, index } satisfies MemoryLine);
}
