/** Processor: what makes of each sample the one that is stored. */

import { isObject, usage } from '../options.ts';
import type { NdArray, Sample } from './sample.ts';

export interface ProcessContext {
  /** Of the sound in `sample.audio`, in Hz. */
  readonly sampleRate: number;
  /**
   * Says what was done to this sample that its user should know, such as "sound behind 30 s was cut off". A run counts the samples of each
   * kind, and tells them in its notes (NoteCount). Absent where nobody counts.
   */
  readonly note?: (what: string) => void;
}

export interface ProcessorOptions {
  /** Default false: what is stored is what process() gives, and nothing else. */
  readonly keepOriginal?: boolean;
}

/**
 * Subclass it, export the class from a module, and give pack() that module, the name and the options: threads make one each.
 *
 * @example
 * export class Loudness extends Processor {
 *   process(sample) {
 *     const rms = Math.sqrt(sample.audio.reduce((sum, x) => sum + x * x, 0) / sample.audio.length);
 *     return { ...(this.keepOriginal ? sample : {}), rms };
 *   }
 * }
 */
export abstract class Processor {
  /** Whether process() is to hand on the fields that it was given beside those that it makes. */
  readonly keepOriginal: boolean;

  constructor(options: ProcessorOptions = {}) {
    const keepOriginal = isObject(options) ? (options.keepOriginal ?? false) : undefined;
    if (typeof keepOriginal !== 'boolean') {
      throw usage('Cannot make a processor: expected an object whose "keepOriginal" is true or false');
    }
    this.keepOriginal = keepOriginal;
  }

  /** Called once in each thread, before the first sample: for what is loaded from files, or by import(). */
  prepare?(): void | Promise<void>;

  /** The sample to store. The same sample gives the same result, in any thread. What it throws rejects the sample, or ends the run (`onError`). */
  abstract process(sample: Sample, context: ProcessContext): Sample | Promise<Sample>;

  /** The sound of a file in memory, at `rate` Hz, all its channels: shape [frames] of one channel, else [frames, channels]. */
  async loadArray(bytes: Uint8Array, rate: number): Promise<NdArray> {
    const { soundOf } = await import('./sound.ts');
    return soundOf(bytes, rate);
  }
}
