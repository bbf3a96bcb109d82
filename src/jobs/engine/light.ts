/** Which work is done sooner by the calling thread than threads for it have started: some 0.1 s. */

import type { InputStamp } from '../../storage/stamp.ts';
import { isRemote } from '../../storage/uri.ts';

/** Local files of no more bytes than these together. What waits for a network is nothing for the calling thread. */
export function isLocalWithin(mostBytes: number, inputs: readonly InputStamp[]): boolean {
  let bytes = 0;
  for (const { uri, size } of inputs) {
    bytes += size;
    if (bytes > mostBytes || isRemote(uri)) return false;
  }
  return true;
}
