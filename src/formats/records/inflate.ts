/** What GZIP and ZLIB streams hold, to the last byte before damage, and the members of a gzip file behind it. */

import type { ByteBlocks, Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { inflateOutcome, native } from '../../native/native.ts';
import { BlockCursor, keptBytes } from './block-cursor.ts';

export interface InflateOptions {
  /** Path or URI, for messages. */
  readonly source: string;
  readonly stop?: Stop | undefined;
  /**
   * Called where a gzip file is damaged, before the next member that is found behind it is read. Its offset is where in the content
   * something is missing. Without it, and in zlib streams, damage is thrown.
   */
  readonly onBreak?: ((error: BowerbirdError) => void) | undefined;
}

const pieceBytes = 64 * 1024;
/** RFC 1952: two bytes that identify, and deflate, the only method there is. */
const memberStart = Uint8Array.of(0x1f, 0x8b, 8);
const memberHeaderBytes = 10;
const reservedFlags = 0xe0;
/** Beside as much as was read: how far all searches for members together may go back. */
const freeReturns = 1 << 20;

export async function* inflated(
  blocks: ByteBlocks,
  kind: 'gzip' | 'zlib',
  { source, stop, onBreak }: InflateOptions,
): AsyncGenerator<Uint8Array> {
  const input = new BlockCursor(blocks, stop);
  const inflater = new (native().Inflater)(kind === 'gzip');
  const did = new Float64Array(2);
  let piece = new Uint8Array(pieceBytes);
  let made = 0;
  let returned = 0;

  const beyond = (code: 'TRUNCATED' | 'CORRUPT_RECORD', what: string) =>
    new BowerbirdError(
      code,
      `Cannot read the ${kind} stream of "${source}" beyond byte ${made} of its content: ${what}`,
      { source, offset: made },
    );
  /** Members of a gzip file follow one another; anything else behind a stream does not belong there. */
  const afterEnd = async (): Promise<BowerbirdError | 'end' | 'member'> => {
    if (!(await input.has(1))) return 'end';
    if (kind === 'gzip') {
      await input.has(memberStart.length);
      if (startsLikeMember(input.bytes, input.at)) return 'member';
    }
    return new BowerbirdError(
      'CORRUPT_RECORD',
      `Cannot read "${source}" to its end: bytes that are not ${kind} follow the ${kind} stream after ${input.offset} bytes. ` +
        'The file was overwritten or appended to',
      { source, offset: made },
    );
  };

  try {
    for (;;) {
      const start = input.offset;
      let next: BowerbirdError | 'end' | 'member' | undefined;
      while (next === undefined) {
        const outcome = inflater.inflate(input.bytes, input.at, piece, did);
        input.at += did[0]!;
        made += did[1]!;
        if (did[1]! > 0) {
          const isFull = did[1] === pieceBytes;
          const given = isFull ? piece : piece.slice(0, did[1]);
          if (isFull) piece = new Uint8Array(pieceBytes);
          yield given;
          stop?.throwIfAborted();
        }
        if (outcome === inflateOutcome.end) next = await afterEnd();
        else if (outcome === inflateOutcome.damaged)
          next = beyond('CORRUPT_RECORD', `${inflater.message()}; its bytes were changed after it was written`);
        else if (did[1]! < pieceBytes && input.left === 0 && !(await input.more()))
          next = beyond('TRUNCATED', 'the file ends inside it; fetch the file again');
      }
      if (next === 'end') return;
      if (next !== 'member') {
        if (kind !== 'gzip' || onBreak === undefined) throw next;
        onBreak(next);
        // A damaged member may have run on into the one behind it.
        const back = Math.min(keptBytes, input.offset - start - 1);
        if (back < 0) input.at -= back;
        else if (returned + back <= freeReturns + input.offset) {
          returned += back;
          input.goBack(back);
        }
        if (!(await findMember(input))) return;
      }
      inflater.reset();
    }
  } finally {
    inflater.close();
    await input.close();
  }
}

/** As far as there are bytes. */
function startsLikeMember(bytes: Uint8Array, at: number): boolean {
  return memberStart.subarray(0, bytes.length - at).every((value, i) => bytes[at + i] === value);
}

async function findMember(input: BlockCursor): Promise<boolean> {
  for (;;) {
    const found = Buffer.from(input.bytes.buffer, input.bytes.byteOffset, input.bytes.length).indexOf(
      memberStart,
      input.at,
    );
    if (found >= 0) {
      input.at = found;
      if (!(await input.has(memberHeaderBytes))) return false;
      if ((input.bytes[input.at + 3]! & reservedFlags) === 0) return true;
      input.at++;
      continue;
    }
    input.at = Math.max(input.at, input.bytes.length - memberStart.length + 1);
    if (!(await input.more())) return false;
  }
}
