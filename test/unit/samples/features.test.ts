/** LogMelProcessor and WhisperProcessor: values by goldens of other implementations, and what becomes of the sample. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PythonFloat, PythonTuple } from '../../../src/formats/python/values.ts';
import { LogMelProcessor, type LogMelProcessorOptions } from '../../../src/samples/processors/log-mel.ts';
import { WhisperProcessor } from '../../../src/samples/processors/whisper.ts';
import type { NdArray, Sample } from '../../../src/samples/sample.ts';
import { goldens, readGolden, recipes, sound } from '../features/golden-files.ts';

const rate = { sampleRate: 16000 };

/** [frames][bins], of features whose shape is [bins, frames]. */
function framesOf({ data, shape }: NdArray, picked: readonly number[]): number[][] {
  const [bins = 0, frames = 0] = shape;
  return picked.map((t) => Array.from({ length: bins }, (_, b) => Number(data[b * frames + t])));
}

function farthest(a: readonly number[][], b: readonly number[][]): number {
  expect(a.map((row) => row.length)).toEqual(b.map((row) => row.length));
  return Math.max(...a.map((row, i) => Math.max(...row.map((value, k) => Math.abs(value - b[i]![k]!)))));
}

/** The frames of two channels that have a signal as their mean. */
function stereo(signal: Float32Array): Float32Array {
  return Float32Array.from({ length: signal.length * 2 }, (_, i) => (i % 2 === 0 ? signal[i >> 1]! * 2 : 0));
}

describe.each(goldens.filter(({ name }) => name.startsWith('whisper-')))(
  'WhisperProcessor() beside $by: $name',
  ({ name, recipe, options, picked }) => {
    const bins = options.bins as 80 | 128;
    test('gives input_features of float32 [bins, 3000] within 1e-4', async () => {
      const made = await new WhisperProcessor({ bins }).process({ audio: recipes[recipe]() }, rate);
      const features = made['input_features'] as NdArray;
      expect(features.data).toBeInstanceOf(Float32Array);
      expect(features.shape).toEqual([bins, 3000]);
      expect(farthest(framesOf(features, picked), readGolden(name))).toBeLessThan(1e-4);
    });

    test('of two channels takes the mean, or the one that is asked for', async () => {
      const signal = recipes[recipe]();
      const both = { audio: stereo(signal), shape: [signal.length, 2] };
      const mean = await new WhisperProcessor({ bins }).process(both, rate);
      expect(farthest(framesOf(mean['input_features'] as NdArray, picked), readGolden(name))).toBeLessThan(1e-4);
      const silent = await new WhisperProcessor({ bins, channel: 1 }).process(both, rate);
      const [value] = (silent['input_features'] as NdArray).data;
      // log10 of the floor, 1e-10, in Whisper's scale.
      expect((silent['input_features'] as NdArray).data.every((each) => each === value)).toBe(true);
      expect(value).toBe(Math.fround((-10 + 4) / 4));
    });
  },
);

test.each(['librosa-db', 'torchaudio-db', 'kaldi-povey', 'yamnet'] as const)(
  'LogMelProcessor() gives the features of %s, in the layout of its preset',
  async (name) => {
    const { options, picked, frames } = goldens.find((golden) => golden.name === name)!;
    const made = await new LogMelProcessor(options).process({ audio: sound }, { sampleRate: options.sampleRate });
    const { data, shape } = made['mel_spectrogram'] as NdArray;
    const framesFirst = /kaldi|yamnet/.test(name);
    const golden = readGolden(name);
    const bins = golden[0]!.length;
    expect(shape).toEqual(framesFirst ? [frames, bins] : [bins, frames]);
    expect(made['mel_shape']).toEqual(new PythonTuple(shape));
    // The loudest band of each frame: the faint ones beside it have what single precision leaves (goldens.test.ts compares all).
    for (const [i, t] of picked.entries()) {
      const row = golden[i]!;
      const at = row.indexOf(Math.max(...row));
      expect(Number(data[framesFirst ? t * bins + at : at * frames + t])).toBeCloseTo(row[at]!, 3);
    }
  },
);

describe('what is kept', () => {
  const given = { audio: sound, sample_rate: 16000, text: 'tone', speaker: 3, shape: new PythonTuple([sound.length]) };
  const duration = new PythonFloat(1.5);

  test('of LogMelProcessor(): its own fields, as in the document', async () => {
    const made = await new LogMelProcessor({ preset: 'librosa' }).process(given, rate);
    expect(Object.keys(made).sort()).toEqual(['duration', 'mel_shape', 'mel_spectrogram', 'sample_rate']);
    // 1.5 s at 22050 Hz in hops of 512, centred: 1 + floor(33075 / 512).
    expect(made).toMatchObject({ sample_rate: 22050, mel_shape: new PythonTuple([128, 65]), duration });
  });

  test('of LogMelProcessor() with keepOriginal: all, and sample_rate stays that of the sound', async () => {
    const made = await new LogMelProcessor({ preset: 'librosa', keepOriginal: true }).process(given, rate);
    expect(made).toMatchObject({ ...given, mel_sample_rate: 22050, duration });
    expect(made['audio']).toBe(sound);
  });

  test('of WhisperProcessor(): shape, dtype and rate of the features, or those of the sound beside it', async () => {
    const made = await new WhisperProcessor().process(given, rate);
    expect(Object.keys(made).sort()).toEqual(['dtype', 'duration', 'input_features', 'sample_rate', 'shape']);
    const told = { shape: new PythonTuple([80, 3000]), dtype: 'float32', sample_rate: 16000, duration };
    expect(made).toMatchObject(told);
    const kept = await new WhisperProcessor({ keepOriginal: true }).process(given, rate);
    expect(kept).toMatchObject({ ...given, duration });
    expect(kept).not.toHaveProperty('dtype');
  });
});

describe('sound at another rate', () => {
  const tone = (hz: number, at: number) =>
    Float32Array.from({ length: at }, (_, i) => Math.sin((2 * Math.PI * hz * i) / at));

  test.each([8000, 11025, 44100, 48000])('a tone at %i Hz gives the features that it has at 16000 Hz', async (from) => {
    const features = async (sample: Sample, sampleRate: number) => {
      const made = await new LogMelProcessor({ preset: 'kaldi' }).process(sample, { sampleRate });
      const { data, shape } = made['mel_spectrogram'] as NdArray & { readonly data: Float32Array };
      expect(shape).toEqual([98, 23]);
      // The loudest band, away from the ends, where a tone that begins suddenly is none.
      return Array.from({ length: 80 }, (_, t) => Math.max(...data.slice((t + 9) * 23, (t + 10) * 23)));
    };
    const direct = await features({ audio: tone(1000, 16000) }, 16000);
    const resampled = await features({ audio: tone(1000, from) }, from);
    for (const [t, value] of direct.entries()) expect(resampled[t]).toBeCloseTo(value, 3);
  });

  test('is taken as it is where its rate is asked for', async () => {
    const { sample_rate, mel_shape } = await new LogMelProcessor({ preset: 'kaldi', sampleRate: 8000 }).process(
      { audio: tone(1000, 8000) },
      { sampleRate: 8000 },
    );
    // 25 ms every 10 ms of 1 s, whole frames only.
    expect([sample_rate, mel_shape]).toEqual([8000, new PythonTuple([98, 23])]);
  });
});

test('the bytes of a file are read, all formats', async () => {
  const bytes = readFileSync(fileURLToPath(new URL('../../data/features/sound.wav', import.meta.url)));
  const made = await new WhisperProcessor().process({ audio: bytes }, rate);
  const { picked } = goldens.find(({ name }) => name === 'whisper-80-sound')!;
  const golden = readGolden('whisper-80-sound');
  expect(farthest(framesOf(made['input_features'] as NdArray, picked), golden)).toBeLessThan(1e-4);
});

describe('what is refused', () => {
  test.each([
    [{}, 'found no field "audio"'],
    [{ audio: 'a.wav' }, 'found something else in its field "audio"'],
    [{ audio: new Float64Array(4) }, 'found something else in its field "audio"'],
    [{ audio: sound, shape: [3, 2] }, 'its shape is (3, 2), expected (frames,) or (frames, channels) of 24000 samples'],
    [{ audio: new Float32Array(0) }, 'there are no samples'],
    [{ audio: Float32Array.of(0, Number.NaN) }, 'sample 1 of 2 is NaN'],
  ])('the sample %j', async (sample, said) => {
    await expect(new WhisperProcessor().process(sample as Sample, rate)).rejects.toMatchObject({
      code: 'BAD_SCHEMA',
      message: expect.stringContaining(said),
    });
  });

  test('a channel that is not there', async () => {
    await expect(new LogMelProcessor({ channel: 1 }).process({ audio: sound }, rate)).rejects.toMatchObject({
      code: 'BAD_SCHEMA',
      message: 'Cannot use the sound of the sample: it has 1 channel, and option "channel" is 1',
    });
  });

  test('sound of more than 30 s where none may be cut, and one sample less is taken', async () => {
    const long = new Float32Array(480001).fill(0.1);
    const processors = [new WhisperProcessor({ truncation: false }), new LogMelProcessor({ truncation: false })];
    for (const processor of processors) {
      await expect(processor.process({ audio: long }, rate)).rejects.toMatchObject({
        code: 'BAD_SCHEMA',
        message: expect.stringContaining('there are 30.0000625 s, expected at most 30 s'),
      });
      await processor.process({ audio: long.subarray(1) }, rate);
    }
    expect(await new WhisperProcessor().process({ audio: long }, rate)).toMatchObject({
      duration: new PythonFloat(480001 / 16000),
    });
    const notes: string[] = [];
    const context = { ...rate, note: (what: string) => notes.push(what) };
    for (const processor of [new WhisperProcessor(), new LogMelProcessor()]) {
      await processor.process({ audio: long }, context);
      await processor.process({ audio: long.subarray(1) }, context);
    }
    expect(notes).toEqual(Array(2).fill('sound behind 30 s was cut off'));
  });

  test.each([
    [{ preset: 'mfcc' }, '"mfcc" for option "preset" in LogMelProcessor(): expected one of whisper'],
    [{ bins: 0 }, '0 for option "bins" in LogMelProcessor()'],
    [{ nMels: 80 }, 'option "nMels" in LogMelProcessor(): expected one of preset, sampleRate'],
    [{ sampleRate: 8000 }, 'Cannot compute whisper features of sound at 8000 Hz'],
    [{ keepOriginal: 1 }, '1 for option "keepOriginal"'],
  ])('the options %j, at once', (options, said) => {
    expect(() => new LogMelProcessor(options as LogMelProcessorOptions)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(said) }),
    );
  });

  test('bins that no Whisper model has', () => {
    expect(() => new WhisperProcessor({ bins: 64 as 80 })).toThrow(
      '64 for option "bins" in WhisperProcessor(): expected 80 or 128',
    );
  });
});
