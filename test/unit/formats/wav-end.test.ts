/** Where the samples of a WAV file end when its header does not say so: cut files, sizes that nobody wrote, more than 32 bits can tell. */

import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { probeAudio, readAudio } from '../../../src/api/read-audio.ts';
import type { AudioGap } from '../../../src/formats/audio/audio.ts';
import { wavBlocksOf } from '../../../src/formats/wav/blocks.ts';
import { readWavInfo } from '../../../src/formats/wav/wav.ts';
import { scratch } from '../jobs/folder.ts';
import { bytes, chunk, fmt, gather, memory, riff, u32, u64 } from './wav-files.ts';

const head = (size: number) => bytes('RIFF', u32(size + 36), 'WAVE', fmt(), 'data', u32(size));
const wave64Tail = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
const riffTail = [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00];
const wave64 = (size: readonly number[], body: Uint8Array) =>
  bytes(
    bytes('riff', riffTail, u64(0), 'wave', wave64Tail),
    bytes('fmt ', wave64Tail, u64(40), fmt().subarray(8)),
    bytes('data', wave64Tail, [...size], body),
  );
const ones = new Uint8Array(64).fill(1);

describe('sizes that were never written', () => {
  test.each([
    ['0', bytes(head(0), ones)],
    ['0xffffffff', bytes(head(0xffffffff), ones)],
    // What sox and espeak, arecord and others write to a pipe.
    ['0x7ffff000', bytes(head(0x7ffff000), ones)],
    ['0x80000000', bytes(head(0x80000000), ones)],
    ['0x7fffffff', bytes(head(0x7fffffff), ones)],
    ['0 of Wave64', wave64(u64(24), ones)],
    ['less than its own header of Wave64', wave64(u64(0), ones)],
    ['-1 of Wave64', wave64([255, 255, 255, 255, 255, 255, 255, 255], ones)],
  ])('%s: what is there is used, with a note', async (_, file) => {
    const info = await readWavInfo(memory(file));
    expect(info).toMatchObject({ frames: 32 });
    expect(info.notes).toEqual([expect.stringMatching(/^The size of the samples was never written/)]);
    // No gap, so a strict read takes it.
    expect(await gather(wavBlocksOf(memory(file), info))).toHaveLength(1);
  });

  test('sox rounds its own down to whole frames', async () => {
    const size = Math.floor(0x7ffff000 / 6) * 6;
    const file = bytes('RIFF', u32(size + 36), 'WAVE', fmt({ channels: 3 }), 'data', u32(size), ones.subarray(0, 60));
    const info = await readWavInfo(memory(file));
    expect(info).toMatchObject({ frames: 10, notes: [expect.stringMatching(/never written/)] });
  });
});

describe('a header of 32 bits around more than 4 GiB', () => {
  const size = 2 ** 32 + 10_000;
  const list = chunk('LIST', bytes('INFO', chunk('ICMT', 'abc')));
  const note =
    /^The header says 10000 bytes of samples, which is what 32 bits can tell of the (\d+) that are there and are used$/;

  /** Samples of 1, since zeros may be space that was never written. */
  function long(byteLength: number, tail: Uint8Array = new Uint8Array(0), declared = 10_000) {
    const content = new Uint8Array(44 + 20_000).fill(1);
    content.set(head(declared));
    const source = memory(content, byteLength);
    const read = async (offset: number, length: number) => {
      const out = await source.read(offset, length);
      for (let i = 0; i < tail.length; i++) {
        const at = byteLength - tail.length + i - offset;
        if (at >= 0 && at < out.length) out[at] = tail[i]!;
      }
      return out;
    };
    return { ...source, read };
  }

  test.each([1, 2, 5])('is read on over %d wraps, to the end or to the chunks there', async (wraps) => {
    const sound = wraps * 2 ** 32 + 10_000;
    for (const tail of [new Uint8Array(0), list]) {
      const info = await readWavInfo(long(44 + sound + tail.length, tail));
      expect(info).toMatchObject({ dataBytes: sound, frames: sound / 2, dataFault: { fault: 'size-wrapped' } });
      expect(info.notes).toEqual([expect.stringMatching(note)]);
      if (tail.length > 0) expect(info.tags).toMatchObject({ info: { ICMT: 'abc' } });
    }
  });

  test('is read to the end where no number of wraps fits', async () => {
    expect(await readWavInfo(long(44 + size + 501))).toMatchObject({ frames: (size + 500) / 2 });
  });

  test('is believed where chunks, another recording or unwritten space follow', async () => {
    const filler = bytes('JUNK', u32(0xfffffff0));
    const chunks = new Uint8Array(44 + 10_000 + 8);
    chunks.set(head(10_000));
    chunks.set(filler, 44 + 10_000);
    const second = new Uint8Array(44 + 10_000 + 44);
    second.set(head(10_000));
    second.set(head(1000), 44 + 10_000);
    const space = head(10_000);
    const lengths = [44 + 10_000 + 8 + 0xfffffff0, 44 + size + 10_000, 44 + size + 10_000];
    for (const [i, content] of [chunks, second, space].entries()) {
      expect((await readWavInfo(memory(content, lengths[i]))).dataBytes).toBe(10_000);
    }
  });

  test('is read on in a file, up to its last sample', async () => {
    const path = join(scratch(), 'long.wav');
    const fd = openSync(path, 'w');
    writeSync(fd, bytes(head(10_000), new Uint8Array(20_000).fill(1)));
    ftruncateSync(fd, 44 + size);
    writeSync(fd, new Uint8Array(2).fill(3), 0, 2, 44 + size - 2);
    closeSync(fd);
    expect((await probeAudio(path)).frames).toBe(size / 2);
    const from = size / 2 - 2;
    const { samples, notes } = await readAudio(path, { dtype: 'int16', from: from / 8000, to: (from + 2) / 8000 });
    expect([...samples]).toEqual([0, 0x0303]);
    expect(notes).toEqual([expect.stringMatching(note)]);
  });
});

describe('a cut', () => {
  const sound = Array.from({ length: 200 }, (_, i) => [i, 0]).flat();
  const cut = riff(fmt(), chunk('data', sound)).slice(0, 44 + 301);

  async function read(file: Uint8Array, options: object) {
    const gaps: AudioGap[] = [];
    const source = memory(file);
    const info = await readWavInfo(source);
    const blocks: number[] = [];
    for await (const { samples, start } of wavBlocksOf(source, info, {
      dtype: 'int16',
      onGap: (gap) => gaps.push(gap),
      ...options,
    })) {
      expect(start).toBe(((options as { from?: number }).from ?? 0) + blocks.length);
      blocks.push(...samples);
    }
    return { gaps, samples: blocks };
  }
  const values = Array.from({ length: 200 }, (_, i) => (i < 150 ? i : 0));
  const gap = { start: 150, seconds: 150 / 8000, frames: 50, offset: 344, length: 0, code: 'TRUNCATED' };

  test('is an error behind the last sample that is there', async () => {
    const error = { code: 'TRUNCATED', offset: 344, seconds: 150 / 8000 };
    await expect(read(cut, {})).rejects.toMatchObject(error);
    await expect(read(cut, {})).rejects.toThrow(
      'Cannot decode "test.wav" at 0.019 s (byte 344): the header promises 400 bytes of samples, the file ends after 301 of them; ' +
        'fetch the file again, or go on without the rest: option "lenient" (in ingest and pack: option "onError" as "salvage") puts silence in the place of what is lost',
    );
    await expect(read(cut, { from: 10, to: 151 })).rejects.toMatchObject(error);
  });

  test('is silence of the right length under lenient, planar too', async () => {
    expect(await read(cut, { lenient: true })).toMatchObject({ samples: values, gaps: [gap] });
    const stereo = riff(fmt({ channels: 2 }), chunk('data', sound)).slice(0, 44 + 300);
    const { samples } = await readAudioOf(stereo);
    expect([...samples]).toEqual([...values.filter((_, i) => i % 2 === 0), ...values.filter((_, i) => i % 2 === 1)]);
  });

  test('does not matter to a range before it, and is silence in one over it', async () => {
    expect(await read(cut, { from: 100, to: 150 })).toEqual({ samples: values.slice(100, 150), gaps: [] });
    for (const from of [149, 150, 180]) {
      expect(await read(cut, { from, to: 190, lenient: true })).toMatchObject({ samples: values.slice(from, 190) });
    }
    expect((await read(cut, { from: 149, lenient: true })).samples).toEqual(values.slice(149));
  });

  test.each([
    ['years', bytes(head(0xfffffff0), ones)],
    ['more than any disk', wave64([0, 0, 0, 0, 0, 0, 1, 0], ones)],
  ])('that promises %s is listed, not filled', async (_, file) => {
    const { samples, gaps } = await read(file, { lenient: true });
    expect(samples).toHaveLength(32);
    expect(gaps).toMatchObject([{ frames: 0, reason: expect.stringMatching(/it claims is not believed$/) }]);
  });
});

async function readAudioOf(file: Uint8Array) {
  return readAudio(memory(file), { dtype: 'int16', layout: 'planar', lenient: true });
}

describe('a second "data" chunk', () => {
  const one = chunk('data', [1, 0]);
  const two = chunk('data', [2, 0, 3, 0]);

  test('is told with its place, and tags behind it are read', async () => {
    const file = riff(fmt(), one, two, chunk('LIST', bytes('INFO', chunk('ICMT', 'abc'))));
    const info = await readWavInfo(memory(file));
    expect(info).toMatchObject({ frames: 1, following: { offset: 46, what: 'a second "data" chunk' } });
    expect(info.tags.info).toEqual({ ICMT: 'abc' });
    expect(info.notes).toEqual([
      `At byte 46 another recording begins (a second "data" chunk, ${file.length - 46} bytes to the end of the file)`,
    ]);
  });

  test('is read where the first one is empty, and is no sound where it is', async () => {
    const behind = await readWavInfo(memory(riff(fmt(), chunk('data', []), two)));
    expect(behind).toMatchObject({ frames: 2, notes: [expect.stringMatching(/^An empty "data" chunk stands before/)] });
    expect(behind).not.toHaveProperty('dataFault');
    const before = await readWavInfo(memory(riff(fmt(), one, chunk('data', []))));
    expect(before).toMatchObject({ frames: 1, notes: ['A second "data" chunk is empty'] });
    expect(before).not.toHaveProperty('following');
  });
});

test('bytes behind that are no sound stay a note', async () => {
  const wav = riff(fmt(), chunk('data', [1, 0]));
  for (const tail of [bytes('TAG', new Uint8Array(125)), new Uint8Array(100), bytes([7])]) {
    const info = await readWavInfo(memory(bytes(wav, tail)));
    expect(info).not.toHaveProperty('following');
    expect(info.notes).toEqual([`${tail.length} bytes at the end of the file are no chunk (from byte ${wav.length})`]);
  }
});
