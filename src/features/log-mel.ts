/** Log-mel features of sound: native/core/features over whole signals. */

import { BowerbirdError } from '../errors.ts';
import { type FeaturePlan, native } from '../native/native.ts';
import { checkArgument, usage } from '../options.ts';
import { type FeatureOptions, type FeatureParameters, featureParameters, parameterNumbers } from './parameters.ts';

export interface LogMelFeatures {
  /** Row after row. */
  readonly data: Float32Array<ArrayBuffer>;
  /**
   * [bins, frames] where `layout` is "binsFirst", as Whisper, librosa and torchaudio have it; else [frames, bins], as Kaldi and YAMNet do. With
   * `energy` bins + 1.
   */
  readonly shape: readonly [number, number];
}

/** A plan takes about a millisecond to make and some hundred kB to keep: a job uses one or two. */
const plans = new Map<string, FeaturePlan>();
const mostPlans = 4;

/** What an array of floats may hold. */
const mostValues = 2 ** 32;

/**
 * Features of one channel of sound, as the front end of a `preset` makes them: "whisper", "kaldi", "librosa", "torchaudio" or "yamnet", with what
 * `options` change of it. Samples are finite, at most 1 in magnitude, at `sampleRate` Hz. The same input gives the same bits on every machine: of what
 * the presets are named after, `whisper`, `librosa` and `torchaudio` are within 1e-4, `kaldi` and `yamnet` within what the single precision of those
 * leaves. It works in double precision and gives float32.
 *
 * @throws BowerbirdError USAGE: an unknown or impossible option, a rate that the preset does not take; BAD_SCHEMA: no samples, too few for a frame, or
 * one that is not finite
 * @example
 * const { data, shape } = logMel(new Float32Array(16000), { preset: 'kaldi', sampleRate: 16000, bins: 80 });
 */
export function logMel(samples: Float32Array, options: FeatureOptions): LogMelFeatures {
  const caller = 'logMel()';
  checkArgument(samples, (v): v is Float32Array => v instanceof Float32Array, 'a Float32Array', caller);
  const parameters = featureParameters(options, caller);
  const plan = planFor(parameters);
  const fail = (state: string) => new BowerbirdError('BAD_SCHEMA', `Cannot compute features: ${state}`);
  if (samples.length === 0) throw fail('there are no samples');

  const { bins, energy, layout } = parameters;
  const width = bins + Number(energy);
  const frames = plan.frames(samples.length);
  if (frames === 0) {
    const { leastSamples } = plan.describe();
    throw fail(
      `there are ${samples.length} samples, and the first frame takes ${leastSamples}; pad the sound, or set option "padTo"`,
    );
  }
  if (frames * width > mostValues) {
    throw usage(
      `Cannot compute ${frames} frames of ${width} values at once: expected at most ${mostValues} values; cut the sound`,
    );
  }
  const data = plan.run(samples);
  if (typeof data === 'number') {
    throw fail(`sample ${data} of ${samples.length} is ${samples[data]}, expected a finite number`);
  }
  return { data, shape: layout === 'framesFirst' ? [frames, width] : [width, frames] };
}

function planFor(parameters: FeatureParameters): FeaturePlan {
  const numbers = parameterNumbers(parameters);
  const key = numbers.join(' ');
  const plan = plans.get(key) ?? new (native().FeaturePlan)(numbers);
  // The one used last stands last, so the first is the one to forget.
  plans.delete(key);
  plans.set(key, plan);
  if (plans.size > mostPlans) plans.delete(plans.keys().next().value!);
  return plan;
}
