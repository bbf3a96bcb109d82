/** What the audio functions take for input and options, and what they share. */

import { type ByteSource, isByteSource } from '../bytes.ts';
import { pathOf as localPath } from '../file-uri.ts';
import type { AudioGap, AudioNote } from '../formats/audio/audio.ts';
import type { ResampleQuality } from '../formats/audio/resample.ts';
import { type AudioShape, checkChannels } from '../formats/audio/shape.ts';
import { checkPath, flag, integer, oneOf, optional, usage } from '../options.ts';
import { openSource } from '../storage/source.ts';
import type { Named } from '../storage/stamp.ts';
import { isRemote } from '../storage/uri.ts';
import { callback, signalShape } from './shapes.ts';

/** A path, a URI (`file:`, `s3:`, `gs:`, `https:`, `hf:`), or bytes from anywhere else; such a source stays its owner's to close. */
export type AudioInput = string | ByteSource;

export interface AudioShapeOptions {
  /** Seconds of the recording: start, default 0, and end, default that of the recording. */
  readonly from?: number;
  readonly to?: number;
  /** Take the mean of all channels. Default false. */
  readonly mono?: boolean;
  /** Take one channel, counted from 0. Not together with `mono`. */
  readonly channel?: number;
  /** Resample to this rate, in Hz. */
  readonly sampleRate?: number;
  /** Of the resampling: see {@link ResampleQuality}. Default "high". */
  readonly quality?: ResampleQuality;
  /** Put silence where the file is damaged and go on, instead of failing. Default false. */
  readonly lenient?: boolean;
  /** Stops between blocks. */
  readonly signal?: AbortSignal;
}

const seconds = optional<number>(
  'a number of seconds, 0 or more',
  (v) => typeof v === 'number' && Number.isFinite(v) && v >= 0,
);

export const audioShape = {
  ...signalShape,
  from: seconds,
  to: seconds,
  mono: flag(false),
  channel: integer(0, 65535, undefined),
  sampleRate: integer(1, 0xffffffff, undefined),
  quality: oneOf(['high', 'medium', 'low'], 'high'),
  lenient: flag(false),
};

export const audioFindings = {
  onGap: callback<(gap: AudioGap) => void>(),
  onNote: callback<(note: AudioNote) => void>(),
};

/** What options say together, before a file is opened. */
export function checkShape(shape: AudioShape, caller: string): void {
  const { from, to } = shape;
  checkChannels(shape);
  if (from !== undefined && to !== undefined && to < from) {
    throw usage(`Cannot use ${to} for option "to" in ${caller}: expected no less than "from", which is ${from}`);
  }
}

/** Opens a path or URI for the time of `use`; a source is used as it is. */
export async function* withSource<T>(
  input: AudioInput,
  caller: string,
  use: (source: ByteSource, named?: Named) => AsyncGenerator<T, void, void>,
): AsyncGenerator<T, void, void> {
  if (isByteSource(input)) {
    yield* use(input);
    return;
  }
  const given = pathOf(input, caller);
  const uri = isRemote(given) ? given : localPath(given);
  const source = await openSource(uri);
  try {
    yield* use(source, { uri, version: source.version });
  } finally {
    await source.close();
  }
}

/** The same for one result. */
export async function fromSource<T>(
  input: AudioInput,
  caller: string,
  use: (source: ByteSource, named?: Named) => Promise<T>,
): Promise<T> {
  const results = withSource(input, caller, async function* (source, named) {
    yield await use(source, named);
  });
  for await (const result of results) return result;
  throw new Error('unreachable');
}

function pathOf(input: unknown, caller: string): string {
  checkPath(input, caller, 'a path, a URI or a byte source');
  return input;
}
