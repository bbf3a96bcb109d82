/** inspect(), verify() and decode() on MP3, Ogg Vorbis and Opus, and what they load. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/api/decode.ts';
import { readAudio } from '../../../src/api/read-audio.ts';
import type { VerifiedLossy } from '../../../src/api/types.ts';
import { verify } from '../../../src/api/verify.ts';
import { type CodecFile, changedPage, codecBytes, codecFiles, ffmpegSays, pagesOf } from '../../support/codec-files.ts';
import { inspectOne } from '../../support/one-file.ts';
import { peakOf } from '../../support/peak.ts';
import { scratch } from '../jobs/folder.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const formats = { mp3: 'mp3', ogg: 'ogg-vorbis', opus: 'opus' } as const;
const formatOf = (name: CodecFile) => formats[name.slice(name.indexOf('.') + 1) as keyof typeof formats];

function written(name: string, bytes: Uint8Array): string {
  const path = join(scratch(), name);
  writeFileSync(path, bytes);
  return path;
}

async function verifyOne(name: string, bytes: Uint8Array): Promise<VerifiedLossy> {
  const report = await verify({ inputs: [written(name, bytes)], workers: 1 });
  return report.files[0] as VerifiedLossy;
}

test.each(codecFiles)('inspect() and verify() know %s, whatever its name', async (name) => {
  const bytes = codecBytes(name);
  const { sampleRate, channels, frames } = ffmpegSays[name];
  const facts = { format: formatOf(name), size: bytes.length, sampleRate, channels };
  const path = written('recording', bytes);
  expect(await inspectOne(path)).toMatchObject(facts);
  const all = await inspectOne(path, { all: true });
  expect(all).toMatchObject({ ...facts, frames, durationSeconds: frames / sampleRate });
  const { levels } = all as { levels: readonly { peak: number }[] };
  expect(levels.map(({ peak }) => peak).every((peak) => peak > 0.25 && peak < 0.75)).toBe(true);
  expect(await verifyOne('recording', bytes)).toMatchObject({ ...facts, frames, ok: true, damaged: [], notes: [] });
});

describe('verify()', () => {
  test('names what is lost of a damaged file, with its time', async () => {
    const mp3 = codecBytes('bare.mp3').fill(0, 432, 648);
    expect(await verifyOne('a.mp3', mp3)).toMatchObject({
      ok: false,
      frames: 9216 - 2 * 576,
      damaged: [{ fault: 'damaged-frames', offset: 432, length: 216, fromSeconds: 0.144 }],
    });
    const ogg = codecBytes('stereo.ogg');
    const { length } = pagesOf(ogg).at(-1)!;
    ogg[ogg.length - 1]! ^= 1;
    expect(await verifyOne('a.ogg', ogg)).toMatchObject({
      ok: false,
      damaged: [{ fault: 'damaged-pages', offset: ogg.length - length, length }],
    });
    const opus = codecBytes('stereo.opus').subarray(0, 1000);
    expect(await verifyOne('a.opus', opus)).toMatchObject({ ok: false, damaged: [{ fault: 'truncated' }] });
  });

  test('knows a file whose beginning is damaged by its name', async () => {
    const ogg = codecBytes('stereo.ogg').fill(7, 0, 40);
    expect(await verifyOne('a.ogg', ogg)).toMatchObject({
      format: 'ogg-vorbis',
      ok: false,
      damaged: [{ fault: 'bad-header' }],
    });
  });
});

test.each(codecFiles)('decode() writes %s as WAV of the samples that readAudio() gives', async (name) => {
  const path = written(name, codecBytes(name));
  const out = join(scratch(), 'x.wav');
  await decode({ inputs: [path], out });
  const [wav, lossy] = await Promise.all([readAudio(out), readAudio(path)]);
  expect(wav.codec).toBe('float');
  expect(wav.samples).toEqual(lossy.samples);
});

test('no decoder is loaded before such a file comes', () => {
  const load = `
    const { register } = await import('node:module');
    const hooks = 'export const resolve = (name, context, next) => { if (/decoder|codec/.test(name)) console.log(name); return next(name, context); }';
    register('data:text/javascript,' + encodeURIComponent(hooks));
    const { readAudio } = await import(${JSON.stringify(join(root, 'dist/index.js'))});
    console.log('loaded');
    await readAudio(process.argv[1]);`;
  const run = (name: CodecFile) =>
    execFileSync(process.execPath, ['--input-type=module', '-e', load, written(name, codecBytes(name))], {
      encoding: 'utf8',
    });
  const decoder = /^(mpg123-decoder|opus-decoder|@wasm-audio-decoders\/ogg-vorbis)$/gm;
  expect(run('mono.mp3').split('loaded')[0]).not.toMatch(/audio-codecs|decoder/);
  expect(run('mono.mp3').match(decoder)).toEqual(['mpg123-decoder']);
  expect(run('stereo.opus').match(decoder)).toEqual(['opus-decoder']);
  expect(run('stereo.ogg').match(decoder)).toEqual(['@wasm-audio-decoders/ogg-vorbis']);
});

/** The sound of a file again and again, for so many seconds. */
function lengthened(name: CodecFile, seconds: number): Buffer {
  const { sampleRate, frames } = ffmpegSays[name];
  if (formatOf(name) === 'mp3') {
    return Buffer.concat(Array(Math.ceil((seconds * sampleRate) / frames)).fill(codecBytes(name)));
  }
  const pages = pagesOf(codecBytes(name));
  const sound = pages.slice(2);
  const granule = (page: Uint8Array) => new DataView(page.buffer).getBigInt64(6, true);
  const long = pages.slice(0, 2);
  for (let at = 0; at < seconds * sampleRate; at += frames) {
    for (const page of sound) {
      long.push(changedPage(page, { flags: 0, granule: granule(page) + BigInt(at), sequence: long.length }));
    }
  }
  return Buffer.concat(long);
}

// Of MP3, the one whose frames are smallest: 216 bytes.
test.each(['stereo.ogg', 'stereo.opus', 'bare.mp3'] as const)(
  'readAudioWindows() reads 20 minutes of %s within 64 MiB',
  async (name) => {
    const path = written(name, lengthened(name, 1200));
    const { result, mib } = await peakOf(`
    let [windows, loud] = [0, 0];
    for await (const { samples } of api.readAudioWindows(${JSON.stringify(path)}, { window: 5, lenient: true, reuse: true })) {
      windows++;
      if (samples.some((value) => Math.abs(value) > 0.1)) loud++;
    }
    return { windows, loud };`);
    expect(result.windows).toBeGreaterThan(230);
    expect(result.loud).toBe(result.windows);
    expect(mib).toBeLessThan(64);
  },
);
