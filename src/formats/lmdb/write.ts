/** LmdbWriter: entries to an LMDB file of data format 1, by the engine in the addon. Whoever opens it gives the file its name. */

import { BowerbirdError } from '../../errors.ts';
import { type LmdbRefused, lmdbRefusal, type NativeLmdbWriter, native } from '../../native/native.ts';
import { attempt, nativeError } from '../../native/native-errors.ts';
import { usage } from '../../options.ts';

/** Of a key, in bytes: `mdb_env_get_maxkeysize()` of LMDB 0.9 as everybody builds it. */
export const mostKeyBytes = 511;
/** Of a value: what one system call of Linux writes, less the 16 bytes of a page's header. */
export const mostValueBytes = 2 ** 31 - 4096 - 16;

export interface WrittenLmdb {
  readonly entries: number;
  /** Of 4,096 bytes, the two of the header among them. */
  readonly pages: number;
  /** The size of the file. */
  readonly bytes: number;
}

/**
 * The same entries give the same bytes, however many come with a call. The format: lmdb.h and mdb.c of LMDB 0.9.29. A file is complete when
 * `finish()` is; one that is given up before is not to be read.
 *
 * @example
 * await withDrafts([`${shard}/data.mdb`], terms, async (drafts) => {
 *   const writer = new LmdbWriter(drafts.temporary(0), `${shard}/data.mdb`);
 *   try {
 *     for (const { keys, values } of batches) await writer.write(keys, values);
 *     return await writer.finish();
 *   } finally {
 *     await writer.close();
 *   }
 * });
 */
export class LmdbWriter {
  readonly #path: string;
  readonly #file: NativeLmdbWriter;
  #state: 'open' | 'finished' | 'failed' | 'closed' = 'open';
  #entries = 0;
  #lastKey: Uint8Array | undefined;
  /** Calls wait for those before them. */
  #before: Promise<unknown> = Promise.resolve();
  /** Calls that are not done. */
  #writing = 0;

  /**
   * `file` is empty or not there; a link is not followed. `path`: what errors call it.
   *
   * @throws BowerbirdError IO
   */
  constructor(file: string, path = file) {
    this.#path = path;
    this.#file = attempt('create', path, () => new (native().LmdbWriter)(file));
  }

  /**
   * Keys of 1 to 511 bytes, in the order of their bytes and each once, over all calls; values of up to {@link mostValueBytes} bytes. Lists
   * and bytes must not change before the promise is settled. What is refused writes nothing of its call, and others may follow. Memory: the batch that LMDB
   * holds, up to 4 MiB or a single larger value.
   *
   * @throws BowerbirdError USAGE with `record`, the number of the entry in the file; IO, and then the file cannot go on
   */
  write(keys: readonly Uint8Array[], values: readonly Uint8Array[]): Promise<void> {
    return this.#next(async () => {
      this.#checkEntries(keys, values);
      const writing = this.#file.write(keys, values);
      if ('refusal' in writing) throw this.#refused(writing, keys, values);
      this.#wrote(keys);
      await this.#told(writing);
    });
  }

  /**
   * As write(), on this thread: for whoever would only wait for it. What was given is the caller's again when it returns.
   *
   * @throws BowerbirdError as write() does; USAGE too while a call of write() is under way
   */
  writeNow(keys: readonly Uint8Array[], values: readonly Uint8Array[]): void {
    this.#checkEntries(keys, values);
    if (this.#writing > 0) throw usage(`Cannot write to "${this.#path}": another call is under way`);
    let refused: LmdbRefused | undefined;
    try {
      refused = this.#file.writeNow(keys, values);
    } catch (error) {
      throw this.#failed(error);
    }
    if (refused !== undefined) throw this.#refused(refused, keys, values);
    this.#wrote(keys);
  }

  /**
   * Ends the file. `flush`: its bytes are on the disk; drafts that are `durable` see to that themselves.
   *
   * @throws BowerbirdError IO
   */
  finish({ flush = false }: { readonly flush?: boolean } = {}): Promise<WrittenLmdb> {
    return this.#next(async () => {
      this.#check('finish');
      const written = await this.#told(this.#file.finish(flush));
      this.#state = 'finished';
      return written;
    });
  }

  /** Gives up a file that is not finished, which stays for its owner to remove. Safe to call at any time. */
  close(): Promise<void> {
    return this.#next(async () => {
      this.#file.close();
      if (this.#state === 'open') this.#state = 'closed';
    });
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    this.#writing++;
    const done = this.#before.then(work).finally(() => this.#writing--);
    this.#before = done.catch(() => {});
    return done;
  }

  #checkEntries(keys: readonly Uint8Array[], values: readonly Uint8Array[]): void {
    this.#check('write to');
    if (keys.length !== values.length) {
      throw usage(`Cannot write to "${this.#path}": ${keys.length} keys came with ${values.length} values`);
    }
  }

  #wrote(keys: readonly Uint8Array[]): void {
    this.#entries += keys.length;
    this.#lastKey = keys.at(-1)?.slice() ?? this.#lastKey;
  }

  #check(doing: string): void {
    if (this.#state !== 'open') throw usage(`Cannot ${doing} "${this.#path}": it is ${this.#state}`);
  }

  async #told<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #failed(error: unknown): unknown {
    this.#state = 'failed';
    this.#file.close();
    const told = nativeError('write', this.#path, error);
    if (told instanceof BowerbirdError) return told;
    // LMDB's own words.
    const text = `Cannot write "${this.#path}": ${(error as Error).message}`;
    return new BowerbirdError('IO', text, { source: this.#path }, { cause: error });
  }

  #refused(
    { refusal, entry }: LmdbRefused,
    keys: readonly Uint8Array[],
    values: readonly Uint8Array[],
  ): BowerbirdError {
    const key = keys[entry] as Uint8Array;
    const before = keys[entry - 1] ?? this.#lastKey ?? key;
    const record = this.#entries + entry;
    const reason = () => {
      switch (refusal) {
        case lmdbRefusal.emptyKey:
          return `its key is empty, expected 1 to ${mostKeyBytes} bytes`;
        case lmdbRefusal.longKey:
          return `its key has ${key.length} bytes, expected 1 to ${mostKeyBytes}`;
        case lmdbRefusal.largeValue:
          return `the value of key ${shownKey(key)} has ${values[entry]?.length} bytes, expected at most ${mostValueBytes}; divide it`;
        case lmdbRefusal.keyTwice:
          return `its key ${shownKey(key)} is that of the entry before; each key may come once`;
        case lmdbRefusal.keyOrder:
          return `its key ${shownKey(key)} comes behind ${shownKey(before)}; sort the entries by the bytes of their keys`;
        default:
          return refusal satisfies never;
      }
    };
    const text = `Cannot write entry ${record} to "${this.#path}": ${reason()}`;
    return new BowerbirdError('USAGE', text, { source: this.#path, record });
  }
}

/** As text in quotes where it is text, else in hexadecimal digits. */
function shownKey(key: Uint8Array): string {
  const text = new TextDecoder().decode(key);
  return /^[^\p{C}\ufffd]+$/u.test(text) ? `"${text}"` : `0x${Buffer.from(key).toString('hex')}`;
}
