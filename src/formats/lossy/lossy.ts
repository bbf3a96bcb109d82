/** Opens what other people's decoders read: MP3, Ogg Vorbis, Opus. Loaded when such a file comes. */

import type { ByteSource } from '../../bytes.ts';
import type { AudioFormat, AudioReader } from '../audio/audio.ts';
import { openMp3 } from './mp3.ts';
import { openOggCodec } from './ogg-codec.ts';

export type CodecFormat = Exclude<AudioFormat, 'wav' | 'flac'>;

/** Samples are floats, and a range is decoded from the start: none of these formats tells where in the file a time is without a walk through it. */
export async function openCodec(source: ByteSource, format: CodecFormat): Promise<AudioReader> {
  return format === 'mp3' ? openMp3(source) : openOggCodec(source, format);
}
