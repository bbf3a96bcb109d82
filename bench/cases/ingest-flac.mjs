// How fast do 2,000 labelled FLAC files become TFRecord shards, beside a tight Python loop over soundfile in two processes?
//
// As `ingest`, of the same sound; Beam is left out, since tf.audio.decode_wav reads WAV alone.
import { compare } from '../common/labelled.mjs';

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  await compare(bench, { seconds: 5, rate: 44_100, kind: 'flac' });
}
