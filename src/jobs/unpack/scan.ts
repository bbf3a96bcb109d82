/** The work of one unit of looking, before `unpack` can name what it makes: which samples a shard has, and which files each becomes. Runs in a worker. */

import { addCount, SharedStop } from '../../counters.ts';
import { BowerbirdError } from '../../errors.ts';
import { keyText } from '../../formats/lmdb/key-text.ts';
import type { OnError } from '../../on-error.ts';
import { LmdbReader } from '../../records/lmdb-reader.ts';
import { checkUnchanged } from '../../records/unit-input.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { SampleReject, UnitContext } from '../engine/types.ts';
import { isDamage, isLossOfEntry, shardEntries } from './entries.ts';
import type { FileRun, SampleBatch, ShardIndex } from './indexing.ts';
import { runOf } from './keys.ts';
import { unpackSample } from './sample.ts';

export interface ScanUnit {
  readonly id: string;
  readonly input: InputStamp;
}

export interface ScanOptions {
  readonly onError: OnError;
}

export async function run({ input }: ScanUnit, { onError }: ScanOptions, { shared }: UnitContext): Promise<ShardIndex> {
  const source = input.uri;
  checkUnchanged(input, 'unpack');
  const batches = new Batches();
  let reader: LmdbReader;
  try {
    reader = await LmdbReader.open(source);
  } catch (error) {
    if (!isLossOfFile(error, onError)) throw error;
    const { code, message: reason } = error;
    batches.reject({ input: source, record: 0, key: null, code, reason }, 1);
    return { batches: batches.end() };
  }
  try {
    const stop = new SharedStop(shared);
    const isLoss = (error: BowerbirdError) => isLossOfEntry(error, onError);
    let record = 0;
    for await (const entry of shardEntries(reader, { isLoss, stop })) {
      if (entry.kind === 'lost') {
        const { key, entries, error } = entry;
        batches.reject({ input: source, record, key, code: error.code, reason: lossText(entries, error) }, entries);
        record += entries;
        continue;
      }
      const { key, value } = entry;
      try {
        const { files } = unpackSample(key, value, { source, stem: '', bits: 'float' });
        const suffixes = files.map(({ suffix }) => suffix);
        batches.add(key, suffixes, value.length);
      } catch (error) {
        const failed = sampleError(error, source, record, key);
        if (onError === 'fail') throw failed;
        const { code, message: reason } = failed;
        batches.reject({ input: source, record, key: keyText(key), code, reason }, 1);
      }
      addCount(shared, 'bytes', value.length);
      record += 1;
    }
  } finally {
    await reader.close();
  }
  checkUnchanged(input, 'unpack');
  return { batches: batches.end() };
}

function lossText(entries: number, { message }: BowerbirdError): string {
  return entries === 1 ? message : `${message}; with it ${entries} entries are lost`;
}

/** What a sample cannot be read for, with its key and number. */
export function sampleError(error: unknown, source: string, record: number, key: Uint8Array): BowerbirdError {
  if (!(error instanceof BowerbirdError)) throw error;
  const message = `${error.message} (key "${keyText(key)}", entry ${record})`;
  return new BowerbirdError(error.code, message, { source, record }, { cause: error });
}

/** A file that is something else is one reject under "skip", a damaged one under "salvage". */
function isLossOfFile(error: unknown, onError: OnError): error is BowerbirdError {
  if (!(error instanceof BowerbirdError) || onError === 'fail') return false;
  return error.code === 'UNSUPPORTED' || (isDamage(error) && onError === 'salvage');
}

/** All files of a unit are open at the same time, and its values in memory. */
const mostSamples = 1024;
const mostFiles = 64;
const mostBytes = 32 << 20;

/** Cuts the samples of a shard into units. */
class Batches {
  readonly #batches: SampleBatch[] = [];
  #first = 0;
  #entries = 0;
  #keys: Uint8Array[] = [];
  #files: { samples: number; readonly suffixes: readonly string[] }[] = [];
  #rejects: SampleReject[] = [];
  #fileCount = 0;
  #bytes = 0;

  add(key: Uint8Array, suffixes: readonly string[], bytes: number): void {
    const isFull =
      this.#entries >= mostSamples || this.#fileCount + suffixes.length > mostFiles || this.#bytes + bytes > mostBytes;
    if (isFull && this.#entries > 0) this.#cut();
    this.#entries += 1;
    this.#keys.push(key.slice());
    this.#fileCount += suffixes.length;
    this.#bytes += bytes;
    const last = this.#files.at(-1);
    if (last !== undefined && isSame(last.suffixes, suffixes)) last.samples += 1;
    else this.#files.push({ samples: 1, suffixes });
  }

  reject(reject: SampleReject, entries: number): void {
    if (this.#entries >= mostSamples) this.#cut();
    this.#rejects.push(reject);
    this.#entries += entries;
  }

  /** One at least, so that an empty shard is told of. */
  end(): SampleBatch[] {
    if (this.#entries > 0 || this.#batches.length === 0) this.#cut();
    return this.#batches;
  }

  #cut(): void {
    const files: FileRun[] = this.#files;
    this.#batches.push({
      first: this.#first,
      entries: this.#entries,
      keys: runOf(this.#keys),
      files,
      bytes: this.#bytes,
      rejects: this.#rejects,
    });
    this.#first += this.#entries;
    this.#entries = 0;
    this.#keys = [];
    this.#files = [];
    this.#rejects = [];
    this.#fileCount = 0;
    this.#bytes = 0;
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}
