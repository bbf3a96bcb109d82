/** Walks every chunk of one ArrayRecord file and says what is damaged, and whether its index is true. */

import type { BowerbirdError } from '../errors.ts';
import { chunkError, explainFinding, lacksCodec } from '../formats/records/array-record-faults.ts';
import {
  type ArrayRecordIndex,
  chunkCount,
  chunkOffset,
  decodedSize,
  placesOf,
  recordsIn,
} from '../formats/records/array-record-index.ts';
import { linkOf } from '../storage/links.ts';
import { openSource } from '../storage/source.ts';
import type { InputStamp } from '../storage/stamp.ts';
import { isRemote } from '../storage/uri.ts';
import { findFooterOf } from './array-record-footer.ts';
import { holdsRecords, type ScannedChunk, type ScanOptions, scanChunks } from './array-record-scan.ts';
import type { Damage } from './damage.ts';

/** A damaged stretch: one chunk, several where a header is damaged, or what stands between chunks. */
export interface DamagedChunk extends Damage {
  /** Number of the first chunk that is lost, where the index or the chunks before tell. */
  readonly chunk: number;
  /** Number of the first record that is lost, or of the one that comes next where none is. */
  readonly record: number;
  /** How many records are lost: 0 for damage to padding, footer or postscript; null where neither header nor index tells. */
  readonly records: number | null;
}

export interface ArrayRecordSurvey {
  /** Undefined when the footer cannot be read. */
  readonly index: ArrayRecordIndex | undefined;
  /** Intact chunks that hold the file's records, in order. */
  readonly intact: readonly ScannedChunk[];
  readonly damaged: readonly DamagedChunk[];
  /** Where the last chunk that was looked at ends. */
  readonly reached: number;
  /** Of the records in intact chunks, when asked for. */
  readonly proof: string | undefined;
}

export interface SurveyOptions extends Omit<ScanOptions, 'places' | 'proof'> {
  readonly prove?: boolean;
  /** Told of each intact chunk; without it they are collected. */
  readonly onChunk?: (chunk: ScannedChunk) => void;
}

/** Walks all of a file or object, or a range. What is damaged is in the answer; what is thrown is that it cannot be read. */
export async function survey(
  input: Pick<InputStamp, 'uri'> & Partial<InputStamp>,
  { prove = false, onChunk, ...scanning }: SurveyOptions = {},
): Promise<ArrayRecordSurvey> {
  const { stop, range } = scanning;
  const { uri, size, version } = input;
  const file = await openSource(linkOf(input), { size, version, stop });
  const scanned = isRemote(uri) ? file : uri;
  try {
    const { index, end, error } = await findFooterOf(file, scanned, stop);
    const intact: ScannedChunk[] = [];
    const ledger = new Ledger(index, end);
    const { from, to } = range ?? { from: 0, to: end };
    ledger.startAt(from);
    let reached = from;
    let proof: string | undefined;
    const places = index && placesOf(index);
    const proving = prove ? { before: end, take: (made: string) => (proof = made) } : undefined;
    for await (const chunks of scanChunks(scanned, { ...scanning, places, proof: proving })) {
      for (const chunk of chunks) {
        reached = chunk.end;
        if (chunk.finding !== undefined) {
          if (lacksCodec(chunk.finding)) throw chunkError('check all', uri, chunk.finding);
          ledger.addDamage(chunk);
        } else if (holdsRecords(chunk) && chunk.begin < end) {
          ledger.add(chunk);
          if (onChunk === undefined) intact.push(chunk);
          else onChunk(chunk);
        }
      }
    }
    ledger.endAt(Math.min(to, end));
    if (error !== undefined) ledger.addMissingFooter(error);
    return { index, intact, damaged: ledger.damaged, reached, proof };
  } finally {
    await file.close();
  }
}

/** Why the footer cannot be found or read. */
export function footerDamage({ code, message, offset = 0 }: BowerbirdError, index?: ArrayRecordIndex): DamagedChunk {
  const reason = message.replace(/^.*?": /s, '');
  const [chunk, record] = index === undefined ? [0, 0] : [chunkCount(index), index.records];
  return { chunk, record, records: 0, offset, length: 0, code, reason };
}

/** Null where the header does not hold. */
function recordsOf(chunk: ScannedChunk): number | null {
  if (chunk.type === 0) return null;
  return holdsRecords(chunk) ? chunk.records : 0;
}

/** Keeps count of what should be where, and says of damage which records it costs. */
class Ledger {
  readonly damaged: DamagedChunk[] = [];
  readonly #index: ArrayRecordIndex | undefined;
  readonly #footerOffset: number;
  /** Of the chunk that comes next. */
  #chunk = 0;
  #record = 0;

  constructor(index: ArrayRecordIndex | undefined, footerOffset: number) {
    this.#index = index;
    this.#footerOffset = footerOffset;
  }

  /** What is listed before is none of its business. */
  startAt(offset: number): void {
    const index = this.#index;
    while (index !== undefined && this.#chunk < chunkCount(index) && chunkOffset(index, this.#chunk) < offset) {
      this.#advance(recordsIn(index, this.#chunk));
    }
  }

  add({ begin, end, records, decodedSize: bytes }: ScannedChunk): void {
    const index = this.#index;
    if (index === undefined) {
      this.#advance(records);
      return;
    }
    this.#skipTo(begin);
    // The walk takes no others for chunks of the file.
    const [listed, listedBytes] = [recordsIn(index, this.#chunk), decodedSize(index, this.#chunk)];
    if (listed !== records || listedBytes !== bytes) {
      const reason = `the index says that this chunk holds ${listed} records of ${listedBytes} bytes, found ${records} of ${bytes}`;
      this.#push({ offset: begin, length: end - begin, code: 'CORRUPT_RECORD', reason, records: 0 });
    }
    this.#advance(listed);
  }

  addDamage(chunk: ScannedChunk): void {
    const { begin, end } = chunk;
    const { code, reason } = explainFinding(chunk.finding!);
    const index = this.#index;
    const place = { offset: begin, length: end - begin, code, reason };
    if (index === undefined) {
      const records = begin >= this.#footerOffset ? 0 : recordsOf(chunk);
      this.#push({ ...place, records });
      if (records !== null && records > 0) this.#advance(records);
      return;
    }
    this.#skipTo(begin);
    const [firstChunk, first] = [this.#chunk, this.#record];
    while (this.#chunk < chunkCount(index) && chunkOffset(index, this.#chunk) < end) {
      this.#advance(recordsIn(index, this.#chunk));
    }
    this.damaged.push({ ...place, chunk: firstChunk, record: first, records: this.#record - first });
  }

  /** Entries that no chunk stood for. */
  endAt(offset: number): void {
    if (this.#index !== undefined) this.#skipTo(offset);
  }

  addMissingFooter(error: BowerbirdError): void {
    const { chunk: _, record: __, ...damage } = footerDamage(error);
    // The damage that hides the footer is listed already.
    if (this.damaged.some((range) => range.offset === damage.offset && range.length > 0)) return;
    this.#push(damage);
  }

  #skipTo(offset: number): void {
    const index = this.#index!;
    while (this.#chunk < chunkCount(index) && chunkOffset(index, this.#chunk) < offset) {
      const records = recordsIn(index, this.#chunk);
      const reason = 'the index lists a chunk here, where none begins';
      this.#push({ offset: chunkOffset(index, this.#chunk), length: 0, code: 'CORRUPT_RECORD', reason, records });
      this.#advance(records);
    }
  }

  #advance(records: number): void {
    this.#chunk += 1;
    this.#record += records;
  }

  #push(damage: Omit<DamagedChunk, 'chunk' | 'record'>): void {
    this.damaged.push({ ...damage, chunk: this.#chunk, record: this.#record });
  }
}
