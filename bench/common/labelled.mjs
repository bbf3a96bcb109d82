// What the benchmarks of `ingest` share: labelled recordings, made once, and the command over them.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bowerbird, root } from './bench.mjs';
import { made, warm } from './data.mjs';
import { ownPython } from './peers.mjs';
import { cost } from './process.mjs';
import { comparison, rounds } from './rounds.mjs';
import { median } from './stats.mjs';

const shards = 16;

/** @typedef {{ seconds: number, rate: number, kind: 'wav' | 'flac' }} Recordings */

/**
 * Two thousand recordings, mono, of 16 bits.
 * @param {import('./bench.mjs').Bench} bench @param {Recordings} shape
 */
export function labelled(bench, { seconds, rate, kind }) {
  const count = bench.size(2000, 32);
  const { dir: audio, paths } = made(bench, `${kind}-${count}x${seconds}s-${rate}`, (folder) => {
    const script = join(root, 'bench/common/make-recordings.mjs');
    execFileSync(process.execPath, [script, folder, kind, String(count), String(seconds), String(rate)]);
  });
  const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  const what = `${count} ${kind.toUpperCase()} files of ${seconds} s at ${rate} Hz, ${(bytes / 2 ** 20).toFixed(0)} MiB`;
  return { audio, csv: join(audio, 'labels.csv'), paths, bytes, what };
}

/** @param {{ csv: string, audio: string, out: string, workers: number }} run */
export function ingestCommand({ csv, audio, out, workers }) {
  const places = [csv, '--audio', audio, '--out', join(out, 'train')];
  return [...bowerbird, 'ingest', ...places, '--shards', String(shards), '--workers', String(workers), '--quiet'];
}

/** Seconds of an ingest of no rows: Node, its threads, the modules, the files of a run. @param {import('./bench.mjs').Bench} bench */
export function ingestStart(bench, /** @type {number} */ workers) {
  const out = bench.path('out-empty');
  const csv = bench.path('no-rows.csv');
  writeFileSync(csv, 'Label,Blob Name\n');
  const runs = Array.from({ length: 5 }, () => {
    rmSync(out, { recursive: true, force: true });
    return cost(ingestCommand({ csv, audio: bench.options.data, out, workers }));
  });
  rmSync(out, { recursive: true });
  return median(runs.map(({ seconds }) => seconds));
}

/** Of all shards in order. @param {string} out */
export function sumOfShards(out) {
  const hash = createHash('sha256');
  const names = readdirSync(out).filter((name) => name.endsWith('.tfrecord'));
  if (names.length !== shards) throw new Error(`${names.length} shards were made, not ${shards}`);
  for (const name of names.sort()) hash.update(readFileSync(join(out, name)));
  return hash.digest('hex');
}

/** Ingest and its peers over one set of recordings. @param {import('./bench.mjs').Bench} bench @param {Recordings} recordings */
export async function compare(bench, recordings) {
  const out = bench.out();
  const start = [1, 2].map((workers) => ingestStart(bench, workers));
  bench.say(
    `Subtracted from ingest: ${start.map((seconds, i) => `${(1000 * seconds).toFixed(0)} ms with ${i + 1} worker(s)`).join(', ')}, the time of a run over no rows.`,
  );
  const { csv, audio, paths, bytes, what } = labelled(bench, recordings);
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
  const peer = (/** @type {string} */ python, /** @type {string} */ name, /** @type {string} */ script, every = 1) => ({
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
  const venv = { name: 'ingest-venv', requirements: 'ingest-requirements.txt' };
  const loop = 'loop, 2 processes';
  const contenders = [ingest(2), ingest(1)];
  const looping = await ownPython(bench, venv, loop, 'soundfile, tensorflow');
  if (looping !== undefined) contenders.splice(1, 0, peer(looping, loop, 'ingest_loop.py'));
  if (recordings.kind === 'wav') {
    // Samples of 16 bits become floats of 32: two bytes are written for each that is read.
    const cat = `cat ${audio}/*.wav ${audio}/*.wav > ${out}/copy`;
    contenders.push({ name: 'cat', bytes, before, run: () => cost(['sh', '-c', cat]), check: () => undefined });
    // decode_wav reads nothing else. Its order is any.
    const beaming = await ownPython(bench, venv, 'Beam, direct runner', 'apache_beam, tensorflow');
    if (beaming !== undefined) contenders.push(peer(beaming, 'Beam, direct runner', 'ingest_beam.py', 3));
  }
  const samples = rounds(bench, contenders, { rounds: bench.rounds(5) });
  const same = ['ingest --workers 2', 'ingest --workers 1', ...(looping === undefined ? [] : [loop])];
  if (new Set(same.map((name) => sums.get(name))).size !== 1)
    throw new Error(`${same.join(' and ')} made different shards`);
  bench.say(
    `${what}, page cache warm, to ${shards} shards of float32 on ${bench.options.ram ? 'a RAM disk' : 'the same disk'}; ` +
      `the shards of ${same.join(' and of ')} are the same bytes:`,
  );
  bench.say(comparison(samples, [loop, 'Beam, direct runner', 'cat']));
  rmSync(out, { recursive: true, force: true });
}
