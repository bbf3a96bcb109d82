/**
 * Front ends that models were trained with, as one table of parameters.
 *
 * - `whisper`: openai/whisper `whisper/audio.py` as transformers' WhisperFeatureExtractor computes it: the recording is cut or filled up with
 *   zeros to 30 s and then reflected at its ends; the last frame is dropped before the greatest value is looked for. 80 bins; large-v3 takes 128.
 * - `kaldi`: the defaults of `compute-fbank-feats`, without dither (feat/feature-fbank.h, feature-window.cc, mel-computations.cc). Kaldi
 *   reads 16-bit whole numbers: `scale` makes them of samples up to 1; who trained on those sets it to 1. `energy` is `--use-energy`.
 * - `librosa`: `power_to_db(feature.melspectrogram(y=y, sr=sr))` of librosa 0.10 and later, which pad with zeros.
 * - `torchaudio`: `AmplitudeToDB()(MelSpectrogram()(x))`.
 * - `yamnet`: YAMNet's `waveform_to_log_mel_spectrogram_patches` (tensorflow/models, research/audioset/yamnet/features.py) before it cuts patches.
 *   VGGish differs in `offset`, 0.01.
 */

import type { featureFraming, featureLogarithm, featureMelScale, featureWindow } from '../native/native.ts';

/** Lengths are samples at `sampleRate`, frequencies Hz. Sound is one channel, where full scale is 1. */
export interface FeaturePreset {
  /** What the preset is defined for, and the only one where `otherRates` is "refuse". */
  readonly sampleRate: number;
  /** Lengths keep their number of samples at other rates, or their time (rounded down to samples, as Kaldi does it). */
  readonly otherRates: 'refuse' | 'keepSamples' | 'keepSeconds';
  /** Null: the lowest power of 2 that holds a window. */
  readonly fft: number | null;
  /** Null: as long as the FFT. A shorter one has zeros behind it. */
  readonly windowLength: number | null;
  readonly hop: number;
  /** Povey's is Kaldi's: Hann to the power 0.85. */
  readonly window: keyof typeof featureWindow;
  /** Whether the window's period is its length (scipy `sym=False`), or its length - 1. */
  readonly periodic: boolean;
  /**
   * Where frame t lies. `centerReflect`, `centerZero`: its middle at t * hop, where beyond the ends the sound runs backwards, or is silent; `inside`:
   * from t * hop on, whole frames only (`snip_edges`); `mirror`: its middle at t * hop + hop / 2, backwards with the end repeated (`snip_edges=false`).
   */
  readonly framing: keyof typeof featureFraming;
  /** Length that the sound is cut or filled up with zeros to; 0: its own. */
  readonly padTo: number;
  readonly dropLast: boolean;
  /** Samples are multiplied by it. */
  readonly scale: number;
  /** Takes away each frame's mean, before everything else. */
  readonly removeMean: boolean;
  /** c of x[i] - c * x[i - 1], inside a frame; x[0] is its own predecessor. */
  readonly preEmphasis: number;
  readonly spectrum: 'power' | 'magnitude';
  /**
   * A value in front of the bands, through the same logarithm: the sum of the squares of a frame's samples, scaled and without their mean where that
   * is taken away, before emphasis and window: Kaldi's `--use-energy --raw-energy`. Of a magnitude its root.
   */
  readonly energy: boolean;
  readonly bins: number;
  readonly low: number;
  /** Null: half the sample rate. */
  readonly high: number | null;
  /** HTK's serves Kaldi, torchaudio and TensorFlow: their constants differ by a factor, which places no filter elsewhere. */
  readonly melScale: keyof typeof featureMelScale;
  /** What the filters are triangles over. */
  readonly triangles: 'hertz' | 'mel';
  /** Slaney's: 2 / (width in Hz). */
  readonly melNorm: 'slaney' | 'none';
  /** Of max(x, floor) + offset, for the bands x; in dB 10 log10 of powers and 20 log10 of magnitudes. None: the bands themselves. */
  readonly logarithm: keyof typeof featureLogarithm;
  readonly floor: number;
  readonly offset: number;
  /** What lies more than this below the greatest value is raised to there; in units of the logarithm; 0: nothing is. */
  readonly range: number;
  /** In the end (x + shift) * multiplier. */
  readonly shift: number;
  readonly multiplier: number;
  readonly layout: 'binsFirst' | 'framesFirst';
}

const plain = {
  padTo: 0,
  dropLast: false,
  scale: 1,
  removeMean: false,
  preEmphasis: 0,
  spectrum: 'power',
  energy: false,
  low: 0,
  high: null,
  offset: 0,
  range: 0,
  shift: 0,
  multiplier: 1,
} as const satisfies Partial<FeaturePreset>;

export const presets = {
  whisper: {
    ...plain,
    sampleRate: 16000,
    otherRates: 'refuse',
    fft: 400,
    windowLength: null,
    hop: 160,
    window: 'hann',
    periodic: true,
    framing: 'centerReflect',
    padTo: 480000,
    dropLast: true,
    bins: 80,
    high: 8000,
    melScale: 'slaney',
    triangles: 'hertz',
    melNorm: 'slaney',
    logarithm: 'decimal',
    floor: 1e-10,
    range: 8,
    shift: 4,
    multiplier: 0.25,
    layout: 'binsFirst',
  },
  kaldi: {
    ...plain,
    sampleRate: 16000,
    otherRates: 'keepSeconds',
    fft: null,
    windowLength: 400,
    hop: 160,
    window: 'povey',
    periodic: false,
    framing: 'inside',
    scale: 32768,
    removeMean: true,
    preEmphasis: 0.97,
    bins: 23,
    low: 20,
    melScale: 'htk',
    triangles: 'mel',
    melNorm: 'none',
    logarithm: 'natural',
    // FLT_EPSILON
    floor: 2 ** -23,
    layout: 'framesFirst',
  },
  librosa: {
    ...plain,
    sampleRate: 22050,
    otherRates: 'keepSamples',
    fft: 2048,
    windowLength: null,
    hop: 512,
    window: 'hann',
    periodic: true,
    framing: 'centerZero',
    bins: 128,
    melScale: 'slaney',
    triangles: 'hertz',
    melNorm: 'slaney',
    logarithm: 'decibel',
    floor: 1e-10,
    range: 80,
    layout: 'binsFirst',
  },
  torchaudio: {
    ...plain,
    sampleRate: 16000,
    otherRates: 'keepSamples',
    fft: 400,
    windowLength: null,
    hop: 200,
    window: 'hann',
    periodic: true,
    framing: 'centerReflect',
    bins: 128,
    melScale: 'htk',
    triangles: 'hertz',
    melNorm: 'none',
    logarithm: 'decibel',
    floor: 1e-10,
    layout: 'binsFirst',
  },
  yamnet: {
    ...plain,
    sampleRate: 16000,
    otherRates: 'refuse',
    fft: null,
    windowLength: 400,
    hop: 160,
    window: 'hann',
    periodic: true,
    framing: 'inside',
    spectrum: 'magnitude',
    bins: 64,
    low: 125,
    high: 7500,
    melScale: 'htk',
    triangles: 'mel',
    melNorm: 'none',
    logarithm: 'natural',
    floor: 0,
    offset: 0.001,
    layout: 'framesFirst',
  },
} as const satisfies { readonly [name: string]: FeaturePreset };

export type FeaturePresetName = keyof typeof presets;
