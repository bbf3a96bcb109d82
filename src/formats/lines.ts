/** Lines of text from blocks of bytes. */

import type { ByteBlocks } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';

export interface TextLine {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** Byte behind the line. */
  readonly end: number;
}

/** A file without a line feed would else be taken into memory whole. */
const mostLineBytes = 64 << 20;

/** Without what ends them, those of a block together; the byte order mark that some editors write is no part of the first. @throws BowerbirdError UNSUPPORTED */
export async function* textLines(blocks: ByteBlocks, source: string): AsyncGenerator<readonly TextLine[], void, void> {
  let rest = Buffer.alloc(0);
  let [line, end] = [0, 0];
  const take = (bytes: Buffer, behind: number): TextLine => {
    end += bytes.length + behind;
    const isMarked = line === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    return { text: bytes.toString('utf8', isMarked ? 3 : 0).replace(/\r$/, ''), line: ++line, end };
  };
  for await (const block of blocks) {
    const bytes =
      rest.length === 0 ? Buffer.from(block.buffer, block.byteOffset, block.length) : Buffer.concat([rest, block]);
    const lines: TextLine[] = [];
    let from = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
      lines.push(take(bytes.subarray(from, at), 1));
      from = at + 1;
    }
    // The block is its owner's again.
    rest = Buffer.from(bytes.subarray(from));
    if (rest.length > mostLineBytes) {
      const message = `Cannot read "${source}": its line ${line + 1} has more than ${mostLineBytes} bytes`;
      throw new BowerbirdError('UNSUPPORTED', message, { source, offset: end });
    }
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) yield [take(rest, 0)];
}
