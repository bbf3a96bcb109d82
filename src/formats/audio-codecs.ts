/** Opens what other people's decoders read: MP3, Ogg Vorbis, Opus. Loaded when such a file comes. */

import type { ByteSource } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import type { AudioFormat, AudioReader } from './audio.ts';

export type CodecFormat = Exclude<AudioFormat, 'wav' | 'flac'>;

const names: { readonly [format in CodecFormat]: string } = { mp3: 'MP3', 'ogg-vorbis': 'Ogg Vorbis', opus: 'Opus' };

/** @throws BowerbirdError UNSUPPORTED */
export async function openCodec(source: ByteSource, format: CodecFormat): Promise<AudioReader> {
  const message = `Cannot read "${source.name}": it is ${names[format]}; convert it to FLAC or WAV first, for instance with FFmpeg`;
  throw new BowerbirdError('UNSUPPORTED', message, { source: source.name });
}
