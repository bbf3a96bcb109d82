/** Samples the shared counters of a run for whoever watches it. */

import { readCounters } from '../../counters.ts';
import type { Progress } from './types.ts';

const SAMPLE_MS = 250;

/** Must be ended; the end makes one last report. */
export class Sampler {
  readonly #job: string;
  readonly #units: number;
  readonly #shared: SharedArrayBuffer;
  readonly #onProgress: ((progress: Progress) => void) | undefined;
  readonly #began = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #done = 0;
  #skipped = 0;
  #bytesTotal = 0;

  constructor(
    job: string,
    units: number,
    shared: SharedArrayBuffer,
    onProgress: ((progress: Progress) => void) | undefined,
  ) {
    this.#job = job;
    this.#units = units;
    this.#shared = shared;
    this.#onProgress = onProgress;
  }

  /** Units that this run has finished. */
  get done(): number {
    return this.#done;
  }

  /** Units that an earlier run had finished. */
  get skipped(): number {
    return this.#skipped;
  }

  get elapsedSeconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  /** So many more bytes are to be read. */
  expectBytes(bytes: number): void {
    this.#bytesTotal += bytes;
  }

  skipUnits(count: number): void {
    this.#skipped += count;
  }

  endUnit(): void {
    this.#done += 1;
  }

  /** Reports at once, so that a run shorter than the interval is seen, and can be stopped, before its work begins. */
  start(): void {
    if (this.#onProgress === undefined) return;
    this.#report();
    this.#timer = setInterval(() => this.#report(), SAMPLE_MS);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#report();
  }

  #report(): void {
    const { bytes, records, rejects } = readCounters(this.#shared);
    this.#onProgress?.({
      job: this.#job,
      units: this.#units,
      unitsDone: this.#done + this.#skipped,
      unitsSkipped: this.#skipped,
      bytes,
      bytesTotal: this.#bytesTotal,
      records,
      rejects,
      elapsedSeconds: this.elapsedSeconds,
    });
  }
}
