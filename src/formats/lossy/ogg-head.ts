/** The header packets of Vorbis and Opus in Ogg, and the decoder that they ask for. */

import type { ByteSource } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { vorbisMask } from '../audio/speakers.ts';
import { Pieces } from './codec-blocks.ts';
import { opusDecoder, type Planes, Refused, vorbisDecoder } from './codec-decoders.ts';
import type { OggPlan } from './ogg-length.ts';
import { OggStream } from './ogg-pages.ts';
import { opusPacketFrames, opusSampleRate, parseOpusHead } from './opus.ts';
import { isVorbisHeader, parseVorbisHead, vorbisCounter, waveOrder } from './vorbis.ts';

export interface PageDecoder {
  /** Throws {@link Refused}. */
  decode(packets: readonly Uint8Array[]): Promise<Planes>;
  free(): void;
}

export interface OggHead extends OggPlan {
  readonly format: 'ogg-vorbis' | 'opus';
  readonly codec: 'vorbis' | 'opus';
  readonly sampleRate: number;
  readonly channels: number;
  readonly channelMask: number;
  readonly comments: Uint8Array;
  open(): Promise<PageDecoder>;
}

export async function readOpusHead(source: ByteSource, offset: number): Promise<OggHead> {
  const { packets, serial } = await headerPackets(source, offset, 2);
  const opus = parseOpusHead(packets[0]!, source.name);
  // Only families 0 and 1 have the order of Vorbis; the others keep that of the stream, however many channels there are.
  const mapping = opus.family > 1 ? opus.mapping : waveOrder(opus.channels).map((channel) => opus.mapping[channel]!);
  return {
    format: 'opus',
    codec: 'opus',
    sampleRate: opusSampleRate,
    channels: opus.channels,
    channelMask: opus.family > 1 ? 0 : vorbisMask(opus.channels),
    preSkip: opus.preSkip,
    serial,
    offset,
    headers: 2,
    comments: packets[1]!.subarray('OpusTags'.length),
    counter: () => (packet) => opusPacketFrames(packet, opus.streams),
    open: async () => {
      // The decoder is told where channels go, so that nothing has to be moved.
      const decoder = await opusDecoder({ ...opus, mapping });
      const pieces = new Pieces(opus.channels);
      return {
        decode: async (packets) => {
          const bad = packets.some((packet) => opusPacketFrames(packet, opus.streams) === undefined);
          if (bad) throw new Refused('a packet of Opus is malformed');
          for (const packet of packets) pieces.add(decoder.decode(packet));
          return pieces.take(opus.gain);
        },
        free: decoder.free,
      };
    },
  };
}

export async function readVorbisHead(source: ByteSource, offset: number): Promise<OggHead> {
  const { packets, serial } = await headerPackets(source, offset, 3);
  const [id, comments, setup] = packets as [Uint8Array, Uint8Array, Uint8Array];
  const { sampleRate, channels, blocks } = parseVorbisHead(id, source.name);
  if (!isVorbisHeader(comments, 3) || !isVorbisHeader(setup, 5)) {
    throw headError(source, offset, 'CORRUPT', 'expected the tags and the setup of Vorbis behind its first packet');
  }
  const order = waveOrder(channels);
  return {
    format: 'ogg-vorbis',
    codec: 'vorbis',
    sampleRate,
    channels,
    channelMask: vorbisMask(channels),
    preSkip: 0,
    serial,
    offset,
    headers: 3,
    comments: comments.subarray('.vorbis'.length),
    counter: () => vorbisCounter(blocks, setup),
    open: async () => {
      const decoder = await vorbisDecoder(id, setup, channels);
      return {
        decode: async (packets) => {
          const planes = decoder.decode(packets);
          return order.map((channel) => planes[channel]!);
        },
        free: decoder.free,
      };
    },
  };
}

function headError({ name }: ByteSource, offset: number, code: 'CORRUPT' | 'TRUNCATED', reason: string) {
  return new BowerbirdError(code, `Cannot read "${name}" as Ogg: ${reason} (byte ${offset})`, { source: name, offset });
}

async function headerPackets(
  source: ByteSource,
  offset: number,
  count: number,
): Promise<{ packets: Uint8Array[]; serial: number }> {
  const stream = new OggStream(source, offset);
  const packets: Uint8Array[] = [];
  for (;;) {
    const page = await stream.next();
    if (page === undefined) {
      throw headError(
        source,
        stream.position,
        'TRUNCATED',
        `it ends before packet ${packets.length + 1} of its header`,
      );
    }
    if (page.kind === 'hole') throw headError(source, page.offset, codeOf(page.code), page.reason);
    packets.push(...page.packets);
    if (packets.length >= count) return { packets, serial: page.serial };
  }
}

function codeOf(code: string): 'CORRUPT' | 'TRUNCATED' {
  return code === 'TRUNCATED' ? code : 'CORRUPT';
}
