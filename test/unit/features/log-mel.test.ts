/** What logMel() takes, refuses and promises besides values, which goldens.test.ts compares. */

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { logMel } from '../../../src/features/log-mel.ts';
import {
  type FeatureOptions,
  featureParameters,
  isFftLength,
  parameterNumbers,
} from '../../../src/features/parameters.ts';
import { type FeaturePresetName, presets } from '../../../src/features/presets.ts';
import { featureParam, native } from '../../../src/native/native.ts';
import { readGolden, sound } from './golden-files.ts';

// biome-ignore lint/suspicious/noExplicitAny: what the types forbid is the point
type Any = any;

const names = Object.keys(presets) as FeaturePresetName[];
const whisper: FeatureOptions = { preset: 'whisper', sampleRate: 16000 };
const kaldi: FeatureOptions = { preset: 'kaldi', sampleRate: 16000 };

describe('logMel() refuses', () => {
  test.each([
    [
      'no preset',
      { sampleRate: 16000 },
      /without option "preset": expected one of whisper, kaldi, librosa, torchaudio, yamnet/,
    ],
    ['an unknown preset', { preset: 'mfcc', sampleRate: 16000 }, /"mfcc" for option "preset".*expected one of whisper/],
    ['no rate', { preset: 'kaldi' }, /without option "sampleRate"/],
    [
      'an unknown option',
      { ...kaldi, nMels: 40 },
      /Cannot use option "nMels" in logMel\(\): expected one of preset, fft,/,
    ],
    [
      'another rate for Whisper',
      { ...whisper, sampleRate: 44100 },
      /at 44100 Hz: expected 16000 Hz.*resample it first/,
    ],
    ['another rate for YAMNet', { preset: 'yamnet', sampleRate: 8000 }, /at 8000 Hz: expected 16000 Hz/],
    ['an odd FFT', { ...kaldi, fft: 401 }, /FFT of 401 samples is not offered.*such as 406/],
    ['an FFT of a great prime', { ...kaldi, fft: 2 * 997 }, /FFT of 1994.*such as 1998/],
    [
      'a window longer than the FFT',
      { ...kaldi, windowLength: 600, fft: 512 },
      /window of 600 samples is longer than the FFT of 512/,
    ],
    [
      'frequencies above half the rate',
      { ...kaldi, high: 8001 },
      /"high" is 8001 Hz: expected at most half the sample rate, 8000 Hz/,
    ],
    ['frequencies in the wrong order', { ...kaldi, low: 4000, high: 4000 }, /"low" is 4000 Hz, and "high" 4000 Hz/],
    ['an infinite logarithm', { ...kaldi, floor: 0 }, /"floor" and "offset" are 0/],
    [
      'a filling shorter than a frame',
      { ...kaldi, padTo: 600 },
      /"padTo" is 600 samples: expected 0, or at least.*672/,
    ],
    ['a choice that is none', { ...kaldi, window: 'hanning' }, /expected one of hann, povey, hamming, rectangular/],
    ['a number that is none', { ...kaldi, preEmphasis: Number.NaN }, /NaN for option "preEmphasis"/],
    ['too many bins', { ...kaldi, bins: 4097 }, /1 to 4096/],
    ['options that are no object', 'kaldi', /expected an object/],
  ] as const)('%s', (_, options, said) => {
    expect(() => logMel(sound, options as Any)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(said) }),
    );
  });

  test.each([[[0.5]], [new Float64Array(500)], [new Int16Array(500)], [undefined]])(
    'samples that are no Float32Array',
    (samples) => {
      expect(() => logMel(samples as Any, kaldi)).toThrow(/Cannot run logMel\(\): expected a Float32Array/);
    },
  );

  const few = (name: FeaturePresetName, samples: number) => () =>
    logMel(new Float32Array(samples), { preset: name, sampleRate: presets[name].sampleRate });

  test.each(names)('no samples, of %s', (name) => {
    expect(few(name, 0)).toThrow(
      expect.objectContaining({ code: 'BAD_SCHEMA', message: expect.stringMatching(/there are no samples/) }),
    );
  });

  test.each([
    ['kaldi', 400],
    ['torchaudio', 201],
    ['yamnet', 400],
  ] as const)('fewer samples than a frame of %s takes, which are %i', (name, least) => {
    const said = `there are ${least - 1} samples, and the first frame takes ${least}; pad the sound`;
    expect(few(name, least - 1)).toThrow(
      expect.objectContaining({ code: 'BAD_SCHEMA', message: expect.stringContaining(said) }),
    );
    expect(few(name, least)).not.toThrow();
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'a sample that is %d, wherever it stands',
    (value) => {
      for (const at of [0, 1, 1023, 1024, sound.length - 1]) {
        const bad = sound.slice();
        bad[at] = value;
        expect(() => logMel(bad, whisper)).toThrow(
          `sample ${at} of ${bad.length} is ${value}, expected a finite number`,
        );
      }
    },
  );

  test('more values than an array holds, before it takes memory', () => {
    const options: FeatureOptions = { ...kaldi, hop: 1, bins: 4096 };
    expect(() => logMel(new Float32Array(1_100_000), options)).toThrow(
      /frames of 4096 values at once: expected at most 4294967296/,
    );
  });
});

describe('featureParameters()', () => {
  test('completes each preset at its own rate as its implementation does', () => {
    const sizes = names.map((name) => {
      const { fft, windowLength, hop, high } = featureParameters({
        preset: name,
        sampleRate: presets[name].sampleRate,
      });
      return [name, fft, windowLength, hop, high];
    });
    expect(sizes).toEqual([
      ['whisper', 400, 400, 160, 8000],
      ['kaldi', 512, 400, 160, 8000],
      ['librosa', 2048, 2048, 512, 11025],
      ['torchaudio', 400, 400, 200, 8000],
      ['yamnet', 512, 400, 160, 7500],
    ]);
  });

  test('keeps the seconds of Kaldi, and the samples of librosa and torchaudio, at other rates', () => {
    const at = (preset: FeaturePresetName, sampleRate: number) => {
      const { fft, windowLength, hop, high } = featureParameters({ preset, sampleRate });
      return [fft, windowLength, hop, high];
    };
    // 25 ms are 551.25 samples, which Kaldi cuts off.
    expect(at('kaldi', 22050)).toEqual([1024, 551, 220, 11025]);
    expect(at('kaldi', 8000)).toEqual([256, 200, 80, 4000]);
    expect(at('librosa', 48000)).toEqual([2048, 2048, 512, 24000]);
    expect(at('torchaudio', 48000)).toEqual([400, 400, 200, 24000]);
  });

  test('makes the window as long as an FFT that is given, where the preset has it so, and the FFT long enough for a window', () => {
    expect(featureParameters({ preset: 'librosa', sampleRate: 22050, fft: 1024 }).windowLength).toBe(1024);
    expect(featureParameters({ ...kaldi, windowLength: 513 }).fft).toBe(1024);
    expect(featureParameters({ ...kaldi, windowLength: 512 }).fft).toBe(512);
  });

  test('offers the FFTs that the addon takes', () => {
    const numbers = new Float64Array(featureParam.length);
    for (let fft = 2; fft < 700; fft++) {
      numbers.set([16000, fft, 2, 100, 0, 1, 2, 0, 0, 1, 0, 0, 0, 1, 0, 8000, 0, 0, 1, 0]);
      const isTaken = (() => {
        try {
          return new (native().FeaturePlan)(numbers) !== undefined;
        } catch {
          return false;
        }
      })();
      expect(isFftLength(fft), String(fft)).toBe(isTaken);
    }
  });
});

describe('logMel()', () => {
  test('gives both layouts of the same values', () => {
    const a = logMel(sound, { ...kaldi, layout: 'framesFirst' });
    const b = logMel(sound, { ...kaldi, layout: 'binsFirst' });
    const [frames, bins] = a.shape;
    expect(b.shape).toEqual([bins, frames]);
    for (let t = 0; t < frames; t++) {
      for (let bin = 0; bin < bins; bin++) expect(b.data[bin * frames + t]).toBe(a.data[t * bins + bin]);
    }
  });

  test('gives the energy in front of the bands, by its definition', () => {
    const options = { ...kaldi, energy: true } as const;
    const { data, shape } = logMel(sound, options);
    expect(shape).toEqual([148, 24]);
    const alone = logMel(sound, kaldi).data;
    for (let t = 0; t < 148; t++) {
      const frame = Array.from(sound.subarray(t * 160, t * 160 + 400), (x) => x * 32768);
      const mean = frame.reduce((sum, x) => sum + x) / 400;
      const energy = frame.reduce((sum, x) => sum + (x - mean) ** 2, 0);
      expect(data[t * 24]).toBeCloseTo(Math.log(Math.max(energy, 2 ** -23)), 5);
      expect(data.slice(t * 24 + 1, (t + 1) * 24)).toEqual(alone.slice(t * 23, (t + 1) * 23));
    }
    // Of a magnitude its root: half the logarithm.
    const magnitude = logMel(sound, { ...options, spectrum: 'magnitude' });
    expect(magnitude.data[40 * 24]).toBeCloseTo(data[40 * 24]! / 2, 5);
  });

  test('cuts and fills the sound of Whisper to 30 s', () => {
    expect(logMel(new Float32Array([0.5]), whisper).shape).toEqual([80, 3000]);
    const long = new Float32Array(500000).fill(0.25);
    long[480000] = 1;
    expect(logMel(long, whisper)).toEqual(logMel(long.subarray(0, 480000), whisper));
  });

  test('gives what Perch computes after its scipy front end by overrides: 0.1 * ln(max(x, 0.01))', () => {
    const base: FeatureOptions = { ...kaldi, floor: 0.01 };
    const plain = logMel(sound, base);
    const scaled = logMel(sound, { ...base, multiplier: 0.1 });
    expect(Math.min(...plain.data)).toBe(Math.fround(Math.log(0.01)));
    for (const [i, value] of plain.data.entries()) expect(scaled.data[i]).toBe(Math.fround(value * Math.fround(0.1)));
  });

  test('does not change its input, and gives memory of its own', () => {
    const samples = sound.slice();
    const first = logMel(samples, kaldi);
    const kept = first.data.slice();
    logMel(new Float32Array(8000).fill(0.3), kaldi);
    expect(samples).toEqual(sound);
    expect(first.data).toEqual(kept);
  });

  test('gives the same bits with every set of instructions', () => {
    const { tier, sum } = JSON.parse(inProcess('')) as { tier: string; sum: string };
    const portable = JSON.parse(inProcess('portable')) as { tier: string; sum: string };
    expect(portable.tier).toBe('portable');
    expect(portable.sum, tier).toBe(sum);
  });
});

/** The engine of a process of its own, and a sum over what it computes: an addon asks for the processor once. */
function inProcess(cpu: string): string {
  const url = (path: string) => JSON.stringify(new URL(`../../../dist/${path}`, import.meta.url).href);
  const code = `
    import { createHash } from 'node:crypto';
    import { logMel } from ${url('features/log-mel.js')};
    import { featureParameters, parameterNumbers } from ${url('features/parameters.js')};
    import { presets } from ${url('features/presets.js')};
    import { native } from ${url('native/native.js')};
    const hash = createHash('sha256');
    const samples = Float32Array.from({ length: 20011 }, (_, i) => (((i * 7919) % 65536) - 32768) / 65536);
    let tier;
    for (const [preset, { sampleRate }] of Object.entries(presets)) {
      const options = { preset, sampleRate };
      hash.update(logMel(samples, options).data);
      tier = new (native().FeaturePlan)(parameterNumbers(featureParameters(options))).describe().engine;
    }
    console.log(JSON.stringify({ tier, sum: hash.digest('hex') }));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { ...process.env, BOWERBIRD_CPU: cpu },
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

describe('FeaturePlan', () => {
  const addon = native() as Any;
  const good = () =>
    new Float64Array([
      16000, 512, 400, 160, 1, 0, 2, 0, 0, 1, 1, 0.97, 0, 23, 20, 8000, 1, 1, 0, 1, 1e-7, 0, 0, 0, 1, 1, 0,
    ]);
  const odd: readonly Any[] = [
    undefined,
    null,
    'text',
    7,
    {},
    [1],
    new DataView(new ArrayBuffer(64)),
    new BigInt64Array(9),
    () => {},
  ];

  test('is made of right numbers only', () => {
    expect(new addon.FeaturePlan(good()).frames(400)).toBe(1);
    for (const bad of [
      ...odd,
      new Float64Array(26),
      new Float64Array(28),
      new Float32Array(27),
      new Float64Array(27),
    ]) {
      expect(() => new addon.FeaturePlan(bad), String(bad)).toThrow(TypeError);
    }
    expect(() => addon.FeaturePlan(good())).toThrow(TypeError);
    for (let place = 0; place < featureParam.length; place++) {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -2e9, 1e300]) {
        const numbers = good();
        numbers[place] = bad;
        expect(() => new addon.FeaturePlan(numbers), `${place}: ${bad}`).toThrow(TypeError);
      }
    }
    for (const place of [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 13, 16, 17, 18, 19, 25, 26]) {
      const numbers = good();
      numbers[place] = 1.5;
      expect(() => new addon.FeaturePlan(numbers), String(place)).toThrow(TypeError);
    }
  });

  test('takes samples and counts only, and no other receiver', () => {
    const plan = new addon.FeaturePlan(good());
    for (const bad of [...odd, new Float64Array(400)]) expect(() => plan.run(bad), String(bad)).toThrow(TypeError);
    for (const bad of [undefined, '1', -1, Number.NaN, 2 ** 60, 1.5])
      expect(() => plan.frames(bad), String(bad)).toThrow(TypeError);
    for (const receiver of [undefined, {}, Object.create(Object.getPrototypeOf(plan))]) {
      expect(() => plan.run.call(receiver, new Float32Array(400))).toThrow(TypeError);
    }
    const detached = new Float32Array(400);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    expect(plan.run(detached)).toEqual(new Float32Array(0));
  });

  test('tells of filters that no line of the spectrum falls into', () => {
    expect(new addon.FeaturePlan(good()).describe()).toMatchObject({ leastSamples: 400, emptyBins: 0 });
    // librosa warns of them: they stand at its floor, which is -100 dB, whatever the sound.
    const theirs = readGolden('torchaudio-db');
    const silent = theirs[0]!.filter((_, b) => theirs.every((row) => row[b]! < -99.999)).length;
    expect(silent).toBeGreaterThan(0);
    const parameters = featureParameters({ preset: 'torchaudio', sampleRate: 16000 });
    expect(new addon.FeaturePlan(parameterNumbers(parameters)).describe().emptyBins).toBe(silent);
  });
});
