import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Resampler, resampleBlocks, resampledFrames } from '../../../src/formats/audio/resample.ts';
import { gather } from './wav-files.ts';

function resample(
  from: number,
  to: number,
  samples: Float32Array,
  quality: 'high' | 'medium' | 'low' = 'high',
): Float32Array {
  const resampler = new Resampler(from, to, 1, quality);
  return joinFloats([resampler.push(samples), resampler.flush()]);
}

function joinFloats(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Frequency rises from `low` to `high` Hz along `seconds`, in phase with time whatever the rate. */
function sweep(rate: number, seconds: number, low: number, high: number): Float32Array {
  return Float32Array.from({ length: Math.round(rate * seconds) }, (_, i) => {
    const t = i / rate;
    return 0.5 * Math.sin(2 * Math.PI * (low * t + ((high - low) * t * t) / (2 * seconds)));
  });
}

function energy(samples: Float32Array): number {
  let sum = 0;
  for (const x of samples) sum += x * x;
  return sum / samples.length;
}

/** Of the difference to the signal, in dB, without the ends (where a filter sees silence that the formula does not have). */
function errorDecibels(found: Float32Array, wanted: Float32Array, skip: number): number {
  const inner = (x: Float32Array) => x.subarray(skip, Math.min(found.length, wanted.length) - skip);
  const a = inner(found);
  const b = inner(wanted);
  return 10 * Math.log10(energy(a.map((x, i) => x - b[i]!)) / energy(b));
}

describe('Resampler', () => {
  test.each([
    [44100, 48000],
    [48000, 44100],
    [22050, 32000],
    [48000, 32000],
    [96000, 22050],
    [384000, 32000],
    [16000, 44101],
  ])('takes a sine sweep from %d to %d Hz in place, to -110 dB', (from, to) => {
    const top = 0.94 * (Math.min(from, to) / 2);
    const out = resample(from, to, sweep(from, 1, 20, top));
    expect(out.length).toBe(to);
    expect(errorDecibels(out, sweep(to, 1, 20, top), 400)).toBeLessThan(-110);
  });

  test('silences a sweep above the new band to -110 dB', () => {
    const sound = sweep(96000, 1, 16_050, 47_000);
    const out = resample(96000, 32000, sound);
    expect(10 * Math.log10(energy(out.subarray(400, -400)) / energy(sound))).toBeLessThan(-110);
  });

  test('keeps the energy of noise within the band', () => {
    // Sums of tones with phases that look random, all inside both bands.
    const tones = Array.from({ length: 60 }, (_, i) => [100 + 117 * i, (i * i * 2.4) % 6.28] as const);
    const at = (rate: number) =>
      Float32Array.from({ length: rate }, (_, i) =>
        tones.reduce((sum, [hertz, phase]) => sum + 0.01 * Math.sin((2 * Math.PI * hertz * i) / rate + phase), 0),
      );
    const from = at(22050);
    expect(10 * Math.log10(energy(resample(22050, 16000, from)) / energy(from))).toBeCloseTo(0, 1);
    expect(errorDecibels(resample(22050, 16000, from), at(16000), 400)).toBeLessThan(-110);
  });

  test('gives ceil(n * to / from) frames, the same for every cut into blocks', async () => {
    const rates = fc.integer({ min: 1, max: 50 });
    const noise = Float32Array.from({ length: 900 }, (_, i) => Math.sin(i * i));
    await fc.assert(
      fc.asyncProperty(
        rates,
        rates,
        fc.integer({ min: 1, max: 3 }),
        fc.nat(300),
        fc.integer({ min: 1, max: 60 }),
        async (from, to, channels, frames, cut) => {
          const samples = noise.subarray(0, frames * channels);
          const one = new Resampler(from, to, channels, 'low');
          const whole = joinFloats([one.push(samples), one.flush()]);
          expect(whole.length).toBe(Math.ceil((frames * to) / from) * channels);
          expect(whole.length).toBe(resampledFrames(frames, from, to) * channels);
          const blocks = Array.from({ length: Math.ceil(frames / cut) }, (_, i) =>
            samples.subarray(i * cut * channels, (i + 1) * cut * channels),
          );
          const cutUp = joinFloats(await gather(resampleBlocks(blocks, new Resampler(from, to, channels, 'low'))));
          expect(cutUp).toEqual(whole);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('hands back what it was given when the rates are equal', () => {
    const samples = Float32Array.of(1, 2, 3);
    const same = new Resampler(8000, 8000);
    expect(same.push(samples)).toBe(samples);
    expect(same.flush().length).toBe(0);
  });

  test('forgets nothing it needs when filters change places', () => {
    const samples = sweep(8000, 0.1, 20, 3000);
    const first = resample(8000, 11025, samples);
    for (let to = 9000; to < 9010; to++) resample(8000, to, samples);
    expect(resample(8000, 11025, samples)).toEqual(first);
  });

  test.each([
    [[0, 8000], /expected whole numbers/],
    [[44100.5, 8000], /expected whole numbers/],
    [[1, 5000], /a factor of at most 4096/],
    [[8000, 16000, 0], /Cannot resample 0 channels/],
    [[8000, 16000, 1, 'best'], /quality "best": expected one of high, medium, low/],
  ])('refuses %j', (given, message) => {
    expect(() => new Resampler(...(given as [number, number]))).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) }),
    );
  });

  test('refuses parts of frames, and more after the flush', () => {
    const stereo = new Resampler(8000, 16000, 2);
    expect(() => stereo.push(new Float32Array(3))).toThrow('3 samples of 2 channels: expected whole frames');
    stereo.flush();
    expect(() => stereo.push(new Float32Array(2))).toThrow('the stream was flushed');
    expect(() => stereo.flush()).toThrow('the stream was flushed');
  });
});

const sox = spawnSync('sox', ['--version'], { encoding: 'utf8' }).status === 0;

describe.skipIf(!sox)('beside SoX (needs sox)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function bySox(from: number, to: number, samples: Float32Array): Float32Array {
    const raw = ['-t', 'raw', '-e', 'float', '-b', '32', '-c', '1'];
    const [input, output] = [join(folder, 'in.raw'), join(folder, 'out.raw')];
    writeFileSync(input, samples);
    const args = ['-D', '-R', ...raw, '-r', `${from}`, input, ...raw, output, 'rate', '-v', `${to}`];
    const { status, stderr } = spawnSync('sox', args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    return new Float32Array(new Uint8Array(readFileSync(output)).buffer);
  }

  test.each([
    [44100, 48000],
    [48000, 44100],
    [22050, 32000],
    [48000, 16000],
    [384000, 32000],
  ])('Resampler agrees from %d to %d Hz on a sweep, to -115 dB', (from, to) => {
    const top = 0.9 * (Math.min(from, to) / 2);
    const sound = sweep(from, 2, 20, top);
    const ours = resample(from, to, sound);
    const theirs = bySox(from, to, sound);
    expect(Math.abs(ours.length - theirs.length)).toBeLessThanOrEqual(1);
    // Longer than our filter: what SoX makes of the ends of a signal rings on, at -90 dB near them and at -120 dB half a second away.
    const skip = Math.round(0.4 * to);
    expect(errorDecibels(ours, theirs, skip)).toBeLessThan(-115);
    expect(errorDecibels(ours, sweep(to, 2, 20, top), skip)).toBeLessThan(-130);
  });
});
