/** LogMelProcessor: log-mel features of a sample's sound, by the fields that AudioMDB's example of a processor has. */

import { logMel } from '../../features/log-mel.ts';
import { type FeatureOptions, featureParameters, featureShape, presetNames } from '../../features/parameters.ts';
import { type FeaturePreset, type FeaturePresetName, presets } from '../../features/presets.ts';
import { PythonTuple } from '../../formats/python/values.ts';
import { flag, integer, isObject, oneOf, readOptions } from '../../options.ts';
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
  /** Whether sound longer than `padTo` (the 30 s of Whisper) may be cut, as Whisper's extractor does it. False: such a sample is refused. Default true. */
  readonly truncation?: boolean;
}

/**
 * Gives `mel_spectrogram` (float32 of `mel_shape`, in the layout of the preset), `mel_shape`, `sample_rate` of the features in Hz, and `duration`
 * of the sound in seconds. Nothing else is kept, the text neither, but with `keepOriginal` all of the sample is: then `sample_rate` is that of
 * `audio`, as it was, and `mel_sample_rate` that of the features.
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

  constructor(options: LogMelProcessorOptions = {}) {
    const { keepOriginal, channel, truncation, sampleRate, ...features } = read(options, 'LogMelProcessor()');
    const rate = sampleRate ?? presets[features.preset].sampleRate;
    const { padTo } = featureParameters({ ...features, sampleRate: rate }, 'LogMelProcessor()');
    super({ keepOriginal });
    this.#features = { ...features, sampleRate: rate };
    this.#channel = channel;
    this.#most = padTo > 0 && !truncation ? padTo : Number.POSITIVE_INFINITY;
  }

  override async process(sample: Sample, context: ProcessContext): Promise<Sample> {
    const sound = await soundIn(sample, context);
    const rate = this.#features.sampleRate;
    const signal = signalOf(sound, this.#channel, rate);
    checkLength(signal, this.#most, rate);
    const { data, shape } = logMel(signal, this.#features);
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
      keepOriginal: flag(false),
    },
    caller,
  );
}
