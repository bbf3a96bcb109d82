// How fast are rows with recordings written to Parquet, beside pyarrow's writer, and in how much memory?
//
// Recordings of 120 kB and of 8 kB that do not compress, with a text and four small columns, in row groups of 100 MB. Each in a process of its own, whose
// clock starts when its packages are loaded. Ours is given rows, and tells CRC-32C and SHA-256 of the file; pyarrow is given rows (as Python has them, a
// table for each group), tables that are ready, these with the SHA-256 behind them, and rows under the options of `datasets` 5. `cp` copies the file.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../common/bench.mjs';
import { ownPython } from '../common/peers.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';

const ours = join(root, 'bench/common/parquet-peer.mjs');
const script = join(root, 'bench/peers/parquet_write.py');
const groupBytes = 100_000_000;
const ways = /** @type {const} */ ([
  ['tables', 'pyarrow, ready tables'],
  ['summed', 'pyarrow, ready tables, summed'],
  ['rows', 'pyarrow, rows'],
  ['datasets', 'pyarrow, rows, as datasets 5'],
]);

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const venv = { name: 'parquet-venv', requirements: 'parquet-requirements.txt' };
  const python = await ownPython(bench, venv, 'pyarrow', 'pyarrow.parquet');
  compare(bench, python, { bytes: 120_000, rows: bench.size(16_000, 50) });
  compare(bench, python, { bytes: 8000, rows: bench.size(120_000, 200) });
}

/** @param {import('../common/bench.mjs').Bench} bench @param {string | undefined} python @param {{ bytes: number, rows: number }} shape */
function compare(bench, python, { bytes, rows }) {
  const out = `${bench.out()}.parquet`;
  const copy = `${out}.copy`;
  const before = () => rmSync(out, { force: true });
  const size = bytes * rows;
  /** @type {Set<number>} */
  const counts = new Set();
  /** @param {string} name @param {readonly string[]} command */
  const contender = (name, command) => ({
    name,
    bytes: size,
    before,
    run() {
      const { stdout, peakMiB, others } = cost([...command, out, `${rows}`, `${bytes}`, `${groupBytes}`]);
      const told = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
      counts.add(told.rows);
      return { seconds: told.seconds, cpu: told.cpu, peakMiB, others };
    },
  });
  const contenders = [contender('ParquetShardWriter', [process.execPath, ours])];
  if (python !== undefined) {
    for (const [how, name] of ways) contenders.push(contender(name, [python, script, how]));
  }
  const kept = `${out}.kept`;
  cost([process.execPath, ours, kept, `${rows}`, `${bytes}`, `${groupBytes}`]);
  const beforeCopy = () => rmSync(copy, { force: true });
  const cp = { name: 'cp', bytes: size, before: beforeCopy, run: () => cost(['cp', kept, copy]) };
  const samples = rounds(bench, [...contenders, cp], { rounds: bench.rounds(5) });
  if (counts.size !== 1) throw new Error(`Not everybody wrote the same: ${[...counts].join('; ')} rows`);
  bench.say(`${rows} recordings of ${bytes} bytes, groups of ${groupBytes} bytes:`);
  bench.say(comparison(samples, ['pyarrow, ready tables', 'pyarrow, ready tables, summed', 'pyarrow, rows', 'cp']));
  for (const path of [out, copy, kept]) rmSync(path, { force: true });
}
