/** readAudio({ workers }): several threads give what one gives, or leave it to one. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { probeAudio, readAudio } from '../../../src/api/read-audio.ts';
import { BowerbirdError } from '../../../src/errors.ts';
import type { SampleType } from '../../../src/formats/audio/audio.ts';
import { readFlacInfo } from '../../../src/formats/flac/flac.ts';
import { cutFlac } from '../../../src/formats/flac/parts.ts';
import { readInParts } from '../../../src/jobs/decode/read-in-parts.ts';
import type { RunUnits } from '../../../src/jobs/engine/job.ts';
import { runUnitsIn as runUnitsInThreads } from '../../../src/runners/local.ts';
import { openLocal } from '../../../src/storage/local/local.ts';
import { hasShared, sharedBytes, sharedFiles, sharedPath } from '../../shared-data.ts';
import { constantFrame, flacOf, noiseFrames, verbatimFrame } from '../../support/flac-files.ts';
import { objectServer } from '../../support/object-server.ts';
import { scratch } from '../jobs/folder.ts';

const dtypes = ['float32', 'int32', 'int16'] as const;

/** With parts of so few bytes that small files are cut too. */
async function inParts(
  path: string,
  options: { dtype?: SampleType; planar?: boolean; from?: number; to?: number; verify?: boolean } = {},
  runUnitsIn: (workers: number) => RunUnits = runUnitsInThreads,
) {
  const source = await openLocal(path);
  try {
    const info = await readFlacInfo(source);
    const how = { dtype: 'float32' as SampleType, planar: false, workers: 2, leastBytes: 250, runUnitsIn, ...options };
    return await readInParts(source, { uri: path, version: undefined }, info, how);
  } finally {
    await source.close();
  }
}

function same(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
}

function written(content: Uint8Array): string {
  const path = join(scratch(), 'x.flac');
  writeFileSync(path, content);
  return path;
}

describe.skipIf(!hasShared)('on recordings by other writers (needs ../shared)', () => {
  const files = [...sharedFiles('flac/'), ...sharedFiles('bird-audio/')].filter(({ name }) => name.endsWith('.flac'));
  const isFaulty = (name: string) => name.includes('-fuzz/');

  test('readInParts() gives what one thread gives of every file, as any type, planar and in ranges', async () => {
    let cut = 0;
    const left: string[] = [];
    for (const [i, { name, facts }] of files.entries()) {
      if (isFaulty(name)) continue;
      const path = sharedPath(name);
      const dtype = facts.streaminfo.bitsPerSample > 16 ? dtypes[i % 2]! : dtypes[i % 3]!;
      const planar = i % 2 === 0;
      const layout = planar ? 'planar' : 'interleaved';
      const one = await readAudio(path, { dtype, layout });
      const seconds = one.frames / one.sampleRate;
      for (const range of [{}, { from: seconds * 0.21, to: seconds * 0.87 }, { from: seconds * 0.4 }]) {
        const alone = await readAudio(path, { dtype, layout, ...range });
        const parts = await inParts(path, { dtype, planar, ...range });
        if (parts === undefined) {
          left.push(name);
          continue;
        }
        cut += 1;
        expect(parts.frames, name).toBe(alone.frames);
        expect(same(parts.samples, alone.samples), name).toBe(true);
        const { notes } = await probeAudio(path);
        expect([...notes, ...parts.notes.map(({ text }) => text)], name).toEqual(alone.notes);
      }
    }
    expect(cut).toBeGreaterThan(100);
    // One frame in all, numbers that do not count on from 0, or constant silence.
    expect(new Set(left).size, [...new Set(left)].join('\n')).toBeLessThan(12);
  });

  test('readInParts() finds the MD5 of every file that several threads can hash', async () => {
    let hashed = 0;
    for (const { name, facts } of files) {
      if (isFaulty(name)) continue;
      const { bitsPerSample, md5 } = facts.streaminfo;
      if (![16, 24].includes(bitsPerSample) || /^0*$/.test(md5)) continue;
      const audio = await inParts(sharedPath(name), { dtype: 'float32', verify: true });
      if (audio !== undefined) hashed += 1;
      const unverified = await inParts(sharedPath(name), { dtype: 'float32' });
      expect(audio?.frames, name).toBe(unverified?.frames);
    }
    expect(hashed).toBeGreaterThan(5);
  });

  test('readInParts() leaves what a fuzzer made to one thread, unless it is whole', async () => {
    for (const { name } of files.filter((file) => isFaulty(file.name))) {
      const path = sharedPath(name);
      const alone = await readAudio(path, { dtype: 'int32' }).catch((error) => error.code as string);
      const parts = await inParts(path, { dtype: 'int32' }).catch((error) => error.code as string);
      if (typeof alone === 'string') expect([undefined, alone], name).toContain(parts);
      else if (parts !== undefined && typeof parts !== 'string') expect(same(parts.samples, alone.samples)).toBe(true);
    }
  });

  test('readInParts() gives what one thread gives when the header says no total, and leaves strays without one to it', async () => {
    const content = sharedBytes('bird-audio/birdnet/soundscape.flac').slice();
    const { frames, samples } = await readAudio(written(content), { dtype: 'int16' });
    // The low 36 bits of the eight bytes from 18 on.
    content[21]! &= 0xf0;
    content.fill(0, 22, 26);
    const whole = await inParts(written(content), { dtype: 'int16' });
    expect(whole?.frames).toBe(frames);
    expect(same(whole!.samples, samples)).toBe(true);
    const stray = written(new Uint8Array([...content, 0]));
    expect(await inParts(stray, { dtype: 'int16' })).toBeUndefined();
    const alone = await readAudio(stray, { dtype: 'int16' });
    expect([alone.frames, alone.notes.at(-1)]).toEqual([frames, expect.stringMatching(/^Bytes follow the last frame/)]);
  });
});

function startsOf(frames: readonly Uint8Array[]): number[] {
  let at = 0;
  return frames.map(({ length }) => {
    at += length;
    return at - length;
  });
}

describe('readAudio({ workers })', () => {
  const frames = noiseFrames(1200);
  const content = flacOf({ frames: frames.length }, frames);
  /** Byte 14 on of each frame is sound; headers have 6 to 8 bytes. */
  const values = (frame: number) => {
    const sound = Buffer.from(frames[frame]!.subarray(-8194, -2));
    return Int16Array.from({ length: 4096 }, (_, i) => sound.readInt16BE(2 * i));
  };
  const expected = new Int16Array(frames.length * 4096);
  for (let i = 0; i < frames.length; i++) expected.set(values(i), i * 4096);

  test('gives the samples in shared memory', async () => {
    const audio = await readAudio(written(content), { workers: 2, dtype: 'int16' });
    expect(audio.samples.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(same(audio.samples, expected)).toBe(true);
    expect(audio).toMatchObject({ frames: expected.length, gaps: [], channels: 1, sampleRate: 48000 });
    const some = await readAudio(written(content), { workers: 3, from: 3, to: 100, dtype: 'int16' });
    expect(some.samples.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(same(some.samples, expected.subarray(3 * 48000, 100 * 48000))).toBe(true);
  });

  test('gives those of an object too, all of one version, in few requests', async () => {
    const server = await objectServer();
    try {
      server.objects.set('bucket/x.flac', Buffer.from(content));
      const url = `${server.url}/bucket/x.flac`;
      const audio = await readAudio(url, { workers: 2, dtype: 'int16' });
      expect(audio.samples.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(same(audio.samples, expected)).toBe(true);
      expect(server.seen.length).toBeLessThan(40);
      // Replaced when half of it is read: no samples of two recordings.
      const later = flacOf({ frames: frames.length }, noiseFrames(frames.length, 99));
      let ranges = 0;
      server.fault = ({ method }) => {
        if (method === 'GET') ranges += 1;
        if (ranges === 12) server.objects.set('bucket/x.flac', Buffer.from(later));
        return false;
      };
      await expect(readAudio(url, { workers: 2, dtype: 'int16' })).rejects.toMatchObject({ code: 'IO' });
    } finally {
      await server.close();
    }
  });

  test('leaves to one thread what is short, shaped, or no file', async () => {
    const path = written(content);
    for (const options of [
      { from: 1, to: 2 },
      { sampleRate: 24000, to: 60 },
    ]) {
      const audio = await readAudio(path, { workers: 2, ...options });
      expect(audio.samples.buffer, JSON.stringify(options)).toBeInstanceOf(ArrayBuffer);
    }
    const source = await openLocal(path);
    expect((await readAudio(source, { workers: 2 })).samples.buffer).toBeInstanceOf(ArrayBuffer);
    await source.close();
    await expect(readAudio(path, { workers: 0 })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('checks the MD5 as one thread does, when asked', async () => {
    const signed = content.slice();
    const md5 = createHash('md5').update(expected).digest();
    signed.set(md5, 26);
    for (const dtype of ['int16', 'float32', 'int32'] as const) {
      const audio = await readAudio(written(signed), { workers: 2, verify: true, dtype });
      // Right-justified in 32 bits they are not the bytes that the MD5 is of.
      expect(audio.samples.buffer).toBeInstanceOf(dtype === 'int32' ? ArrayBuffer : SharedArrayBuffer);
      expect(audio.frames).toBe(expected.length);
    }
    signed[26]! ^= 1;
    for (const dtype of ['int16', 'float32'] as const) {
      await expect(readAudio(written(signed), { workers: 2, verify: true, dtype })).rejects.toMatchObject({
        code: 'CORRUPT',
        message: expect.stringContaining(md5.toString('hex')),
      });
    }
  });

  const damages = [
    ['a flipped bit in a frame', (bytes: Uint8Array) => (bytes[7_000_000]! ^= 1)],
    ['a flipped bit in the first frame', (bytes: Uint8Array) => (bytes[100]! ^= 1)],
    ['zeros in the place of three frames', (bytes: Uint8Array) => bytes.fill(0, 5_000_000, 5_020_000)],
  ] as const;
  test.each(damages)(
    'fails on %s as one thread does, and puts the same silence there when lenient',
    async (_, damage) => {
      const bad = content.slice();
      damage(bad);
      const path = written(bad);
      const errorOf = (workers: number) =>
        readAudio(path, { workers }).catch(({ code, message, record, offset, seconds }) => ({
          code,
          message,
          record,
          offset,
          seconds,
        }));
      const alone = await errorOf(1);
      expect(alone).toMatchObject({ code: 'CORRUPT', record: expect.any(Number), seconds: expect.any(Number) });
      expect(await errorOf(2)).toEqual(alone);
      const lenient = { lenient: true, dtype: 'int16' } as const;
      const [one, two] = [await readAudio(path, lenient), await readAudio(path, { ...lenient, workers: 2 })];
      expect(one.gaps.length).toBe(1);
      expect(two.gaps).toEqual(one.gaps);
      expect(same(one.samples, two.samples)).toBe(true);
    },
  );

  test.each<[string, Error, boolean]>([
    ['a verdict on the file', new BowerbirdError('TRUNCATED', 'Cannot decode "x"'), true],
    ['a file that changed', new BowerbirdError('IO', 'Cannot decode "x": it changed'), false],
    ['a bug', new TypeError('undefined is not a function'), false],
  ])('leaves to one thread what it may do better, and tells all else: %s', async (_, error, isForOne) => {
    const runUnits: RunUnits = async function* (_module, units) {
      for (const unit of units) yield { unit, error };
    };
    const ended = inParts(written(content), {}, () => runUnits);
    if (isForOne) expect(await ended).toBeUndefined();
    else await expect(ended).rejects.toBe(error);
  });

  test('fails on a file that was cut as one thread does', async () => {
    const path = written(content.slice(0, 9_000_000));
    const record = startsOf(frames).findLastIndex((start) => start + 42 < 9_000_000);
    const error = { code: 'TRUNCATED', record, seconds: (record * 4096) / 48000 };
    await expect(readAudio(path, { workers: 2 })).rejects.toMatchObject(error);
  });

  test('is not fooled by whole frames inside of others, where it would cut', async () => {
    // Sound that is, byte by byte, frames of FLAC: the numbers are those of the frame that follows.
    const trap = frames.slice(0, 37).map((_, number) => {
      const inner = constantFrame(number + 1, [1234]);
      const sound = Buffer.alloc(8192);
      // Not in the first two, which tell how frames are numbered.
      for (let at = number < 2 ? 8192 : 0; at + inner.length <= sound.length; at += inner.length) sound.set(inner, at);
      return verbatimFrame(number, sound);
    });
    const path = written(flacOf({ frames: trap.length }, trap));
    const source = await openLocal(path);
    const info = await readFlacInfo(source);
    const parts = await cutFlac(source, info, { from: 0, to: undefined, threads: 3, leastBytes: 9000 });
    await source.close();
    const starts = new Set(startsOf(trap));
    // The trap closes: cuts are where no frame begins.
    expect(parts!.filter(({ place }) => !starts.has(place.offset)).length).toBeGreaterThan(3);
    expect(await inParts(path, { dtype: 'int16' })).toBeUndefined();
    const audio = await readAudio(path, { dtype: 'int16', workers: 2 });
    expect(audio.frames).toBe(37 * 4096);
    const third = Buffer.from(trap[2]!.subarray(-8194, -2));
    expect(audio.samples[2 * 4096 + 5]).toBe(third.readInt16BE(10));
  });

  test('rejects with the reason of its signal, before and while it runs', async () => {
    const path = written(content);
    const reason = new Error('enough');
    await expect(readAudio(path, { workers: 2, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 2);
    const ended = await readAudio(path, { workers: 2, signal: controller.signal }).catch((error) => error);
    if (ended instanceof Error) expect(ended).toBe(reason);
    else expect(ended.frames).toBe(expected.length);
  });

  test.each(dtypes)('fills an array of the caller with %s, with one thread and with two', async (dtype) => {
    const path = written(content);
    const fresh = await readAudio(path, { dtype });
    for (const [memory, workers] of [
      [new SharedArrayBuffer(fresh.samples.byteLength + 64), 2],
      [new ArrayBuffer(fresh.samples.byteLength + 64), 2],
      [new ArrayBuffer(fresh.samples.byteLength + 64), 1],
    ] as const) {
      const whole = new (fresh.samples.constructor as Int16ArrayConstructor)(memory).fill(7);
      const into = whole.subarray(1) as typeof fresh.samples;
      const { samples, frames } = await readAudio(path, { dtype, into, workers });
      expect([samples.buffer, samples.byteOffset, samples.length]).toEqual([
        memory,
        into.byteOffset,
        fresh.samples.length,
      ]);
      expect(frames).toBe(fresh.frames);
      expect(same(samples, fresh.samples)).toBe(true);
      expect([whole[0], whole[fresh.samples.length + 1]]).toEqual([7, 7]);
    }
  });

  test('reads several files at a time', async () => {
    const path = written(content);
    const all = await Promise.all([1, 2, 3].map(() => readAudio(path, { workers: 2, dtype: 'int16' })));
    for (const { samples } of all) expect(same(samples, expected)).toBe(true);
  });

  test('lets the process end when nothing else is left to do', async () => {
    const code = `import { readAudio } from ${JSON.stringify(new URL('../../../dist/index.js', import.meta.url).href)};
      const { frames } = await readAudio(${JSON.stringify(written(content))}, { workers: 2 });
      console.log(frames);
      const end = setTimeout(() => { console.log('late'); process.exit(1); }, 4000);
      end.unref();
      process.on('exit', () => console.log('ended'));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
    expect(stdout).toBe(`${expected.length}\nended\n`);
  });
});
