/** What every storage can do. A scheme is one file that implements it; registry.ts finds the file for a URI and loads it at its first use. */

import type { ByteBlocks, Stop } from '../bytes.ts';

/** An object (or file) as it is now. */
export interface ObjectStat {
  readonly uri: string;
  readonly size: number;
  /** Changes whenever the bytes change: a modification time in ns, an ETag, a generation. '' where the server does not say. */
  readonly version: string;
}

/** What a storage tells of an object's bytes besides their number, in lower-case hex. */
export interface ObjectSums extends ObjectStat {
  readonly md5?: string;
  /** Of what came in parts, each but the last of one size: the MD5 of their MD5s, "-", and how many. */
  readonly md5OfParts?: string;
  readonly crc32c?: string;
}

export type Listed =
  | ({ readonly kind: 'object' } & ObjectStat)
  /** With `delimiter`: all that begins so, told once. Ends with the delimiter. */
  | { readonly kind: 'prefix'; readonly uri: string };

export interface ListOptions {
  /** Stop names at the next "/" behind the prefix, as a folder does. Default: everything below. */
  readonly delimiter?: '/';
  readonly stop?: Stop | undefined;
}

export interface ReadOptions {
  /** The version that is expected (ObjectStat); another one is an error, before a byte of it is handed out. */
  readonly version?: string | undefined;
  readonly stop?: Stop | undefined;
  /** Gives memory of so many bytes, for whoever has some to be used again. Asked by read() of objects, where their size is known and moderate. */
  readonly room?: ((bytes: number) => Uint8Array) | undefined;
}

export interface StreamOptions extends ReadOptions {
  /** Where to begin. Default 0. */
  readonly offset?: number;
}

export interface WriteOptions {
  /** About how many bytes will come, so that parts are large enough: without it a stream may be up to 78 GiB. */
  readonly size?: number | undefined;
  /** Only when there is nothing yet; else EXISTS. */
  readonly ifAbsent?: boolean;
  /** Only when it is still this version; else EXISTS. Whole bytes only. */
  readonly ifVersion?: string;
  readonly stop?: Stop | undefined;
}

/**
 * Reading. Every method retries what may pass (429, 5xx, broken connections) and throws BowerbirdError: NOT_FOUND, IO (refused, changed
 * meanwhile, given up), INTERRUPTED.
 */
export interface ReadableStorage {
  /** Without "://", as "s3". */
  readonly scheme: string;
  /** Everything whose URI begins with `prefix`, a page of up to 1000 at a time, in the order of the keys' UTF-8 bytes where the storage sorts. */
  list(prefix: string, options?: ListOptions): AsyncGenerator<readonly Listed[]>;
  /** Undefined when it is not there. */
  stat(uri: string): Promise<ObjectStat | undefined>;
  /** All bytes; for objects that fit into memory many times. */
  read(uri: string, options?: ReadOptions): Promise<Uint8Array>;
  /** Fewer than `length` bytes only at the end. */
  readRange(uri: string, offset: number, length: number, options?: ReadOptions): Promise<Uint8Array>;
  /** Blocks as they come; a body that breaks off is taken up again where it broke, if the object is still the same. */
  readStream(uri: string, options?: StreamOptions): ByteBlocks;
}

/** Writing. An object appears whole, under its final name, when the promise is kept; a failure leaves nothing and nothing half. */
export interface Storage extends ReadableStorage {
  write(uri: string, content: Uint8Array | ByteBlocks, options?: WriteOptions): Promise<ObjectStat>;
  /** As stat(), with the checksums that the storage keeps. A storage that keeps none has no such method. */
  sums?(uri: string): Promise<ObjectSums | undefined>;
  /** Within the storage, without the bytes coming here. Replaces what is there. */
  copy(from: string, to: string): Promise<ObjectStat>;
  /** Fine when it is not there. */
  delete(uri: string): Promise<void>;
}
