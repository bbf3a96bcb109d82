/** What a shard counts while it is made, and how the counts of many shards add up. */

import type { AudioInfo } from '../../formats/audio/audio.ts';
import { type NoteCount, NoteCounter } from '../engine/note-counts.ts';
import type { OpenRecording } from './clips.ts';
import type { Labels } from './labels.ts';

/** Pairs in a stable order: they go into the journal. */
export type Counts = readonly (readonly [what: string, count: number])[];

export interface IngestTotals {
  /** Rows whose recording was used. */
  readonly rows: number;
  readonly records: number;
  readonly rejects: number;
  /** Damaged recordings that were used, with silence in the place of what is lost. */
  readonly salvaged: number;
  /** Recordings without a sample and files without a byte, which were used. */
  readonly empty: number;
  readonly recordingBytes: number;
  /** Seconds of the recordings that were used. */
  readonly soundSeconds: number;
  /** Records of each label id. */
  readonly classes: Counts;
  /** Recordings of each sample rate and each number of channels. */
  readonly sampleRates: Counts;
  readonly channels: Counts;
  /** What is odd about recordings that were used. */
  readonly notes: readonly NoteCount[];
}

export class Tally {
  #rows = 0;
  #records = 0;
  #rejects = 0;
  #salvaged = 0;
  #empty = 0;
  #bytes = 0;
  #seconds = 0;
  readonly #classes = new Map<string, number>();
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

  record({ ids }: Labels): void {
    this.#records++;
    for (const id of ids) addTo(this.#classes, String(id), 1);
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

  totals(): IngestTotals {
    return {
      rows: this.#rows,
      records: this.#records,
      rejects: this.#rejects,
      salvaged: this.#salvaged,
      empty: this.#empty,
      recordingBytes: this.#bytes,
      soundSeconds: this.#seconds,
      classes: sorted(this.#classes),
      sampleRates: sorted(this.#rates),
      channels: sorted(this.#channels),
      notes: this.#notes.counts(),
    };
  }
}

export function sumTotals(shards: readonly IngestTotals[]): IngestTotals {
  const sum = (of: (shard: IngestTotals) => number) => shards.reduce((total, shard) => total + of(shard), 0);
  const merged = (of: (shard: IngestTotals) => Counts) => {
    const counts = new Map<string, number>();
    for (const shard of shards) for (const [what, count] of of(shard)) addTo(counts, what, count);
    return sorted(counts);
  };
  const notes = new NoteCounter();
  // Shards of earlier versions have counted none.
  for (const shard of shards) notes.addAll(shard.notes ?? []);
  return {
    rows: sum(({ rows }) => rows),
    records: sum(({ records }) => records),
    rejects: sum(({ rejects }) => rejects),
    salvaged: sum(({ salvaged }) => salvaged),
    empty: sum(({ empty }) => empty),
    recordingBytes: sum(({ recordingBytes }) => recordingBytes),
    soundSeconds: sum(({ soundSeconds }) => soundSeconds),
    classes: merged(({ classes }) => classes),
    sampleRates: merged(({ sampleRates }) => sampleRates),
    channels: merged(({ channels }) => channels),
    notes: notes.counts(),
  };
}

function addTo(counts: Map<string, number>, what: string, count: number): void {
  counts.set(what, (counts.get(what) ?? 0) + count);
}

/** All are whole numbers, some of 64 bits. */
function sorted(counts: ReadonlyMap<string, number>): [what: string, count: number][] {
  return [...counts].sort(([a], [b]) => {
    const difference = BigInt(a) - BigInt(b);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  });
}
