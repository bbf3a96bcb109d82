/** Finds out what a file is, for commands that take files of every format: by content, since names lie. */

import { extname } from 'node:path';
import type { ByteSource } from '../bytes.ts';
import { hasHeader, headerBytes } from './tfrecord-frame.ts';

/** TFRecord has no signature of its own: it is what everything else is taken for, and its reader says what it found instead. */
export type FileFormat = 'tfrecord' | 'wav';

const headBytes = 512;

/** Reads a few hundred bytes. */
export async function findFormat(source: ByteSource): Promise<FileFormat> {
  const head = await source.read(0, headBytes);
  // A header that holds is proof; that its length happens to spell "RIFF" is not.
  if (head.length >= headerBytes && hasHeader(head, 0)) return 'tfrecord';
  if (isWav(head)) return 'wav';
  // Nothing was written, or nothing but the zeros of space set aside: recorders leave such files, and only the name still speaks.
  if (head.every((byte) => byte === 0)) return formatOfName(source.name);
  return 'tfrecord';
}

function isWav(head: Uint8Array): boolean {
  const id = ascii(head, 0, 4);
  // Wave64 begins with an identifier of 16 bytes, of which the last twelve are the same in all its chunks.
  if (id === 'riff') return ascii(head, 24, 28) === 'wave';
  return ['RIFF', 'RIFX', 'RF64', 'BW64'].includes(id) && 'WAVE'.startsWith(ascii(head, 8, 12));
}

function formatOfName(name: string): FileFormat {
  const extension = extname(name).toLowerCase();
  return extension === '.wav' || extension === '.wave' ? 'wav' : 'tfrecord';
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', from, Math.min(to, bytes.length));
}
