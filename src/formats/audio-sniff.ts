/** Says which audio format a file is by its first bytes; names those that are not read, so that an error speaks of them. */

import type { ByteSource } from '../bytes.ts';
import type { AudioFormat } from './audio.ts';
import { latin1 } from './wav-chunks.ts';

export type SniffedAudio =
  | { readonly kind: 'format'; readonly format: AudioFormat }
  /** Audio of a format that is not read. */
  | { readonly kind: 'other'; readonly name: string }
  | { readonly kind: 'unknown' };

const format = (name: AudioFormat): SniffedAudio => ({ kind: 'format', format: name });
const other = (name: string): SniffedAudio => ({ kind: 'other', name });
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
  const text = (from: number, to: number) => latin1(head, from, to);
  switch (text(0, 4)) {
    case 'fLaC':
      return format('flac');
    case 'RIFF':
    case 'RIFX':
    case 'RF64':
    case 'BW64':
    case 'riff':
      return format('wav');
    case 'OggS':
      return sniffOgg(head);
    case 'FORM':
      return text(8, 11) === 'AIF' ? other('AIFF') : unknown;
    case 'caff':
      return other('Core Audio Format');
    case '.snd':
      return other('Sun/NeXT audio (.au)');
    case 'wvpk':
      return other('WavPack');
    case 'MAC ':
      return other("Monkey's Audio");
    case 'TTA1':
      return other('True Audio');
    case 'MThd':
      return other('MIDI');
    case '#!AM':
      return other('AMR');
    case 'DSD ':
      return other('DSD');
    case 'w4v\0':
      return other('Wildlife Acoustics compressed audio (W4V)');
    default:
  }
  if (text(4, 8) === 'ftyp') return other('MPEG-4 audio (M4A, AAC or ALAC)');
  if (text(0, 4) === '\x30\x26\xb2\x75') return other('Windows Media Audio');
  if (text(0, 4) === '\x1a\x45\xdf\xa3') return other('Matroska or WebM');
  return sniffMpeg(head, isTagged);
}

/** The codec's own first packet follows the page header of 28 bytes (RFC 3533; one segment). */
function sniffOgg(head: Uint8Array): SniffedAudio {
  const segments = head[26] ?? 0;
  const packet = latin1(head, 27 + segments, 27 + segments + 8);
  if (packet.startsWith('\x7fFLAC')) return format('flac');
  if (packet.startsWith('\x01vorbis')) return format('ogg-vorbis');
  if (packet.startsWith('OpusHead')) return format('opus');
  if (packet.startsWith('Speex')) return other('Ogg Speex');
  if (packet.startsWith('\x80theora') || packet.startsWith('fishead')) return other('Ogg video');
  return other('Ogg of an unknown codec');
}

/** ISO 11172-3 section 2.4.1.3: a sync word of 11 bits, then fields of which some values are not used; ADTS has the same sync word, layer 0. */
function sniffMpeg(head: Uint8Array, isTagged: boolean): SniffedAudio {
  const [a = 0, b = 0, c = 0] = head;
  if (a !== 0xff || (b & 0xe0) !== 0xe0) return isTagged ? format('mp3') : unknown;
  const [version, layer] = [(b >> 3) & 3, (b >> 1) & 3];
  if (layer === 0) return (b & 0xf0) === 0xf0 ? other('AAC (ADTS)') : unknown;
  if (version === 1 || c >> 4 === 15 || ((c >> 2) & 3) === 3) return unknown;
  if (layer === 3) return other('MPEG layer 1');
  return layer === 2 ? other('MPEG layer 2 (MP2)') : format('mp3');
}
