/** Features against the implementations that the presets are named after: values that those computed, none of ours. */

import { describe, expect, test } from 'vitest';
import { logMel } from '../../../src/features/log-mel.ts';
import type { FeatureOptions } from '../../../src/features/parameters.ts';
import { presets } from '../../../src/features/presets.ts';
import { type Golden, goldens, readGolden, readKaldi, readSamples, recipes, rowsOf } from './golden-files.ts';

function greatest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}

/** By how much of what is tolerated two frames differ at most: up to 1 is well. `amplitude` of a value. */
function singlePrecision(
  ours: readonly number[],
  theirs: readonly number[],
  amplitude: (value: number) => number,
): number {
  const top = amplitude(greatest(theirs));
  return greatest(
    theirs.map((value, b) => {
      const wanted = amplitude(value);
      return Math.abs(amplitude(ours[b]!) - wanted) / (1e-4 * wanted + 1e-6 * top);
    }),
  );
}

function excess(ours: readonly number[], theirs: readonly number[], { tolerance, options }: Golden): number {
  if (tolerance === 'single') {
    const factor = presets[options.preset].spectrum === 'magnitude' ? 1 : 2;
    return singlePrecision(ours, theirs, (value) => Math.exp(value / factor));
  }
  const allowed = (value: number) => (tolerance === 'relative' ? 1e-6 * Math.abs(value) + 1e-30 : tolerance);
  return greatest(theirs.map((value, b) => Math.abs(ours[b]! - value) / allowed(value)));
}

function worst(golden: Golden, options: FeatureOptions = golden.options): number {
  const features = logMel(recipes[golden.recipe](), options);
  const theirs = readGolden(golden.name);
  const layout = presets[golden.options.preset].layout;
  expect(features.shape).toEqual(
    layout === 'binsFirst' ? [theirs[0]!.length, golden.frames] : [golden.frames, theirs[0]!.length],
  );
  const ours = rowsOf(features, layout, golden.picked);
  return greatest(theirs.map((row, i) => excess(ours[i]!, row, golden)));
}

const find = (name: string) => goldens.find((golden) => golden.name === name)!;

test.each(goldens)('$name is what $by computes', (golden) => {
  expect(readGolden(golden.name).length).toBe(golden.picked.length);
  expect(worst(golden)).toBeLessThanOrEqual(1);
});

test('there are goldens of every preset', () => {
  expect([...new Set(goldens.map(({ options }) => options.preset))].sort()).toEqual(Object.keys(presets).sort());
});

describe('Kaldi itself', () => {
  const sound = readSamples('kaldi/test.wav');

  test.each([
    ['test.txt', {}],
    ['test-40.txt', { bins: 40 }],
    ['test-40-no-snip-edges.txt', { bins: 40, framing: 'mirror' }],
    ['test-with-energy.txt', { energy: true }],
  ] as const)('printed %s', (name, options) => {
    const theirs = readKaldi(name);
    const features = logMel(sound, { preset: 'kaldi', sampleRate: 16000, ...options });
    expect(features.shape).toEqual([theirs.length, theirs[0]!.length]);
    const ours = rowsOf(features, 'framesFirst', [...theirs.keys()]);
    const excesses = theirs.map((row, t) => singlePrecision(ours[t]!, row, (value) => Math.exp(value / 2)));
    expect(greatest(excesses)).toBeLessThanOrEqual(1);
    // Of logarithms: half of them to the digits that Kaldi prints, all as near as its single precision lets them be.
    const differences = theirs
      .flatMap((row, t) => row.map((value, b) => Math.abs(ours[t]![b]! - value)))
      .sort((a, b) => a - b);
    expect(differences[differences.length >> 1]).toBeLessThan(1e-4);
    expect(differences.at(-1)).toBeLessThan(0.05);
  });
});

describe('what others got wrong changes values beyond what is tolerated', () => {
  const endsLoud = find('whisper-80-endsLoud');
  const long = find('whisper-80-long');

  test('zeros in place of a reflection (TensorRT-Model-Connect, PR 1282)', () => {
    expect(worst(long, { ...long.options, framing: 'centerZero' })).toBeGreaterThan(50);
  });

  test('the dropped frame among those whose greatest value counts', () => {
    const { shape, data } = logMel(recipes.endsLoud(), { ...endsLoud.options, dropLast: false });
    expect(shape).toEqual([80, 3001]);
    const theirs = readGolden(endsLoud.name);
    // All faint frames stand on the floor, which the click in frame 3000 would raise.
    const differences = theirs[0]!.map((value, b) => Math.abs(data[b * 3001]! - value));
    expect(greatest(differences)).toBeGreaterThan(0.1);
  });

  test.each([
    ['whisper-80-sound', { periodic: false }],
    ['whisper-80-sound', { melScale: 'htk' }],
    ['whisper-80-sound', { melNorm: 'none' }],
    ['whisper-80-sound', { spectrum: 'magnitude' }],
    ['librosa-db', { framing: 'centerReflect' }],
    ['torchaudio-db', { triangles: 'mel' }],
    ['kaldi-povey', { window: 'hann' }],
    ['kaldi-povey', { periodic: true }],
    ['kaldi-povey', { removeMean: false }],
    ['kaldi-povey', { preEmphasis: 0.95 }],
    ['kaldi-povey', { scale: 32700 }],
    ['yamnet', { triangles: 'hertz' }],
    ['yamnet', { offset: 0.01 }],
  ] as const)('%s with %j', (name, change) => {
    const golden = find(name);
    expect(worst(golden, { ...golden.options, ...change })).toBeGreaterThan(1.5);
  });
});
