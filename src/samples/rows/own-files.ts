/** What jobs of ours write into the folder of their inputs, or below it: no run finds what an earlier one left there. */

import { placeBelow } from './place-below.ts';

const ownName = /^(?:pack|metadata|unpack|labels)\.json$|^rejects\.jsonl$/;
const ownShard = /^shard_\d{5,}\/(?:data|lock)\.mdb$/;

/** Of names below `folder`: whether a job made them that writes to `out`. */
export function isOwnFile(folder: string, out: string | undefined): (name: string) => boolean {
  const inside = out === undefined ? undefined : placeBelow(folder, out);
  return (name) =>
    inside === undefined || inside === ''
      ? ownName.test(name) || (inside === '' && ownShard.test(name))
      : ownName.test(name) || name.startsWith(`${inside}/`);
}
