/** The decoders of other people (mpg123, libvorbis, libopus as WebAssembly), loaded when such a file comes. What they refuse is a {@link Refused}. */

import { BowerbirdError } from '../../errors.ts';
import { Pieces } from './codec-blocks.ts';

/** What a decoder says of bytes that it cannot use. */
export class Refused extends Error {}

/** Samples of each channel. */
export type Planes = readonly Float32Array[];

export interface FrameDecoder {
  /** What it gives is valid until the next call. */
  decode(frame: Uint8Array): Planes;
  free(): void;
}

export interface MpegDecoder {
  /** `channels`: as the header of the frame says. */
  decode(frame: Uint8Array, channels: number): Planes;
  free(): void;
}

/** Memory of WebAssembly, as a number or several. */
interface Cells<T> {
  readonly ptr: number;
  readonly len: number;
  readonly buf: T;
}

// What is below the public functions of these packages: docs/decisions/028-decoder-packages.md says why. The names are the packages' own, hence
// their exact versions in package.json.

/** The decoder as what it has below its public functions. A package of another version may not have it: told at once, not in the middle of a file. */
export function partsOf<T extends object>(
  decoder: object,
  packageName: string,
  members: Readonly<Record<keyof T, true>>,
): T {
  const missing = Object.keys(members).find((member) => !(member in decoder));
  if (missing === undefined) return decoder as T;
  throw new Error(
    `Cannot use "${packageName}" as it is installed: it has no "${missing}"; install the version that the package.json of bowerbird names`,
  );
}

interface MpegCore {
  readonly _decoder: number;
  readonly _common: {
    readonly wasm: {
      mpeg_decoder_feed(decoder: number, input: number, length: number): number;
      mpeg_decoder_read(
        decoder: number,
        output: number,
        size: number,
        samplesDecoded: number,
        sampleRate: number,
        errorString: number,
      ): number;
    };
  };
  readonly _input: Cells<Uint8Array>;
  readonly _output: Cells<Float32Array>;
  readonly _samplesDecodedPtr: Cells<Uint32Array>;
  readonly _sampleRatePtr: Cells<Uint32Array>;
  readonly _errorStringPtr: Cells<Uint32Array>;
}

const mpegMembers = {
  _decoder: true,
  _common: true,
  _input: true,
  _output: true,
  _samplesDecodedPtr: true,
  _sampleRatePtr: true,
  _errorStringPtr: true,
} as const;

/** Channels that lie one behind the other. */
function planesIn({ buf }: Cells<Float32Array>, channels: number, count: number): Planes {
  return Array.from({ length: channels }, (_, c) => buf.subarray(c * count, (c + 1) * count));
}

/** Of `mpg123_errors` in mpg123.h. */
const mpegNeedsMore = -10;
const mpegNewFormat = -11;

/**
 * One for each recording, and a new one behind damage: it remembers what came before. It gives `channels` channels: where a frame has fewer the one
 * that there is in each, where it has more their mean.
 */
export async function mpegDecoder(channels: number): Promise<MpegDecoder> {
  const { MPEGDecoder } = await import('mpg123-decoder');
  // What an encoder put around the sound is taken off by whoever reads its header.
  const decoder = new MPEGDecoder({ enableGapless: false });
  await decoder.ready;
  const core = partsOf<MpegCore>(decoder, 'mpg123-decoder', mpegMembers);
  const pieces = new Pieces(channels);
  return {
    decode: (frame, given) =>
      refusing(() => {
        mpegFrame(core, frame, (count) => {
          // Both channels of a frame that is mono are the same.
          const isMixed = channels < given;
          const planes = planesIn(core._output, isMixed ? given : channels, count);
          pieces.add(isMixed ? [meanOf(planes[0]!, planes[1]!)] : planes);
        });
        return pieces.take();
      }),
    free: () => decoder.free(),
  };
}

/** In the place of the first. */
function meanOf(left: Float32Array, right: Float32Array): Float32Array {
  for (let i = 0; i < left.length; i++) left[i] = (left[i]! + right[i]!) / 2;
  return left;
}

/** Tells how many samples the frame lets it decode, piece by piece, which may be none. */
function mpegFrame(core: MpegCore, frame: Uint8Array, take: (count: number) => void): void {
  const { _decoder, _input, _output, _samplesDecodedPtr, _sampleRatePtr, _errorStringPtr } = core;
  const { wasm } = core._common;
  _input.buf.set(frame);
  let code = wasm.mpeg_decoder_feed(_decoder, _input.ptr, frame.length);
  // One frame lets out two at the most, and says once that a format begins; nothing may keep it going for ever.
  for (let reads = 0; code !== mpegNeedsMore; reads++) {
    const goesOn = (code === 0 || code === mpegNewFormat) && reads < 8;
    if (!goesOn) throw new Refused(`mpg123 gives up with code ${code}`);
    _samplesDecodedPtr.buf[0] = 0;
    code = wasm.mpeg_decoder_read(
      _decoder,
      _output.ptr,
      _output.len,
      _samplesDecodedPtr.ptr,
      _sampleRatePtr.ptr,
      _errorStringPtr.ptr,
    );
    take(_samplesDecodedPtr.buf[0]!);
  }
}

export interface OpusChannels {
  readonly channels: number;
  readonly streams: number;
  readonly coupled: number;
  readonly mapping: readonly number[];
}

interface OpusCore {
  readonly _decoder: number;
  readonly _common: {
    readonly wasm: {
      opus_frame_decode_float_deinterleaved(decoder: number, input: number, length: number, output: number): number;
    };
  };
  readonly _input: Cells<Uint8Array>;
  readonly _output: Cells<Float32Array>;
}

const opusMembers = { _decoder: true, _common: true, _input: true, _output: true } as const;

export async function opusDecoder({ channels, streams, coupled, mapping }: OpusChannels): Promise<FrameDecoder> {
  const { OpusDecoder } = await import('opus-decoder');
  const decoder = new OpusDecoder({
    sampleRate: 48000,
    channels,
    streamCount: streams,
    coupledStreamCount: coupled,
    channelMappingTable: [...mapping],
    preSkip: 0,
  });
  await decoder.ready;
  const core = partsOf<OpusCore>(decoder, 'opus-decoder', opusMembers);
  const { _decoder, _input, _output } = core;
  const decode = (packet: Uint8Array) => {
    _input.buf.set(packet);
    const { wasm } = core._common;
    const count = wasm.opus_frame_decode_float_deinterleaved(_decoder, _input.ptr, packet.length, _output.ptr);
    if (count < 0) throw new Refused(`libopus gives up with code ${count}`);
    return planesIn(_output, channels, count);
  };
  return { decode: (packet) => refusing(() => decode(packet)), free: () => decoder.free() };
}

export interface VorbisDecoder {
  /** The packets of a page. What it gives is valid until the next call. */
  decode(packets: readonly Uint8Array[]): Planes;
  free(): void;
}

/** Below its reader of pages. */
interface VorbisCore {
  readonly _decoder: number;
  readonly _common: {
    readonly wasm: { readonly HEAP: ArrayBuffer; decode_packets(decoder: number): void };
    codeToString(pointer: number): string;
  };
  readonly _input: Cells<Uint8Array>;
  readonly _inputLen: Cells<Uint32Array>;
  readonly _channels: Cells<Uint32Array>;
  readonly _samplesDecoded: Cells<Uint32Array>;
  readonly _outputBufferPtr: Cells<Uint32Array>;
  readonly _errors: Cells<Uint32Array>;
  readonly _errorsLength: Cells<Int32Array>;
  sendSetupHeader(packet: Uint8Array): void;
  initDsp(): void;
}

const vorbisPackage = '@wasm-audio-decoders/ogg-vorbis';
const vorbisMembers = {
  _decoder: true,
  _common: true,
  _input: true,
  _inputLen: true,
  _channels: true,
  _samplesDecoded: true,
  _outputBufferPtr: true,
  _errors: true,
  _errorsLength: true,
  sendSetupHeader: true,
  initDsp: true,
} as const;

/** `id` and `setup`: the first and the third packet of the stream; `channels` as the first one says. */
export async function vorbisDecoder(id: Uint8Array, setup: Uint8Array, channels: number): Promise<VorbisDecoder> {
  const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  const { _decoder } = partsOf<{ readonly _decoder: object }>(decoder, vorbisPackage, { _decoder: true });
  const core = partsOf<VorbisCore>(_decoder, vorbisPackage, vorbisMembers);
  refusing(() => {
    core.sendSetupHeader(id);
    core.sendSetupHeader(setup);
    core.initDsp();
  });
  const pieces = new Pieces(channels);
  const decode = (packets: readonly Uint8Array[]) => {
    for (const packet of packets) {
      const piece = vorbisPacket(core, packet);
      if (piece.length !== channels) throw new Refused('the setup of Vorbis is damaged');
      pieces.add(piece);
    }
    return pieces.take();
  };
  return { decode: (packets) => refusing(() => decode(packets)), free: () => decoder.free() };
}

/** Where the decoder has them. */
function vorbisPacket(core: VorbisCore, packet: Uint8Array): Planes {
  core._input.buf.set(packet);
  core._inputLen.buf[0] = packet.length;
  const { wasm } = core._common;
  wasm.decode_packets(core._decoder);
  if (core._errorsLength.buf[0]! > 0) {
    const [what, where] = core._errors.buf;
    core._errorsLength.buf[0] = 0;
    throw new Refused(`${core._common.codeToString(what!)} vorbis_synthesis${core._common.codeToString(where!)}`);
  }
  const count = core._samplesDecoded.buf[0]!;
  const places = new Uint32Array(wasm.HEAP, core._outputBufferPtr.buf[0]!, core._channels.buf[0]!);
  return Array.from(places, (place) => new Float32Array(wasm.HEAP, place, count));
}

/** WebAssembly traps are the fault of the bytes too; that this process gets no memory for another decoder is not. */
function refusing<T>(decode: () => T): T {
  const refuse = (error: unknown): never => {
    if (error instanceof Refused) throw error;
    if (error instanceof RangeError && /memory/i.test(error.message)) {
      throw new BowerbirdError('IO', `Cannot get memory for a decoder: ${error.message}`, {}, { cause: error });
    }
    throw new Refused(`its decoder failed (${(error as Error).message})`, { cause: error });
  };
  try {
    const result = decode();
    return result instanceof Promise ? (result.catch(refuse) as T) : result;
  } catch (error) {
    return refuse(error);
  }
}
