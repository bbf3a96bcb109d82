// How fast do 2,000 labelled recordings become TFRecord shards, beside the Beam pipeline and a tight Python loop in two processes?
//
// Clips of five seconds as ESC-50 has them, and of one second as Speech Commands has them, from warm local files. The clock of the peers
// starts when their packages are loaded and their processes run; from ingest the time of a run over no rows is subtracted (Node, its threads,
// the files of a run). `cat` reads and writes as many bytes as ingest does, and does nothing else. The loop's shards are compared with ours,
// byte by byte. The peers get an environment of their own at the first run (bench/peers/ingest-requirements.txt).
import { compare } from '../common/labelled.mjs';

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  await compare(bench, { seconds: 5, rate: 44_100, kind: 'wav' });
  await compare(bench, { seconds: 1, rate: 16_000, kind: 'wav' });
}
