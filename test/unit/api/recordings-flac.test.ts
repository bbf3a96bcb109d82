/** inspect() and verify() on FLAC recordings: files by others, and damage done to them here. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { InspectedFlac, VerifiedFlac } from '../../../src/api/types.ts';
import { verify } from '../../../src/api/verify.ts';
import { hasShared, sharedBytes, sharedFiles, sharedPath } from '../../shared-data.ts';
import { inspectOne } from '../../support/one-file.ts';
import { bytes, u32 } from '../formats/wav-files.ts';
import { scratch } from '../jobs/folder.ts';

// biome-ignore lint/suspicious/noExplicitAny: facts of expected.json
type Facts = any;

const files = [...sharedFiles('flac/'), ...sharedFiles('bird-audio/')].filter(({ name }) => name.endsWith('.flac'));
const isFaulty = (name: string) => name.startsWith('flac/claxon-fuzz/');
const good = files.filter(({ name }) => !isFaulty(name));
const framesOf = (facts: Facts): number => facts.flacCli.frames ?? facts.ffmpeg.frames;

async function verifyOne(content: Uint8Array, name = 'x.flac'): Promise<VerifiedFlac> {
  const path = join(scratch(), name);
  writeFileSync(path, content);
  const report = await verify({ inputs: [path], workers: 1 });
  return report.files[0] as VerifiedFlac;
}

describe.skipIf(!hasShared)('on files by others (needs ../shared)', () => {
  test('verify() finds every file that libFLAC or FFmpeg decodes whole, with as many samples', async () => {
    expect(good.length).toBeGreaterThan(35);
    const report = await verify({ inputs: good.map(({ name }) => sharedPath(name)), workers: 2 });
    const bySource = new Map(report.files.map((file) => [file.source, file as VerifiedFlac]));
    for (const { name, facts } of good) {
      const file = bySource.get(sharedPath(name))!;
      const { streaminfo } = facts as Facts;
      expect(file, name).toMatchObject({
        format: 'flac',
        ok: true,
        damaged: [],
        frames: framesOf(facts),
        sampleRate: streaminfo.sampleRate,
        channels: streaminfo.channels,
        bitsPerSample: streaminfo.bitsPerSample,
      });
      const hasMd5 = /[1-9a-f]/.test(streaminfo.md5);
      expect(
        file.notes.some(({ fault }) => fault === 'md5-absent'),
        name,
      ).toBe(!hasMd5);
      expect(
        file.notes.some(({ fault }) => fault === 'total-absent'),
        name,
      ).toBe(streaminfo.totalSamples === 0);
    }
  });

  test('verify() finds the original of the archive whole, and notes what its recorder does', async () => {
    const a2o = good.find(({ name }) => name.includes('Minjerribah'))!;
    const { files: found } = await verify({ inputs: [sharedPath(a2o.name)] });
    expect((found[0] as VerifiedFlac).notes.map(({ fault }) => fault)).toEqual(['md5-absent', 'trailing-bytes']);
  });

  test('verify() finds damage in every file of the fuzzer', async () => {
    const faulty = files.filter(({ name }) => isFaulty(name)).map(({ name }) => sharedPath(name));
    expect(faulty.length).toBeGreaterThan(10);
    const report = await verify({ inputs: faulty, workers: 2 });
    for (const file of report.files) {
      expect(file, file.source).toMatchObject({ format: 'flac', ok: false });
      expect(file.damaged.length, file.source).toBeGreaterThan(0);
    }
  });

  test('inspect() says of each what its header says', async () => {
    for (const { name, facts, bytes: size } of good) {
      const { streaminfo } = facts as Facts;
      const report = (await inspectOne(sharedPath(name))) as InspectedFlac;
      const { minBlock, maxBlock, minFrame, maxFrame, sampleRate, channels, bitsPerSample, totalSamples } = streaminfo;
      expect(report, name).toMatchObject({
        format: 'flac',
        container: 'native',
        size,
        sampleRate,
        channels,
        bitsPerSample,
        blockSize: [minBlock, maxBlock],
        frameBytes: [minFrame, maxFrame],
      });
      expect(report.frames, name).toBe(totalSamples === 0 ? undefined : totalSamples);
      expect(report.md5, name).toBe(/[1-9a-f]/.test(streaminfo.md5) ? streaminfo.md5 : undefined);
    }
  });

  test('inspect({ all }) counts what the header leaves open, and measures peaks', async () => {
    const file = good.find(({ facts }) => (facts as Facts).streaminfo.totalSamples === 0)!;
    const report = (await inspectOne(sharedPath(file.name), { all: true })) as InspectedFlac;
    expect(report.frames).toBe(framesOf(file.facts));
    const a2o = good.find(({ name }) => name.includes('Minjerribah'))!;
    const { levels } = (await inspectOne(sharedPath(a2o.name), { all: true })) as InspectedFlac;
    const { min, max } = (a2o.facts as Facts).pcm;
    expect(levels![0]!.peak).toBeCloseTo(Math.max(-min, max) / 32768, 9);
  });
});

/** CRC-8 of RFC 9639, bit by bit. */
function crc8(head: Uint8Array): number {
  let crc = 0;
  for (const byte of head) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x80 ? (crc << 1) ^ 0x07 : crc << 1) & 0xff;
  }
  return crc;
}

/** Where frames of a file of fewer than 128 frames and a block size of the table begin: headers of 6 bytes. */
function frameStarts(content: Uint8Array, audioOffset: number): number[] {
  const starts: number[] = [];
  for (let at = audioOffset; at + 6 <= content.length; at++) {
    const isHeader =
      content[at] === 0xff &&
      content[at + 1] === 0xf8 &&
      content[at + 4] === starts.length &&
      crc8(content.subarray(at, at + 5)) === content[at + 5];
    if (isHeader) starts.push(at);
  }
  return starts;
}

describe.skipIf(!hasShared)('on damage (needs ../shared)', () => {
  // 16 kHz, 24 bits, 160000 samples in blocks of 1152.
  const name = 'bird-audio/perch/21100_36_48.flac';
  const whole = hasShared ? sharedBytes(name) : new Uint8Array(0);
  const audio = 8288;
  const rate = 16000;
  const block = 1152;
  const starts = frameStarts(whole.subarray(0, audio + 60_000), audio).slice(0, -1);
  const [third, fourth] = [starts[3]!, starts[4]!];
  const edited = (at: number, value: number | readonly number[]) => {
    const copy = whole.slice();
    copy.set(typeof value === 'number' ? [value] : value, at);
    return copy;
  };

  test('the frames were found', () => {
    expect(starts.length).toBeGreaterThan(10);
    expect(starts[0]).toBe(audio);
  });

  test('verify() names a damaged frame by its bytes and its time', async () => {
    const file = await verifyOne(edited(third + 500, whole[third + 500]! ^ 1));
    expect(file).toMatchObject({ ok: false, frames: 160_000 - block });
    expect(file.damaged).toEqual([
      {
        fault: 'damaged-frames',
        code: 'CORRUPT',
        offset: third,
        length: fourth - third,
        fromSeconds: (3 * block) / rate,
        toSeconds: (4 * block) / rate,
        reason: expect.stringMatching(/^Frame 3: /),
      },
    ]);
  });

  test('verify() names frames that were cut out', async () => {
    const file = await verifyOne(bytes(whole.subarray(0, third), whole.subarray(fourth)));
    expect(file.damaged).toMatchObject([
      {
        fault: 'missing-frames',
        offset: third,
        length: 0,
        fromSeconds: (3 * block) / rate,
        toSeconds: (4 * block) / rate,
      },
    ]);
    expect(file.frames).toBe(160_000 - block);
  });

  test.each([
    ['inside a frame', fourth + 100],
    ['between two frames', fourth],
  ])('verify() tells what a cut %s costs', async (_, length) => {
    const file = await verifyOne(whole.slice(0, length));
    expect(file).toMatchObject({ ok: false, frames: 4 * block });
    expect(file.damaged).toMatchObject([{ fault: 'truncated', offset: fourth, fromSeconds: (4 * block) / rate }]);
    expect(file.damaged.at(-1)!.toSeconds).toBe(10);
  });

  test('verify() finds an MD5 that differs where all frames are intact', async () => {
    const file = await verifyOne(edited(8 + 18, whole[8 + 18]! ^ 1));
    expect(file).toMatchObject({ ok: false, frames: 160_000, damaged: [{ fault: 'md5-differs', code: 'CORRUPT' }] });
  });

  test('verify() notes a total that is twice the truth, or less', async () => {
    const total = (value: number) => edited(8 + 14, [...u32(value)].reverse());
    const none = new Array(16).fill(0);
    const twice = await verifyOne(total(320_000));
    expect(twice).toMatchObject({ ok: true, frames: 160_000, notes: [{ fault: 'total-wrong' }] });
    const less = await verifyOne(total(100_000));
    expect(less.frames).toBe(160_000);
    expect(less.notes).toMatchObject([{ fault: 'total-wrong' }]);
    // Any other total that is too high is a cut, for all that anybody can tell.
    const more = total(200_000);
    more.set(none, 8 + 18);
    expect((await verifyOne(more)).damaged).toMatchObject([{ fault: 'truncated', fromSeconds: 10, toSeconds: 12.5 }]);
  });

  test.each([
    ['header-only', () => whole.slice(0, audio)],
    ['all-zeros', () => bytes(whole.subarray(0, audio), new Uint8Array(50_000))],
    ['all-zeros', () => new Uint8Array(50_000)],
    ['empty-file', () => new Uint8Array(0)],
    ['truncated', () => whole.slice(0, 30)],
    ['bad-header', () => edited(0, [1, 2, 3, 4])],
  ])('verify() calls it %s', async (fault, content) => {
    const file = await verifyOne(content());
    expect(file).toMatchObject({ format: 'flac', ok: false, damaged: [{ fault }] });
    expect(file.damaged).toHaveLength(1);
  });

  test('verify() notes bytes behind the last frame', async () => {
    const file = await verifyOne(bytes(whole, [0]));
    expect(file).toMatchObject({ ok: true, notes: [{ fault: 'trailing-bytes' }] });
  });

  test('verify() knows FLAC behind ID3 tags and by any name', async () => {
    const tag = bytes('ID3', [4, 0, 0, 0, 0, 1, 0], new Uint8Array(128));
    expect(await verifyOne(bytes(tag, whole), 'x.mp3')).toMatchObject({ format: 'flac', ok: true });
  });

  test('inspect({ all }) shows damage and goes on behind it', async () => {
    const path = join(scratch(), 'x.flac');
    writeFileSync(path, edited(third + 500, whole[third + 500]! ^ 1));
    const report = (await inspectOne(path, { all: true })) as InspectedFlac;
    expect(report).toMatchObject({ frames: 160_000, damaged: [{ fault: 'damaged-frames', offset: third }] });
  });
});
