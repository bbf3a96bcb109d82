/** Options and report of decode(). */

import type { DecodedFile } from '../../jobs/decode/job.ts';
import type { NoteCount } from '../../jobs/engine/note-counts.ts';
import type { Inputs } from '../../storage/inputs.ts';
import type { JobReport, JobRunOptions } from './run.ts';

export interface DecodeOptions extends JobRunOptions {
  /** Files, folders (every regular file directly in them), globs or URIs. */
  readonly inputs: Inputs;
  /** "x.wav" for a single input; else a folder, in which each input becomes NAME.wav. */
  readonly out: string;
  /** One channel, counted from 0. Default: all channels as they are. */
  readonly channel?: number;
  /** The mean of all channels; not together with `channel`. Default false. */
  readonly mono?: boolean;
  /** In Hz. Default: that of the recording. */
  readonly sampleRate?: number;
  /** Seconds. Default: the start, and the end. */
  readonly from?: number;
  readonly to?: number;
  /** Of the output. Default: the fewest of 16, 24 and 32 that lose nothing, and "float" (32 bits) for floats. */
  readonly bits?: 16 | 24 | 32 | 'float';
  /** Put silence of the right length in the place of what is damaged and report it, instead of failing. Default false. */
  readonly lenient?: boolean;
}

export interface DecodeReport extends JobReport {
  readonly job: 'decode';
  readonly inputs: number;
  /** Length of all outputs. */
  readonly soundSeconds: number;
  /** Damaged stretches that became silence, and how long they are together. */
  readonly gaps: number;
  readonly lostSeconds: number;
  /** What is odd about the files although they were read: those of one kind are counted. Each file has its own in `files`. */
  readonly notes: readonly NoteCount[];
  /** One per input, in plan order. For a dry run: what would be made, with counts 0. */
  readonly files: readonly DecodedFile[];
}
