// What a run of the command costs before it has anything to do.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { bowerbird } from './bench.mjs';
import { made, writePieces } from './data.mjs';
import { cost } from './process.mjs';
import { median } from './stats.mjs';

/** Seconds of an extract over files without a record, one a worker: what does not depend on the input. */
export function startSeconds(/** @type {import('./bench.mjs').Bench} */ bench, /** @type {number} */ workers) {
  const { paths } = made(bench, 'empty', (dir) => {
    for (const name of ['a.tfrecord', 'b.tfrecord']) writePieces(join(dir, name), 0, () => Buffer.alloc(0));
  });
  const out = bench.path('out-empty');
  const runs = Array.from({ length: 5 }, () => {
    rmSync(out, { recursive: true, force: true });
    return cost([
      ...bowerbird,
      'extract',
      ...paths.slice(0, workers),
      '--out',
      out,
      '--workers',
      String(workers),
      '--quiet',
    ]);
  });
  rmSync(out, { recursive: true });
  return median(runs.map(({ seconds }) => seconds));
}
