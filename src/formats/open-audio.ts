/** Opens a recording of any format by its content. */

import type { ByteSource } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import type { AudioBlock, AudioReader, FilledRoom, ReadOptions, RoomMaker, SampleType } from './audio/audio.ts';
import { flacBlocks, flacFrames } from './flac/blocks.ts';
import { readFlacInfo } from './flac/flac.ts';
import { describeUnknown } from './sniff/sniff.ts';
import { type SniffedAudio, sniffAudio } from './sniff-audio.ts';
import { wavBlocksOf, wavFrames } from './wav/blocks.ts';
import { readWavInfo } from './wav/wav.ts';

export interface OpenOptions {
  /** Do without a header where the sound itself says what it is, as the reads that follow do without what is damaged. Default false. */
  readonly lenient?: boolean | undefined;
}

/**
 * Reads the header. The source stays the caller's to close, after the last block was read.
 *
 * @throws BowerbirdError UNSUPPORTED naming the format that was found; CORRUPT, TRUNCATED, BAD_SCHEMA for a header that cannot be used
 */
export async function openAudio(source: ByteSource, { lenient = false }: OpenOptions = {}): Promise<AudioReader> {
  const sniffed = await sniffAudio(source);
  if (sniffed.kind !== 'format') throw await notAudio(source, sniffed);
  switch (sniffed.format) {
    case 'flac':
      return openFlac(source, lenient);
    case 'wav':
      return openWav(source);
    default: {
      const { openCodec } = await import('./lossy/lossy.ts');
      return openCodec(source, sniffed.format);
    }
  }
}

async function openFlac(source: ByteSource, lenient: boolean): Promise<AudioReader> {
  const info = lenient
    ? await (await import('./flac/lost-header.ts')).readFlacInfoLeniently(source)
    : await readFlacInfo(source);
  return {
    info,
    blocks: <D extends SampleType>(options?: ReadOptions<D>) => flacBlocks(source, info, options),
    fill: <D extends SampleType>(options: ReadOptions<D>, room: RoomMaker<D>) =>
      flacFrames(source, info, options, room),
  };
}

async function openWav(source: ByteSource): Promise<AudioReader> {
  const info = await readWavInfo(source);
  return {
    info,
    blocks: <D extends SampleType = 'float32'>(options?: ReadOptions<D>): AsyncGenerator<AudioBlock<D>, void, void> =>
      wavBlocksOf(source, info, options),
    fill: <D extends SampleType>(
      options: ReadOptions<D>,
      room: RoomMaker<D>,
    ): AsyncGenerator<FilledRoom<D>, void, void> => wavFrames(source, info, options, room),
  };
}

async function notAudio(
  source: ByteSource,
  sniffed: Exclude<SniffedAudio, { kind: 'format' }>,
): Promise<BowerbirdError> {
  const { name } = source;
  const convert = '; convert it to FLAC or WAV first, for instance with FFmpeg';
  const found =
    sniffed.kind === 'other'
      ? `it is ${sniffed.name}${convert}`
      : `expected a recording (WAV, FLAC, MP3, Vorbis or Opus in Ogg), found ${describeUnknown(await source.read(0, 512)) ?? 'other bytes'}`;
  return new BowerbirdError('UNSUPPORTED', `Cannot read "${name}" as audio: ${found}`, { source: name });
}
