/** decode(): recordings by others against what other decoders make of them, and what a user sees when something is wrong. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/api/decode.ts';
import { verify } from '../../../src/api/verify.ts';
import { readWavInfo } from '../../../src/formats/wav/wav.ts';
import { hasShared, sharedBytes, sharedFiles, sharedPath } from '../../shared-data.ts';
import { writeInputs } from '../../support/extracting.ts';
import { constantFrame, flacOf } from '../../support/flac-files.ts';
import { bytes, chunk, fmt, memory, riff, u16, u32 } from '../formats/wav-files.ts';
import { scratch, tree } from '../jobs/folder.ts';

// biome-ignore lint/suspicious/noExplicitAny: facts of expected.json
type Facts = any;

const sampleBytes = { uint8: 1, int16: 2, int24: 3, int32: 4, float32: 4 } as const;

/** The samples of a WAV file, by its header read without the code under test: canonical, extensible or with room for RF64. */
function dataOf(path: string): Buffer {
  const file = readFileSync(path);
  let at = 12;
  while (file.toString('latin1', at, at + 4) !== 'data')
    at += 8 + file.readUInt32LE(at + 4) + (file.readUInt32LE(at + 4) % 2);
  return file.subarray(at + 8, at + 8 + file.readUInt32LE(at + 4));
}

/** As integers of 32 bits, left-justified. Those of 8 bits are unsigned in WAV. */
function int32Of(data: Buffer, width: number): Int32Array {
  if (width === 1) return Int32Array.from(data, (value) => (value - 128) * 2 ** 24);
  return Int32Array.from(
    { length: data.length / width },
    (_, i) => data.readIntLE(i * width, width) * 2 ** (32 - 8 * width),
  );
}

function md5Of(data: ArrayBufferView): string {
  return createHash('md5')
    .update(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
}

/** RFC 9639, section 8.2: little-endian, signed, right-justified in whole bytes. */
function flacMd5(samples: Int32Array, bits: number): string {
  const width = Math.ceil(bits / 8);
  const out = Buffer.alloc(samples.length * width);
  for (const [i, sample] of samples.entries()) out.writeIntLE(sample >> (32 - bits), i * width, width);
  return createHash('md5').update(out).digest('hex');
}

describe.skipIf(!hasShared)('on files by others (needs ../shared)', () => {
  const flac = [...sharedFiles('flac/'), ...sharedFiles('bird-audio/')].filter(
    ({ name }) => name.endsWith('.flac') && !name.startsWith('flac/claxon-fuzz/'),
  );
  const wav = [...sharedFiles('wav/'), ...sharedFiles('bird-audio/')].filter(
    ({ name, facts }) =>
      name.endsWith('.wav') && (facts as Facts).libsndfile?.frames !== undefined && !name.includes('imaadpcm'),
  );

  test('decode() gives the samples of every FLAC file that libFLAC and FFmpeg give', async () => {
    const out = join(scratch(), 'wav');
    const report = await decode({ inputs: flac.map(({ name }) => sharedPath(name)), out, workers: 2 });
    expect(report).toMatchObject({ inputs: flac.length, complete: true, gaps: 0 });
    for (const { name, facts } of flac) {
      const { streaminfo, ffmpeg } = facts as Facts;
      const file = report.files.find(({ input }) => input === sharedPath(name))!;
      const width = sampleBytes[file.type as 'int16'];
      expect(8 * width, name).toBe(8 * Math.ceil(streaminfo.bitsPerSample / 8));
      const samples = int32Of(dataOf(join(out, file.output.name)), width);
      const hasMd5 = /[1-9a-f]/.test(streaminfo.md5);
      expect(flacMd5(samples, streaminfo.bitsPerSample), name).toBe(hasMd5 ? streaminfo.md5 : ffmpeg.md5AsFlacPcm);
      expect(samples.length, name).toBe(file.frames * file.channels);
    }
  });

  test('decode() gives the samples of every WAV file that libsndfile gives', async () => {
    const folder = scratch();
    for (const { name, facts } of wav) {
      const { libsndfile } = facts as Facts;
      const out = join(folder, name.replaceAll('/', '_'));
      const { files } = await decode({ inputs: [sharedPath(name)], out, workers: 1 });
      const { type, frames, sampleRate, channels } = files[0]!;
      expect({ frames, sampleRate, channels }, name).toEqual({
        frames: libsndfile.frames,
        sampleRate: libsndfile.sampleRate,
        channels: libsndfile.channels,
      });
      const data = dataOf(out);
      if (type === 'float32') {
        const first = libsndfile.firstFrames.flat().map(Math.fround);
        expect(
          first.map((_: number, i: number) => data.readFloatLE(4 * i)),
          name,
        ).toEqual(first);
      } else if (name.includes('24bit-4byte')) {
        // libsndfile takes three of every four bytes; these are the values that SciPy reads, left-justified.
        const values = (facts as Facts).scipy.firstValues.map((value: number) => value << 8);
        expect([...int32Of(data, sampleBytes[type as 'int16'])], name).toEqual(values);
      } else if (libsndfile.md5OfInt32LE !== undefined && !name.includes('64bit') && !name.includes('45bit')) {
        expect(md5Of(int32Of(data, sampleBytes[type as 'int16'])), name).toBe(libsndfile.md5OfInt32LE);
      }
    }
  });

  test('decode() cuts ranges that are those of the whole, also at another rate', async () => {
    const folder = scratch();
    const source = sharedPath('bird-audio/perch/21100_36_48.flac');
    const made = async (options: object): Promise<Buffer> => {
      const out = join(folder, 'x.wav');
      await decode({ inputs: [source], out, overwrite: true, workers: 1, ...options });
      return dataOf(out);
    };
    const whole = await made({});
    const part = await made({ from: 1.5, to: 2.25 });
    expect(part.equals(whole.subarray(3 * 24_000, 3 * 36_000))).toBe(true);
    const slow = await made({ sampleRate: 8000 });
    expect(slow.length).toBe(3 * 80_000);
    const slowPart = await made({ sampleRate: 8000, from: 1.5, to: 2.25 });
    expect(slowPart.equals(slow.subarray(3 * 12_000, 3 * 18_000))).toBe(true);
    const toEnd = await made({ from: 9.5 });
    expect(toEnd.equals(whole.subarray(3 * 152_000))).toBe(true);
  });

  test('decode() keeps what an AudioMoth wrote', async () => {
    const out = join(scratch(), 'x.wav');
    await decode({ inputs: [sharedPath('bird-audio/opensoundscape/audiomoth_gps.wav')], out });
    const { tags } = await readWavInfo(memory(readFileSync(out)));
    expect(tags.audiomoth).toMatchObject({ deviceId: '243B1F026488F56E' });
    expect(tags.info!['IART']).toBe('AudioMoth 243B1F026488F56E');
  });
});

const ramp = (frames: number) => Array.from({ length: frames }, (_, i) => [i, -i]);
const stereo = riff(
  fmt({ channels: 2, rate: 100 }),
  chunk(
    'data',
    ramp(1000)
      .flat()
      .flatMap((v) => u16(v & 0xffff)),
  ),
);

function folderOf(files: { readonly [name: string]: Uint8Array }): string {
  const folder = scratch();
  writeInputs(folder, files);
  return folder;
}

async function samplesOf(content: Uint8Array, options: object = {}): Promise<{ data: Buffer; folder: string }> {
  const folder = folderOf({ in: content });
  await decode({ inputs: [join(folder, 'in')], out: join(folder, 'out.wav'), workers: 1, ...options });
  return { data: dataOf(join(folder, 'out.wav')), folder };
}

/** 48 kHz, 16 bits, ten frames of 4096 samples, of which frame n has the value n + 1. */
const frames = Array.from({ length: 10 }, (_, n) => constantFrame(n, [n + 1]));
const steps = flacOf({ frames: 10 }, frames);
const frameAt = (n: number) => 42 + frames.slice(0, n).reduce((sum, { length }) => sum + length, 0);
const broken = (n: number) => {
  const copy = steps.slice();
  copy[frameAt(n) + 8]! ^= 1;
  return copy;
};

describe('decode() shapes', () => {
  test('takes one channel, or the mean of all', async () => {
    const { data: right } = await samplesOf(stereo, { channel: 1 });
    expect(Array.from({ length: 1000 }, (_, i) => right.readInt16LE(2 * i))).toEqual(
      ramp(1000).map(([, r]) => (r === 0 ? 0 : r)),
    );
    const { data: mean } = await samplesOf(stereo, { mono: true });
    expect(mean.equals(Buffer.alloc(2000))).toBe(true);
  });

  test('refuses the mean of all together with one channel, before it looks for inputs', async () => {
    await expect(decode({ inputs: ['none.wav'], out: 'x.wav', mono: true, channel: 1 })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/"mono".*"channel"/),
    });
  });

  test('writes the bits asked for', async () => {
    for (const [bits, width] of [
      [16, 2],
      [24, 3],
      [32, 4],
    ] as const) {
      const { data } = await samplesOf(stereo, { bits });
      expect([...int32Of(data, width)].slice(0, 6)).toEqual([0, 0, 65536, -65536, 131072, -131072]);
    }
    const { data: floats } = await samplesOf(stereo, { bits: 'float' });
    expect([0, 1, 2, 3].map((i) => floats.readFloatLE(4 * i))).toEqual([0, 0, 1 / 32768, -1 / 32768]);
  });

  test('keeps every one of 32 bits', async () => {
    const values = [0, 1, -1, 2147483647, -2147483648, 123456789];
    const content = riff(
      fmt({ bits: 32 }),
      chunk(
        'data',
        values.flatMap((v) => u32(v >>> 0)),
      ),
    );
    const { data } = await samplesOf(content);
    expect([...int32Of(data, 4)]).toEqual(values);
  });

  test('refuses what the recording does not have, and names it', async () => {
    await expect(samplesOf(stereo, { channel: 2 })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/^Cannot decode channel 2 of ".*in": it has 2, counted from 0$/),
    });
    await expect(samplesOf(stereo, { from: 11 })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/from 11 s on: it ends at 10 s$/),
    });
    await expect(samplesOf(stereo, { from: 2, to: 2 })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test.each([
    ['does not say', 0],
    ['says fewer', 3],
  ])('writes a true header when the recording %s how long it is', async (_, claimed) => {
    const content = flacOf({ frames: claimed }, frames);
    const { data, folder } = await samplesOf(content);
    expect(data.length).toBe(2 * 10 * 4096);
    const file = readFileSync(join(folder, 'out.wav'));
    expect(file.readUInt32LE(4)).toBe(file.length - 8);
    const { files } = await verify({ inputs: [join(folder, 'out.wav')] });
    expect(files[0]).toMatchObject({ ok: true, frames: 40_960, notes: [] });
  });

  test('reports the checksum of the file it wrote', async () => {
    for (const content of [stereo, flacOf({ frames: 0 }, frames)]) {
      const folder = folderOf({ in: content });
      const { files } = await decode({ inputs: [join(folder, 'in')], out: join(folder, 'o.wav') });
      const file = readFileSync(join(folder, 'o.wav'));
      expect(files[0]!.output).toEqual({ name: 'o.wav', bytes: file.length, crc32c: crc32c(file) });
    }
  });
});

/** Bit by bit (RFC 3720). */
function crc32c(data: Uint8Array): string {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}

describe('decode() and damage', () => {
  test('fails, says where, and leaves nothing behind', async () => {
    const folder = folderOf({ 'in.flac': broken(4) });
    const before = tree(folder);
    await expect(decode({ inputs: [join(folder, 'in.flac')], out: join(folder, 'o.wav') })).rejects.toMatchObject({
      code: 'CORRUPT',
      source: join(folder, 'in.flac'),
      record: 4,
      offset: frameAt(4),
      seconds: (4 * 4096) / 48_000,
    });
    expect(tree(folder)).toEqual(before);
  });

  test('puts silence of the right length in its place when lenient, and reports it', async () => {
    const folder = folderOf({ 'in.flac': broken(4) });
    const report = await decode({ inputs: [join(folder, 'in.flac')], out: join(folder, 'o.wav'), lenient: true });
    expect(report).toMatchObject({ gaps: 1, lostSeconds: 4096 / 48_000 });
    expect(report.files[0]!.damaged).toMatchObject([
      {
        fault: 'damaged-frames',
        offset: frameAt(4),
        length: frames[4]!.length,
        fromSeconds: (4 * 4096) / 48_000,
        toSeconds: (5 * 4096) / 48_000,
      },
    ]);
    const data = dataOf(join(folder, 'o.wav'));
    const blocks = Array.from({ length: 10 }, (_, n) => new Set(int32Of(data.subarray(8192 * n, 8192 * (n + 1)), 2)));
    expect(blocks.map((values) => [...values])).toEqual([1, 2, 3, 4, 0, 6, 7, 8, 9, 10].map((n) => [n * 65536]));
  });

  test('reads a range in front of the damage without meeting it', async () => {
    const { data } = await samplesOf(broken(4), { to: (4 * 4096) / 48_000 });
    expect(data.length).toBe(2 * 4 * 4096);
  });
});

describe('decode() to one file', () => {
  test('makes the folders, and does not replace a file unless told to', async () => {
    const folder = folderOf({ a: stereo, 'there.wav': bytes('mine') });
    const inputs = [join(folder, 'a')];
    await decode({ inputs, out: join(folder, 'deep/er/x.WAV') });
    expect(readdirSync(join(folder, 'deep/er'))).toEqual(['x.WAV']);
    await expect(decode({ inputs, out: join(folder, 'there.wav') })).rejects.toMatchObject({ code: 'EXISTS' });
    expect(readFileSync(join(folder, 'there.wav'), 'latin1')).toBe('mine');
    await decode({ inputs, out: join(folder, 'there.wav'), overwrite: true });
    expect(dataOf(join(folder, 'there.wav')).length).toBe(4000);
  });

  test('refuses several inputs, its own input, and parts', async () => {
    const folder = folderOf({ 'in/a.wav': stereo, 'in/b.wav': stereo });
    const [a, out] = [join(folder, 'in/a.wav'), join(folder, 'x.wav')];
    const refused = [
      { inputs: [join(folder, 'in')], out },
      { inputs: [a], out: a, overwrite: true },
      { inputs: [a], out, units: '0/2' },
    ];
    for (const options of refused) await expect(decode(options)).rejects.toMatchObject({ code: 'USAGE' });
    expect(dataOf(a).length).toBe(4000);
    expect(existsSync(out)).toBe(false);
  });

  test('plans without touching anything', async () => {
    const folder = folderOf({ a: bytes('nothing like sound') });
    const report = await decode({ inputs: [join(folder, 'a')], out: join(folder, 'x.wav'), dryRun: true });
    expect(report).toMatchObject({ dryRun: true, complete: false, files: [{ output: { name: 'x.wav', bytes: 0 } }] });
    expect(readdirSync(folder)).toEqual(['a']);
  });

  test('stops when told to, and leaves nothing behind', async () => {
    const folder = folderOf({ a: stereo });
    const stop = new AbortController();
    stop.abort();
    const run = decode({ inputs: [join(folder, 'a')], out: join(folder, 'x.wav'), signal: stop.signal });
    await expect(run).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(readdirSync(folder)).toEqual(['a']);
  });

  test('refuses what is no recording, and names what it found', async () => {
    const folder = folderOf({ a: bytes('%PDF-1.7') });
    await expect(decode({ inputs: [join(folder, 'a')], out: join(folder, 'x.wav') })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('a PDF document'),
    });
  });
});

describe('decode() to a folder', () => {
  const manifestOf = (out: string) => JSON.parse(readFileSync(join(out, 'decode.json'), 'utf8'));

  test('writes NAME.wav of each and a manifest, and does finished files once', async () => {
    const folder = folderOf({ 'in/a.flac': steps, 'in/b.1.WAV': stereo });
    const out = join(folder, 'out');
    const first = await decode({ inputs: [join(folder, 'in')], out, workers: 2 });
    expect(readdirSync(out).sort()).toEqual(['.bowerbird', 'a.wav', 'b.1.wav', 'decode.json']);
    expect(first).toMatchObject({ complete: true, done: 2, skipped: 0, soundSeconds: 40_960 / 48_000 + 10 });
    expect(manifestOf(out)).toMatchObject({
      job: 'decode',
      options: { channel: 'all', mono: false, sampleRate: null, from: 0, to: null, bits: 'same', lenient: false },
      ...{ inputs: 2, gaps: 0 },
    });
    expect(manifestOf(out).files).toEqual(first.files);
    const before = tree(out);
    const written = statSync(join(out, 'a.wav'), { bigint: true });
    const again = await decode({ inputs: [join(folder, 'in')], out, workers: 2 });
    expect(again).toMatchObject({ done: 0, skipped: 2 });
    expect(tree(out)).toEqual(before);
    const { ino, mtimeNs } = statSync(join(out, 'a.wav'), { bigint: true });
    expect([ino, mtimeNs]).toEqual([written.ino, written.mtimeNs]);
  });

  test('does again what changed, and refuses other options', async () => {
    const folder = folderOf({ 'in/a.wav': stereo, 'in/b.wav': stereo });
    const [inputs, out] = [[join(folder, 'in')], join(folder, 'out')];
    await decode({ inputs, out });
    writeFileSync(join(folder, 'in/a.wav'), riff(fmt({ rate: 100 }), chunk('data', [1, 0])));
    expect(await decode({ inputs, out })).toMatchObject({ done: 1, skipped: 1 });
    expect(dataOf(join(out, 'a.wav')).length).toBe(2);
    await expect(decode({ inputs, out, channel: 0 })).rejects.toMatchObject({
      code: 'EXISTS',
      message: expect.stringContaining('channel: all there, 0 here'),
    });
    expect(await decode({ inputs, out, channel: 0, overwrite: true })).toMatchObject({ done: 2 });
    expect(dataOf(join(out, 'b.wav')).length).toBe(2000);
  });

  test('goes on under lenient with what failed without it, and not the other way', async () => {
    const folder = folderOf({ 'in/a.flac': steps, 'in/b.flac': broken(2) });
    const [inputs, out] = [[join(folder, 'in')], join(folder, 'out')];
    await expect(decode({ inputs, out, workers: 1 })).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(existsSync(join(out, 'decode.json'))).toBe(false);
    expect(readdirSync(out).filter((name) => name.endsWith('.wav'))).toEqual(['a.wav']);
    const lenient = await decode({ inputs, out, lenient: true });
    expect(lenient).toMatchObject({ done: 1, skipped: 1, gaps: 1, complete: true });
    expect(await decode({ inputs, out, lenient: true })).toMatchObject({ done: 0, skipped: 2, gaps: 1 });
    await expect(decode({ inputs, out })).rejects.toMatchObject({ code: 'CORRUPT' });
  });

  test('ends like a whole run when it was split', async () => {
    const folder = folderOf({ 'in/a.wav': stereo, 'in/b.flac': steps, 'in/c.wav': stereo });
    const inputs = [join(folder, 'in')];
    await decode({ inputs, out: join(folder, 'whole') });
    expect(await decode({ inputs, out: join(folder, 'parts'), units: '0/2' })).toMatchObject({ complete: false });
    expect(await decode({ inputs, out: join(folder, 'parts'), units: '1/2' })).toMatchObject({ complete: true });
    const visible = (out: string) =>
      Object.fromEntries(Object.entries(tree(join(folder, out))).filter(([name]) => !name.startsWith('.')));
    expect(visible('parts')).toEqual(visible('whole'));
  });

  test('uses whole names where short ones would be the same, and says so', async () => {
    const folder = folderOf({ 'in/a.wav': stereo, 'in/a.flac': steps });
    const notices: string[] = [];
    const out = join(folder, 'out');
    await decode({ inputs: [join(folder, 'in')], out, onNotice: (notice) => notices.push(notice) });
    expect(
      readdirSync(out)
        .filter((name) => name.endsWith('.wav'))
        .sort(),
    ).toEqual(['a.flac.wav', 'a.wav.wav']);
    expect(notices).toEqual([expect.stringContaining('would share the output name "a"')]);
  });

  test('refuses the folder of its inputs, and a file it did not make', async () => {
    const folder = folderOf({ 'in/a.flac': steps });
    const inputs = [join(folder, 'in')];
    await expect(decode({ inputs, out: join(folder, 'in') })).rejects.toMatchObject({ code: 'USAGE' });
    const out = join(folder, 'out');
    mkdirSync(out);
    writeFileSync(join(out, 'a.wav'), 'mine');
    await expect(decode({ inputs, out })).rejects.toMatchObject({ code: 'EXISTS' });
    expect(readFileSync(join(out, 'a.wav'), 'utf8')).toBe('mine');
  });

  test.skipIf(!hasShared)('is stopped between files and finished by the same call (needs ../shared)', async () => {
    const folder = scratch();
    const source = sharedBytes('bird-audio/ecosounds/example.flac');
    writeInputs(folder, Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`in/${i}.flac`, source])));
    const [inputs, out] = [[join(folder, 'in')], join(folder, 'out')];
    const stop = new AbortController();
    const run = decode({
      inputs,
      out,
      workers: 1,
      signal: stop.signal,
      onProgress: ({ unitsDone }) => unitsDone > 0 && stop.abort(),
    });
    await expect(run).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(existsSync(join(out, 'decode.json'))).toBe(false);
    const rest = await decode({ inputs, out });
    expect(rest.complete).toBe(true);
    expect(rest.skipped).toBeGreaterThan(0);
    expect(rest.done).toBeGreaterThan(0);
  });
});
