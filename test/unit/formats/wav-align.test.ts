/** WAV whose block align contradicts bits and channels: the frames that libsndfile 1.2 gives, hashed by libsndfile's own integers. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { integerBits } from '../../../src/formats/audio/pcm.ts';
import { readWavFloats, wavIntegers } from '../../../src/formats/wav/samples.ts';
import { readWavInfo } from '../../../src/formats/wav/wav.ts';
import { bytes, chunk, fmt, gather, memory, riff, u16, u32 } from './wav-files.ts';

const folder = new URL('../../data/field/wav/', import.meta.url);

/** MD5 of what sf_readf_int() gives, or of 32-bit floats; FFmpeg 5 gives the same but for the end of those of align 3, which it drops. */
const files: readonly (readonly [name: string, frames: number, channels: number, md5: string])[] = [
  ['align0.wav', 8000, 1, '4b593c9ae28e46df9ddf962b24e79d11'],
  ['alignwrong.wav', 8000, 1, '4b593c9ae28e46df9ddf962b24e79d11'],
  ['b24_align3st.wav', 2666, 2, '57efe81cb9d6a5dd724f25b1c43b917e'],
  ['b32_align8.wav', 8000, 1, '07c8f0e4597a570a6e56e25b0a2d5d3d'],
  ['f32_align2.wav', 8000, 1, '07c8f0e4597a570a6e56e25b0a2d5d3d'],
  ['f32_align8.wav', 8000, 1, '07c8f0e4597a570a6e56e25b0a2d5d3d'],
  ['mono_align1.wav', 8000, 1, '6ec2b040a901b43405ca1e0e8a2e243b'],
  ['mono_align3.wav', 8000, 1, '6ec2b040a901b43405ca1e0e8a2e243b'],
  ['mono_align3_br.wav', 8000, 1, '6ec2b040a901b43405ca1e0e8a2e243b'],
  ['st_align2.wav', 8000, 2, 'b517f0c0bcbfa7ab7be11f947b30d1b1'],
  ['st_align8.wav', 8000, 2, 'b517f0c0bcbfa7ab7be11f947b30d1b1'],
  ['stereo16-align2.wav', 4, 2, 'ac04c88c57cc62b722676add3d509e9c'],
  ['sym_mono16.wav', 8000, 1, '6ec2b040a901b43405ca1e0e8a2e243b'],
  ['sym_st16.wav', 8000, 2, 'b517f0c0bcbfa7ab7be11f947b30d1b1'],
  ['u8_align2.wav', 16000, 1, '7d96967af4936a1399f9afed2e57590a'],
];

test.each(files)('readWavInfo() follows the bits of %s, as libsndfile does', async (name, frames, channels, md5) => {
  const source = memory(readFileSync(fileURLToPath(new URL(name, folder))));
  const info = await readWavInfo(source);
  expect(info).toMatchObject({ frames, channels });
  expect(info.notes).toEqual(
    expect.arrayContaining([expect.stringMatching(/^The header says frames of \d+ bytes, but/)]),
  );
  const hash = createHash('md5');
  if (info.codec === 'float') hash.update(await readWavFloats(source, info));
  else {
    const shift = 32 - integerBits(info.layout);
    for (const block of await gather(wavIntegers(source, info, 'int32')))
      hash.update(block.map((v) => v << shift) as Int32Array);
  }
  expect(hash.digest('hex')).toBe(md5);
});

describe('a larger container', () => {
  /** A mono `fmt ` chunk whose byte rate is a claim of its own. */
  const format = (bits: number, align: number, byteRate: number) =>
    chunk('fmt ', bytes(u16(1), u16(1), u32(8000), u32(byteRate), u16(align), u16(bits)));
  const info = (head: Uint8Array) => readWavInfo(memory(riff(head, chunk('data', new Uint8Array(48)))));

  test.each([
    [24, 4, 12],
    [45, 8, 6],
  ])('is believed for %i bits in %i bytes when the byte rate says so too', async (bits, align, frames) => {
    expect(await info(format(bits, align, 8000 * align))).toMatchObject({ frames, blockAlign: align });
    const own = Math.ceil(bits / 8);
    expect(await info(format(bits, align, 8000 * own))).toMatchObject({ frames: 48 / own, blockAlign: own });
  });

  test('is not believed where nothing speaks for it', async () => {
    for (const [bits, align] of [
      [16, 4],
      [32, 8],
      [8, 4],
      [24, 6],
      [12, 4],
    ] as const) {
      const own = Math.ceil(bits / 8);
      expect(await info(format(bits, align, 8000 * align)), `${bits} in ${align}`).toMatchObject({ frames: 48 / own });
    }
  });

  test('takes no note when bits and frame agree', async () => {
    expect((await info(fmt({ bits: 12 }))).notes).toEqual([]);
  });
});
