/** Signatures: bytes by the formats' specifications and as `file` and FFmpeg know them. */

import { describe, expect, test } from 'vitest';
import { parseFrameHeader } from '../../../src/formats/sniff/flac-frame.ts';
import { describeUnknown, sniff } from '../../../src/formats/sniff/sniff.ts';
import { constantFrame } from '../../support/flac-files.ts';
import { shortFrame } from '../../support/flac-shapes.ts';
import { bytes } from './wav-files.ts';

const zeros = (count: number) => new Uint8Array(count);

describe('sniff()', () => {
  test.each([
    [/^AIFF$/, bytes('FORM', [0, 0, 1, 0], 'AIFFCOMM')],
    [/^AIFF$/, bytes('FORM', [0, 0, 1, 0], 'AIFCFVER')],
    [/^Core Audio/, bytes('caff', [0, 1, 0, 0])],
    [/\.au\)$/, bytes('.snd', [0, 0, 0, 24])],
    [/^MPEG-4 audio/, bytes([0, 0, 0, 32], 'ftypM4A ')],
    [/^MPEG-4 audio/, bytes([0, 0, 0, 24], 'ftypisom')],
    [/^WavPack/, bytes('wvpk')],
    [/^AAC \(ADTS\)$/, bytes([0xff, 0xf1, 0x50, 0x80, 0x02, 0x1f, 0xfc], zeros(9), [0xff, 0xf1, 0x50])],
    [/^MPEG layer 2/, bytes([0xff, 0xfd, 0x84, 0], zeros(300))],
    [/^MPEG layer 1/, bytes([0xff, 0xff, 0x84, 0], zeros(300))],
    [/^Ogg Speex$/, bytes('OggS', zeros(22), [1, 80], 'Speex   ')],
    [/Windows Media/, bytes([0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66])],
  ])('knows sound that is not read: %s', (what, head) => {
    expect(sniff(head)).toMatchObject({ what: expect.stringMatching(what), isSound: true });
    expect(sniff(head)).not.toHaveProperty('format');
  });

  test.each([
    ['a Wave64 recording', bytes('riff', [0x2e, 0x91, 0xcf, 0x11])],
    ['a WAV recording', bytes('RIFX', [0, 0, 0, 4], 'WAVE')],
    ['a RIFF file that is no WAV recording', bytes('RIFF', [4, 0, 0, 0], 'AVI LIST')],
    ['a NumPy array (.npy)', bytes([0x93], 'NUMPY', [1, 0])],
    ['NumPy arrays (.npz)', bytes('PK', [3, 4], zeros(22), [9, 0, 0, 0], 'arr_0.npy')],
    ['a ZIP archive', bytes('PK', [3, 4], zeros(22), [5, 0, 0, 0], 'a.txt')],
    ['a Parquet file', bytes('PAR1', [21, 4])],
    ['an Arrow file', bytes('ARROW1', [0, 0])],
    ['an HDF5 file', bytes([0x89], 'HDF\r\n', [0x1a], '\n')],
    ['a MATLAB file', bytes('MATLAB 5.0 MAT-file, Platform: GLNXA64')],
    ['a netCDF file', bytes('CDF', [1, 0, 0, 0])],
    ['an SQLite database', bytes('SQLite format 3', [0])],
    ['an LMDB database', bytes(zeros(16), [0xde, 0xc0, 0xef, 0xbe])],
    ['a gzip file; unpack it first', bytes([0x1f, 0x8b, 8, 0])],
    ['a tar archive; unpack it first', bytes('name', zeros(253), 'ustar')],
    ['a PNG image', bytes([0x89], 'PNG\r\n')],
    ['a JPEG image', bytes([0xff, 0xd8, 0xff, 0xe0])],
    ['a PDF document', bytes('%PDF-1.7')],
    ['an XML document, perhaps the error of an object store', bytes('<?xml version="1.0"?><Error><Code>AccessDenied')],
    ['an XML document, perhaps the error of an object store', bytes('<Error><Code>NoSuchKey</Code>')],
    ['a web page, perhaps the error page of a download', bytes('<!DOCTYPE html><html>')],
    ['JSON text', bytes('{"error": "not found"}')],
    ['text in UTF-16', bytes([0xff, 0xfe], 'f\0i\0l\0e\0')],
    ['text, perhaps CSV', bytes('file,label\na.wav,frog\n')],
    ['text', bytes('These are some words.\nAnd more\n')],
  ])('knows %s', (what, head) => {
    expect(describeUnknown(head)).toBe(what);
  });

  test('says of a Git LFS pointer what to do', () => {
    expect(describeUnknown(bytes('version https://git-lfs.github.com/spec/v1\noid'))).toContain('run "git lfs pull"');
  });

  test('knows nothing of noise and of zeros', () => {
    expect(sniff(bytes([7, 0, 9, 1], 'garbled'))).toBeUndefined();
    expect(sniff(zeros(512))).toBeUndefined();
    expect(sniff(zeros(0))).toBeUndefined();
  });

  test('believes a few bits of MPEG only where the next frame stands where it should, when records are looked for', () => {
    // MPEG 1 layer 3, 128 kbit/s, 44.1 kHz: frames of 417 bytes (ISO 11172-3, section 2.4.3.1).
    const frame = bytes([0xff, 0xfb, 0x90, 0x00], zeros(413));
    expect(sniff(frame)).toMatchObject({ format: 'mp3', isWeak: true });
    expect(describeUnknown(frame)).toBeUndefined();
    expect(describeUnknown(bytes(frame, frame))).toBe('an MP3 recording');
    // Layer 2, 192 kbit/s, 44.1 kHz: 626 bytes.
    const two = bytes([0xff, 0xfd, 0xa0, 0x00], zeros(622));
    expect(describeUnknown(bytes(two, two))).toBe('MPEG layer 2 (MP2)');
  });
});

describe('parseFrameHeader()', () => {
  test('reads a frame by itself', () => {
    expect(parseFrameHeader(constantFrame(0, [1, 2]))).toMatchObject({
      channels: 2,
      bits: 16,
      blockSize: 4096,
      sampleRate: 0,
    });
    expect(parseFrameHeader(shortFrame(300, 24, [5]))).toMatchObject({
      channels: 1,
      bits: 24,
      blockSize: 192,
      size: 7,
    });
    expect(parseFrameHeader(bytes([9, 9], constantFrame(70000, [1])), 2)).toMatchObject({ size: 9 });
  });

  test('refuses every flipped bit of a header', () => {
    const frame = constantFrame(0, [1, 2]);
    for (let bit = 0; bit < 8 * 6; bit++) {
      const bad = Uint8Array.from(frame);
      bad[bit >> 3]! ^= 1 << (bit & 7);
      expect(parseFrameHeader(bad), `bit ${bit}`).toBeUndefined();
    }
  });

  test('refuses a header that is cut', () => {
    const frame = constantFrame(70000, [1]);
    for (let length = 0; length < 9; length++) expect(parseFrameHeader(frame.subarray(0, length))).toBeUndefined();
  });
});
