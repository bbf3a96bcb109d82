// How fast do WAV files become LMDB shards, beside a script after AudioMDB's document, and with how much memory?
//
// Mono recordings of 16 bits at 16 kHz, of four and of thirty seconds, from warm local files; each becomes float32 and so twice as large. `pack` is the whole
// command, from the start of Node on; `pack()` a call in a process that has packed before. The script (test/interop/pack_writer.py: soundfile, pickle,
// py-lmdb, hashlib) has one process, and its clock starts when its packages are loaded. `cat` reads the files and writes as many bytes, and does nothing
// else. Memory is measured with ten thousand recordings and more. The script's packages get an environment of their own at the first run.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bowerbird, root } from '../common/bench.mjs';
import { made, warm } from '../common/data.mjs';
import { ownPython } from '../common/peers.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';
import { table } from '../common/stats.mjs';

const script = join(root, 'test/interop/pack_writer.py');
const library = join(root, 'bench/common/pack-peer.mjs');
const limitMiB = 300;

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const venv = { name: 'pack-venv', requirements: 'pack-requirements.txt' };
  const python = await ownPython(bench, venv, 'the script', 'lmdb, numpy, soundfile');
  compare(bench, python, { seconds: 4, count: bench.size(8000, 16) });
  compare(bench, python, { seconds: 30, count: bench.size(1200, 16) });
  memory(bench);
}

/**
 * Recordings, and a manifest of them.
 * @param {import('../common/bench.mjs').Bench} bench @param {{ seconds: number, count: number }} shape
 */
function recordings(bench, { seconds, count }) {
  const { dir, paths } = made(bench, `pack-${count}x${seconds}s`, (folder) => {
    const maker = join(root, 'bench/common/make-recordings.mjs');
    execFileSync(process.execPath, [maker, folder, 'wav', String(count), String(seconds), '16000']);
    const names = readdirSync(folder).filter((name) => name.endsWith('.wav'));
    writeManifest(join(folder, 'manifest.jsonl'), names.sort());
  });
  return { manifest: join(dir, 'manifest.jsonl'), dir, wavs: paths.filter((path) => path.endsWith('.wav')) };
}

/** @param {string} path @param {readonly string[]} names */
function writeManifest(path, names) {
  const rows = names.map((name, i) => ({ audio_filepath: name, text: `what number ${i} says`, speaker: `s${i % 40}` }));
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

/** @param {string} manifest @param {string} out @param {number} workers @param {number} samples a shard */
function command(manifest, out, workers, samples) {
  const how = ['--samples-per-shard', `${samples}`, '--keep-columns', '*', '--workers', `${workers}`, '--quiet'];
  return [...bowerbird, 'pack', manifest, '--out', out, ...how];
}

/** The parts of metadata.json that are the same whoever wrote it. @param {string} out */
function told(out) {
  const { dataset_size, num_shards, total_duration } = JSON.parse(readFileSync(join(out, 'metadata.json'), 'utf8'));
  return `${dataset_size} samples in ${num_shards} shards, ${total_duration} s`;
}

/** @param {import('../common/bench.mjs').Bench} bench @param {string | undefined} python @param {{ seconds: number, count: number }} shape */
function compare(bench, python, shape) {
  const { manifest, dir, wavs } = recordings(bench, shape);
  warm(wavs);
  const samples = Math.ceil(shape.count / 8);
  const bytes = shape.count * shape.seconds * 16_000 * 4;
  const out = bench.out();
  const before = () => rmSync(out, { recursive: true, force: true });
  /** @type {Set<string>} */
  const results = new Set();
  const check = () => void results.add(told(out));
  /** @param {string} name @param {readonly string[]} run */
  const ownClock = (name, run) => ({
    name,
    bytes,
    before,
    check,
    run() {
      const { stdout, peakMiB, others } = cost(run);
      const { seconds, cpu } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
      return { seconds, cpu, peakMiB, others };
    },
  });
  const contenders = [1, 2].flatMap((workers) => [
    {
      name: `pack --workers ${workers}`,
      bytes,
      before,
      check,
      run: () => cost(command(manifest, out, workers, samples)),
    },
    ownClock(`pack(), ${workers} threads`, [process.execPath, library, manifest, out, `${samples}`, `${workers}`]),
  ]);
  if (python !== undefined) contenders.push(ownClock('script', [python, script, manifest, out, `${samples}`]));
  const cat = `cat ${dir}/*.wav ${dir}/*.wav > ${out}`;
  contenders.push({ name: 'cat', bytes, before, check: () => undefined, run: () => cost(['sh', '-c', cat]) });
  const measured = rounds(bench, contenders, { rounds: bench.rounds(5) });
  if (results.size > 1) throw new Error(`Not everybody wrote the same: ${[...results].join('; ')}`);
  const place = bench.options.ram ? 'a RAM disk' : 'the same disk';
  bench.say(
    `${shape.count} WAV files of ${shape.seconds} s, page cache warm, to 8 shards on ${place}; GB of float32 that are written:`,
  );
  bench.say(comparison(measured, ['script', 'cat']));
  before();
}

/** @param {import('../common/bench.mjs').Bench} bench */
function memory(bench) {
  const count = bench.size(1000, 16);
  const { dir, wavs } = recordings(bench, { seconds: 0.1, count });
  const out = bench.out();
  const rows = [10, 40, 160].map((times) => {
    const manifest = join(dir, `manifest-${times}.jsonl`);
    const names = wavs.map((path) => path.slice(dir.length + 1));
    writeManifest(manifest, Array.from({ length: times }, () => names).flat());
    rmSync(out, { recursive: true, force: true });
    const { peakMiB, seconds } = cost(command(manifest, out, 2, 1000));
    bench.raw({ name: 'memory', recordings: times * count, seconds, peakMiB });
    return [times * count, peakMiB.toFixed(0), `${limitMiB} MiB: ${peakMiB < limitMiB ? 'held' : 'MISSED'}`];
  });
  rmSync(out, { recursive: true, force: true });
  bench.say('Peak resident memory of the whole command, two workers, recordings of 0.1 s in shards of 1000:');
  bench.say(table([['recordings', 'MiB', 'limit'], ...rows]));
}
