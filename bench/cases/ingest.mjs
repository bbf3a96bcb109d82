// How fast do 2,000 labelled recordings become TFRecord shards, beside the Beam pipeline and a tight Python loop in two processes?
//
// Clips of five seconds as ESC-50 has them, and of one second as Speech Commands has them, from warm local files; then FLAC. The clock of the
// peers starts when their packages are loaded and their processes run; from ingest the time of a run over no rows is subtracted (Node, its
// threads, the files of a run). `cat` reads and writes as many bytes as ingest does, and does nothing else. The loop's shards are compared
// with ours, byte by byte. The peers get an environment of their own at the first run (bench/peers/ingest-requirements.txt).
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../common/bench.mjs';
import { warm } from '../common/data.mjs';
import { ingestCommand, ingestPython, ingestStart, labelled, shards, sumOfShards } from '../common/labelled.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';

const sets = /** @type {const} */ ([
  { seconds: 5, rate: 44_100, kind: 'wav' },
  { seconds: 1, rate: 16_000, kind: 'wav' },
  { seconds: 5, rate: 44_100, kind: 'flac' },
]);

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const python = await ingestPython(bench);
  const out = bench.options.ram ? '/dev/shm/bowerbird-bench' : bench.path('out');
  const start = [1, 2].map((workers) => ingestStart(bench, workers));
  bench.say(
    `Subtracted from ingest: ${start.map((seconds, i) => `${(1000 * seconds).toFixed(0)} ms with ${i + 1} worker(s)`).join(', ')}, the time of a run over no rows.`,
  );
  for (const set of sets) {
    const { csv, audio, paths, bytes, what } = labelled(bench, python, set);
    warm(paths);
    /** @type {Map<string, string>} what each contender's shards hold */
    const sums = new Map();
    const before = () => {
      rmSync(out, { recursive: true, force: true });
      mkdirSync(out);
    };
    const ingest = (/** @type {number} */ workers) => {
      const name = `ingest --workers ${workers}`;
      return {
        name,
        bytes,
        before,
        less: start[workers - 1],
        run: () => cost(ingestCommand({ csv, audio, out, workers })),
        check: () => sums.set(name, sumOfShards(out)),
      };
    };
    const peer = (/** @type {string} */ name, /** @type {string} */ script, every = 1) => ({
      name,
      bytes,
      before,
      every,
      run: () => {
        const file = join(root, 'bench/peers', script);
        const { stdout, peakMiB, others } = cost([python, file, csv, audio, join(out, 'train'), String(shards)]);
        return { seconds: JSON.parse(stdout.trim().split('\n').at(-1) ?? '').seconds, peakMiB, others };
      },
      check: () => sums.set(name, sumOfShards(out)),
    });
    const loop = peer('loop, 2 processes', 'ingest_loop.py');
    const contenders = [ingest(2), loop, ingest(1)];
    if (set.kind === 'wav') {
      // Samples of 16 bits become floats of 32: two bytes are written for each that is read.
      const cat = `cat ${audio}/*.wav ${audio}/*.wav > ${out}/copy`;
      // decode_wav reads nothing else. Its order is any.
      contenders.push(peer('Beam, direct runner', 'ingest_beam.py', 2), {
        name: 'cat',
        bytes,
        before,
        run: () => cost(['sh', '-c', cat]),
        check: () => undefined,
      });
    }
    const samples = rounds(bench, contenders, { rounds: bench.options.rounds ?? 5 });
    const [ours, alone, theirs] = ['ingest --workers 2', 'ingest --workers 1', loop.name].map((name) => sums.get(name));
    if (ours !== theirs || ours !== alone) throw new Error('ingest and the loop did not make the same shards');
    bench.say(
      `${what}, page cache warm, to ${shards} shards of float32 on ${bench.options.ram ? 'a RAM disk' : 'the same disk'}; ` +
        'the shards of ingest and of the loop are the same bytes:',
    );
    bench.say(comparison(samples, [loop.name, 'Beam, direct runner', 'cat']));
  }
  rmSync(out, { recursive: true, force: true });
}
