/**
 * Reading over HTTP, the same for every scheme. Every request asks for a range, the whole object for all of it: then the reply says how long
 * the object is, and a body that ends early, however politely, is seen.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { ByteBlocks, Stop } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import { type Dialect, open, refusal, type Task } from './client.ts';
import { changed, givenUp, notThere } from './failures.ts';
import { eachBlock, type HttpReply, type HttpRequest, readBody } from './http-send.ts';
import { isBroken, usualPatience, waitBefore } from './retry.ts';
import type { ReadableStorage, ReadOptions, StreamOptions } from './storage.ts';
import { shown } from './uri.ts';

export interface Reads {
  readonly dialect: Dialect;
  /** A GET of the object, as it is in this version where the server can be asked so. */
  get(uri: string, version: string): HttpRequest;
  versionOf(headers: IncomingHttpHeaders): string;
}

/** An answer to a range: where its bytes stand in the object. */
interface Piece {
  readonly reply: HttpReply;
  readonly version: string;
  readonly from: number;
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
  let [at, expected, tries, idle] = [offset, version, 0, true];
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
    if (tries >= patience.tries) throw givenUp(brokeOff(uri, at, last, broken), tries);
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
    const body = (await readBody(reply)).toString('utf8');
    if (reads.dialect.denies?.(body) === true) throw refusal(reads.dialect, task, status, body);
    throw notThere('read', uri, reads.dialect.explain(body));
  }
  if (status >= 400 || (expected !== '' && version !== '' && version !== expected)) reply.body.resume();
  if (status === 412) throw changed('read', uri, expected, version || 'another');
  // An empty object has no first byte to ask for.
  if (status === 416) return undefined;
  if (expected !== '' && version !== '' && version !== expected) throw changed('read', uri, expected, version);
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
  if (status === 206 && range !== null) {
    const size = range[3] === '*' ? undefined : Number(range[3]);
    return { reply, version, from: Number(range[1]), size };
  }
  // A server without ranges sends all; we skip.
  const length = headers['content-length'];
  return { reply, version, from: 0, size: length === undefined ? undefined : Number(length) };
}

/** Reads what the server sends to its end where that is what was asked for: a connection that is left in the middle cannot be used again. */
async function* within(piece: Piece, at: number, last: number | undefined): AsyncGenerator<Uint8Array> {
  let here = piece.from;
  for await (const block of piece.reply.body as AsyncIterable<Buffer>) {
    const part = wanted(block, here, at, last);
    here += block.length;
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

function brokeOff(uri: string, at: number, last: number | undefined, cause: unknown): BowerbirdError {
  const of = last === undefined ? '' : ` of ${last}`;
  const message = `Cannot read "${shown(uri)}": the transfer broke off at byte ${at}${of}`;
  return new BowerbirdError('IO', message, { source: uri, offset: at }, { cause });
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
