/** The bytes of a recording as a row has them: all of it as it is, or the part that a row names as a WAV file. */

import { bytesSource, type Stop } from '../../../bytes.ts';
import { BowerbirdError, isVerdict } from '../../../errors.ts';
import { openAudio } from '../../../formats/open-audio.ts';
import type { WavInfo } from '../../../formats/wav/wav.ts';
import { encodeWavHeader, type WavSampleType } from '../../../formats/wav/writer.ts';
import type { Span } from '../../../samples/rows/source.ts';
import { shown } from '../../../storage/uri.ts';
import { openRecording } from '../../rows/clips.ts';
import { checkedName, type SoundCheck } from '../sound-check.ts';

export interface HeardSound {
  readonly bytes: Uint8Array;
  readonly path: string;
  /** NaN where only decoding tells. */
  readonly seconds: number;
  readonly notes: readonly string[];
}

interface Asked {
  readonly uri: string;
  readonly bytes: Uint8Array;
  readonly span?: Span | undefined;
  readonly check: SoundCheck;
  readonly stop: Stop;
}

/** A recording of more is told: viewers of the Hub show none of its row. */
const largeRecording = 50_000_000;

/** @throws BowerbirdError UNSUPPORTED, CORRUPT, TRUNCATED, BAD_SCHEMA for what is no recording, or has no such part */
export async function heard({ uri, bytes, span, check, stop }: Asked): Promise<HeardSound> {
  const path = await checkedName(uri, bytes, check, stop);
  if (span !== undefined) return cut(uri, bytes, path, span, stop);
  const notes: string[] = [];
  if (bytes.length > largeRecording) {
    notes.push(`It has ${bytes.length} bytes: viewers of the Hub show no row of more than 50 MB`);
  }
  if (!/^https?:/i.test(uri) && !shown(uri).endsWith(path)) {
    notes.push(`Its extension is not that of what it holds: it is called "${path}"`);
  }
  return { bytes, path, seconds: await secondsOf(uri, bytes), notes };
}

/** By its header. */
export async function secondsOf(uri: string, bytes: Uint8Array): Promise<number> {
  try {
    const { info } = await openAudio(bytesSource(bytes, uri));
    return info.frames === undefined ? Number.NaN : info.frames / info.sampleRate;
  } catch (error) {
    // What others decode is taken, too.
    if (isVerdict(error)) return Number.NaN;
    throw error;
  }
}

/** Recordings of up to 16 bits keep them; others are float32, which holds 24. */
async function cut(uri: string, bytes: Uint8Array, name: string, span: Span, stop: Stop): Promise<HeardSound> {
  const { info } = await openAudio(bytesSource(bytes, uri));
  const bits = info.integerBits;
  const isShort = bits > 0 && bits <= 16;
  const how = { sampleRate: null, mono: false, windows: null, lenient: false, checkFirst: true, stop } as const;
  const opened = await openRecording(uri, bytes, { as: isShort ? 'pcm16' : 'floats', bytes: 'opened', span, ...how });
  for await (const clip of opened.clips()) {
    const { sampleRate, channels, frames, body } = clip;
    if (frames === 0) {
      throw new BowerbirdError('BAD_SCHEMA', `The part from ${span[0]} s on begins behind the end of "${shown(uri)}"`);
    }
    const isWider = bits > 24 || (info.format === 'wav' && (info as WavInfo).layout.bytes > 4);
    const notes = isWider ? ['Its samples have more bits than the float32 of the part that is kept'] : [];
    return {
      bytes: wavOf({ sampleRate, channels, frames, type: isShort ? 'int16' : 'float32' }, body),
      path: `${name.replace(/\.[^.]*$/, '')}.wav`,
      seconds: frames / sampleRate,
      notes,
    };
  }
  throw new BowerbirdError('BAD_SCHEMA', `"${shown(uri)}" holds no sound`);
}

export interface WavTerms {
  readonly sampleRate: number;
  readonly channels: number;
  readonly frames: number;
  readonly type: WavSampleType;
}

/** `body`: samples as the file holds them. */
export function wavOf(terms: WavTerms, body: Uint8Array): Uint8Array {
  const header = encodeWavHeader(terms);
  // Samples of an odd number of bytes are followed by a zero.
  const file = new Uint8Array(header.length + body.length + (body.length % 2));
  file.set(header);
  file.set(body, header.length);
  return file;
}
