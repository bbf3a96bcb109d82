/** Says what a file is that is not what its reader expected, so that an error speaks of the mistake and not of a checksum. */

import { isArrayRecord } from './array-record-sniff.ts';

interface Known {
  readonly what: string;
  readonly matches: (head: Uint8Array) => boolean;
}

function startsWith(...signature: readonly (string | number)[]): (head: Uint8Array) => boolean {
  const bytes = signature.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : [part]));
  return (head) => head.length >= bytes.length && bytes.every((byte, i) => head[i] === byte);
}

function textMatches(pattern: RegExp): (head: Uint8Array) => boolean {
  return (head) =>
    pattern.test(Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 256)).toString('latin1'));
}

function at(offset: number, signature: string): (head: Uint8Array) => boolean {
  const test = startsWith(signature);
  return (head) => test(head.subarray(offset));
}

const known: readonly Known[] = [
  {
    what: 'a Git LFS pointer, not the file itself; run "git lfs pull" where it was cloned',
    matches: startsWith('version https://git-lfs'),
  },
  { what: 'a NumPy array (.npy)', matches: startsWith(0x93, 'NUMPY') },
  { what: 'a ZIP archive (perhaps .npz)', matches: startsWith('PK', 3, 4) },
  { what: 'an empty ZIP archive', matches: startsWith('PK', 5, 6) },
  { what: 'a Parquet file', matches: startsWith('PAR1') },
  { what: 'a FLAC recording', matches: startsWith('fLaC') },
  {
    what: 'a WAV recording',
    matches: (head) => ['RIFF', 'RF64', 'BW64'].some((id) => startsWith(id)(head)) && at(8, 'WAVE')(head),
  },
  { what: 'an Ogg recording', matches: startsWith('OggS') },
  { what: 'an MP3 recording', matches: startsWith('ID3') },
  { what: 'an ArrayRecord or Riegeli file', matches: isArrayRecord },
  { what: 'an HDF5 file', matches: startsWith(0x89, 'HDF\r\n', 0x1a, '\n') },
  { what: 'an SQLite database', matches: startsWith('SQLite format 3', 0) },
  { what: 'an Arrow file', matches: startsWith('ARROW1') },
  { what: 'an LMDB database', matches: (head) => startsWith(0xde, 0xc0, 0xef, 0xbe)(head.subarray(16)) },
  { what: 'a bzip2 file; unpack it first', matches: startsWith('BZh') },
  { what: 'an xz file; unpack it first', matches: startsWith(0xfd, '7zXZ', 0) },
  { what: 'a Zstandard file; unpack it first', matches: startsWith(0x28, 0xb5, 0x2f, 0xfd) },
  { what: 'a tar archive; unpack it first', matches: at(257, 'ustar') },
  { what: 'a PNG image', matches: startsWith(0x89, 'PNG') },
  { what: 'a PDF document', matches: startsWith('%PDF-') },
  {
    what: 'a web page, perhaps the error page of a download',
    matches: textMatches(/^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body)/i),
  },
  { what: 'an XML document, perhaps the error of an object store', matches: textMatches(/^(\xef\xbb\xbf)?\s*<\?xml/i) },
  { what: 'JSON text', matches: textMatches(/^(\xef\xbb\xbf)?\s*(\{\s*["}]|\[\s*[[{"\-\d\]tfn])/) },
  // The formats of numbers all have zeros near their beginning.
  { what: 'text', matches: (head) => head.length >= 16 && head.every((byte) => byte >= 32 || isBlank(byte)) },
];

/** Tab, line feed, form feed, carriage return. */
function isBlank(byte: number): boolean {
  return byte === 9 || byte === 10 || byte === 12 || byte === 13;
}

/** What the file is, in words that end a sentence, or undefined. Give it the first 512 bytes. */
export function describeUnknown(head: Uint8Array): string | undefined {
  return known.find((format) => format.matches(head))?.what;
}
