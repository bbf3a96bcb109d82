/** ArrayRecordWriter: records to an ArrayRecord file that appears whole or not at all, compressed on several threads. */

import { availableParallelism } from 'node:os';
import type { ByteBlocks } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import {
  type ArrayRecordOptions,
  formatArrayRecordOptions,
  parseArrayRecordOptions,
} from '../formats/records/array-record-options.ts';
import { createEncoder, RecordCollector } from '../formats/records/array-record-writer.ts';
import type { ArrayRecordEncoder, EncodedBatch } from '../native/native.ts';
import { checkArgument, checkPath, flag, readOptions, usage } from '../options.ts';
import { takenUpLater } from '../promises.ts';
import { refuseTaken } from '../storage/local/naming.ts';
import { publishBlocks } from '../storage/publish.ts';
import type { Written } from '../storage/written.ts';

export interface ArrayRecordWriterOptions {
  /** Replace a file that is there. Default false. */
  readonly overwrite?: boolean;
  /** Flush to the disk before the file gets its name. Default false. */
  readonly durable?: boolean;
}

export interface WrittenArrayRecords {
  readonly records: number;
  readonly chunks: number;
  readonly bytes: number;
  /** Of the file, eight hex digits. */
  readonly crc32c: string;
}

/** libuv's pool has four threads unless told otherwise. */
const mostEncoding = 4;

/**
 * The bytes are those of Google's writer with the same options, wherever the compression gives the same; but for `transpose:true` with records
 * that parse as protobuf messages and are not empty: these stay whole, where Google's writer takes them apart.
 *
 * @example
 * const writer = await ArrayRecordWriter.create('train.arrayrecord', 'group_size:1,zstd:3');
 * for (const record of records) await writer.write(record);
 * await writer.close();
 */
export class ArrayRecordWriter {
  readonly path: string;
  /** As they are stored in the file. */
  readonly options: string;
  readonly #encoder: ArrayRecordEncoder;
  readonly #collector: RecordCollector;
  readonly #queue: EncodingQueue;
  readonly #published: Promise<Written>;
  #records = 0;
  #state: 'open' | 'closed' | 'aborted' = 'open';

  private constructor(path: string, options: ArrayRecordOptions, publishing: ArrayRecordWriterOptions) {
    this.path = path;
    this.options = formatArrayRecordOptions(options);
    this.#encoder = createEncoder(options);
    this.#collector = new RecordCollector(options.groupSize);
    this.#queue = new EncodingQueue(Math.min(mostEncoding, availableParallelism()));
    this.#published = publishBlocks(path, this.#blocks(), publishing);
    // Reported by whatever waits next, close() at the latest.
    this.#published.catch((error: unknown) => this.#queue.fail(error));
  }

  /**
   * `options` in Google's grammar: "group_size:1,zstd:3" and the like; the empty string means the defaults, which are just these. A wrong
   * string touches nothing.
   *
   * @throws BowerbirdError USAGE, EXISTS, UNSUPPORTED, IO
   */
  static async create(
    path: string,
    options = '',
    publishing: ArrayRecordWriterOptions = {},
  ): Promise<ArrayRecordWriter> {
    const shape = { overwrite: flag(false), durable: flag(false) };
    checkPath(path, 'ArrayRecordWriter.create()');
    checkArgument(options, isText, 'the options of a writer as text', 'ArrayRecordWriter.create()');
    const parsed = parseArrayRecordOptions(options);
    const given = readOptions(publishing, shape, 'ArrayRecordWriter.create()');
    if (!given.overwrite) refuseTaken(path);
    const writer = new ArrayRecordWriter(path, parsed, given);
    // The output is opened before there is anything to write.
    await writer.#queue.started;
    return writer;
  }

  /**
   * Takes a copy of the record at once. The promise is for pace: whoever awaits it holds a few megabytes in memory, whoever does not
   * holds what the disk has not taken yet. It fails when the file cannot be written.
   */
  write(record: Uint8Array): Promise<void> {
    if (this.#state !== 'open')
      return Promise.reject(usage(`Cannot write to "${this.path}": the writer is ${this.#state}`));
    if (!(record instanceof Uint8Array)) {
      return Promise.reject(usage(`Cannot write to "${this.path}": expected a Uint8Array`));
    }
    this.#collector.add(record);
    this.#records += 1;
    if (!this.#collector.isFull) return settled;
    this.#encode();
    // Told again by close().
    return takenUpLater(this.#queue.room());
  }

  /** Writes the footer and gives the file its name. */
  async close(): Promise<WrittenArrayRecords> {
    if (this.#state === 'aborted') throw usage(`Cannot close "${this.path}": the writer is aborted`);
    if (this.#state === 'open') {
      if (!this.#collector.isEmpty) this.#encode();
      this.#state = 'closed';
      this.#queue.end();
    }
    const published = await this.#published;
    return { records: this.#records, chunks: this.#encoder.counts().chunks, ...published };
  }

  /** Leaves nothing behind. Safe to call at any time; after close() it does nothing. */
  async abort(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'aborted';
    this.#queue.fail(new BowerbirdError('INTERRUPTED', `Stopped writing "${this.path}"`, { source: this.path }));
    // It fails with what was just said, or with what close() has told.
    await this.#published.catch(() => {});
  }

  /**
   * For `await using`: abort() of a file that close() has not finished. A block that is left by an error must not publish half of its records as
   * if they were all.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.abort();
  }

  #encode(): void {
    const collected = this.#collector.take();
    const encoded = this.#encoder.encode(collected.values, collected.lengths);
    const done = () => this.#collector.reuse(collected);
    encoded.then(done, done);
    this.#queue.push(encoded);
  }

  async *#blocks(): ByteBlocks {
    this.#queue.start();
    yield this.#encoder.begin();
    for await (const batch of this.#queue) yield this.#encoder.layOut(batch);
    yield this.#encoder.finish(this.options);
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const settled = Promise.resolve();

/** Batches on their way through the threads, taken in order. */
class EncodingQueue {
  readonly started: Promise<void>;
  readonly #most: number;
  #start = () => {};
  #refuse: (error: unknown) => void = () => {};
  readonly #waiting: Promise<EncodedBatch>[] = [];
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  /** Called whenever something has changed. */
  #wakers: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
    const started = new Promise<void>((resolve, reject) => {
      this.#start = resolve;
      this.#refuse = reject;
    });
    this.started = takenUpLater(started);
  }

  start(): void {
    this.#start();
  }

  push(batch: Promise<EncodedBatch>): void {
    this.#waiting.push(takenUpLater(batch));
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#refuse(error);
    this.#wake();
  }

  async room(): Promise<void> {
    while (this.#failure === undefined && this.#waiting.length > this.#most) await this.#change();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<EncodedBatch> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const next = this.#waiting[0];
      if (next !== undefined) {
        const batch = await next;
        if (this.#failure !== undefined) continue;
        yield batch;
        this.#waiting.shift();
        this.#wake();
      } else if (this.#ended) {
        return;
      } else {
        await this.#change();
      }
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wakers.push(resolve));
  }

  #wake(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}
