/** The LMDB file of a shard: samples in the order of their keys, and the checksums of the whole. */

import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { BowerbirdError } from '../../errors.ts';
import { LmdbWriter, mostKeyBytes } from '../../formats/lmdb/write.ts';
import { crc32c } from '../../formats/records/crc32c.ts';
import { usage } from '../../options.ts';
import { readSpool, Spool } from '../../storage/local/spool.ts';
import { crcText, type Written } from '../../storage/written.ts';

/** Values of at least so many bytes are written as they are; smaller ones wait for others, in memory of their own. */
const largeBytes = 64 << 10;
const mostWaiting = 1 << 20;
const blockBytes = 1 << 20;

export interface WrittenShard extends Written {
  readonly entries: number;
  /** Of the file, 64 lower-case hex digits. */
  readonly sha256: string;
}

/** Entries whose keys ascend. */
export class ShardFile {
  readonly #writer: LmdbWriter;
  readonly #arena = new Uint8Array(mostWaiting);
  #used = 0;
  #keys: Uint8Array[] = [];
  #values: Uint8Array[] = [];

  /** `temporary`: where it is until it has its name, `path`. */
  constructor(temporary: string, path: string) {
    this.#writer = new LmdbWriter(temporary, path);
  }

  /** On this thread: it would wait for another, which would not find the value in its cache. `value` is the caller's again. */
  add(key: Uint8Array, value: Uint8Array): void {
    const isLarge = value.length >= largeBytes;
    if (isLarge || this.#used + value.length > mostWaiting) this.#flush();
    if (isLarge) {
      this.#writer.writeNow([key], [value]);
      return;
    }
    this.#arena.set(value, this.#used);
    this.#keys.push(key);
    this.#values.push(this.#arena.subarray(this.#used, this.#used + value.length));
    this.#used += value.length;
  }

  #flush(): void {
    if (this.#keys.length === 0) return;
    this.#writer.writeNow(this.#keys, this.#values);
    this.#keys = [];
    this.#values = [];
    this.#used = 0;
  }

  /** `fd` of the temporary: LMDB writes its first pages last, so the checksums are of what is read again. */
  async finish(fd: number): Promise<WrittenShard> {
    this.#flush();
    const { entries, bytes } = await this.#writer.finish();
    const hash = createHash('sha256');
    let crc = 0;
    const block = Buffer.allocUnsafe(blockBytes);
    for (let at = 0; at < bytes; at += block.length) {
      const some = block.subarray(0, Math.min(block.length, bytes - at));
      readSpool(fd, at, some);
      hash.update(some);
      crc = crc32c(some, crc);
    }
    return { entries, bytes, crc32c: crcText(crc), sha256: hash.digest('hex') };
  }

  close(): Promise<void> {
    return this.#writer.close();
  }
}

interface Waiting {
  readonly key: Buffer;
  readonly offset: number;
  readonly bytes: number;
}

/** For keys that come in any order: values wait in a temporary file until all keys are known. */
export class KeyOrder {
  #spool: Spool | undefined;
  readonly #entries: Waiting[] = [];

  add(key: Buffer, value: Uint8Array): void {
    this.#spool ??= new Spool(tmpdir());
    this.#entries.push({ key, offset: this.#spool.length, bytes: value.length });
    this.#spool.append(value);
  }

  /** @throws BowerbirdError USAGE: a key comes twice */
  writeTo(file: ShardFile): void {
    if (this.#spool === undefined) return;
    this.#spool.flush();
    this.#entries.sort((a, b) => Buffer.compare(a.key, b.key));
    for (const [i, { key, offset, bytes }] of this.#entries.entries()) {
      if (this.#entries[i + 1]?.key.equals(key)) throw usage(`Cannot pack two samples of the key "${key.toString()}"`);
      const value = Buffer.allocUnsafe(bytes);
      readSpool(this.#spool.fd, offset, value);
      file.add(key, value);
    }
  }

  close(): void {
    this.#spool?.close();
    this.#spool = undefined;
  }
}

/** @throws BowerbirdError BAD_SCHEMA */
export function keyBytes(key: string): Buffer {
  const bytes = Buffer.from(key);
  if (bytes.length > 0 && bytes.length <= mostKeyBytes) return bytes;
  throw new BowerbirdError('BAD_SCHEMA', `Its key has ${bytes.length} bytes, expected 1 to ${mostKeyBytes}`);
}
