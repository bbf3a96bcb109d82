/** Which work is done sooner by the calling thread than threads for it have started: some 0.1 s. */

import type { InputStamp } from '../../storage/stamp.ts';
import { isRemote } from '../../storage/uri.ts';

/** Units of local files of no more bytes than these together. What waits for a network is nothing for the calling thread. */
export function isLocalWithin(mostBytes: number, units: readonly { readonly input: InputStamp }[]): boolean {
  let bytes = 0;
  for (const { input } of units) {
    const { uri, size } = input;
    bytes += size;
    if (bytes > mostBytes || isRemote(uri)) return false;
  }
  return true;
}
