/** Vorbis I (sections 4.2 and 5): the header packets, as far as a reader of recordings needs them. */

import { BowerbirdError } from '../errors.ts';

export interface VorbisHead {
  readonly sampleRate: number;
  readonly channels: number;
}

export function parseVorbisHead(packet: Uint8Array, source: string): VorbisHead {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const bad = (reason: string) =>
    new BowerbirdError('CORRUPT', `Cannot read "${source}" as Vorbis: ${reason}`, { source, offset: 0 });
  if (packet.length < 30) throw bad(`expected an identification header of 30 bytes, found ${packet.length}`);
  const version = view.getUint32(7, true);
  if (version !== 0) {
    throw new BowerbirdError('UNSUPPORTED', `Cannot read "${source}": it is Vorbis of version ${version}`, { source });
  }
  const channels = packet[11]!;
  const sampleRate = view.getUint32(12, true);
  const [short, long] = [packet[28]! & 15, packet[28]! >> 4];
  if (channels === 0 || sampleRate === 0) throw bad('its header says 0 channels or 0 Hz');
  if (short < 6 || long > 13 || short > long || (packet[29]! & 1) === 0)
    throw bad('its identification header is damaged');
  return { sampleRate, channels };
}

/** Type 1, 3 or 5 before "vorbis". */
export function isVorbisHeader(packet: Uint8Array, type: number): boolean {
  return packet[0] === type && Buffer.from(packet.subarray(1, 7)).toString('latin1') === 'vorbis';
}

/** Where the channels of Vorbis and of Opus family 1 stand in WAV, FLAC and here: out[i] is in[order[i]]. Beyond eight as they come. */
export function waveOrder(channels: number): readonly number[] {
  return orders[channels] ?? Array.from({ length: channels }, (_, i) => i);
}

const orders: { readonly [channels: number]: readonly number[] } = {
  // Left, centre, right -> left, right, centre.
  3: [0, 2, 1],
  5: [0, 2, 1, 3, 4],
  6: [0, 2, 1, 5, 3, 4],
  // Rear centre before the sides.
  7: [0, 2, 1, 6, 5, 3, 4],
  // Rear pair before the sides.
  8: [0, 2, 1, 7, 5, 6, 3, 4],
};
