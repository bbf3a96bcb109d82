/**
 * Reading over HTTP, the same for every scheme. Every request asks for a range, the whole object for all of it: then the reply says how long
 * the object is, and a body that ends early, however politely, is seen.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { ByteBlocks, Stop } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import { bareCause } from '../secrets.ts';
import { type Dialect, mostSlowTries, open, refusal, type Task } from './client.ts';
import { changed, givenUp, notThere } from './failures.ts';
import { dropBody, eachBlock, type HttpReply, type HttpRequest, readRefusal } from './http-send.ts';
import { isTooSlow } from './pace.ts';
import { isBroken, usualPatience, waitBefore } from './retry.ts';
import type { ObjectStat, ReadableStorage, ReadOptions, StreamOptions } from './storage.ts';
import { shown } from './uri.ts';

export interface Reads {
  readonly dialect: Dialect;
  /** A GET of the object, as it is in this version where the server can be asked so. */
  get(uri: string, version: string): HttpRequest;
  versionOf(headers: IncomingHttpHeaders): string;
}

/** An answer to a range: where its bytes stand in the object. */
interface Piece {
  readonly uri: string;
  readonly reply: HttpReply;
  readonly version: string;
  readonly from: number;
  /** Where they end, of an answer with a part. */
  readonly to: number | undefined;
  /** Undefined when the server does not tell. */
  readonly size: number | undefined;
}

export function reading(reads: Reads): Pick<ReadableStorage, 'read' | 'readRange' | 'readStream'> {
  return {
    read: (uri, options) => gathered(reads, uri, 0, undefined, options),
    readRange: async (uri, offset, length, options) =>
      length === 0 ? new Uint8Array(0) : gathered(reads, uri, offset, offset + length, options),
    readStream: (uri, options: StreamOptions = {}) => readFrom(reads, uri, options.offset ?? 0, undefined, options),
  };
}

/** What a server says of a length is believed up to here before the bytes are there. */
const mostAtOnce = 64 << 20;

/** How the bytes from `at` to `last` are taken from a reply. */
type TakeBody = (piece: Piece, at: number, last: number | undefined) => AsyncIterable<Uint8Array>;

/** Into one piece of memory where the number of bytes is known: blocks that wait to be joined outlive young collections. */
async function gathered(
  reads: Reads,
  uri: string,
  offset: number,
  end: number | undefined,
  options: ReadOptions = {},
): Promise<Uint8Array> {
  const blocks: Uint8Array[] = [];
  let whole: Uint8Array | undefined;
  let filled = 0;
  const take: TakeBody = (piece, at, last) => {
    const bytes = last === undefined ? Number.POSITIVE_INFINITY : Math.max(0, last - offset);
    if (whole?.length !== bytes) {
      if (whole !== undefined && filled > 0) throw changed('read', uri, `of ${whole.length} bytes`, `of ${bytes}`);
      whole = filled > 0 || bytes > mostAtOnce ? undefined : (options.room?.(bytes) ?? new Uint8Array(bytes));
    }
    return whole === undefined
      ? within(piece, at, last)
      : filling(whole.subarray(filled), piece, at, last, options.stop);
  };
  for await (const block of readFrom(reads, uri, offset, end, options, take)) {
    if (whole === undefined) blocks.push(block);
    filled += block.length;
  }
  return whole ?? Buffer.concat(blocks, filled);
}

/** Goes on where a body broke off, as long as each try brings something. */
async function* readFrom(
  reads: Reads,
  uri: string,
  offset: number,
  end: number | undefined,
  { version = '', stop }: ReadOptions = {},
  take: TakeBody = within,
): AsyncGenerator<Uint8Array, void, void> {
  const patience = reads.dialect.patience ?? usualPatience;
  const task: Task = { doing: 'read', uri, stop, accept: [404, 412, 416] };
  let [at, expected, tries, slow, idle] = [offset, version, 0, 0, true];
  for (;;) {
    const piece = await ask(reads, task, at, end, expected);
    if (piece === undefined) {
      if (at > offset) throw changed('read', uri, expected || 'the same', 'a shorter one');
      return;
    }
    expected ||= piece.version;
    const last = end === undefined ? piece.size : Math.min(end, piece.size ?? end);
    idle = true;
    let broken: unknown;
    try {
      for await (const block of take(piece, at, last)) {
        stop?.throwIfAborted();
        at += block.length;
        idle = false;
        yield block;
      }
    } catch (error) {
      if (!isBroken(error)) throw error;
      broken = error;
    } finally {
      // What is left of a body that nobody wants costs a connection, not the time to read it.
      if (!piece.reply.body.readableEnded) piece.reply.body.destroy();
    }
    const ended = last === undefined ? broken === undefined : at >= last;
    if (ended) return;
    tries = idle ? tries + 1 : 1;
    // A drop every few seconds is no progress.
    slow = isTooSlow(broken) ? slow + 1 : 0;
    if (tries >= patience.tries || slow >= mostSlowTries)
      throw givenUp(brokeOff(uri, at, last, broken), Math.max(tries, slow));
    await waitBefore(tries, patience, undefined, stop);
  }
}

/** Undefined where nothing is left to read. */
async function ask(
  reads: Reads,
  task: Task,
  at: number,
  end: number | undefined,
  expected: string,
): Promise<Piece | undefined> {
  const { uri } = task;
  const reply = await open(reads.dialect, task, () => {
    const request = reads.get(uri, expected);
    return { ...request, headers: { ...request.headers, range: `bytes=${at}-${end === undefined ? '' : end - 1}` } };
  });
  const { status, headers } = reply;
  const version = reads.versionOf(headers);
  if (status === 404) {
    const body = await readRefusal(reply);
    if (reads.dialect.denies?.(body) === true) throw refusal(reads.dialect, task, status, body);
    throw notThere('read', uri, reads.dialect.explain(body));
  }
  if (status >= 400 || (expected !== '' && version !== '' && version !== expected)) dropBody(reply);
  if (status === 412) throw changed('read', uri, expected, version || 'another');
  // An empty object has no first byte to ask for.
  if (status === 416) return undefined;
  if (expected !== '' && version !== '' && version !== expected) throw changed('read', uri, expected, version);
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
  if (status === 206) {
    const size = range === null || range[3] === '*' ? undefined : Number(range[3]);
    const [from, to] = range === null ? [Number.NaN, Number.NaN] : [Number(range[1]), Number(range[2]) + 1];
    const isAsked = from === at && to > from && to <= Math.min(end ?? Number.POSITIVE_INFINITY, size ?? to);
    const length = Number(headers['content-length'] ?? 0);
    // A shorter one broke off, and is taken up again.
    if (isAsked && length <= to - from) return { uri, reply, version, from, to, size };
    reply.body.destroy();
    throw otherRange(uri, at, end, isAsked ? `${length} bytes` : (headers['content-range'] ?? 'no Content-Range'));
  }
  // A server without ranges sends all; we skip.
  const length = headers['content-length'];
  return { uri, reply, version, from: 0, to: undefined, size: length === undefined ? undefined : Number(length) };
}

/** What an answer to a request for the first byte tells of the object. Undefined when it is not there. */
export async function statOfFirst(
  uri: string,
  { status, headers, body }: HttpReply,
  versionOf: Reads['versionOf'],
): Promise<ObjectStat | undefined> {
  const version = versionOf(headers);
  const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  const length = status === 200 ? headers['content-length'] : undefined;
  try {
    if (status === 404 || status === 410) return undefined;
    if (total !== undefined || length !== undefined) return { uri, size: Number(total ?? length), version };
    if (status !== 200) throw noLength(uri);
    // A server without ranges and without lengths: its bytes are counted, not kept.
    let size = 0;
    await eachBlock(body, (block) => {
      size += block.length;
    });
    return { uri, size, version };
  } finally {
    dropBody({ headers, body });
  }
}

function noLength(uri: string): BowerbirdError {
  const message = `Cannot look at "${shown(uri)}": the server does not say how long it is`;
  return new BowerbirdError('UNSUPPORTED', message, { source: uri });
}

/** Reads what the server sends to its end where that is what was asked for: a connection that is left in the middle cannot be used again. */
async function* within(piece: Piece, at: number, last: number | undefined): AsyncGenerator<Uint8Array> {
  let here = piece.from;
  for await (const block of piece.reply.body as AsyncIterable<Buffer>) {
    const part = wanted(block, here, at, last);
    here += block.length;
    refuseMore(piece, here);
    if (part.length > 0) yield part;
    if (isEnough(piece, here, last)) return;
  }
}

/** As within(), into memory: one step for all that came, which is told even when the body breaks off behind it. */
async function* filling(
  memory: Uint8Array,
  piece: Piece,
  at: number,
  last: number | undefined,
  stop: Stop | undefined,
): AsyncGenerator<Uint8Array> {
  const { body } = piece.reply;
  let [here, filled] = [piece.from, 0];
  let broken: unknown;
  await eachBlock(body, (block) => {
    stop?.throwIfAborted();
    const part = wanted(block, here, at, last);
    here += block.length;
    refuseMore(piece, here);
    memory.set(part, filled);
    filled += part.length;
    if (isEnough(piece, here, last)) body.destroy();
  }).catch((error) => {
    broken = error;
  });
  if (filled > 0) yield memory.subarray(0, filled);
  if (broken !== undefined) throw broken;
}

/** The part of a block, which stands at `here` in the object, that is between `at` and `last`. */
function wanted(block: Buffer, here: number, at: number, last: number | undefined): Buffer {
  return block.subarray(Math.max(0, at - here), last === undefined ? block.length : Math.max(0, last - here));
}

/** A server without ranges sends what follows too. */
function isEnough({ reply, size }: Piece, here: number, last: number | undefined): boolean {
  return reply.status === 200 && last !== undefined && last !== size && here >= last;
}

/** A body without a length may go on behind the part that it said it is. */
function refuseMore({ uri, from, to }: Piece, here: number): void {
  if (to !== undefined && here > to) throw otherRange(uri, from, to, `${here - from} bytes or more`);
}

function otherRange(uri: string, at: number, end: number | undefined, found: string): BowerbirdError {
  const asked = `bytes ${at} to ${end === undefined ? 'the end' : end - 1}`;
  const message = `Cannot read "${shown(uri)}": expected ${asked}, the server answered with ${found}; look for a broken cache or proxy on the way`;
  return new BowerbirdError('IO', message, { source: uri, offset: at });
}

function brokeOff(uri: string, at: number, last: number | undefined, cause: unknown): BowerbirdError {
  const of = last === undefined ? '' : ` of ${last}`;
  const message = `Cannot read "${shown(uri)}": the transfer broke off at byte ${at}${of}`;
  const place = { source: uri, offset: at };
  return new BowerbirdError('IO', message, place, cause === undefined ? {} : { cause: bareCause(cause) });
}

/** Gathers what a stream brings into blocks of exactly `size` bytes, but for the last. Each is new. */
export async function* blocksOfSize(blocks: ByteBlocks, size: number): AsyncGenerator<Uint8Array> {
  let part = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const block of blocks) {
    for (let at = 0; at < block.length; ) {
      const count = Math.min(size - filled, block.length - at);
      part.set(block.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled < size) continue;
      yield part;
      part = Buffer.allocUnsafe(size);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
