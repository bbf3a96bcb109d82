/** Finds out what a file is, for commands that take files of every format: by content, since names lie. */

import type { ByteSource } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import type { AudioFormat } from './audio/audio.ts';
import { hasLaterBlock, hasSecondBlock } from './records/array-record-sniff.ts';
import { type Compression, decompress, sniffCompression } from './records/compression.ts';
import { hasHeader, headerBytes } from './records/tfrecord-frame.ts';
import { isArrayRecord } from './sniff/riegeli-signature.ts';
import { describeUnknown, sniff } from './sniff/sniff.ts';
import { sniffAudio } from './sniff-audio.ts';

export type FileFormat = 'tfrecord' | 'arrayrecord' | 'lmdb' | 'parquet' | AudioFormat;

export type Recognised =
  /** One that is read. Damaged files are what their name says. */
  | { readonly format: FileFormat }
  /** What it is, in words that end a sentence. Where nobody knows, it may be a file of records, under any name, whose beginning is damaged. */
  | { readonly format: 'unknown'; readonly what: string; readonly mayHoldRecords: boolean };

const unknown = (what: string, mayHoldRecords = false): Recognised => ({ format: 'unknown', what, mayHoldRecords });
const noFormat = unknown('bytes of no format that is known', true);

/** To see the next frame of MPEG audio. */
const longHead = 4096;

/** Reads a few hundred bytes; of a compressed file a block more. */
export async function recognise(source: ByteSource): Promise<Recognised> {
  const head = await source.read(0, longHead);
  // A header that holds is proof; that its length happens to spell "RIFF" is not.
  if (holdsRecord(head)) return { format: 'tfrecord' };
  if (isArrayRecord(head) || (await hasSecondBlock(source))) return { format: 'arrayrecord' };
  const format = sniff(head)?.format;
  if (format === 'lmdb' || format === 'parquet') return { format };
  if (/(^|\/)lock\.mdb$/.test(source.name)) return unknown('a lock file of LMDB, whose data is in data.mdb beside it');
  const named = formatOfName(source.name);
  // Nothing was written, or nothing but the zeros of space set aside: recorders leave such files, and only the name still speaks.
  if (head.every((byte) => byte === 0)) {
    if (await hasLaterBlock(source)) return { format: 'arrayrecord' };
    if (named !== undefined) return { format: named };
    return source.byteLength === 0 ? unknown('an empty file') : unknown('zeros, as of space that was set aside', true);
  }
  const compression = sniffCompression(head);
  const inner = compression === 'none' ? undefined : await beginningOf(source, compression);
  if (inner !== undefined) return recogniseInner(inner, compression, named);
  // Damaged at its beginning, or two bytes that happen to be what zlib begins with.
  if (compression === 'gzip' && named === undefined) return noFormat;
  if (compression !== 'none' && named !== undefined) return { format: named };
  const sniffed = await sniffAudio(source);
  if (sniffed.kind === 'format' && !isDoubtful(head, named)) return { format: sniffed.format };
  const what =
    (sniffed.kind === 'other' && !isDoubtful(head, named) ? sniffed.name : undefined) ?? describeUnknown(head);
  if (what !== undefined) return unknown(what);
  // Bytes that nobody knows: the beginning may be what is damaged.
  if (await hasLaterBlock(source)) return { format: 'arrayrecord' };
  return named === undefined ? noFormat : { format: named };
}

/** A few bits that look like MPEG are no reason to doubt the name of a file of records. */
function isDoubtful(head: Uint8Array, named: FileFormat | undefined): boolean {
  return (named === 'tfrecord' || named === 'arrayrecord') && describeUnknown(head) === undefined;
}

function holdsRecord(head: Uint8Array): boolean {
  return head.length >= headerBytes && hasHeader(head, 0);
}

/** Only records are read compressed. */
function recogniseInner(inner: Uint8Array, compression: Compression, named: FileFormat | undefined): Recognised {
  if (holdsRecord(inner) || inner.length === 0) return { format: 'tfrecord' };
  const what = describeUnknown(inner);
  if (what !== undefined) return unknown(`${compression} of ${what}`);
  return named === 'tfrecord' ? { format: named } : noFormat;
}

/** The first bytes of what is in it; undefined where nothing can be got out, so that it only looked compressed or is damaged there. */
async function beginningOf(source: ByteSource, compression: Compression): Promise<Uint8Array | undefined> {
  const pieces = decompress(compressedBlocks(source), compression, { source: source.name });
  try {
    for await (const piece of pieces) return piece.subarray(0, longHead);
    return new Uint8Array(0);
  } catch (error) {
    if (error instanceof BowerbirdError && (error.code === 'CORRUPT_RECORD' || error.code === 'TRUNCATED'))
      return undefined;
    throw error;
  }
}

const blockBytes = 1 << 16;

async function* compressedBlocks(source: ByteSource): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < source.byteLength; at += blockBytes) yield source.read(at, blockBytes);
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

/** Sound that is not decoded here is sound nonetheless. */
const otherSound = /\.(w64|rf64|aiff?|aifc|m4a|aac|wma|caf|au|snd|amr|ape|wv)$/i;

/** By its ending. */
export function isRecordingName(name: string): boolean {
  const extension = /(?<=.)\.[^.]*$/.exec(name)?.[0].toLowerCase() ?? '';
  return endings[extension] !== undefined || otherSound.test(name);
}

/** TensorFlow's names: `x.tfrecord`, `x.tfrecord.gz`, `x.tfrec-00000-of-00010`, `train-00000-of-01024`. */
const recordName = /\.tf_?rec(ord)?s?([-._]|$)|\.tfr$|-\d{5,}-of-\d{5,}(\.|$)/i;

function formatOfName(name: string): FileFormat | undefined {
  // Behind "?" a link says what it will, but not what the file is called.
  const path = /^https?:/i.test(name) ? name.replace(/[?#].*$/s, '') : name;
  const last = path.slice(path.lastIndexOf('/') + 1);
  if (/\.array_?record/i.test(last)) return 'arrayrecord';
  // Not every .mdb: those of Microsoft Access are called so too.
  if (/^data\.mdb$|\.lmdb$/i.test(last)) return 'lmdb';
  if (/\.(parquet|parq|pq)$/i.test(last)) return 'parquet';
  const extension = /(?<=.)\.[^.]*$/.exec(last)?.[0].toLowerCase() ?? '';
  return endings[extension] ?? (recordName.test(last) ? 'tfrecord' : undefined);
}
