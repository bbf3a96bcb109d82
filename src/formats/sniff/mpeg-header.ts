/** Headers of MP3 frames. */

/** ISO 11172-3 section 2.4.1.3, ISO 13818-3 and the usual extension to lower rates ("MPEG 2.5"). */
export interface MpegHeader {
  readonly version: 1 | 2 | 2.5;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** Its header does not say the bit rate ("free format"). */
  readonly isFree: boolean;
  /** Of the whole frame; 0 where the bit rate is free and nobody has measured. */
  readonly bytes: number;
  /** A byte that some frames are longer. */
  readonly padding: 0 | 1;
  /** Of one channel. */
  readonly samples: number;
  /** Where what follows header and side information begins. */
  readonly dataOffset: number;
}

/** In kbit/s, by the index in the header. */
const bitRates = {
  1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const sampleRates = [44100, 48000, 32000];

/** Undefined for bytes that are no header of layer 3. */
export function parseMpegHeader(bytes: Uint8Array, at = 0): MpegHeader | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
  const [versionBits, layer] = [(b >> 3) & 3, (b >> 1) & 3];
  const [rate, frequency] = [c >> 4, (c >> 2) & 3];
  if (a !== 0xff || (b & 0xe0) !== 0xe0 || versionBits === 1 || layer !== 1 || rate === 15 || frequency === 3) {
    return undefined;
  }
  const version = versionBits === 3 ? 1 : versionBits === 2 ? 2 : 2.5;
  const sampleRate = sampleRates[frequency]! / (version === 1 ? 1 : version === 2 ? 2 : 4);
  const samples = version === 1 ? 1152 : 576;
  const kbits = bitRates[version === 1 ? 1 : 2][rate]!;
  const channels = d >> 6 === 3 ? 1 : 2;
  const padding = ((c >> 1) & 1) as 0 | 1;
  const sideBytes = version === 1 ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17;
  return {
    version,
    sampleRate,
    channels,
    isFree: kbits === 0,
    bytes: kbits === 0 ? 0 : Math.floor((samples * 125 * kbits) / sampleRate) + padding,
    padding,
    samples,
    dataOffset: 4 + ((b & 1) === 0 ? 2 : 0) + sideBytes,
  };
}
