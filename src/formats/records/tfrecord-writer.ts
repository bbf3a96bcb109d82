/** Writes TFRecord framing: payloads in, bytes of the file out. */

import { crc32c, maskCrc32c } from './crc32c.ts';
import { footerBytes, frameBytes, headerBytes, storeHeader, storeU32 } from './tfrecord-frame.ts';

/** What was written so far; it grows while `frames` runs. */
export interface FrameCount {
  records: number;
}

const blockBytes = 1024 * 1024;

/** Small records are packed into blocks of about 1 MiB; a large payload is passed through as it is, not copied. */
export async function* frames(
  records: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  count: FrameCount = { records: 0 },
): AsyncGenerator<Uint8Array> {
  let block = new Uint8Array(blockBytes);
  let filled = 0;
  for await (const payload of records) {
    const whole = payload.length + frameBytes;
    if (filled > 0 && whole > block.length - filled) {
      yield block.subarray(0, filled);
      block = new Uint8Array(blockBytes);
      filled = 0;
    }
    if (whole > block.length) {
      const ends = new Uint8Array(frameBytes);
      storeHeader(ends, 0, payload.length);
      storeU32(ends, headerBytes, maskCrc32c(crc32c(payload)));
      yield ends.subarray(0, headerBytes);
      yield payload;
      yield ends.subarray(headerBytes, headerBytes + footerBytes);
    } else {
      storeHeader(block, filled, payload.length);
      block.set(payload, filled + headerBytes);
      storeU32(block, filled + whole - footerBytes, maskCrc32c(crc32c(payload)));
      filled += whole;
    }
    count.records++;
  }
  if (filled > 0) yield block.subarray(0, filled);
}
