/** FLAC that begins with a frame, or whose STREAMINFO is missing or out of place: refused with a way out, and decoded under `lenient`. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/api/decode.ts';
import { decodeAudio } from '../../../src/api/read-audio.ts';
import { verify } from '../../../src/api/verify.ts';
import { flacOf, noiseFrames } from '../../support/flac-files.ts';
import { commentBlock, rateFrame } from '../../support/flac-shapes.ts';
import { bytes } from '../formats/wav-files.ts';
import { scratch } from '../jobs/folder.ts';

const frames = [rateFrame(0, [1, 2]), rateFrame(1, [3, 4]), rateFrame(2, [5, 6])];
const whole = flacOf({ frames: 3, channels: 2 }, frames);
const audio = bytes(...frames);
const streamInfo = whole.subarray(4, 42);
const notLast = Uint8Array.from(streamInfo);
notLast[0] = 0;
const last = Uint8Array.from(streamInfo);
last[0] = 0x80;
const padding = (isLast: boolean) => bytes([isLast ? 0x81 : 1, 0, 0, 16], new Uint8Array(16));
const comments = commentBlock('TITLE=dawn');

const files: readonly (readonly [name: string, content: Uint8Array, reason: RegExp])[] = [
  ['a frame first', audio, /its header is missing/],
  ['a tag and then a frame', bytes('ID3', [4, 0, 0, 0, 0, 0, 2], 'xx', audio), /its header is missing/],
  ['STREAMINFO second', bytes('fLaC', padding(false), last, audio), /STREAMINFO block does not stand first/],
  ['no STREAMINFO', bytes('fLaC', padding(true), audio), /its header is missing/],
  ['tags and no STREAMINFO', bytes('fLaC', padding(false), comments, audio), /its header is missing/],
  ['a block that leads nowhere', bytes('fLaC', [2, 0xff, 0xff, 0xff], [1, 2, 3], audio), /its header is missing/],
  ['a STREAMINFO of zeros', bytes('fLaC', [0x80, 0, 0, 34], new Uint8Array(34), audio), /its header is missing/],
];

describe.each(files)('%s', (_, content, reason) => {
  test('is refused with a way out', async () => {
    await expect(decodeAudio(content)).rejects.toMatchObject({
      code: 'CORRUPT',
      message: expect.stringMatching(/lenient/),
    });
  });

  test('is decoded under lenient, and listed', async () => {
    const expected = await decodeAudio(whole, { dtype: 'int16' });
    const found = await decodeAudio(content, { dtype: 'int16', lenient: true });
    expect(found.samples).toEqual(expected.samples);
    expect(found).toMatchObject({ sampleRate: 48000, channels: 2, bitsPerSample: 16, frames: 3 * 4096 });
    expect(found.gaps).toEqual([
      expect.objectContaining({ start: 0, frames: 0, code: 'CORRUPT', reason: expect.stringMatching(reason) }),
    ]);
  });

  test('is damaged FLAC for verify(), and a finding of decode()', async () => {
    const folder = scratch();
    const path = join(folder, 'x.bin');
    writeFileSync(path, content);
    const { files: checked } = await verify({ inputs: [path], workers: 1 });
    expect(checked[0]).toMatchObject({ format: 'flac', ok: false, damaged: [{ code: 'CORRUPT' }] });
    const out = join(folder, 'x.wav');
    await expect(decode({ inputs: [path], out, workers: 1 })).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(await decode({ inputs: [path], out, workers: 1, lenient: true })).toMatchObject({
      gaps: 1,
      files: [{ frames: 3 * 4096, damaged: [{ code: 'CORRUPT', reason: expect.stringMatching(reason) }] }],
    });
  });
});

test('tags that are there are kept', async () => {
  const { tags } = await decodeAudio(files[4]![1], { lenient: true });
  expect(tags.info).toEqual({ TITLE: 'dawn' });
});

test('frames that leave rate or bits to the header are not guessed', async () => {
  // 16 bits, and the rate of the header.
  const content = bytes('fLaC', padding(true), ...noiseFrames(3));
  await expect(decodeAudio(content, { lenient: true })).rejects.toMatchObject({ code: 'CORRUPT' });
});

test('a whole file is the same with lenient and without', async () => {
  expect(await decodeAudio(whole, { lenient: true })).toEqual(await decodeAudio(whole));
});
