/** What a commit adds, as Blobs: the client of the Hub cuts them into parts, and bytes are read when they are sent. */

import { Blob } from 'node:buffer';
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { ReadableStream } from 'node:stream/web';
import type { Stop } from '../../bytes.ts';
import { BowerbirdError, systemError } from '../../errors.ts';
import type { Turns } from '../../turns.ts';
import type { SentBody } from '../http-send.ts';

/** A file of this machine as it was when the commit began. */
interface LocalFile {
  readonly path: string;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly inode: bigint;
  /** As its maker told it. */
  readonly sha256: string | undefined;
  readonly stop: Stop | undefined;
  /** Of streams that are read at a time: each fills blocks of 64 MiB in the client, where xet is used. */
  readonly turns: Turns | undefined;
}

const blockBytes = 1 << 20;

/** A part of a file. Every read of it looks whether the file is still the one that it was. */
export class FileSlice extends Blob implements SentBody {
  readonly #file: LocalFile;
  readonly #start: number;
  readonly #end: number;

  private constructor(file: LocalFile, start: number, end: number) {
    super([]);
    this.#file = file;
    this.#start = start;
    this.#end = end;
    // The type of Blob has it as a property, not as something to override.
    Object.defineProperty(this, 'size', { value: end - start });
  }

  /** All of a file. @throws BowerbirdError NOT_FOUND, IO: it cannot be read, or has another size than is told */
  static async of(
    path: string,
    size: number,
    { sha256, stop, turns }: { readonly sha256?: string; readonly stop?: Stop; readonly turns?: Turns } = {},
  ): Promise<FileSlice> {
    const file = await opened(path);
    try {
      const { size: found, mtimeNs, ino } = await file.stat({ bigint: true });
      if (Number(found) !== size) throw changed(path, `${size} bytes`, `${found}`);
      return new FileSlice({ path, size, mtimeNs, inode: ino, sha256, stop, turns }, 0, size);
    } finally {
      await file.close();
    }
  }

  get length(): number {
    return this.size;
  }

  override slice(start = 0, end = this.size): FileSlice {
    const within = (at: number) => Math.max(0, Math.min(this.size, at < 0 ? this.size + at : at));
    const [from, to] = [within(start), within(end)];
    return new FileSlice(this.#file, this.#start + from, this.#start + Math.max(from, to));
  }

  async *blocks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { path, stop } = this.#file;
    const file = await opened(path);
    try {
      await this.#check(file);
      for (let at = this.#start; at < this.#end; ) {
        stop?.throwIfAborted();
        const block = new Uint8Array(Math.min(blockBytes, this.#end - at));
        const { bytesRead } = await file.read(block, 0, block.length, at).catch((error) => {
          throw systemError('read', path, error);
        });
        if (bytesRead === 0) throw changed(path, `${this.#file.size} bytes`, `${at}`);
        at += bytesRead;
        // Before the last block is handed out: a body that is whole may have been sent.
        if (at >= this.#end) await this.#check(file);
        yield block.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  async #check(file: Awaited<ReturnType<typeof opened>>): Promise<void> {
    const { path, size, mtimeNs, inode } = this.#file;
    const found = await file.stat({ bigint: true });
    if (Number(found.size) !== size) throw changed(path, `${size} bytes`, `${found.size}`);
    if (found.mtimeNs !== mtimeNs || found.ino !== inode) {
      throw changed(path, 'the file of when the commit began', 'one that was written since');
    }
  }

  async *#inTurn(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { turns } = this.#file;
    await turns?.take();
    try {
      yield* this.blocks();
    } finally {
      turns?.give();
    }
  }

  override stream(): ReturnType<Blob['stream']> {
    const blocks = this.#inTurn();
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        async pull(controller) {
          const { done, value } = await blocks.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        },
        async cancel() {
          await blocks.return(undefined);
        },
      },
      { highWaterMark: 0 },
    );
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = new Uint8Array(this.size);
    let at = 0;
    for await (const block of this.blocks()) {
      bytes.set(block, at);
      at += block.length;
    }
    const { path, size, sha256 } = this.#file;
    if (sha256 !== undefined && this.size === size && sha256Of(bytes) !== sha256) {
      throw changed(path, `SHA-256 ${sha256}`, sha256Of(bytes));
    }
    return bytes.buffer;
  }

  override async text(): Promise<string> {
    return Buffer.from(await this.arrayBuffer()).toString('utf8');
  }
}

async function opened(path: string) {
  return open(path).catch((error) => {
    throw systemError('upload', path, error);
  });
}

export function changed(path: string, expected: string, found: string): BowerbirdError {
  const message =
    `Cannot upload "${path}": it changed while it was sent (expected ${expected}, found ${found}); ` +
    'run the same command again when nothing writes to it';
  return new BowerbirdError('IO', message, { source: path });
}

/** What git calls a file of these bytes, and the Hub one that is not large. */
export function gitOidOf(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
