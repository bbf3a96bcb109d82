/** The decoders of other people (mpg123, libvorbis, libopus as WebAssembly), loaded when such a file comes. What they refuse is a {@link Refused}. */

import { Pieces } from './codec-blocks.ts';

/** What a decoder says of bytes that it cannot use. */
export class Refused extends Error {}

/** Samples of each channel. */
export type Planes = readonly Float32Array[];

export interface FrameDecoder {
  /** Decoders of MP3 hold the first frame back until they see the second. */
  decode(frame: Uint8Array): Planes;
  free(): void;
}

/** One for each recording, and a new one behind damage: it remembers what came before. */
export async function mpegDecoder(channels: number): Promise<FrameDecoder> {
  const { MPEGDecoder } = await import('mpg123-decoder');
  // What an encoder put around the sound is taken off by whoever reads its header.
  const decoder = new MPEGDecoder({ enableGapless: false });
  await decoder.ready;
  // Its loop goes on for ever behind an error that lasts; the first thing it does with one is to ask for the words.
  Object.assign(decoder, {
    _getErrorMessage: (code: number) => {
      throw new Refused(`mpg123 gives up with code ${code}`);
    },
  });
  return {
    // Both channels of one that is mono are the same.
    decode: (frame) => refusing(() => decoder.decodeFrame(frame).channelData.slice(0, channels)),
    free: () => decoder.free(),
  };
}

export interface OpusChannels {
  readonly channels: number;
  readonly streams: number;
  readonly coupled: number;
  readonly mapping: readonly number[];
}

/** Give it packets that are well-formed: it tells the console of others. */
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
  return {
    decode: (packet) =>
      refusing(() => {
        const { channelData, errors } = decoder.decodeFrame(packet);
        if (errors.length > 0) throw new Refused(errors[0]!.message);
        return channelData;
      }),
    free: () => decoder.free(),
  };
}

export interface VorbisDecoder {
  /** The packets of a page. What it gives is valid until the next call. */
  decode(packets: readonly Uint8Array[]): Planes;
  free(): void;
}

/** Memory of WebAssembly, as a number or several. */
interface Cells<T> {
  readonly buf: T;
}

/**
 * What is below the decoder's reader of pages. That one makes arrays of every packet, 70 MiB of them before they are collected; the samples can
 * be taken from where they are. These names are the package's own, hence its exact version in package.json.
 */
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

/** `id` and `setup`: the first and the third packet of the stream; `channels` as the first one says. */
export async function vorbisDecoder(id: Uint8Array, setup: Uint8Array, channels: number): Promise<VorbisDecoder> {
  const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  const core = (decoder as unknown as { readonly _decoder: VorbisCore })._decoder;
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

/** WebAssembly traps, and memory that a decoder cannot get, are the fault of the bytes too. */
function refusing<T>(decode: () => T): T {
  const refuse = (error: unknown): never => {
    if (error instanceof Refused) throw error;
    throw new Refused(`its decoder failed (${(error as Error).message})`, { cause: error });
  };
  try {
    const result = decode();
    return result instanceof Promise ? (result.catch(refuse) as T) : result;
  } catch (error) {
    return refuse(error);
  }
}
