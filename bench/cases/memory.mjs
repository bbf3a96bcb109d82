// How much memory does `bowerbird extract` take at its peak, with two workers, for which records and files?
import { rmSync } from 'node:fs';
import { bowerbird } from '../common/bench.mjs';
import { a2oFiles, largeRecords } from '../common/data.mjs';
import { zipped } from '../common/gzip.mjs';
import { cost } from '../common/process.mjs';
import { median, table } from '../common/stats.mjs';

/** Of one window, 1280 float32. */
const windowBytes = 5120;

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const windows = (/** @type {number} */ mib) => Math.floor((mib * 2 ** 20) / windowBytes) - 1;
  const small = a2oFiles(bench, bench.gib(2), 10);
  const inputs = [
    { name: `61 KB records, 10 files of ${(bench.gib(2) / 10).toFixed(1)} GiB`, limit: 150, input: small },
    {
      name: `61 KB records, 10 files of ${((4 * bench.gib(2)) / 10).toFixed(1)} GiB`,
      limit: 150,
      input: a2oFiles(bench, 4 * bench.gib(2), 10),
    },
    {
      name: '1 MiB records',
      limit: 150,
      input: largeRecords(bench, 'records-1mib', { files: 2, records: bench.size(500, 2), windows: windows(1) }),
    },
    {
      name: '16 MiB records',
      limit: 300,
      input: largeRecords(bench, 'records-16mib', { files: 2, records: bench.size(30, 1), windows: windows(16) }),
    },
    {
      name: `one ${bench.size(200, 20)} MiB record a file`,
      limit: undefined,
      input: largeRecords(bench, 'records-200mib', { files: 2, records: 1, windows: windows(bench.size(200, 20)) }),
    },
    { name: '61 KB records, gzip', limit: 150, input: zipped(bench, small.paths.slice(0, 2)) },
  ];
  const out = bench.path('out');
  const rows = inputs.map(({ name, limit, input }) => {
    const peaks = Array.from({ length: bench.rounds(3) }, () => {
      rmSync(out, { recursive: true, force: true });
      const { peakMiB, seconds } = cost([
        ...bowerbird,
        'extract',
        input.dir,
        '--out',
        out,
        '--workers',
        '2',
        '--quiet',
      ]);
      bench.raw({ name, bytes: input.bytes, seconds, peakMiB });
      bench.progress(`${name}: ${peakMiB.toFixed(0)} MiB`);
      return peakMiB;
    });
    rmSync(out, { recursive: true, force: true });
    const most = Math.max(...peaks);
    const verdict = limit === undefined ? '-' : `${limit} MiB: ${most < limit ? 'held' : 'MISSED'}`;
    return [name, (input.bytes / 2 ** 30).toFixed(2), median(peaks).toFixed(0), most.toFixed(0), verdict];
  });
  bench.say('Peak resident memory of the whole process (wait4), two workers:');
  bench.say(table([['input', 'GiB', 'MiB median', 'most', 'limit'], ...rows]));
}
