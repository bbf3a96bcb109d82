/** Vorbis I (sections 4.2 and 5): the header packets, as far as a reader of recordings needs them. */

import { BowerbirdError } from '../../errors.ts';

export interface VorbisHead {
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples of a short and of a long block. */
  readonly blocks: readonly [number, number];
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
  return { sampleRate, channels, blocks: [1 << short, 1 << long] };
}

/** Type 1, 3 or 5 before "vorbis". */
export function isVorbisHeader(packet: Uint8Array, type: number): boolean {
  return packet[0] === type && Buffer.from(packet.subarray(1, 7)).toString('latin1') === 'vorbis';
}

/**
 * Says of one packet after another how many frames it lets out: a quarter of its block and of the one before; undefined when it is none of
 * sound. Undefined when the setup does not say which packets have long blocks.
 */
export function vorbisCounter(
  blocks: VorbisHead['blocks'],
  setup: Uint8Array,
): ((packet: Uint8Array) => number | undefined) | undefined {
  const flags = modeFlags(setup);
  if (flags === undefined) return undefined;
  const mask = (1 << Math.ceil(Math.log2(flags.length))) - 1;
  let before = 0;
  return ([first = 1]) => {
    const flag = flags[(first >> 1) & mask];
    if ((first & 1) !== 0 || flag === undefined) return undefined;
    const block = blocks[flag]!;
    const frames = before === 0 ? 0 : (before + block) / 4;
    before = block;
    return frames;
  };
}

/** Blockflag, window type, transform type, mapping (section 4.2.4): the types are always 0. */
const modeBits = 1 + 16 + 16 + 8;
const mostModes = 64;

/**
 * Which modes have long blocks. They stand last in the setup, so they are read from its end, as FFmpeg does: for the other way all
 * codebooks, floors and residues would have to be read.
 */
function modeFlags(setup: Uint8Array): readonly (0 | 1)[] | undefined {
  const bits = (from: number, count: number): number => {
    let value = 0;
    for (let i = count - 1; i >= 0; i--) value = 2 * value + ((setup[(from + i) >> 3]! >> ((from + i) & 7)) & 1);
    return value;
  };
  // The bit that ends the setup, before the padding.
  let at = 8 * setup.length - 1;
  while (at > 0 && bits(at, 1) === 0) at--;
  const flags: (0 | 1)[] = [];
  let found: (0 | 1)[] | undefined;
  while (at - modeBits >= 6 && flags.length < mostModes) {
    at -= modeBits;
    if (bits(at + 1, 32) !== 0 || bits(at + 33, 8) >= 64) break;
    flags.unshift(bits(at, 1) === 1 ? 1 : 0);
    if (bits(at - 6, 6) + 1 === flags.length) found = [...flags];
  }
  return found;
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
