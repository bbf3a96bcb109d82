/** Features cut into patches of one size, as models take them. */

import { readOptions, required, usage } from '../options.ts';
import { type LogMelFeatures, logMel } from './log-mel.ts';
import { type FeatureOptions, type FeatureParameters, featureParameters } from './parameters.ts';

export interface PatchOptions {
  /** Frames of a patch. */
  readonly frames: number;
  /** Frames from the start of one patch to that of the next. */
  readonly hop: number;
}

export interface LogMelPatches {
  /** Patch after patch, row after row. */
  readonly data: LogMelFeatures['data'];
  /** [patches, frames, bins], with `energy` bins + 1. */
  readonly shape: readonly [number, number, number];
}

/** Most values of all patches: they overlap, and a hop of 1 makes many of a few frames. */
const mostValues = 2 ** 32;

/**
 * Patches of `logMel()` with a layout of [frames, bins] and frames that lie inside of the sound, as YAMNet (patches of 96 frames, hop 48) and VGGish
 * (hop 96) have them. Silence fills the sound up to the end of its last patch, as `pad_waveform()` of tensorflow/models,
 * research/audioset/yamnet/features.py, does it: there is at least one, and no sound is left out.
 *
 * @throws BowerbirdError as logMel(); USAGE: another layout or framing
 */
export function logMelPatches(samples: Float32Array, options: FeatureOptions, patches: PatchOptions): LogMelPatches {
  const caller = 'logMelPatches()';
  const parameters = featureParameters(options, caller);
  const { frames, hop } = readPatches(patches, parameters, caller);
  const { windowLength, hop: samplesOfFrame } = parameters;
  const width = parameters.bins + Number(parameters.energy);
  const leastSamples = windowLength + (frames - 1) * samplesOfFrame;
  const more = Math.ceil(Math.max(0, samples.length - leastSamples) / (hop * samplesOfFrame));
  const count = more + 1;
  if (count * frames * width > mostValues) {
    throw usage(
      `Cannot make ${count} patches of ${frames} frames at once: expected at most ${mostValues} values; cut the sound`,
    );
  }
  // Of no samples no silence is made: logMel() says that there are none.
  const padded = new Float32Array(samples.length === 0 ? 0 : leastSamples + more * hop * samplesOfFrame);
  padded.set(samples);
  const all = logMel(padded, options);
  const data = new Float32Array(count * frames * width);
  for (let i = 0; i < count; i++) {
    const start = i * hop * width;
    data.set(all.data.subarray(start, start + frames * width), i * frames * width);
  }
  return { data, shape: [count, frames, width] };
}

const patchSize = (what: string) =>
  required(
    `the number of frames ${what}, 1 to 1000000`,
    (v): v is number => Number.isInteger(v) && (v as number) >= 1 && (v as number) <= 1e6,
  );

const shape = { frames: patchSize('of a patch'), hop: patchSize('from patch to patch') };

/** @throws BowerbirdError USAGE: no such sizes, or features that cannot be cut */
export function readPatches(patches: PatchOptions, features: FeatureParameters, caller: string): PatchOptions {
  const read = readOptions(patches, shape, caller);
  const { layout, framing, padTo, dropLast } = features;
  if (layout === 'framesFirst' && framing === 'inside' && padTo === 0 && !dropLast) return read;
  throw usage(
    `Cannot cut patches in ${caller}: expected "layout" as "framesFirst", "framing" as "inside", and neither "padTo" nor "dropLast", as of kaldi and yamnet`,
  );
}
