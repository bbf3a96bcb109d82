/** readAudio(), decodeAudio(), probeAudio(), readAudioWindows() and writeWav() as a script sees them. */

import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeAudio, probeAudio, readAudio } from '../../../src/api/read-audio.ts';
import { readAudioWindows } from '../../../src/api/read-audio-windows.ts';
import { writeWav } from '../../../src/api/write-wav.ts';
import { Resampler } from '../../../src/formats/audio/resample.ts';
import { encodeWavHeader } from '../../../src/formats/wav/writer.ts';
import { hasShared, sharedBytes, sharedFiles, sharedPath } from '../../shared-data.ts';
import { constantFrame, flacOf } from '../../support/flac-files.ts';
import { wav } from '../../support/labelled.ts';
import { peakOf } from '../../support/peak.ts';
import { memory } from '../formats/wav-files.ts';
import { scratch } from '../jobs/folder.ts';

const bird = 'bird-audio/a2o/20220502T075930+1000_Minjerribah-Dry-B_1088507.flac';
const stereo = 'flac/ietf-subset/01 - blocksize 4096.flac';
const same = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  a.length === b.length && !Array.prototype.some.call(a, (v, i) => v !== b[i]);

async function windowsOf(...args: Parameters<typeof readAudioWindows>) {
  const all = [];
  for await (const window of readAudioWindows(...args)) all.push(window);
  return all;
}

describe.skipIf(!hasShared)('on recordings by other writers (needs ../shared)', () => {
  const files = [...sharedFiles('flac/'), ...sharedFiles('bird-audio/')].filter(
    ({ name, facts }) => name.endsWith('.flac') && facts.flacCli?.md5 && facts.streaminfo.bitsPerSample === 16,
  );

  test.each(files.map((file) => [file.name, file] as const))(
    'readAudio() reads %s as flac does',
    async (name, { facts }) => {
      const audio = await readAudio(sharedPath(name), { dtype: 'int16', verify: true });
      expect(createHash('md5').update(audio.samples).digest('hex')).toBe(facts.flacCli.md5);
      expect(audio.frames * audio.channels).toBe(audio.samples.length);
      expect(audio.samples.buffer.byteLength).toBe(audio.samples.byteLength);
      expect([audio.format, audio.gaps]).toEqual(['flac', []]);
    },
  );

  test('readAudio() reads the archive’s own recorder files whole, with notes', async () => {
    const audio = await readAudio(sharedPath(bird));
    expect(audio.frames).toBe(770_048);
    expect(audio.notes.join('; ')).toMatch(/holds no MD5.*Bytes follow the last frame/);
    expect(audio.tags.info?.['SENSORFIRMWAREVERSION'] ?? Object.keys(audio.tags.info ?? {}).length).toBeTruthy();
  });

  test('decodeAudio() gives of bytes in memory what readAudio() gives of a source: whole, a range, damaged, cut short', async () => {
    for (const name of [
      stereo,
      bird,
      'flac/ietf-subset/24 - variable blocksize file created with flake revision 264.flac',
    ]) {
      const bytes = sharedBytes(name).slice();
      const damaged = bytes.slice();
      damaged[bytes.length >> 1]! ^= 0x10;
      const cases = [
        [bytes, {}],
        [bytes, { from: 0.5, to: 1.75, layout: 'planar' }],
        [damaged, { lenient: true }],
        [bytes.subarray(0, bytes.length - 1000), { lenient: true }],
      ] as const;
      for (const [file, options] of cases) {
        const there = await decodeAudio(file, options);
        const read = await readAudio(memory(file), options);
        expect(same(there.samples, read.samples)).toBe(true);
        expect([there.frames, there.gaps, there.notes]).toEqual([read.frames, read.gaps, read.notes]);
        expect(there.samples.buffer.byteLength).toBe(there.samples.byteLength);
      }
      await expect(decodeAudio(damaged)).rejects.toThrow('Cannot decode "the bytes given" at ');
    }
  });

  test('probeAudio() reads a few KiB', async () => {
    const source = memory(sharedBytes('flac/ietf-subset/58 - GIF PICTURE.flac'));
    let read = 0;
    const info = await probeAudio({
      name: 'x',
      byteLength: source.byteLength,
      close: async () => {},
      read: async (at, length) => {
        const bytes = await source.read(at, length);
        read += bytes.length;
        return bytes;
      },
    });
    expect(info).toMatchObject({
      format: 'flac',
      sampleRate: 44100,
      channels: 2,
      frames: 219826,
      md5: '7c1810602a7db96d7a48022ac4aa495c',
    });
    // Of a picture of 212,554 bytes nothing but its header.
    expect(read).toBeLessThan(17_000);
  });

  test('readAudio() shapes: planar, a channel, the mean, a range, another type', async () => {
    const path = sharedPath(stereo);
    const { samples, frames } = await readAudio(path);
    const planar = await readAudio(path, { layout: 'planar' });
    expect(
      same(
        planar.samples.subarray(0, frames),
        samples.filter((_, i) => i % 2 === 0),
      ),
    ).toBe(true);
    expect(
      same(
        planar.samples.subarray(frames),
        samples.filter((_, i) => i % 2 === 1),
      ),
    ).toBe(true);
    const into = new Float32Array(2 * frames + 1000);
    const given = await readAudio(path, { layout: 'planar', into });
    expect([given.samples.buffer, same(given.samples, planar.samples)]).toEqual([into.buffer, true]);
    const resampled = await readAudio(path, { mono: true, sampleRate: 16000, into });
    expect(resampled.samples.buffer).toBe(into.buffer);
    expect(same(resampled.samples, (await readAudio(path, { mono: true, sampleRate: 16000 })).samples)).toBe(true);
    const right = await readAudio(path, { channel: 1, dtype: 'int16' });
    expect(right.channels).toBe(1);
    expect(
      same(
        right.samples,
        planar.samples.subarray(frames).map((v) => v * 32768),
      ),
    ).toBe(true);
    const mean = await readAudio(path, { mono: true, from: 1, to: 2.5 });
    expect(mean.frames).toBe(66_150);
    expect(
      same(
        mean.samples,
        Float32Array.from(mean.samples, (_, i) =>
          Math.fround((samples[2 * (44_100 + i)]! + samples[2 * (44_100 + i) + 1]!) / 2),
        ),
      ),
    ).toBe(true);
    const part = await readAudio(path, { from: 1, to: 2.5, layout: 'planar' });
    expect(same(part.samples.subarray(66_150), planar.samples.subarray(frames + 44_100, frames + 110_250))).toBe(true);
  });

  test('readAudio() and readAudioWindows() give for a range what resampling the whole gives there', async () => {
    const path = sharedPath(bird);
    const whole = await readAudio(path, { sampleRate: 32000 });
    const resampler = new Resampler(22050, 32000);
    const truth = [...resampler.push((await readAudio(path)).samples), ...resampler.flush()];
    expect(same(whole.samples, truth)).toBe(true);
    for (const [from, to] of [
      [0.5, 1.25],
      [10, 17.3],
      [33.3, 40],
    ] as const) {
      const part = await readAudio(path, { sampleRate: 32000, from, to });
      expect(same(part.samples, whole.samples.subarray(Math.round(from * 32000), Math.round(to * 32000)))).toBe(true);
    }
    const windows = await windowsOf(path, { window: 5, hop: 2.5, from: 20, to: 31, sampleRate: 32000 });
    expect(windows.map(({ startSeconds }) => startSeconds)).toEqual([20, 22.5, 25, 27.5, 30]);
    for (const { samples, startFrame, validFrames } of windows) {
      expect(samples.length).toBe(160_000);
      expect(same(samples.subarray(0, validFrames), whole.samples.subarray(startFrame, startFrame + validFrames))).toBe(
        true,
      );
    }
    expect(windows.at(-1)?.validFrames).toBe(32_000);
  });

  test('writeWav() gives back what readAudio() read, bit for bit', async () => {
    for (const name of [stereo, 'flac/mewkiz/59996.flac', 'bird-audio/perch/21100_36_48.wav']) {
      const dtype = name.endsWith('.wav') ? 'float32' : 'int32';
      const audio = await readAudio(sharedPath(name), { dtype, layout: 'planar' });
      const path = join(scratch(), 'x.wav');
      const { type, frames } = await writeWav(path, audio);
      expect([type, frames]).toEqual([
        dtype === 'float32' ? 'float32' : audio.bitsPerSample === 16 ? 'int16' : 'int24',
        audio.frames,
      ]);
      const again = await readAudio(path, { dtype, layout: 'planar' });
      expect(same(again.samples, audio.samples)).toBe(true);
      await expect(writeWav(path, audio)).rejects.toMatchObject({ code: 'EXISTS' });
    }
  });
});

describe('audio functions', () => {
  // The signatures of file(1)'s database and of the formats' own documents.
  test.each([
    [/M4A/, '\0\0\0\x20ftypM4A \0\0\0\0'],
    [/AIFF/, 'FORM\0\0\x10\0AIFFCOMM'],
    [/Windows Media/, '\x30\x26\xb2\x75\x8e\x66\xcf\x11'],
    [/AAC/, '\xff\xf1\x50\x80\x02\x1f\xfc'],
    [/WavPack/, 'wvpk\x20\0\0\0'],
    [/Speex/, `OggS\0\x02${'\0'.repeat(20)}\x01\x50Speex   1.2`],
  ])('decodeAudio() names %s when it meets such a file', async (message, head) => {
    const bytes = Buffer.concat([Buffer.from(head, 'latin1'), Buffer.alloc(600)]);
    await expect(decodeAudio(bytes)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(message),
    });
  });

  test('writeWav() keeps integers of 32 bits', async () => {
    const path = join(scratch(), 'x.wav');
    const samples = Int32Array.of(0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 123456789);
    expect(await writeWav(path, { samples, sampleRate: 8000, channels: 2 })).toMatchObject({
      frames: 3,
      type: 'int32',
    });
    expect([...(await readAudio(path, { dtype: 'int32' })).samples]).toEqual([...samples]);
    expect(readFileSync(path).subarray(-4)).toEqual(Buffer.from([0x15, 0xcd, 0x5b, 0x07]));
  });

  test('decodeAudio() grows when a header promises less than the frames hold, and does not allocate what it promises too much', async () => {
    const frames = Array.from({ length: 40 }, (_, i) => constantFrame(i, [i * 100]));
    const audio = await decodeAudio(flacOf({ frames: 0 }, frames), { dtype: 'int16' });
    expect(audio.frames).toBe(40 * 4096);
    expect(audio.samples.every((value, i) => value === Math.floor(i / 4096) * 100)).toBe(true);
    await expect(decodeAudio(flacOf({ frames: 2 ** 23 }, frames))).rejects.toMatchObject({
      code: 'TRUNCATED',
      record: 40,
      seconds: (40 * 4096) / 48000,
    });
  });

  test('decodeAudio() fills an array of the caller, and says what it takes when that is too short', async () => {
    const frames = Array.from({ length: 40 }, (_, i) => constantFrame(i, [i * 100]));
    const count = 40 * 4096;
    for (const promised of [40, 0]) {
      const bytes = flacOf({ frames: promised }, frames);
      const into = new Float32Array(count);
      const audio = await decodeAudio(bytes, { into });
      expect([audio.samples.buffer, audio.samples.length]).toEqual([into.buffer, count]);
      expect(same(into, (await decodeAudio(bytes)).samples)).toBe(true);
      const short = decodeAudio(bytes, { into: into.subarray(1) });
      await expect(short).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringMatching(
          /an array of 163839 values: it takes 163840.* frames of 1 channels; give a longer one/,
        ),
      });
    }
  });

  const refused: readonly (readonly [object, RegExp])[] = [
    [{ into: new Int16Array(9) }, /"into".*array of float32, found Int16Array/],
    [{ into: [1, 2] }, /type array for option "into".*expected a Float32Array/],
    [{ mono: true, channel: 0 }, /"mono" together with option "channel"/],
    [{ mono: 'mean' }, /"mean" for option "mono".*expected true or false/],
    [{ channel: 1 }, /channel 1: the recording has 1/],
    [{ dtype: 'int16', sampleRate: 8000 }, /mix or resample to int16/],
    [{ from: 2, to: 1 }, /expected no less than "from"/],
    [{ verify: true, from: 1 }, /the MD5 is of the whole recording/],
    [{ fro: 1 }, /"fro".*expected one of/],
  ];
  test.each(refused)('decodeAudio() refuses %j', async (options, message) => {
    const bytes = flacOf({ frames: 1 }, [constantFrame(0, [7])]);
    await expect(decodeAudio(bytes, options)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(message),
    });
  });

  test('readAudio() refuses URIs that it cannot open', async () => {
    await expect(readAudio('ftp://host/x.flac')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(readAudio('/no/such.flac')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('readAudioWindows() hands out arrays to be kept, and with `reuse` detaches each at the next step', async () => {
    const file = memory(
      flacOf(
        { frames: 4 },
        [0, 1, 2, 3].map((i) => constantFrame(i, [i])),
      ),
    );
    const options = { window: 4096 / 48000 };
    const kept = await windowsOf(file, options);
    expect(kept.map(({ samples }) => samples[4095]! * 32768)).toEqual([0, 1, 2, 3]);
    expect(new Set(kept.map(({ samples }) => samples.buffer)).size).toBe(4);
    const reused = await windowsOf(file, { ...options, reuse: true });
    expect(reused.map(({ samples }) => samples.length)).toEqual([0, 0, 0, 4096]);
  });

  test('a window of readAudioWindows() tells its rate, channels, and where it begins and ends', async () => {
    const file = flacOf({ frames: 2, channels: 2 }, [constantFrame(0, [1, 2]), constantFrame(1, [3, 4])]);
    const at = (index: number, validFrames: number) => ({
      ...{ index, sampleRate: 16_000, startFrame: 1600 * index, validFrames },
      ...{ startSeconds: index / 10, endSeconds: (1600 * (index + 1)) / 16_000 },
    });
    // 8192 frames at 48 kHz are 2731 at 16 kHz.
    const mono = await windowsOf(memory(file), { window: 0.1, mono: true, sampleRate: 16_000 });
    expect(mono.map(({ samples, ...rest }) => [samples.length, rest])).toEqual([
      [1600, { ...at(0, 1600), channels: 1 }],
      [1600, { ...at(1, 1131), channels: 1 }],
    ]);
    const [both] = await windowsOf(memory(file), { window: 0.1 });
    expect(both).toMatchObject({
      channels: 2,
      sampleRate: 48_000,
      startSeconds: 0,
      endSeconds: 0.1,
      validFrames: 4800,
    });
    expect(both!.samples.length).toBe(9600);
  });

  const hour = Math.ceil((3600 * 48000) / 4096);
  test('readAudioWindows() reads an hour of 8 channels in little memory, from FLAC and from WAV', async () => {
    const folder = scratch();
    const values = Array.from({ length: 8 }, (_, c) => 1000 * c - 3000);
    const frames = Array.from({ length: hour }, (_, i) => constantFrame(i, values));
    writeFileSync(join(folder, 'x.flac'), flacOf({ frames: hour, channels: 8 }, frames));
    // Sparse: 2.6 GiB of zeros that no disk holds.
    const file = openSync(join(folder, 'x.wav'), 'w');
    const header = encodeWavHeader({ sampleRate: 48000, channels: 8, frames: hour * 4096 });
    writeSync(file, header);
    ftruncateSync(file, header.length + hour * 4096 * 16);
    closeSync(file);
    for (const [name, first, reuse, most] of [
      ['x.flac', -3000 / 32768, true, 64],
      ['x.wav', 0, true, 64],
      // Arrays of the caller's own, 5.5 GB of them: when the collector takes those that are let go is its own matter (Node 20 within 160 MiB,
      // Node 24 within 225), and nothing of ours holds them.
      ['x.flac', -3000 / 32768, false, 512],
    ] as const) {
      const { result, mib } = await peakOf(`
        let windows = 0, odd = 0;
        for await (const w of api.readAudioWindows(${JSON.stringify(join(folder, name))}, { window: 5, reuse: ${reuse} })) {
          windows++;
          if (w.samples[0] !== ${first}) odd++;
        }
        return { windows, odd };`);
      expect(result).toEqual({ windows: 721, odd: 0 });
      expect(mib).toBeLessThan(most);
    }
  });
});

test('a window that no memory holds is told with its size', async () => {
  const path = join(scratch(), 'x.wav');
  writeFileSync(path, wav([1, 2, 3], { sampleRate: 8000 }));
  await expect(readAudioWindows(path, { window: 1e9 }).next()).rejects.toMatchObject({
    code: 'IO',
    message: expect.stringContaining(
      'Cannot make a window of 32000000000000 bytes: the system gives us no more memory',
    ),
  });
});
