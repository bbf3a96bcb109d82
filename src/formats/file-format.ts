/** Finds out what a file is, for commands that take files of every format: by content, since names lie. */

import { extname } from 'node:path';
import type { ByteSource } from '../bytes.ts';
import { hasLaterBlock, hasSecondBlock, isArrayRecord } from './array-record-sniff.ts';
import type { AudioFormat } from './audio.ts';
import { sniffAudio } from './audio-sniff.ts';
import { sniffCompression } from './compression.ts';
import { describeUnknown } from './sniff.ts';
import { hasHeader, headerBytes } from './tfrecord-frame.ts';

/** TFRecord has no signature of its own: it is what everything else is taken for, and its reader says what it found instead. */
export type FileFormat = 'tfrecord' | 'arrayrecord' | AudioFormat;

const headBytes = 512;

/** Reads a few hundred bytes. */
export async function findFormat(source: ByteSource): Promise<FileFormat> {
  const head = await source.read(0, headBytes);
  // A header that holds is proof; that its length happens to spell "RIFF" is not.
  if (head.length >= headerBytes && hasHeader(head, 0)) return 'tfrecord';
  if (isArrayRecord(head) || (await hasSecondBlock(source))) return 'arrayrecord';
  // Nothing was written, or nothing but the zeros of space set aside: recorders leave such files, and only the name still speaks.
  if (head.every((byte) => byte === 0)) return formatOfDamaged(source);
  const sniffed = await sniffAudio(source);
  if (sniffed.kind === 'format') return sniffed.format;
  // Bytes that nobody knows: the beginning of a recording may be what is damaged.
  if (sniffed.kind !== 'unknown' || describeUnknown(head) !== undefined) return 'tfrecord';
  return sniffCompression(head) === 'none' ? formatOfDamaged(source) : formatOfName(source.name);
}

async function formatOfDamaged(source: ByteSource): Promise<FileFormat> {
  return (await hasLaterBlock(source)) ? 'arrayrecord' : formatOfName(source.name);
}

const endings: { readonly [extension: string]: AudioFormat } = {
  '.flac': 'flac',
  '.wav': 'wav',
  '.wave': 'wav',
  '.mp3': 'mp3',
  '.ogg': 'ogg-vorbis',
  '.oga': 'ogg-vorbis',
  '.opus': 'opus',
};

function formatOfName(name: string): FileFormat {
  const extension = extname(name).toLowerCase();
  return /^\.array_?record/.test(extension) ? 'arrayrecord' : (endings[extension] ?? 'tfrecord');
}
