/** The decoders of other people (mpg123, libvorbis, libopus as WebAssembly), loaded when such a file comes. What they refuse is a {@link Refused}. */

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
  /** The packets of a page. */
  decode(packets: readonly Uint8Array[]): Promise<Planes>;
  free(): void;
}

/** As the decoder's own page parser hands them over. */
interface VorbisPage {
  readonly data: Uint8Array;
  readonly codecFrames: readonly {
    readonly header: { readonly vorbisSetup: Uint8Array };
    readonly data: Uint8Array;
  }[];
}

/** `id` and `setup`: the first and the third packet of the stream. */
export async function vorbisDecoder(id: Uint8Array, setup: Uint8Array): Promise<VorbisDecoder> {
  const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  const give = decoder.decodeOggPages.bind(decoder) as unknown as (pages: readonly VorbisPage[]) => Promise<{
    readonly channelData: Planes;
    readonly errors: readonly { readonly message: string }[];
  }>;
  const header = { vorbisSetup: setup };
  const decode = async (data: Uint8Array, packets: readonly Uint8Array[]) => {
    const codecFrames = packets.map((packet) => ({ header, data: packet }));
    const { channelData, errors } = await refusing(() => give([{ data, codecFrames }]));
    if (errors.length > 0) throw new Refused(errors[0]!.message);
    return channelData;
  };
  await decode(id, []);
  const none = new Uint8Array(1);
  return { decode: (packets) => decode(none, packets), free: () => decoder.free() };
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
