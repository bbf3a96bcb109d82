/** MP3, Ogg Vorbis and Opus through the decoders of npm: values by FFmpeg and libsndfile, what damage does, and what is refused. */

import { describe, expect, test } from 'vitest';
import { decodeAudio, probeAudio, readAudio } from '../../../src/api/read-audio.ts';
import { readAudioWindows } from '../../../src/api/read-audio-windows.ts';
import { bytesSource } from '../../../src/bytes.ts';
import type { BowerbirdError } from '../../../src/errors.ts';
import { partsOf } from '../../../src/formats/lossy/codec-decoders.ts';
import { opusPacketFrames, parseOpusHead } from '../../../src/formats/lossy/opus.ts';
import { hasShared, sharedFiles, sharedPath } from '../../shared-data.ts';
import { changedPage, codecBytes, codecFiles, ffmpegSays, pagesOf } from '../../support/codec-files.ts';

const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
/** Greatest difference. */
const apart = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);
const failure = (bytes: Uint8Array, options = {}): Promise<BowerbirdError> =>
  decodeAudio(bytes, options).then(
    () => expect.unreachable('it decoded'),
    (error) => error,
  );
/** MP3 is decoded by other arithmetic in FFmpeg than in mpg123; Vorbis too; Opus by libopus on both sides. */
const tolerance = { mp3: 4e-6, ogg: 1e-6, opus: 1e-7 } as const;
const kindOf = (name: string) => name.slice(name.lastIndexOf('.') + 1) as keyof typeof tolerance;

describe.each(codecFiles)('%s', (name) => {
  const says = ffmpegSays[name];
  const file = codecBytes(name);

  test('decodeAudio() gives the frames that FFmpeg gives, and its values', async () => {
    const audio = await decodeAudio(file);
    const { sampleRate, channels, frames } = says;
    expect(audio).toMatchObject({ sampleRate, channels, frames, bitsPerSample: 0, notes: [], gaps: [] });
    const every97th = audio.samples.filter((_, i) => i % 97 === 0);
    expect(every97th.length).toBe(says.every97th.length);
    expect(apart(every97th, says.every97th)).toBeLessThan(tolerance[kindOf(name)]);
  });

  test('probeAudio() knows the length where a header or the last page says it', async () => {
    const info = await probeAudio(bytesSource(file, name));
    expect(info).toMatchObject({ sampleRate: says.sampleRate, channels: says.channels, integerBits: 0 });
    expect(info.frames).toBe(name === 'bare.mp3' ? undefined : says.frames);
  });

  test('a range, planar samples, a channel and windows are those of the whole', async () => {
    const { samples, channels, sampleRate } = await decodeAudio(file);
    const [from, to] = [0.1, 0.35];
    const part = await decodeAudio(file, { from, to });
    expect(part.samples).toEqual(samples.slice(from * sampleRate * channels, to * sampleRate * channels));
    const planar = await decodeAudio(file, { layout: 'planar' });
    const last = await decodeAudio(file, { channel: channels - 1 });
    expect(last.samples).toEqual(samples.filter((_, i) => i % channels === channels - 1));
    expect(planar.samples.slice(-planar.frames)).toEqual(last.samples);
    let windows = 0;
    for await (const { samples: window, startFrame } of readAudioWindows(bytesSource(file, name), {
      window: 0.1,
      reuse: true,
    })) {
      const expected = samples.slice(startFrame * channels, startFrame * channels + window.length);
      expect(window.slice(0, expected.length)).toEqual(expected);
      windows += 1;
    }
    expect(windows).toBe(Math.ceil(samples.length / channels / (0.1 * sampleRate)));
  });

  test('integers are refused: the samples are floats', async () => {
    expect(await failure(file, { dtype: 'int16' })).toMatchObject({ code: 'USAGE' });
  });

  test('a file that is cut anywhere is an error with place and time, and a gap of a lenient read', async () => {
    for (let length = 100; length < file.length; length += 211) {
      const cut = file.slice(0, length);
      const error = await decodeAudio(cut).catch((e: BowerbirdError) => e);
      // Without a header that says so, a cut between two frames of MP3 is an end like another.
      if (!('code' in error)) {
        expect(name).toBe('bare.mp3');
        continue;
      }
      expect(['TRUNCATED', 'CORRUPT', 'UNSUPPORTED']).toContain(error.code);
      expect(error.message).toMatch(/byte \d+/);
      const lenient = await decodeAudio(cut, { lenient: true }).catch((e: BowerbirdError) => e);
      if ('code' in lenient) expect(lenient.message).toMatch(/^Cannot read/);
      else {
        expect(lenient.gaps.length).toBeGreaterThan(0);
        expect(lenient.frames).toBeLessThanOrEqual(says.frames);
      }
    }
  });

  test('bytes that are changed never crash, hang or make it longer than its pages and frames say', {
    timeout: 120_000,
  }, async () => {
    let seed = 1;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let round = 0; round < 60; round++) {
      const bent = file.slice();
      for (let i = 1 + random(8); i > 0; i--) bent[random(bent.length)] = random(256);
      const from = random(bent.length);
      const holed = round % 3 === 0 ? joined(bent.subarray(0, from), bent.subarray(from + random(300))) : bent;
      const audio = await decodeAudio(holed, { lenient: true }).catch((e: BowerbirdError) => e);
      if (audio instanceof Error) expect(audio).toMatchObject({ name: 'BowerbirdError' });
      else expect(audio.frames).toBeLessThan(61 * audio.sampleRate + 9 * says.frames);
    }
  });
});

describe.skipIf(!hasShared)('on files by others (needs ../shared)', () => {
  const files = sharedFiles('').filter(({ name }) => /\.(ogg|mp3|opus)$/.test(name));

  test('readAudio() gives as many frames as libsndfile, of its RMS and peak', async () => {
    expect(files.length).toBeGreaterThan(2);
    for (const { name, facts } of files) {
      const { frames, channels, sampleRate, peak, rms } = facts.libsndfile;
      const { samples, ...audio } = await readAudio(sharedPath(name));
      expect(audio, name).toMatchObject({ frames, channels, sampleRate });
      expect(samples.reduce((most, v) => Math.max(most, Math.abs(v)), 0)).toBeCloseTo(peak, 4);
      expect(Math.sqrt(samples.reduce((sum, v) => sum + v * v, 0) / samples.length)).toBeCloseTo(rms, 5);
    }
  });
});

describe('MP3', () => {
  const file = codecBytes('mono.mp3');
  const id3 = Uint8Array.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 20, ...new Uint8Array(20)]);

  test('tags before, between and behind the frames are passed over', async () => {
    const { samples } = await decodeAudio(file);
    const v1 = joined(Buffer.from('TAG'), new Uint8Array(125));
    const ape = new Uint8Array(32 + 40);
    ape.set(Buffer.from('APETAGEX'));
    new DataView(ape.buffer).setUint32(12, 40, true);
    new DataView(ape.buffer).setUint32(20, 0xa0000000, true);
    const audio = await decodeAudio(joined(id3, id3, file, ape, v1));
    expect(audio.notes).toEqual([]);
    expect(audio.samples).toEqual(samples);
  });

  test('bytes that are no frame are noted before the first and behind the last', async () => {
    const { samples } = await decodeAudio(file);
    const audio = await decodeAudio(joined(id3, new Uint8Array(77).fill(1), file, new Uint8Array(99)));
    expect(audio.samples).toEqual(samples);
    expect(audio.notes).toEqual([
      '77 bytes before the first frame are no frame; they are left out',
      '99 bytes follow the last frame that are no frame; they are left out',
    ]);
  });

  test('a hole becomes an error, or silence of the frames that fit into it', async () => {
    const bare = codecBytes('bare.mp3');
    const { frames } = await decodeAudio(bare);
    // Frames of 24 kbit/s at 16 kHz have 108 bytes and 576 samples.
    const holed = bare.slice().fill(0, 108 * 4, 108 * 6);
    const error = await failure(holed);
    expect(error).toMatchObject({ code: 'CORRUPT', offset: 432, record: 4, seconds: (4 * 576) / 16000 });
    expect(error.message).toBe(
      'Cannot decode "the bytes given" at 0.144 s (byte 432): expected the header of a frame, found other bytes; option "lenient" (in ingest and pack: option "onError" as "salvage") puts silence in the place of what is lost',
    );
    const audio = await decodeAudio(holed, { lenient: true });
    expect(audio.frames).toBe(frames);
    expect(audio.gaps).toMatchObject([{ start: 4 * 576, frames: 2 * 576, offset: 432, length: 216, record: 4 }]);
    expect(audio.samples.slice(4 * 576, 6 * 576).every((v) => v === 0)).toBe(true);
    // Behind it a decoder needs two frames to settle.
    const whole = await decodeAudio(bare);
    expect(apart(audio.samples.subarray(9 * 576), whole.samples.subarray(9 * 576))).toBeLessThan(1e-6);
  });

  test('fewer frames than the header of the encoder says are TRUNCATED, more are noted', async () => {
    const frame = 108;
    const short = file.slice(0, file.length - 3 * frame);
    expect(await failure(short)).toMatchObject({ code: 'TRUNCATED' });
    const audio = await decodeAudio(short, { lenient: true });
    expect(audio.frames).toBe(ffmpegSays['mono.mp3'].frames);
    const long = await decodeAudio(joined(file, file.subarray(-frame)));
    expect(long.notes).toEqual(['The file holds more frames than its header says; all are decoded']);
  });
});

describe('Ogg', () => {
  const file = codecBytes('stereo.ogg');
  const opus = codecBytes('stereo.opus');

  test.each([
    ['Vorbis', file],
    ['Opus', opus],
  ])(
    'a page of %s that is lost becomes silence of its length, and the sound behind it stays in place',
    async (_, bytes) => {
      const whole = await decodeAudio(bytes);
      const pages = pagesOf(bytes);
      const lost = pages.length - 3;
      const holed = joined(...pages.filter((_, i) => i !== lost));
      expect(await failure(holed)).toMatchObject({
        code: 'CORRUPT',
        message: expect.stringMatching(/pages .* missing/),
      });
      const audio = await decodeAudio(holed, { lenient: true });
      expect(audio.frames).toBe(whole.frames);
      expect(audio.gaps).toMatchObject([{ record: lost + 1, length: 0, code: 'CORRUPT' }]);
      expect(audio.gaps[0]!.frames).toBeGreaterThan(0);
      const tail = -Math.round(0.02 * whole.sampleRate) * 2;
      expect(apart(audio.samples.slice(tail), whole.samples.slice(tail))).toBeLessThan(0.02);
      // With damage in the place of the page the same.
      const bent = joined(...pages.map((page, i) => (i === lost ? page.slice().fill(1, 30) : page)));
      const again = await decodeAudio(bent, { lenient: true });
      expect(again.samples).toEqual(audio.samples);
      expect(again.gaps).toMatchObject([
        { length: pages[lost]!.length, reason: 'the checksum of an Ogg page does not match' },
      ]);
    },
  );

  test('a chained recording fails with the byte it begins at', async () => {
    const other = joined(...pagesOf(file).map((page) => changedPage(page, { serial: 7 })));
    for (const second of [file, other]) {
      expect(await failure(joined(file, second))).toMatchObject({ code: 'CORRUPT', offset: file.length });
    }
  });

  test('pages of another stream between the own ones are left out with a note', async () => {
    const [first, ...rest] = pagesOf(opus);
    const foreign = changedPage(rest.at(-2)!, { serial: 99, flags: 0 });
    const start = changedPage(first!, { serial: 99, flags: 2 });
    const audio = await decodeAudio(joined(first!, start, foreign, ...rest.flatMap((page) => [page, foreign])));
    expect(audio.samples).toEqual((await decodeAudio(opus)).samples);
    expect(audio.notes).toEqual([`${rest.length + 2} pages of other streams in the file are left out`]);
  });

  test('a page that claims a day is not believed', async () => {
    const pages = pagesOf(opus);
    const far = pages.map((page, i) =>
      i === pages.length - 1 ? changedPage(page, { granule: 48000n * 86400n }) : page,
    );
    far.splice(-2, 1);
    const audio = await decodeAudio(joined(...far), { lenient: true });
    expect(audio.frames).toBeLessThan(ffmpegSays['stereo.opus'].frames);
    expect(audio.gaps[0]!.reason).toMatch(/is not believed$/);
  });

  test('a stream that begins late is noted', async () => {
    const pages = pagesOf(opus);
    const late = pages.map((page, i) => {
      const granule = new DataView(page.buffer).getBigInt64(6, true);
      return i < 2 ? page : changedPage(page, { granule: granule + 48000n * 3600n });
    });
    const info = await probeAudio(bytesSource(joined(...late), 'late.opus'));
    expect(info.frames).toBe(ffmpegSays['stereo.opus'].frames);
    const audio = await decodeAudio(joined(...late));
    expect(audio.frames).toBe(ffmpegSays['stereo.opus'].frames);
    expect(audio.notes).toEqual(['The first page is not at 0: the file was cut from a longer recording']);
  });

  test('false pages without end cost a bounded search', async () => {
    const head = joined(...pagesOf(file).slice(0, 2));
    const false1 = new Uint8Array(300).fill(255);
    false1.set([0x4f, 0x67, 0x67, 0x53, 0]);
    const bytes = joined(head, ...Array.from({ length: 4000 }, () => false1));
    const start = performance.now();
    expect(await failure(bytes, { lenient: true })).toMatchObject({ code: 'CORRUPT' });
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('Opus', () => {
  test('opusPacketFrames() knows the packets of RFC 6716 section 3 from malformed ones', () => {
    const of = (...bytes: number[]) => opusPacketFrames(Uint8Array.from(bytes), 1);
    // Configuration 16 is CELT of 2.5 ms, 3 SILK of 60 ms; the low two bits are the code of the frames.
    expect(of(16 << 3)).toBe(120);
    expect(of((16 << 3) | 1, 5, 5)).toBe(240);
    expect(of((16 << 3) | 1, 5)).toBeUndefined();
    expect(of((16 << 3) | 2, 1, 5, 5)).toBe(240);
    expect(of((16 << 3) | 2, 3, 5, 5)).toBeUndefined();
    expect(of((3 << 3) | 3, 2, 5, 5)).toBe(5760);
    expect(of((3 << 3) | 3, 3, 5, 5, 5)).toBeUndefined();
    expect(of((16 << 3) | 3, 0)).toBeUndefined();
    expect(of((16 << 3) | 3, 0x41, 2, 9, 0, 0)).toBe(120);
    expect(of((16 << 3) | 3, 0x41, 9, 9)).toBeUndefined();
    expect(of()).toBeUndefined();
    // Two streams: the first says how long it is (appendix B).
    expect(opusPacketFrames(Uint8Array.from([128, 2, 9, 9, 128, 7]), 2)).toBe(120);
    expect(opusPacketFrames(Uint8Array.from([128, 9, 9, 9, 128, 7]), 2)).toBeUndefined();
  });

  test('parseOpusHead() refuses mappings that name no stream, and families nobody has decoders for', () => {
    const head = (family: number, ...rest: number[]) =>
      Uint8Array.from([...Buffer.from('OpusHead'), 1, 2, 56, 1, 0, 0, 0, 0, 0, 0, family, ...rest]);
    expect(parseOpusHead(head(0), 'x')).toMatchObject({ channels: 2, preSkip: 312, gain: 1, mapping: [0, 1] });
    expect(parseOpusHead(head(1, 2, 0, 1, 0), 'x')).toMatchObject({ streams: 2, coupled: 0, mapping: [1, 0] });
    expect(() => parseOpusHead(head(1, 1, 0, 0, 1), 'x')).toThrow(/streams that are not there/);
    expect(() => parseOpusHead(head(3, 1, 1, 0, 1), 'x')).toThrow(/family 3/);
  });
});

test('partsOf() tells of a package of another version before a file is decoded', () => {
  const parts = { _decoder: 1, _input: {} };
  expect(partsOf<{ _decoder: number }>(parts, 'some-decoder', { _decoder: true })).toBe(parts);
  expect(() =>
    partsOf<{ _decoder: number; _wasm: object }>(parts, 'some-decoder', { _decoder: true, _wasm: true }),
  ).toThrow(
    'Cannot use "some-decoder" as it is installed: it has no "_wasm"; install the version that the package.json of bowerbird names',
  );
});
