/** What checking a recording has in common, whatever its format: a header that can be read or not, and what to say of it. */

import type { ByteSource } from '../../bytes.ts';
import { SharedStop } from '../../counters.ts';
import { BowerbirdError, isVerdict } from '../../errors.ts';
import type { AudioInfo } from '../../formats/audio/audio.ts';
import { Findings, type RecordingDamage, type RecordingNote } from '../../formats/audio/recording-faults.ts';
import { sniffAudio } from '../../formats/sniff-audio.ts';
import { openCounted } from '../../records/counted-source.ts';
import { blocksOf } from '../../storage/local/local.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { UnitContext } from '../engine/types.ts';
import type { ChannelLevels } from './levels.ts';
import type { Inspected, Verified } from './work.ts';

/** A header, in a report. */
export interface InspectedRecording<F extends string> extends Inspected, Omit<AudioInfo, 'format' | 'integerBits'> {
  readonly format: F;
  /** With `all`. Frames that damage leaves out count as silence. */
  readonly levels?: readonly ChannelLevels[];
}

export interface VerifiedRecording<F extends string> extends Verified {
  readonly format: F;
  /** 0, like the three below, when the header cannot be read. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  /** Samples of one channel that could be read. */
  readonly frames: number;
  readonly durationSeconds: number;
  readonly damaged: readonly RecordingDamage[];
  readonly notes: readonly RecordingNote[];
}

export interface Check<F extends string, I extends AudioInfo> {
  readonly format: F;
  readHeader(file: ByteSource): Promise<I>;
  /** Reads all samples and returns how many frames are good. */
  readSamples(file: ByteSource, info: I, findings: Findings, stop: SharedStop): Promise<number>;
}

/** Reads all of the file. */
export async function verifyRecording<F extends string, I extends AudioInfo>(
  check: Check<F, I>,
  input: InputStamp,
  { shared }: UnitContext,
): Promise<VerifiedRecording<F>> {
  const file = await openCounted(input, shared);
  try {
    return await verifySound(check, file, new SharedStop(shared), input);
  } finally {
    await file.close();
  }
}

/** The same of a recording that is in something else. The source stays the caller's to close. */
export async function verifySound<F extends string, I extends AudioInfo>(
  { format, readHeader, readSamples }: Check<F, I>,
  file: ByteSource,
  stop: SharedStop,
  { uri: source, size }: Pick<InputStamp, 'uri' | 'size'>,
): Promise<VerifiedRecording<F>> {
  const findings = new Findings();
  const { damaged, notes } = findings;
  const header = await readable(file, readHeader, findings);
  if (header === undefined || header instanceof BowerbirdError) {
    const unread = { sampleRate: 0, channels: 0, bitsPerSample: 0, frames: 0, durationSeconds: 0 };
    const error = header === undefined ? {} : { error: header.toJSON() };
    return { source, format, size, ...unread, ok: false, damaged, notes, ...error };
  }
  const { sampleRate, channels, bitsPerSample } = header;
  const frames = await readSamples(file, header, findings, stop);
  const facts = { sampleRate, channels, bitsPerSample, frames, durationSeconds: frames / sampleRate };
  return { source, format, size, ...facts, ok: damaged.length === 0, damaged, notes };
}

/** The header; or nothing, and the findings say why; or, for a variant that we do not read and so cannot judge, the error that says so. */
async function readable<I>(
  file: ByteSource,
  readHeader: (file: ByteSource) => Promise<I>,
  findings: Findings,
): Promise<I | BowerbirdError | undefined> {
  const size = file.byteLength;
  if (size === 0) {
    findings.add('empty-file', 'The file is empty');
    return undefined;
  }
  try {
    return await readHeader(file);
  } catch (error) {
    if (!isVerdict(error)) throw error;
    if (await areZero(blocksOf(file))) {
      findings.add('all-zeros', `All ${size} bytes of the file are 0: space was set aside and never written`, {
        length: size,
      });
    } else if (error.code === 'UNSUPPORTED' && (await sniffAudio(file)).kind !== 'unknown') return error;
    else if (error.code === 'TRUNCATED') findings.add('truncated', error.message, { offset: size });
    else findings.add('bad-header', error.message, { offset: error.offset ?? 0 });
    return undefined;
  }
}

const zeros = Buffer.alloc(1 << 16);

/** Reads to the end, whatever it finds. */
export async function areZero(blocks: AsyncIterable<Uint8Array>): Promise<boolean> {
  let zero = true;
  for await (const block of blocks) {
    for (let at = 0; zero && at < block.length; at += zeros.length) {
      const part = block.subarray(at, at + zeros.length);
      zero = zeros.compare(part, 0, part.length, 0, part.length) === 0;
    }
  }
  return zero;
}
