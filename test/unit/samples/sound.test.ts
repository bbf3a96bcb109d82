/** Processor.loadArray(): the sound of files in memory, against what libsndfile or the file itself says. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { LogMelProcessor } from '../../../src/samples/processors/log-mel.ts';
import { readSamples } from '../features/golden-files.ts';

const processor = new LogMelProcessor();
const fileOf = (name: string) => readFileSync(fileURLToPath(new URL(`../../data/features/${name}`, import.meta.url)));

/** 16 bits, frame by frame. */
function wav(samples: readonly number[], channels: number, rate: number): Uint8Array {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + samples.length * 2, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  for (const [i, [value, size]] of [
    [16, 4],
    [1, 2],
    [channels, 2],
    [rate, 4],
    [rate * channels * 2, 4],
    [channels * 2, 2],
    [16, 2],
  ].entries()) {
    const at = 16 + [0, 4, 6, 8, 12, 16, 18][i]!;
    bytes.writeUIntLE(value!, at, size!);
  }
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.length * 2, 40);
  for (const [i, sample] of samples.entries()) bytes.writeInt16LE(sample, 44 + 2 * i);
  return bytes;
}

describe('loadArray()', () => {
  test('gives one channel as [frames], the samples of the file', async () => {
    const { data, shape } = await processor.loadArray(fileOf('sound.wav'), 16000);
    expect(shape).toEqual([24000]);
    expect(data).toEqual(readSamples('sound.wav'));
  });

  test('gives several as [frames, channels], all frames of all channels', async () => {
    const made = await processor.loadArray(wav([16384, -32768, 0, 8192, -1, 1], 2, 8000), 8000);
    expect(made).toEqual({ data: Float32Array.of(0.5, -1, 0, 0.25, -1 / 32768, 1 / 32768), shape: [3, 2] });
  });

  test('resamples to the rate that is asked for: ceil(frames * to / from) frames', async () => {
    const { data, shape } = await processor.loadArray(wav(Array(2000).fill(16384), 2, 8000), 44100);
    expect(shape).toEqual([5513, 2]);
    expect(data[5513]).toBeCloseTo(0.5, 4);
  });

  test.each([
    [new Uint8Array(0), 16000, 'UNSUPPORTED', /as audio/],
    [Buffer.from('no sound'), 16000, 'UNSUPPORTED', /as audio/],
    [wav([1, 2, 3], 1, 8000).subarray(0, 47), 16000, 'TRUNCATED', /the bytes given/],
    [wav([1], 1, 8000), 0, 'USAGE', /loadArray\(\): expected a rate in Hz/],
    [[1, 2], 16000, 'USAGE', /loadArray\(\): expected a Uint8Array/],
  ])('refuses %# by a code', async (bytes, rate, code, message) => {
    await expect(processor.loadArray(bytes as Uint8Array, rate)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
