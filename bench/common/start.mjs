// What a run of the command in threads costs before it has anything to do.

import { join } from 'node:path';
import { bowerbird } from './bench.mjs';
import { made, writePieces } from './data.mjs';
import { cost } from './process.mjs';
import { median } from './stats.mjs';

/** Seconds of a verify over files without a record, one a worker: extract and convert start no threads for so little. */
export function startSeconds(/** @type {import('./bench.mjs').Bench} */ bench, /** @type {number} */ workers) {
  const { paths } = made(bench, 'empty', (dir) => {
    for (const name of ['a.tfrecord', 'b.tfrecord']) writePieces(join(dir, name), 0, () => Buffer.alloc(0));
  });
  const command = [...bowerbird, 'verify', ...paths.slice(0, workers), '--workers', String(workers), '--quiet'];
  return median(Array.from({ length: 5 }, () => cost(command).seconds));
}
