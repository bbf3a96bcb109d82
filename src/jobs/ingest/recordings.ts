/** The recordings of rows: where each is, what it is now, and its bytes, the next ones on their way while one is worked on. */

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BowerbirdError, systemError } from '../../errors.ts';

/** A recording as it is now. */
export interface RecordingStamp {
  readonly size: number;
  /** As in InputStamp; '' where that is not asked for, since every answer is a request. */
  readonly version: string;
}

export interface Recording extends RecordingStamp {
  /** Valid until the next recording is taken. */
  readonly bytes: Uint8Array;
}

/** The URI that a row means: one that is complete stands for itself. */
export function recordingUri(audio: string, path: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return path;
  if (!isRemote(audio) && (audio === '' || isAbsolute(path))) return path;
  return audio.endsWith('/') ? audio + path : `${audio}/${path}`;
}

export function isRemote(uri: string): boolean {
  return /^(?!file:)[a-z][a-z0-9+.-]+:\/\//i.test(uri);
}

function localPath(uri: string): string {
  return /^file:\/\//i.test(uri) ? fileURLToPath(uri) : uri;
}

/** Undefined when it is not there. */
export function stampLocal(uri: string): RecordingStamp | undefined {
  try {
    const stats = statSync(localPath(uri), { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : { size: Number(stats.size), version: String(stats.mtimeNs) };
  } catch {
    // What is wrong is told by whoever reads it.
    return undefined;
  }
}

/** A promise that is looked at later must not end the process before. */
type Coming = { readonly take: () => Promise<Recording> | Recording };

/** Reads local files one by one into memory that is used again: with a warm page cache a thread for it would cost more than it saves. */
export class LocalReader {
  #memory = new Uint8Array(0);

  begin(uri: string): Coming {
    return { take: () => this.#read(localPath(uri), uri) };
  }

  #read(path: string, uri: string): Recording {
    let fd: number | undefined;
    try {
      fd = openSync(path, 'r');
      const stats = fstatSync(fd, { bigint: true });
      if (!stats.isFile()) {
        const message = `Cannot read "${uri}": it is ${stats.isDirectory() ? 'a folder' : 'no regular file'}`;
        throw new BowerbirdError('IO', message, { source: uri });
      }
      const size = Number(stats.size);
      const bytes = this.#room(size, uri);
      for (let done = 0; done < size; ) {
        const count = readSync(fd, bytes, done, Math.min(size - done, 1 << 30), done);
        if (count === 0) {
          throw new BowerbirdError('IO', `Cannot read "${uri}": it became shorter while it was read`, { source: uri });
        }
        done += count;
      }
      return { bytes, size, version: String(stats.mtimeNs) };
    } catch (error) {
      throw systemError('read', uri, error);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  #room(size: number, uri: string): Uint8Array {
    if (size > this.#memory.length) {
      // Let go first: two of the largest need not be there at once.
      this.#memory = new Uint8Array(0);
      try {
        this.#memory = new Uint8Array(Math.ceil(size * 1.25));
      } catch (cause) {
        const message = `Cannot hold "${uri}" in memory: it has ${size} bytes`;
        throw new BowerbirdError('UNSUPPORTED', message, { source: uri }, { cause });
      }
    }
    return this.#memory.subarray(0, size);
  }
}
