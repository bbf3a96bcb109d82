/** The value of a sample: its sound, what is said of it, what a processor makes of both, and all of that as bytes. */

import { BowerbirdError } from '../../errors.ts';
import { writeMsgpack } from '../../formats/msgpack/write.ts';
import { writePickle } from '../../formats/pickle/write.ts';
import { ByteOutput } from '../../formats/python/output.ts';
import { leftOut, processed } from '../../samples/apply.ts';
import { type LoadedProcessor, loadProcessor } from '../../samples/load.ts';
import { plainSample, pythonSample, withFloats } from '../../samples/python.ts';
import { isMade } from '../../samples/rows/columns.ts';
import type { Sample } from '../../samples/sample.ts';
import type { SampleChoices } from './choices.ts';
import { shapeOf } from './sounds.ts';

export interface MadeSample {
  /** Valid until the next one is made. */
  readonly value: Uint8Array;
  /** What was written. */
  readonly sample: Sample;
}

/** One a unit. */
export class SampleMaker {
  readonly #write: typeof writePickle;
  readonly #output = new ByteOutput();
  readonly #loaded: LoadedProcessor | undefined;
  readonly #lost = new Set<string>();

  private constructor({ values }: SampleChoices, loaded: LoadedProcessor | undefined) {
    this.#write = values === 'pickle' ? writePickle : writeMsgpack;
    this.#loaded = loaded;
  }

  static async for(choices: SampleChoices): Promise<SampleMaker> {
    return new SampleMaker(choices, choices.processor === null ? undefined : await loadProcessor(choices.processor));
  }

  /** Fields of samples that the processor does not hand on. */
  lost(): readonly string[] {
    return [...this.#lost].filter((field) => field === 'text' || !isMade(field));
  }

  /** `sampleRate` of the sound, in Hz. @throws BowerbirdError BAD_SCHEMA: the processor fails, or gives what is no plain data */
  async make(sample: Sample, sampleRate: number): Promise<MadeSample> {
    const made = this.#loaded === undefined ? sample : await process(this.#loaded, sample, sampleRate);
    const stored = storedSound(made, sampleRate);
    if (made !== sample) for (const field of leftOut(sample, made)) this.#lost.add(field);
    try {
      return { value: this.#write(pythonSample(stored), this.#output), sample: stored };
    } catch (cause) {
      if (!(cause instanceof BowerbirdError) || cause.code !== 'USAGE') throw cause;
      throw new BowerbirdError('BAD_SCHEMA', cause.message, {}, { cause });
    }
  }
}

async function process(loaded: LoadedProcessor, sample: Sample, sampleRate: number): Promise<Sample> {
  return withFloats(await processed(loaded, plainSample(sample), { sampleRate }), sample);
}

/** Samples become bytes, as AudioMDB stores them, and what is said of them is made true: a processor may have cut or mixed them. */
function storedSound(sample: Sample, sampleRate: number): Sample {
  const { audio, shape, sample_rate: rate = sampleRate } = sample;
  if (!(audio instanceof Float32Array)) return sample;
  const channels =
    Array.isArray(shape) && shape.length === 2 && audio.length % (shape[1] as number) === 0 ? shape[1] : 1;
  const frames = audio.length / (channels as number);
  return {
    ...sample,
    audio: new Uint8Array(audio.buffer, audio.byteOffset, audio.byteLength),
    shape: shapeOf(frames, channels as number),
    dtype: 'float32',
    duration: typeof rate === 'number' && rate > 0 ? frames / rate : sample['duration'],
  };
}
