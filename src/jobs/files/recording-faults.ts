/**
 * What goes wrong with recordings, by name. The line between damage and note: where samples are lost or in doubt it is damage, and
 * `verify` fails; what is odd but costs no sample is a note.
 */

import type { ErrorCode } from '../../errors.ts';
import type { Damage, Verified } from './work.ts';

/** Stable names: scripts may switch on them. */
export const recordingFaults = {
  'empty-file': { damage: true, meaning: 'The file has no bytes' },
  'header-only': { damage: true, meaning: 'There is a header and not one sample' },
  'bad-header': { damage: true, meaning: 'The header holds what no recorder means, so the samples cannot be read' },
  'all-zeros': {
    damage: true,
    meaning: 'Every byte, or every sample of a WAV file, is 0: space was set aside and never written',
  },
  truncated: { damage: true, meaning: 'The file ends before what it promises' },
  'size-zero': {
    damage: false,
    meaning: 'The header says 0 bytes of samples: it was never finished; all that is there is used',
  },
  'size-unknown': {
    damage: false,
    meaning: 'The header says 0xffffffff bytes of samples: it was never finished; all that is there is used',
  },
  oddity: { damage: false, meaning: 'Something else about the file is odd and harmless' },
} as const satisfies { readonly [name: string]: { readonly damage: boolean; readonly meaning: string } };

export type RecordingFault = keyof typeof recordingFaults;

export interface RecordingDamage extends Damage {
  readonly fault: RecordingFault;
  /** The stretch of the recording that is lost or in doubt. Equal where that is no time at all, or not known. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export interface RecordingNote {
  readonly fault: RecordingFault;
  readonly reason: string;
}

/** What is common to all formats of recordings. */
export interface VerifiedSound extends Verified {
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

/** Gathers what is found in one recording. */
export class Findings {
  readonly damaged: RecordingDamage[] = [];
  readonly notes: RecordingNote[] = [];

  add(fault: RecordingFault, reason: string, place: Partial<Omit<RecordingDamage, 'fault' | 'reason'>> = {}): void {
    if (!recordingFaults[fault].damage) {
      this.notes.push({ fault, reason });
      return;
    }
    const code: ErrorCode = fault === 'truncated' || fault === 'empty-file' ? 'TRUNCATED' : 'CORRUPT_RECORD';
    this.damaged.push({ fault, offset: 0, length: 0, code, fromSeconds: 0, toSeconds: 0, ...place, reason });
  }
}
