import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readWavFloats } from '../../../src/formats/wav/samples.ts';
import { readWavInfo } from '../../../src/formats/wav/wav.ts';
import { encodeWavHeader, type WavSampleType, type WavSpec, wavBlocks } from '../../../src/formats/wav/writer.ts';
import { hasShared, sharedBytes } from '../../shared-data.ts';
import { joined } from './blocks.ts';
import { gather, memory } from './wav-files.ts';

async function write(spec: WavSpec, ...blocks: Float32Array[]): Promise<Uint8Array> {
  return joined(await gather(wavBlocks(spec, blocks)));
}

test('wavBlocks() writes 16-bit mono as the classic 44-byte header and its samples', async () => {
  const file = await write({ sampleRate: 8000, channels: 1, frames: 3 }, Float32Array.of(0, 0.5), Float32Array.of(-1));
  expect(Buffer.from(file).toString('hex')).toBe(
    '524946462a00000057415645' + // RIFF, 42, WAVE
      '666d74201000000001000100401f0000803e000002001000' + // fmt, 16: PCM, mono, 8000 Hz, 16000 B/s, 2, 16
      '6461746106000000' + // data, 6
      '000000400080',
  );
});

describe.skipIf(!hasShared)('files by other writers (needs ../shared)', () => {
  test.each([
    ['wav/hound/pcmwaveformat-16bit-44100Hz-mono.wav', 'int16'],
    ['wav/python-soundfile/mono.wav', 'int16'],
    ['bird-audio/scikit-maad/S4A03895_20190522_050000.wav', 'int16'],
    ['bird-audio/opensoundscape/birds_10s.wav', 'int16'],
    ['bird-audio/opensoundscape/stereo.wav', 'float32'],
    ['wav/scipy/test-44100Hz-2ch-32bit-float-le.wav', 'float32'],
  ] as const)('wavBlocks() gives %s back byte for byte', async (name, type) => {
    const original = sharedBytes(name);
    const source = memory(original);
    const info = await readWavInfo(source);
    const samples = await readWavFloats(source, info);
    const { sampleRate, channels, frames } = info;
    expect(Buffer.compare(await write({ sampleRate, channels, frames, type }, samples), original)).toBe(0);
  });

  test('wavBlocks() keeps the samples of a 24-bit file', async () => {
    const original = sharedBytes('wav/libbw64/rect_24bit.wav');
    const info = await readWavInfo(memory(original));
    const { sampleRate, channels, frames } = info;
    const file = await write(
      { sampleRate, channels, frames, type: 'int24' },
      await readWavFloats(memory(original), info),
    );
    const again = await readWavInfo(memory(file));
    expect(again).toMatchObject({ sampleRate, channels, frames, bitsPerSample: 24, notes: [] });
    const data = ({ dataOffset, dataBytes }: typeof info, from: Uint8Array) =>
      from.subarray(dataOffset, dataOffset + dataBytes);
    expect(Buffer.compare(data(again, file), data(info, original))).toBe(0);
  });
});

test('wavBlocks() writes what readWavInfo() and readWavFloats() read, for every type, channels and cut', async () => {
  const types: WavSampleType[] = ['int16', 'int24', 'int32', 'float32'];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...types),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.integer({ min: -32768, max: 32767 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.dictionary(fc.constantFrom('ICMT', 'IART', 'INAM', 'ISFT'), fc.stringMatching(/^[!-~\u00e9]{1,20}$/)),
      async (type, channels, values, cut, info) => {
        const frames = Math.floor(values.length / channels);
        const samples = Float32Array.from(values.slice(0, frames * channels), (v) => v / 32768);
        const blocks = Array.from({ length: Math.ceil(samples.length / cut) }, (_, i) =>
          samples.slice(i * cut, (i + 1) * cut),
        );
        const file = await write({ sampleRate: 22050, channels, frames, type, info }, ...blocks);
        expect(file.length % 2).toBe(0);
        const read = await readWavInfo(memory(file));
        expect(read).toMatchObject({
          sampleRate: 22050,
          channels,
          frames,
          container: 'RIFF',
          codec: type === 'float32' ? 'float' : 'pcm',
        });
        expect(read.notes).toEqual(frames === 0 ? ['The file is a header without samples'] : []);
        expect(read.tags.info ?? {}).toEqual(info);
        expect(new DataView(file.buffer, file.byteOffset).getUint32(4, true)).toBe(file.length - 8);
        expect(await readWavFloats(memory(file), read)).toEqual(samples);
      },
    ),
    { numRuns: 300 },
  );
});

test('encodeWavHeader() writes RF64 from the first byte over 4 GiB', async () => {
  // 36 bytes of RIFF payload before the samples: the largest plain file has 2^32 - 1 - 36 bytes of them, less one to be even.
  const most = (2 ** 32 - 38) / 2;
  const spec = { sampleRate: 48000, channels: 1 };
  expect(Buffer.from(encodeWavHeader({ ...spec, frames: most })).toString('latin1', 0, 4)).toBe('RIFF');
  const frames = most + 1;
  const header = encodeWavHeader({ ...spec, frames });
  expect(header.length).toBe(80);
  expect(Buffer.from(header).toString('latin1', 0, 4)).toBe('RF64');
  const size = header.length + 2 * frames;
  expect(Buffer.from(header).readBigUInt64LE(20)).toBe(BigInt(size - 8));
  const info = await readWavInfo(memory(header, size));
  expect(info).toMatchObject({ container: 'RF64', frames, dataOffset: 80, notes: [] });
});

test.each([
  [{ type: 'int8' }, 'Cannot write WAV samples of type "int8": expected uint8, int16, int24, int32, float32'],
  [{ channels: 0 }, 'Cannot write WAV of 0 channels: expected a whole number, 1 to 32767'],
  [{ sampleRate: 44100.5 }, 'Cannot write WAV of 44100.5 Hz: expected a whole number, 1 to 4294967295'],
  [{ frames: -1 }, 'Cannot write WAV of -1 frames: expected a whole number from 0 on'],
  [{ info: { comment: 'x' } }, 'Cannot write WAV tag "comment": expected four capital letters or digits, such as ICMT'],
  [{ info: { ICMT: 'a\0b' } }, 'Cannot write WAV tag "ICMT": its text holds a NUL, which ends it'],
])('encodeWavHeader() refuses %j', (part, message) => {
  const spec = { sampleRate: 8000, channels: 1, frames: 1, ...part } as WavSpec;
  expect(() => encodeWavHeader(spec)).toThrow(expect.objectContaining({ code: 'USAGE', message }));
});

test('wavBlocks() refuses samples that are more or fewer than the header says', async () => {
  const spec = { sampleRate: 8000, channels: 2, frames: 2 };
  await expect(write(spec, new Float32Array(2))).rejects.toThrow('promises 2 frames, the blocks hold 1');
  await expect(write(spec, new Float32Array(6))).rejects.toThrow('promises 2 frames, the blocks hold more');
});

test('wavBlocks() clips, rounds to even and writes NaN as silence', async () => {
  const file = await write(
    { sampleRate: 8000, channels: 1, frames: 6 },
    Float32Array.of(1, -1.5, Number.NaN, 0.5 / 32768, 1.5 / 32768, Number.POSITIVE_INFINITY),
  );
  expect([...new Int16Array(file.slice(44).buffer)]).toEqual([32767, -32768, 0, 0, 2, 32767]);
});
