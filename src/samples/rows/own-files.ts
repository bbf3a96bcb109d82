/** What jobs of ours write into the folder of their inputs, or below it: no run finds what an earlier one left there. */

import { placeBelow } from './place-below.ts';

const ownName = /^(?:pack|metadata|unpack|labels|dataset)\.json$|^rejects\.jsonl$/;
/** Of shards, and of a dataset as the Hub has it. */
const ownOutput =
  /^shard_\d{5,}\/(?:data|lock)\.mdb$|^data\/train\/chunk-\d{5,}(?:-part-\d{2,})?\.parquet$|^README\.md$|^dnsmos\.svg$|^progress\.log$/;

/** Of names below `folder`: whether a job made them that writes to `out`. */
export function isOwnFile(folder: string, out: string | undefined): (name: string) => boolean {
  const inside = out === undefined ? undefined : placeBelow(folder, out);
  return (name) =>
    inside === undefined || inside === ''
      ? ownName.test(name) || (inside === '' && ownOutput.test(name))
      : ownName.test(name) || name.startsWith(`${inside}/`);
}
