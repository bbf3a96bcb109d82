/** What a user should know of shards that are made. */

import { named } from '../../options.ts';
import { someOf } from '../../samples/rows/source.ts';
import type { PackReceipt } from './receipt.ts';

/** What a shard had better not pass: it is what one download is. */
const largeShard = 4e9;

export function noticesOfShards(
  receipts: readonly Pick<PackReceipt, 'unit' | 'outputs' | 'lost' | 'records' | 'silent'>[],
  processor: string | undefined,
): string[] {
  const lost = [...new Set(receipts.flatMap((receipt) => receipt.lost))];
  const told =
    lost.length === 0
      ? []
      : [`Not stored, since ${processor} does not hand them on: ${someOf(lost)}; its option keepOriginal keeps them`];
  const silent = receipts.reduce((sum, receipt) => sum + receipt.silent, 0);
  if (silent > 0) {
    const all = receipts.reduce((sum, { records }) => sum + records, 0);
    told.push(`${silent} of ${all} samples had no sound: nothing in "audio"`);
  }
  const large = receipts.filter(({ outputs }) => outputs[0].bytes > largeShard);
  const [first] = large;
  if (first === undefined) return told;
  const gigabytes = (first.outputs[0].bytes / 1e9).toFixed(1);
  const size =
    `${large.length} shard(s) have more than 4 GB, such as "${first.unit}" with ${gigabytes} GB; a smaller ${named('samplesPerShard')} ` +
    'makes downloads and caches smaller';
  return [...told, size];
}
