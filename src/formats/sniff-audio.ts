/** Says which audio format a file is by its first bytes; names those that are not read, so that an error speaks of them. */

import type { ByteSource } from '../bytes.ts';
import type { AudioFormat } from './audio/audio.ts';
import { sniff } from './sniff.ts';
import { latin1 } from './wav/chunks.ts';

export type SniffedAudio =
  /** `isBare`: frames of FLAC without what should stand before them. */
  | { readonly kind: 'format'; readonly format: AudioFormat; readonly isBare: boolean }
  /** Audio of a format that is not read. */
  | { readonly kind: 'other'; readonly name: string }
  | { readonly kind: 'unknown' };

const unknown: SniffedAudio = { kind: 'unknown' };

/** Enough for the first page of Ogg and every signature. */
const headBytes = 512;
/** ID3 tags one behind another; more is no file that a program wrote. */
const mostTags = 16;

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

/** Where a recording begins that has ID3 tags in front of it: not only MP3, programs put them before everything. `read` gives fewer bytes at the end. */
export async function behindId3(read: (offset: number, length: number) => Promise<Uint8Array>): Promise<number> {
  let offset = 0;
  for (let tags = 0; tags < mostTags; tags++) {
    const head = await read(offset, 10);
    if (head.length < 10 || latin1(head, 0, 3) !== 'ID3') break;
    offset += id3Length(head);
  }
  return offset;
}

/** id3.org, ID3v2.4 section 3.1: four times seven bits, without the header, or a footer when there is one. */
export function id3Length(head: Uint8Array): number {
  const [flags, a, b, c, d] = head.subarray(5, 10) as unknown as [number, number, number, number, number];
  const body = ((a & 127) << 21) | ((b & 127) << 14) | ((c & 127) << 7) | (d & 127);
  return 10 + body + ((flags & 0x10) === 0 ? 0 : 10);
}

function sniffHead(head: Uint8Array, isTagged: boolean): SniffedAudio {
  const sniffed = sniff(head, isTagged);
  if (sniffed?.isSound === true) return { kind: 'other', name: sniffed.what };
  if (sniffed?.format === undefined || sniffed.format === 'arrayrecord') return unknown;
  return { kind: 'format', format: sniffed.format, isBare: sniffed.isBare === true };
}
