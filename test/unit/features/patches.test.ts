/** logMelPatches() beside YAMNet's own way to cut patches (test/data/features/make.py), and the option `patches` of LogMelProcessor. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { FeatureOptions } from '../../../src/features/parameters.ts';
import { logMelPatches } from '../../../src/features/patches.ts';
import { decodeNpy } from '../../../src/formats/npy/npy.ts';
import { PythonTuple } from '../../../src/formats/python/values.ts';
import { LogMelProcessor } from '../../../src/samples/processors/log-mel.ts';
import { sound } from './golden-files.ts';

const fileOf = (name: string) => readFileSync(fileURLToPath(new URL(`../../data/features/${name}`, import.meta.url)));
const yamnet: FeatureOptions = { preset: 'yamnet', sampleRate: 16000 };
const sizes = { frames: 96, hop: 48 };

test('has the values of YAMNet', () => {
  const { data, shape } = logMelPatches(sound, yamnet, sizes);
  expect(shape).toEqual([3, 96, 64]);
  const golden = decodeNpy(fileOf('yamnet-patches.npy'));
  expect(golden.shape).toEqual([3, 16, 64]);
  const values = Array.from(golden.data, Number);
  for (let row = 0; row < 48; row++) {
    const theirs = values.slice(row * 64, (row + 1) * 64).map(Math.exp);
    // Every sixth frame is kept.
    const start = (Math.floor(row / 16) * 96 + (row % 16) * 6) * 64;
    const most = Math.max(...theirs);
    for (const [b, amplitude] of theirs.entries()) {
      const off = Math.abs(Math.exp(data[start + b]!) - amplitude);
      expect(off, `row ${row}, band ${b}`).toBeLessThan(1e-4 * amplitude + 1e-6 * most);
    }
  }
});

test.each(Object.entries(JSON.parse(fileOf('yamnet-patches.json').toString()) as { [samples: string]: number }))(
  '%s samples are as many patches as in YAMNet, %i',
  (samples, count) => {
    expect(logMelPatches(new Float32Array(Number(samples)).fill(0.1), yamnet, sizes).shape).toEqual([count, 96, 64]);
  },
);

test('patches of LogMelProcessor are its mel_spectrogram', async () => {
  const made = await new LogMelProcessor({ preset: 'yamnet', patches: sizes }).process(
    { audio: sound },
    { sampleRate: 16000 },
  );
  const { data, shape } = logMelPatches(sound, yamnet, sizes);
  expect(made).toMatchObject({ mel_spectrogram: { data, shape }, mel_shape: new PythonTuple([3, 96, 64]) });
});

describe('is refused', () => {
  test.each([
    [
      'a layout of [bins, frames]',
      { layout: 'binsFirst' },
      sizes,
      'Cannot cut patches in LogMelProcessor(): expected "layout"',
    ],
    ['frames that reach beyond the ends', { framing: 'mirror' }, sizes, 'Cannot cut patches in'],
    ['a length to fill up to', { padTo: 160000 }, sizes, 'Cannot cut patches in'],
    ['a last frame that is dropped', { dropLast: true }, sizes, 'Cannot cut patches in'],
    ['no hop', {}, { frames: 96 }, 'without option "hop": expected the number of frames from patch to patch'],
    ['patches of nothing', {}, { frames: 0, hop: 1 }, '0 for option "frames" in LogMelProcessor()'],
    ['patches that are no object', {}, 96, '96 for option "patches" in LogMelProcessor(): expected { frames, hop }'],
  ] as const)('%s', (_, features, patches, said) => {
    expect(() => new LogMelProcessor({ preset: 'yamnet', ...features, patches: patches as typeof sizes })).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(said) }),
    );
  });

  test('no sound', () => {
    expect(() => logMelPatches(new Float32Array(0), yamnet, sizes)).toThrow(
      expect.objectContaining({ code: 'BAD_SCHEMA', message: expect.stringContaining('there are no samples') }),
    );
  });

  test('more than an array holds, before it takes memory', () => {
    const long = new Float32Array(20_000_000);
    expect(() => logMelPatches(long, { ...yamnet, bins: 4096 }, { frames: 1000, hop: 1 })).toThrow(
      /patches of 1000 frames at once: expected at most 4294967296 values/,
    );
  });
});
