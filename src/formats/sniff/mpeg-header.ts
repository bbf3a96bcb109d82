/** Headers of MPEG audio frames: ISO 11172-3 section 2.4.1.3, ISO 13818-3 and the usual extension to lower rates ("MPEG 2.5"). */

/** What headers of all layers say. */
export interface MpegFields {
  readonly version: 1 | 2 | 2.5;
  readonly layer: 1 | 2 | 3;
  readonly sampleRate: number;
  /** Its header does not say the bit rate ("free format"). */
  readonly isFree: boolean;
  /** Of the whole frame; 0 where the bit rate is free and nobody has measured. */
  readonly bytes: number;
  /** A byte, in layer 1 four, that some frames are longer. */
  readonly padding: 0 | 1;
  /** Of one channel. */
  readonly samples: number;
}

/** Of a frame of layer 3. */
export interface MpegHeader extends MpegFields {
  readonly channels: 1 | 2;
  /** Where what follows header and side information begins. */
  readonly dataOffset: number;
}

/** In kbit/s, by the index in the header; 0 is free (ISO 11172-3 section 2.4.2.3, ISO 13818-3 section 2.4.2.3). */
const bitRates = {
  first: {
    1: [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    2: [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    3: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  },
  second: {
    1: [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    3: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  },
} as const;
const sampleRates = [44100, 48000, 32000];

/** Of what begins with a sync word; 0 is no layer of MPEG audio, but of AAC in ADTS. */
export function layerOf(bytes: Uint8Array, at = 0): 0 | 1 | 2 | 3 | undefined {
  const second = bytes[at + 1] ?? 0;
  if (bytes[at] !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  return ([0, 3, 2, 1] as const)[(second >> 1) & 3];
}

/** Undefined for bytes that are no header. */
export function parseMpegFields(bytes: Uint8Array, at = 0): MpegFields | undefined {
  const layer = layerOf(bytes, at);
  if (layer === undefined || layer === 0) return undefined;
  const [versionBits, third] = [(bytes[at + 1]! >> 3) & 3, bytes[at + 2] ?? 0];
  const [rate, frequency] = [third >> 4, (third >> 2) & 3];
  if (versionBits === 1 || rate === 15 || frequency === 3) return undefined;
  const version = versionBits === 3 ? 1 : versionBits === 2 ? 2 : 2.5;
  const sampleRate = sampleRates[frequency]! / (version === 1 ? 1 : version === 2 ? 2 : 4);
  const samples = layer === 1 ? 384 : layer === 3 && version !== 1 ? 576 : 1152;
  const kbits = bitRates[version === 1 ? 'first' : 'second'][layer][rate]!;
  const padding = ((third >> 1) & 1) as 0 | 1;
  // Frames of layer 1 are counted in slots of four bytes.
  const slot = layer === 1 ? 4 : 1;
  const bytesOfFrame = slot * (Math.floor((samples * 125 * kbits) / slot / sampleRate) + padding);
  return { version, layer, sampleRate, isFree: kbits === 0, bytes: kbits === 0 ? 0 : bytesOfFrame, padding, samples };
}

/** Undefined for bytes that are no header of layer 3. */
export function parseMpegHeader(bytes: Uint8Array, at = 0): MpegHeader | undefined {
  if (layerOf(bytes, at) !== 3) return undefined;
  const fields = parseMpegFields(bytes, at);
  if (fields === undefined) return undefined;
  const channels = (bytes[at + 3] ?? 0) >> 6 === 3 ? 1 : 2;
  const sideBytes = fields.version === 1 ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17;
  const checksumBytes = (bytes[at + 1]! & 1) === 0 ? 2 : 0;
  return { ...fields, channels, dataOffset: 4 + checksumBytes + sideBytes };
}
