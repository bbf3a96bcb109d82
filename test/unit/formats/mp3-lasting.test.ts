/** A decoder of MP3 that gets no further, call after call: the file ends in an error with its place, or in gaps. */

import { beforeEach, describe, expect, test, vi } from 'vitest';
import { decodeAudio } from '../../../src/api/read-audio.ts';
import { codecBytes, ffmpegSays } from '../../support/codec-files.ts';

/** What mpg123 says to every read from frame `frame` on; how often it was asked there. */
const stuck = vi.hoisted(() => ({ code: 0, samples: 0, frame: 3, feeds: 0, reads: 0 }));

vi.mock('mpg123-decoder', async (original) => {
  const { MPEGDecoder: Real } = await original<typeof import('mpg123-decoder')>();
  type Wasm = Record<'mpeg_decoder_feed' | 'mpeg_decoder_read', (...args: number[]) => number>;
  interface Core {
    readonly _common: { readonly wasm: Wasm };
    readonly _samplesDecodedPtr: { readonly buf: Uint32Array };
  }
  const sticking = (core: Core): Core['_common'] => {
    const { wasm } = core._common;
    const overriding: Wasm = {
      mpeg_decoder_feed: (...args) => {
        stuck.feeds++;
        return wasm.mpeg_decoder_feed(...args);
      },
      mpeg_decoder_read: (...args) => {
        if (stuck.feeds <= stuck.frame) return wasm.mpeg_decoder_read(...args);
        // A failure of the test, where it would not come to an end.
        if (++stuck.reads > 10_000) throw new Error('asked for ever');
        core._samplesDecodedPtr.buf[0] = stuck.samples;
        return stuck.code;
      },
    };
    return { wasm: Object.assign(Object.create(wasm), overriding) };
  };
  function MPEGDecoder(options: object): object {
    const decoder: object = new Real(options);
    const shown: object = Object.create(decoder, {
      ready: {
        value: (decoder as { readonly ready: Promise<void> }).ready.then(() => {
          Object.defineProperty(shown, '_common', { value: sticking(decoder as Core) });
        }),
      },
      // It frees memory of the real one.
      free: { value: () => (decoder as { free(): void }).free() },
    });
    return shown;
  }
  return { MPEGDecoder };
});

beforeEach(() => Object.assign(stuck, { feeds: 0, reads: 0 }));

const file = codecBytes('bare.mp3');
/** Of the fourth frame: each has 108 bytes. */
const offset = 3 * 108;

describe.each([
  ['an error', -1, 0],
  ['an error beside samples', -1, 576],
  ['that all is well, and gives no samples', 0, 0],
  ['that all is well, and gives the same samples', 0, 576],
  ['that a format begins', -11, 0],
])('a decoder that says for ever %s', (_, code, samples) => {
  beforeEach(() => Object.assign(stuck, { code, samples }));

  test('ends a strict read with the byte and the time', async () => {
    await expect(decodeAudio(file)).rejects.toMatchObject({
      code: 'CORRUPT',
      message: expect.stringContaining(`mpg123 gives up with code ${code}`),
      record: 3,
      offset,
    });
    expect(stuck.reads).toBeLessThan(10);
  });

  test('costs a lenient read each frame, in silence of the right length', async () => {
    const { frames, gaps, samples: sound } = await decodeAudio(file, { lenient: true });
    expect(frames).toBe(ffmpegSays['bare.mp3'].frames);
    expect(gaps[0]).toMatchObject({ record: 3, offset });
    const silentFrom = gaps[0]!.start * (sound.length / frames);
    expect(sound.subarray(silentFrom).every((value) => value === 0)).toBe(true);
    expect(stuck.reads).toBeLessThan(10 * stuck.feeds);
  });
});
