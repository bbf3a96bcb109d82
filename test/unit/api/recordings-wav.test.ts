/** inspect() and verify() on WAV recordings: files by others, and the faults of recorders made here. */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { InspectedWav, VerifiedWav } from '../../../src/api/types.ts';
import { verify } from '../../../src/api/verify.ts';
import { hasShared, sharedFiles, sharedPath } from '../../shared-data.ts';
import { writeInputs } from '../../support/extracting.ts';
import { inspectOne, repairOne } from '../../support/one-file.ts';
import { flipped, text, tfrecord } from '../../support/records.ts';
import { bytes, chunk, fmt, riff, u16 } from '../formats/wav-files.ts';
import { scratch } from '../jobs/folder.ts';

// biome-ignore lint/suspicious/noExplicitAny: facts of expected.json
type Facts = any;

const files = [...sharedFiles('wav/'), ...sharedFiles('bird-audio/')].filter(({ name }) => name.endsWith('.wav'));
/** Those that libsndfile can read, but for ADPCM, which we do not: it says what they hold. */
const readable = files.filter(
  ({ name, facts }) => (facts as Facts).libsndfile?.frames !== undefined && !name.includes('imaadpcm'),
);

async function verifyOne(content: Uint8Array, name = 'x.wav'): Promise<VerifiedWav> {
  const path = join(scratch(), name);
  writeFileSync(path, content);
  const report = await verify({ inputs: [path], workers: 1 });
  return report.files[0] as VerifiedWav;
}

async function inspectBytes(content: Uint8Array, options = {}): Promise<InspectedWav> {
  const path = join(scratch(), 'x.wav');
  writeFileSync(path, content);
  return (await inspectOne(path, options)) as InspectedWav;
}

describe.skipIf(!hasShared)('on files by others (needs ../shared)', () => {
  test('inspect() says of each what libsndfile says', async () => {
    expect(readable.length).toBeGreaterThan(30);
    for (const { name, bytes: size, facts } of readable) {
      const { frames, channels, sampleRate } = (facts as Facts).libsndfile;
      expect(await inspectOne(sharedPath(name)), name).toMatchObject({
        source: sharedPath(name),
        format: 'wav',
        size,
        frames,
        channels,
        sampleRate,
        durationSeconds: frames / sampleRate,
      });
    }
  });

  test('inspect({ all }) measures peak and RMS as libsndfile does', async () => {
    const measured = readable.filter(({ facts }) => (facts as Facts).libsndfile.peak !== undefined);
    expect(measured.length).toBeGreaterThan(2);
    for (const { name, facts } of measured) {
      const { peak, rms, channels } = (facts as Facts).libsndfile;
      const { levels } = (await inspectOne(sharedPath(name), { all: true })) as InspectedWav;
      expect(levels, name).toHaveLength(channels);
      expect(Math.max(...levels!.map((channel) => channel.peak)), name).toBeCloseTo(peak, 6);
      const square = levels!.reduce((sum, channel) => sum + channel.rms ** 2, 0) / channels;
      expect(Math.sqrt(square), name).toBeCloseTo(rms, 6);
    }
  });

  test('inspect() gives the tags of an AudioMoth', async () => {
    const report = await inspectOne(sharedPath('bird-audio/opensoundscape/audiomoth_gps.wav'));
    expect(report).toMatchObject({
      tags: {
        audiomoth: { deviceId: '243B1F026488F56E', start: '2024-05-28T10:00:00+00:00', gain: 'medium' },
        info: { IART: 'AudioMoth 243B1F026488F56E' },
      },
    });
  });

  test('verify() finds each of those whose size is true intact', async () => {
    const report = await verify({ inputs: readable.map(({ name }) => sharedPath(name)), workers: 2 });
    const bySource = new Map(report.files.map((file) => [file.source, file]));
    let total = 0;
    for (const { name, facts } of readable) {
      const { libsndfile, header } = facts as Facts;
      const { declaredSize, presentBytes } = header.data;
      const { offset } = header.data;
      const samples = readFileSync(sharedPath(name)).subarray(offset, offset + presentBytes);
      const zero = samples.every((byte) => byte === 0);
      expect(bySource.get(sharedPath(name)), name).toMatchObject({
        format: 'wav',
        ok: declaredSize === presentBytes && !zero,
        frames: libsndfile.frames,
      });
      total += libsndfile.frames / libsndfile.sampleRate;
    }
    expect(report.soundSeconds).toBeCloseTo(total, 6);
    expect(report.records).toBe(0);
  });

  test('verify() ends with a finding for every file, also those a fuzzer made', async () => {
    const report = await verify({ inputs: files.map(({ name }) => sharedPath(name)), workers: 2 });
    expect(report.files.filter((file) => !file.ok).length).toBeGreaterThan(3);
    for (const file of report.files.filter(({ ok }) => !ok)) {
      expect(file.error !== undefined || file.damaged.length > 0, file.source).toBe(true);
    }
  });
});

const sound = Array.from({ length: 8000 }, (_, i) => u16(Math.round(12000 * Math.sin(i / 7)) & 0xffff)).flat();
const whole = riff(fmt({ rate: 8000 }), chunk('data', sound));

describe('verify() on WAV', () => {
  test('finds a whole recording intact, with nothing to note', async () => {
    expect(await verifyOne(whole)).toMatchObject({
      format: 'wav',
      ok: true,
      sampleRate: 8000,
      channels: 1,
      bitsPerSample: 16,
      frames: 8000,
      durationSeconds: 1,
      damaged: [],
      notes: [],
    });
  });

  test('tells what a cut costs, in bytes and seconds', async () => {
    const { damaged, frames, ok } = await verifyOne(whole.slice(0, 44 + 12_000));
    expect({ ok, frames }).toEqual({ ok: false, frames: 6000 });
    expect(damaged).toMatchObject([
      { fault: 'truncated', code: 'TRUNCATED', offset: 12_044, length: 4000, fromSeconds: 0.75, toSeconds: 1 },
    ]);
  });

  test.each([
    ['empty-file', new Uint8Array(0), 'TRUNCATED'],
    ['header-only', riff(fmt(), chunk('data', [])), 'TRUNCATED'],
    ['header-only', riff(fmt(), chunk('data', []), chunk('LIST', bytes('INFO'))), 'TRUNCATED'],
    ['truncated', whole.slice(0, 30), 'TRUNCATED'],
    ['truncated', whole.slice(0, 7), 'TRUNCATED'],
    ['all-zeros', new Uint8Array(100_000), 'CORRUPT'],
    ['all-zeros', riff(fmt(), chunk('data', new Uint8Array(100_000))), 'CORRUPT'],
    ['bad-header', riff(fmt({ channels: 0, blockAlign: 2 }), chunk('data', sound)), 'CORRUPT'],
  ])('calls it %s, and damage', async (fault, content, code) => {
    const file = await verifyOne(content);
    expect(file).toMatchObject({ format: 'wav', ok: false, damaged: [{ fault, code }] });
    expect(file.damaged).toHaveLength(1);
    expect(file).not.toHaveProperty('error');
  });

  test.each([
    ['size-zero', riff(fmt(), chunk('data', sound, 0))],
    ['size-unknown', riff(fmt(), chunk('data', sound, 0xffffffff))],
    ['oddity', riff(fmt(), chunk('data', sound), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ])('calls it %s, and a note', async (fault, content) => {
    const file = await verifyOne(content);
    expect(file).toMatchObject({ ok: true, frames: 8000, damaged: [], notes: [{ fault }] });
    expect(file.notes).toHaveLength(1);
  });

  test('does not take one sample among zeros for silence', async () => {
    const nearly = new Uint8Array(3_000_000);
    nearly[2_999_999] = 1;
    expect((await verifyOne(riff(fmt(), chunk('data', nearly)))).ok).toBe(true);
    expect((await verifyOne(riff(fmt(), chunk('data', new Uint8Array(3_000_000))))).ok).toBe(false);
  });

  test('cannot judge another codec, and says so without calling it damaged', async () => {
    const adpcm = await verifyOne(riff(fmt({ tag: 17, bits: 4, blockAlign: 256 }), chunk('data', sound)));
    expect(adpcm).toMatchObject({
      ok: false,
      damaged: [],
      error: { code: 'UNSUPPORTED', message: expect.stringContaining('IMA ADPCM') },
    });
  });

  test('checks a folder of mixed formats in one run', async () => {
    const folder = scratch();
    const records = tfrecord(text('one'), text('two'));
    writeInputs(folder, { 'a.wav': whole, b: records, 'c.wav': whole.slice(0, 10_044), d: flipped(records, 13) });
    const report = await verify({ inputs: [folder], workers: 2 });
    expect(report).toMatchObject({ ok: false, inputs: 4, damagedInputs: 2, records: 3, soundSeconds: 1 + 5000 / 8000 });
    expect(report.files.map(({ format, ok }) => [format, ok])).toEqual([
      ['wav', true],
      ['tfrecord', true],
      ['wav', false],
      ['tfrecord', false],
    ]);
  });

  test('counts the bytes it has read', async () => {
    const path = join(scratch(), 'x.wav');
    writeFileSync(path, whole);
    let last = 0;
    await verify({ inputs: [path], onProgress: ({ bytes: read }) => (last = read) });
    expect(last).toBe(whole.length);
  });
});

describe('inspect() on WAV', () => {
  test('counts clipped samples and measures the offset, channel by channel', async () => {
    // Left: half of full scale and back; right: both limits of 16 bits.
    const frames = Array.from({ length: 1000 }, (_, i) => [
      ...u16(i % 2 === 0 ? 16384 : 0),
      ...u16(i % 2 === 0 ? 32767 : 32768),
    ]).flat();
    const { levels } = await inspectBytes(riff(fmt({ channels: 2 }), chunk('data', frames)), { all: true });
    const [left, right] = levels!;
    expect(left).toMatchObject({ peak: 0.5, dc: 0.25, clipped: 0 });
    expect(left!.peakDbfs).toBeCloseTo(-6.0206, 4);
    expect(left!.rms).toBeCloseTo(Math.sqrt(0.125), 9);
    expect(right).toMatchObject({ peak: 1, peakDbfs: 0, clipped: 1000 });
    expect(right!.dc).toBeCloseTo(-0.5 / 32768, 9);
  });

  test('has no decibels for silence', async () => {
    const { levels } = await inspectBytes(riff(fmt(), chunk('data', new Uint8Array(64))), { all: true });
    expect(levels).toEqual([{ peak: 0, peakDbfs: null, rms: 0, rmsDbfs: null, dc: 0, clipped: 0 }]);
  });

  test('reads no samples unless asked, and tells what the header gets wrong', async () => {
    const report = await inspectBytes(whole.slice(0, 12_044));
    expect(report).not.toHaveProperty('levels');
    expect(report.notes).toEqual(['The header promises 16000 bytes of samples, the file ends after 12000 of them']);
  });

  test('fails where the header cannot be read', async () => {
    await expect(inspectBytes(whole.slice(0, 30))).rejects.toMatchObject({ code: 'TRUNCATED' });
    await expect(inspectBytes(riff(fmt({ tag: 85 }), chunk('data', [])))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });
});

test('repair() refuses a recording and leaves it alone', async () => {
  const path = join(scratch(), 'x.wav');
  writeFileSync(path, whole);
  const before = createHash('sha256').update(readFileSync(path)).digest('hex');
  await expect(repairOne(path, { out: `${path}.out` })).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining('it is a WAV recording, expected a TFRecord file'),
  });
  expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(before);
});
