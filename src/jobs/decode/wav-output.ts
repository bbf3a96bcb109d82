/**
 * The WAV file that `decode` makes of a recording: the header first, since it tells how long it is only when the samples have come; then
 * the samples, by one thread from front to back or by several, each to its place.
 */

import type { AudioInfo } from '../../formats/audio/audio.ts';
import { encodeWavHeader, wavSampleBytes } from '../../formats/wav/writer.ts';
import { native } from '../../native/native.ts';
import { StagedSink, writeFully } from '../../storage/local/sink.ts';
import { crcText, type Written, WrittenCount } from '../../storage/written.ts';
import { infoTags } from './info-tags.ts';
import type { DecodedStream } from './samples.ts';

/** A header that will be made anew: from here on there is room for the sizes of RF64, should the recording be longer than it says. */
const reserveFrom = 2 ** 31;

export interface WavOutputOptions {
  /** By what is known before the samples have come. */
  readonly frames: number;
  /** Room for the sizes of RF64, whatever is known. */
  readonly largest?: boolean;
}

export class WavOutput {
  readonly #path: string;
  readonly #fd: number;
  readonly #frameBytes: number;
  readonly #promised: WavOutputOptions;
  readonly #header: (frames: number) => Uint8Array;
  /** Where in the file the samples begin. */
  readonly samplesAt: number;

  /** Borrows `fd`; `path` is for messages. Writes the header. */
  constructor(path: string, fd: number, info: AudioInfo, stream: DecodedStream, promised: WavOutputOptions) {
    this.#path = path;
    this.#fd = fd;
    this.#frameBytes = frameBytes(stream);
    this.#promised = promised;
    this.#header = (frames) => wavHeader(info, stream, frames, promised.largest === true);
    const header = this.#header(promised.frames);
    this.samplesAt = header.length;
    writeFully(path, fd, header, 0);
  }

  /** Takes samples, those of frame `from` of the output first. */
  samples(from = 0): StagedSink {
    return new StagedSink(this.#path, this.#fd, this.samplesAt + from * this.#frameBytes);
  }

  /**
   * `pieces`: the samples, in their order. Undefined when the header has no room for what the recording came to: once in a lifetime, the file
   * is to be made again with the largest one.
   */
  end(frames: number, pieces: readonly Written[]): Written | undefined {
    const header = this.#header(frames);
    if (header.length !== this.samplesAt) return undefined;
    if (frames !== this.#promised.frames) writeFully(this.#path, this.#fd, header, 0);
    const sampleBytes = frames * this.#frameBytes;
    // Samples of an odd number of bytes are followed by a zero.
    const padding = new Uint8Array(sampleBytes % 2);
    writeFully(this.#path, this.#fd, padding, this.samplesAt + sampleBytes);
    return joined([writtenOf(header), ...pieces, writtenOf(padding)]);
  }
}

export function frameBytes({ channels, type }: DecodedStream): number {
  return channels * wavSampleBytes(type);
}

/** Of the same length whatever the number of frames, but for `largest`. */
function wavHeader({ tags }: AudioInfo, stream: DecodedStream, frames: number, largest: boolean): Uint8Array {
  const { sampleRate, channels, type, validBits, channelMask, expectedFrames } = stream;
  const reserve = largest || expectedFrames === undefined || expectedFrames * frameBytes(stream) >= reserveFrom;
  const spec = { sampleRate, channels, frames, type, validBits, channelMask };
  return encodeWavHeader({ ...spec, reserve, info: infoTags(tags) });
}

function writtenOf(bytes: Uint8Array): Written {
  const count = new WrittenCount();
  count.add(bytes);
  return count.total();
}

/** Of pieces that stand behind each other, without reading any again. */
function joined(pieces: readonly Written[]): Written {
  const { crc32cCombine } = native();
  let [bytes, crc] = [0, 0];
  for (const piece of pieces) {
    crc = crc32cCombine(crc, Number.parseInt(piece.crc32c, 16), piece.bytes);
    bytes += piece.bytes;
  }
  return { bytes, crc32c: crcText(crc) };
}
