/** FLAC through readAudio(): the whole test set, damage done to real files, tables that lie, and how little is read. */

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decodeAudio, probeAudio, readAudio } from '../../../src/api/read-audio.ts';
import { readAudioWindows } from '../../../src/api/read-audio-windows.ts';
import { hasShared, sharedBytes, sharedFiles, sharedPath } from '../../shared-data.ts';
import { constantFrame, flacOf, type SeekTablePoint, seekTable } from '../../support/flac-files.ts';
import { memory } from '../formats/wav-files.ts';

// biome-ignore lint/suspicious/noExplicitAny: facts of expected.json
type Facts = any;

const files = [...sharedFiles('flac/'), ...sharedFiles('bird-audio/')].filter(({ name }) => name.endsWith('.flac'));
const isFaulty = (name: string) => name.startsWith('flac/claxon-fuzz/');

/** As STREAMINFO's MD5 is made: little-endian containers of whole bytes. */
function md5Of(samples: Int32Array, bits: number): string {
  const size = Math.ceil(bits / 8);
  if (size === 4) return createHash('md5').update(samples).digest('hex');
  const bytes = new Uint8Array(samples.length * size);
  for (let i = 0, at = 0; i < samples.length; i++) {
    for (let b = 0; b < size; b++) bytes[at++] = samples[i]! >> (8 * b);
  }
  return createHash('md5').update(bytes).digest('hex');
}

describe.skipIf(!hasShared)('on the test set (needs ../shared)', () => {
  test('readAudio() gives of every good file the frames and the MD5 that libFLAC and FFmpeg give', async () => {
    const tally = { good: 0, md5OfHeader: 0, withoutMd5: [] as string[], withoutTotal: [] as string[] };
    for (const { name, facts } of files.filter((file) => !isFaulty(file.name))) {
      const { streaminfo, flacCli, ffmpeg } = facts as Facts;
      const audio = await readAudio(sharedPath(name), { dtype: 'int32', verify: true });
      const info = await probeAudio(sharedPath(name));
      tally.good += 1;
      expect(audio, name).toMatchObject({
        format: 'flac',
        frames: flacCli.frames ?? ffmpeg.frames,
        sampleRate: streaminfo.sampleRate,
        channels: streaminfo.channels,
        bitsPerSample: streaminfo.bitsPerSample,
        gaps: [],
      });
      const md5 = md5Of(audio.samples, audio.bitsPerSample);
      if (info.md5 === undefined) tally.withoutMd5.push(name);
      else {
        tally.md5OfHeader += 1;
        expect(md5, name).toBe(streaminfo.md5);
      }
      const byOthers = flacCli.md5 ?? ffmpeg.md5;
      if (byOthers !== undefined) expect(md5, name).toBe(byOthers);
      if (info.frames === undefined) tally.withoutTotal.push(name);
      // Bits of a float that an integer of up to 25 bits needs are all there.
      if (audio.bitsPerSample <= 24) {
        const { samples } = await readAudio(sharedPath(name));
        const unit = 2 ** (audio.bitsPerSample - 1);
        expect(
          samples.findIndex((value, i) => value * unit !== audio.samples[i]),
          name,
        ).toBe(-1);
      }
    }
    expect(tally).toEqual({
      good: 41,
      md5OfHeader: 40,
      withoutMd5: ['bird-audio/a2o/20220502T075930+1000_Minjerribah-Dry-B_1088507.flac'],
      withoutTotal: ['flac/ietf-subset/45 - no total number of samples set.flac'],
    });
  });

  test('readAudio() fails on every file of the fuzzer, and when lenient says what is not there', async () => {
    let [failed, mended, refused] = [0, 0, 0];
    for (const { name } of files.filter((file) => isFaulty(file.name))) {
      const path = sharedPath(name);
      const error = await readAudio(path, { dtype: 'int32' }).catch((e) => e);
      expect(error, name).toMatchObject({
        code: expect.stringMatching(/^(CORRUPT|TRUNCATED|UNSUPPORTED)$/),
        source: path,
      });
      failed += 1;
      const lenient = await readAudio(path, { dtype: 'int32', lenient: true }).catch((e) => e);
      if (lenient instanceof Error) {
        refused += 1;
        continue;
      }
      mended += 1;
      expect(lenient.gaps.length, name).toBeGreaterThan(0);
      // What a file claims is not what it costs.
      expect(lenient.samples.byteLength, name).toBeLessThan(64 << 20);
    }
    expect([failed, mended + refused]).toEqual([failed, failed]);
    expect(failed).toBeGreaterThan(10);
  });
});

/** Bytes of the audio to flip: spread over the file, the same ones every time. */
function places(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + Math.floor(((i + 0.37) / count) * (to - from)));
}

describe.skipIf(!hasShared)('on real files that are damaged (needs ../shared)', () => {
  // Whole files that say how long they are, and are not too long to be decoded many times.
  const victims = files.filter(({ name, facts }) => {
    const { streaminfo } = facts as Facts;
    return (
      !isFaulty(name) && streaminfo?.totalSamples > 20_000 && streaminfo.totalSamples * streaminfo.channels < 1_500_000
    );
  });

  test('there are enough of them', () => expect(victims.length).toBeGreaterThan(20));

  test('readAudio({ lenient }) puts silence exactly where bytes were flipped, and reports every gap', async () => {
    let gapsSeen = 0;
    for (const { name, facts } of victims) {
      const good = sharedBytes(name);
      const whole = await decodeAudio(good, { dtype: 'int32' });
      const audioOffset: number = (facts as Facts).audioOffset;
      for (const count of [1, 3]) {
        const bad = good.slice();
        const flipped = places(audioOffset, good.length - 2, count);
        for (const at of flipped) bad[at]! ^= 0x10;
        const strict = await decodeAudio(bad, { dtype: 'int32' }).catch((e) => e);
        const audio = await decodeAudio(bad, { dtype: 'int32', lenient: true });
        gapsSeen += audio.gaps.length;
        expect(audio.frames, name).toBe(whole.frames);
        expect(strict, name).toMatchObject({
          code: audio.gaps[0]!.code,
          record: audio.gaps[0]!.record,
          offset: audio.gaps[0]!.offset,
          seconds: audio.gaps[0]!.seconds,
          message: expect.stringMatching(/^Cannot decode "the bytes given" at \d+\.\d{3} s \(frame \d+, byte \d+\): /),
        });
        // Every flipped byte lies in a gap of the file.
        for (const at of flipped) {
          const inside = audio.gaps.some(({ offset, length }) => offset <= at && at < offset + length);
          expect(inside, `${name}: byte ${at}`).toBe(true);
        }
        const lost = new Uint8Array(whole.frames);
        for (const { start, frames, seconds } of audio.gaps) {
          expect(frames, name).toBeGreaterThan(0);
          expect(seconds).toBe(start / whole.sampleRate);
          lost.fill(1, start, start + frames);
        }
        const { channels } = whole;
        const wrong = audio.samples.findIndex(
          (value, i) => value !== (lost[Math.floor(i / channels)] === 1 ? 0 : whole.samples[i]),
        );
        expect(wrong, name).toBe(-1);
      }
    }
    expect(gapsSeen).toBeGreaterThan(3 * victims.length);
  }, 170_000);

  test('readAudio({ lenient }) fills with silence to the end what was cut off', async () => {
    for (const { name, facts } of victims) {
      const good = sharedBytes(name);
      const whole = await decodeAudio(good, { dtype: 'int32' });
      const audioOffset: number = (facts as Facts).audioOffset;
      const cut = good.slice(0, audioOffset + Math.floor((good.length - audioOffset) * 0.61));
      await expect(decodeAudio(cut), name).rejects.toMatchObject({ code: 'TRUNCATED' });
      const audio = await decodeAudio(cut, { dtype: 'int32', lenient: true });
      expect(audio.frames, name).toBe(whole.frames);
      const gap = audio.gaps.at(-1)!;
      expect(gap.start + gap.frames, name).toBe(whole.frames);
      const kept = gap.start * whole.channels;
      expect(kept, name).toBeGreaterThan(0);
      const isKept = audio.samples.subarray(0, kept).every((value, i) => value === whole.samples[i]);
      expect([isKept, audio.samples.subarray(kept).every((value) => value === 0)], name).toEqual([true, true]);
    }
  }, 170_000);
});

/** Frame i holds the value i % 1000: every sample says where it is from. */
const count = 30_000;
const frames = Array.from({ length: count }, (_, i) => constantFrame(i, [i % 1000]));
const starts: number[] = [];
frames.reduce((at, frame) => {
  starts.push(at);
  return at + frame.length;
}, 0);
const wantedAt = [1, 4095, 4096, 1_000_000, 61_440_001, 100_000_000, count * 4096 - 10];

function checkSlice(samples: Int16Array, from: number): void {
  const wrong = samples.findIndex((value, i) => value !== Math.floor((from + i) / 4096) % 1000);
  expect(wrong, `from ${from}`).toBe(-1);
}

describe('a seek table', () => {
  const step = 100;
  const honest = Array.from({ length: count / step }, (_, i) => ({
    sample: i * step * 4096,
    offset: starts[i * step]!,
  }));
  const lies: readonly (readonly [string, (points: SeekTablePoint[]) => SeekTablePoint[]])[] = [
    ['is honest', (points) => points],
    ['is one frame early', (points) => points.map((p, i) => ({ ...p, offset: starts[Math.max(0, i * step - 1)]! }))],
    ['is one frame late', (points) => points.map((p, i) => ({ ...p, offset: starts[i * step + 1]! }))],
    ['points into the middle of frames', (points) => points.map((p) => ({ ...p, offset: p.offset + 3 }))],
    [
      'points to places far from the truth',
      (points) => points.map((p, i) => ({ ...p, offset: starts[Math.floor((i * step) / 2)]! })),
    ],
    ['points behind the end', (points) => points.map((p) => ({ ...p, offset: p.offset + 10 ** 9 }))],
    ['gives samples twice their number', (points) => points.map((p) => ({ ...p, sample: 2 * p.sample }))],
    ['gives samples that begin no frame', (points) => points.map((p) => ({ ...p, sample: p.sample + 77 }))],
    ['is in disorder', (points) => points.toReversed()],
    [
      'claims samples beyond 2^53',
      (points) => points.map((p, i) => (i % 2 === 0 ? p : { sample: 2 ** 60, offset: 2 ** 60 })),
    ],
  ];
  test.each(lies)('that %s changes no sample of any range', async (_, lie) => {
    const file = flacOf({ frames: count, table: seekTable(lie(honest)) }, frames);
    for (const from of wantedAt) {
      const audio = await decodeAudio(file, { dtype: 'int16', from: from / 48000, to: (from + 9000) / 48000 });
      expect(audio.frames).toBe(Math.min(9000, count * 4096 - from));
      checkSlice(audio.samples, from);
    }
  });
});

describe('random access', () => {
  test('touches the bytes of the range and a few looks, of bytes anywhere', async () => {
    for (const table of [
      undefined,
      seekTable(starts.filter((_, i) => i % 100 === 0).map((offset, i) => ({ sample: i * 409_600, offset }))),
    ]) {
      // biome-ignore format: one line
      const content = flacOf({ frames: count, ...(table && { table }) }, frames);
      for (const from of wantedAt) {
        const source = memory(content);
        const audio = await readAudio(source, { dtype: 'int16', from: from / 48000, to: (from + 9000) / 48000 });
        checkSlice(audio.samples, from);
        // The range itself is some 30 bytes of 390,000: the header, two frames, a look or two of 16 KiB each, and 32 KiB to decode from.
        expect(source.bytesRead(), `from ${from}`).toBeLessThan(110_000);
        expect(source.reads.length).toBeLessThan(10);
      }
    }
  });

  test.skipIf(!hasShared)('reads of a real recording what the range takes and 128 KiB (needs ../shared)', async () => {
    const content = sharedBytes('bird-audio/birdnet/soundscape.flac');
    const { durationSeconds } = await probeAudio(memory(content));
    for (const share of [0.1, 0.5, 0.77, 0.95]) {
      const from = durationSeconds! * share;
      const source = memory(content);
      await readAudio(source, { from, to: from + 2 });
      const range = (2 / durationSeconds!) * content.length;
      expect(source.bytesRead(), String(share)).toBeLessThan(1.25 * range + 128 * 1024);
      const windows = memory(content);
      for await (const _ of readAudioWindows(windows, { window: 1, from, to: from + 2 }));
      expect(windows.bytesRead(), String(share)).toBeLessThan(1.25 * range + 128 * 1024);
    }
  });
});

describe('an AbortSignal', () => {
  const file = flacOf({ frames: count }, frames);
  const reason = new Error('enough');

  /** Bytes that fire the signal when so many were read. */
  function abortingAfter(bytes: number) {
    const controller = new AbortController();
    const source = memory(file);
    let read = 0;
    return {
      signal: controller.signal,
      source: {
        ...source,
        read: async (offset: number, length: number) => {
          read += length;
          if (read > bytes) controller.abort(reason);
          return source.read(offset, length);
        },
      },
      read: () => read,
    };
  }

  test('stops readAudio() before it begins, and between blocks, with its reason', async () => {
    await expect(readAudio(memory(file), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const { signal, source, read } = abortingAfter(60_000);
    await expect(readAudio(source, { signal })).rejects.toBe(reason);
    expect(read()).toBeLessThan(file.length);
  });

  test('stops readAudioWindows() before it begins, and between windows, with its reason', async () => {
    const read = async (signal: AbortSignal, after: number, controller?: AbortController) => {
      let windows = 0;
      for await (const _ of readAudioWindows(memory(file), { window: 1, signal })) {
        if (++windows === after) controller?.abort(reason);
      }
      return windows;
    };
    await expect(read(AbortSignal.abort(reason), 0)).rejects.toBe(reason);
    const controller = new AbortController();
    await expect(read(controller.signal, 3, controller)).rejects.toBe(reason);
    expect(await read(new AbortController().signal, 0)).toBe(Math.ceil((count * 4096) / 48000));
  });
});
