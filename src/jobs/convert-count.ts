/** The work of one unit of counting, before `convert` can cut inputs into shards: where the records of one file are. Runs in a worker. */

import { closeSync, openSync } from 'node:fs';
import { systemError } from '../errors.ts';
import { isArrayRecord } from '../formats/array-record-index.ts';
import { sniffCompression } from '../formats/compression.ts';
import { native } from '../native.ts';
import { isRemote } from '../storage/uri.ts';
import { indexArrayRecord } from './convert-array-record.ts';
import { type InputIndex, type LeftOut, placesEvery, type Stretch } from './convert-index.ts';
import { isFatal, type OnError, stopFor } from './on-error.ts';
import { FilePass, type Finding, findingError } from './record-pass.ts';
import { SharedStop } from './shared.ts';
import type { InputStamp, UnitContext } from './types.ts';
import { readHead } from './unit-input.ts';

export const COUNT_MODULE = new URL('./convert-count.js', import.meta.url).href;

const headBytes = 512;
/** Steps over headers between two looks at the stop flag. */
const recordsAtOnce = 65_536;
/** Whoever begins in the middle of an object gets, and drops, what stands between a place and his first record. */
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
  const head = await readHead(input, headBytes);
  if (isArrayRecord(head)) return await indexArrayRecord(input, onError, context.shared);
  // A request for every header would take longer than all bytes of an object.
  const mayWalk = onError !== 'salvage' && !isRemote(input.uri) && sniffCompression(head) === 'none';
  return (mayWalk ? walkFile(input, context) : undefined) ?? (await readAll(input, onError, context));
}

function walkFile(input: InputStamp, context: UnitContext): InputIndex | undefined {
  let fd: number;
  try {
    fd = openSync(input.uri, 'r');
  } catch (error) {
    throw systemError('open', input.uri, error);
  }
  try {
    return walk(fd, input, context);
  } finally {
    closeSync(fd);
  }
}

/** Reads headers only. Undefined where one does not hold: whoever reads all of it finds better words. */
function walk(fd: number, { size }: InputStamp, context: UnitContext): InputIndex | undefined {
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
  }
  const stretches = records === 0 ? [] : [{ from: 0, index: 0, records, places }];
  return { format: 'tfrecord', compression: 'none', records, stretches, leftOut: [] };
}

async function readAll(input: InputStamp, onError: OnError, context: UnitContext): Promise<InputIndex> {
  const { uri, version } = input;
  const pass = new FilePass(uri, { stopOn: stopFor[onError], version, shared: context.shared });
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
    pass.native.notePlaces(isRemote(uri) ? remotePlacesEvery : placesEvery);
    for await (const _ of pass.run({ onFinding }));
    const { records } = pass.native.counts();
    const stretches = stretchesOf(begins, records, pass.native.noted());
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
