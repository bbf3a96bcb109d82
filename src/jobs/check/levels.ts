/** How loud a recording is, channel by channel, from its samples in blocks. */

export interface ChannelLevels {
  /** Greatest magnitude, 1 is full scale. */
  readonly peak: number;
  readonly peakDbfs: number | null;
  /** Root of the mean square, and the same in decibels below a constant of full scale: a full sine has -3.01. Null for silence. */
  readonly rms: number;
  readonly rmsDbfs: number | null;
  /** Mean of the samples; a good microphone has about 0. */
  readonly dc: number;
  /** Samples at the upper or the lower limit of what the format can say. */
  readonly clipped: number;
}

/** Takes interleaved frames in [-1, 1]. */
export class LevelMeter {
  readonly #channels: number;
  readonly #top: number;
  readonly #highest: Float64Array;
  readonly #lowest: Float64Array;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  readonly #clipped: Float64Array;
  #frames = 0;

  /** `top`: the greatest sample that the format can hold; the smallest is -1 or less. */
  constructor(channels: number, top: number) {
    this.#channels = channels;
    this.#top = top;
    this.#highest = new Float64Array(channels).fill(Number.NEGATIVE_INFINITY);
    this.#lowest = new Float64Array(channels).fill(Number.POSITIVE_INFINITY);
    this.#sum = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
    this.#clipped = new Float64Array(channels);
  }

  add(block: Float32Array): void {
    const channels = this.#channels;
    const top = this.#top;
    for (let c = 0; c < channels; c++) {
      let highest = this.#highest[c]!;
      let lowest = this.#lowest[c]!;
      let [sum, squares, clipped] = [0, 0, 0];
      for (let i = c; i < block.length; i += channels) {
        const x = block[i]!;
        if (x > highest) highest = x;
        if (x < lowest) lowest = x;
        sum += x;
        squares += x * x;
        if (x >= top || x <= -1) clipped++;
      }
      this.#highest[c] = highest;
      this.#lowest[c] = lowest;
      // Added block by block: the error of a day's sum stays that of a block's.
      this.#sum[c]! += sum;
      this.#squares[c]! += squares;
      this.#clipped[c]! += clipped;
    }
    this.#frames += block.length / channels;
  }

  /** Nothing for a recording without samples. */
  levels(): ChannelLevels[] {
    if (this.#frames === 0) return [];
    return Array.from({ length: this.#channels }, (_, c) => {
      const peak = Math.max(Math.abs(this.#highest[c]!), Math.abs(this.#lowest[c]!));
      const rms = Math.sqrt(this.#squares[c]! / this.#frames);
      const dc = this.#sum[c]! / this.#frames;
      return { peak, peakDbfs: decibels(peak), rms, rmsDbfs: decibels(rms), dc, clipped: this.#clipped[c]! };
    });
  }
}

/** Null for silence: JSON has no infinity. */
function decibels(value: number): number | null {
  return value > 0 ? 20 * Math.log10(value) : null;
}

/** The greatest value of integers of so many bits when the smallest is -1. */
export function topOfBits(bits: number): number {
  return 1 - 2 ** (1 - bits);
}
