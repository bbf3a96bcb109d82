/** What files are taken for: by content first, by name only where the content says nothing. */

import { describe, expect, test } from 'vitest';
import { recognise } from '../../../src/formats/file-format.ts';
import { hasShared, sharedBytes, sharedFiles } from '../../shared-data.ts';
import { codecBytes, codecFiles } from '../../support/codec-files.ts';
import { header, text, tfrecord } from '../../support/records.ts';
import { bytes, chunk, fmt, memory, riff, u32 } from './wav-files.ts';

const formatOf = async (content: Uint8Array, name = 'no-extension') =>
  (await recognise(memory(content, content.length, name))).format;

describe('recognise()', () => {
  test.each([
    ['WAV', riff(fmt(), chunk('data', [1, 2])), 'wav'],
    ['WAV that ends in its first header', bytes('RIFF', u32(36)), 'wav'],
    ['big-endian WAV', bytes('RIFX', u32(36), 'WAVE'), 'wav'],
    ['RF64', bytes('RF64', u32(0xffffffff), 'WAVE'), 'wav'],
    ['another RIFF file', bytes('RIFF', u32(36), 'AVI '), 'wav'],
    ['FLAC', bytes('fLaC', [0, 0, 0, 34]), 'flac'],
    ['FLAC in Ogg', bytes('OggS', new Uint8Array(22), [1, 51], '\x7fFLAC'), 'flac'],
    ['FLAC behind ID3 tags', bytes('ID3', [4, 0, 0, 0, 0, 0, 2], 'xxfLaC'), 'flac'],
    ['TFRecord', tfrecord(text('one')), 'tfrecord'],
    ['text', bytes('key,value\nname,1\n'), 'unknown'],
  ])('tells %s by its content, whatever its name', async (_, content, format) => {
    expect(await formatOf(content)).toBe(format);
    expect(await formatOf(content, 'x.wav')).toBe(format);
    expect(await formatOf(content, 'x.tfrecord')).toBe(format);
  });

  test('takes an intact TFRecord whose length spells RIFF for what it is', async () => {
    // Of 0x46464952 bytes ("RIFF"), so only its beginning is here.
    const head = header(0x46464952);
    expect(Buffer.from(head).toString('latin1', 0, 4)).toBe('RIFF');
    expect(await formatOf(head, 'x.wav')).toBe('tfrecord');
  });

  test.each([0, 44, 100_000])('goes by the name when all of %d bytes are zero', async (length) => {
    const zeros = new Uint8Array(length);
    expect(await formatOf(zeros, 'dir.wav/card.WAV')).toBe('wav');
    expect(await formatOf(zeros, 'card.flac')).toBe('flac');
    expect(await formatOf(zeros, 'dir.wav/x.tfrecord')).toBe('tfrecord');
    expect(await formatOf(zeros, 'dir.wav/records')).toBe('unknown');
  });

  test('goes by the name when nobody knows the bytes, and not when they are something else', async () => {
    expect(await formatOf(bytes([7, 0, 9, 1], 'garbled'), 'x.flac')).toBe('flac');
    expect(await formatOf(bytes([7, 0, 9, 1], 'garbled'), 'x')).toBe('unknown');
    for (const name of ['x.tfrecord', 'x.TFRecord.gz', 'x.tfrec-00000-of-00010', 'train-00003-of-01024']) {
      expect(await formatOf(bytes([7, 0, 9, 1], 'garbled'), name), name).toBe('tfrecord');
    }
    expect(await formatOf(bytes([7, 0, 9, 1], 'garbled'), 'x.array_record-00000-of-00002')).toBe('arrayrecord');
    expect(await formatOf(bytes('<!DOCTYPE html>'), 'x.flac')).toBe('unknown');
    expect(await formatOf(bytes('some words, then more'), 'x.wav')).toBe('unknown');
    expect(await formatOf(bytes([7, 0, 9, 1], 'garbled'), 'x.OGA')).toBe('ogg-vorbis');
    expect(await formatOf(bytes([7, 0, 9, 1], 'garbled'), 'x.opus')).toBe('opus');
  });

  test('knows MP3, Vorbis and Opus by their first bytes', async () => {
    expect(await formatOf(bytes([0xff, 0xfb, 0x90, 0x64]), 'x.wav')).toBe('mp3');
    for (const name of codecFiles) {
      const ending = name.slice(name.indexOf('.') + 1);
      expect(await formatOf(codecBytes(name), 'x')).toBe(ending === 'ogg' ? 'ogg-vorbis' : ending);
    }
  });

  test.skipIf(!hasShared)('knows every file by others (needs ../shared)', async () => {
    const isMp3 = /\.mp3$/;
    const names = ['tfrecord/', 'wav/'].flatMap((folder) => sharedFiles(folder).map(({ name }) => name));
    expect(names.length).toBeGreaterThan(60);
    for (const name of names) {
      // "RF65": its writer garbled the first letters, and the file is of no format.
      const wav = name.startsWith('wav/') && !isMp3.test(name);
      const none = name.includes('noriff') || name.endsWith('/empty.tfrecord');
      const expected = none ? 'unknown' : isMp3.test(name) ? 'mp3' : wav ? 'wav' : 'tfrecord';
      expect(await formatOf(sharedBytes(name)), name).toBe(expected);
    }
  });
});
