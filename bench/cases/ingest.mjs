// How fast do 2,000 labelled recordings become TFRecord shards, beside the Beam pipeline and a tight Python loop in two processes?
//
// 2,000 recordings of five seconds, mono, 16 bits at 44.1 kHz, as ESC-50 has them, from warm local files; then the same as FLAC. The peers get
// an environment of their own at the first run (bench/peers/ingest-requirements.txt) and start the clock after loading; ours counts the
// start of Node. The loop's shards are compared with ours, byte by byte.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bowerbird, root } from '../common/bench.mjs';
import { warm } from '../common/data.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';

const recordings = { count: 2000, seconds: 5, rate: 44_100 };
const shards = 16;

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const python = environment(bench);
  const input = makeRecordings(bench, python);
  const out = bench.options.ram ? '/dev/shm/bowerbird-bench' : bench.path('out');
  const options = { rounds: bench.options.rounds ?? 5 };
  for (const kind of ['wav', 'flac']) {
    const dir = join(input, kind);
    const csv = join(dir, 'labels.csv');
    const paths = readdirSync(dir).map((name) => join(dir, name));
    const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
    warm(paths);
    /** @type {Map<string, string>} what each contender's shards hold */
    const sums = new Map();
    const contender = (/** @type {string} */ name, /** @type {() => { seconds: number }} */ work, every = 1) => ({
      name,
      bytes,
      every,
      before: () => {
        rmSync(out, { recursive: true, force: true });
        mkdirSync(out);
      },
      run: work,
      check: () => sums.set(name, sumOf(out)),
    });
    const ingest = (/** @type {number} */ workers) =>
      contender(`ingest --workers ${workers}`, () =>
        cost([
          ...bowerbird,
          'ingest',
          csv,
          '--audio',
          dir,
          '--out',
          join(out, 'train'),
          '--shards',
          String(shards),
          '--workers',
          String(workers),
          '--quiet',
        ]),
      );
    const peer = (/** @type {string} */ name, /** @type {string} */ script, every = 1) =>
      contender(
        name,
        () => {
          const command = [python, join(root, 'bench/peers', script), csv, dir, join(out, 'train'), String(shards)];
          const { stdout, peakMiB, others } = cost(command);
          return { seconds: JSON.parse(stdout.trim().split('\n').at(-1) ?? '').seconds, peakMiB, others };
        },
        every,
      );
    const contenders = [ingest(2), peer('loop, 2 processes', 'ingest_loop.py'), ingest(1)];
    // decode_wav reads nothing else.
    if (kind === 'wav') contenders.push(peer('Beam, direct runner', 'ingest_beam.py', 2));
    const samples = rounds(bench, contenders, options);
    const [ours, loops, alone] = contenders.map(({ name }) => sums.get(name));
    if (ours !== loops || ours !== alone) throw new Error('ingest and the loop did not make the same shards');
    bench.say(
      `${recordings.count} ${kind.toUpperCase()} files, ${(bytes / 2 ** 20).toFixed(0)} MiB, page cache warm, to ${shards} shards of float32; ` +
        'the shards of ingest and of the loop are the same bytes:',
    );
    bench.say(comparison(samples, ['loop, 2 processes', 'Beam, direct runner']));
  }
  rmSync(out, { recursive: true, force: true });
}

/** Of all shards in order. @param {string} out */
function sumOf(out) {
  const hash = createHash('sha256');
  const names = readdirSync(out).filter((name) => name.endsWith('.tfrecord'));
  if (names.length !== shards) throw new Error(`${names.length} shards were made, not ${shards}`);
  for (const name of names.sort()) hash.update(readFileSync(join(out, name)));
  return hash.digest('hex');
}

/** @param {import('../common/bench.mjs').Bench} bench @returns {string} the interpreter */
function environment(bench) {
  const folder = join(root, '.cache/ingest-venv');
  const python = join(folder, 'bin/python');
  const requirements = join(root, 'bench/peers/ingest-requirements.txt');
  const stamp = join(folder, 'stamp');
  const wanted = readFileSync(requirements, 'utf8');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    bench.progress('making a Python environment with Beam and TensorFlow in .cache/ingest-venv; this takes minutes\n');
    execFileSync('python3', ['-m', 'venv', folder]);
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
    // Last, so that an environment that was never finished is made again.
    writeFileSync(stamp, wanted);
  }
  return python;
}

/** @param {import('../common/bench.mjs').Bench} bench @param {string} python @returns {string} */
function makeRecordings(bench, python) {
  const { count, seconds, rate } = recordings;
  const folder = bench.path(`recordings-${count}x${seconds}s-${rate}`);
  const done = join(folder, 'done');
  if (!existsSync(done)) {
    const script = join(root, 'bench/peers/ingest_data.py');
    const made = spawnSync(python, [script, folder, String(count), String(seconds), String(rate)], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (made.status !== 0) throw new Error('Cannot make recordings');
    writeFileSync(done, '');
  }
  return folder;
}
