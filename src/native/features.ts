/** The types and numbers of what the addon exports for spectral features. */

/** native/core/features/params.h. */
export const featureWindow = { hann: 0, povey: 1, hamming: 2, rectangular: 3 } as const;
export const featureFraming = { centerReflect: 0, centerZero: 1, inside: 2, mirror: 3 } as const;
export const featureMelScale = { slaney: 0, htk: 1 } as const;
export const featureLogarithm = { none: 0, natural: 1, decimal: 2, decibel: 3 } as const;

/** The longest FFT, the most filters, and the greatest prime factor of half an FFT's length. */
export const mostFft = 65536;
export const mostBins = 4096;
export const mostFactor = 61;

/** Places in the array that a FeaturePlan is made of: native/addon/features_binding.cc. Choices and switches are numbers too. */
export const featureParam = {
  sampleRate: 0,
  fft: 1,
  windowLength: 2,
  hop: 3,
  window: 4,
  periodic: 5,
  framing: 6,
  padTo: 7,
  dropLast: 8,
  scale: 9,
  removeMean: 10,
  preEmphasis: 11,
  magnitude: 12,
  bins: 13,
  low: 14,
  high: 15,
  melScale: 16,
  melTriangles: 17,
  equalArea: 18,
  logarithm: 19,
  floor: 20,
  offset: 21,
  range: 22,
  shift: 23,
  multiplier: 24,
  framesFirst: 25,
  energy: 26,
  length: 27,
} as const;

/** Tables of one front end: some hundred kB, made once and used for any number of signals. */
export interface FeaturePlan {
  /** Of a signal of so many samples; 0 where it is too short. */
  frames(samples: number): number;
  /** The features of a signal; or the place of its first sample that is not finite. */
  run(samples: Float32Array): Float32Array<ArrayBuffer> | number;
  describe(): {
    readonly leastSamples: number;
    /** Filters that lie between two lines of the spectrum, and are always 0. */
    readonly emptyBins: number;
    readonly engine: string;
  };
}
