/** Turns what the FLAC core found (Fault of native/core/flac/fault.h, Note of native/core/flac/flac.h) into codes and sentences. */

import { BowerbirdError, type ErrorCode } from '../../errors.ts';
import { type FlacDamage, flacFault, flacNote } from '../../native/native.ts';
import type { AudioNote, NoteKind } from '../audio/audio.ts';

interface Sentence {
  readonly code: ErrorCode;
  readonly reason: string;
}

const sentences: { readonly [fault: number]: Sentence } = {
  [flacFault.notFlac]: { code: 'UNSUPPORTED', reason: 'expected "fLaC" at its start, found something else' },
  [flacFault.noStreamInfo]: { code: 'CORRUPT', reason: 'expected a STREAMINFO block of 34 bytes first, found another' },
  [flacFault.badStreamInfo]: {
    code: 'CORRUPT',
    reason: 'its STREAMINFO says a sample rate of 0 Hz or fewer than 4 bits a sample',
  },
  [flacFault.badMetadata]: {
    code: 'CORRUPT',
    reason: 'a metadata block has the forbidden type 127, or STREAMINFO stands there twice',
  },
  [flacFault.truncatedMetadata]: { code: 'TRUNCATED', reason: 'it ends inside its metadata, before the first frame' },
  [flacFault.lostSync]: { code: 'CORRUPT', reason: 'expected a frame header, found other bytes' },
  [flacFault.headerCrc]: { code: 'CORRUPT', reason: "the checksum of the frame's header (CRC-8) does not match" },
  [flacFault.reserved]: { code: 'CORRUPT', reason: 'the frame uses a pattern that the format reserves' },
  [flacFault.formatChanged]: { code: 'CORRUPT', reason: 'the frame has other channels or bits than the stream' },
  [flacFault.badSubframe]: { code: 'CORRUPT', reason: 'the frame describes a predictor that cannot be' },
  [flacFault.badResidual]: { code: 'CORRUPT', reason: 'the frame holds a residual of more than 32 bits' },
  [flacFault.sampleRange]: { code: 'CORRUPT', reason: 'the frame decodes to samples of more bits than the stream has' },
  [flacFault.frameCrc]: { code: 'CORRUPT', reason: "the frame's checksum (CRC-16) does not match" },
  [flacFault.truncatedFrame]: { code: 'TRUNCATED', reason: 'the file ends inside the frame' },
  [flacFault.frameTooLarge]: { code: 'CORRUPT', reason: 'the frame is longer than any frame can be' },
  [flacFault.missingFrames]: {
    code: 'CORRUPT',
    reason: 'frames are missing: the number of the next one is higher than expected',
  },
  [flacFault.missingSamples]: {
    code: 'TRUNCATED',
    reason: 'the file ends before the number of samples that its header promises',
  },
  [flacFault.rateChanged]: { code: 'CORRUPT', reason: 'the sample rate changes' },
  [flacFault.notOggFlac]: {
    code: 'UNSUPPORTED',
    reason: 'expected an Ogg page of a FLAC stream, found something else',
  },
  [flacFault.pageCrc]: { code: 'CORRUPT', reason: 'the checksum of an Ogg page does not match' },
  [flacFault.truncatedPage]: { code: 'TRUNCATED', reason: 'the file ends inside an Ogg page' },
};

export function explainFlac(fault: number): Sentence {
  const sentence = sentences[fault];
  if (sentence === undefined)
    throw new Error(`The addon reported FLAC fault ${fault}, which this version does not know`);
  return sentence;
}

/** The same, and where a sample rate changes, from which to which. */
export function explainDamage({ fault, rate }: Pick<FlacDamage, 'fault' | 'rate'>, sampleRate: number): Sentence {
  const { code, reason } = explainFlac(fault);
  if (fault !== flacFault.rateChanged) return { code, reason };
  const header =
    rate === sampleRate ? `${sampleRate} Hz again, as the header does` : `${rate} Hz, the header ${sampleRate} Hz`;
  return { code, reason: `${reason}: from here on frames say ${header}` };
}

/** A fault before the first frame. */
export function headerError(source: string, fault: number, offset: number, seen?: string): BowerbirdError {
  const { code, reason } = explainFlac(fault);
  const told = seen === undefined || code !== 'UNSUPPORTED' ? `${reason} (byte ${offset})` : `it is ${seen}`;
  return new BowerbirdError(code, `Cannot read "${source}" as FLAC: ${told}`, { source, offset });
}

export function md5Error(source: string, stored: string, computed: string): BowerbirdError {
  const message = `Cannot trust "${source}": the MD5 of its samples is ${computed}, its header says ${stored}`;
  return new BowerbirdError('CORRUPT', message, { source });
}

/** By the bits of enum Note. */
const notes: readonly (readonly [bit: number, kind: NoteKind, text: string])[] = [
  [flacNote.trailingBytes, 'trailing-bytes', 'Bytes follow the last frame that are no frame; they are left out'],
  [flacNote.totalSamples, 'total-samples', 'The file holds more samples than its header says; all are decoded'],
  [flacNote.startsLate, 'starts-late', 'The first frame is not number 0: the file was cut from a longer recording'],
  [
    flacNote.numbering,
    'numbering',
    'The numbers of the frames do not count on, and are not relied on to find missing ones',
  ],
  [flacNote.blockSize, 'frame-size', 'Some frames have 65536 samples, which the format forbids; they are decoded'],
];

export function flacNotes(bits: number): AudioNote[] {
  return notes.filter(([bit]) => (bits & bit) !== 0).map(([, kind, text]) => ({ kind, text }));
}

export const trailingBytes = 1;
