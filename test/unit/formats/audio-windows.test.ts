import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AudioWindow, audioWindows, type WindowSpec } from '../../../src/formats/audio/windows.ts';
import { gather } from './wav-files.ts';

const ramp = (frames: number, channels = 1) => Float32Array.from({ length: frames * channels }, (_, i) => i + 1);

async function windowsOf(samples: Float32Array, spec: WindowSpec, cut = samples.length): Promise<AudioWindow[]> {
  const step = Math.max(1, cut) * spec.channels;
  const blocks = Array.from({ length: Math.ceil(samples.length / step) }, (_, i) =>
    samples.subarray(i * step, (i + 1) * step),
  );
  return await gather(audioWindows(blocks, spec));
}

const values = (windows: AudioWindow[]) => windows.map(({ samples }) => [...samples]);
const of4 = { sampleRate: 4, channels: 1 };
/** A second from there. */
const at = (seconds: number) => ({ startFrame: 4 * seconds, startSeconds: seconds, endSeconds: seconds + 1 });
const second = { sampleRate: 4, channels: 1, window: 1 };

describe('audioWindows()', () => {
  test('cuts side by side, and pads the last window with silence', async () => {
    const windows = await windowsOf(ramp(6), second);
    expect(windows).toEqual([
      { ...of4, samples: Float32Array.of(1, 2, 3, 4), index: 0, ...at(0), validFrames: 4 },
      { ...of4, samples: Float32Array.of(5, 6, 0, 0), index: 1, ...at(1), validFrames: 2 },
    ]);
  });

  test('overlaps when the hop is shorter than a window', async () => {
    expect(values(await windowsOf(ramp(6), { ...second, hop: 0.5, pad: 'drop' }))).toEqual([
      [1, 2, 3, 4],
      [3, 4, 5, 6],
    ]);
  });

  test('leaves gaps when the hop is longer', async () => {
    expect(values(await windowsOf(ramp(16), { ...second, hop: 1.5, pad: 'drop' }))).toEqual([
      [1, 2, 3, 4],
      [7, 8, 9, 10],
      [13, 14, 15, 16],
    ]);
  });

  // numpy.pad(np.arange(1, 7), (0, 2), mode='reflect') and numpy.pad([1, 2], (0, 6), mode='reflect').
  test('reflects at the end as numpy.pad does', async () => {
    expect(values(await windowsOf(ramp(6), { ...second, pad: 'reflect' }))[1]).toEqual([5, 6, 5, 4]);
    expect(values(await windowsOf(ramp(5), { ...second, pad: 'reflect' }))[1]).toEqual([5, 4, 3, 2]);
    expect(values(await windowsOf(ramp(2), { ...second, window: 2, pad: 'reflect' }))).toEqual([
      [1, 2, 1, 2, 1, 2, 1, 2],
    ]);
    expect(values(await windowsOf(ramp(1), { ...second, pad: 'reflect' }))).toEqual([[1, 1, 1, 1]]);
  });

  test('keeps frames of several channels together', async () => {
    const spec = { ...second, channels: 2, window: 0.5, pad: 'reflect' } as const;
    expect(values(await windowsOf(ramp(3, 2), spec))).toEqual([
      [1, 2, 3, 4],
      [5, 6, 3, 4],
    ]);
  });

  test('takes a part of the recording, also from a stream that begins in the middle', async () => {
    const part = { ...second, from: 1, to: 2.5 };
    const expected = [
      { ...of4, samples: Float32Array.of(5, 6, 7, 8), index: 0, ...at(1), validFrames: 4 },
      { ...of4, samples: Float32Array.of(9, 10, 0, 0), index: 1, ...at(2), validFrames: 2 },
    ];
    expect(await windowsOf(ramp(100), part)).toEqual(expected);
    expect(await windowsOf(ramp(100).subarray(3), { ...part, streamStart: 3 })).toEqual(expected);
    expect(await windowsOf(ramp(3), part)).toEqual([]);
  });

  test('stops reading where the part ends', async () => {
    let taken = 0;
    const endless = function* () {
      for (; ; taken++) yield ramp(4);
    };
    expect((await gather(audioWindows(endless(), { ...second, to: 3 }))).length).toBe(3);
    expect(taken).toBe(2);
  });

  test('does not drift when a hop is no whole number of frames', async () => {
    // A third of a second at 22050 Hz is 7350 frames; at 44101 Hz it is 14700.33.
    const windows = await windowsOf(
      new Float32Array(44101 * 20),
      { sampleRate: 44101, channels: 1, window: 0.01, hop: 1 / 3 },
      4096,
    );
    expect(windows.length).toBe(60);
    for (const { index, startFrame, samples } of windows) {
      expect(startFrame).toBe(Math.round((44101 * index) / 3));
      expect(samples.length).toBe(441);
    }
  });

  test('gives the same windows whatever the blocks, and those that the definition says', async () => {
    const spec = fc.record({
      sampleRate: fc.integer({ min: 1, max: 20 }),
      channels: fc.integer({ min: 1, max: 3 }),
      window: fc.double({ min: 0.6, max: 5, noNaN: true }),
      hop: fc.double({ min: 1, max: 9, noNaN: true }),
      pad: fc.constantFrom('zero', 'drop', 'reflect'),
      from: fc.double({ min: 0, max: 5, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(spec, fc.nat(150), fc.integer({ min: 1, max: 40 }), async (given, frames, cut) => {
        const samples = ramp(frames, given.channels);
        const whole = await windowsOf(samples, given as WindowSpec);
        expect(await windowsOf(samples, given as WindowSpec, cut)).toEqual(whole);
        const { sampleRate, channels, window, hop, pad, from } = given;
        const length = Math.round(window * sampleRate);
        const first = Math.round(from * sampleRate);
        const slow: number[][] = [];
        for (let i = 0; ; i++) {
          const start = Math.round((from + i * hop) * sampleRate);
          if (start >= frames || (pad === 'drop' && start + length > frames)) break;
          const expected: number[] = [];
          for (let frame = start; frame < start + length; frame++) {
            // To and fro between the ends, one step at a time.
            let at = frame;
            if (pad === 'reflect') {
              while (at >= frames || at < first) {
                if (at >= frames)
                  at = Math.max(
                    frames - 1 - (at - frames + 1),
                    frames === first + 1 ? first : Number.NEGATIVE_INFINITY,
                  );
                if (at < first) at = first + (first - at);
              }
            }
            for (let c = 0; c < channels; c++) expected.push(at < frames ? samples[at * channels + c]! : 0);
          }
          slow.push(expected);
        }
        expect(values(whole)).toEqual(slow);
      }),
      { numRuns: 1000 },
    );
  });

  test('holds no more than a few windows, whatever the length of the stream', async () => {
    const day = function* () {
      const block = new Float32Array(32000);
      for (let s = 0; s < 4000; s++) yield block;
    };
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let count = 0;
    for await (const _ of audioWindows(day(), {
      sampleRate: 32000,
      channels: 1,
      window: 5,
      hop: 20,
      pad: 'reflect',
    })) {
      if (count++ % 10 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(count).toBe(200);
    // The stream has 512 MB; what is not collected yet counts too.
    expect(most).toBeLessThan(128e6);
  });

  test.each([
    [{ window: 0 }, /0 seconds at 4 Hz are 0 frames/],
    [{ hop: 0.1 }, /a hop of 0.1 seconds is less than a frame at 4 Hz/],
    [{ sampleRate: 0 }, /the sample rate is 0/],
    [{ channels: 0 }, /the number of channels is 0/],
    [{ from: -1 }, /"from" is -1/],
    [{ from: 2, to: 1 }, /"to" is 1, expected seconds from 2 on/],
    [{ pad: 'wrap' }, /"pad" is "wrap", expected zero, drop or reflect/],
    [{ streamStart: 1 }, /the stream begins at frame 1/],
  ])('refuses %j', async (part, message) => {
    const spec = { ...second, ...part } as WindowSpec;
    await expect(gather(audioWindows([], spec))).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(message),
    });
  });
});
