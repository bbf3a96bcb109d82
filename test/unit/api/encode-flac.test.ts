/** encodeFlac(): what it writes is read back by libFLAC itself and by our decoder. */

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type EncodeFlacOptions, encodeFlac, type FlacAudio } from '../../../src/api/encode-flac.ts';
import { decodeAudio } from '../../../src/api/read-audio.ts';
import { bytesSource } from '../../../src/bytes.ts';
import { BowerbirdError } from '../../../src/errors.ts';
import { openAudio } from '../../../src/formats/open-audio.ts';
import { importOptional } from '../../../src/optional.ts';
import { openLocal } from '../../../src/storage/local/local.ts';
import { decodeByLibFlac } from '../../support/flac-oracle.mjs';
import { scratch } from '../jobs/folder.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const api = await importOptional('flac-bindings/api').catch(() => undefined);

const inMemory = (bytes: Uint8Array) => bytesSource(bytes, 'memory');

/** The first block: the recordings here are short. */
async function first(flac: Uint8Array): Promise<Float32Array> {
  const reader = await openAudio(inMemory(flac));
  for await (const { samples } of reader.blocks({ verify: true })) return samples.slice();
  return new Float32Array();
}

/** A saw through the whole range, both ends included. */
function saw(length: number, bits: number): Int32Array {
  const top = 2 ** (bits - 1);
  return Int32Array.from({ length }, (_, i) =>
    i % 2 === 0 ? top - 1 - ((i * 7919) % top) : -top + ((i * 104729) % top),
  );
}

describe.skipIf(api === undefined)('encodeFlac() (needs flac-bindings)', () => {
  const depths = Array.from({ length: 29 }, (_, i) => [i + 4, 1 + (i % 8)] as const);

  test.each(depths)('keeps %d-bit integers of %d channels', async (bits, channels) => {
    const samples = saw(500 * channels, bits);
    const flac = await encodeFlac({ samples, sampleRate: 48000, channels, integerBits: bits });
    expect(decodeByLibFlac(api, flac, undefined)).toEqual(samples);
    const { info } = await openAudio(inMemory(flac));
    expect(info).toMatchObject({ sampleRate: 48000, channels, bitsPerSample: bits, frames: 500 });
    expect(info.md5).toMatch(/^[0-9a-f]{32}$/);
    expect(await first(flac)).toEqual(Float32Array.from(samples, (x) => x / 2 ** (bits - 1)));
  });

  test('rounds floats to nearest, ties to even, clips them, and makes silence of NaN', async () => {
    const step = 2 ** -15;
    const given = [0, 0.5, 1.5, 2.5, -0.5, -1.5, 0.49, 32766.5, 32767.5, 40000, -32768, -40000].map((x) => x * step);
    const samples = Float32Array.of(...given, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    const flac = await encodeFlac({ samples, sampleRate: 8000, channels: 1 });
    const expected = [0, 0, 2, 2, 0, -2, 0, 32766, 32767, 32767, -32768, -32768, 0, 32767, -32768];
    expect([...decodeByLibFlac(api, flac, undefined)]).toEqual(expected);
  });

  test.each([
    [undefined, 16],
    [0, 16],
    [8, 16],
    [16, 16],
    [20, 24],
    [64, 24],
  ])('gives floats of %s bits %d in the file', async (bitsPerSample, bits) => {
    const flac = await encodeFlac({ samples: new Float32Array(10), sampleRate: 8000, channels: 1, bitsPerSample });
    expect((await openAudio(inMemory(flac))).info.bitsPerSample).toBe(bits);
  });

  test('moves integers of fewer bits up, and puts planar channels in order', async () => {
    const audio: FlacAudio = { samples: Int16Array.of(1, 2, 3, -2048, 2047, 0), sampleRate: 8000, channels: 2 };
    const flac = await encodeFlac({ ...audio, layout: 'planar', integerBits: 12 }, { bits: 16 });
    expect([...decodeByLibFlac(api, flac, undefined)]).toEqual([16, -32768, 32, 32752, 48, 0]);
    const long = saw(100_000, 16);
    const planar = Int32Array.from(long, (_, i) => long[(i % 50_000) * 2 + Math.floor(i / 50_000)]!);
    const made = await encodeFlac({ ...audio, samples: planar, layout: 'planar', integerBits: 16 });
    expect(decodeByLibFlac(api, made, undefined)).toEqual(long);
  });

  test('gives back what readAudio() gave, whatever the type and layout', async () => {
    const options = { bits: 20, tags: { ARTIST: 'x' } };
    const flac = await encodeFlac({ samples: saw(3000, 20), sampleRate: 96000, channels: 3, integerBits: 20 }, options);
    const wanted = await decodeAudio(flac, { dtype: 'int32' });
    for (const dtype of ['float32', 'int32'] as const) {
      for (const layout of ['interleaved', 'planar'] as const) {
        const again = await encodeFlac(await decodeAudio(flac, { dtype, layout }), { bits: 20 });
        expect((await decodeAudio(again, { dtype: 'int32', verify: true })).samples).toEqual(wanted.samples);
      }
    }
  });

  test('encodes blocks as it does the whole, whatever yields them', async () => {
    const samples = new Int16Array(saw(30_000, 16));
    const audio = { sampleRate: 44100, channels: 2 };
    const whole = await encodeFlac({ ...audio, samples });
    async function* pieces(size: number) {
      for (let at = 0; at < samples.length; at += size) yield samples.subarray(at, at + size);
    }
    expect(await encodeFlac({ ...audio, samples: pieces(2) })).toEqual(whole);
    expect(await encodeFlac({ ...audio, samples: pieces(4098) })).toEqual(whole);
    expect(await encodeFlac({ ...audio, samples: [samples.subarray(0, 0), samples] })).toEqual(whole);
  });

  test('encodes no samples at all', async () => {
    const flac = await encodeFlac({ samples: new Float32Array(), sampleRate: 8000, channels: 1 });
    expect(decodeByLibFlac(api, flac, undefined).length).toBe(0);
  });

  test('takes the settings it is given', async () => {
    const audio: FlacAudio = { samples: new Int16Array(saw(9000, 16)), sampleRate: 44100, channels: 1 };
    const tags = { ARTIST: 'Song Meter', COMMENT: ['one', 'zwölf = 12'] };
    const flac = await encodeFlac(audio, { blockSize: 777, compression: 8, tags, verify: true });
    const { info } = await openAudio(inMemory(flac));
    expect(info).toMatchObject({ blockSize: [777, 777] });
    expect(info.tags.info).toEqual({ ARTIST: 'Song Meter', COMMENT: 'one\nzwölf = 12' });
    const tones = Float32Array.from({ length: 50_000 }, (_, i) => Math.sin(i / 9) * Math.sin(i / 4000));
    const size = async (compression: number) =>
      (await encodeFlac({ samples: tones, sampleRate: 44100, channels: 1 }, { compression })).length;
    expect(await size(8)).toBeLessThan(await size(0));
  });

  const audio: FlacAudio = { samples: Float32Array.of(0.25, -0.25), sampleRate: 8000, channels: 1 };

  test('writes a file whole, and not over another unless it is told to', async () => {
    const folder = scratch();
    const path = join(folder, 'new/x.flac');
    const written = await encodeFlac(path, audio);
    expect(written).toEqual({ frames: 2, bytes: readFileSync(path).length });
    expect(new Uint8Array(readFileSync(path))).toEqual(await encodeFlac(audio));
    await expect(encodeFlac(path, audio)).rejects.toMatchObject({ code: 'EXISTS' });
    await encodeFlac(path, { ...audio, sampleRate: 16000 }, { overwrite: true });
    const source = await openLocal(path);
    expect((await openAudio(source)).info.sampleRate).toBe(16000);
    await source.close();
  });

  test('leaves nothing behind when it fails or is stopped', async () => {
    const folder = scratch();
    const path = join(folder, 'x.flac');
    async function* broken() {
      yield new Float32Array(100_000);
      throw new Error('the microphone fell');
    }
    await expect(encodeFlac(path, { ...audio, samples: broken() })).rejects.toThrow('the microphone fell');
    const stop = new AbortController();
    async function* stopped() {
      yield new Float32Array(100_000);
      stop.abort(new BowerbirdError('INTERRUPTED', 'Stopped by a test'));
      yield new Float32Array(100_000);
    }
    const stopping = encodeFlac(path, { ...audio, samples: stopped() }, { signal: stop.signal });
    await expect(stopping).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('says what the system said when the file cannot be written', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'file'), '');
    await expect(encodeFlac(join(folder, 'file/x.flac'), audio)).rejects.toMatchObject({ code: 'IO' });
    if (!existsSync('/dev/full')) return;
    // A sink that fails in the middle of a call of libFLAC.
    const noise = Float32Array.from({ length: 50_000 }, (_, i) => Math.sin(i * i));
    const { encodeFlacBlocks } = await import('../../../src/formats/flac/encode.ts');
    const full = encodeFlacBlocks(
      [noise],
      {
        sampleRate: 8000,
        channels: 1,
        bits: 16,
        integerBits: 0,
        compression: 5,
        blockSize: 0,
        verify: false,
        tags: [],
      },
      () => {
        throw new BowerbirdError('IO', 'Cannot write "x": no space left on device');
      },
    );
    await expect(full).rejects.toMatchObject({ code: 'IO', message: 'Cannot write "x": no space left on device' });
  });

  test.each<[string, Partial<Record<keyof FlacAudio, unknown>>, EncodeFlacOptions | object, RegExp]>([
    ['no channels', { channels: 0 }, {}, /channels is 0, expected a whole number, 1 to 8/],
    ['nine channels', { channels: 9 }, {}, /channels is 9/],
    [
      'a rate of a fraction',
      { sampleRate: 44100.5 },
      {},
      /sampleRate is 44100.5, expected a whole number, 1 to 655350/,
    ],
    ['doubles', { samples: new Float64Array(2) }, {}, /expected samples as Float32Array, Int16Array or Int32Array/],
    ['blocks of something else', { samples: [[1, 2]] }, {}, /a block is no Float32Array/],
    ['a part of a frame', { channels: 2, samples: new Int16Array(3) }, {}, /3 samples is no whole number of 2-channel/],
    ['33 bits', {}, { bits: 33 }, /Cannot use 33 for option "bits"/],
    [
      'an integer too large',
      { samples: Int32Array.of(0, 32768), integerBits: 16 },
      {},
      /sample 1 is 32768, which does not fit 16 bits/,
    ],
    [
      'integers of more bits than the file',
      { samples: Int16Array.of(1) },
      { bits: 12 },
      /of 12 bits from integers of 16/,
    ],
    ['planar blocks', { samples: [Int16Array.of(1, 2)], layout: 'planar', channels: 2 }, {}, /planar blocks/],
    ['a tag with a name that is none', {}, { tags: { 'A=B': 'x' } }, /tag "A=B": expected printable ASCII/],
    ['a tag with a NUL', {}, { tags: { A: 'x\0y' } }, /tag "A": its text holds a NUL/],
    ['an unknown option', {}, { level: 3 }, /Cannot use option "level"/],
  ])('refuses %s', async (_, change, options, message) => {
    const attempt = encodeFlac({ ...audio, ...change } as FlacAudio, options as EncodeFlacOptions);
    await expect(attempt).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
  });
});

test('encodeFlac() says how to get flac-bindings when it is not there', async () => {
  const folder = scratch();
  mkdirSync(join(folder, 'package'));
  for (const part of ['dist', 'package.json'])
    cpSync(join(root, part), join(folder, 'package', part), { recursive: true });
  const code = `import('${join(folder, 'package/dist/api/encode-flac.js')}')
    .then(({ encodeFlac }) => encodeFlac({ samples: new Float32Array(8), sampleRate: 8000, channels: 1 }))
    .catch((e) => console.log(JSON.stringify(e)))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', code]);
  const { message, code: said } = JSON.parse(stdout);
  expect(said).toBe('NATIVE');
  expect(message).toMatch(/^Cannot encode FLAC: the optional package flac-bindings, .* is not installed\./);
  expect(message).toContain('npm install flac-bindings@4');
});
