/** From the bytes of a recording to the fields of a sample that tell of its sound. */

import type { Stop } from '../../bytes.ts';
import { BowerbirdError, remedied } from '../../errors.ts';
import { mostValueBytes } from '../../formats/lmdb/write.ts';
import { native } from '../../native/native.ts';
import { named } from '../../options.ts';
import type { OnError } from '../../records/on-error.ts';
import type { Span } from '../../samples/rows/source.ts';
import type { Sample } from '../../samples/sample.ts';
import { type Clip, type ClipDamage, type ClipOptions, type OpenRecording, openRecording } from '../rows/clips.ts';
import type { RecordingTally } from '../rows/tally.ts';
import type { SampleChoices } from './choices.ts';

export interface Sound {
  /** `audio` as float32 samples, or as the bytes of a file. */
  readonly audio: Float32Array | Uint8Array;
  readonly sampleRate: number;
  readonly about: Sample;
  /** 0 where only decoding would tell. */
  readonly seconds: number;
  readonly damage: readonly ClipDamage[];
  /** To be called when the sample is stored: a recording whose sample is rejected was not used. */
  count(tally: RecordingTally): void;
}

export interface SoundOptions extends Pick<SampleChoices, 'sampleRate' | 'mono' | 'codec'> {
  readonly onError: OnError;
  readonly stop: Stop;
  /** For samples that nobody keeps. */
  readonly memory?: FloatMemory | undefined;
}

/** Used again: left to V8, the samples of each recording would bring on a collection for every few of them. */
export class FloatMemory {
  #floats = new Float32Array(0);

  take(length: number): Float32Array {
    if (this.#floats.length < length) this.#floats = new Float32Array(Math.ceil(length * 1.25));
    return this.#floats.subarray(0, length);
  }
}

/** What else a value holds, at most. */
const roomForFields = 1 << 20;

/**
 * `audio` is valid until the next sound is made.
 *
 * @throws BowerbirdError UNSUPPORTED, CORRUPT, TRUNCATED, BAD_SCHEMA for what cannot be used
 */
export async function soundOf(
  uri: string,
  bytes: Uint8Array,
  span: Span | undefined,
  options: SoundOptions,
): Promise<Sound> {
  const opened = await openRecording(uri, bytes, clipOptions(options, span));
  const [clip] = await collect(opened.clips());
  if (clip === undefined) throw new BowerbirdError('BAD_SCHEMA', `"${uri}" holds no sound`);
  refuseLarge(clip.bodyBytes, uri);
  if (span !== undefined && clip.frames === 0) {
    throw new BowerbirdError('BAD_SCHEMA', `The part from ${span[0]} s on begins behind the end of "${uri}"`);
  }
  const { info, damage } = opened;
  const { length } = bytes;
  return {
    ...(options.codec === 'pcm' ? samplesOf(clip, options.memory) : fileOf(clip, opened, options)),
    damage,
    count(tally) {
      tally.recording(opened, length);
      if (info !== undefined && opened.frames === undefined) tally.unknownLength(clip.frames, info);
      tally.note(uri, opened.notes());
    },
  };
}

function clipOptions({ codec, sampleRate, mono, onError, stop }: SoundOptions, span: Span | undefined): ClipOptions {
  if (codec === 'original' && span !== undefined) {
    const remedy = `; ${named('codec', 'flac')} packs it`;
    throw remedied('BAD_SCHEMA', 'A part of a recording cannot be kept as it is', remedy);
  }
  const as = codec === 'pcm' ? 'floats' : codec === 'flac' ? 'flac' : 'bytes';
  const how = { lenient: onError === 'salvage', checkFirst: onError === 'skip', stop, windows: null };
  return { as, bytes: 'opened', sampleRate, mono, ...how, ...(span && { span }) };
}

async function collect(clips: Iterable<Clip> | AsyncIterable<Clip>): Promise<Clip[]> {
  const found: Clip[] = [];
  for await (const clip of clips) found.push(clip);
  return found;
}

type Heard = Omit<Sound, 'damage' | 'count'>;

function samplesOf(clip: Clip, memory: FloatMemory | undefined): Heard {
  const { sampleRate, channels, frames } = clip;
  const seconds = frames / sampleRate;
  const about = { shape: shapeOf(frames, channels), dtype: 'float32', duration: seconds };
  return { audio: floatsOf(clip, memory), sampleRate, about, seconds };
}

/** Of one channel [frames], else [frames, channels], as soundfile gives them. */
export function shapeOf(frames: number, channels: number): readonly number[] {
  return channels === 1 ? [frames] : [frames, channels];
}

function floatsOf({ body, layout, bodyBytes }: Clip, memory: FloatMemory | undefined): Float32Array {
  if (layout === -1) {
    if (body.byteOffset % 4 === 0) return new Float32Array(body.buffer, body.byteOffset, bodyBytes / 4);
    return new Float32Array(body.slice().buffer);
  }
  const length = bodyBytes / 4;
  const floats = memory?.take(length) ?? new Float32Array(length);
  native().pcmToFloat(body, layout, floats);
  return floats;
}

function fileOf(clip: Clip, { info, frames }: OpenRecording, { codec }: SoundOptions): Heard {
  const { sampleRate, channels } = clip;
  const length = codec === 'flac' ? clip.frames : frames;
  const known = length === undefined ? {} : { shape: shapeOf(length, channels), duration: length / sampleRate };
  const about = { ...known, codec: codec === 'flac' ? 'flac' : (info?.format ?? '') };
  return { audio: clip.body, sampleRate, about, seconds: (length ?? 0) / sampleRate };
}

function refuseLarge(bytes: number, uri: string): void {
  if (bytes <= mostValueBytes - roomForFields) return;
  const message = `Its sound would have ${bytes} bytes, and a value of LMDB may have ${mostValueBytes}`;
  throw remedied('UNSUPPORTED', message, `; ${named('codec', 'flac')}, or a recording in parts`, { source: uri });
}
