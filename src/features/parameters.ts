/** From a preset and what a caller wants otherwise to the complete parameters of a front end. */

import {
  featureFraming,
  featureLogarithm,
  featureMelScale,
  featureParam,
  featureWindow,
  mostBins,
  mostFactor,
  mostFft,
} from '../native/native.ts';
import {
  type Check,
  flag,
  integer,
  number,
  oneOf,
  type Reader,
  readOptions,
  required,
  requiredOneOf,
  type Shape,
  usage,
} from '../options.ts';
import { type FeaturePreset, type FeaturePresetName, presets } from './presets.ts';

/** Parameters that no rule has to complete any more. */
export interface FeatureParameters extends Omit<FeaturePreset, 'otherRates'> {
  readonly fft: number;
  readonly windowLength: number;
  readonly high: number;
}

type Overrides = { readonly [K in Exclude<keyof FeatureParameters, 'sampleRate'>]?: FeatureParameters[K] | undefined };

export interface FeatureOptions extends Overrides {
  readonly preset: FeaturePresetName;
  /** Of the samples, in Hz. */
  readonly sampleRate: number;
}

export const presetNames = Object.keys(presets) as FeaturePresetName[];
const mostRate = 1e9;
const mostLength = 2 ** 32;
const mostValue = 1e9;

/** A logarithm of less could be infinite. */
const leastFloor = 1e-200;

/**
 * `low` and `high` in Hz, lengths in samples at `sampleRate`.
 * @throws BowerbirdError USAGE: an unknown or impossible option, or a rate that the preset does not take
 */
export function featureParameters(options: FeatureOptions, caller = 'featureParameters()'): FeatureParameters {
  const { preset: name } = readOptions(pick(options), { preset: requiredOneOf(presetNames) }, caller);
  const preset: FeaturePreset = presets[name];
  const rate = required(
    'the sample rate in Hz, 1 to 1000000000',
    (v): v is number => typeof v === 'number' && v >= 1 && v <= mostRate,
  );
  const read = readOptions(
    options,
    { preset: requiredOneOf(presetNames), ...featureShape(preset), sampleRate: rate },
    caller,
  );
  const { sampleRate } = read;
  if (preset.otherRates === 'refuse' && sampleRate !== preset.sampleRate) {
    throw usage(
      `Cannot compute ${name} features of sound at ${sampleRate} Hz: expected ${preset.sampleRate} Hz, ` +
        'which its models were trained with; resample it first',
    );
  }
  const scaled = (length: number) =>
    preset.otherRates === 'keepSeconds' ? Math.max(1, Math.floor((length * sampleRate) / preset.sampleRate)) : length;
  const givenWindow = read.windowLength ?? (preset.windowLength === null ? undefined : scaled(preset.windowLength));
  const fft = read.fft ?? preset.fft ?? powerOfTwo(givenWindow ?? 2);
  const { preset: _, ...rest } = read;
  const complete: FeatureParameters = {
    ...rest,
    fft,
    windowLength: givenWindow ?? fft,
    hop: read.hop ?? scaled(preset.hop),
    high: read.high ?? preset.high ?? sampleRate / 2,
  };
  check(complete, caller);
  return complete;
}

/** So that an unknown preset is told before the options that depend on it. */
function pick(options: unknown): object | undefined {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options as undefined;
  const { preset } = options as { readonly preset?: unknown };
  return { preset };
}

/** Options besides `preset` and `sampleRate`, with a preset's values for those that are not given. */
export function featureShape(preset: FeaturePreset) {
  const names = <const T extends string>(table: { readonly [name in T]: unknown }, fallback: T) =>
    oneOf(Object.keys(table) as T[], fallback);
  const atLeast0 = (fallback: number) =>
    number(`a number, 0 to ${mostValue}`, (v) => v >= 0 && v <= mostValue, fallback);
  const real = (fallback: number) =>
    number(`a number, -${mostValue} to ${mostValue}`, (v) => Math.abs(v) <= mostValue, fallback);
  const high: Reader<number, undefined> = number('a frequency in Hz', (v) => v > 0, undefined);
  return {
    fft: integer(2, mostFft, undefined),
    windowLength: integer(2, mostFft, undefined),
    hop: integer(1, mostLength, undefined),
    window: names(featureWindow, preset.window),
    periodic: flag(preset.periodic),
    framing: names(featureFraming, preset.framing),
    padTo: integer(0, mostLength, preset.padTo),
    dropLast: flag(preset.dropLast),
    scale: number('a number, 1e-9 to 1e9', (v) => v >= 1e-9 && v <= mostValue, preset.scale),
    removeMean: flag(preset.removeMean),
    preEmphasis: number('a number, 0 to 1', (v) => v >= 0 && v <= 1, preset.preEmphasis),
    spectrum: oneOf(['power', 'magnitude'], preset.spectrum),
    energy: flag(preset.energy),
    bins: integer(1, mostBins, preset.bins),
    low: number('a frequency in Hz', (v) => v >= 0, preset.low),
    high,
    melScale: names(featureMelScale, preset.melScale),
    triangles: oneOf(['hertz', 'mel'], preset.triangles),
    melNorm: oneOf(['slaney', 'none'], preset.melNorm),
    logarithm: names(featureLogarithm, preset.logarithm),
    floor: atLeast0(preset.floor),
    offset: atLeast0(preset.offset),
    range: atLeast0(preset.range),
    shift: real(preset.shift),
    multiplier: real(preset.multiplier),
    layout: oneOf(['binsFirst', 'framesFirst'], preset.layout),
  } satisfies Shape & { readonly [K in keyof Overrides]-?: Check<unknown> };
}

/** What options say to each other. */
function check(p: FeatureParameters, caller: string): void {
  const fail = (state: string) => usage(`Cannot use these options in ${caller}: ${state}`);
  if (p.windowLength > p.fft) {
    throw fail(`the window of ${p.windowLength} samples is longer than the FFT of ${p.fft}; set option "fft"`);
  }
  if (!isFftLength(p.fft)) {
    throw fail(
      `an FFT of ${p.fft} samples is not offered: expected an even number whose half has no prime factor ` +
        `above ${mostFactor}, such as ${nearestFft(p.fft)}`,
    );
  }
  if (p.high > p.sampleRate / 2) {
    throw fail(`"high" is ${p.high} Hz: expected at most half the sample rate, ${p.sampleRate / 2} Hz`);
  }
  if (p.low >= p.high) throw fail(`"low" is ${p.low} Hz, and "high" ${p.high} Hz: expected less`);
  if (p.logarithm !== 'none' && p.floor + p.offset < leastFloor) {
    throw fail('"floor" and "offset" are 0, and silence would have an infinite logarithm; set one of them');
  }
  if (p.padTo > 0 && p.padTo < p.fft + p.hop) {
    throw fail(`"padTo" is ${p.padTo} samples: expected 0, or at least the FFT and a hop, ${p.fft + p.hop}`);
  }
}

export function isFftLength(length: number): boolean {
  if (length < 2 || length > mostFft || length % 2 !== 0) return false;
  let rest = length / 2;
  for (let factor = 2; factor <= mostFactor; factor++) while (rest % factor === 0) rest /= factor;
  return rest === 1;
}

function nearestFft(length: number): number {
  let near = Math.min(length, mostFft);
  while (!isFftLength(near)) near++;
  return near;
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(least));
}

/** As native/addon/features_binding.cc reads them. */
export function parameterNumbers(p: FeatureParameters): Float64Array {
  const numbers: { readonly [K in Exclude<keyof typeof featureParam, 'length'>]: number } = {
    sampleRate: p.sampleRate,
    fft: p.fft,
    windowLength: p.windowLength,
    hop: p.hop,
    window: featureWindow[p.window],
    periodic: Number(p.periodic),
    framing: featureFraming[p.framing],
    padTo: p.padTo,
    dropLast: Number(p.dropLast),
    scale: p.scale,
    removeMean: Number(p.removeMean),
    preEmphasis: p.preEmphasis,
    magnitude: Number(p.spectrum === 'magnitude'),
    bins: p.bins,
    low: p.low,
    high: p.high,
    melScale: featureMelScale[p.melScale],
    melTriangles: Number(p.triangles === 'mel'),
    equalArea: Number(p.melNorm === 'slaney'),
    logarithm: featureLogarithm[p.logarithm],
    floor: p.floor,
    offset: p.offset,
    range: p.range,
    shift: p.shift,
    multiplier: p.multiplier,
    framesFirst: Number(p.layout === 'framesFirst'),
    energy: Number(p.energy),
  };
  const array = new Float64Array(featureParam.length);
  for (const [name, value] of Object.entries(numbers)) array[featureParam[name as keyof typeof numbers]] = value;
  return array;
}
