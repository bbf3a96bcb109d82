/** Says which audio format a file is by its first bytes; names those that are not read, so that an error speaks of them. */

import { type ByteSource, latin1 } from '../bytes.ts';
import type { AudioFormat } from './audio/audio.ts';
import { id3Length, mostTags } from './sniff/id3.ts';
import { sniff } from './sniff/sniff.ts';

export type SniffedAudio =
  /** `isBare`: frames of FLAC without what should stand before them. */
  | { readonly kind: 'format'; readonly format: AudioFormat; readonly isBare: boolean }
  /** Audio of a format that is not read. */
  | { readonly kind: 'other'; readonly name: string }
  | { readonly kind: 'unknown' };

const unknown: SniffedAudio = { kind: 'unknown' };

/** Enough for the first page of Ogg and every signature. */
const headBytes = 512;

/** Reads the first bytes, and those behind ID3 tags. */
export async function sniffAudio(source: ByteSource): Promise<SniffedAudio> {
  let offset = 0;
  for (let tags = 0; tags < mostTags; tags++) {
    const head = await source.read(offset, headBytes);
    if (latin1(head, 0, 3) !== 'ID3' || head.length < 10) return sniffHead(head, tags > 0);
    offset += id3Length(head);
  }
  return unknown;
}

function sniffHead(head: Uint8Array, isTagged: boolean): SniffedAudio {
  const sniffed = sniff(head, isTagged);
  if (sniffed?.isSound === true) return { kind: 'other', name: sniffed.what };
  const format = sniffed?.format;
  if (format === undefined || format === 'arrayrecord' || format === 'lmdb' || format === 'parquet') return unknown;
  return { kind: 'format', format, isBare: sniffed?.isBare === true };
}
