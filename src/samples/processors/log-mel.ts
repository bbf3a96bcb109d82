/** LogMelProcessor: log-mel features of a sample's sound, by the fields that AudioMDB's example of a processor has. */

import { logMel } from '../../features/log-mel.ts';
import { type FeatureOptions, featureParameters, featureShape, presetNames } from '../../features/parameters.ts';
import { logMelPatches, type PatchOptions, readPatches } from '../../features/patches.ts';
import { type FeaturePreset, type FeaturePresetName, presets } from '../../features/presets.ts';
import { PythonTuple } from '../../formats/python/values.ts';
import { flag, integer, isObject, isRecord, oneOf, optional, readOptions } from '../../options.ts';
import { type ProcessContext, Processor, type ProcessorOptions } from '../processor.ts';
import type { Sample } from '../sample.ts';
import { checkLength, durationOf, signalOf, soundIn } from './signal.ts';

/** What `logMel()` takes, and what to do with the sample. */
export interface LogMelProcessorOptions extends ProcessorOptions, Partial<FeatureOptions> {
  /** Default "whisper". */
  readonly preset?: FeaturePresetName;
  /** In Hz: sound at another rate is resampled to it. Default the preset's own. */
  readonly sampleRate?: number;
  /** Take one channel, counted from 0. Default the mean of all. */
  readonly channel?: number;
  /** Whether sound longer than `padTo` (the 30 s of Whisper) is cut, as Whisper's extractor does it. False: it is refused. Default true. */
  readonly truncation?: boolean;
  /** Cut the features into patches, of presets with [frames, bins]: { frames: 96, hop: 48 } is YAMNet's. The last one is filled up with silence. */
  readonly patches?: PatchOptions;
}

/**
 * Gives `mel_spectrogram` (float32 of `mel_shape`, in the layout of the preset; with `patches` [patches, frames, bins]), `mel_shape`, `sample_rate`
 * of the features in Hz, and `duration` of the sound in seconds. Nothing else is kept, the text neither, but with `keepOriginal` all of the sample
 * is: then `sample_rate` is that of `audio`, as it was, and `mel_sample_rate` that of the features.
 *
 * @throws BowerbirdError USAGE: an unknown or impossible option; of a sample BAD_SCHEMA: no sound, too little for a frame, too much without `truncation`
 * @example
 * const processor = new LogMelProcessor({ preset: 'kaldi', bins: 80 });
 * const sound = new Float32Array(16000);
 * const { mel_shape } = await processor.process({ audio: sound, text: 'silence' }, { sampleRate: 16000 });
 */
export class LogMelProcessor extends Processor {
  readonly #features: FeatureOptions;
  readonly #channel: number | undefined;
  readonly #most: number;
  readonly #truncation: boolean;
  readonly #patches: PatchOptions | undefined;

  constructor(options: LogMelProcessorOptions = {}) {
    const caller = 'LogMelProcessor()';
    const { keepOriginal, channel, truncation, patches, sampleRate, ...features } = read(options, caller);
    const rate = sampleRate ?? presets[features.preset].sampleRate;
    const parameters = featureParameters({ ...features, sampleRate: rate }, caller);
    const { padTo } = parameters;
    super({ keepOriginal });
    this.#features = { ...features, sampleRate: rate };
    this.#channel = channel;
    this.#patches = patches === undefined ? undefined : readPatches(patches, parameters, caller);
    this.#most = padTo;
    this.#truncation = truncation;
  }

  override async process(sample: Sample, context: ProcessContext): Promise<Sample> {
    const sound = await soundIn(sample, context);
    const rate = this.#features.sampleRate;
    const signal = signalOf(sound, this.#channel, rate);
    checkLength(signal, { most: this.#most, rate, truncation: this.#truncation }, context);
    const patches = this.#patches;
    const { data, shape } =
      patches === undefined ? logMel(signal, this.#features) : logMelPatches(signal, this.#features, patches);
    const made = { mel_spectrogram: { data, shape }, mel_shape: new PythonTuple(shape), duration: durationOf(sound) };
    return this.keepOriginal
      ? { ...sample, sample_rate: sound.sampleRate, ...made, mel_sample_rate: rate }
      : { ...made, sample_rate: rate };
  }
}

/** The preset first: what it says is the default of the others. */
function read(options: unknown, caller: string) {
  const given = isObject(options) ? (options as { readonly preset?: unknown }).preset : undefined;
  const known = presetNames.find((name) => name === given) ?? 'whisper';
  const preset: FeaturePreset = presets[known];
  return readOptions(
    options as object,
    {
      preset: oneOf(presetNames, 'whisper'),
      sampleRate: integer(1, 1e9, undefined),
      ...featureShape(preset),
      channel: integer(0, 65535, undefined),
      truncation: flag(true),
      patches: optional<PatchOptions>('{ frames, hop }', isRecord),
      keepOriginal: flag(false),
    },
    caller,
  );
}
