/** The samples of a recording as `decode` writes them: the range, channels and rate asked for, in the bytes of the output. */

import type { AudioInfo, AudioReader, ReadOptions } from '../formats/audio.ts';
import { pickChannel } from '../formats/audio-pcm.ts';
import { planShape, type ShapePlan, shapedFloats } from '../formats/audio-shape.ts';
import { resampledFrames } from '../formats/resample.ts';
import { encodeWavSamples, type WavSampleType } from '../formats/wav-writer.ts';
import type { DecodeChoices } from './decode.ts';

export interface DecodedStream {
  readonly sampleRate: number;
  readonly channels: number;
  readonly type: WavSampleType;
  /** By the header of the recording, which may be wrong. Undefined when it does not say. */
  readonly expectedFrames: number | undefined;
  /** Blocks of whole frames, each in bytes of its own. */
  readonly blocks: AsyncGenerator<Uint8Array, void, void>;
}

type Hooks = Pick<ReadOptions, 'lenient' | 'onGap' | 'onNote' | 'stop'>;

export function decodedStream(reader: AudioReader, choices: DecodeChoices, hooks: Hooks): DecodedStream {
  const { info } = reader;
  const { channel, sampleRate, from, to, bits } = choices;
  const plan = planShape(info, {
    ...(channel === 'mean' ? { mono: channel } : channel === 'all' ? {} : { channel }),
    ...(sampleRate === null ? {} : { sampleRate }),
    from,
    ...(to === null ? {} : { to }),
  });
  const type = bits === 'same' ? typeOf(info) : bits === 'float' ? 'float32' : (`int${bits}` as const);
  // Integers of up to 25 bits are floats exactly.
  const isExact =
    type === 'int32' && info.integerBits > 25 && plan.mode !== 'mean' && plan.sampleRate === info.sampleRate;
  const blocks = isExact ? integers(reader, plan, hooks) : floats(reader, plan, type, hooks);
  return { sampleRate: plan.sampleRate, channels: plan.channels, type, expectedFrames: expected(info, plan), blocks };
}

/** The narrowest that loses nothing (of doubles, and of integers beyond 32 bits, WAV keeps what a float and 32 bits hold). */
function typeOf({ integerBits }: AudioInfo): WavSampleType {
  if (integerBits === 0) return 'float32';
  return integerBits <= 16 ? 'int16' : integerBits <= 24 ? 'int24' : 'int32';
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
  hooks: Hooks,
): AsyncGenerator<Uint8Array, void, void> {
  let start = plan.streamStart;
  for await (const block of shapedFloats(
    reader,
    { ...plan, from, to: to === Number.POSITIVE_INFINITY ? undefined : to },
    hooks,
  )) {
    const end = start + block.length / plan.channels;
    const [first, last] = [Math.max(start, from), Math.min(end, to)];
    if (first < last) {
      yield encodeWavSamples(block.subarray((first - start) * plan.channels, (last - start) * plan.channels), type);
    }
    start = end;
  }
}

/** More bits than a float holds: moved to the top of their 32, where WAV wants them. */
async function* integers(reader: AudioReader, plan: ShapePlan, hooks: Hooks): AsyncGenerator<Uint8Array, void, void> {
  const { channels, integerBits } = reader.info;
  const shift = 32 - integerBits;
  for await (const { samples } of reader.blocks({ ...hooks, from: plan.from, to: plan.to, dtype: 'int32' })) {
    const out = typeof plan.mode === 'number' ? pickChannel(samples, channels, plan.mode) : samples.slice();
    for (let i = 0; i < out.length; i++) out[i]! <<= shift;
    yield new Uint8Array(out.buffer);
  }
}
