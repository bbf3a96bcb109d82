/** Bytes into a file that is open: at once, in blocks, or block by block without waiting for the disk. */

import { write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ByteBlocks } from '../../bytes.ts';
import { systemError } from '../../errors.ts';
import { type Written, WrittenCount } from '../written.ts';

const stageBytes = 256 * 1024;
/** Node refuses writes of 2 GiB and more. */
const mostAtOnce = 1 << 30;

/** Gathers small pieces into blocks of 256 KiB and keeps the CRC-32C of all of them. */
export class StagedSink {
  readonly #path: string;
  readonly #fd: number;
  readonly #from: number | undefined;
  readonly #count = new WrittenCount();
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  /** Borrows `fd`; `path` is for messages. Writes from byte `from` on, or where the file is. */
  constructor(path: string, fd: number, from?: number) {
    this.#path = path;
    this.#fd = fd;
    this.#from = from;
  }

  /** Keeps `piece` until the next flush: the caller must not change it. */
  write(piece: Uint8Array): void {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.byteLength;
    if (this.#waitingBytes >= stageBytes) this.#flush();
  }

  end(): Written {
    this.#flush();
    return this.#count.total();
  }

  #flush(): void {
    const block = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    writeFully(this.#path, this.#fd, block, this.#from === undefined ? undefined : this.#from + this.#count.bytes);
    this.#count.add(block);
  }
}

/** write(2) may take less than it was given. `at`: to this byte of the file, instead of where it is. */
export function writeFully(path: string, fd: number, block: Uint8Array, at?: number): void {
  try {
    for (let done = 0; done < block.byteLength; ) {
      done += writeSync(fd, block, done, block.byteLength - done, at === undefined ? null : at + done);
    }
  } catch (error) {
    throw systemError('write', path, error);
  }
}

const writeAside = promisify(write);

/** For large blocks, of a thread that has others to look after while the disk takes them. */
export async function writeBlocks(path: string, fd: number, blocks: ByteBlocks): Promise<Written> {
  const count = new WrittenCount();
  for await (const block of count.through(blocks)) {
    try {
      for (let done = 0; done < block.length; ) {
        done += (await writeAside(fd, block, done, Math.min(block.length - done, mostAtOnce), null)).bytesWritten;
      }
    } catch (error) {
      throw systemError('write', path, error);
    }
  }
  return count.total();
}
