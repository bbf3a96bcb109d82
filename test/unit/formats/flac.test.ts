/** FLAC through readFlacInfo() and flacBlocks(): the files of others, ranges, damage, and headers that lie. */

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { AudioGap, AudioNote, ReadOptions, SampleType } from '../../../src/formats/audio/audio.ts';
import { flacBlocks } from '../../../src/formats/flac/blocks.ts';
import { type FlacInfo, readFlacInfo } from '../../../src/formats/flac/flac.ts';
import { openAudio } from '../../../src/formats/open-audio.ts';
import { hasShared, sharedBytes, sharedFiles } from '../../shared-data.ts';
import { memory } from './wav-files.ts';

async function decode(bytes: Uint8Array, options: ReadOptions = {}, altered: Partial<FlacInfo> = {}) {
  const source = memory(bytes);
  const info = { ...(await readFlacInfo(source)), ...altered };
  const parts: number[][] = [];
  let next = options.from ?? 0;
  for await (const { start, frames, samples } of flacBlocks<SampleType>(source, info, options)) {
    expect(start).toBe(next);
    expect(samples.length).toBe(frames * info.channels);
    next += frames;
    parts.push([...samples]);
  }
  return { info, samples: parts.flat(), end: next };
}

/** As STREAMINFO's MD5 is made: little-endian containers of whole bytes. */
function md5Of(samples: readonly number[], bits: number): string {
  const size = Math.ceil(bits / 8);
  const bytes = Buffer.alloc(samples.length * size);
  for (const [i, value] of samples.entries()) bytes.writeIntLE(value, i * size, size);
  return createHash('md5').update(bytes).digest('hex');
}

const a2o = 'bird-audio/a2o/20220502T075930+1000_Minjerribah-Dry-B_1088507.flac';
const small = 'flac/librispeech/3005-163390-0000.flac';

describe.skipIf(!hasShared)('on recordings by other writers (needs ../shared)', () => {
  const files = [...sharedFiles('flac/'), ...sharedFiles('bird-audio/')].filter(
    ({ name, facts }) => name.endsWith('.flac') && !name.includes('-fuzz/') && facts.streaminfo !== undefined,
  );

  test('there are the files that the tests below are about', () => expect(files.length).toBeGreaterThan(35));

  test.each(files.map((file) => [file.name, file] as const))(
    'decodes %s exactly',
    async (name, { facts }) => {
      const { streaminfo } = facts;
      const { info, samples, end } = await decode(sharedBytes(name), { dtype: 'int32', verify: true });
      expect(info.sampleRate).toBe(streaminfo.sampleRate);
      expect(info.channels).toBe(streaminfo.channels);
      expect(info.bitsPerSample).toBe(streaminfo.bitsPerSample);
      expect(info.audioOffset).toBe(facts.audioOffset);
      expect(info.frames).toBe(streaminfo.totalSamples || undefined);
      if (streaminfo.totalSamples > 0) expect(end).toBe(streaminfo.totalSamples);
      if (/[^0]/.test(streaminfo.md5)) expect(md5Of(samples, info.bitsPerSample)).toBe(streaminfo.md5);
      else expect(info.md5).toBeUndefined();
    },
    60_000,
  );

  test.each(sharedFiles('flac/claxon-fuzz/').map(({ name }) => name))('survives %s', async (name) => {
    const bytes = sharedBytes(name);
    for (const lenient of [false, true]) {
      const end = await decode(bytes, { lenient, dtype: 'int32' }).then(
        ({ end }) => end,
        (error) => error.code,
      );
      if (typeof end === 'string') expect(end).toMatch(/^(CORRUPT|TRUNCATED|UNSUPPORTED)$/);
      else expect(end).toBeLessThan(bytes.length * 70_000);
    }
  });

  test('flacBlocks() decodes what the recorder left behind, and says what is odd', async () => {
    const notes: AudioNote[] = [];
    const { info, end } = await decode(sharedBytes(a2o), { onNote: (note) => notes.push(note) });
    expect(end).toBe(770_048);
    expect(info.notes).toEqual(['The header holds no MD5 of the samples']);
    expect(notes.map(({ kind }) => kind)).toEqual(['trailing-bytes']);
  });

  const ranged = [
    a2o,
    small,
    'flac/ietf-subset/01 - blocksize 4096.flac',
    'flac/ietf-subset/03 - blocksize 16.flac',
    'flac/ietf-subset/14 - wasted bits.flac',
    'flac/ietf-subset/24 - variable blocksize file created with flake revision 264.flac',
    'flac/ietf-subset/45 - no total number of samples set.flac',
    'flac/ietf-subset/42 - 7 channels (6.1).flac',
  ];
  test.each(ranged)(
    'flacBlocks() gives for any range of %s the slice of the whole',
    async (name) => {
      const bytes = sharedBytes(name);
      const whole = await decode(bytes, { dtype: 'int32' });
      const { channels } = whole.info;
      const total = whole.end;
      const starts = [1, 15, 4095, 4096, Math.floor(total / 3), Math.floor(total * 0.71), total - 5000, total - 1];
      for (const from of starts) {
        for (const to of [from + 1, from + 7000, undefined]) {
          const part = await decode(bytes, { dtype: 'int32', from, to });
          const expected = whole.samples.slice(from * channels, to === undefined ? undefined : to * channels);
          expect(part.samples.length).toBe(expected.length);
          expect(part.samples.every((value, i) => value === expected[i])).toBe(true);
        }
      }
    },
    120_000,
  );

  test('flacBlocks() reads no more than a part of the file for a short range far inside, with and without a seek table', async () => {
    const bytes = sharedBytes('bird-audio/birdnet/soundscape.flac');
    const source = memory(bytes);
    const info = await readFlacInfo(source);
    let read = 0;
    const counting = {
      ...source,
      byteLength: source.byteLength,
      name: source.name,
      read: async (offset: number, length: number) => {
        const got = await source.read(offset, length);
        read += got.length;
        return got;
      },
    };
    for await (const _ of flacBlocks(counting, info, { from: 3_000_000, to: 3_048_000 }));
    // 48,000 frames are about 28 KB of 3.3 MB.
    expect(read).toBeLessThan(260_000);
  });

  test('flacBlocks() gives the same samples as int16, int32, float32, planar and interleaved', async () => {
    const bytes = sharedBytes('flac/ietf-subset/14 - wasted bits.flac');
    const source = memory(bytes);
    const info = await readFlacInfo(source);
    const range = { from: 10_000, to: 20_000 };
    const planes: number[][] = [[], []];
    for await (const { frames, samples } of flacBlocks(source, info, { ...range, dtype: 'int16', planar: true })) {
      for (const c of [0, 1]) planes[c]!.push(...samples.subarray(c * frames, (c + 1) * frames));
    }
    const ints = (await decode(bytes, { ...range, dtype: 'int32' })).samples;
    const floats = (await decode(bytes, range)).samples;
    const shorts = (await decode(bytes, { ...range, dtype: 'int16' })).samples;
    expect(shorts).toEqual(ints);
    expect(floats).toEqual(ints.map((value) => value / 32768));
    expect(planes[0]!.flatMap((value, i) => [value, planes[1]![i]!])).toEqual(ints);
  });

  test('flacBlocks() names frame, byte and time of a flipped byte, and puts silence there when lenient', async () => {
    const good = sharedBytes(small);
    const bad = good.slice();
    bad[Math.floor(bad.length / 2)]! ^= 0x40;
    const whole = await decode(good, { dtype: 'int16' });
    const error = await decode(bad, { dtype: 'int16' }).then(
      () => undefined,
      (caught) => caught,
    );
    expect(error.code).toBe('CORRUPT');
    expect(error.message).toMatch(/^Cannot decode ".*" at \d+\.\d{3} s \(frame \d+, byte \d+\): /);
    const gaps: AudioGap[] = [];
    const mended = await decode(bad, { dtype: 'int16', lenient: true, onGap: (gap) => gaps.push(gap) });
    expect(gaps.length).toBe(1);
    const [{ start, frames, record, offset, length }] = gaps as [AudioGap];
    expect([start, frames]).toEqual([record * 4096, 4096]);
    expect([error.record, error.offset, error.seconds]).toEqual([record, offset, start / 16000]);
    expect(offset).toBeLessThanOrEqual(bad.length / 2);
    expect(offset + length).toBeGreaterThan(bad.length / 2);
    const expected = whole.samples.map((value, i) => (i >= start && i < start + frames ? 0 : value));
    expect(mended.samples).toEqual(expected);
  });

  test('flacBlocks() tells a file that was cut, from the start and after a seek', async () => {
    const bytes = sharedBytes(small).slice(0, 60_000);
    await expect(decode(bytes)).rejects.toMatchObject({ code: 'TRUNCATED' });
    await expect(decode(bytes, { from: 30_000 })).rejects.toMatchObject({ code: 'TRUNCATED' });
    const { end } = await decode(bytes, { lenient: true });
    expect(end).toBe(107_600);
    expect((await decode(bytes, { lenient: true, from: 30_000 })).end).toBe(107_600);
  });

  test('flacBlocks() names both digests when the MD5 differs', async () => {
    const bytes = sharedBytes(small).slice();
    bytes[26]! ^= 1;
    await expect(decode(bytes, { verify: true })).rejects.toMatchObject({
      code: 'CORRUPT',
      message: expect.stringMatching(
        /MD5 of its samples is 416f31f736f6bddda6610a1263f15a0a, its header says [0-9a-f]{32}/,
      ),
    });
    expect((await decode(bytes)).end).toBe(107_600);
  });

  test('openAudio() gives FLAC and WAV the same samples when they hold the same recording', async () => {
    const read = async (name: string) => {
      const all: number[] = [];
      const reader = await openAudio(memory(sharedBytes(name)));
      for await (const { samples } of reader.blocks({ dtype: 'int16' })) all.push(...samples);
      return all;
    };
    const flac = await read('flac/tfio-twins/ZASFX_ADSR_no_sustain.flac');
    expect(flac.length).toBe(2 * 14336);
    expect(flac).toEqual(await read('flac/tfio-twins/ZASFX_ADSR_no_sustain.wav'));
  });

  test('openAudio() names formats that it does not read', async () => {
    await expect(openAudio(memory(sharedBytes('lfs-pointers/20191026T000000+1000_REC.flac')))).rejects.toThrow(
      /found a Git LFS pointer/,
    );
  });
});

describe('on headers that lie', () => {
  /** A STREAMINFO that promises 2^36 - 1 samples, and a few bytes. */
  const lie = new Uint8Array([
    ...Buffer.from('fLaC'), 0x80, 0, 0, 34, 0x10, 0, 0x10, 0, 0, 0, 0, 0, 0, 0,
    ...[0x0a, 0xc4, 0x40, 0xff, 0xff, 0xff, 0xff, 0xff], ...new Array(16).fill(0), ...new Array(64).fill(0xaa),
  ]); // biome-ignore format: bytes

  test('flacBlocks() fails at once, and when lenient makes up no samples', async () => {
    await expect(decode(lie)).rejects.toMatchObject({ code: 'CORRUPT', record: 0, offset: 42, seconds: 0 });
    const gaps: AudioGap[] = [];
    const { end } = await decode(lie, { lenient: true, onGap: (gap) => gaps.push(gap) });
    expect(end).toBe(0);
    expect(gaps).toMatchObject([{ frames: 0, reason: expect.stringMatching(/68719476735 samples .* not believed/) }]);
  });
});
