/** MP3 whose frames change channels, sample rate or kind on the way: counts and tones by mpg123. */

import { describe, expect, test } from 'vitest';
import { decodeAudio, probeAudio } from '../../../src/api/read-audio.ts';
import { bytesSource } from '../../../src/bytes.ts';
import type { BowerbirdError } from '../../../src/errors.ts';
import { parseMpegHeader } from '../../../src/formats/sniff/mpeg-header.ts';
import { hasShared, sharedBytes } from '../../shared-data.ts';
import { codecBytes, ffmpegSays } from '../../support/codec-files.ts';
import { fieldBytes } from '../../support/field-files.ts';

const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const failure = (bytes: Uint8Array): Promise<BowerbirdError> =>
  decodeAudio(bytes).then(
    () => expect.unreachable('it decoded'),
    (error) => error,
  );

/** Amplitude of a tone in half a second from `second` on. */
function level(samples: Float32Array, sampleRate: number, second: number, tone: number): number {
  const part = samples.subarray(second * sampleRate, (second + 0.5) * sampleRate);
  let [re, im] = [0, 0];
  for (const [n, value] of part.entries()) {
    re += value * Math.cos((2 * Math.PI * tone * n) / sampleRate);
    im += value * Math.sin((2 * Math.PI * tone * n) / sampleRate);
  }
  return (2 * Math.hypot(re, im)) / part.length;
}

/** Frames that hold nothing, which decode to silence: a header and zeros. */
function silence(header: readonly [number, number, number, number], bytes: number, count: number): Uint8Array {
  const frame = new Uint8Array(bytes);
  frame.set(header);
  return joined(...Array.from({ length: count }, () => frame));
}

const planes = async (name: string) => {
  const audio = await decodeAudio(fieldBytes(`mp3/${name}.mp3`), { layout: 'planar' });
  const channels = Array.from({ length: audio.channels }, (_, c) =>
    audio.samples.subarray(c * audio.frames, (c + 1) * audio.frames),
  );
  return { ...audio, planes: channels };
};

describe('MP3 that changes channels', () => {
  // 78 frames of 1152 samples each: 440 and 880 Hz in the two channels, 660 Hz where there is one.
  test('to mono goes on in both channels', async () => {
    const { frames, channels, planes: both, notes, gaps } = await planes('st_mono');
    expect({ frames, channels, gaps }).toEqual({ frames: 179_712, channels: 2, gaps: [] });
    const [left, right] = both as [Float32Array, Float32Array];
    expect(level(left, 44100, 0.5, 440)).toBeCloseTo(0.476, 2);
    expect(level(right, 44100, 0.5, 880)).toBeCloseTo(0.476, 2);
    expect(level(left, 44100, 3, 660)).toBeCloseTo(0.476, 2);
    expect(right.slice(3 * 44100)).toEqual(left.slice(3 * 44100));
    expect(notes).toEqual([
      'The number of channels changes from 2 to 1 at 2.038 s (byte 32600); all has two channels: what is mono is in both',
    ]);
  });

  test('to stereo goes on with the mean of both', async () => {
    const { frames, channels, planes: one, notes, gaps } = await planes('mono_st');
    expect({ frames, channels, gaps }).toEqual({ frames: 179_712, channels: 1, gaps: [] });
    const [mono] = one as [Float32Array];
    expect(level(mono, 44100, 0.5, 660)).toBeCloseTo(0.476, 2);
    expect(level(mono, 44100, 3, 440)).toBeCloseTo(0.238, 2);
    expect(level(mono, 44100, 3, 880)).toBeCloseTo(0.238, 2);
    // The same bytes are the first half of the other file.
    const { planes: both } = await planes('st_mono');
    const [left, right] = both as [Float32Array, Float32Array];
    const half = 78 * 1152;
    for (let i = 5000; i < half; i += 97) expect(mono[half + i]).toBeCloseTo((left[i]! + right[i]!) / 2, 5);
    expect(notes).toEqual([
      'The number of channels changes from 1 to 2 at 2.038 s (byte 16300); all is mono: of two channels their mean',
    ]);
  });

  test('there and back is noted once', async () => {
    const { frames, notes, planes: both } = await planes('sms');
    expect(frames).toBe(269_568);
    expect(level(both[1]!, 44100, 5, 880)).toBeCloseTo(0.476, 2);
    expect(notes).toEqual([
      'The number of channels changes 2 times, first from 2 to 1 at 2.038 s (byte 32600); all has two channels: what is mono is in both',
    ]);
  });

  test('in one frame alone is damage: a flipped bit', async () => {
    const file = fieldBytes('mp3/st_mono.mp3');
    // Frame 10 of the stereo part begins with the sync word.
    let at = 0;
    for (let frame = 0; frame < 10; frame++) at += 417 + ((file[at + 2]! >> 1) & 1);
    expect(file[at]).toBe(0xff);
    file[at + 3]! |= 0xc0;
    expect(await failure(file)).toMatchObject({ code: 'CORRUPT', record: 10, offset: at });
    const audio = await decodeAudio(file, { lenient: true });
    expect(audio.frames).toBe(179_712);
    expect(audio.gaps).toMatchObject([{ start: 11_520, frames: 1152, offset: at }]);
  });
});

describe('MP3 that changes its sample rate', () => {
  test('is an error that says from what to what, and where', async () => {
    const error = await failure(fieldBytes('mp3/rate.mp3'));
    expect(error).toMatchObject({ code: 'CORRUPT', offset: 32_600, record: 78, seconds: (78 * 1152) / 44100 });
    expect(error.message).toBe(
      'Cannot decode "the bytes given" at 2.038 s (byte 32600): the sample rate changes from 44100 to 22050 Hz; split the file there, or convert it to one rate first; option "lenient" (in ingest and pack: option "onError" as "salvage") puts silence in the place of what is lost',
    );
  });

  test('is silence as long as its own headers say in a lenient read', async () => {
    const audio = await decodeAudio(fieldBytes('mp3/rate.mp3'), { lenient: true, layout: 'planar' });
    // 79 frames of 576 samples at half the rate.
    expect(audio.frames).toBe(78 * 1152 + 79 * 576 * 2);
    expect(audio.gaps).toMatchObject([
      { start: 78 * 1152, frames: 79 * 576 * 2, offset: 32_600, length: 40_855 - 32_600, record: 78 },
    ]);
    expect(audio.samples.slice(78 * 1152, audio.frames).every((v) => v === 0)).toBe(true);
  });

  test('for longer than anybody would believe a claim, and back, keeps its length', async () => {
    const bare = codecBytes('bare.mp3');
    const { frames } = ffmpegSays['bare.mp3'];
    // MPEG 2, 8 kbit/s, 24 kHz, mono: frames of 24 bytes and 576 samples.
    const other = silence([0xff, 0xf3, 0x14, 0xc0], 24, 3000);
    const audio = await decodeAudio(joined(bare, other, bare), { lenient: true });
    const left = (3000 * 576 * 16000) / 24000;
    expect(audio.gaps).toMatchObject([{ start: frames, frames: left, length: other.length }]);
    expect(audio.frames).toBe(2 * frames + left);
    const last = audio.samples.slice(-frames + 9 * 576);
    expect(last.some((v) => Math.abs(v) > 0.1)).toBe(true);
  });
});

describe('MP3 of free format', () => {
  const header = [0xff, 0xfb, 0x00, 0x44] as const;

  test('is named', async () => {
    for (const file of [
      silence(header, 1306, 12),
      joined(silence(header, 1306, 4), silence([0xff, 0xfb, 0x02, 0x44], 1307, 1), silence(header, 1306, 3)),
      ...(hasShared ? [sharedBytes('field/mp3/free.mp3')] : []),
    ]) {
      const error = await failure(file);
      expect(error).toMatchObject({ code: 'UNSUPPORTED', offset: 0 });
      expect(error.message).toMatch(/^Cannot read ".*" as MP3: it is of free format/);
    }
  });

  test('behind other frames costs its own length', async () => {
    const { frames, ...rest } = ffmpegSays['bare.mp3'];
    const bare = codecBytes('bare.mp3');
    const file = joined(bare, silence([0xff, 0xf3, 0x08, 0xc0], 700, 10));
    expect(await failure(file)).toMatchObject({ code: 'CORRUPT', message: expect.stringContaining('free format') });
    const audio = await decodeAudio(file, { lenient: true });
    expect(audio).toMatchObject({ sampleRate: rest.sampleRate, frames: frames + 10 * 576 });
  });
});

describe('MPEG of other layers', () => {
  test('is named, at the beginning and on the way', async () => {
    const layer2 = silence([0xff, 0xfd, 0x90, 0x44], 522, 8);
    expect((await failure(layer2)).message).toMatch(/MPEG layer 2 \(MP2\)/);
    expect((await failure(silence([0xff, 0xff, 0x90, 0x44], 416, 8))).message).toMatch(/MPEG layer 1/);
    const bare = codecBytes('bare.mp3');
    const error = await failure(joined(bare, layer2, bare));
    expect(error).toMatchObject({ code: 'CORRUPT', offset: bare.length });
    expect(error.message).toMatch(/expected the header of a frame, found that of MPEG layer 2; option "lenient"/);
  });
});

describe('the length that the first frame of MP3 states', () => {
  const mono = codecBytes('mono.mp3');
  const { frames } = ffmpegSays['mono.mp3'];
  const lengthOf = async (bytes: Uint8Array) => (await probeAudio(bytesSource(bytes, 'x.mp3'))).frames;

  test('is that of the first of several files that were joined, and the second is told', async () => {
    expect(await lengthOf(mono)).toBe(frames);
    const many = joined(...Array.from({ length: 12 }, () => mono));
    expect(await lengthOf(many)).toBe(frames);
    await expect(decodeAudio(many)).rejects.toMatchObject({ code: 'CORRUPT', offset: mono.length });
    const { gaps, ...first } = await decodeAudio(many, { lenient: true });
    expect(first.frames).toBe(frames);
    expect(gaps).toMatchObject([{ fault: 'other-recording', offset: mono.length, length: 11 * mono.length }]);
  });

  test('is not that of all the frames that an editor appended', async () => {
    expect(await lengthOf(mono)).toBe(frames);
    // Without the encoder's head, which would begin another recording.
    const appended = mono.subarray(parseMpegHeader(mono)!.bytes);
    const many = joined(mono, ...Array.from({ length: 11 }, () => appended));
    expect(await lengthOf(many)).toBeUndefined();
    expect((await decodeAudio(many)).frames).toBeGreaterThan(11 * frames);
    expect(await lengthOf(joined(mono, mono))).toBe(frames);
    expect(await failure(joined(mono, mono))).toMatchObject({ code: 'CORRUPT', offset: mono.length });
    // Tags behind the sound are none of it.
    expect(await lengthOf(joined(mono, Buffer.from('TAG'), new Uint8Array(125)))).toBe(frames);
  });

  test('is unknown where the encoder left 0', async () => {
    const at =
      Buffer.from(mono).indexOf('Xing') >= 0 ? Buffer.from(mono).indexOf('Xing') : Buffer.from(mono).indexOf('Info');
    const unset = mono.slice().fill(0, at + 8, at + 12);
    expect(await lengthOf(unset)).toBeUndefined();
  });
});
