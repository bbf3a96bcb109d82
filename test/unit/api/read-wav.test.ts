/** WAV through readAudio(), decodeAudio() and probeAudio(): files by others, every kind of sample, and what dying recorders leave behind. */

import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeAudio, probeAudio, readAudio } from '../../../src/api/read-audio.ts';
import { encodeWavHeader } from '../../../src/formats/wav/writer.ts';
import { hasShared, sharedFiles, sharedPath } from '../../shared-data.ts';
import { peakOf } from '../../support/peak.ts';
import { bytes, chunk, fmt, type Part, riff, u16, u32, u64 } from '../formats/wav-files.ts';
import { scratch } from '../jobs/folder.ts';

describe.skipIf(!hasShared)('on recordings by other writers (needs ../shared)', () => {
  const files = [...sharedFiles('wav/'), ...sharedFiles('bird-audio/')].filter(({ name }) => name.endsWith('.wav'));
  /** Codecs, containers and headers that no reader takes; test/unit/formats/wav.test.ts has their messages. */
  const isRefused = (name: string) =>
    /crash-24728523|crash-cbd75742|oom-48ae4cd0|noriff|early-eof-no-data|imaadpcm/.test(name);

  test('readAudio() reads every file but six, with as many frames as others find', async () => {
    let [read, refused] = [0, 0];
    for (const { name, facts } of files) {
      if (isRefused(name)) {
        refused += 1;
        await expect(readAudio(sharedPath(name)), name).rejects.toMatchObject({
          code: expect.stringMatching(/^(UNSUPPORTED|TRUNCATED)$/),
          source: sharedPath(name),
        });
        continue;
      }
      read += 1;
      const audio = await readAudio(sharedPath(name));
      expect(audio.frames, name).toBe(facts.scipy.shape?.[0] ?? facts.libsndfile.frames);
      expect(audio.samples.length, name).toBe(audio.frames * audio.channels);
    }
    expect([read, refused]).toEqual([40, 6]);
  });

  test('readAudio() gives the integers and floats that libsndfile gives, and the same ones planar', async () => {
    let compared = 0;
    for (const { name, facts } of files) {
      const { md5OfInt32LE, md5OfFloat64LE } = facts.libsndfile ?? {};
      if (isRefused(name) || facts.decodersAgree === false || (!md5OfInt32LE && !md5OfFloat64LE)) continue;
      const path = sharedPath(name);
      const dtype = md5OfInt32LE ? 'int32' : 'float32';
      const audio = await readAudio(path, { dtype });
      if (audio.bitsPerSample === 64) continue;
      const values = md5OfInt32LE
        ? (audio.samples as Int32Array).map((value) => value << (32 - audio.integerBits))
        : Float64Array.from(audio.samples);
      expect(createHash('md5').update(values).digest('hex'), name).toBe(md5OfInt32LE ?? md5OfFloat64LE);
      const planar = await readAudio(path, { dtype, layout: 'planar' });
      const { channels, frames } = audio;
      const wrong = audio.samples.findIndex(
        (value, i) => !Object.is(planar.samples[(i % channels) * frames + Math.floor(i / channels)], value),
      );
      expect(wrong, name).toBe(-1);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(25);
  });
});

const guid = (tag: number) => bytes(u16(tag), '\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71');
const extensible = (bits: number, valid: number, tag = 1) =>
  fmt({ tag: 0xfffe, bits, tail: bytes(u16(22), u16(valid), u32(0), guid(tag)) });
const buffer = (array: ArrayBufferView) => new Uint8Array(array.buffer as ArrayBuffer);

describe('decodeAudio() on every kind of sample', () => {
  const kinds: readonly (readonly [string, Uint8Array, Part, number[], number[] | undefined, object])[] = [
    ['8 bits', fmt({ bits: 8 }), [0, 128, 255], [-1, 0, 127 / 128], [-128, 0, 127], { bitsPerSample: 8 }],
    ['16 bits', fmt(), [0, 128, 255, 127], [-1, 32767 / 32768], [-32768, 32767], { bitsPerSample: 16 }],
    ['24 bits', fmt({ bits: 24 }), [0, 0, 128, 1, 0, 0], [-1, 2 ** -23], [-(2 ** 23), 1], { bitsPerSample: 24 }],
    ['32 bits', fmt({ bits: 32 }), [0, 0, 0, 128, 0, 0, 0, 64], [-1, 0.5], [-(2 ** 31), 2 ** 30], { codec: 'pcm' }],
    ['float32', fmt({ tag: 3, bits: 32 }), buffer(Float32Array.of(0.1, -3)), [Math.fround(0.1), -3], undefined, { codec: 'float' }],
    ['float64', fmt({ tag: 3, bits: 64 }), buffer(Float64Array.of(0.1, -2)), [Math.fround(0.1), -2], undefined, { bitsPerSample: 64, notes: [expect.stringMatching(/Floats of 64 bits .* rounded/)] }],
    ['mu-law', fmt({ tag: 7, bits: 8 }), [0, 128, 255], [-32124, 32124, 0].map((v) => v / 32768), [-32124, 32124, 0], { codec: 'mulaw' }],
    ['A-law', fmt({ tag: 6, bits: 8 }), [0x2a, 0xaa, 0xd5], [-32256, 32256, 8].map((v) => v / 32768), [-32256, 32256, 8], { codec: 'alaw' }],
    ['20 bits in 24, extensible', extensible(24, 20), [0, 0, 0x40], [0.5], [2 ** 22], { bitsPerSample: 20, integerBits: 24 }],
    ['float32, extensible', extensible(32, 32, 3), buffer(Float32Array.of(0.25)), [0.25], undefined, { codec: 'float' }],
  ]; // biome-ignore format: a table

  test.each(kinds)('%s', async (_, format, data, floats, integers, facts) => {
    const file = riff(format, chunk('data', data));
    const audio = await decodeAudio(file);
    expect(audio).toMatchObject({ format: 'wav', frames: floats.length, sampleRate: 8000, notes: [], ...facts });
    expect([...audio.samples]).toEqual(floats);
    if (integers === undefined) {
      await expect(decodeAudio(file, { dtype: 'int32' })).rejects.toMatchObject({ code: 'USAGE' });
      return;
    }
    expect([...(await decodeAudio(file, { dtype: 'int32' })).samples]).toEqual(integers);
    const short = decodeAudio(file, { dtype: 'int16' });
    if (audio.integerBits <= 16) expect([...(await short).samples]).toEqual(integers);
    else await expect(short).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(/as int16/) });
  });

  test.each(['int16', 'int32', 'float32'] as const)('planar and by channel, as %s', async (dtype) => {
    for (const channels of [1, 2, 3, 8, 65]) {
      const values = Array.from({ length: 7 * channels }, (_, i) => (i * 7919) % 32768);
      const file = riff(fmt({ channels }), chunk('data', values.flatMap(u16)));
      const unit = dtype === 'float32' ? 32768 : 1;
      const of = (channel: number) => values.filter((_, i) => i % channels === channel).map((value) => value / unit);
      const planar = await decodeAudio(file, { dtype, layout: 'planar' });
      expect([...planar.samples]).toEqual(Array.from({ length: channels }, (_, c) => of(c)).flat());
      const last = await decodeAudio(file, { dtype, channel: channels - 1 });
      expect([...last.samples]).toEqual(of(channels - 1));
    }
  });
});

describe('what recorders leave behind', () => {
  const sound = [1, 0, 2, 0, 3, 0];
  const cases: readonly (readonly [string, Uint8Array, number[], RegExp | undefined])[] = [
    ['size 0', riff(fmt(), chunk('data', sound, 0)), [1, 2, 3], /never written \(0\)/],
    ['size 0xffffffff', riff(fmt(), chunk('data', sound, 0xffffffff)), [1, 2, 3], /never written \(0xffffffff\)/],
    ['half a frame', riff(fmt(), chunk('data', [...sound, 9])), [1, 2, 3], /no whole frame/],
    ['an odd chunk', riff(chunk('junk', [1, 2, 3]), fmt(), chunk('data', sound)), [1, 2, 3], undefined],
    ['a header alone', riff(fmt(), chunk('data', [])), [], /header without samples/],
  ];
  test.each(cases)('readAudio() reads %s, and says so', async (_, file, values, note) => {
    const audio = await decodeAudio(file, { dtype: 'int16' });
    expect([...audio.samples]).toEqual(values);
    expect(audio.notes).toEqual(note === undefined ? [] : [expect.stringMatching(note)]);
  });

  test('readAudio() and probeAudio() give what recorders and editors wrote', async () => {
    const comment =
      'Recorded at 10:00:00 28/05/2024 (UTC) by AudioMoth 243B1F026488F56E at medium gain while battery was 3.8V and temperature was 12.8C.';
    const bext = new Uint8Array(602);
    bext.set(bytes('Dawn chorus'), 0);
    bext.set(bytes('2024-05-28'), 320);
    const file = riff(
      fmt(),
      chunk('bext', bext),
      chunk('LIST', bytes('INFO', chunk('IART', 'AudioMoth 243B1F026488F56E'), chunk('ICMT', comment))),
      chunk('data', sound),
      chunk('guan', 'GUANO|Version: 1.0\nMake: Wildlife Acoustics\n'),
    );
    const { tags } = await decodeAudio(file);
    expect(tags).toMatchObject({
      info: { ICMT: comment },
      bext: { description: 'Dawn chorus', originationDate: '2024-05-28' },
      guano: { Make: 'Wildlife Acoustics' },
      audiomoth: {
        deviceId: '243B1F026488F56E',
        start: '2024-05-28T10:00:00+00:00',
        gain: 'medium',
        temperature: 12.8,
      },
    });
  });
});

test('readAudioWindows() reads a day of 8 channels within 64 MiB, mixed and resampled too', async () => {
  const path = join(scratch(), 'day.wav');
  // A slow recorder, so that the test is none: 2.8 GB of zeros that no disk holds.
  const [sampleRate, channels, day] = [2000, 8, 24 * 3600];
  const frames = day * sampleRate;
  const file = openSync(path, 'w');
  const header = encodeWavHeader({ sampleRate, channels, frames });
  writeSync(file, header);
  ftruncateSync(file, header.length + frames * channels * 2);
  writeSync(file, Uint8Array.of(0, 64), 0, 2, header.length + (frames - 1) * channels * 2);
  closeSync(file);
  const read = (options: object) =>
    peakOf(`
      let windows = 0, last;
      for await (const w of api.readAudioWindows(${JSON.stringify(path)}, ${JSON.stringify(options)})) {
        windows++;
        last = w.samples.at(-${channels});
      }
      return { windows, last };`);
  const whole = await read({ window: 60, reuse: true });
  expect(whole.result).toEqual({ windows: day / 60, last: 0.5 });
  expect(whole.mib).toBeLessThan(64);
  const mixed = await read({ window: 5, from: day - 7200, mono: true, sampleRate: 1600, reuse: true });
  expect(mixed.result.windows).toBe(1440);
  expect(mixed.mib).toBeLessThan(64);
});

describe('files of more than 4 GiB', () => {
  const data = 5 * 2 ** 30;
  const ds64 = chunk('ds64', bytes(u64(data + 72), u64(data), u64(data / 4), u32(0)));
  const large = (id: string) =>
    bytes(id, u32(0xffffffff), 'WAVE', ds64, fmt({ channels: 2, rate: 48000 }), 'data', u32(0xffffffff));
  const sony = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
  const sonyRiff = [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00];
  const wave64 = () => {
    const format = fmt({ channels: 2, rate: 48000 }).subarray(8);
    const head = [bytes('wave', sony), bytes('fmt ', sony, u64(40), format), bytes('data', sony, u64(24 + data))];
    return bytes('riff', sonyRiff, u64(40 + 104 + data), ...head);
  };

  test.each([
    ['RF64', large('RF64')],
    ['BW64', large('BW64')],
    ['Wave64', wave64()],
  ])('readAudio() reads the end of %s, and little else', async (_, head) => {
    const path = join(scratch(), 'x.wav');
    const file = openSync(path, 'w');
    writeSync(file, head);
    // A hole, but for the last frame and one in the fifth GiB.
    ftruncateSync(file, head.length + data);
    writeSync(file, Uint8Array.of(1, 0, 2, 0), 0, 4, head.length + data - 4);
    const seconds = Math.floor(data / 4 / 48000) - 10;
    writeSync(file, Uint8Array.of(3, 0, 4, 0), 0, 4, head.length + seconds * 48000 * 4);
    closeSync(file);
    expect(await probeAudio(path)).toMatchObject({ frames: data / 4, durationSeconds: data / 4 / 48000, notes: [] });
    const { samples, frames } = await readAudio(path, { dtype: 'int16', from: seconds });
    expect(frames).toBe(data / 4 - seconds * 48000);
    expect([...samples.subarray(0, 4), ...samples.subarray(-4)]).toEqual([3, 4, 0, 0, 0, 0, 1, 2]);
  });
});
