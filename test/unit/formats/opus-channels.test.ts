/** Where the channels of Opus stand: what the mapping family says (RFC 7845, section 5.1.1; RFC 8486), not how many there are. */

import { describe, expect, test } from 'vitest';
import { decodeAudio, probeAudio } from '../../../src/api/read-audio.ts';
import { readAudioWindows } from '../../../src/api/read-audio-windows.ts';
import { bytesSource } from '../../../src/bytes.ts';
import { parseOpusHead } from '../../../src/formats/lossy/opus.ts';
import { changedPage, pagesOf } from '../../support/codec-files.ts';
import { fieldBytes } from '../../support/field-files.ts';

/** In Hz. */
const tones = [80, 300, 400, 500, 600, 700, 800];
/** What FFmpeg gives for s6.opus; the low-pass of the LFE has left little of its tone. */
const sixOfFfmpeg = [300, 400, 500, 400, 700, 80] as const;

/** The loudest in a tenth of a second of 48 kHz; 0 for silence. */
function toneOf(samples: Float32Array): number {
  const energies = tones.map((tone) => {
    let [re, im] = [0, 0];
    const turn = (2 * Math.PI * tone) / 48000;
    for (const [n, value] of samples.entries()) {
      re += value * Math.cos(turn * n);
      im += value * Math.sin(turn * n);
    }
    return re * re + im * im;
  });
  const most = Math.max(...energies);
  return most < 1 ? 0 : tones[energies.indexOf(most)]!;
}

async function tonesOf(file: Uint8Array): Promise<number[]> {
  const { samples, frames, channels } = await decodeAudio(file, { layout: 'planar', from: 0.3, to: 0.4 });
  return Array.from({ length: channels }, (_, c) => toneOf(samples.subarray(c * frames, (c + 1) * frames)));
}

/** The file with another mapping in its header. */
function remapped(file: Uint8Array, family: number, mapping: readonly number[]): Uint8Array {
  const [first, ...rest] = pagesOf(file);
  const page = first!.slice();
  page[28 + 18] = family;
  page.set(mapping, 28 + 21);
  return new Uint8Array(Buffer.concat([changedPage(page, {}), ...rest]));
}

const inOrder = (count: number) => Array.from({ length: count }, (_, c) => 300 + 100 * c);

describe('the channels of Opus', () => {
  test.each([3, 5, 6])('of family 255 keep the order of the stream: %i channels', async (count) => {
    const file = fieldBytes(`opus/fam${count}.opus`);
    expect(await tonesOf(file)).toEqual(inOrder(count));
    const last = await decodeAudio(file, { channel: count - 1, from: 0.3, to: 0.4 });
    expect(toneOf(last.samples)).toBe(300 + 100 * (count - 1));
    for await (const { samples } of readAudioWindows(bytesSource(file, 'x.opus'), { window: 0.1, channel: 1 })) {
      expect(toneOf(samples.slice(2400))).toBe(400);
      break;
    }
  });

  test('of family 1 come in the order of WAV: front pair, centre, LFE, back pair', async () => {
    expect(await tonesOf(fieldBytes('opus/s6.opus'))).toEqual(sixOfFfmpeg);
  });

  test('of family 255 follow a mapping that permutes, repeats and leaves silent', async () => {
    const file = fieldBytes('opus/fam5.opus');
    expect(await tonesOf(remapped(file, 255, [4, 2, 255, 0, 2]))).toEqual([700, 500, 0, 300, 500]);
    expect(await tonesOf(remapped(file, 1, [4, 2, 255, 0, 2]))).toEqual([700, 0, 500, 300, 500]);
  });

  test('of coupled streams stand where the mapping says: the pairs first, then the single ones', async () => {
    // Four streams, two of them coupled; family 1 maps 0 4 1 2 3 5 to left, centre, right, back pair, LFE.
    const [left, right, centre, lfe, backLeft, backRight] = sixOfFfmpeg;
    const file = fieldBytes('opus/s6.opus');
    expect(await tonesOf(remapped(file, 255, [0, 1, 2, 3, 4, 5]))).toEqual([
      left,
      right,
      backLeft,
      backRight,
      centre,
      lfe,
    ]);
    expect(await tonesOf(remapped(file, 255, [0, 4, 1, 2, 3, 5]))).toEqual([
      left,
      centre,
      right,
      backLeft,
      backRight,
      lfe,
    ]);
  });

  test('of family 2, ambisonics, come in the order of the stream', async () => {
    // A sphere of order 1 and a pair beside it.
    const file = fieldBytes('opus/fam6.opus');
    expect(await tonesOf(remapped(file, 2, [0, 1, 2, 3, 4, 5]))).toEqual(inOrder(6));
    expect(await tonesOf(remapped(file, 2, [3, 1, 2, 0, 5, 4]))).toEqual([600, 400, 500, 300, 800, 700]);
    const five = remapped(fieldBytes('opus/fam5.opus'), 2, [0, 1, 2, 3, 4]);
    await expect(probeAudio(bytesSource(five, 'x.opus'))).rejects.toMatchObject({
      code: 'CORRUPT',
      message: expect.stringContaining('5 channels of mapping family 2'),
    });
  });

  test('of family 3 are refused by what they are', () => {
    const head = (family: number) =>
      Uint8Array.from([...Buffer.from('OpusHead'), 1, 4, 56, 1, 0, 0, 0, 0, 0, 0, family, 2, 2, 0, 1, 2, 3]);
    expect(() => parseOpusHead(head(3), 'x')).toThrow(
      /family 3 \(ambisonics behind a matrix\); expected 0, 1, 2 or 255/,
    );
  });
});
