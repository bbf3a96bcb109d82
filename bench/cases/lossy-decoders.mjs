// What would the public functions of the decoders of MP3, Vorbis and Opus cost, beside taking samples from where the decoders have them?
//
// The decoders alone, on packets of short recordings over and over; each in a process of its own. CPU time and peak memory of the whole process.
import { join } from 'node:path';
import { root } from '../common/bench.mjs';
import { cost } from '../common/process.mjs';
import { median, table } from '../common/stats.mjs';

const peer = join(root, 'bench/common/lossy-peer.mjs');
const roads = /** @type {const} */ (['ours', 'theirs']);
const files = ['mono.mp3', 'stereo.ogg', 'stereo.opus'];

/** @param {import('../common/bench.mjs').Bench} bench */
export function run(bench) {
  const seconds = bench.size(1200, 5);
  const rows = files.map((file) => {
    /** @param {'ours' | 'theirs'} road */
    const once = (road) => {
      const sample = cost([process.execPath, peer, join(root, 'test/data/codecs', file), road, `${seconds}`]);
      bench.raw({ file, road, sound: seconds, ...sample });
      bench.progress(`${file} ${road}: ${sample.cpu.toFixed(2)} s, ${sample.peakMiB.toFixed(0)} MiB`);
      return sample;
    };
    const pairs = Array.from({ length: bench.rounds(7) }, (_, round) => {
      // Each goes first in every other round.
      const [first, second] = round % 2 === 0 ? roads : [...roads].reverse();
      const samples = { [first]: once(first), [second]: once(second) };
      const { ours, theirs } = samples;
      if (ours.stdout !== theirs.stdout) throw new Error(`${file}: ${ours.stdout} here, ${theirs.stdout} there`);
      return { ours, theirs };
    });
    const peak = (/** @type {'ours' | 'theirs'} */ road) => median(pairs.map((pair) => pair[road].peakMiB)).toFixed(0);
    const ratios = pairs.map(({ ours, theirs }) => theirs.cpu / ours.cpu);
    const range = `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`;
    return [file, median(ratios).toFixed(2), range, peak('ours'), peak('theirs')];
  });
  bench.say(
    `${seconds} s of sound; "theirs" are the public functions. CPU time theirs / ours, median of ${bench.rounds(7)} pairs; peak memory:`,
  );
  bench.say(table([['packets of', 'CPU', 'range', 'MiB ours', 'MiB theirs'], ...rows]));
}
