/** A file that is written from its first byte to its last: large pieces from where they are, small ones gathered; summed on the way. */

import { createHash } from 'node:crypto';
import { writeFully } from '../../../storage/local/sink.ts';
import { type Written, WrittenCount } from '../../../storage/written.ts';

export interface Summed extends Written {
  /** 64 lower-case hex digits. */
  readonly sha256: string;
}

/** From here on a copy costs more than a call. */
const largeBytes = 64 << 10;
const stageBytes = 1 << 20;
/** Node refuses writes of 2 GiB and more. */
const mostAtOnce = 1 << 30;

export class SummedFile {
  readonly #fd: number;
  readonly #path: string;
  readonly #stage = Buffer.allocUnsafe(stageBytes);
  readonly #count = new WrittenCount();
  readonly #hash = createHash('sha256');
  #staged = 0;

  /** Borrows `fd`, and writes from its first byte on, wherever it stands. `path` is for messages. */
  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
  }

  get bytes(): number {
    return this.#count.bytes + this.#staged;
  }

  /** `piece` is the caller's again. @throws BowerbirdError IO, and then the file cannot go on */
  write(piece: Uint8Array): void {
    if (piece.length < largeBytes) {
      if (piece.length > stageBytes - this.#staged) this.#flush();
      this.#stage.set(piece, this.#staged);
      this.#staged += piece.length;
      return;
    }
    this.#flush();
    for (let at = 0; at < piece.length; at += mostAtOnce) this.#put(piece.subarray(at, at + mostAtOnce));
  }

  /** @throws BowerbirdError IO */
  end(): Summed {
    this.#flush();
    return { ...this.#count.total(), sha256: this.#hash.digest('hex') };
  }

  #flush(): void {
    const staged = this.#stage.subarray(0, this.#staged);
    // What a failed write leaves behind is not written again.
    this.#staged = 0;
    if (staged.length > 0) this.#put(staged);
  }

  #put(block: Uint8Array): void {
    writeFully(this.#path, this.#fd, block, this.#count.bytes);
    this.#count.add(block);
    this.#hash.update(block);
  }
}
