/** Finds out what a file is, for commands that take files of every format: by content, since names lie. */

import type { ByteSource } from '../bytes.ts';
import { isArrayRecord } from './array-record-index.ts';
import type { AudioFormat } from './audio.ts';
import { sniffAudio } from './audio-sniff.ts';
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
  if (isArrayRecord(head)) return 'arrayrecord';
  // Nothing was written, or nothing but the zeros of space set aside: recorders leave such files, and only the name still speaks.
  if (head.every((byte) => byte === 0)) return formatOfName(source.name);
  const sniffed = await sniffAudio(source);
  if (sniffed.kind === 'format') return sniffed.format;
  // Bytes that nobody knows: the beginning of a recording may be what is damaged.
  return sniffed.kind === 'unknown' && describeUnknown(head) === undefined ? formatOfName(source.name) : 'tfrecord';
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
  // Behind "?" a link says what it will, but not what the file is called.
  const path = /^https?:/i.test(name) ? name.replace(/[?#].*$/s, '') : name;
  const extension = /(?<=[^/])\.[^./]*$/.exec(path)?.[0].toLowerCase() ?? '';
  return /^\.array_?record/.test(extension) ? 'arrayrecord' : (endings[extension] ?? 'tfrecord');
}
