/** What GZIP and ZLIB streams hold, to the last byte before damage, and the members of a gzip file behind it. */

import type { ByteBlocks, Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { type Inflater, inflateOutcome, native } from '../../native/native.ts';
import { BlockCursor, keptBytes } from './block-cursor.ts';
import { findMember, lacksMemberStart, memberStart, startBytes, startsLikeMember } from './gzip-member.ts';

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
/** Beside as much as was read: how far all searches for members together may go back. */
const freeReturns = 1 << 20;

export function inflated(
  blocks: ByteBlocks,
  kind: 'gzip' | 'zlib',
  options: InflateOptions,
): AsyncGenerator<Uint8Array, void, void> {
  return new Inflation(blocks, kind, options).run();
}

/** What ends a member: the file, another member behind it, or damage. */
type MemberEnd = 'end' | 'member' | BowerbirdError;

class Inflation {
  readonly #kind: 'gzip' | 'zlib';
  readonly #options: InflateOptions;
  readonly #input: BlockCursor;
  readonly #inflater: Inflater;
  #piece = new Uint8Array(pieceBytes);
  /** Bytes of the content so far. */
  #made = 0;
  /** Bytes that searches for members went back, all of them together. */
  #returned = 0;

  constructor(blocks: ByteBlocks, kind: 'gzip' | 'zlib', options: InflateOptions) {
    this.#kind = kind;
    this.#options = options;
    this.#input = new BlockCursor(blocks, options.stop);
    this.#inflater = new (native().Inflater)(kind === 'gzip');
  }

  async *run(): AsyncGenerator<Uint8Array, void, void> {
    try {
      await this.#mendStart();
      for (;;) {
        const start = this.#input.offset;
        const end = yield* this.#member();
        if (end === 'end' || (end !== 'member' && !(await this.#passDamage(end, start)))) return;
        this.#inflater.reset();
      }
    } finally {
      this.#inflater.close();
      await this.#input.close();
    }
  }

  /** One block after another of a member's content, as far as it can be inflated. */
  async *#member(): AsyncGenerator<Uint8Array, MemberEnd, void> {
    const [input, inflater] = [this.#input, this.#inflater];
    const did = new Float64Array(2);
    for (;;) {
      const outcome = inflater.inflate(input.bytes, input.at, this.#piece, did);
      const [taken = 0, made = 0] = did;
      input.at += taken;
      this.#made += made;
      if (made > 0) {
        const isFull = made === pieceBytes;
        const given = isFull ? this.#piece : this.#piece.slice(0, made);
        if (isFull) this.#piece = new Uint8Array(pieceBytes);
        yield given;
        this.#options.stop?.throwIfAborted();
      }
      if (outcome === inflateOutcome.end) return this.#behindMember();
      if (outcome === inflateOutcome.damaged)
        return this.#beyond('CORRUPT_RECORD', `${inflater.message()}; its bytes were changed after it was written`);
      if (made < pieceBytes && input.left === 0 && !(await input.more()))
        return this.#beyond('TRUNCATED', 'the file ends inside it; fetch the file again');
    }
  }

  /** A file that lacks the bytes that identify it, and nothing else, is damaged there, and read as if they were there. */
  async #mendStart(): Promise<void> {
    const { onBreak } = this.#options;
    if (this.#kind !== 'gzip' || onBreak === undefined) return;
    await this.#input.has(startBytes);
    if (!lacksMemberStart(this.#input.bytes)) return;
    onBreak(this.#beyond('CORRUPT_RECORD', 'the bytes that begin it were changed after it was written'));
    this.#inflater.inflate(memberStart, 0, this.#piece, new Float64Array(2));
    this.#input.at = memberStart.length;
  }

  /** Members of a gzip file follow one another; anything else behind a stream does not belong there. */
  async #behindMember(): Promise<MemberEnd> {
    const input = this.#input;
    if (!(await input.has(1))) return 'end';
    if (this.#kind === 'gzip') {
      await input.has(memberStart.length);
      if (startsLikeMember(input.bytes, input.at)) return 'member';
    }
    const { source } = this.#options;
    return new BowerbirdError(
      'CORRUPT_RECORD',
      `Cannot read "${source}" to its end: bytes that are not ${this.#kind} follow the ${this.#kind} stream after ${input.offset} bytes. ` +
        'The file was overwritten or appended to',
      { source, offset: this.#made },
    );
  }

  /** Tells of damage in the member that began at `start`, and goes to the next one; false where there is none. */
  async #passDamage(damage: BowerbirdError, start: number): Promise<boolean> {
    const { onBreak } = this.#options;
    if (this.#kind !== 'gzip' || onBreak === undefined) throw damage;
    onBreak(damage);
    // A damaged member may have run on into the one behind it.
    const input = this.#input;
    const back = Math.min(keptBytes, input.offset - start - 1);
    if (back < 0) input.at -= back;
    else if (this.#returned + back <= freeReturns + input.offset) {
      this.#returned += back;
      input.goBack(back);
    }
    return findMember(input);
  }

  #beyond(code: 'TRUNCATED' | 'CORRUPT_RECORD', what: string): BowerbirdError {
    const { source } = this.#options;
    return new BowerbirdError(
      code,
      `Cannot read the ${this.#kind} stream of "${source}" beyond byte ${this.#made} of its content: ${what}`,
      { source, offset: this.#made },
    );
  }
}
