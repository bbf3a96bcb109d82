/** WAV recordings, looked into and checked. WAV has no checksums: what can be checked is whether header and samples agree. */

import type { ByteSource } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import type { AudioInfo } from '../../formats/audio.ts';
import { integerBits } from '../../formats/audio-pcm.ts';
import { readWavInfo, type WavInfo } from '../../formats/wav.ts';
import type { WavContainer } from '../../formats/wav-chunks.ts';
import { wavFloats, wavFrameBytes } from '../../formats/wav-samples.ts';
import { blocksOf, openLocal } from '../../storage/local.ts';
import { openCounted } from '../counted-source.ts';
import type { InputStamp, UnitContext } from '../types.ts';
import { type ChannelLevels, LevelMeter, topOfBits } from './levels.ts';
import { Findings, type VerifiedSound } from './recording-faults.ts';
import type { Inspected, InspectSettings } from './work.ts';

export interface InspectedWav extends Inspected, Omit<AudioInfo, 'format'> {
  readonly format: 'wav';
  readonly container: WavContainer;
  readonly byteOrder: 'little' | 'big';
  /** With `all`. */
  readonly levels?: readonly ChannelLevels[];
}

export async function inspect(source: string, { all, signal }: InspectSettings): Promise<InspectedWav> {
  const file = await openLocal(source);
  try {
    const info = await readWavInfo(file);
    const { codec, sampleRate, channels, bitsPerSample, frames, durationSeconds, container, byteOrder, tags, notes } =
      info;
    return {
      source,
      format: 'wav',
      size: file.byteLength,
      container,
      byteOrder,
      codec,
      sampleRate,
      channels,
      bitsPerSample,
      frames,
      durationSeconds,
      tags,
      notes,
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
function topOf({ codec, layout, bitsPerSample }: WavInfo): number {
  if (codec === 'float') return 1;
  if (codec === 'alaw') return 32256 / 32768;
  if (codec === 'mulaw') return 32124 / 32768;
  // Samples of fewer bits than their container stand in its upper ones.
  return topOfBits(Math.min(bitsPerSample, integerBits(layout), 24));
}

export interface VerifiedWav extends VerifiedSound {
  readonly format: 'wav';
}

/** Reads every byte of the samples: a sector that cannot be read is found too. */
export async function verify({ uri: source, size }: InputStamp, context: UnitContext): Promise<VerifiedWav> {
  const file = await openCounted(source, context.shared);
  const findings = new Findings();
  const { damaged, notes } = findings;
  const unread = { sampleRate: 0, channels: 0, bitsPerSample: 0, frames: 0, durationSeconds: 0 };
  try {
    const info = await readHeader(file, findings);
    if (info !== undefined) await check(file, info, findings);
    const { sampleRate, channels, bitsPerSample, frames, durationSeconds } = info ?? unread;
    const facts = { sampleRate, channels, bitsPerSample, frames, durationSeconds };
    return { source, format: 'wav', size, ...facts, ok: damaged.length === 0, damaged, notes };
  } catch (error) {
    // Another codec, say: intact perhaps, but not for us to judge.
    if (!(error instanceof BowerbirdError) || error.code !== 'UNSUPPORTED') throw error;
    return { source, format: 'wav', size, ...unread, ok: false, damaged, notes, error: error.toJSON() };
  } finally {
    await file.close();
  }
}

/** Undefined when it cannot be read; the findings say why. */
async function readHeader(file: ByteSource, findings: Findings): Promise<WavInfo | undefined> {
  const size = file.byteLength;
  if (size === 0) {
    findings.add('empty-file', 'the file is empty');
    return undefined;
  }
  try {
    return await readWavInfo(file);
  } catch (error) {
    if (!(error instanceof BowerbirdError)) throw error;
    if (await isZero(blocksOf(file))) {
      findings.add('all-zeros', `all ${size} bytes of the file are 0: space was set aside and never written`, {
        length: size,
      });
    } else if (error.code === 'TRUNCATED') findings.add('truncated', error.message, { offset: size });
    else if (error.code === 'BAD_SCHEMA') findings.add('bad-header', error.message);
    else throw error;
    return undefined;
  }
}

async function check(file: ByteSource, info: WavInfo, findings: Findings): Promise<void> {
  const { frames, sampleRate, durationSeconds, dataOffset, dataBytes, blockAlign, dataFault } = info;
  if (dataFault !== undefined) {
    const { fault, missingBytes, reason } = dataFault;
    const promised = Math.floor((dataBytes + missingBytes) / blockAlign) / sampleRate;
    const place = { offset: dataOffset + dataBytes, length: missingBytes };
    findings.add(fault, reason, {
      ...place,
      fromSeconds: durationSeconds,
      toSeconds: Math.max(promised, durationSeconds),
    });
  }
  for (const note of info.notes) if (note !== dataFault?.reason) findings.add('oddity', note);
  // Of bytes, not of samples: the silence of G.711 and of 8 bits has other codes, and is no unwritten space.
  const silent = await isZero(wavFrameBytes(file, info));
  if (silent && frames > 0) {
    findings.add(
      'all-zeros',
      `every byte of its ${frames} frames is 0: a dead microphone, or space that was never written`,
      {
        offset: dataOffset,
        length: dataBytes,
        toSeconds: durationSeconds,
      },
    );
  }
}

const zeros = Buffer.alloc(1 << 16);

/** Reads to the end, whatever it finds. */
async function isZero(blocks: AsyncIterable<Uint8Array>): Promise<boolean> {
  let zero = true;
  for await (const block of blocks) {
    for (let at = 0; zero && at < block.length; at += zeros.length) {
      const part = block.subarray(at, at + zeros.length);
      zero = zeros.compare(part, 0, part.length, 0, part.length) === 0;
    }
  }
  return zero;
}
