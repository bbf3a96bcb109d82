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
  checkRange,
  withSource,
} from './audio-input.ts';

export interface ReadAudioWindowsOptions extends AudioShapeOptions {
  /** Length of a window. */
  readonly seconds: number;
  /** From one start to the next. Default `seconds`: side by side. */
  readonly hop?: number;
  /** Windows that reach beyond the end: "zero" fills with silence, "reflect" runs backwards, "drop" leaves them out. Default "zero". */
  readonly pad?: 'zero' | 'drop' | 'reflect';
  /**
   * Keep windows valid for good. Default false: a window's array is detached (its length becomes 0) when the next one is asked for, so that
   * memory stays what one window takes.
   */
  readonly keep?: boolean;
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
  seconds: required<number>(expected, isSeconds),
  hop: optional<number>(expected, isSeconds),
  pad: oneOf(['zero', 'drop', 'reflect'], 'zero'),
  keep: flag(false),
};

/**
 * Windows in order: Float32Array of round(seconds * sampleRate) frames, interleaved (one channel with `mono` or `channel`), valid
 * until the next step unless `keep` is set.
 * Window i begins `from + i * hop` seconds into the recording. Only what the range needs is read and decoded.
 *
 * @throws BowerbirdError as readAudio()
 * @example
 * for await (const { samples, startSeconds } of readAudioWindows('day.flac', { seconds: 5, mono: 'mean', sampleRate: 32000 })) {
 *   console.log(startSeconds, samples.length);
 * }
 */
export async function* readAudioWindows(
  input: AudioInput,
  options: ReadAudioWindowsOptions,
): AsyncGenerator<AudioWindow, void, void> {
  const caller = 'readAudioWindows()';
  const read = readOptions(options, shape, caller);
  checkRange(read, caller);
  const { seconds, hop = seconds, pad, keep, from = 0, to, signal, lenient, onGap, onNote } = read;
  yield* withSource(input, caller, async function* (source) {
    const reader = await openAudio(source, { lenient });
    const plan = planShape(reader.info, read);
    const { sampleRate, channels, streamStart } = plan;
    const blocks = shapedFloats(reader, plan, { lenient, stop: signal, onGap, onNote });
    const end = to === undefined ? {} : { to };
    for (const text of reader.info.notes) onNote?.({ kind: 'header', text });
    yield* audioWindows(blocks, { sampleRate, channels, seconds, hop, pad, from, streamStart, reuse: !keep, ...end });
  });
}
