/** Two recordings in one file, of every format: the second is never lost without a word, whichever way the first is read. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/api/decode.ts';
import { type Audio, decodeAudio, readAudio } from '../../../src/api/read-audio.ts';
import { readAudioWindows } from '../../../src/api/read-audio-windows.ts';
import type { InspectedFlac, InspectedLossy, InspectedWav } from '../../../src/api/types.ts';
import { verify } from '../../../src/api/verify.ts';
import type { AudioGap, AudioNote } from '../../../src/formats/audio/audio.ts';
import { hasShared, sharedPath } from '../../shared-data.ts';
import { changedPage, codecBytes, pagesOf } from '../../support/codec-files.ts';
import { constantFrame, flacOf, noiseFrames } from '../../support/flac-files.ts';
import { inspectOne } from '../../support/one-file.ts';
import { bytes, chunk, fmt, riff } from '../formats/wav-files.ts';
import { scratch } from '../jobs/folder.ts';

const sound = Array.from({ length: 8000 }, (_, i) => [i & 255, i >> 10]).flat();
const wav = riff(fmt(), chunk('data', sound));
const flacFrames = [0, 1, 2].map((number) => constantFrame(number, [100 + number]));
/** A page of Ogg around bytes; the checksum is made by changedPage(). */
const page = (flags: number, sequence: number, body: Uint8Array) => {
  const lacing = [...new Array(Math.floor(body.length / 255)).fill(255), body.length % 255];
  const raw = bytes('OggS', [0, flags], new Uint8Array(20), [lacing.length], lacing, body);
  return changedPage(raw, { serial: 3, sequence });
};
const flac = flacOf({ frames: 3 }, flacFrames);
const unsized = flacOf({ frames: 0 }, flacFrames);
const oggFlac = bytes(
  page(2, 0, bytes([0x7f], 'FLAC', [1, 0, 0, 0], flac.subarray(0, 42))),
  page(4, 1, bytes(...flacFrames)),
);

const firsts = {
  'x.wav': wav,
  'x.flac': flac,
  'unsized.flac': unsized,
  'x.oga': oggFlac,
  'x.mp3': codecBytes('mono.mp3'),
  'bare.mp3': codecBytes('bare.mp3'),
  'x.ogg': codecBytes('stereo.ogg'),
  'x.opus': codecBytes('stereo.opus'),
};
/** In front of which tags may stand. */
const seconds = {
  'a FLAC recording': flacOf({ frames: 2 }, noiseFrames(2)),
  'a WAV recording': wav,
  'an Ogg recording': codecBytes('stereo.opus'),
  'an MP3 recording': codecBytes('mono.mp3'),
};
const id3v1 = bytes('TAG', new Uint8Array(125).fill(32));
const cases = Object.entries(firsts).flatMap(([name, first]) =>
  Object.entries(seconds).flatMap(([what, second]) =>
    [new Uint8Array(0), id3v1].map((tag) => {
      const joined = bytes(first, tag, second);
      const offset = first.length + tag.length;
      const at = { offset, length: second.length, fault: 'other-recording', code: 'CORRUPT' };
      return { name, first, what, second, tags: tag.length, joined, offset, at };
    }),
  ),
);

const decoded = new Map<string, Promise<Audio<'float32'>>>();
/** The first one by itself. */
function aloneOf({ name, first }: { readonly name: string; readonly first: Uint8Array }): Promise<Audio<'float32'>> {
  const known = decoded.get(name) ?? decodeAudio(first);
  decoded.set(name, known);
  return known;
}

/** All of them in one folder, in the order of their names. */
function folderOfAll(): string {
  const folder = scratch();
  for (const [i, { name, joined }] of cases.entries()) {
    writeFileSync(join(folder, `${String(i).padStart(2, '0')}-${name}`), joined);
  }
  return folder;
}

const windowsOf = async (path: string, options: object) => {
  const gaps: AudioGap[] = [];
  const notes: AudioNote[] = [];
  let frames = 0;
  const how = {
    window: 0.01,
    onGap: (gap: AudioGap) => gaps.push(gap),
    onNote: (note: AudioNote) => notes.push(note),
  };
  for await (const { validFrames } of readAudioWindows(path, { ...how, ...options })) frames += validFrames;
  return { frames, gaps, notes };
};

describe.each(cases)(
  '$what behind $name and $tags bytes of tags',
  ({ name, first, what, second, joined, offset, at }) => {
    const error = { code: 'CORRUPT', offset };
    const written = () => {
      const path = join(scratch(), name);
      writeFileSync(path, joined);
      return path;
    };

    test('is an error with its place and a remedy in every strict read that comes to the end', async () => {
      const alone = await aloneOf({ name, first });
      const failure = await decodeAudio(joined).catch((thrown: Error) => thrown);
      expect(failure).toMatchObject(error);
      expect((failure as Error).message).toContain(
        `at byte ${offset} another recording begins (${what}, ${second.length} bytes to the end of the file); cut the file there, or leave what follows out with option "lenient" (in ingest and pack: option "onError" as "salvage")`,
      );
      const path = written();
      await expect(readAudio(path, { from: 0.02 })).rejects.toMatchObject(error);
      await expect(windowsOf(path, {})).rejects.toMatchObject(error);
      const { samples } = await readAudio(path, { to: 0.01 });
      expect(samples).toEqual(alone.samples.subarray(0, samples.length));
    });

    test('is listed, and the first one whole, under lenient', async () => {
      const alone = await aloneOf({ name, first });
      const both = await decodeAudio(joined, { lenient: true });
      expect(both.samples).toEqual(alone.samples);
      expect(both.gaps).toMatchObject([{ ...at, frames: 0, start: alone.frames }]);
      expect(both.notes).toEqual(alone.notes);
      expect(await windowsOf(written(), { lenient: true })).toMatchObject({ frames: alone.frames, gaps: [at] });
    });
  },
);

describe('all of these', () => {
  test('are damaged for verify(), which has all of the first ones', async () => {
    const { files } = await verify({ inputs: [folderOfAll()], workers: 2 });
    for (const [i, { name, first, at }] of cases.entries()) {
      const { frames } = await aloneOf({ name, first });
      expect(files[i]).toMatchObject({ ok: false, frames, damaged: [at] });
      expect(files[i]!.damaged).toHaveLength(1);
    }
  });

  test('are written as far as the first one goes by decode() under lenient, and listed', async () => {
    const report = await decode({ inputs: [folderOfAll()], out: scratch(), lenient: true });
    expect(report).toMatchObject({ gaps: cases.length, lostSeconds: 0 });
    for (const [i, { name, first, at }] of cases.entries()) {
      const { frames } = await aloneOf({ name, first });
      expect(report.files[i]).toMatchObject({ frames, gaps: 1, damaged: [at] });
    }
  });

  test.each(cases.filter(({ what, tags }) => tags === 0 && what === 'a WAV recording'))(
    '$name makes decode() fail',
    async ({ name, joined, offset }) => {
      const path = join(scratch(), name);
      writeFileSync(path, joined);
      const wanted = decode({ inputs: [path], out: join(scratch(), 'a.wav') });
      await expect(wanted).rejects.toMatchObject({ code: 'CORRUPT', offset });
    },
  );

  test('a long one is an error with as many threads', async () => {
    const joined = bytes(flacOf({ frames: 1100 }, noiseFrames(1100)), flac);
    const path = join(scratch(), 'long.flac');
    writeFileSync(path, joined);
    const error = { code: 'CORRUPT', offset: joined.length - flac.length };
    await expect(readAudio(path, { workers: 2 })).rejects.toMatchObject(error);
    const out = join(scratch(), 'a.wav');
    await expect(decode({ inputs: [path], out, workers: 2 })).rejects.toMatchObject(error);
  });
});

describe('streams of Ogg', () => {
  test.each(['stereo.ogg', 'stereo.opus'] as const)(
    '%s without its last page is followed by a chained one',
    async (name) => {
      const pages = pagesOf(codecBytes(name));
      const first = bytes(...pages.slice(0, -1));
      const second = bytes(...pages.map((each) => changedPage(each, { serial: 77 })));
      await expect(decodeAudio(bytes(first, second))).rejects.toMatchObject({ code: 'CORRUPT', offset: first.length });
      const { gaps } = await decodeAudio(bytes(first, second), { lenient: true });
      expect(gaps).toMatchObject([{ fault: 'other-recording', offset: first.length }, { code: 'TRUNCATED' }]);
    },
  );

  test('bytes behind the last page of FLAC in Ogg, and pages of others in it, are noted', async () => {
    const [first, last] = pagesOf(oggFlac);
    const foreign = changedPage(first!, { serial: 9 });
    const audio = await decodeAudio(bytes(first!, foreign, changedPage(last!, { serial: 9, flags: 0 }), last!, id3v1));
    expect(audio.frames).toBe(3 * 4096);
    expect(audio.notes).toEqual([
      'The header holds no MD5 of the samples',
      'Bytes follow the last frame that are no frame; they are left out',
      '2 pages of other streams in the file are left out',
    ]);
  });
});

describe('MP3 behind MP3', () => {
  const [mono, bare] = [codecBytes('mono.mp3'), codecBytes('bare.mp3')];

  test('is told by inspect() from the headers alone, with the length of the first', async () => {
    const path = join(scratch(), 'a.mp3');
    writeFileSync(path, bytes(mono, id3v1, mono));
    const [alone, other] = [await decodeAudio(mono), mono.length + id3v1.length];
    const { frames, notes } = (await inspectOne(path)) as InspectedLossy;
    expect({ frames, notes }).toEqual({
      frames: alone.frames,
      notes: [
        `At byte ${other} another recording begins (an MP3 recording, ${mono.length} bytes to the end of the file)`,
      ],
    });
    const all = (await inspectOne(path, { all: true })) as InspectedLossy;
    expect(all).toMatchObject({ notes: [], damaged: [{ fault: 'other-recording', offset: other }] });
  });

  test('of frames that no head begins goes on, with a note', async () => {
    const path = join(scratch(), 'a.mp3');
    writeFileSync(path, bytes(mono, bare, bare, bare));
    const [{ frames, notes }, alone] = [await readAudio(path), await decodeAudio(mono)];
    expect(frames).toBeGreaterThan(alone.frames);
    expect(notes).toContainEqual('The file holds more frames than its header says; all are decoded');
    expect(((await inspectOne(path)) as InspectedLossy).frames).toBeUndefined();
  });
});

describe('a first recording that is cut', () => {
  test('FLAC whose header says more: both are told', async () => {
    const first = flacOf({ frames: 5 }, flacFrames);
    const joined = bytes(first, seconds['a FLAC recording']);
    await expect(decodeAudio(joined)).rejects.toMatchObject({ code: 'CORRUPT', offset: first.length });
    const { gaps, frames } = await decodeAudio(joined, { lenient: true });
    expect(frames).toBe(5 * 4096);
    expect(gaps).toMatchObject([
      { fault: 'other-recording', offset: first.length },
      { code: 'TRUNCATED', start: 3 * 4096, frames: 2 * 4096 },
    ]);
  });
});

describe('a piece of another recording in the middle', () => {
  test.each([10, 0])('is damage, and what stands behind is read, where the header says %d frames', async (frames) => {
    const made = noiseFrames(10);
    const foreign = bytes(wav.subarray(0, 44), new Uint8Array(made[4]!.length - 44).fill(1));
    const joined = bytes(flacOf({ frames }, [...made.slice(0, 4), foreign, ...made.slice(5)]));
    const audio = await decodeAudio(joined, { lenient: true });
    expect(audio.gaps).toMatchObject([{ start: 4 * 4096, frames: 4096, length: foreign.length }]);
    expect(audio.frames).toBe(10 * 4096);
    await expect(decodeAudio(joined)).rejects.toMatchObject({ code: 'CORRUPT', record: 4 });
  });
});

describe('other bytes behind', () => {
  test.each(Object.entries(firsts))('%s stay a note', async (name, first) => {
    for (const tail of [id3v1, new Uint8Array(1000), bytes([0x42])]) {
      const alone = await aloneOf({ name, first });
      const audio = await decodeAudio(bytes(first, tail));
      expect(audio.samples).toEqual(alone.samples);
      // Tags are usual behind MP3.
      const isUsual = name.endsWith('.mp3') && tail === id3v1;
      expect(audio.notes).toHaveLength(alone.notes.length + (isUsual ? 0 : 1));
    }
  });
});

describe('field files', () => {
  const field = (name: string) => new URL(`../../data/field/wav/${name}`, import.meta.url);
  const wavOf = (name: string) => new Uint8Array(readFileSync(field(name)));

  test.each([
    ['trailing_cat.wav', 16_044, 'a WAV recording'],
    ['twodata.wav', 8054, 'a second "data" chunk'],
  ])('%s', async (name, offset, what) => {
    await expect(decodeAudio(wavOf(name))).rejects.toMatchObject({ code: 'CORRUPT', offset });
    const report = (await inspectOne(field(name).pathname)) as InspectedWav;
    expect(report.notes).toEqual([expect.stringContaining(`At byte ${offset} another recording begins (${what}, `)]);
  });

  test('trailing.wav is 8000 frames and a note', async () => {
    const { frames, notes } = await decodeAudio(wavOf('trailing.wav'));
    expect(frames).toBe(8000);
    expect(notes).toEqual(['16000 bytes at the end of the file are no chunk (from byte 16044)']);
  });

  test('trunc.wav is an error, or silence up to 8000 frames', async () => {
    const file = wavOf('trunc.wav');
    await expect(decodeAudio(file)).rejects.toMatchObject({ code: 'TRUNCATED', offset: 12_042 });
    const { frames, gaps, samples } = await decodeAudio(file, { lenient: true });
    expect({ frames, gaps }).toMatchObject({ frames: 8000, gaps: [{ start: 5999, frames: 2001, code: 'TRUNCATED' }] });
    expect(samples.subarray(5999).every((sample) => sample === 0)).toBe(true);
  });

  test.each(['size0.wav', 'sizeff.wav'])('%s is used as far as it goes, and says so', async (name) => {
    const { frames, notes } = await decodeAudio(wavOf(name));
    expect(frames).toBe(8);
    expect(notes).toEqual([expect.stringMatching(/^The size of the samples was never written/)]);
    expect((await windowsOf(field(name).pathname, {})).notes).toEqual([{ kind: 'header', text: notes[0] }]);
  });

  test.skipIf(!hasShared)('catmono.flac (needs ../shared)', async () => {
    const path = sharedPath('field/flac/catmono.flac');
    const error = { code: 'CORRUPT', offset: 292_368, seconds: 3 };
    await expect(readAudio(path)).rejects.toMatchObject(error);
    expect(await readAudio(path, { lenient: true })).toMatchObject({ frames: 132_300, gaps: [{ offset: 292_368 }] });
    const all = (await inspectOne(path, { all: true })) as InspectedFlac;
    expect(all.damaged).toMatchObject([{ fault: 'other-recording', offset: 292_368 }]);
  });
});
