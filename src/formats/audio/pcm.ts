/** Sample bytes to numbers and back, a block at a time: names the layouts of native/core/sound/pcm.h and checks what callers hand in. */

import { native, sampleKind, shapeMode } from '../../native/native.ts';
import { usage } from '../../options.ts';
import type { ChannelMode, SampleArray } from './audio.ts';

/** How one sample lies in the file. */
export interface SampleLayout {
  /** `low24`: 24 bits in the low three bytes of four. */
  readonly kind: 'integer' | 'unsigned' | 'float' | 'alaw' | 'mulaw' | 'low24';
  readonly bytes: number;
  readonly bigEndian: boolean;
}

const kinds: { readonly [K in SampleLayout['kind']]: number } = {
  integer: sampleKind.integer,
  unsigned: sampleKind.unsigned,
  float: sampleKind.float,
  alaw: sampleKind.aLaw,
  mulaw: sampleKind.muLaw,
  low24: sampleKind.low24,
};

/** As the native side takes it. */
export function layoutCode({ kind, bytes, bigEndian }: SampleLayout): number {
  return kinds[kind] + 8 * bytes + (bigEndian ? 128 : 0);
}

/** Into memory of the caller's, by the type of it. */
export function pcmInto(bytes: Uint8Array, layout: SampleLayout, out: SampleArray): void {
  if (out instanceof Float32Array) native().pcmToFloat(bytes, layoutCode(layout), out);
  else if (out instanceof Int32Array) native().pcmToInt32(bytes, checkedInteger(layout), out);
  else native().pcmToInt16(bytes, checkedShort(layout), out);
}

/** Channel c goes to `out` from at + c * plane on. */
export function deinterleave(
  interleaved: SampleArray,
  channels: number,
  out: SampleArray,
  at: number,
  plane: number,
): void {
  native().deinterleave(interleaved, channels, out, at, plane);
}

export function pickChannel<S extends SampleArray>(interleaved: S, channels: number, channel: number): S {
  const picked = new (interleaved.constructor as new (length: number) => S)(interleaved.length / channels);
  native().pickChannel(interleaved, channels, channel, picked);
  return picked;
}

/** Full scale is [-1, 1): integers are divided by 2^(bits - 1) of their container, 8-bit samples are (x - 128) / 128. */
export function pcmToFloat(bytes: Uint8Array, layout: SampleLayout): Float32Array<ArrayBuffer> {
  const out = new Float32Array(Math.floor(bytes.length / layout.bytes));
  native().pcmToFloat(bytes, layoutCode(layout), out);
  return out;
}

/** Bits of the integers in the file; {@link pcmToInt32} gives no more than 32 of them. 0 for floats. */
export function integerBits({ kind, bytes }: SampleLayout): number {
  if (kind === 'float') return 0;
  if (kind === 'low24') return 24;
  return kind === 'alaw' || kind === 'mulaw' ? 16 : 8 * bytes;
}

/** The integers themselves, in the scale of their container; samples wider than 32 bits are rounded to them, to nearest. */
export function pcmToInt32(bytes: Uint8Array, layout: SampleLayout): Int32Array<ArrayBuffer> {
  const out = new Int32Array(Math.floor(bytes.length / layout.bytes));
  native().pcmToInt32(bytes, checkedInteger(layout), out);
  return out;
}

export function pcmToInt16(bytes: Uint8Array, layout: SampleLayout): Int16Array<ArrayBuffer> {
  const out = new Int16Array(Math.floor(bytes.length / layout.bytes));
  native().pcmToInt16(bytes, checkedShort(layout), out);
  return out;
}

function checkedInteger(layout: SampleLayout): number {
  if (layout.kind === 'float') throw usage('Cannot give float samples as integers: ask for float32');
  return layoutCode(layout);
}

function checkedShort(layout: SampleLayout): number {
  const bits = integerBits(layout);
  if (bits === 0 || bits > 16) {
    throw usage(`Cannot give ${bits === 0 ? 'float' : `${bits}-bit`} samples as int16: ask for float32 or int32`);
  }
  return layoutCode(layout);
}

/**
 * Samples as little-endian bytes. Integers are x * 2^(bits - 1) rounded to nearest, ties to even, then clipped; NaN becomes 0.
 * Samples that were read from integers of up to 24 bits come back exactly.
 */
export function floatToPcm(samples: Float32Array, layout: SampleLayout): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(samples.length * layout.bytes);
  native().pcmFromFloat(samples, layoutCode(layout), out);
  return out;
}

/**
 * Integers of `bits` bits (full scale 2^(bits - 1)) as samples of a layout of WAV: moved to the top of wider ones, rounded to nearest,
 * ties to even, and clipped where there are fewer bits. Once: floats would round those of more than 25 bits before.
 */
export function integersToPcm(
  samples: Int32Array | Int16Array,
  bits: number,
  { kind, bytes }: SampleLayout,
): Uint8Array<ArrayBuffer> {
  const shift = bits - 8 * bytes;
  const values = shift > 0 ? rounded(samples, shift, 8 * bytes) : Int32Array.from(samples);
  if (shift < 0) for (let i = 0; i < values.length; i++) values[i] = values[i]! << -shift;
  if (bytes === 4) return new Uint8Array(values.buffer);
  if (bytes === 2) return new Uint8Array(Int16Array.from(values).buffer);
  const out = new Uint8Array(values.length * bytes);
  const flip = kind === 'unsigned' ? 128 : 0;
  for (let i = 0, at = 0; i < values.length; i++) {
    const value = values[i]! ^ flip;
    for (let byte = 0; byte < bytes; byte++) out[at++] = value >> (8 * byte);
  }
  return out;
}

/** Divided by 2^shift. */
function rounded(samples: Int32Array | Int16Array, shift: number, bits: number): Int32Array<ArrayBuffer> {
  const out = new Int32Array(samples.length);
  const half = 2 ** (shift - 1);
  const most = 2 ** (bits - 1) - 1;
  for (let i = 0; i < out.length; i++) {
    const sample = samples[i]!;
    const low = sample >> shift;
    const rest = sample - low * 2 ** shift;
    const isUp = rest > half || (rest === half && (low & 1) === 1);
    out[i] = isUp ? Math.min(low + 1, most) : low;
  }
  return out;
}

/** Interleaved frames in the shape asked for; the same array when nothing has to change. */
export function shapeChannels(interleaved: Float32Array, channels: number, mode: ChannelMode): Float32Array {
  checkChannelMode(channels, mode);
  if (mode === 'interleaved' || channels === 1) return interleaved;
  const frames = Math.floor(interleaved.length / channels);
  const out = new Float32Array(mode === 'planar' ? frames * channels : frames);
  native().shapeChannels(interleaved, channels, typeof mode === 'number' ? mode : shapeMode[mode], out);
  return out;
}

export function checkChannelMode(channels: number, mode: ChannelMode): void {
  if (typeof mode === 'number' && !(Number.isInteger(mode) && mode >= 0 && mode < channels)) {
    throw usage(`Cannot take channel ${mode}: the recording has ${channels}, counted from 0`);
  }
}
