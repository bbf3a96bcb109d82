/** The value of a sample: its sound, what is said of it, what a processor makes of both, and all of that as bytes. */

import { BowerbirdError } from '../../errors.ts';
import { writeMsgpack } from '../../formats/msgpack/write.ts';
import { writePickle } from '../../formats/pickle/write.ts';
import { numpyArray } from '../../formats/python/numpy.ts';
import { ByteOutput } from '../../formats/python/output.ts';
import { PythonFloat } from '../../formats/python/values.ts';
import { leftOut, processed } from '../../samples/apply.ts';
import { type LoadedProcessor, loadProcessor } from '../../samples/load.ts';
import { plainSample, problemOf, pythonSample, withFloats } from '../../samples/python.ts';
import { isMade } from '../../samples/rows/columns.ts';
import { isNdArray, type NdArray, type Sample } from '../../samples/sample.ts';
import type { SampleChoices } from './choices.ts';
import { shapeOf } from './sounds.ts';

export interface MadeSample {
  /** Valid until the next one is made. */
  readonly value: Uint8Array;
  /** What was written. */
  readonly sample: Sample;
  /** That it says it lasts. */
  readonly seconds: number | undefined;
  /** What the processor says of it. */
  readonly notes: readonly string[];
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
    const loaded = this.#loaded;
    if (loaded === undefined) return written(() => this.#stored(sample, sampleRate));
    const given = written(() => plainSample(sample));
    const notes: string[] = [];
    const made = await processed(loaded, given, { sampleRate, note: (what) => notes.push(String(what)) });
    return written(() => {
      const stored = this.#stored(withFloats(made, sample), sampleRate);
      for (const field of leftOut(sample, made)) this.#lost.add(field);
      return { ...stored, notes };
    });
  }

  #stored(made: Sample, sampleRate: number): MadeSample {
    const sample = storedSound(made, sampleRate);
    const value = this.#write(pythonSample(sample), this.#output);
    return { value, sample, seconds: secondsOf(sample), notes: [] };
  }
}

/** What cannot be written is about the sample. */
function written<T>(write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw new BowerbirdError('BAD_SCHEMA', problemOf(cause), {}, { cause });
  }
}

/** As verify() adds it up: a processor may have cut or resampled the sound. */
function secondsOf({ duration }: Sample): number | undefined {
  const seconds = duration instanceof PythonFloat ? duration.value : duration;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/** As loadArray() gives sound, or the values alone. A Uint8Array alone is the bytes of a file. */
function arrayOf(
  audio: Sample[string],
): { readonly data: NdArray['data']; readonly shape?: readonly number[] } | undefined {
  if (typeof audio !== 'object' || audio === null || audio instanceof Uint8Array) return undefined;
  if (isNdArray(audio)) return audio;
  return ArrayBuffer.isView(audio) ? { data: audio as NdArray['data'] } : undefined;
}

/** Samples become bytes, as AudioMDB stores them, and what is said of them is made true: a processor may have cut or mixed them. */
function storedSound(sample: Sample, sampleRate: number): Sample {
  const { sample_rate: rate = sampleRate } = sample;
  const array = arrayOf(sample['audio']);
  if (array === undefined) return sample;
  const { data: audio, shape = sample['shape'] } = array;
  // An array of other values stays one, and is called what it is.
  if (!(audio instanceof Float32Array)) {
    const { dtype, shape: own } = numpyArray(audio, array.shape);
    return { ...sample, dtype, shape: own };
  }
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
