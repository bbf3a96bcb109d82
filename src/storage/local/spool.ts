/** Bytes behind each other in a file without a name: written once, then read from any thread of the process by its descriptor. */

import { closeSync, readSync } from 'node:fs';
import { BowerbirdError, systemError } from '../../errors.ts';
import { writeFully } from './sink.ts';
import { openUnnamed } from './unnamed.ts';

const bufferBytes = 1 << 20;

export class Spool {
  readonly fd: number;
  readonly #path: string;
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);
  #waiting = 0;
  #written = 0;

  constructor(folder: string) {
    const { fd, path } = openUnnamed(folder, 'spool');
    this.fd = fd;
    this.#path = path;
  }

  get length(): number {
    return this.#written + this.#waiting;
  }

  append(bytes: Uint8Array): void {
    if (this.#waiting + bytes.length > bufferBytes) this.flush();
    if (bytes.length > bufferBytes) this.#write(bytes);
    else {
      this.#buffer.set(bytes, this.#waiting);
      this.#waiting += bytes.length;
    }
  }

  flush(): void {
    const some = this.#buffer.subarray(0, this.#waiting);
    this.#waiting = 0;
    this.#write(some);
  }

  #write(bytes: Uint8Array): void {
    writeFully(this.#path, this.fd, bytes, this.#written);
    this.#written += bytes.length;
  }

  /** All of it. A block is valid until the next is taken. */
  *blocks(): Generator<Uint8Array> {
    this.flush();
    const block = Buffer.allocUnsafe(bufferBytes);
    for (let at = 0; at < this.#written; at += block.length) {
      const some = block.subarray(0, Math.min(block.length, this.#written - at));
      readSpool(this.fd, at, some);
      yield some;
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Fills `bytes`. */
export function readSpool(fd: number, offset: number, bytes: Uint8Array): void {
  try {
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(fd, bytes, done, Math.min(bytes.length - done, 1 << 30), offset + done);
      if (count === 0) throw new BowerbirdError('IO', 'Cannot read a temporary file: it became shorter');
      done += count;
    }
  } catch (error) {
    throw systemError('read', 'a temporary file', error);
  }
}
