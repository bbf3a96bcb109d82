/** What a unit counts of the recordings that its rows name, and how the counts of many units add up. */

import type { AudioInfo } from '../../formats/audio/audio.ts';
import { type NoteCount, NoteCounter } from '../engine/note-counts.ts';
import type { OpenRecording } from './clips.ts';

/** Pairs in a stable order: they go into the journal. */
export type Counts = readonly (readonly [what: string, count: number])[];

export interface RecordingTotals {
  /** Rows whose recording was used. */
  readonly rows: number;
  readonly rejects: number;
  /** Damaged recordings that were used, with silence in the place of what is lost. */
  readonly salvaged: number;
  /** Recordings without a sample and files without a byte, which were used. */
  readonly empty: number;
  readonly recordingBytes: number;
  /** Seconds of the recordings that were used. */
  readonly soundSeconds: number;
  /** Recordings of each sample rate and each number of channels. */
  readonly sampleRates: Counts;
  readonly channels: Counts;
  /** What is odd about recordings that were used. */
  readonly notes: readonly NoteCount[];
}

export class RecordingTally {
  #rows = 0;
  #rejects = 0;
  #salvaged = 0;
  #empty = 0;
  #bytes = 0;
  #seconds = 0;
  readonly #rates = new Map<string, number>();
  readonly #channels = new Map<string, number>();
  readonly #notes = new NoteCounter();

  recording({ info, frames }: Pick<OpenRecording, 'info' | 'frames'>, bytes: number): void {
    this.#rows++;
    this.#bytes += bytes;
    if (info === undefined) {
      if (bytes === 0) this.#empty++;
      return;
    }
    addTo(this.#rates, String(info.sampleRate), 1);
    addTo(this.#channels, String(info.channels), 1);
    if (info.frames === 0) this.#empty++;
    if (frames !== undefined) this.#seconds += frames / info.sampleRate;
  }

  /** A recording whose header does not say how long it is. */
  unknownLength(frames: number, { sampleRate }: AudioInfo): void {
    this.#seconds += frames / sampleRate;
  }

  note(recording: string, notes: readonly string[]): void {
    if (notes.length > 0) this.#notes.add(recording, notes);
  }

  reject(): void {
    this.#rejects++;
  }

  salvage(): void {
    this.#salvaged++;
  }

  recordingTotals(): RecordingTotals {
    return {
      rows: this.#rows,
      rejects: this.#rejects,
      salvaged: this.#salvaged,
      empty: this.#empty,
      recordingBytes: this.#bytes,
      soundSeconds: this.#seconds,
      sampleRates: sorted(this.#rates),
      channels: sorted(this.#channels),
      notes: this.#notes.counts(),
    };
  }
}

export function sumRecordings(units: readonly RecordingTotals[]): RecordingTotals {
  const sum = (of: (unit: RecordingTotals) => number) => units.reduce((total, unit) => total + of(unit), 0);
  const notes = new NoteCounter();
  // Units of earlier versions have counted none.
  for (const unit of units) notes.addAll(unit.notes ?? []);
  return {
    rows: sum(({ rows }) => rows),
    rejects: sum(({ rejects }) => rejects),
    salvaged: sum(({ salvaged }) => salvaged),
    empty: sum(({ empty }) => empty),
    recordingBytes: sum(({ recordingBytes }) => recordingBytes),
    soundSeconds: sum(({ soundSeconds }) => soundSeconds),
    sampleRates: mergedCounts(units.map(({ sampleRates }) => sampleRates)),
    channels: mergedCounts(units.map(({ channels }) => channels)),
    notes: notes.counts(),
  };
}

export function mergedCounts(units: readonly Counts[]): Counts {
  const counts = new Map<string, number>();
  for (const unit of units) for (const [what, count] of unit) addTo(counts, what, count);
  return sorted(counts);
}

export function addTo(counts: Map<string, number>, what: string, count: number): void {
  counts.set(what, (counts.get(what) ?? 0) + count);
}

/** All are whole numbers, some of 64 bits. */
export function sorted(counts: ReadonlyMap<string, number>): [what: string, count: number][] {
  return [...counts].sort(([a], [b]) => {
    const difference = BigInt(a) - BigInt(b);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  });
}
