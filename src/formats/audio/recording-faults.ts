/**
 * What goes wrong with recordings, by name. The line between damage and note: where samples are lost or in doubt it is damage, and
 * `verify` fails; what is odd but costs no sample is a note.
 */

import type { ErrorCode } from '../../errors.ts';

/** Stable names: scripts may switch on them. */
export const recordingFaults = {
  'empty-file': { damage: true, meaning: 'The file has no bytes' },
  'header-only': { damage: true, meaning: 'There is a header and not one sample' },
  'bad-header': { damage: true, meaning: 'The header says what cannot be, so the samples cannot be read' },
  'all-zeros': {
    damage: true,
    meaning:
      'Every byte of the file, or of its samples, is 0: space was set aside and never written, or a microphone was dead',
  },
  truncated: { damage: true, meaning: 'The file ends before what it promises' },
  'damaged-frames': {
    damage: true,
    meaning: 'Frames of FLAC whose checksums (CRC-8, CRC-16) differ, or of FLAC or MP3 that cannot be decoded',
  },
  'missing-frames': { damage: true, meaning: 'FLAC frames that are not there: the number of the next one jumps' },
  'damaged-pages': { damage: true, meaning: 'Ogg pages whose checksums differ or that are not there' },
  'other-recording': {
    damage: true,
    meaning:
      'Another recording begins behind the end of this one, or a second "data" chunk of WAV: its sound is not read',
  },
  'rate-change': { damage: true, meaning: 'FLAC frames say another sample rate than the header, or than those before' },
  'md5-differs': {
    damage: true,
    meaning: 'All FLAC frames are intact, but their samples are not those of the MD5 in the header',
  },
  'md5-absent': {
    damage: false,
    meaning: 'The FLAC header holds no MD5, so that only the checksums of frames were tested',
  },
  'total-absent': { damage: false, meaning: 'The FLAC header does not say how many samples there are' },
  'total-wrong': {
    damage: false,
    meaning:
      'The header says fewer samples than there are, or (of FLAC, a fault of some recorders) exactly twice as many',
  },
  'trailing-bytes': { damage: false, meaning: 'Bytes behind the last frame or page that are none' },
  silence: { damage: false, meaning: 'Every sample is 0 although nothing is damaged: this is what was recorded' },
  'size-zero': {
    damage: false,
    meaning: 'The WAV header says 0 bytes of samples: it was never finished, and all that is there is used',
  },
  'size-unknown': {
    damage: false,
    meaning: 'The WAV header says 0xffffffff bytes of samples: it was never finished, and all that is there is used',
  },
  'size-wrapped': {
    damage: false,
    meaning: 'A WAV file of more than 4 GiB whose header has no room for the size: what 32 bits leave out is used too',
  },
  oddity: { damage: false, meaning: 'Something else is odd and harmless' },
} as const satisfies { readonly [name: string]: { readonly damage: boolean; readonly meaning: string } };

export type RecordingFault = keyof typeof recordingFaults;

export interface RecordingDamage {
  readonly fault: RecordingFault;
  /** Byte of the file. Of FLAC in Ogg: of the FLAC stream inside. */
  readonly offset: number;
  /** Bytes; 0 where something is just not there. */
  readonly length: number;
  /** The stretch of the recording that is lost or in doubt. Equal where that is no time at all, or not known. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly code: ErrorCode;
  readonly reason: string;
}

export interface RecordingNote {
  readonly fault: RecordingFault;
  readonly reason: string;
}

type Place = Partial<Pick<RecordingDamage, 'offset' | 'length' | 'fromSeconds' | 'toSeconds'>>;

/** Gathers what is found in one recording. */
export class Findings {
  readonly damaged: RecordingDamage[] = [];
  readonly notes: RecordingNote[] = [];

  add(fault: RecordingFault, reason: string, place: Place = {}): void {
    if (!recordingFaults[fault].damage) {
      this.notes.push({ fault, reason });
      return;
    }
    const code = fault === 'truncated' || fault === 'empty-file' || fault === 'header-only' ? 'TRUNCATED' : 'CORRUPT';
    const { offset = 0, length = 0, fromSeconds = 0, toSeconds = fromSeconds } = place;
    this.damaged.push({ fault, offset, length, fromSeconds, toSeconds, code, reason });
  }
}
