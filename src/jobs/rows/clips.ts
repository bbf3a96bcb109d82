/** From a recording in memory to the bytes that are stored of it: all of it, or clip by clip. WAV that needs no change goes through untouched. */

import { type ByteSource, bytesSource, type Stop } from '../../bytes.ts';
import type { ErrorCode } from '../../errors.ts';
import type { AudioGap, AudioInfo, AudioNote, AudioReader, SampleArray } from '../../formats/audio/audio.ts';
import { gapError, untold } from '../../formats/audio/gaps.ts';
import { GrowingBytes } from '../../formats/audio/growing-bytes.ts';
import { floatToPcm, layoutCode, type SampleLayout } from '../../formats/audio/pcm.ts';
import { readWhole } from '../../formats/audio/read.ts';
import { type AudioShape, planShape, shapedFloats } from '../../formats/audio/shape.ts';
import { audioWindows } from '../../formats/audio/windows.ts';
import { encodeFlacBlocks } from '../../formats/flac/encode.ts';
import { openAudio } from '../../formats/open-audio.ts';
import { sniffAudio } from '../../formats/sniff-audio.ts';
import { wavGaps } from '../../formats/wav/blocks.ts';
import type { WavInfo } from '../../formats/wav/wav.ts';

/** How recordings are cut. */
export interface Windows {
  /** Seconds. */
  readonly length: number;
  readonly hop: number;
  readonly pad: 'zero' | 'drop';
}

/** Valid until the next one is taken. */
export interface Clip {
  readonly body: Uint8Array;
  /** As RecordWriter.appendParts() takes it: -1, or samples that become float32 on their way. */
  readonly layout: number;
  /** Of the body as it is stored. */
  readonly bodyBytes: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly frames: number;
  /** Seconds of the recording, when it was cut. */
  readonly start?: number;
  /** Where the clip's sound ends. */
  readonly end?: number;
}

export interface OpenRecording {
  /** Undefined for what is only passed on. */
  readonly info: AudioInfo | undefined;
  /** Of the recording, silence in the place of what is lost included; undefined where only decoding tells. */
  readonly frames: number | undefined;
  /** What was bridged, in order; complete when the last clip was taken. */
  readonly damage: readonly ClipDamage[];
  /** What is odd beside; complete when the last clip was taken. */
  notes(): readonly string[];
  clips(): Iterable<Clip> | AsyncIterable<Clip>;
}

/** Damage of a recording that was used in spite of it. */
export interface ClipDamage {
  readonly code: ErrorCode;
  /** A sentence, with the time. */
  readonly reason: string;
}

export interface ClipOptions {
  /** Float32 samples, 16-bit ones, a FLAC file, or the file as it is; samples are little-endian, frame after frame. */
  readonly as: 'floats' | 'pcm16' | 'flac' | 'bytes';
  /** Of bytes: what they are. "opened": a recording whose header is read, "sniffed": one of a known format, "any": whatever it is. */
  readonly bytes: 'opened' | 'sniffed' | 'any';
  /** Hz; null: as recorded. */
  readonly sampleRate: number | null;
  readonly mono: boolean;
  /** Null: one clip a recording. */
  readonly windows: Windows | null;
  /** Seconds of the recording, where only a part of it is wanted; without an end, to its end. */
  readonly span?: readonly [from: number, to: number | null];
  /** Silence in the place of what is damaged. */
  readonly lenient: boolean;
  /** Look for damage before the first clip is handed out, so that a damaged recording gives none. */
  readonly checkFirst: boolean;
  readonly stop: Stop;
}

const asItIs = -1;
const int16: SampleLayout = { kind: 'integer', bytes: 2, bigEndian: false };

/** @throws BowerbirdError UNSUPPORTED, CORRUPT, TRUNCATED, BAD_SCHEMA for what cannot be used, here or while clips are taken */
export async function openRecording(uri: string, bytes: Uint8Array, options: ClipOptions): Promise<OpenRecording> {
  if (options.as === 'bytes' && options.bytes === 'any') return unopened(bytes);
  const source = bytesSource(bytes, uri);
  if (options.as === 'bytes' && options.bytes === 'sniffed') return passedOn(source, bytes, options.lenient);
  const reader = await openAudio(source, options);
  const { info } = reader;
  // Known from the header: nothing has to be decoded to refuse it. Bytes that are passed on lose no sound that stands behind.
  const passesAll = options.as === 'bytes';
  const known = gapsOfHeader(info).find(({ fault }) => !passesAll || fault === undefined);
  if (known !== undefined && !options.lenient) throw gapError(uri, known);
  const gaps: AudioGap[] = passesAll && known !== undefined ? [known] : [];
  const damage = gaps.map(damageOf);
  const notes = new Set(info.notes);
  const onGap = (gap: AudioGap) => {
    gaps.push(gap);
    damage.push(damageOf(gap));
  };
  const read = {
    lenient: options.lenient,
    stop: options.stop,
    onGap,
    onNote: (note: AudioNote) => notes.add(note.text),
  };
  return {
    info,
    frames: passesAll ? info.frames : framesWithSilence(info),
    damage,
    notes: () => untold([...notes], gaps),
    clips: () => clipsOf(reader, source, bytes, options, read),
  };
}

type Reading = Pick<ClipOptions, 'lenient' | 'stop'> & {
  readonly onGap: (gap: AudioGap) => void;
  readonly onNote: (note: AudioNote) => void;
};

function damageOf({ seconds, reason, fault, code }: AudioGap): ClipDamage {
  const at = `${Number(seconds.toFixed(3))} s`;
  return { code, reason: fault === undefined ? `silence at ${at}: ${reason}` : `at ${at}: ${reason}` };
}

/** The headers of other formats count what is lost too. */
function framesWithSilence(info: AudioInfo): number | undefined {
  if (info.frames === undefined) return undefined;
  return gapsOfHeader(info).reduce((total, { frames }) => total + frames, info.frames);
}

/** Any format that is known as audio, also those that are not decoded here. */
async function passedOn(source: ByteSource, bytes: Uint8Array, lenient: boolean): Promise<OpenRecording> {
  // What is no audio is told by whoever opens audio.
  const sniffed = await sniffAudio(source);
  if (sniffed.kind === 'unknown' || (sniffed.kind === 'format' && sniffed.isBare)) await openAudio(source, { lenient });
  return unopened(bytes);
}

/** Nothing is known of what it holds. */
function unopened(bytes: Uint8Array): OpenRecording {
  return {
    info: undefined,
    frames: undefined,
    damage: [],
    notes: () => [],
    clips: () => [asItStands(bytes, 0, 0, 0)],
  };
}

function asItStands(body: Uint8Array, sampleRate: number, channels: number, frames: number): Clip {
  return { body, layout: asItIs, bodyBytes: body.length, sampleRate, channels, frames };
}

/** A header that promises samples which the file does not hold, sound behind them. One that promises none is true, and TensorFlow takes it. */
function gapsOfHeader(info: AudioInfo): readonly AudioGap[] {
  return info.format === 'wav' ? wavGaps(info as WavInfo) : [];
}

function clipsOf(
  reader: AudioReader,
  source: ByteSource,
  bytes: Uint8Array,
  options: ClipOptions,
  read: Reading,
): Iterable<Clip> | AsyncIterable<Clip> {
  const { info } = reader;
  const shape = shapeOf(info, options);
  if (options.as === 'bytes') return [asItStands(bytes, info.sampleRate, info.channels, info.frames ?? 0)];
  if (options.windows !== null) return windowsOf(reader, shape, options.windows, options, read);
  const clip = untouched(info, bytes, shape, options);
  return clip === undefined ? whole(reader, source, shape, options, read) : [clip];
}

/** Empty when the samples stay as they are. */
function shapeOf({ sampleRate, channels }: AudioInfo, options: ClipOptions): AudioShape {
  return {
    ...(options.mono && channels > 1 ? { mono: true } : {}),
    ...(options.sampleRate === null || options.sampleRate === sampleRate ? {} : { sampleRate: options.sampleRate }),
    ...(options.span === undefined ? {} : { from: options.span[0], to: options.span[1] ?? undefined }),
  };
}

function isPlain(shape: AudioShape): boolean {
  return Object.keys(shape).length === 0;
}

/** The sample bytes of a WAV file, converted by whoever writes them. */
function untouched(info: AudioInfo, bytes: Uint8Array, shape: AudioShape, { as }: ClipOptions): Clip | undefined {
  if (info.format !== 'wav' || !isPlain(shape) || gapsOfHeader(info).length > 0) return undefined;
  const { layout, dataOffset, dataBytes, channels, sampleRate, frames } = info as WavInfo;
  const body = bytes.subarray(dataOffset, dataOffset + dataBytes);
  const rest = { sampleRate, channels, frames };
  if (as === 'floats') {
    return { body, layout: layoutCode(layout), bodyBytes: frames * channels * 4, ...rest };
  }
  const isInt16 = layout.kind === 'integer' && layout.bytes === 2 && !layout.bigEndian;
  return as === 'pcm16' && isInt16 ? asItStands(body, sampleRate, channels, frames) : undefined;
}

async function* whole(
  reader: AudioReader,
  source: ByteSource,
  shape: AudioShape,
  options: ClipOptions,
  read: Reading,
): AsyncGenerator<Clip, void, void> {
  // FLAC keeps integers; everything else is made of floats.
  const keeps = options.as === 'flac' && isPlain(shape) && reader.info.integerBits > 0;
  const dtype = !keeps ? 'float32' : reader.info.integerBits <= 16 ? 'int16' : 'int32';
  const { lenient, stop } = read;
  const all = await readWhole(reader, source.name, source.byteLength, {
    ...shape,
    dtype,
    planar: false,
    lenient,
    stop,
  });
  for (const gap of all.gaps) read.onGap(gap);
  for (const note of all.notes) read.onNote(note);
  yield clipOf(all.samples, all.channels, all.sampleRate, reader.info, options);
}

async function* windowsOf(
  reader: AudioReader,
  shape: AudioShape,
  { length, hop, pad }: Windows,
  options: ClipOptions,
  read: Reading,
): AsyncGenerator<Clip, void, void> {
  if (options.checkFirst && reader.info.format !== 'wav') for await (const _ of reader.blocks(read));
  const plan = planShape(reader.info, shape);
  const { channels, sampleRate } = plan;
  const spec = { sampleRate, channels, window: length, hop, pad, reuse: true };
  for await (const window of audioWindows(shapedFloats(reader, plan, read), spec)) {
    const clip = await clipOf(window.samples, channels, sampleRate, reader.info, options);
    yield { ...clip, start: window.startSeconds, end: (window.startFrame + window.validFrames) / sampleRate };
  }
}

async function clipOf(
  samples: SampleArray,
  channels: number,
  sampleRate: number,
  info: AudioInfo,
  { as, stop }: ClipOptions,
): Promise<Clip> {
  const frames = samples.length / channels;
  const clip = (body: Uint8Array): Clip => {
    return { body, layout: asItIs, bodyBytes: body.length, sampleRate, channels, frames };
  };
  if (as === 'flac') return clip(await flacOf(samples, channels, sampleRate, info, stop));
  const floats = samples as Float32Array;
  if (as === 'pcm16') return clip(floatToPcm(floats, int16));
  const body = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  return clip(body);
}

/** Of as many bits as the recording has, 24 for floats; resampled and mixed ones are rounded to them. */
async function flacOf(
  samples: SampleArray,
  channels: number,
  sampleRate: number,
  { integerBits }: AudioInfo,
  stop: Stop,
): Promise<Uint8Array> {
  const isFloat = samples instanceof Float32Array;
  const bits = integerBits === 0 ? 24 : isFloat ? Math.max(16, Math.min(integerBits, 24)) : Math.max(4, integerBits);
  const memory = new GrowingBytes();
  const spec = {
    sampleRate,
    channels,
    bits,
    integerBits: isFloat ? 0 : integerBits,
    compression: 5,
    blockSize: 0,
    verify: false,
    tags: [],
    frames: samples.length / channels,
  };
  await encodeFlacBlocks([samples], spec, (piece, position) => memory.write(piece, position), stop);
  return memory.take();
}
