/** The work of one unit of counting, before `convert` can cut inputs into shards: where the records of one file are. Runs in a worker. */

import { closeSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SharedStop } from '../../counters.ts';
import { sniffCompression } from '../../formats/records/compression.ts';
import { native } from '../../native/native.ts';
import { isFatal, type OnError, stopFor } from '../../records/on-error.ts';
import { FilePass, type Finding, findingError } from '../../records/pass.ts';
import { isArrayRecordInput } from '../../records/unit-input.ts';
import { linkOf } from '../../storage/links.ts';
import { openFile } from '../../storage/local/regular-file.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { isRemote } from '../../storage/uri.ts';
import type { UnitContext } from '../engine/types.ts';
import { type InputIndex, type LeftOut, placesEvery, type Stretch } from './indexing.ts';

/** Steps over headers between two looks at the stop flag. */
const recordsAtOnce = 65_536;
/** Whoever begins in the middle of an object is sent, and drops, what stands between a place and the first record that it wants. */
const remotePlacesEvery = 64;

export interface CountUnit {
  readonly id: string;
  readonly input: InputStamp;
}

export async function run(
  { input }: CountUnit,
  { onError }: { readonly onError: OnError },
  context: UnitContext,
): Promise<InputIndex> {
  if (await isArrayRecordInput(input)) return countArrayRecord(input, onError, context);
  // Headers lie all over an object, each a request away: all of it is read, which checks it too.
  if (isRemote(input.uri)) return readAll(input, onError, context);
  const { fd } = openFile(input.uri);
  try {
    const head = new Uint8Array(512);
    const bytes = head.subarray(0, readSync(fd, head, 0, head.length, 0));
    const mayWalk = onError !== 'salvage' && sniffCompression(bytes) === 'none';
    return (mayWalk ? await walk(fd, input, context) : undefined) ?? (await readAll(input, onError, context));
  } finally {
    closeSync(fd);
  }
}

async function countArrayRecord(input: InputStamp, onError: OnError, { shared }: UnitContext): Promise<InputIndex> {
  const { indexArrayRecord } = await import('./array-record.ts');
  return indexArrayRecord(input, onError, shared);
}

/**
 * Reads headers only, and lets others have a turn: it may be the calling thread that does this. Undefined where one does not hold: whoever
 * reads all of it finds better words.
 */
async function walk(fd: number, { size }: InputStamp, context: UnitContext): Promise<InputIndex | undefined> {
  const stop = new SharedStop(context.shared);
  const places: number[] = [];
  let [offset, records] = [0, 0];
  while (offset < size) {
    stop.throwIfAborted();
    const step = native().walkRecords(fd, size, offset, recordsAtOnce, placesEvery);
    if (step.fault !== 0) return undefined;
    for (const [i, place] of step.places.entries()) places.push(records + i * placesEvery, place);
    offset = step.offset;
    records += step.records;
    if (offset < size) await nextTurn();
  }
  const stretches = records === 0 ? [] : [{ from: 0, index: 0, records, places }];
  return { format: 'tfrecord', compression: 'none', records, stretches, leftOut: [] };
}

async function readAll(input: InputStamp, onError: OnError, context: UnitContext): Promise<InputIndex> {
  const { version } = input;
  const pass = new FilePass(linkOf(input), {
    target: { kind: 'check' },
    placesEvery: isRemote(input.uri) ? remotePlacesEvery : placesEvery,
    stopOn: stopFor[onError],
    version,
    shared: context.shared,
  });
  try {
    const leftOut: LeftOut[] = [];
    const begins = [{ from: 0, index: 0, offset: 0 }];
    let isForeign = false;
    const onFinding = (finding: Finding) => {
      if (isFatal(finding, onError)) throw findingError('convert', input.uri, finding);
      const { record, offset, length, code, reason } = finding;
      const before = record - leftOut.length;
      leftOut.push({ before, record, offset, length, code, reason });
      begins.push({ from: before, index: record + 1, offset: offset + length });
      isForeign ||= finding.foreign === true;
    };
    for await (const _ of pass.run({ onFinding }));
    const { records } = pass.counts();
    const stretches = stretchesOf(begins, records, pass.notedPlaces());
    const format = isForeign && records === 0 ? 'unknown' : 'tfrecord';
    return { format, compression: pass.compression, records, stretches, leftOut };
  } finally {
    await pass.close();
  }
}

interface Begin {
  readonly from: number;
  readonly index: number;
  readonly offset: number;
}

function stretchesOf(begins: readonly Begin[], records: number, noted: Float64Array): Stretch[] {
  const stretches: Stretch[] = [];
  let next = 0;
  for (const [i, { from, index, offset }] of begins.entries()) {
    const end = begins[i + 1]?.from ?? records;
    if (end === from) continue;
    const places = [from, offset];
    for (; next < noted.length && noted[next]! < end; next += 2) {
      if (noted[next]! > from) places.push(noted[next]!, noted[next + 1]!);
    }
    stretches.push({ from, index, records: end - from, places });
  }
  return stretches;
}
