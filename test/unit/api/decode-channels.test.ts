/** The `fmt ` chunk of what decode() writes: which speakers, how many bits. Masks are those that flac 1.4 and FFmpeg 5 write for the same files. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/api/decode.ts';
import { readAudio } from '../../../src/api/read-audio.ts';
import { writeWav } from '../../../src/api/write-wav.ts';
import { constantFrame, flacOf } from '../../support/flac-files.ts';
import { commentBlock, flacOfBits, shortFrame } from '../../support/flac-shapes.ts';
import { bytes, chunk, fmt, riff, u16, u32 } from '../formats/wav-files.ts';
import { scratch } from '../jobs/folder.ts';

interface Head {
  readonly extensible: boolean;
  readonly bits: number;
  readonly validBits: number;
  readonly mask: number | undefined;
  readonly data: Buffer;
}

/** Read without the code under test. */
function headOf(path: string): Head {
  const file = readFileSync(path);
  const places: { [id: string]: number } = {};
  for (let at = 12; at < file.length; at += 8 + file.readUInt32LE(at + 4) + (file.readUInt32LE(at + 4) % 2)) {
    places[file.toString('latin1', at, at + 4)] = at + 8;
  }
  const at = places['fmt ']!;
  const extensible = file.readUInt16LE(at) === 0xfffe;
  const data = places['data']!;
  return {
    extensible,
    bits: file.readUInt16LE(at + 14),
    validBits: extensible ? file.readUInt16LE(at + 18) : file.readUInt16LE(at + 14),
    mask: extensible ? file.readUInt32LE(at + 20) : undefined,
    data: file.subarray(data, data + file.readUInt32LE(data - 4)),
  };
}

async function decoded(content: Uint8Array, name: string, options: object = {}) {
  const folder = scratch();
  const input = join(folder, name);
  writeFileSync(input, content);
  const out = join(folder, 'out.wav');
  const report = await decode({ inputs: [input], out, workers: 1, ...options });
  return { ...headOf(out), file: report.files[0]!, input, folder };
}

const opus = (name: string) => readFileSync(fileURLToPath(new URL(`../../data/field/opus/${name}`, import.meta.url)));
const values = [1, 2, 3, 4, 5, 6, 7, 8];
const flacWith = (channels: number, ...comments: string[]) =>
  flacOf({ frames: 1, channels, ...(comments.length > 0 && { table: commentBlock(...comments) }) }, [
    constantFrame(0, values.slice(0, channels)),
  ]);
const mask = (text: string) => `WAVEFORMATEXTENSIBLE_CHANNEL_MASK=${text}`;

/** An extensible `fmt ` chunk of 16 bits. */
const extended = (channels: number, channelMask: number) =>
  fmt({
    tag: 0xfffe,
    channels,
    tail: bytes(
      u16(22),
      u16(16),
      u32(channelMask),
      [1, 0],
      [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71],
    ),
  });

describe('the channel mask', () => {
  test.each([
    [1, undefined],
    [2, undefined],
    [3, 0x7],
    [4, 0x33],
    [5, 0x607],
    [6, 0x60f],
    [7, 0x70f],
    [8, 0x63f],
  ])('of FLAC of %i channels is that of its specification', async (channels, expected) => {
    const { mask: found, data, input, folder } = await decoded(flacWith(channels), 'x.flac');
    expect(found).toBe(expected);
    expect(Array.from({ length: channels }, (_, c) => data.readInt16LE(2 * c))).toEqual(values.slice(0, channels));
    // The other road.
    const again = join(folder, 'again.wav');
    await writeWav(again, await readAudio(input, { dtype: 'int16' }));
    expect(headOf(again).mask).toBe(expected);
  });

  test.each([
    [1, '0x8', 0x8],
    [2, '0x0003', undefined],
    [2, '0x30', 0x30],
    [4, '0X5003', 0x5003],
    [6, '0x3f', 0x3f],
    [4, '0x0', 0],
  ])('of FLAC of %i channels is that of its tag %s', async (channels, text, expected) => {
    const { mask: found, file } = await decoded(flacWith(channels, mask(text)), 'x.flac');
    expect(found).toBe(expected);
    expect(file.notes.join()).not.toMatch(/MASK/);
  });

  test.each(['63', '0x', '0xff', '0x1ffffffff', 'left'])('is no tag that says %s, and a note tells', async (text) => {
    const { mask: found, file } = await decoded(flacWith(3, mask(text)), 'x.flac');
    expect(found).toBe(0x7);
    expect(file.notes).toContainEqual(expect.stringContaining(`says "${text}", which is no mask of 3 channels`));
  });

  test('of WAV stays what it is', async () => {
    for (const [channels, own] of [
      [4, 0x107],
      [3, 0],
      [2, 0x600],
    ] as const) {
      const data = chunk('data', new Uint8Array(4 * channels));
      expect((await decoded(riff(extended(channels, own), data), 'x.wav')).mask, `${own}`).toBe(own);
    }
    expect((await decoded(riff(fmt({ channels: 3 }), chunk('data', new Uint8Array(12))), 'x.wav')).mask).toBe(0);
  });

  test('of Opus is that of its mapping family', async () => {
    expect((await decoded(opus('s6.opus'), 's6.opus')).mask).toBe(0x3f);
    for (const name of ['fam3.opus', 'fam5.opus']) expect((await decoded(opus(name), name)).mask).toBe(0);
  });

  test('of one channel of many says nothing of the others', async () => {
    for (const choice of [{ channel: 3 }, { mono: true }]) {
      expect(await decoded(flacWith(6), 'x.flac', choice)).toMatchObject({ extensible: false });
    }
    expect((await readAudio((await decoded(flacWith(6), 'x.flac')).input, { channel: 3 })).channelMask).toBe(0);
  });
});

describe('the bits', () => {
  const samples = (bits: number) => [-(2 ** (bits - 1)), -1, 0, 1, 2 ** (bits - 1) - 1];

  test.each([
    [4, 'uint8', 8],
    [7, 'uint8', 8],
    [8, 'uint8', 8],
    [12, 'int16', 16],
    [16, 'int16', 16],
    [20, 'int24', 24],
    [24, 'int24', 24],
    [29, 'int32', 32],
    [32, 'int32', 32],
  ])('of FLAC of %i bits are the fewest that lose nothing: %s', async (bits, type, container) => {
    const content = flacOfBits(bits, 192, [shortFrame(0, bits, samples(bits))]);
    const found = await decoded(content, 'x.flac');
    expect(found).toMatchObject({ bits: container, validBits: bits, file: { type, frames: 192 } });
    const wide = (data: Buffer) =>
      samples(bits).map((_, i) =>
        container === 8 ? data[i]! - 128 : data.readIntLE((i * container) / 8, container / 8),
      );
    const expected = samples(bits).map((v) => v * 2 ** (container - bits));
    expect(wide(found.data)).toEqual(expected);
    const again = join(found.folder, 'again.wav');
    await writeWav(again, await readAudio(found.input, { dtype: 'int32' }));
    expect(headOf(again)).toMatchObject({ bits: container, validBits: bits });
    expect(wide(headOf(again).data)).toEqual(expected);
  });

  test('of WAV of 8 bits are 8, and those of G.711 are 16', async () => {
    const content = [0, 127, 128, 255, 3];
    const eight = await decoded(riff(fmt({ bits: 8 }), chunk('data', content)), 'x.wav');
    expect([...eight.data]).toEqual(content);
    expect(await decoded(riff(fmt({ tag: 7, bits: 8 }), chunk('data', content)), 'x.wav')).toMatchObject({
      bits: 16,
      validBits: 16,
    });
  });
});

describe('rounding', () => {
  /** Quarters of what 24 bits tell apart, around ties where a float32 would have rounded before. */
  const wide = [2 ** 30 + 127, 2 ** 30 + 128, 2 ** 30 + 129, 2 ** 30 + 384, -(2 ** 30) - 128, 2 ** 31 - 1, -(2 ** 31)];
  const narrow = [2 ** 22, 2 ** 22, 2 ** 22 + 1, 2 ** 22 + 2, -(2 ** 22), 2 ** 23 - 1, -(2 ** 23)];
  const file = riff(fmt({ bits: 32 }), chunk('data', new Uint8Array(Int32Array.from(wide).buffer)));
  const int24 = (data: Buffer) => narrow.map((_, i) => data.readIntLE(3 * i, 3));

  test('is done once where 32 bits become 24', async () => {
    const { data, input, folder } = await decoded(file, 'x.wav', { bits: 24 });
    expect(int24(data)).toEqual(narrow);
    const again = join(folder, 'again.wav');
    await writeWav(again, await readAudio(input, { dtype: 'int32' }), { type: 'int24' });
    expect(int24(headOf(again).data)).toEqual(narrow);
  });

  test('is told where samples have more bits than can be given', async () => {
    // 40 bits, of which the low eight are 0x7f, 0x80, 0x81 above 1 and at the top.
    const forty = [0x17f, 0x180, 0x280, 0x281, 2 ** 39 - 1, -(2 ** 39)];
    const body = Buffer.alloc(5 * forty.length);
    for (const [i, v] of forty.entries()) body.writeIntLE(v, 5 * i, 5);
    const { data, file: told, input } = await decoded(riff(fmt({ bits: 40 }), chunk('data', body)), 'x.wav');
    expect(forty.map((_, i) => data.readInt32LE(4 * i))).toEqual([1, 2, 2, 3, 2 ** 31 - 1, -(2 ** 31)]);
    expect(told).toMatchObject({ type: 'int32', notes: [expect.stringMatching(/of 40 bits .* rounded to nearest/)] });
    expect((await readAudio(input, { dtype: 'int32' })).notes).toEqual(told.notes);
    const doubles = riff(fmt({ tag: 3, bits: 64 }), chunk('data', new Uint8Array(Float64Array.of(0.1).buffer)));
    expect((await decoded(doubles, 'x.wav')).file.notes).toEqual([
      expect.stringMatching(/Floats of 64 bits .* float32/),
    ]);
  });

  test('is told where 32 bits are mixed as floats', async () => {
    expect((await decoded(file, 'x.wav', { sampleRate: 4000 })).file.notes).toContainEqual(
      expect.stringMatching(/Samples of 32 bits are mixed and resampled as float32/),
    );
    expect((await decoded(file, 'x.wav')).file.notes).toEqual([]);
  });
});

test('samples beyond full scale are clipped, and counted in a note, only where integers are written', async () => {
  const floats = Float32Array.of(0.5, 1, 1.5, -1, -1.25, Number.NaN, 0);
  const file = riff(fmt({ tag: 3, bits: 32 }), chunk('data', new Uint8Array(floats.buffer)));
  const { data, file: told } = await decoded(file, 'x.wav', { bits: 16 });
  expect(floats.map((_, i) => data.readInt16LE(2 * i))).toEqual(
    Float32Array.of(16384, 32767, 32767, -32768, -32768, 0, 0),
  );
  expect(told.notes).toEqual([expect.stringMatching(/^3 samples beyond full scale were clipped/)]);
  expect((await decoded(file, 'x.wav')).file.notes).toEqual([]);
});
