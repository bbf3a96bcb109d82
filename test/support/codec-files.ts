/** Small MP3, Vorbis and Opus files that FFmpeg made, and tools to bend them: test/data/codecs/README.md tells how they were made. */

import { readFileSync } from 'node:fs';
import { oggCrc } from '../../src/formats/lossy/ogg-pages.ts';

const folder = new URL('../data/codecs/', import.meta.url);

export interface Decoded {
  readonly sampleRate: number;
  readonly channels: number;
  readonly frames: number;
  readonly every97th: readonly number[];
}

export type CodecFile = 'mono.mp3' | 'bare.mp3' | 'stereo.ogg' | 'stereo.opus';

export const ffmpegSays: Readonly<Record<CodecFile, Decoded>> = JSON.parse(
  readFileSync(new URL('ffmpeg.json', folder), 'utf8'),
);
export const codecFiles = Object.keys(ffmpegSays) as CodecFile[];

export function codecBytes(name: CodecFile): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, folder)));
}

/** The pages of an Ogg file, each with its bytes. */
export function pagesOf(file: Uint8Array): Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const segments = file[at + 26]!;
    const body = file.subarray(at + 27, at + 27 + segments).reduce((sum, size) => sum + size, 0);
    pages.push(file.slice(at, at + 27 + segments + body));
    at += 27 + segments + body;
  }
  return pages;
}

/** The page with other header fields and a checksum that holds. */
export function changedPage(
  page: Uint8Array,
  { flags, granule, serial, sequence }: { flags?: number; granule?: bigint; serial?: number; sequence?: number },
): Uint8Array {
  const changed = page.slice();
  const view = new DataView(changed.buffer);
  if (flags !== undefined) changed[5] = flags;
  if (granule !== undefined) view.setBigInt64(6, granule, true);
  if (serial !== undefined) view.setUint32(14, serial, true);
  if (sequence !== undefined) view.setUint32(18, sequence, true);
  view.setUint32(22, oggCrc(changed), true);
  return changed;
}
