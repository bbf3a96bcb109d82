// What the benchmarks of `ingest` share: labelled recordings, made once, and the command over them.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeEnvironment } from '../../test/interop/environment.mjs';
import { bowerbird, root } from './bench.mjs';
import { made } from './data.mjs';
import { cost } from './process.mjs';
import { median } from './stats.mjs';

export const shards = 16;
const count = 2000;

/** The Python of the peers. @param {import('./bench.mjs').Bench} bench */
export function ingestPython(bench) {
  const requirements = fileURLToPath(new URL('../peers/ingest-requirements.txt', import.meta.url));
  return makeEnvironment('ingest-venv', requirements, bench.progress);
}

/**
 * Two thousand recordings, mono, of 16 bits, as WAV and as FLAC.
 * @param {import('./bench.mjs').Bench} bench @param {string} python @param {{ seconds: number, rate: number, kind: 'wav' | 'flac' }} shape
 */
export function labelled(bench, python, { seconds, rate, kind }) {
  const { dir } = made(bench, `recordings-${count}x${seconds}s-${rate}`, (folder) => {
    const script = join(root, 'bench/peers/ingest_data.py');
    execFileSync(python, [script, folder, String(count), String(seconds), String(rate)]);
  });
  const audio = join(dir, kind);
  const paths = readdirSync(audio).map((name) => join(audio, name));
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
