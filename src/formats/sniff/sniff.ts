/** What a file is, by its first bytes: the one list of signatures, for every command, so that errors speak of the mistake and not of a checksum. */

import { latin1 } from '../../bytes.ts';
import { parseFrameHeader } from './flac-frame.ts';
import { sniffMpeg } from './mpeg.ts';
import { isArrayRecord } from './riegeli-signature.ts';
import type { Sniffed } from './sniffed.ts';

interface Known extends Sniffed {
  readonly matches: (head: Uint8Array) => boolean;
}

type Part = string | number;

function bytesOf(parts: readonly Part[]): number[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : [part]));
}

function at(offset: number, ...parts: readonly Part[]): (head: Uint8Array) => boolean {
  const bytes = bytesOf(parts);
  return (head) => head.length >= offset + bytes.length && bytes.every((byte, i) => head[offset + i] === byte);
}

function startsWith(...parts: readonly Part[]): (head: Uint8Array) => boolean {
  return at(0, ...parts);
}

function anyOf(...tests: readonly ((head: Uint8Array) => boolean)[]): (head: Uint8Array) => boolean {
  return (head) => tests.some((test) => test(head));
}

function textMatches(pattern: RegExp): (head: Uint8Array) => boolean {
  return (head) => pattern.test(latin1(head, 0, 256));
}

const riffs = ['RIFF', 'RIFX', 'RF64', 'BW64'];

function isRiff(head: Uint8Array): boolean {
  return riffs.some((id) => startsWith(id)(head));
}

const recordings: readonly Known[] = [
  { what: 'a FLAC recording', format: 'flac', matches: startsWith('fLaC') },
  {
    what: 'FLAC that has lost its header',
    format: 'flac',
    isBare: true,
    matches: (head) => parseFrameHeader(head) !== undefined,
  },
  {
    what: 'a WAV recording',
    format: 'wav',
    matches: (head) => isRiff(head) && (head.length < 12 || at(8, 'WAVE')(head)),
  },
  // Its reader says of which form it is.
  { what: 'a RIFF file that is no WAV recording', format: 'wav', matches: isRiff },
  { what: 'a Wave64 recording', format: 'wav', matches: startsWith('riff') },
];

const otherSounds: readonly (readonly [what: string, matches: Known['matches']])[] = [
  ['AIFF', (head) => at(0, 'FORM')(head) && at(8, 'AIF')(head)],
  ['Core Audio Format', startsWith('caff')],
  ['Sun/NeXT audio (.au)', startsWith('.snd')],
  ['WavPack', startsWith('wvpk')],
  ["Monkey's Audio", startsWith('MAC ')],
  ['True Audio', startsWith('TTA1')],
  ['MIDI', startsWith('MThd')],
  ['AMR', startsWith('#!AMR')],
  ['DSD', anyOf(startsWith('DSD '), startsWith('FRM8'))],
  ['Wildlife Acoustics compressed audio (W4V)', startsWith('w4v', 0)],
  ['Wildlife Acoustics compressed audio (WAC)', startsWith('WAAC')],
  ['Windows Media Audio', startsWith(0x30, 0x26, 0xb2, 0x75)],
  ['Matroska or WebM', startsWith(0x1a, 0x45, 0xdf, 0xa3)],
];

/** Before anything that has a weaker sign. */
const others: readonly Known[] = [
  {
    what: 'a Git LFS pointer, not the file itself; run "git lfs pull" where it was cloned',
    matches: startsWith('version https://git-lfs'),
  },
  { what: 'a NumPy array (.npy)', matches: startsWith(0x93, 'NUMPY') },
  { what: 'NumPy arrays (.npz)', matches: (head) => startsWith('PK', 3, 4)(head) && nameInZip(head).endsWith('.npy') },
  { what: 'a ZIP archive', matches: startsWith('PK', 3, 4) },
  { what: 'an empty ZIP archive', matches: startsWith('PK', 5, 6) },
  { what: 'a Parquet file', format: 'parquet', matches: anyOf(startsWith('PAR1'), startsWith('PARE')) },
  { what: 'an ArrayRecord or Riegeli file', format: 'arrayrecord', matches: isArrayRecord },
  { what: 'a MATLAB file', matches: anyOf(startsWith('MATLAB 5.0 MAT-file'), startsWith('MATLAB 7.3 MAT-file')) },
  { what: 'an HDF5 file', matches: startsWith(0x89, 'HDF\r\n', 0x1a, '\n') },
  { what: 'a netCDF file', matches: anyOf(...[1, 2, 5].map((version) => startsWith('CDF', version))) },
  { what: 'an SQLite database', matches: startsWith('SQLite format 3', 0) },
  { what: 'an Arrow file', matches: anyOf(startsWith('ARROW1'), startsWith('FEA1')) },
  // Behind the header of its first page: of 16 bytes, of 12 on machines of 32 bits, of 24 in files of the npm package lmdb.
  {
    what: 'an LMDB database',
    format: 'lmdb',
    matches: anyOf(...[16, 12, 24].map((place) => at(place, 0xde, 0xc0, 0xef, 0xbe)), at(16, 0xbe, 0xef, 0xc0, 0xde)),
  },
  { what: 'a Python pickle', matches: anyOf(...[4, 5].map((protocol) => startsWith(0x80, protocol, 0x95))) },
  { what: 'a gzip file; unpack it first', matches: startsWith(0x1f, 0x8b, 8) },
  { what: 'a bzip2 file; unpack it first', matches: startsWith('BZh') },
  { what: 'an xz file; unpack it first', matches: startsWith(0xfd, '7zXZ', 0) },
  { what: 'a Zstandard file; unpack it first', matches: startsWith(0x28, 0xb5, 0x2f, 0xfd) },
  { what: 'an LZ4 file; unpack it first', matches: startsWith(0x04, 0x22, 0x4d, 0x18) },
  { what: 'a 7-Zip archive; unpack it first', matches: startsWith('7z', 0xbc, 0xaf, 0x27, 0x1c) },
  { what: 'a RAR archive; unpack it first', matches: startsWith('Rar!', 0x1a, 7) },
  { what: 'a tar archive; unpack it first', matches: at(257, 'ustar') },
  { what: 'a PNG image', matches: startsWith(0x89, 'PNG') },
  { what: 'a JPEG image', matches: startsWith(0xff, 0xd8, 0xff) },
  { what: 'a GIF image', matches: startsWith('GIF8') },
  { what: 'a TIFF image', matches: anyOf(startsWith('II*', 0), startsWith('MM', 0, '*')) },
  { what: 'a PDF document', matches: startsWith('%PDF-') },
  {
    what: 'a web page, perhaps the error page of a download',
    matches: textMatches(/^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body)/i),
  },
  {
    what: 'an XML document, perhaps the error of an object store',
    matches: textMatches(/^(\xef\xbb\xbf)?\s*<(\?xml|Error>)/i),
  },
  { what: 'JSON text', matches: textMatches(/^(\xef\xbb\xbf)?\s*(\{\s*["}]|\[\s*[[{"\-\d\]tfn])/) },
  { what: 'text in UTF-16', matches: isUtf16 },
];

/** All bytes are letters and the like: the formats of numbers have zeros near their beginning. */
const texts: readonly Known[] = [
  {
    what: 'text, perhaps CSV',
    matches: (head) => isText(head) && /^[^\r\n]*[,;\t][^\r\n]*[\r\n]/.test(latin1(head, 0, 512)),
  },
  { what: 'text', matches: isText },
];

function isText(head: Uint8Array): boolean {
  return head.length >= 16 && head.every((byte) => byte >= 32 || isBlank(byte));
}

/** Tab, line feed, form feed, carriage return. */
function isBlank(byte: number): boolean {
  return byte === 9 || byte === 10 || byte === 12 || byte === 13;
}

/** A byte order mark, and then every other byte 0, as in most of the world's tables. */
function isUtf16(head: Uint8Array): boolean {
  const little = startsWith(0xff, 0xfe)(head);
  if (head.length < 6 || !(little || startsWith(0xfe, 0xff)(head))) return false;
  return [2, 4].every((i) => head[i + (little ? 1 : 0)] === 0 && head[i + (little ? 0 : 1)] !== 0);
}

/** Of the first file in a ZIP archive (APPNOTE.TXT, section 4.3.7). */
function nameInZip(head: Uint8Array): string {
  const length = (head[26] ?? 0) | ((head[27] ?? 0) << 8);
  return latin1(head, 30, 30 + length);
}

/** The codec's own first packet follows the page header of 28 bytes (RFC 3533; one segment). */
function sniffOgg(head: Uint8Array): Sniffed {
  const segments = head[26] ?? 0;
  const packet = latin1(head, 27 + segments, 27 + segments + 8);
  if (packet.startsWith('\x7fFLAC')) return { what: 'FLAC in Ogg', format: 'flac' };
  if (packet.startsWith('\x01vorbis')) return { what: 'an Ogg Vorbis recording', format: 'ogg-vorbis' };
  if (packet.startsWith('OpusHead')) return { what: 'an Opus recording', format: 'opus' };
  if (packet.startsWith('Speex')) return { what: 'Ogg Speex', isSound: true };
  if (packet.startsWith('\x80theora') || packet.startsWith('fishead')) return { what: 'Ogg video', isSound: true };
  return { what: 'Ogg of an unknown codec', isSound: true };
}

/** ISO 14496-12, section 4.3: the brand says what uses the container. */
function sniffMp4(head: Uint8Array): Sniffed {
  const brand = latin1(head, 8, 12);
  if (/^(heic|heix|hevc|mif1|msf1|avif)$/.test(brand)) return { what: 'an HEIC or AVIF image' };
  return { what: 'MPEG-4 audio (MP4, M4A, AAC or ALAC)', isSound: true };
}

/** Undefined for what nobody knows. Give it the first 512 bytes, or more; `behindTags`: an ID3 tag was in front of them. */
export function sniff(head: Uint8Array, behindTags = false): Sniffed | undefined {
  const found = recordings.find((format) => format.matches(head));
  if (found !== undefined) return found;
  if (at(0, 'OggS')(head)) return sniffOgg(head);
  if (at(4, 'ftyp')(head)) return sniffMp4(head);
  const sound = otherSounds.find(([, matches]) => matches(head));
  if (sound !== undefined) return { what: sound[0], isSound: true };
  const other = others.find((format) => format.matches(head));
  if (other !== undefined) return other;
  const mpeg = sniffMpeg(head);
  if (mpeg !== undefined) return mpeg;
  if (behindTags || at(0, 'ID3')(head)) return { what: 'an MP3 recording', format: 'mp3' };
  return texts.find((format) => format.matches(head));
}

/**
 * What the file is, in words that end a sentence, or undefined. For readers of records: a few bits that look like MPEG count for nothing
 * unless the next frame stands where the first one says.
 */
export function describeUnknown(head: Uint8Array): string | undefined {
  const sniffed = sniff(head);
  return sniffed?.isWeak === true ? undefined : sniffed?.what;
}
