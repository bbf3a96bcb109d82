/** readAudioWindows(): a recording of any length in windows, in constant memory. */

import type { AudioGap, AudioNote } from '../formats/audio/audio.ts';
import { planShape, shapedFloats } from '../formats/audio/shape.ts';
import { type AudioWindow, audioWindows } from '../formats/audio/windows.ts';
import { openAudio } from '../formats/open-audio.ts';
import { flag, oneOf, optional, readOptions, required } from '../options.ts';
import {
  type AudioInput,
  type AudioShapeOptions,
  audioFindings,
  audioShape,
  checkShape,
  withSource,
} from './audio-input.ts';

export interface ReadAudioWindowsOptions extends AudioShapeOptions {
  /** Seconds: length of a window. */
  readonly window: number;
  /** Seconds from one start to the next. Default `window`: side by side. */
  readonly hop?: number;
  /** Windows that reach beyond the end: "zero" fills with silence, "reflect" runs backwards, "drop" leaves them out. Default "zero". */
  readonly pad?: 'zero' | 'drop' | 'reflect';
  /**
   * Give every window the memory of the one before, for loops that are done with a window when they ask for the next: then its array is detached
   * (its length becomes 0). Default false: every window has an array of its own, to be kept as long as you like.
   */
  readonly reuse?: boolean;
  /** Told of each gap of a lenient read. */
  readonly onGap?: (gap: AudioGap) => void;
  /** Told of what is odd: what the header tells at the start, the rest at the end. */
  readonly onNote?: (note: AudioNote) => void;
}

const isSeconds = (v: unknown): v is number => typeof v === 'number' && Number.isFinite(v) && v > 0;
const expected = 'a number of seconds above 0';

const shape = {
  ...audioShape,
  ...audioFindings,
  window: required<number>(expected, isSeconds),
  hop: optional<number>(expected, isSeconds),
  pad: oneOf(['zero', 'drop', 'reflect'], 'zero'),
  reuse: flag(false),
};

/**
 * Windows in order: Float32Array of round(window * sampleRate) frames, interleaved (one channel with `mono` or `channel`), an array of its own
 * each unless `reuse` is set.
 * Window i begins `from + i * hop` seconds into the recording. Only what the range needs is read and decoded.
 *
 * Memory does not grow with the recording: about two windows with `reuse`; without it also those that were let go and that the collector has not
 * taken yet: two windows, or some tens of MiB (under Node 24 up to some two hundred). (An hour of 48 kHz stereo, 5 s at a time: 16 MiB with, 56 MiB without.)
 *
 * @throws BowerbirdError as readAudio()
 * @example
 * for await (const { samples, startSeconds } of readAudioWindows('day.flac', { window: 5, mono: true, sampleRate: 32000 })) {
 *   console.log(startSeconds, samples.length);
 * }
 */
export async function* readAudioWindows(
  input: AudioInput,
  options: ReadAudioWindowsOptions,
): AsyncGenerator<AudioWindow, void, void> {
  const caller = 'readAudioWindows()';
  const read = readOptions(options, shape, caller);
  checkShape(read, caller);
  const { window, hop = window, pad, reuse, from = 0, to, signal, lenient, onGap, onNote } = read;
  yield* withSource(input, caller, async function* (source) {
    const reader = await openAudio(source, { lenient });
    const plan = planShape(reader.info, read);
    const { sampleRate, channels, streamStart } = plan;
    const blocks = shapedFloats(reader, plan, { lenient, stop: signal, onGap, onNote });
    const end = to === undefined ? {} : { to };
    for (const text of reader.info.notes) onNote?.({ kind: 'header', text });
    yield* audioWindows(blocks, { sampleRate, channels, window, hop, pad, from, streamStart, reuse, ...end });
  });
}
