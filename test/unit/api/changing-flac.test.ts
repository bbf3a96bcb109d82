/** FLAC files whose frames say another sample rate, width or block size than their header, in every way of reading them. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/api/decode.ts';
import { decodeAudio, readAudio } from '../../../src/api/read-audio.ts';
import { readAudioWindows } from '../../../src/api/read-audio-windows.ts';
import type { VerifiedFlac } from '../../../src/api/types.ts';
import { verify } from '../../../src/api/verify.ts';
import type { AudioGap } from '../../../src/formats/audio/audio.ts';
import { flacFrame, flacOf } from '../../support/flac-files.ts';
import { bytes } from '../formats/wav-files.ts';
import { scratch } from '../jobs/folder.ts';

/** 60 frames of 48 kHz, 20 of 96 kHz, 20 of 48 kHz; every sample is the number of its frame. */
const frames = Array.from({ length: 100 }, (_, number) =>
  flacFrame({ number, value: number, rateCode: number >= 60 && number < 80 ? 11 : 10 }),
);
const file = flacOf({ frames: 100 }, frames);
const offsetOf = (number: number) => 42 + frames.slice(0, number).reduce((sum, { length }) => sum + length, 0);
const timeOf = (number: number) => (number * 4096) / 48_000;
const up = { offset: offsetOf(60), seconds: timeOf(60), record: 60, code: 'CORRUPT' };
const down = { offset: offsetOf(80), seconds: timeOf(80), record: 80, code: 'CORRUPT' };
const isRate = { fault: 'rate-change', frames: 0 };

const written = (content: Uint8Array) => {
  const path = join(scratch(), 'x.flac');
  writeFileSync(path, content);
  return path;
};

describe('a sample rate that changes', () => {
  const error = { code: 'CORRUPT', offset: up.offset, seconds: up.seconds, record: 60 };

  test('is an error with its place', async () => {
    await expect(decodeAudio(file)).rejects.toMatchObject(error);
    await expect(decodeAudio(file)).rejects.toThrow(
      `at 5.120 s (frame 60, byte ${up.offset}): the sample rate changes: from here on frames say 96000 Hz, the header 48000 Hz; option "lenient" (in ingest and pack: option "onError" as "salvage") takes the samples as they are`,
    );
    await expect(decode({ inputs: [written(file)], out: join(scratch(), 'a.wav') })).rejects.toMatchObject(error);
  });

  test('is no matter to a range that it is not in', async () => {
    expect((await readAudio(written(file), { to: timeOf(60) })).frames).toBe(60 * 4096);
    expect((await readAudio(written(file), { from: timeOf(80) })).frames).toBe(20 * 4096);
    for (const from of [59, 60, 70]) {
      await expect(readAudio(written(file), { from: timeOf(from), to: timeOf(75) })).rejects.toMatchObject({
        code: 'CORRUPT',
        record: Math.max(from, 60),
      });
    }
  });

  test('is listed under lenient, and every sample is there', async () => {
    const audio = await decodeAudio(file, { lenient: true, dtype: 'int16' });
    expect([...audio.samples].every((sample, i) => sample === Math.floor(i / 4096))).toBe(true);
    expect(audio).toMatchObject({ frames: 100 * 4096, sampleRate: 48_000 });
    expect(audio.gaps).toMatchObject([
      { ...up, ...isRate },
      {
        ...down,
        ...isRate,
        reason: expect.stringContaining('from here on frames say 48000 Hz again, as the header does'),
      },
    ]);
    const within = await readAudio(written(file), { lenient: true, from: timeOf(70) + 0.01, to: timeOf(75) });
    expect(within.gaps).toMatchObject([isRate]);
    const gaps: AudioGap[] = [];
    const how = { window: 1, lenient: true, onGap: (gap: AudioGap) => gaps.push(gap) };
    for await (const _ of readAudioWindows(written(file), how));
    expect(gaps).toMatchObject([up, down]);
    const report = await decode({ inputs: [written(file)], out: join(scratch(), 'a.wav'), lenient: true });
    expect(report).toMatchObject({ gaps: 2, lostSeconds: 0, files: [{ frames: 100 * 4096 }] });
    expect(report.files[0]!.damaged).toMatchObject([
      { fault: 'rate-change', fromSeconds: up.seconds, offset: up.offset },
      {},
    ]);
  });

  test('is damage for verify()', async () => {
    const [found] = (await verify({ inputs: [written(file)], workers: 1 })).files as VerifiedFlac[];
    expect(found).toMatchObject({ ok: false, frames: 100 * 4096 });
    expect(found!.damaged).toMatchObject([
      { fault: 'rate-change', offset: up.offset, fromSeconds: up.seconds },
      { fault: 'rate-change', offset: down.offset, fromSeconds: down.seconds },
    ]);
  });

  test('is judged by one thread where several decode', async () => {
    const noise = (number: number, rateCode: number) =>
      flacFrame({ number, value: Uint8Array.from({ length: 8192 }, (_, i) => (i * 31 + number * 7) & 127), rateCode });
    const long = Array.from({ length: 1100 }, (_, number) => noise(number, number === 700 ? 11 : 10));
    const path = written(flacOf({ frames: 1100 }, long));
    const place = {
      code: 'CORRUPT',
      record: 700,
      offset: 42 + long.slice(0, 700).reduce((sum, { length }) => sum + length, 0),
    };
    await expect(readAudio(path, { workers: 2 })).rejects.toMatchObject(place);
    await expect(decode({ inputs: [path], out: join(scratch(), 'a.wav'), workers: 2 })).rejects.toMatchObject(place);
  });
});

describe('a width that changes', () => {
  test.each([
    ['channels', flacFrame({ number: 3, value: 7, channels: 2 })],
    ['bits', flacFrame({ number: 3, value: 7, bits: 8 })],
  ])('%s: an error with its place, silence under lenient, never stray bytes', async (_, odd) => {
    const same = [0, 1, 2].map((number) => flacFrame({ number, value: 9 }));
    for (const total of [3, 4, 0]) {
      const all = bytes(flacOf({ frames: total }, same), odd);
      const offset = all.length - odd.length;
      await expect(decodeAudio(all)).rejects.toMatchObject({ code: 'CORRUPT', record: 3, offset });
      const { frames: count, gaps } = await decodeAudio(all, { lenient: true });
      expect({ count, gaps }).toMatchObject({ count: Math.max(3, total) * 4096, gaps: [{ offset, code: 'CORRUPT' }] });
    }
  });
});

describe('blocks longer than the header allows', () => {
  // RFC 9639, section 9.1.6: 16 bits hold the size less one, STREAMINFO holds the size itself.
  test.each([
    [65_536, 65_535],
    [65_536, 0],
    [8192, 4096],
  ])('of %d samples where it says %d: times are right everywhere', async (block, says) => {
    const made = Array.from({ length: 40 }, (_, number) => flacFrame({ number, value: number, block }));
    const whole = flacOf({ frames: 0, total: 40 * block, blockSize: says }, made);
    const audio = await decodeAudio(whole, { dtype: 'int16' });
    expect(audio.frames).toBe(40 * block);
    expect(audio.samples.every((sample, i) => sample === Math.floor(i / block))).toBe(true);
    const note = 'Some frames have 65536 samples, which the format forbids; they are decoded';
    expect(audio.notes.includes(note)).toBe(block === 65_536);

    const path = written(whole);
    const from = (30 * block - 1) / 48_000;
    const range = await readAudio(path, { dtype: 'int16', from, to: from + 2 / 48_000 });
    expect([...range.samples]).toEqual([29, 30]);

    const offset = 42 + made.slice(0, 30).reduce((sum, { length }) => sum + length, 0);
    const damaged = whole.slice();
    damaged[offset + 10]! ^= 1;
    const place = { code: 'CORRUPT', record: 30, offset, seconds: (30 * block) / 48_000 };
    await expect(decodeAudio(damaged)).rejects.toMatchObject(place);
    await expect(readAudio(written(damaged), { from: (28 * block) / 48_000 })).rejects.toMatchObject(place);
    const { gaps, frames: count } = await decodeAudio(damaged, { lenient: true });
    expect({ gaps, count }).toMatchObject({ gaps: [{ start: 30 * block, frames: block }], count: 40 * block });
  });
});
