/**
 * Copies of objects that were read, in a local folder: whole and checked, or not there. A copy stands for its object as long as the server says
 * that the object is still the version that was copied.
 */

import { open } from 'node:fs/promises';
import { BowerbirdError, systemError } from '../../errors.ts';
import { native } from '../../native/native.ts';
import { publishFile } from '../drafts.ts';
import { storageOf } from '../registry.ts';
import type { ObjectStat, ReadableStorage, ReadOptions } from '../storage.ts';
import { shown } from '../uri.ts';
import { crcText } from '../written.ts';
import { holdsTo, isS3 } from './digests.ts';
import { type KeptPlace, keptPlace, placeBeside } from './names.ts';

/** Beside the copies: of what each is one. */
interface Entry {
  readonly uri: string;
  readonly size: number;
  readonly version: string;
  /** Of the copy. */
  readonly crc32c: string;
}

/** As ReadableStorage.read(), by way of the copies in `folder`. Asks the server what the object is now, in any case. */
export async function readKept(folder: string, uri: string, options: ReadOptions = {}): Promise<Uint8Array> {
  const storage = await storageOf(uri);
  const now = await storage.stat(uri);
  // Told as whoever reads it tells it.
  if (now === undefined) return storage.read(uri, options);
  const [place, beside] = [keptPlace(folder, uri), placeBeside(folder, uri)];
  if (isSure(storage, now)) {
    const copy = (await readCopy(place, now, options)) ?? (await readCopy(beside, now, options));
    if (copy !== undefined) return copy;
  }
  const bytes = await download(storage, now, options);
  options.stop?.throwIfAborted();
  await keep(place, now, bytes).catch((error) => {
    if (!isTaken(error)) throw error;
    return keep(beside, now, bytes);
  });
  return bytes;
}

/** A folder stands where a file belongs, or the other way round. */
function isTaken(error: unknown): boolean {
  const { cause } = error as { readonly cause?: NodeJS.ErrnoException };
  return ['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY'].includes(cause?.code ?? '');
}

/** Whether a version that stayed the same promises the same bytes: a time does not, nor does a weak tag. */
function isSure({ scheme }: ReadableStorage, { version }: ObjectStat): boolean {
  return scheme === 'https' ? version.startsWith('"') : version !== '';
}

/** Undefined where there is none of this version, or somebody changed it. */
async function readCopy(place: KeptPlace, now: ObjectStat, { room }: ReadOptions): Promise<Uint8Array | undefined> {
  const entry = entryIn(await bytesIn(place.index));
  const isOfThis = entry?.uri === shown(now.uri) && entry.version === now.version && entry.size === now.size;
  if (!isOfThis) return undefined;
  const bytes = await bytesIn(place.copy, now.size, room);
  return bytes !== undefined && sumOf(bytes) === entry.crc32c ? bytes : undefined;
}

/** `size`: of any other there is none. */
async function bytesIn(
  path: string,
  size?: number,
  room: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes),
): Promise<Uint8Array | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    // A folder in its place, say: keep() meets it too.
    if (absent.has(error.code ?? '')) return undefined;
    throw systemError('read', path, error);
  });
  if (file === undefined) return undefined;
  try {
    const stats = await file.stat();
    if (!stats.isFile() || (size !== undefined && stats.size !== size)) return undefined;
    const bytes = room(stats.size);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, at);
      if (bytesRead === 0) return undefined;
      at += bytesRead;
    }
    return bytes;
  } catch (error) {
    throw systemError('read', path, error);
  } finally {
    await file.close();
  }
}

const absent = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/** What is no index of ours says nothing of a copy. */
function entryIn(bytes: Uint8Array | undefined): Entry | undefined {
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as Entry;
  } catch {
    return undefined;
  }
}

/** Where the server says a hash of the bytes, they are checked by it. */
async function download(storage: ReadableStorage, now: ObjectStat, options: ReadOptions): Promise<Uint8Array> {
  const { uri, size, version } = now;
  const read = async () => {
    const bytes = await storage.read(uri, { ...options, version });
    if (bytes.length === size) return bytes;
    throw damaged(uri, `the server says that it has ${size} bytes, and sent ${bytes.length}`);
  };
  const bytes = await read();
  const holds = holdsTo(storage.scheme, version, bytes);
  if (holds !== false) return bytes;
  // Of a bucket that encrypts, what looks like an MD5 is none. Bytes that come twice are those that are there.
  const first = sumOf(bytes);
  const again = await read();
  if (holdsTo(storage.scheme, version, again) === true) return again;
  if (isS3(storage.scheme) && sumOf(again) === first) return again;
  throw damaged(uri, `its bytes are not those that the server's hash ${version} is of`);
}

function damaged(uri: string, state: string): BowerbirdError {
  return new BowerbirdError('IO', `Cannot read "${shown(uri)}" whole: ${state}`, { source: uri });
}

/** The index last: a copy without one is none. */
async function keep({ copy, index }: KeptPlace, now: ObjectStat, bytes: Uint8Array): Promise<void> {
  const { size, version } = now;
  const entry: Entry = { uri: shown(now.uri), size, version, crc32c: sumOf(bytes) };
  await publishFile(copy, once(bytes), { overwrite: true });
  await publishFile(index, once(Buffer.from(`${JSON.stringify(entry)}\n`)), { overwrite: true });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

function sumOf(bytes: Uint8Array): string {
  return crcText(native().crc32c(bytes, 0));
}
