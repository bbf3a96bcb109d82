/** MPEG audio and AAC by their frame headers, which have no signature but a few bits. */

import type { Sniffed } from './sniffed.ts';

const rates = [44100, 48000, 32000];
/** In kbit/s, by layer and the code in the header (ISO 11172-3 section 2.4.2.3, ISO 13818-3 section 2.4.2.3). */
const bitRates = {
  first: {
    1: [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  },
  second: {
    1: [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    2: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    3: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  },
} as const;

/** A sync word of 11 bits, then fields of which some values are not used; ADTS has the same sync word, layer 0. */
export function sniffMpeg(head: Uint8Array): Sniffed | undefined {
  const [a = 0, b = 0, c = 0] = head;
  if (a !== 0xff || (b & 0xe0) !== 0xe0) return undefined;
  const [version, layerCode] = [(b >> 3) & 3, (b >> 1) & 3];
  if (layerCode === 0)
    return (b & 0xf0) === 0xf0 ? { what: 'AAC (ADTS)', isSound: true, ...weak(head, adts(head)) } : undefined;
  if (version === 1 || c >> 4 === 15 || ((c >> 2) & 3) === 3) return undefined;
  const layer = (4 - layerCode) as 1 | 2 | 3;
  const sureness = weak(head, frameLength(version, layer, c));
  if (layer === 1) return { what: 'MPEG layer 1', isSound: true, ...sureness };
  if (layer === 2) return { what: 'MPEG layer 2 (MP2)', isSound: true, ...sureness };
  return { what: 'an MP3 recording', format: 'mp3', ...sureness };
}

function weak(head: Uint8Array, next: number): { readonly isWeak?: true } {
  const repeats = next > 0 && head[next] === 0xff && ((head[next + 1] ?? 0) & 0xfe) === ((head[1] ?? 0) & 0xfe);
  return repeats ? {} : { isWeak: true };
}

/** ISO 13818-7, table 8: thirteen bits. */
function adts(head: Uint8Array): number {
  return (((head[3] ?? 0) & 3) << 11) | ((head[4] ?? 0) << 3) | ((head[5] ?? 0) >> 5);
}

/** 0 for free format. */
function frameLength(version: number, layer: 1 | 2 | 3, c: number): number {
  const isFirst = version === 3;
  const rate = rates[(c >> 2) & 3]! / (isFirst ? 1 : version === 2 ? 2 : 4);
  const kilobits = bitRates[isFirst ? 'first' : 'second'][layer][(c >> 4) - 1];
  if (kilobits === undefined) return 0;
  const padding = (c >> 1) & 1;
  if (layer === 1) return 4 * (Math.floor((12000 * kilobits) / rate) + padding);
  const samplesPerBit = layer === 3 && !isFirst ? 72000 : 144000;
  return Math.floor((samplesPerBit * kilobits) / rate) + padding;
}
