/** WAV recordings, looked into and checked. WAV has no checksums: what can be checked is whether header and samples agree. */

import type { ByteSource } from '../../bytes.ts';
import type { SharedStop } from '../../counters.ts';
import { addGap } from '../../formats/audio/gap-faults.ts';
import { noteOf, untold } from '../../formats/audio/gaps.ts';
import type { Findings } from '../../formats/audio/recording-faults.ts';
import { wavGaps } from '../../formats/wav/blocks.ts';
import type { WavContainer } from '../../formats/wav/chunks.ts';
import { wavFloats, wavFrameBytes } from '../../formats/wav/samples.ts';
import { readWavInfo, type WavInfo } from '../../formats/wav/wav.ts';
import { openSource } from '../../storage/source.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { UnitContext } from '../engine/types.ts';
import { type ChannelLevels, LevelMeter, topOfBits } from './levels.ts';
import { areZero, type InspectedRecording, type VerifiedRecording, verifyRecording } from './recording.ts';
import type { InspectSettings } from './work.ts';

export interface InspectedWav extends InspectedRecording<'wav'> {
  readonly container: WavContainer;
  readonly byteOrder: 'little' | 'big';
  readonly frames: number;
  readonly durationSeconds: number;
}

export type VerifiedWav = VerifiedRecording<'wav'>;

export async function inspect(source: string, { all, signal }: InspectSettings): Promise<InspectedWav> {
  const file = await openSource(source);
  try {
    const info = await readWavInfo(file);
    return {
      source,
      format: 'wav',
      size: file.byteLength,
      container: info.container,
      byteOrder: info.byteOrder,
      codec: info.codec,
      sampleRate: info.sampleRate,
      channels: info.channels,
      bitsPerSample: info.bitsPerSample,
      frames: info.frames,
      durationSeconds: info.durationSeconds,
      tags: info.tags,
      notes: info.notes,
      ...(all ? { levels: await measure(file, info, signal) } : {}),
    };
  } finally {
    await file.close();
  }
}

async function measure(file: ByteSource, info: WavInfo, signal: AbortSignal | undefined): Promise<ChannelLevels[]> {
  const meter = new LevelMeter(info.channels, topOf(info));
  for await (const block of wavFloats(file, info, { stop: signal })) meter.add(block);
  return meter.levels();
}

/** The greatest codes of G.711 stand for less than full scale. */
function topOf({ codec, bitsPerSample }: WavInfo): number {
  if (codec === 'float') return 1;
  if (codec === 'alaw') return 32256 / 32768;
  if (codec === 'mulaw') return 32124 / 32768;
  // Samples of fewer bits than their container stand in its upper ones.
  return topOfBits(bitsPerSample);
}

export function verify(input: InputStamp, context: UnitContext): Promise<VerifiedWav> {
  return verifyRecording(wavCheck, input, context);
}

export const wavCheck = { format: 'wav', readHeader: readWavInfo, readSamples } as const;

/** Reads every byte of the samples: a sector that cannot be read is found too. */
async function readSamples(file: ByteSource, info: WavInfo, findings: Findings, stop: SharedStop): Promise<number> {
  const { frames, sampleRate, durationSeconds, dataOffset, dataBytes, blockAlign, dataFault } = info;
  if (dataFault !== undefined) {
    const { fault, missingBytes, reason } = dataFault;
    const promised = Math.floor((dataBytes + missingBytes) / blockAlign) / sampleRate;
    const place = { offset: dataOffset + dataBytes, length: missingBytes };
    findings.add(fault, noteOf(reason), { ...place, fromSeconds: durationSeconds, toSeconds: promised });
  }
  const told = dataFault && noteOf(dataFault.reason);
  const gaps = wavGaps(info);
  for (const gap of gaps) if (gap.fault !== undefined) addGap(findings, gap, info);
  for (const note of untold(info.notes, gaps)) if (note !== told) findings.add('oddity', note);
  // Of bytes, not of samples: the silence of G.711 and of 8 bits has other codes, and is no unwritten space.
  const areAllZero = await areZero(wavFrameBytes(file, info, { stop }));
  if (areAllZero && frames > 0) {
    const reason = `Every byte of its ${frames} frames is 0: a dead microphone, or space that was never written`;
    findings.add('all-zeros', reason, { offset: dataOffset, length: dataBytes, toSeconds: durationSeconds });
  }
  return frames;
}
