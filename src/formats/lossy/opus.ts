/** Opus in Ogg (RFC 7845): its header, and whether a packet is one (RFC 6716 section 3). */

import { BowerbirdError } from '../../errors.ts';
import type { OpusChannels } from './codec-decoders.ts';

export interface OpusHead extends OpusChannels {
  /** Frames at 48 kHz that decoding gives before the sound. */
  readonly preSkip: number;
  /** Of the channel mapping: 0 and 1 say where channels belong, 2 that they are ambisonic, 255 says nothing (RFC 7845, section 5.1.1; RFC 8486). */
  readonly family: number;
  /** To be multiplied with. */
  readonly gain: number;
}

/** Opus is decoded at this rate, whatever was encoded. */
export const opusSampleRate = 48000;

export function parseOpusHead(packet: Uint8Array, source: string): OpusHead {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const bad = (reason: string) =>
    new BowerbirdError('CORRUPT', `Cannot read "${source}" as Opus: ${reason}`, { source, offset: 0 });
  if (packet.length < 19) throw bad(`expected a header of 19 bytes or more, found ${packet.length}`);
  if (packet[8]! >> 4 !== 0) {
    throw new BowerbirdError('UNSUPPORTED', `Cannot read "${source}": it is Opus of version ${packet[8]}`, { source });
  }
  const channels = packet[9]!;
  const family = packet[18]!;
  const common = {
    channels,
    family,
    preSkip: view.getUint16(10, true),
    gain: 10 ** (view.getInt16(16, true) / (20 * 256)),
  };
  if (family === 0) {
    if (channels < 1 || channels > 2) throw bad(`its header says ${channels} channels, expected 1 or 2`);
    return { ...common, streams: 1, coupled: channels - 1, mapping: channels === 2 ? [0, 1] : [0] };
  }
  if (family !== 1 && family !== 2 && family !== 255) {
    const what = family === 3 ? '3 (ambisonics behind a matrix)' : family;
    const message = `Cannot read "${source}": it is Opus with channel mapping family ${what}; expected 0, 1, 2 or 255`;
    throw new BowerbirdError('UNSUPPORTED', message, { source });
  }
  if (channels < 1 || (family === 1 && channels > 8) || (family === 2 && !isAmbisonic(channels))) {
    throw bad(`its header says ${channels} channels of mapping family ${family}`);
  }
  if (packet.length < 21 + channels) throw bad('its header ends inside the channel mapping');
  const [streams, coupled] = [packet[19]!, packet[20]!];
  const mapping = [...packet.subarray(21, 21 + channels)];
  const isSound = streams > 0 && coupled <= streams && streams + coupled <= 255;
  if (!isSound || mapping.some((index) => index !== 255 && index >= streams + coupled)) {
    throw bad('its channel mapping names streams that are not there');
  }
  return { ...common, streams, coupled, mapping };
}

/** A square of channels up to the order 14, and two that do not turn with the listener's head or none (RFC 8486, section 3.1). */
function isAmbisonic(channels: number): boolean {
  return [channels, channels - 2].some((count) => count > 0 && count <= 225 && Number.isInteger(Math.sqrt(count)));
}

/** Frames of a code 0 packet at 48 kHz by the upper five bits of its first byte. */
function frameSize(toc: number): number {
  const config = toc >> 3;
  if (config < 12) return [480, 960, 1920, 2880][config & 3]!;
  if (config < 16) return [480, 960][config & 1]!;
  return 120 << (config & 3);
}

const mostFrames = 5760;
const mostFrameBytes = 1275;

/** Frames at 48 kHz that a packet decodes to; undefined when it is malformed. Of several streams all have to say the same. */
export function opusPacketFrames(packet: Uint8Array, streams: number): number | undefined {
  let rest = packet;
  let frames: number | undefined;
  for (let stream = 0; stream < streams; stream++) {
    const part = parseStream(rest, stream < streams - 1);
    if (part === undefined || (frames !== undefined && part.frames !== frames)) return undefined;
    frames = part.frames;
    rest = rest.subarray(part.bytes);
  }
  return frames;
}

interface Part {
  readonly frames: number;
  readonly bytes: number;
}

/** All but the last stream of a packet say how long their last frame is (RFC 6716 appendix B). */
function parseStream(bytes: Uint8Array, isDelimited: boolean): Part | undefined {
  if (bytes.length < 1) return undefined;
  const toc = bytes[0]!;
  const code = toc & 3;
  let at = 1;
  let end = bytes.length;
  /** The length of a frame; -1 when it is cut off. */
  const length = (): number => {
    const first = bytes[at++] ?? -1;
    if (first < 252) return first;
    const second = bytes[at++];
    return second === undefined ? -1 : 4 * second + first;
  };
  let count = code === 0 ? 1 : 2;
  let isVariable = code === 2;
  let padding = 0;
  if (code === 3) {
    const header = bytes[at++] ?? 0;
    count = header & 63;
    isVariable = (header & 128) !== 0;
    if ((header & 64) !== 0) {
      for (let more = 255; more === 255; ) {
        more = bytes[at++] ?? -1;
        if (more < 0) return undefined;
        padding += more === 255 ? 254 : more;
      }
    }
  }
  const frames = count * frameSize(toc);
  if (count < 1 || frames > mostFrames) return undefined;
  let known = 0;
  if (isVariable) {
    for (let i = 0; i < count - 1; i++) {
      const size = length();
      if (size < 0) return undefined;
      known += size;
    }
  }
  if (isDelimited) {
    const size = length();
    if (size < 0 || size > mostFrameBytes) return undefined;
    end = at + known + (isVariable ? size : size * count) + padding;
    return end <= bytes.length ? { frames, bytes: end } : undefined;
  }
  const left = end - at - known - padding;
  if (left < 0 || (!isVariable && left % count !== 0)) return undefined;
  const last = isVariable ? left : left / count;
  return last <= mostFrameBytes ? { frames, bytes: end } : undefined;
}
