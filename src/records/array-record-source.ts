/** Opens an ArrayRecord file or object: its bytes, for whoever looks for the footer, and then its chunks. */

import { totalmem } from 'node:os';
import type { ByteSource, Stop } from '../bytes.ts';
import { type ArrayRecordIndex, type ChunkSource, chunksOfSource } from '../formats/records/array-record-index.ts';
import { native } from '../native/native.ts';
import { attempt, nativeError } from '../native/native-errors.ts';
import { checkFile } from '../storage/local/regular-file.ts';
import { openSource } from '../storage/source.ts';
import { isRemote } from '../storage/uri.ts';

/** Half of the machine's memory, and what one ArrayBuffer holds on every Node, as in native/os/most_decoded.h. */
export const mostDecoded = Math.min(Math.floor(totalmem() / 2), 2 ** 32 - 1);

/** Not cleared: the addon fills all of it. */
export function allocate(bytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
}

export interface OpenedChunks {
  readonly bytes: ByteSource;
  /** Closing them closes the bytes. */
  chunks(index: ArrayRecordIndex): ChunkSource;
}

export async function openChunks(uri: string, stop?: Stop): Promise<OpenedChunks> {
  if (!isRemote(uri)) return openLocalChunks(uri);
  const bytes = await openSource(uri, { stop });
  return { bytes, chunks: (index) => chunksOfSource(bytes, index) };
}

/** The addon reads, verifies and decodes in one call. */
export function openLocalChunks(path: string): OpenedChunks {
  checkFile(path);
  const file = attempt('open', path, () => new (native().ArrayRecordFile)(path));
  const close = async () => file.close();
  const byteLength = file.size();
  return {
    bytes: {
      name: path,
      byteLength,
      close,
      async read(offset, length) {
        const bytes = allocate(Math.max(0, Math.min(length, byteLength - offset)));
        try {
          await file.read(offset, bytes);
        } catch (error) {
          throw nativeError('read', path, error);
        }
        return bytes;
      },
    },
    chunks(index) {
      file.setIndex(index.chunks, index.footerOffset);
      return {
        decode: (chunks, out) => file.decode(chunks, out),
        decodeFirst: (chunk, out) => file.decodeFirst(chunk, out),
        decodeNow: (chunk, out) => file.decodeNow(chunk, out),
        close,
      };
    },
  };
}
