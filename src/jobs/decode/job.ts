/** The job `decode`: recordings -> WAV. Plan and manifest; unit.ts does the files. */

import type { AudioFormat } from '../../formats/audio/audio.ts';
import type { RecordingDamage } from '../../formats/audio/recording-faults.ts';
import type { WavSampleType } from '../../formats/wav/writer.ts';
import { identityOf, manifestOptions } from '../../option-tables.ts';
import { type Options, usage } from '../../options.ts';
import type { Inputs } from '../../storage/inputs.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { absolute, extensionOf, fileNameOf, folderOf, placeIn } from '../../storage/uri.ts';
import { version } from '../../version.ts';
import { findInputs, type LeftOut } from '../engine/inputs.ts';
import type { Job, JobOptions, Plan } from '../engine/job.ts';
import { leftOutEntry, stampOf, writeManifest } from '../engine/manifest.ts';
import { type NoteCount, NoteCounter } from '../engine/note-counts.ts';
import { nameOutputs } from '../engine/output-names.ts';
import type { OneFileReceipt, OneFileUnit, OutputStamp } from '../engine/types.ts';
import { type decodeChoices, decodeOptions } from './options.ts';

export const MANIFEST = 'decode.json';

/** What becomes of the samples. All of it decides about bytes. */
export type DecodeChoices = Options<typeof decodeChoices>;

export interface DecodeJobOptions extends JobOptions, DecodeChoices {
  readonly inputs: Inputs;
  /** Silence in the place of what is damaged, instead of failing. */
  readonly lenient: boolean;
}

/** What a unit is given. */
export interface DecodeUnitOptions extends DecodeChoices {
  readonly lenient: boolean;
  readonly durable: boolean;
}

export interface DecodeReceipt extends OneFileReceipt {
  readonly format: AudioFormat;
  readonly sampleRate: number;
  readonly channels: number;
  /** Of the output. */
  readonly frames: number;
  readonly type: WavSampleType;
  /** Damaged stretches that became silence, and how much of the input's time that is. */
  readonly gaps: number;
  readonly lostSeconds: number;
  /** The first of them. */
  readonly damaged: readonly RecordingDamage[];
  readonly notes: readonly string[];
}

export const decodeModule = new URL('./unit.js', import.meta.url).href;

export const decodeJob: Job<DecodeJobOptions, OneFileUnit, DecodeReceipt, LeftOut> = {
  name: 'decode',
  module: decodeModule,
  summaries: [MANIFEST],
  async plan({ inputs, outDir }) {
    const { inputs: found, leftOut } = await findInputs(inputs);
    const { units, notices } = planDecode(found, outDir);
    return { units, findings: { leftOut }, notices: [...leftOut, ...notices] };
  },
  identity: (options) => identityOf(decodeOptions, options),
  unitOptions: ({ inputs: _, outDir: __, maxRejects: ___, ...unitOptions }) => unitOptions satisfies DecodeUnitOptions,
  finish,
  // What has no gaps is the same under both policies.
  policy: { accepts: ({ gaps }, { lenient }) => gaps === 0 || lenient },
};

/** `platform` decides whether names that differ only in case are the same file. */
export function planDecode(
  inputs: readonly InputStamp[],
  outDir: string,
  platform?: string,
): Pick<Plan<OneFileUnit>, 'units' | 'notices'> {
  const root = absolute(outDir);
  const inside = inputs.find(({ uri }) => folderOf(absolute(uri)) === root);
  if (inside !== undefined) {
    // The next run would take this one's outputs for inputs.
    throw usage(`Cannot decode "${inside.uri}" into the folder it is in: expected another folder as output`);
  }
  const { names, notices } = nameOutputs(inputs, stemOf, 'decode', platform);
  const units = inputs.map((input, i): OneFileUnit => ({ id: input.uri, input, outputs: [`${names[i]}.wav`] }));
  return { units, notices };
}

/** Recorders put dots into names, so only the last ending goes. */
function stemOf(uri: string): string {
  const name = fileNameOf(uri);
  return name.slice(0, name.length - extensionOf(name).length);
}

/** One input in the report and in the manifest decode.json. */
export interface DecodedFile {
  readonly input: string;
  readonly size: number;
  /** Empty in a dry run, as what is told of the samples is 0. */
  readonly format: AudioFormat | '';
  readonly sampleRate: number;
  readonly channels: number;
  readonly frames: number;
  readonly type: WavSampleType | '';
  readonly gaps: number;
  readonly lostSeconds: number;
  readonly damaged: readonly RecordingDamage[];
  readonly notes: readonly string[];
  readonly output: OutputStamp;
}

export function decodedFile(receipt: DecodeReceipt): DecodedFile {
  const { input, format, sampleRate, channels, frames, type, gaps, lostSeconds, damaged, notes, outputs } = receipt;
  return {
    input: input.uri,
    size: input.size,
    format,
    sampleRate,
    channels,
    frames,
    type,
    gaps,
    lostSeconds,
    damaged,
    notes,
    output: stampOf(outputs[0]),
  };
}

/** What a dry run can tell. */
export function plannedFile({ input, outputs }: OneFileUnit): DecodedFile {
  const unknown = { format: '', sampleRate: 0, channels: 0, frames: 0, type: '', gaps: 0, lostSeconds: 0 } as const;
  const output = { name: outputs[0], bytes: 0, crc32c: '' };
  return { input: input.uri, size: input.size, ...unknown, damaged: [], notes: [], output };
}

export function totalsOfDecoded(files: readonly DecodedFile[]) {
  const sum = (of: (file: DecodedFile) => number) => files.reduce((total, file) => total + of(file), 0);
  return {
    inputs: files.length,
    soundSeconds: sum(({ frames, sampleRate }) => (frames === 0 ? 0 : frames / sampleRate)),
    gaps: sum(({ gaps }) => gaps),
    lostSeconds: sum(({ lostSeconds }) => lostSeconds),
    bytesIn: sum(({ size }) => size),
    bytesOut: sum(({ output }) => output.bytes),
  };
}

/** What the notes of all files come to; each file has its own. */
export function notesOfDecoded(files: readonly DecodedFile[]): NoteCount[] {
  const counter = new NoteCounter();
  for (const { input, notes } of files) counter.add(input, notes);
  return counter.counts();
}

async function finish(
  options: DecodeJobOptions,
  receipts: readonly DecodeReceipt[],
  { leftOut }: LeftOut,
): Promise<void> {
  const files = receipts.map(decodedFile);
  const head = {
    job: 'decode',
    version,
    options: manifestOptions(decodeOptions, options),
    ...totalsOfDecoded(files),
    ...leftOutEntry(leftOut),
    notes: notesOfDecoded(files),
  };
  await writeManifest(placeIn(options.outDir, MANIFEST), head, { files }, options.durable);
}
