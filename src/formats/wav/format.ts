/** The `fmt ` chunk: which codec a WAV file holds and how its samples lie. */

import { BowerbirdError, type ErrorCode } from '../../errors.ts';
import type { SampleLayout } from '../audio/pcm.ts';

export interface WavFormat {
  readonly codec: 'pcm' | 'float' | 'alaw' | 'mulaw';
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  /** Bytes of a frame. */
  readonly blockAlign: number;
  /** Bit i stands for speaker i of WAVEFORMATEXTENSIBLE; 0 when the file does not say. */
  readonly channelMask: number;
  readonly layout: SampleLayout;
}

/** What is said of samples that neither a float32 nor 32 bits hold. */
const beyondOurs = {
  float: (bits: number) => `Floats of ${bits} bits are read as float32, rounded to nearest`,
  pcm: (bits: number) => `Samples of ${bits} bits are read as 32 bits or float32, rounded to nearest`,
} as const;

/** Names for the codecs that are met in the wild and not read. */
const otherCodecs: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  16: 'OKI ADPCM',
  17: 'IMA ADPCM',
  20: 'G.723 ADPCM',
  49: 'GSM 6.10',
  64: 'G.721 ADPCM',
  80: 'MPEG layer 1 or 2',
  85: 'MP3',
  255: 'AAC',
  352: 'Windows Media Audio 1',
  353: 'Windows Media Audio 2',
  8192: 'AC-3',
  22358: 'WavPack',
  26447: 'Ogg Vorbis',
  28751: 'Opus',
  61868: 'FLAC',
};

/** Ends of WAVEFORMATEXTENSIBLE identifiers that mean "the first two bytes are a format tag": Microsoft's, and Ambisonic B-format. */
const tagGuids = ['000000001000800000aa00389b71', '00002107d3118644c8c1ca000000'];

export function parseWavFormat(body: Uint8Array, bigEndian: boolean, source: string, notes: string[]): WavFormat {
  const fail = (code: ErrorCode, state: string) =>
    new BowerbirdError(code, `Cannot read "${source}" as WAV: ${state}`, { source });
  if (body.length < 16) {
    throw fail('BAD_SCHEMA', `its "fmt " chunk has ${body.length} bytes, expected 16 or more`);
  }
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const uint16 = (at: number) => view.getUint16(at, !bigEndian);
  const channels = uint16(2);
  const sampleRate = view.getUint32(4, !bigEndian);
  const bits = uint16(14);
  let tag = uint16(0);
  let validBits = bits;
  let channelMask = 0;
  if (tag === 0xfffe) {
    if (body.length < 40) throw fail('BAD_SCHEMA', `its extensible "fmt " chunk has ${body.length} bytes, expected 40`);
    const claimed = uint16(18);
    if (claimed > 0 && claimed < bits) validBits = claimed;
    channelMask = view.getUint32(20, !bigEndian);
    tag = subFormat(body, bigEndian, (guid) =>
      fail('UNSUPPORTED', `its codec has the identifier ${guid}; only PCM, float, A-law and mu-law are read`),
    );
  }
  const codec = ({ 1: 'pcm', 3: 'float', 6: 'alaw', 7: 'mulaw' } as const)[tag];
  if (codec === undefined) {
    const name = otherCodecs[tag] ?? `the codec with tag 0x${tag.toString(16).padStart(4, '0')}`;
    throw fail('UNSUPPORTED', `it holds ${name}; convert it to PCM first, for instance with FFmpeg`);
  }
  if (channels === 0) throw fail('BAD_SCHEMA', 'its header says 0 channels');
  if (sampleRate === 0) throw fail('BAD_SCHEMA', 'its header says a sample rate of 0 Hz');

  const frame = { blockAlign: uint16(12), byteRate: view.getUint32(8, !bigEndian), channels, sampleRate };
  const bytes = sampleBytes(bits, frame, notes);
  if (bits === 0 || bits > 64 || 8 * bytes < bits || bytes > 8) {
    throw fail('BAD_SCHEMA', `its header says ${bits} bits a sample in ${bytes} bytes`);
  }
  if (codec === 'float' && bits !== 32 && bits !== 64) {
    throw fail('UNSUPPORTED', `it holds floats of ${bits} bits, expected 32 or 64`);
  }
  if (codec !== 'pcm' && 8 * bytes !== bits) {
    throw fail('BAD_SCHEMA', `its header says ${bits} bits of ${codec} in ${bytes} bytes`);
  }
  if ((codec === 'alaw' || codec === 'mulaw') && bits !== 8) {
    throw fail('BAD_SCHEMA', `its header says ${codec} of ${bits} bits, expected 8`);
  }
  if (bytes > 4) notes.push(beyondOurs[codec === 'float' ? 'float' : 'pcm'](8 * bytes));
  return {
    codec,
    sampleRate,
    channels,
    bitsPerSample: validBits,
    blockAlign: bytes * channels,
    channelMask,
    layout: layoutOf(codec, bits, bytes, bigEndian, notes),
  };
}

interface FrameClaims {
  readonly blockAlign: number;
  readonly byteRate: number;
  readonly channels: number;
  readonly sampleRate: number;
}

/**
 * Of one sample. The bits say it, as for libsndfile and FFmpeg, whatever the frame size says: programs that mix or split channels forget
 * to change it. A container with room to spare is believed where the byte rate speaks of it too, and where there is a reason for one: three
 * bytes in four, five to seven in eight.
 */
function sampleBytes(
  bits: number,
  { blockAlign, byteRate, channels, sampleRate }: FrameClaims,
  notes: string[],
): number {
  const own = Math.ceil(bits / 8);
  if (blockAlign === own * channels) return own;
  const roomy = own === 3 ? 4 : 8;
  const isPacked = own === 3 || (own > 4 && own < 8);
  if (isPacked && blockAlign === roomy * channels && byteRate === sampleRate * blockAlign) return roomy;
  notes.push(
    `The header says frames of ${blockAlign} bytes, but ${channels} ${channels === 1 ? 'channel' : 'channels'} of ${bits} bits take ${own * channels}: that is used`,
  );
  return own;
}

function layoutOf(
  codec: WavFormat['codec'],
  bits: number,
  bytes: number,
  bigEndian: boolean,
  notes: string[],
): SampleLayout {
  if (codec === 'alaw' || codec === 'mulaw') return { kind: codec, bytes, bigEndian: false };
  if (codec === 'float') return { kind: 'float', bytes, bigEndian };
  if (bytes === 1) return { kind: 'unsigned', bytes, bigEndian: false };
  // Bits below the container's size stand at its top by the specification, and all readers agree. All writers of 24 in 32 that say
  // "24" and not "32, of which 24 are valid" put them at the bottom (libsndfile reads three bytes a sample from such a file,
  // which is noise; hound and SciPy read it as we do).
  if (bits === 24 && bytes === 4) {
    notes.push('Samples of 24 bits in 4 bytes: the low three bytes are used');
    return { kind: 'low24', bytes, bigEndian };
  }
  return { kind: 'integer', bytes, bigEndian };
}

/** The format tag inside a WAVEFORMATEXTENSIBLE identifier. */
function subFormat(body: Uint8Array, bigEndian: boolean, refuse: (guid: string) => BowerbirdError): number {
  const guid = Buffer.from(body.subarray(24, 40));
  // The identifier is a number of 32 bits, two of 16, and bytes: RIFX turns the numbers round.
  if (bigEndian) {
    guid.subarray(0, 4).reverse();
    guid.subarray(4, 6).reverse();
    guid.subarray(6, 8).reverse();
  }
  if (!tagGuids.includes(guid.toString('hex', 2))) throw refuse(guid.toString('hex'));
  return guid.readUInt16LE(0);
}
