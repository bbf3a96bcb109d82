/** Checks the cells that hold recordings, one at a time: their bytes as they come, then their paths against what the bytes were. */

import { bytesSource } from '../../../bytes.ts';
import type { SharedStop } from '../../../counters.ts';
import { BowerbirdError, type ErrorCode } from '../../../errors.ts';
import type { AudioFormat } from '../../../formats/audio/audio.ts';
import { noteOf } from '../../../formats/audio/gaps.ts';
import type { RecordingDamage } from '../../../formats/audio/recording-faults.ts';
import { openAudio } from '../../../formats/open-audio.ts';
import { readWavInfo } from '../../../formats/wav/wav.ts';
import { viewerBytes } from '../../../samples/parquet/viewer-limit.ts';
import { type VerifiedRecording, verifySound } from '../recording.ts';
import { type AudioColumn, extensionOf, isExtensionOf, sniffCell } from './audio-columns.ts';
import { type FindingPlace, type ParquetFindings, placeText } from './findings.ts';

/** Worth a word. */
const largeCell = 50_000_000;

const formats = ['flac', 'wav', 'mp3', 'ogg-vorbis', 'opus'] as const satisfies readonly AudioFormat[];

/** What a cell was, a byte each, by its number among the values of the row group. */
const codes = { unseen: 0, none: 1, other: 2, formats: 3 } as const;

/** Beyond that many values of a row group paths are not held against bytes, which a note says. */
const mostCells = 1 << 24;

const mostDoubtful = 200;

export interface CellOptions {
  readonly full: boolean;
  /** What the viewer does not show is damage. */
  readonly viewer: boolean;
  readonly stop: SharedStop;
}

export class CellCheck {
  readonly column: AudioColumn;
  sounds = 0;
  seconds = 0;
  readonly #findings: ParquetFindings;
  readonly #options: CellOptions;
  /** Of the row group, grown as cells come. */
  #codes = new Uint8Array(1024);
  /** Cells whose recording can be opened. */
  #opened = 0;
  /** Of a column that nobody calls Audio, before one can be opened: what begins like a recording may be anything. */
  #doubtful: { readonly reason: string; readonly place: FindingPlace; readonly code: ErrorCode }[] = [];
  /** The same: what is no sound. */
  #others: { count: number; readonly first: FindingPlace; readonly what: string } | undefined;

  constructor(column: AudioColumn, findings: ParquetFindings, options: CellOptions) {
    this.column = column;
    this.#findings = findings;
    this.#options = options;
  }

  beginGroup(): void {
    this.#codes.fill(0);
  }

  /** `number`: of the value in the row group. */
  async bytes(number: number, bytes: Uint8Array | null, place: FindingPlace): Promise<void> {
    if (bytes === null) {
      this.#keep(number, codes.none);
      return;
    }
    const { format, what, isSound } = await sniffCell(bytes);
    this.#keep(number, format === undefined ? codes.other : codes.formats + formats.indexOf(format));
    if (!isSound) {
      this.#noSound(what, place);
      return;
    }
    this.sounds++;
    if (bytes.length > viewerBytes) {
      this.#unshown(`Recordings of more than ${viewerBytes} bytes, which the viewer does not read`, place);
    } else if (bytes.length > largeCell) {
      this.#findings.note('viewer', `Cells of more than ${largeCell} bytes`, placeText(place));
    }
    if (format === undefined) {
      this.#findings.note('sound', `Sound of a format that is not decoded: ${what}`, placeText(place));
    } else if (this.#options.full) await this.#decode(format, bytes, place);
    else await this.#open(format, bytes, place);
  }

  /** REQUIRES: the bytes of the row group came before. */
  path(number: number, path: string | null, place: FindingPlace): void {
    if (number >= mostCells) {
      if (number === mostCells) {
        this.#findings.note('audio', `Of more than ${mostCells} cells of a row group paths are not held against bytes`);
      }
      return;
    }
    const code = this.#codes[number] ?? codes.unseen;
    if (code === codes.none) {
      if (path !== null) {
        this.#findings.note('audio', 'Cells without bytes, whose sound is in another file', placeText(place));
      }
      return;
    }
    // What is no sound is told of already, or is none of ours to judge.
    if (code < codes.formats) return;
    const format = formats[code - codes.formats]!;
    const extension = path === null ? undefined : extensionOf(path);
    if (path === null) this.#unshown('Recordings without a path, whose format the viewer does not know', place);
    else if (extension === undefined) {
      this.#unshown('Recordings whose path has no extension, whose format the viewer does not know', place);
    } else if (!isExtensionOf(extension, format)) {
      this.#findings.note(
        'audio',
        `Paths that end with .${extension}, of recordings that are ${format}`,
        placeText(place),
      );
    }
  }

  /** When all is read. */
  finish(): void {
    for (const { reason, place } of this.#doubtful) {
      this.#findings.note('audio', `Bytes that begin like a recording and are none: ${reason}`, placeText(place));
    }
    if (this.#others === undefined || this.sounds === 0) return;
    const { count, first, what } = this.#others;
    const text = `Cells of column "${this.column.name}" that are no recordings, beside ${this.sounds} that are: ${count}`;
    this.#findings.note('audio', `${text}, the first ${what}`, placeText(first));
  }

  #unshown(what: string, place: FindingPlace): void {
    if (this.#options.viewer) this.#findings.add('viewer', what, place, 'BAD_SCHEMA');
    else this.#findings.note('viewer', what, placeText(place));
  }

  #noSound(what: string, place: FindingPlace): void {
    if (this.column.isTold) {
      this.#findings.add('audio', `Expected a recording, found ${what}`, place, 'BAD_SCHEMA');
    } else if (this.#others === undefined) this.#others = { count: 1, first: place, what };
    else this.#others.count++;
  }

  async #open(format: AudioFormat, bytes: Uint8Array, place: FindingPlace): Promise<void> {
    try {
      // It says how long it is in its header, so that it is known where it was cut off.
      const fault = format === 'wav' ? (await readWavInfo(bytesSource(bytes, 'the recording'))).dataFault : undefined;
      if (fault?.fault === 'truncated') {
        this.#isOpen();
        this.#fault(noteOf(fault.reason), place, 'TRUNCATED');
        return;
      }
      const { info } = await openAudio(bytesSource(bytes, 'the recording'));
      if (info.sampleRate > 0) this.#isOpen();
      else this.#fault('A recording of no sample rate', place, 'BAD_SCHEMA');
    } catch (error) {
      this.#unread(error, place);
    }
  }

  async #decode(format: AudioFormat, bytes: Uint8Array, place: FindingPlace): Promise<void> {
    let found: VerifiedRecording<string>;
    try {
      const verify = await verifyOf(format);
      const source = { uri: 'the recording', size: bytes.length };
      found = await verify(bytesSource(bytes, source.uri), this.#options.stop, source);
    } catch (error) {
      this.#unread(error, place);
      return;
    }
    const { damaged, notes, error, durationSeconds } = found;
    this.seconds += durationSeconds;
    if (error !== undefined) this.#unread(BowerbirdError.fromJSON(error), place);
    else if (found.sampleRate > 0) this.#isOpen();
    if (damaged.length > 0) this.#damaged(damaged, place);
    for (const { fault } of notes) this.#findings.note('sound', `Recordings with the note ${fault}`, placeText(place));
  }

  #damaged([first, ...rest]: readonly RecordingDamage[], place: FindingPlace): void {
    const more = rest.length === 0 ? '' : `, and ${rest.length} more places`;
    const reason = `${first!.reason} (${first!.fault}, byte ${first!.offset} of the recording${more})`;
    this.#fault(reason, place, first!.code);
  }

  /** Bytes alone, of which nobody says what they are, may only look like sound; with a path they are meant, as soon as one of them is. */
  #fault(reason: string, place: FindingPlace, code: ErrorCode): void {
    const { isTold, path } = this.column;
    if (isTold || (path !== undefined && this.#opened > 0)) this.#findings.add('audio', reason, place, code);
    else if (this.#doubtful.length < mostDoubtful) this.#doubtful.push({ reason, place, code });
    else this.#findings.note('audio', 'More cells that begin like a recording and are none', placeText(place));
  }

  #isOpen(): void {
    this.#opened++;
    if (this.column.path === undefined) return;
    for (const { reason, place, code } of this.#doubtful) this.#findings.add('audio', reason, place, code);
    this.#doubtful = [];
  }

  #unread(error: unknown, place: FindingPlace): void {
    if (!(error instanceof BowerbirdError)) throw error;
    const { code, message } = error;
    if (code === 'UNSUPPORTED') this.#findings.note('sound', message, placeText(place));
    else if (code === 'CORRUPT' || code === 'TRUNCATED' || code === 'BAD_SCHEMA') this.#fault(message, place, code);
    else throw error;
  }

  #keep(number: number, code: number): void {
    if (number >= mostCells) return;
    if (number >= this.#codes.length) {
      const more = new Uint8Array(Math.min(mostCells, Math.max(number + 1, 2 * this.#codes.length)));
      more.set(this.#codes);
      this.#codes = more;
    }
    this.#codes[number] = code;
  }
}

type Verify = (...sound: VerifySound) => Promise<VerifiedRecording<AudioFormat>>;
type VerifySound = Parameters<typeof verifySound> extends [unknown, ...infer Sound] ? Sound : never;

async function verifyOf(format: AudioFormat): Promise<Verify> {
  switch (format) {
    case 'flac': {
      const { flacCheck } = await import('../flac.ts');
      return (...sound) => verifySound(flacCheck, ...sound);
    }
    case 'wav': {
      const { wavCheck } = await import('../wav.ts');
      return (...sound) => verifySound(wavCheck, ...sound);
    }
    default: {
      const { lossyCheck } = await import('../lossy.ts');
      return (...sound) => verifySound(lossyCheck(format), ...sound);
    }
  }
}
