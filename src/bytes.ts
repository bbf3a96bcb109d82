/** The smallest thing every storage can be and every format can read. */

/** Random access to bytes that do not change while they are read. */
export interface ByteSource {
  /** Path or URI, for messages. */
  readonly name: string;
  readonly byteLength: number;
  /** Reads up to `length` bytes at `offset`; fewer only at the end. The caller owns the result. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Fills `bytes`, all of it, for readers that use their memory again. Sources that cannot leave it out. */
  readInto?(offset: number, bytes: Uint8Array): Promise<void>;
  /** The same, and the thread waits for it. Of local files. */
  readNow?(offset: number, bytes: Uint8Array): void;
  /** Readers that go on from block to block use `readNow`: less work in all, where every processor has a thread that decodes. */
  readonly blocking?: boolean;
  /** All of it, when it is in memory, for readers that need no copy. Not theirs to change. */
  readonly bytes?: Uint8Array;
  close(): Promise<void>;
}

/** An AbortSignal fits; so does a flag in shared memory. Checked between blocks. */
export interface Stop {
  throwIfAborted(): void;
}

/** Bytes in order, block by block. A block may be reused by the next step unless its maker says otherwise. */
export type ByteBlocks = AsyncIterable<Uint8Array>;

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    byteLength: bytes.length,
    bytes,
    read: async (offset, length) => bytes.slice(offset, offset + length),
    readInto: async (offset, target) => target.set(bytes.subarray(offset, offset + target.length)),
    close: async () => {},
  };
}

/** Of what a user gives: no promise that it works. */
export function isByteSource(value: unknown): value is ByteSource {
  if (typeof value !== 'object' || value === null) return false;
  const { read, close, byteLength, name } = value as { readonly [key in keyof ByteSource]?: unknown };
  const isCallable = typeof read === 'function' && typeof close === 'function';
  return isCallable && Number.isSafeInteger(byteLength) && typeof name === 'string';
}

/** Bytes as characters of one byte each, for signatures. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', from, Math.min(to, bytes.length));
}
