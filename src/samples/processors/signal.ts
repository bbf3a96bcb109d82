/** The sound of a sample as features take it: one channel, at one rate. */

import { BowerbirdError } from '../../errors.ts';
import { shapeChannels } from '../../formats/audio/pcm.ts';
import { Resampler, resampleReach } from '../../formats/audio/resample.ts';
import { PythonFloat } from '../../formats/python/values.ts';
import { checkArgument, checkObject } from '../../options.ts';
import type { ProcessContext } from '../processor.ts';
import type { Sample } from '../sample.ts';
import { isRate, soundOf } from '../sound.ts';

/** Frame by frame. */
export interface SampleSound {
  readonly samples: Float32Array;
  readonly channels: number;
  readonly frames: number;
  readonly sampleRate: number;
}

/**
 * The sound of a sample: `audio` is a Float32Array whose `shape` is [frames] or [frames, channels] (without one it is mono), an array of such a
 * shape, or the bytes of a file.
 *
 * @throws BowerbirdError BAD_SCHEMA: there is none, or it is something else
 */
export async function soundIn(sample: Sample, context: ProcessContext): Promise<SampleSound> {
  checkObject(sample, 'process()', 'a sample, an object');
  checkObject(context, 'process()', '{ sampleRate }');
  const { sampleRate } = context;
  checkArgument(sampleRate, isRate, 'the rate of the sample in Hz, 1 to 4294967295', 'process()');
  const { audio } = sample;
  if (audio instanceof Float32Array) return shaped(audio, sample['shape'], sampleRate);
  if (audio instanceof Uint8Array) {
    const { data, shape } = await soundOf(audio, sampleRate);
    return shaped(data as Float32Array, shape, sampleRate);
  }
  const { data, shape } = (audio ?? {}) as { readonly data?: unknown; readonly shape?: unknown };
  if (data instanceof Float32Array) return shaped(data, shape, sampleRate);
  const found = audio === undefined ? 'no field "audio"' : 'something else in its field "audio"';
  throw unfit(`expected a Float32Array or the bytes of a recording, found ${found}`);
}

function shaped(samples: Float32Array, given: unknown, sampleRate: number): SampleSound {
  const shape = given === undefined ? [samples.length] : listOf(given);
  const [frames = 0, channels = 1] = shape;
  const fits = shape.length === 1 || (shape.length === 2 && channels >= 1 && channels <= 0xffff);
  if (!fits || frames * channels !== samples.length) {
    throw unfit(
      `its shape is (${shape.join(', ')}), expected (frames,) or (frames, channels) of ${samples.length} samples`,
    );
  }
  return { samples, channels, frames, sampleRate };
}

/** A list or a tuple of whole numbers; [] for anything else. */
function listOf(shape: unknown): readonly number[] {
  const items: unknown = Array.isArray(shape) ? shape : (shape as { readonly items?: unknown } | null)?.items;
  return Array.isArray(items) && items.every((size) => Number.isSafeInteger(size) && size >= 0) ? items : [];
}

function unfit(state: string): BowerbirdError {
  return new BowerbirdError('BAD_SCHEMA', `Cannot use the sound of the sample: ${state}`);
}

/**
 * One channel of it, or the mean of all, at `rate` Hz.
 *
 * @throws BowerbirdError BAD_SCHEMA: it has no such channel; UNSUPPORTED: the rates lie too far apart
 */
export function signalOf(sound: SampleSound, channel: number | undefined, rate: number): Float32Array {
  const { samples, channels, sampleRate } = sound;
  if (channel !== undefined && channel >= channels) {
    throw unfit(`it has ${channels} channel${channels === 1 ? '' : 's'}, and option "channel" is ${channel}`);
  }
  const signal = shapeChannels(samples, channels, channel ?? 'mean');
  if (rate === sampleRate) return signal;
  // Of a recording any rate is possible: that it cannot be resampled is no misuse.
  resampleReach(sampleRate, rate);
  const resampler = new Resampler(sampleRate, rate);
  const [head, tail] = [resampler.push(signal), resampler.flush()];
  const all = new Float32Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}

/** Of all of it, cut or not. Python's float, which a whole number would not be. */
export function durationOf({ frames, sampleRate }: SampleSound): PythonFloat {
  return new PythonFloat(frames / sampleRate);
}

/**
 * Of sound that is cut behind `most` samples, 0 for all of it.
 *
 * @throws BowerbirdError BAD_SCHEMA: there are more, and `truncation` is false
 */
export function checkLength(
  signal: Float32Array,
  { most, rate, truncation }: { readonly most: number; readonly rate: number; readonly truncation: boolean },
  { note }: ProcessContext,
): void {
  if (most === 0 || signal.length <= most) return;
  const [found, expected] = [signal.length, most].map((samples) => `${samples / rate} s`);
  if (truncation) {
    note?.(`sound behind ${expected} was cut off`);
    return;
  }
  throw new BowerbirdError(
    'BAD_SCHEMA',
    `Cannot compute features of all the sound: there are ${found}, expected at most ${expected} where option "truncation" is false`,
  );
}
