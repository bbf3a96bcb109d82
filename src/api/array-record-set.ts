/** ArrayRecordSet: several ArrayRecord files, or slices of them, as one sequence. */

import { BowerbirdError } from '../errors.ts';
import { checkArgument, integer, isIterable, isPath, readOptions, show, usage } from '../options.ts';
import { takenUpLater } from '../promises.ts';
import { ArrayRecordReader } from '../records/array-record-reader.ts';
import { OpenFiles } from '../records/open-files.ts';
import { lastStartingBy } from '../search.ts';
import { resolveInputs } from '../storage/inputs.ts';
import { linkOf } from '../storage/links.ts';

export interface ArrayRecordSetOptions {
  /** Files that are open at the same time. Default 64. */
  readonly openFiles?: number;
}

interface Shard {
  readonly path: string;
  /** First record of the file that belongs to the set, and how many do. */
  readonly skip: number;
  readonly take: number;
  /** Number of its first record in the set. */
  readonly start: number;
}

const slicePattern = /^(.*)\[(\d+):(\d+)\]$/s;
const opensAtOnce = 32;

/**
 * What ArrayRecordDataSource is in Python: `length`, records by number, and many at once. A source is a file, a folder or glob
 * ("x-*-of-00016", whose files come sorted), or "path[10:20]" for records 10 to 19 of a file, which is not opened before it is read. Sources
 * stay in the order given.
 *
 * @example
 * const set = new ArrayRecordSet(['train-*-of-00016.arrayrecord', 'extra.arrayrecord[0:1000]']);
 * const records = await set.readMany([5, 2, 2]);
 * await set.close();
 */
export class ArrayRecordSet {
  readonly #planned: Promise<readonly Shard[]>;
  #shards: readonly Shard[] | undefined;
  #length = 0;
  readonly #readers: OpenFiles<string, ArrayRecordReader>;
  #closed = false;

  /**
   * Begins to open every file that is not a slice, once, for its number of records. Reads wait for that; what fails, fails in them.
   *
   * @throws BowerbirdError USAGE
   */
  constructor(sources: string | readonly string[], options: ArrayRecordSetOptions = {}) {
    const { openFiles } = readOptions(options, { openFiles: integer(1, 65536, 64) }, 'ArrayRecordSet');
    const list = typeof sources === 'string' ? [sources] : sources;
    if (!isList(list)) throw usage('Cannot make an ArrayRecordSet: expected a path, or a list of at least one');
    this.#readers = new OpenFiles(openFiles);
    // Awaited by ready() and by every read.
    this.#planned = takenUpLater(this.#plan(list));
  }

  /** A set whose `length` is known. */
  static async open(sources: string | readonly string[], options: ArrayRecordSetOptions = {}): Promise<ArrayRecordSet> {
    return await new ArrayRecordSet(sources, options).ready();
  }

  /** Waits until all files are found and counted, and gives the set itself. */
  async ready(): Promise<this> {
    await this.#planned;
    return this;
  }

  /** Number of records. Known after ready(), or after the first read. */
  get length(): number {
    if (this.#shards !== undefined) return this.#length;
    throw usage('Cannot tell the length of the set yet: expected "await set.ready()" before');
  }

  async #plan(sources: readonly string[]): Promise<readonly Shard[]> {
    const shards: Shard[] = [];
    let start = 0;
    for (const source of sources) {
      for (const part of await partsOf(source)) {
        shards.push({ ...part, start });
        start += part.take;
      }
    }
    this.#length = start;
    this.#shards = shards;
    return shards;
  }

  /** One record. The bytes are the caller's. */
  async read(record: number): Promise<Uint8Array> {
    const shard = shardOf(this.#shards ?? (await this.#planned), this.#length, record);
    return await this.#using(shard, (reader) => reader.read(this.#within(shard, reader, record)));
  }

  /** Records in the order of `numbers`, which may repeat. Files are read one after another, each in its own order. */
  async readMany(numbers: Iterable<number>): Promise<Uint8Array[]> {
    checkArgument(numbers, isIterable, 'a list of numbers', 'readMany()');
    const wanted = [...numbers];
    const shards = this.#shards ?? (await this.#planned);
    const byShard = new Map<Shard, number[]>();
    wanted.forEach((record, i) => {
      const shard = shardOf(shards, this.#length, record);
      const places = byShard.get(shard);
      if (places === undefined) byShard.set(shard, [i]);
      else places.push(i);
    });
    const found: Uint8Array[] = new Array(wanted.length);
    for (const [shard, places] of byShard) {
      await this.#using(shard, async (reader) => {
        const records = await reader.readMany(places.map((i) => this.#within(shard, reader, wanted[i]!)));
        records.forEach((record, i) => {
          found[places[i]!] = record;
        });
      });
    }
    return found;
  }

  /** All records in order. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (const shard of await this.#planned) {
      if (shard.take === 0) continue;
      const reader = await this.#take(shard);
      try {
        this.#within(shard, reader, shard.start + shard.take - 1);
        for await (const { records } of reader.batches({ from: shard.skip, to: shard.skip + shard.take }))
          yield* records;
      } finally {
        this.#readers.release(shard.path);
      }
    }
  }

  /** Safe to call twice. Reads that are under way end in peace. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#readers.close();
  }

  /** close(), for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The number inside the file. A slice may promise more than there is: then it is told when it is read. */
  #within({ path, skip, take, start }: Shard, reader: ArrayRecordReader, record: number): number {
    if (skip + take <= reader.length) return skip + record - start;
    const message = `Cannot read "${path}[${skip}:${skip + take}]": the file holds ${reader.length} records`;
    throw new BowerbirdError('USAGE', message, { source: path });
  }

  #take({ path }: Shard): Promise<ArrayRecordReader> {
    if (this.#closed) throw usage('Cannot read records: the set is closed');
    return this.#readers.take(path, () => ArrayRecordReader.open(path));
  }

  async #using<T>(shard: Shard, work: (reader: ArrayRecordReader) => Promise<T>): Promise<T> {
    const reader = await this.#take(shard);
    try {
      return await work(reader);
    } finally {
      this.#readers.release(shard.path);
    }
  }
}

function isList(list: unknown): list is readonly string[] {
  return Array.isArray(list) && list.length > 0 && list.every(isPath);
}

function shardOf(shards: readonly Shard[], length: number, record: number): Shard {
  if (!Number.isInteger(record) || record < 0 || record >= length) {
    throw usage(
      `Cannot read record ${show(record)}: ${length === 0 ? 'the set holds none' : `expected 0 to ${length - 1}`}`,
    );
  }
  // Where shards without records share a start, the search ends at the last of them, which has some.
  return shards[lastStartingBy(shards.length, (shard) => shards[shard]!.start, record)]!;
}

async function partsOf(source: string): Promise<Omit<Shard, 'start'>[]> {
  const slice = slicePattern.exec(source);
  if (slice !== null) {
    const [from, to] = [Number(slice[2]), Number(slice[3])];
    if (from > to) throw usage(`Cannot use "${source}": expected a slice that ends behind its start`);
    return [{ path: slice[1]!, skip: from, take: to - from }];
  }
  const files = await resolveInputs([source]);
  const parts: Omit<Shard, 'start'>[] = [];
  for (let i = 0; i < files.length; i += opensAtOnce) {
    const some = files.slice(i, i + opensAtOnce);
    parts.push(
      ...(await Promise.all(
        some.map(async (file) => ({ path: linkOf(file), skip: 0, take: await countOf(linkOf(file)) })),
      )),
    );
  }
  return parts;
}

async function countOf(path: string): Promise<number> {
  const reader = await ArrayRecordReader.open(path);
  await reader.close();
  return reader.length;
}
