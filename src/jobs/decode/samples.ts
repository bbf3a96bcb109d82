/** The samples of a recording as `decode` writes them: the range, channels and rate asked for, in the bytes of the output. */

import type { AudioInfo, AudioReader, ReadOptions } from '../../formats/audio/audio.ts';
import { pickChannel } from '../../formats/audio/pcm.ts';
import { resampledFrames } from '../../formats/audio/resample.ts';
import { planShape, type ShapePlan, shapedFloats } from '../../formats/audio/shape.ts';
import {
  encodeWavIntegers,
  encodeWavSamples,
  type WavSampleType,
  wavSampleBytes,
  wavTypeOf,
} from '../../formats/wav/writer.ts';
import { named } from '../../options.ts';
import type { DecodeChoices } from './job.ts';

export interface DecodedStream {
  readonly sampleRate: number;
  readonly channels: number;
  readonly type: WavSampleType;
  /** For the header of the output. */
  readonly validBits: number | undefined;
  readonly channelMask: number | undefined;
  /** What is not the same in the output as in the recording, although nobody asked: one sentence each. Complete when the blocks have ended. */
  readonly notes: readonly string[];
  /** By the header of the recording, which may be wrong. Undefined when it does not say. */
  readonly expectedFrames: number | undefined;
  /** Blocks of whole frames, each in bytes of its own. */
  readonly blocks: AsyncGenerator<Uint8Array, void, void>;
}

type Hooks = Pick<ReadOptions, 'lenient' | 'onGap' | 'onNote' | 'stop'>;

export function decodedStream(reader: AudioReader, choices: DecodeChoices, hooks: Hooks): DecodedStream {
  const { info } = reader;
  const { channel, mono, sampleRate, from, to, bits } = choices;
  const plan = planShape(info, {
    mono,
    ...(channel === 'all' ? {} : { channel }),
    ...(sampleRate === null ? {} : { sampleRate }),
    from,
    ...(to === null ? {} : { to }),
  });
  // Of doubles, and of integers beyond 32 bits, WAV keeps what a float and 32 bits hold.
  const type = bits === 'same' ? wavTypeOf(info.integerBits) : bits === 'float' ? 'float32' : (`int${bits}` as const);
  const isCalculated = plan.mode === 'mean' || plan.sampleRate !== info.sampleRate;
  // Integers of up to 25 bits are floats exactly.
  const isWide = info.integerBits > 25 && type !== 'float32';
  const notes = isWide && isCalculated ? [calculatedAsFloats(info)] : [];
  // The mean of what is in range is in range; filters ring, and lossy codecs give what they give.
  const mayClip = type !== 'float32' && (info.integerBits === 0 || plan.sampleRate !== info.sampleRate);
  const given = floats(reader, plan, type, mayClip ? { ...hooks, notes } : hooks);
  const blocks = isWide && !isCalculated ? integers(reader, plan, type, hooks) : given;
  return {
    sampleRate: plan.sampleRate,
    channels: plan.channels,
    type,
    validBits: bits === 'same' && !isCalculated ? validBits(info, type) : undefined,
    channelMask: plan.mode === 'interleaved' ? info.channelMask : undefined,
    notes,
    expectedFrames: expected(info, plan),
    blocks,
  };
}

function calculatedAsFloats({ integerBits }: AudioInfo): string {
  return `Samples of ${integerBits} bits are mixed and resampled as float32, which holds 24 of them`;
}

/** Samples of 12 bits stay 12 bits in 16. Those of G.711 have other bits in the file than they stand for. */
function validBits({ codec, bitsPerSample }: AudioInfo, type: WavSampleType): number | undefined {
  return codec === 'pcm' || codec === 'flac' ? Math.min(bitsPerSample, 8 * wavSampleBytes(type)) : undefined;
}

function expected({ frames, sampleRate }: AudioInfo, plan: ShapePlan): number | undefined {
  if (frames === undefined) return undefined;
  const all = resampledFrames(frames, sampleRate, plan.sampleRate);
  return Math.max(0, Math.min(all, plan.to ?? all) - plan.from);
}

async function* floats(
  reader: AudioReader,
  { from, to = Number.POSITIVE_INFINITY, ...plan }: ShapePlan,
  type: WavSampleType,
  { notes, ...hooks }: Hooks & { readonly notes?: string[] },
): AsyncGenerator<Uint8Array, void, void> {
  let start = plan.streamStart;
  let clipped = 0;
  for await (const block of shapedFloats(
    reader,
    { ...plan, from, to: to === Number.POSITIVE_INFINITY ? undefined : to },
    hooks,
  )) {
    const end = start + block.length / plan.channels;
    const [first, last] = [Math.max(start, from), Math.min(end, to)];
    if (first < last) {
      const wanted = block.subarray((first - start) * plan.channels, (last - start) * plan.channels);
      if (notes !== undefined) clipped += beyondFullScale(wanted);
      yield encodeWavSamples(wanted, type);
    }
    start = end;
  }
  if (clipped > 0)
    notes?.push(`${clipped} samples beyond full scale were clipped to it; ${named('bits', 'float')} keeps them`);
}

/** What is no number counts too. */
function beyondFullScale(samples: Float32Array): number {
  let count = 0;
  for (let i = 0; i < samples.length; i++) if (!(samples[i]! <= 1 && samples[i]! >= -1)) count += 1;
  return count;
}

/** More bits than a float holds. */
async function* integers(
  reader: AudioReader,
  plan: ShapePlan,
  type: WavSampleType,
  hooks: Hooks,
): AsyncGenerator<Uint8Array, void, void> {
  const { channels, integerBits } = reader.info;
  for await (const { samples } of reader.blocks({ ...hooks, from: plan.from, to: plan.to, dtype: 'int32' })) {
    const wanted = typeof plan.mode === 'number' ? pickChannel(samples, channels, plan.mode) : samples;
    yield encodeWavIntegers(wanted, integerBits, type);
  }
}
