/** What encoders write into the first frame of MP3, which holds no sound but this: how much there is, and what they put around it. */

import { latin1 } from '../../bytes.ts';
import type { Mp3Frame } from './mp3-frames.ts';

export interface EncoderHead {
  /** Frames with sound; undefined where it does not say. */
  readonly count: number | undefined;
  /** Samples that decoding gives before the sound, and behind it. */
  readonly delay: number;
  readonly padding: number;
  /** From this frame to the end of the last; undefined where it does not say. */
  readonly bytes: number | undefined;
}

/** Samples by which a decoder is late: its filter bank's, and one. Encoders do not count them. */
const decoderDelay = 529;

/** A number that an encoder sets when it has ended; one that cannot go back leaves 0. */
function counted(number: number): number | undefined {
  return number === 0 ? undefined : number;
}

/** "Xing" or "Info" where data would begin, then what LAME and those who follow it append; "VBRI" at a fixed place. */
export function readEncoderHead({ bytes, header }: Mp3Frame): EncoderHead | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (latin1(bytes, 36, 40) === 'VBRI' && bytes.length >= 54) {
    return { count: counted(view.getUint32(50)), bytes: counted(view.getUint32(46)), delay: 0, padding: 0 };
  }
  const at = header.dataOffset;
  const id = latin1(bytes, at, at + 4);
  if ((id !== 'Xing' && id !== 'Info') || bytes.length < at + 8) return undefined;
  const flags = view.getUint32(at + 4);
  const [hasFrames, hasBytes, hasTable, hasQuality] = [1, 2, 4, 8].map((bit) => (flags & bit) !== 0);
  const framesAt = at + 8;
  const lame = framesAt + (hasFrames ? 4 : 0) + (hasBytes ? 4 : 0) + (hasTable ? 100 : 0) + (hasQuality ? 4 : 0);
  const number = (isThere: boolean | undefined, where: number) =>
    isThere && bytes.length >= where + 4 ? counted(view.getUint32(where)) : undefined;
  const all = { count: number(hasFrames, framesAt), bytes: number(hasBytes, framesAt + (hasFrames ? 4 : 0)) };
  const isSigned = bytes.length >= lame + 24 && /^[A-Za-z]{4}/.test(latin1(bytes, lame, lame + 4));
  if (!isSigned) return { ...all, delay: 0, padding: 0 };
  const both = (view.getUint16(lame + 21) << 8) | bytes[lame + 23]!;
  return { ...all, delay: (both >> 12) + decoderDelay, padding: Math.max(0, (both & 4095) - decoderDelay) };
}

export function soundOf(samples: number, { delay, padding }: EncoderHead): number {
  return Math.max(0, samples - delay - padding);
}
