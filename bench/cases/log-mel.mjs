// How long do log-mel features of half a minute take on one thread, beside transformers' WhisperFeatureExtractor (NumPy) and librosa?
//
// Noise, and 10 s of it for Whisper, whose padding then is 20 s. Best of the rounds; every contender has made its tables before, but for
// librosa, which makes its filters for each call.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logMel } from '../../dist/features/log-mel.js';
import { root } from '../common/bench.mjs';
import { ownPython } from '../common/peers.mjs';
import { table } from '../common/stats.mjs';

/** @type {readonly (readonly ['whisper' | 'librosa', 'transformers' | 'librosa', rate: number, seconds: number])[]} */
const trials = [
  ['whisper', 'transformers', 16000, 30],
  ['whisper', 'transformers', 16000, 10],
  ['librosa', 'librosa', 22050, 30],
];

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const rounds = bench.rounds(20);
  const turns = bench.size(5, 1);
  const environment = { name: 'features-venv', requirements: 'features-requirements.txt' };
  const python = await ownPython(bench, environment, 'librosa and transformers', 'librosa, transformers');
  const file = bench.path('log-mel.f32');
  const rows = [['preset', 'seconds of sound', 'ms', 'times real time', ...(python ? ['peer', 'ms', 'ratio'] : [])]];
  for (const [preset, peer, sampleRate, seconds] of trials) {
    const samples = Float32Array.from({ length: sampleRate * seconds }, () => Math.random() - 0.5);
    writeFileSync(file, samples);
    let ours = Number.POSITIVE_INFINITY;
    let theirs = Number.POSITIVE_INFINITY;
    // By turns: a machine has better minutes and worse ones.
    for (let turn = 0; turn < turns; turn++) {
      ours = Math.min(
        ours,
        best(rounds, () => logMel(samples, { preset, sampleRate })),
      );
      if (python !== undefined) theirs = Math.min(theirs, byPeer(python, peer, sampleRate, rounds, file));
    }
    const row = [preset, `${seconds}`, milliseconds(ours), (seconds / ours).toFixed(0)];
    if (python !== undefined) row.push(peer, milliseconds(theirs), (theirs / ours).toFixed(1));
    bench.raw({ preset, sampleRate, seconds, ours, peer, theirs });
    rows.push(row);
  }
  bench.say(`One thread, best of ${turns} times ${rounds}, by turns:`);
  bench.say(table(rows));
}

/** @param {number} rounds @param {() => void} call */
function best(rounds, call) {
  call();
  const taken = Array.from({ length: rounds }, () => {
    const before = performance.now();
    call();
    return (performance.now() - before) / 1000;
  });
  return Math.min(...taken);
}

/** @param {number} seconds */
function milliseconds(seconds) {
  return (1000 * seconds).toFixed(2);
}

/** @param {string} python @param {string} peer @param {number} rate @param {number} rounds @param {string} file */
function byPeer(python, peer, rate, rounds, file) {
  const script = join(root, 'bench/peers/log_mel.py');
  const { status, stdout, stderr } = spawnSync(python, [script, peer, `${rate}`, `${rounds}`, file], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`log_mel.py ended with ${status}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '').seconds;
}
