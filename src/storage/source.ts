/** A file or object under any URI as a ByteSource: random access for formats that look here and there, few requests for those that read on. */

import type { ByteSource, Stop } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import { pathOf } from '../file-uri.ts';
import { notThere } from './failures.ts';
import { openLocal } from './local/local.ts';
import { storageOf } from './registry.ts';
import type { ObjectStat, ReadableStorage } from './storage.ts';
import { isRemote, shown } from './uri.ts';

export interface OpenOptions {
  /** What the plan saw; another version is an error. Default: the version of the moment. */
  readonly version?: string | undefined;
  readonly size?: number | undefined;
  readonly stop?: Stop | undefined;
}

/** What a first look takes: enough for most headers. */
const leastFetch = 128 << 10;
/** Reading on doubles it up to here. One such piece is worked on, one is on its way, a few older ones are kept. */
const mostFetch = 4 << 20;
const piecesKept = 4;

export interface OpenedSource extends ByteSource {
  /** Of an object; a local file is told by its time where that matters. */
  readonly version?: string;
}

/** Of an object, every read is of the version that was opened: bytes of two versions never mix. */
export async function openSource(uri: string, options: OpenOptions = {}): Promise<OpenedSource> {
  if (!isRemote(uri)) return openLocal(pathOf(uri));
  const storage = await storageOf(uri);
  const { version, size } = options;
  if (version !== undefined && size !== undefined) return remoteSource(storage, { uri, version, size }, options.stop);
  const found = await storage.stat(uri);
  if (found === undefined) throw notThere('open', uri);
  return remoteSource(storage, found, options.stop);
}

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly bytes: Promise<Uint8Array>;
}

function remoteSource(
  storage: ReadableStorage,
  { uri, size, version }: ObjectStat,
  stop: Stop | undefined,
): OpenedSource {
  /** The latest used last. */
  const pieces: Piece[] = [];
  let [readTo, fetchSize] = [-1, leastFetch];

  const fetch = (from: number, length: number): Piece => {
    const to = Math.min(size, from + length);
    const bytes = storage.readRange(uri, from, to - from, { version, stop });
    // Whoever needs it meets the failure; a piece that nobody comes for fails in silence, and is asked for again.
    bytes.catch(() => remove(piece));
    const piece: Piece = { from, to, bytes };
    pieces.push(piece);
    if (pieces.length > piecesKept) pieces.shift();
    return piece;
  };
  const remove = (piece: Piece) => {
    const at = pieces.indexOf(piece);
    if (at >= 0) pieces.splice(at, 1);
  };
  const holding = (offset: number): Piece | undefined => {
    const found = pieces.find(({ from, to }) => from <= offset && offset < to);
    if (found !== undefined) {
      remove(found);
      pieces.push(found);
    }
    return found;
  };
  const fill = async (offset: number, target: Uint8Array): Promise<void> => {
    const onward = offset === readTo;
    fetchSize = onward ? Math.min(mostFetch, fetchSize * 2) : leastFetch;
    readTo = offset + target.length;
    for (let done = 0; done < target.length; ) {
      const at = offset + done;
      const left = target.length - done;
      const piece = holding(at) ?? fetch(at, Math.max(left, fetchSize));
      // Reading on: the next piece travels while this one is worked on.
      if (onward && piece.to < size && holding(piece.to) === undefined) fetch(piece.to, fetchSize);
      const bytes = await piece.bytes;
      const part = bytes.subarray(at - piece.from, at - piece.from + left);
      if (part.length === 0) throw shorter(uri, at);
      target.set(part, done);
      done += part.length;
    }
  };
  return {
    name: shown(uri),
    byteLength: size,
    version,
    async read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      await fill(offset, bytes);
      return bytes;
    },
    readInto: fill,
    close: async () => {
      pieces.length = 0;
    },
  };
}

function shorter(uri: string, at: number): BowerbirdError {
  const message = `Cannot read "${shown(uri)}" beyond byte ${at}: it became shorter while it was read`;
  return new BowerbirdError('IO', message, { source: uri });
}
