/** FLAC recordings, looked into and checked: the checksums of every frame, and the MD5 of all samples where the header has one. */

import type { ByteSource } from '../../bytes.ts';
import type { SharedStop } from '../../counters.ts';
import { BowerbirdError } from '../../errors.ts';
import type { AudioGap, NoteKind } from '../../formats/audio/audio.ts';
import { addGap } from '../../formats/audio/gap-faults.ts';
import { Findings, type RecordingDamage, type RecordingFault } from '../../formats/audio/recording-faults.ts';
import { flacBlocks } from '../../formats/flac/blocks.ts';
import { type FlacInfo, noMd5, noTotal, readFlacInfo } from '../../formats/flac/flac.ts';
import { blocksOf } from '../../storage/local/local.ts';
import { openSource } from '../../storage/source.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { UnitContext } from '../engine/types.ts';
import { LevelMeter, topOfBits } from './levels.ts';
import { areZero, type InspectedRecording, type VerifiedRecording, verifyRecording } from './recording.ts';
import type { InspectSettings } from './work.ts';

export interface InspectedFlac extends InspectedRecording<'flac'> {
  readonly container: 'native' | 'ogg';
  /** Samples of a FLAC frame, least and most, as the header says. */
  readonly blockSize: readonly [least: number, most: number];
  /** Bytes of a FLAC frame; 0 where the header does not say. */
  readonly frameBytes: readonly [least: number, most: number];
  readonly seekPoints: number;
  /** The program that wrote it, as it names itself. */
  readonly vendor: string;
  /** With `all`: what cannot be decoded. */
  readonly damaged?: readonly RecordingDamage[];
}

export type VerifiedFlac = VerifiedRecording<'flac'>;

export async function inspect(source: string, { all, signal }: InspectSettings): Promise<InspectedFlac> {
  const file = await openSource(source);
  try {
    const info = await readFlacInfo(file);
    const { frames, durationSeconds, md5 } = info;
    return {
      source,
      format: 'flac',
      size: file.byteLength,
      container: info.container,
      codec: 'flac',
      sampleRate: info.sampleRate,
      channels: info.channels,
      bitsPerSample: info.bitsPerSample,
      ...(frames === undefined ? {} : { frames }),
      ...(durationSeconds === undefined ? {} : { durationSeconds }),
      ...(md5 === undefined ? {} : { md5 }),
      blockSize: info.blockSize,
      frameBytes: info.frameBytes,
      seekPoints: info.seekPoints.length,
      vendor: info.vendor,
      tags: info.tags,
      notes: info.notes,
      ...(all ? await measure(file, info, signal) : {}),
    } as InspectedFlac;
  } finally {
    await file.close();
  }
}

/** What the header leaves open is known when all is decoded. */
async function measure(
  file: ByteSource,
  info: FlacInfo,
  stop: AbortSignal | undefined,
): Promise<Partial<InspectedFlac>> {
  const meter = new LevelMeter(info.channels, topOfBits(info.bitsPerSample));
  const findings = new Findings();
  const notes = [...info.notes];
  const onGap = (gap: AudioGap) => addGap(findings, gap, info);
  const onNote = ({ text }: { readonly text: string }) => notes.push(text);
  let frames = 0;
  for await (const block of flacBlocks(file, info, { lenient: true, onGap, onNote, stop })) {
    meter.add(block.samples);
    frames += block.frames;
  }
  const { damaged } = findings;
  return {
    frames,
    durationSeconds: frames / info.sampleRate,
    notes,
    levels: meter.levels(),
    ...(damaged.length === 0 ? {} : { damaged }),
  };
}

export function verify(input: InputStamp, context: UnitContext): Promise<VerifiedFlac> {
  return verifyRecording(flacCheck, input, context);
}

export const flacCheck = { format: 'flac', readHeader: readFlacInfo, readSamples } as const;

const headerNotes: { readonly [note: string]: RecordingFault } = { [noMd5]: 'md5-absent', [noTotal]: 'total-absent' };

/** Oddities of FLAC streams; what costs samples comes as a gap. */
const streamNotes: { readonly [K in NoteKind]: RecordingFault } = {
  header: 'oddity',
  'trailing-bytes': 'trailing-bytes',
  'total-samples': 'total-wrong',
  'starts-late': 'oddity',
  numbering: 'oddity',
  channels: 'oddity',
  'frame-size': 'oddity',
  'ogg-pages': 'damaged-pages',
  'other-streams': 'oddity',
};

async function readSamples(file: ByteSource, info: FlacInfo, findings: Findings, stop: SharedStop): Promise<number> {
  for (const note of info.notes) findings.add(headerNotes[note] ?? 'oddity', note);
  const gaps: AudioGap[] = [];
  let frames = 0;
  let isSilent = true;
  try {
    const options = {
      dtype: info.bitsPerSample <= 16 ? 'int16' : 'int32',
      lenient: true,
      verify: true,
      onGap: (gap: AudioGap) => gaps.push(gap),
      onNote: ({ kind, text }: { readonly kind: NoteKind; readonly text: string }) =>
        findings.add(streamNotes[kind], text),
      stop,
    } as const;
    for await (const block of flacBlocks<'int16' | 'int32'>(file, info, options)) {
      frames += block.frames;
      isSilent &&= block.samples.every((sample: number) => sample === 0);
    }
  } catch (error) {
    // A lenient read goes on behind all damage: what is left to throw is an MD5 that differs.
    if (!(error instanceof BowerbirdError) || error.code !== 'CORRUPT') throw error;
    const seconds = frames / info.sampleRate;
    findings.add('md5-differs', error.message, {
      offset: info.audioOffset,
      length: file.byteLength - info.audioOffset,
      toSeconds: seconds,
    });
  }
  const good = frames - gaps.reduce((sum, gap) => sum + gap.frames, 0);
  if (good === 0) await explainNothing(file, info, findings, gaps);
  else if (isDoubled(info, good, gaps)) {
    const reason = `The header says ${info.frames} samples, exactly twice the ${good} that are there`;
    findings.add('total-wrong', reason);
  } else for (const gap of gaps) addGap(findings, gap, info);
  if (good > 0 && isSilent) findings.add('silence', `All ${good} samples of every channel are 0`);
  return good;
}

/** Some firmware of Frontier Labs recorders writes twice the number; the last frame then ends where the file does. */
function isDoubled(info: FlacInfo, good: number, gaps: readonly AudioGap[]): boolean {
  const [only] = gaps;
  return gaps.length === 1 && only!.code === 'TRUNCATED' && only!.length === 0 && info.frames === 2 * good;
}

/** Not one frame could be decoded. */
async function explainNothing(
  file: ByteSource,
  info: FlacInfo,
  findings: Findings,
  gaps: readonly AudioGap[],
): Promise<void> {
  const offset = info.container === 'ogg' ? file.byteLength : Math.min(info.audioOffset, file.byteLength);
  const length = file.byteLength - offset;
  const place = { offset, length, toSeconds: info.durationSeconds ?? 0 };
  if (length === 0) findings.add('header-only', 'The file is a header without samples', place);
  else if (await areZero(blocksOf(file, undefined, offset))) {
    const reason = `All ${length} bytes behind the header are 0: space was set aside and never written`;
    findings.add('all-zeros', reason, place);
  } else if (gaps.length === 0) {
    findings.add('header-only', `The file is a header and ${length} bytes that hold no samples`, place);
  } else for (const gap of gaps) addGap(findings, gap, info);
}
