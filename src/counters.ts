/**
 * The 64 bytes that all threads of a run share: a stop flag and the counters that progress is sampled from. The native side
 * adds to the same counters with its own atomics, so the offsets below are a contract between the two.
 */

import type { Stop } from './bytes.ts';
import { BowerbirdError, type ErrorPlace } from './errors.ts';
import { named } from './options.ts';

/** Int32: 0 goes on, 1 stops. */
export const STOP_OFFSET = 0;
/** Unsigned 64-bit, little-endian, naturally aligned. The bytes from 32 on are spare and zero. */
export const BYTES_OFFSET = 8;
export const RECORDS_OFFSET = 16;
export const REJECTS_OFFSET = 24;
export const SHARED_BYTES = 64;

const counterOffsets = { bytes: BYTES_OFFSET, records: RECORDS_OFFSET, rejects: REJECTS_OFFSET } as const;
export type Counter = keyof typeof counterOffsets;
export type Counters = { readonly [C in Counter]: number };

export function createShared(): SharedArrayBuffer {
  return new SharedArrayBuffer(SHARED_BYTES);
}

/** Returns the count after adding. */
export function addCount(shared: SharedArrayBuffer, counter: Counter, more: number): number {
  const cell = new BigUint64Array(shared, counterOffsets[counter], 1);
  return Number(Atomics.add(cell, 0, BigInt(more))) + more;
}

export function readCounters(shared: SharedArrayBuffer): Counters {
  const read = (offset: number) => Number(Atomics.load(new BigUint64Array(shared, offset, 1), 0));
  return { bytes: read(BYTES_OFFSET), records: read(RECORDS_OFFSET), rejects: read(REJECTS_OFFSET) };
}

/** Counts one rejected record; the limit is on the whole run, so it is checked against the shared total. */
export function countReject(shared: SharedArrayBuffer, maxRejects: number | undefined, place?: ErrorPlace): void {
  const total = addCount(shared, 'rejects', 1);
  if (maxRejects !== undefined && total > maxRejects) throw tooManyRejects(maxRejects, place);
}

export function tooManyRejects(maxRejects: number, place?: ErrorPlace): BowerbirdError {
  const message = `Cannot go on: more than ${maxRejects} record(s) were rejected; raise ${named('maxRejects')} or mend the inputs`;
  return new BowerbirdError('TOO_MANY_REJECTS', message, place);
}

export function requestStop(shared: SharedArrayBuffer): void {
  Atomics.store(new Int32Array(shared, STOP_OFFSET, 1), 0, 1);
}

/** The stop flag as the readers of blocks poll it. */
export class SharedStop implements Stop {
  readonly #flag: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#flag = new Int32Array(shared, STOP_OFFSET, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.#flag, 0) !== 0;
  }

  throwIfAborted(): void {
    if (this.stopped) throw interrupted();
  }
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interrupted(signal.reason);
}

export function interrupted(reason?: unknown): BowerbirdError {
  const message = 'Stopped before the end; what is finished is kept, run the same command again to go on';
  return new BowerbirdError('INTERRUPTED', message, {}, reason === undefined ? undefined : { cause: reason });
}
