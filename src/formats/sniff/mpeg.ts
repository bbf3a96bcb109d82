/** Says whether a file is MPEG audio of some layer, or AAC: they have no signature but the headers of their frames. */

import { layerOf, parseMpegFields } from './mpeg-header.ts';
import type { Sniffed } from './sniffed.ts';

/** A sync word of 11 bits, then fields of which some values are not used; ADTS has the same sync word, and no layer. */
export function sniffMpeg(head: Uint8Array): Sniffed | undefined {
  const layer = layerOf(head);
  if (layer === 0) {
    const isAdts = (head[1]! & 0xf0) === 0xf0;
    return isAdts ? { what: 'AAC (ADTS)', isSound: true, ...weak(head, adtsBytes(head)) } : undefined;
  }
  const fields = parseMpegFields(head);
  if (fields === undefined) return undefined;
  const sureness = weak(head, fields.bytes);
  if (layer === 1) return { what: 'MPEG layer 1', isSound: true, ...sureness };
  if (layer === 2) return { what: 'MPEG layer 2 (MP2)', isSound: true, ...sureness };
  return { what: 'an MP3 recording', format: 'mp3', ...sureness };
}

function weak(head: Uint8Array, next: number): { readonly isWeak?: true } {
  const repeats = next > 0 && head[next] === 0xff && ((head[next + 1] ?? 0) & 0xfe) === ((head[1] ?? 0) & 0xfe);
  return repeats ? {} : { isWeak: true };
}

/** ISO 13818-7, table 8: thirteen bits. */
function adtsBytes(head: Uint8Array): number {
  return (((head[3] ?? 0) & 3) << 11) | ((head[4] ?? 0) << 3) | ((head[5] ?? 0) >> 5);
}
