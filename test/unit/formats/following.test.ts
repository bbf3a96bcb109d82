/** What stands behind the end of a recording: sound by its first bytes, and all that is none. */

import { describe, expect, test } from 'vitest';
import { lookBehind } from '../../../src/formats/sniff/following.ts';
import { recordingThatBegins } from '../../../src/formats/sniff/recording-start.ts';
import { codecBytes } from '../../support/codec-files.ts';
import { constantFrame, flacOf } from '../../support/flac-files.ts';
import { bytes, chunk, fmt, memory, riff, u32, u64 } from './wav-files.ts';

const wav = riff(fmt(), chunk('data', [1, 0, 2, 0]));
const flac = flacOf({ frames: 1 }, [constantFrame(0, [7])]);
const bare = codecBytes('bare.mp3');
const recordings = {
  'a FLAC recording': [flac],
  'an Ogg recording': [codecBytes('stereo.ogg'), codecBytes('stereo.opus')],
  'a WAV recording': [
    wav,
    bytes('RIFX', u32(4), 'WAVE'),
    bytes('RF64', u32(0xffffffff), 'WAVE'),
    bytes('BW64', u32(0xffffffff), 'WAVE'),
  ],
  'a Wave64 recording': [bytes('riff', new Uint8Array(12), u64(100), 'wave')],
  'an AIFF recording': [bytes('FORM', [0, 0, 0, 4], 'AIFF'), bytes('FORM', [0, 0, 0, 4], 'AIFC')],
  'an MP3 recording': [bare],
};
const all = Object.entries(recordings).flatMap(([what, files]) => files.map((file) => [what, file] as const));

/** ID3v2.4 of 300 bytes, ID3v1, APEv2 of 40 bytes. */
const id3v2 = bytes('ID3', [4, 0, 0, 0, 0, 2, 44], new Uint8Array(300).fill(65));
const id3v1 = bytes('TAG', new Uint8Array(125).fill(32));
const ape = bytes('APETAGEX', u32(2000), u32(40), u32(1), u32(0xa0000000), u64(0), new Uint8Array(40).fill(66));
const lyrics = bytes('LYRICSBEGIN', 'IND0000200', '000021LYRICS200');

describe('recordingThatBegins()', () => {
  test.each(all)('names %s', (what, file) => {
    expect(recordingThatBegins(file)).toBe(what);
  });

  test.each([
    ['nothing', new Uint8Array(0)],
    ['zeros', new Uint8Array(9000)],
    ['text', bytes('some text behind the end')],
    ['ID3v1', id3v1],
    ['ID3v2', id3v2],
    ['APEv2', ape],
    ['Lyrics3', lyrics],
    ['a RIFF file of images', bytes('RIFF', u32(100), 'WEBP')],
    ['one header of MP3 alone', bytes(bare.subarray(0, 4), new Uint8Array(5000).fill(1))],
    ['half a name', bytes('fLa')],
  ])('does not take %s for a recording', (_, content) => {
    expect(recordingThatBegins(content)).toBeUndefined();
  });
});

describe('lookBehind()', () => {
  const front = new Uint8Array(1000).fill(200);
  const between = {
    nothing: new Uint8Array(0),
    ID3v1: id3v1,
    'APEv2 and ID3v1': bytes(ape, id3v1),
    ID3v2: id3v2,
    zeros: new Uint8Array(20_000),
    'zeros and ID3v1': bytes(new Uint8Array(513), id3v1),
  };

  test.each(Object.entries(between))('finds a recording behind %s', async (_, gap) => {
    for (const [what, file] of all) {
      const content = bytes(front, gap, file);
      const offset = front.length + gap.length;
      expect(await lookBehind(memory(content), front.length)).toEqual({ offset, length: file.length, what });
    }
  });

  test.each([
    ['a stray byte of a recorder', bytes([0x41])],
    ['Lyrics3', lyrics],
    ['other bytes', new Uint8Array(4000).fill(0x5a)],
  ])('finds what says its name behind %s', async (_, gap) => {
    for (const file of [flac, wav, codecBytes('stereo.ogg')]) {
      const found = await lookBehind(memory(bytes(front, gap, file)), front.length);
      expect(found?.offset).toBe(front.length + gap.length);
    }
  });

  test.each([...Object.entries(between), ['a stray byte', bytes([1])], ['Lyrics3', lyrics]] as const)(
    'finds nothing in %s alone',
    async (_, gap) => {
      expect(await lookBehind(memory(bytes(front, gap)), front.length)).toBeUndefined();
    },
  );

  test('reads nothing where nothing follows, and little however much does', async () => {
    const ends = memory(front);
    expect(await lookBehind(ends, front.length)).toBeUndefined();
    expect(ends.bytesRead()).toBe(0);
    const zeros = memory(front, 2 ** 40);
    expect(await lookBehind(zeros, front.length)).toBeUndefined();
    expect(zeros.bytesRead()).toBeLessThanOrEqual(16 * 8192);
  });
});
