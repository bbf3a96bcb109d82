/** Recordings of lossy codecs (MP3, Ogg Vorbis, Opus), looked into and checked by decoding them. Ogg has checksums, MP3 only the order of its frames. */

import type { SharedStop } from '../../counters.ts';
import type { AudioGap, AudioInfo, AudioReader, NoteKind } from '../../formats/audio/audio.ts';
import { addGap } from '../../formats/audio/gap-faults.ts';
import { untold } from '../../formats/audio/gaps.ts';
import { Findings, type RecordingDamage } from '../../formats/audio/recording-faults.ts';
import { type CodecFormat, openCodec } from '../../formats/lossy/lossy.ts';
import { openSource } from '../../storage/source.ts';
import { LevelMeter } from './levels.ts';
import { type Check, type InspectedRecording, type VerifiedRecording, verifyRecording } from './recording.ts';
import type { FileWork, InspectSettings } from './work.ts';

export interface InspectedLossy extends InspectedRecording<CodecFormat> {
  /** With `all`: what cannot be decoded. */
  readonly damaged?: readonly RecordingDamage[];
}

export type VerifiedLossy = VerifiedRecording<CodecFormat>;

export function lossyWork(format: CodecFormat): FileWork<InspectedLossy, VerifiedLossy, never> {
  return {
    inspect: (source, settings) => inspect(format, source, settings),
    verify: (input, context) => verifyRecording(lossyCheck(format), input, context),
  };
}

/** For one recording. */
export function lossyCheck(format: CodecFormat): Check<CodecFormat, AudioInfo> {
  let reader: AudioReader;
  return {
    format,
    readHeader: async (file) => {
      reader = await openCodec(file, format);
      return reader.info;
    },
    readSamples: (_, info, findings, stop) => decodeAll(reader, info, findings, stop),
  };
}

async function inspect(format: CodecFormat, source: string, { all, signal }: InspectSettings): Promise<InspectedLossy> {
  const file = await openSource(source);
  try {
    const reader = await openCodec(file, format);
    const { integerBits: _, format: __, frames, durationSeconds, ...info } = reader.info;
    return {
      source,
      format,
      size: file.byteLength,
      ...info,
      ...(frames === undefined ? {} : { frames }),
      ...(durationSeconds === undefined ? {} : { durationSeconds }),
      ...(all ? await measure(reader, signal) : {}),
    } as InspectedLossy;
  } finally {
    await file.close();
  }
}

async function measure(reader: AudioReader, stop: AbortSignal | undefined): Promise<Partial<InspectedLossy>> {
  const { info } = reader;
  // A sample beyond full scale would be clipped by whoever writes integers.
  const meter = new LevelMeter(info.channels, 1);
  const findings = new Findings();
  let notes: readonly string[] = info.notes;
  const onGap = (gap: AudioGap) => {
    notes = untold(notes, [gap]);
    addGap(findings, gap, info);
  };
  const onNote = ({ text }: { readonly text: string }) => {
    notes = [...notes, text];
  };
  let frames = 0;
  for await (const block of reader.blocks({ lenient: true, onGap, onNote, stop })) {
    meter.add(block.samples);
    frames += block.frames;
  }
  const { damaged } = findings;
  const durationSeconds = frames / info.sampleRate;
  return { frames, durationSeconds, notes, levels: meter.levels(), ...(damaged.length === 0 ? {} : { damaged }) };
}

const noteFaults = { 'trailing-bytes': 'trailing-bytes', 'total-samples': 'total-wrong' } as const;

async function decodeAll(reader: AudioReader, info: AudioInfo, findings: Findings, stop: SharedStop): Promise<number> {
  let [frames, lost] = [0, 0];
  let headerNotes: readonly string[] = info.notes;
  let isSilent = true;
  const onGap = (gap: AudioGap) => {
    lost += gap.frames;
    headerNotes = untold(headerNotes, [gap]);
    addGap(findings, gap, info);
  };
  // The pages that are missing come as gaps.
  const onNote = ({ kind, text }: { readonly kind: NoteKind; readonly text: string }) => {
    if (kind !== 'ogg-pages') findings.add(noteFaults[kind as keyof typeof noteFaults] ?? 'oddity', text);
  };
  for await (const block of reader.blocks({ lenient: true, onGap, onNote, stop })) {
    frames += block.frames;
    isSilent &&= block.samples.every((sample) => sample === 0);
  }
  for (const note of headerNotes) findings.add('oddity', note);
  const good = frames - lost;
  if (good <= 0 && findings.damaged.length === 0) {
    findings.add('header-only', 'The file is a header without samples');
  } else if (good > 0 && isSilent) findings.add('silence', `All ${good} samples of every channel are 0`);
  return Math.max(0, good);
}
