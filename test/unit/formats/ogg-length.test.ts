/** How long Ogg is without decoding it: by first and last page (RFC 7845, section 4.5; Vorbis I, appendix A), as long as decoding finds it. */

import { describe, expect, test } from 'vitest';
import { decodeAudio, probeAudio } from '../../../src/api/read-audio.ts';
import { bytesSource } from '../../../src/bytes.ts';
import { OggStream } from '../../../src/formats/lossy/ogg-pages.ts';
import { parseVorbisHead, vorbisCounter } from '../../../src/formats/lossy/vorbis.ts';
import { hasShared, sharedBytes, sharedFiles } from '../../shared-data.ts';
import { changedPage, codecBytes, ffmpegSays, pagesOf } from '../../support/codec-files.ts';
import { fieldBytes } from '../../support/field-files.ts';

const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const probe = (bytes: Uint8Array) => probeAudio(bytesSource(bytes, 'x.ogg'));

/** All positions of sound later by so many frames. */
function moved(file: Uint8Array, by: number): Uint8Array {
  const pages = pagesOf(file).map((page) => {
    const granule = new DataView(page.buffer).getBigInt64(6, true);
    return granule === 0n ? page : changedPage(page, { granule: granule + BigInt(by) });
  });
  return joined(...pages);
}

describe('probeAudio() of Ogg', () => {
  test.each([
    ['startoff.opus', 48000, 2],
    ['startoff.ogg', 44100, 2],
  ])('gives the length of %s, which was cut from a longer stream', async (name, sampleRate, seconds) => {
    const file = fieldBytes(`opus/${name}`);
    const info = await probe(file);
    expect(info).toMatchObject({ sampleRate, frames: seconds * sampleRate, durationSeconds: seconds });
    const audio = await decodeAudio(file);
    expect(audio.frames).toBe(info.frames);
    expect(audio.notes).toEqual(['The first page is not at 0: the file was cut from a longer recording']);
    const tail = await decodeAudio(file, { from: 1.5, to: 2 });
    expect(tail.samples).toEqual(audio.samples.slice(1.5 * sampleRate * 2));
  });

  test.each(['stereo.ogg', 'stereo.opus'] as const)('gives that of %s wherever it was cut', async (name) => {
    const { frames } = ffmpegSays[name];
    for (const by of [1, 100, 20_000, 48_000 * 10, 48_000 * 86_400]) {
      const file = moved(codecBytes(name), by);
      expect((await probe(file)).frames).toBe(frames);
      expect((await decodeAudio(file)).frames).toBe(frames);
    }
  });

  test('knows a stream of one page that begins late from one whose end is cut off', async () => {
    const [head, tags, ...sound] = pagesOf(codecBytes('stereo.opus'));
    // The packets of the first page of sound alone; its position counts frames at 48 kHz, the first 312 are no sound.
    const [first] = sound as [Uint8Array];
    const granule = new DataView(first.buffer).getBigInt64(6, true);
    const only = (position: bigint) => joined(head!, tags!, changedPage(first, { flags: 4, granule: position }));
    const whole = Number(granule) - 312;
    expect((await probe(only(granule))).frames).toBe(whole);
    expect((await probe(only(granule + 480_000n))).frames).toBe(whole);
    expect((await decodeAudio(only(granule + 480_000n))).frames).toBe(whole);
    expect((await probe(only(granule - 100n))).frames).toBe(whole - 100);
    expect((await decodeAudio(only(granule - 100n))).frames).toBe(whole - 100);
  });
});

describe('ID3 tags in front of Ogg', () => {
  test('change neither samples nor length', async () => {
    const file = fieldBytes('opus/id3.ogg');
    const bare = file.slice(26);
    expect(Buffer.from(bare.subarray(0, 4)).toString()).toBe('OggS');
    const [tagged, plain] = [await decodeAudio(file), await decodeAudio(bare)];
    expect(tagged).toEqual(plain);
    expect(tagged).toMatchObject({ frames: 88200, sampleRate: 44100, notes: [] });
    expect(await probe(file)).toEqual(await probe(bare));
    const twice = joined(file.subarray(0, 26), file);
    expect((await decodeAudio(twice)).samples).toEqual(plain.samples);
    const opus = joined(file.subarray(0, 26), codecBytes('stereo.opus'));
    expect((await decodeAudio(opus)).samples).toEqual((await decodeAudio(codecBytes('stereo.opus'))).samples);
  });

  test('count in the places that errors name', async () => {
    const file = fieldBytes('opus/id3.ogg');
    const at =
      26 +
      pagesOf(file.slice(26))
        .slice(0, 2)
        .reduce((sum, page) => sum + page.length, 0);
    file[at + 40]! ^= 1;
    await expect(decodeAudio(file)).rejects.toMatchObject({ code: 'CORRUPT', offset: at });
  });
});

async function countedAndPositioned(file: Uint8Array) {
  const stream = new OggStream(bytesSource(file, 'x.ogg'), 0);
  const headers: Uint8Array[] = [];
  let count: ReturnType<typeof vorbisCounter>;
  const pages: { frames: number; granule: number; isLast: boolean }[] = [];
  let frames = 0;
  for (let page = await stream.next(); page !== undefined; page = await stream.next()) {
    if (page.kind !== 'page') throw new Error('the file is damaged');
    const packets = page.packets.slice();
    while (headers.length < 3 && packets.length > 0) headers.push(packets.shift()!);
    count ??= headers.length === 3 ? vorbisCounter(parseVorbisHead(headers[0]!, 'x').blocks, headers[2]!) : undefined;
    if (packets.length === 0) continue;
    for (const packet of packets) frames += count!(packet)!;
    pages.push({ frames, granule: page.granule!, isLast: page.isLast });
  }
  return pages;
}

describe('vorbisCounter()', () => {
  const files = new Map([
    ['stereo.ogg', codecBytes('stereo.ogg')],
    ['startoff.ogg', fieldBytes('opus/startoff.ogg')],
    ...(hasShared
      ? sharedFiles('')
          .filter(({ name }) => name.endsWith('.ogg'))
          .map(({ name }) => [name, sharedBytes(name)] as const)
      : []),
  ]);

  test.each([...files.keys()])('counts the frames of packets as the pages of %s do', async (name) => {
    const pages = await countedAndPositioned(files.get(name)!);
    expect(pages.length).toBeGreaterThan(0);
    const first = pages[0]!.granule - pages[0]!.frames;
    for (const { frames, granule, isLast } of pages) {
      if (isLast) expect(granule).toBeLessThanOrEqual(first + frames);
      else expect(granule).toBe(first + frames);
    }
  });

  test('says nothing of a setup without modes', () => {
    expect(vorbisCounter([256, 2048], new Uint8Array(0))).toBeUndefined();
    expect(vorbisCounter([256, 2048], new Uint8Array(40))).toBeUndefined();
    expect(vorbisCounter([256, 2048], new Uint8Array(40).fill(255))).toBeUndefined();
  });
});
