/** Between an AudioReader and whoever wants floats: a time range, fewer channels, another sample rate, all streaming. */

import { named, usage } from '../../options.ts';
import type { AudioInfo, AudioReader, ReadOptions } from './audio.ts';
import { checkChannelMode, shapeChannels } from './pcm.ts';
import { type ResampleQuality, Resampler, resampleBlocks, resampleReach } from './resample.ts';

export interface AudioShape {
  /** The mean of all channels. */
  readonly mono?: boolean | undefined;
  /** One channel, counted from 0. */
  readonly channel?: number | undefined;
  /** In Hz; default the recording's own. */
  readonly sampleRate?: number | undefined;
  readonly quality?: ResampleQuality | undefined;
  /** Seconds: start, default 0, and end, default that of the recording. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** What a shape comes to for one recording. *Out* frames are at the sample rate asked for, counted from the start of the recording. */
export interface ShapePlan {
  readonly channels: number;
  readonly sampleRate: number;
  /** Range in out frames; without an end, all. */
  readonly from: number;
  readonly to: number | undefined;
  /** Out frame that the stream of {@link shapedFloats} begins with: at or before `from`. */
  readonly streamStart: number;
  readonly mode: 'interleaved' | 'mean' | number;
  readonly quality: ResampleQuality;
  /** Frames of the recording that have to be read. */
  readonly readFrom: number;
  readonly readTo: number | undefined;
}

/** @throws BowerbirdError USAGE */
export function checkChannels({ mono, channel }: Pick<AudioShape, 'mono' | 'channel'>): void {
  if (mono === true && channel !== undefined) {
    throw usage(`Cannot use ${named('mono')} together with ${named('channel')}: one channel is mono already`);
  }
}

/**
 * The range is cut from what the whole recording would become: resampling begins early enough, and at a frame where both rates meet, so that
 * the samples are the same.
 */
export function planShape(info: AudioInfo, shape: AudioShape): ShapePlan {
  const { mono = false, channel, sampleRate = info.sampleRate, quality = 'high', from = 0, to } = shape;
  checkChannels(shape);
  const mode = mono ? 'mean' : (channel ?? 'interleaved');
  checkChannelMode(info.channels, mode);
  const outFrom = Math.round(from * sampleRate);
  const outTo = to === undefined ? undefined : Math.round(to * sampleRate);
  const reach = resampleReach(info.sampleRate, sampleRate, quality);
  const divisor = gcd(info.sampleRate, sampleRate);
  const [inStep, outStep] = [info.sampleRate / divisor, sampleRate / divisor];
  const steps = Math.max(0, Math.floor(((outFrom / outStep) * inStep - reach) / inStep));
  const lastNeeded = outTo === undefined ? undefined : Math.ceil((outTo / outStep) * inStep + reach);
  return {
    channels: mode === 'interleaved' ? info.channels : 1,
    sampleRate,
    from: outFrom,
    to: outTo,
    streamStart: steps * outStep,
    mode,
    quality,
    readFrom: steps * inStep,
    readTo: lastNeeded,
  };
}

/** Whether samples become others than those of the file. */
export function isShaped(info: AudioInfo, plan: ShapePlan): boolean {
  return plan.sampleRate !== info.sampleRate || plan.channels !== info.channels;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Interleaved blocks from `plan.streamStart` on, to `plan.to` or a little further. Valid until the next step. */
export async function* shapedFloats(
  reader: AudioReader,
  plan: ShapePlan,
  options: Pick<ReadOptions, 'lenient' | 'verify' | 'onGap' | 'onNote' | 'stop'> = {},
): AsyncGenerator<Float32Array, void, void> {
  const { info } = reader;
  const resampler = new Resampler(info.sampleRate, plan.sampleRate, plan.channels, plan.quality);
  const range = { from: plan.readFrom, to: plan.readTo, dtype: 'float32' } as const;
  async function* mixed(): AsyncGenerator<Float32Array> {
    for await (const { samples } of reader.blocks({ ...options, ...range })) {
      yield shapeChannels(samples, info.channels, plan.mode);
    }
  }
  yield* resampleBlocks(mixed(), resampler);
}
