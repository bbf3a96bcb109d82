// How fast is `bowerbird convert` to ArrayRecord, beside a Python loop over TensorFlow's reader into Google's writer, and their Beam pipeline?
//
// All have the same cores. The clock of the peers starts when their packages are loaded; from that of convert the start of Node and its
// threads is subtracted. The Beam pipeline (direct runner, one shard, zstd:3 as it writes always) gets a part of the input and is compared by
// bytes a second; a table of its own compares whole commands on that part, from their start to their end.
import { linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bowerbird, root } from '../common/bench.mjs';
import { a2oFiles, bytesOf, warm } from '../common/data.mjs';
import { ownPython } from '../common/peers.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';
import { startSeconds } from '../common/start.mjs';

const venv = { name: 'bench-venv', requirements: 'requirements-convert.txt' };
const memoryLimit = 300;

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const looping = await ownPython(bench, venv, 'the loop', 'tensorflow, array_record');
  const beaming = await ownPython(bench, venv, 'the Beam pipeline', 'apache_beam, array_record.beam.pipelines');
  const gib = bench.gib(2);
  const input = a2oFiles(bench, gib, 8);
  warm(input.paths);
  const out = bench.out();
  const clear = () => {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out);
  };
  const proof = proofOf([input.dir]);
  const check = () => {
    const found = proofOf([out]);
    if (found !== proof)
      throw new Error(`The outputs hold other records than the inputs: proof ${found}, expected ${proof}`);
  };

  const start = startSeconds(bench, 2);
  const convert = (/** @type {string} */ options, /** @type {number} */ shards) => {
    const command = ['convert', input.dir, '--to', 'arrayrecord', '--out', join(out, 'x'), '--quiet'];
    return {
      name: `convert ${options}, ${shards === 1 ? 'one shard' : `${shards} shards`}`,
      bytes: input.bytes,
      less: start,
      before: clear,
      run: () => cost([...bowerbird, ...command, '--options', options, '--shards', String(shards), '--workers', '2']),
      check,
    };
  };
  /** @param {string} options @returns {import('../common/rounds.mjs').Contender[]} */
  const loop = (options) => {
    if (looping === undefined) return [];
    const command = [looping, peer('array_record_loop.py'), `group_size:1,${options}`, join(out, 'x.arrayrecord')];
    return [
      {
        name: `loop ${options}`,
        bytes: input.bytes,
        before: clear,
        run: () => told([...command, ...input.paths]),
        check,
      },
    ];
  };
  const few = part(bench, input.paths);
  const checkPart = () => {
    // The Beam pipeline does not keep the order, so its proof is another.
    const [made, given] = [[out], few.paths].map(recordsOf);
    if (made !== given) throw new Error(`${made} records were written of ${given}`);
  };
  const pipeline =
    beaming === undefined ? undefined : [beaming, peer('array_record_beam.py'), join(out, 'x'), few.pattern];
  /** Of a command whose start counts. @param {string} name @param {readonly string[]} command */
  const whole = (name, command) => ({
    name,
    bytes: bytesOf(few.paths),
    before: clear,
    run: () => cost(command),
    check: checkPart,
  });
  const samples = rounds(
    bench,
    [
      convert('uncompressed', 1),
      convert('uncompressed', 2),
      ...loop('uncompressed'),
      convert('zstd:3', 1),
      convert('zstd:3', 2),
      ...loop('zstd:3'),
      ...(pipeline === undefined
        ? []
        : [
            {
              name: 'Beam pipeline',
              bytes: bytesOf(few.paths),
              every: 3,
              before: clear,
              run: () => told(pipeline),
              check: checkPart,
            },
          ]),
    ],
    { rounds: bench.rounds(7) },
  );
  const to = ['--to', 'arrayrecord', '--out', join(out, 'x'), '--options', 'zstd:3', '--quiet'];
  const commands = rounds(
    bench,
    [
      ...[1, 2].map((shards) =>
        whole(`convert zstd:3, ${shards === 1 ? 'one shard' : `${shards} shards`}, command`, [
          ...[...bowerbird, 'convert', ...few.paths, ...to, '--shards', String(shards), '--workers', '2'],
        ]),
      ),
      ...(pipeline === undefined ? [] : [whole('Beam pipeline, command', pipeline)]),
    ],
    { rounds: bench.size(3, 1) },
  );
  rmSync(out, { recursive: true, force: true });

  const where = bench.options.ram ? 'a RAM disk' : 'the same disk';
  bench.say(
    `${(input.bytes / 2 ** 30).toFixed(1)} GiB of 60 KB records in ${input.paths.length} files, page cache warm, to ${where}:`,
  );
  bench.say(comparison(samples, ['loop uncompressed', 'loop zstd:3', 'Beam pipeline']));
  bench.say(`${(bytesOf(few.paths) / 2 ** 20).toFixed(0)} MiB of them, whole commands:`);
  bench.say(comparison(commands, ['Beam pipeline, command']));
  const peak = Math.max(
    ...samples.filter(({ name }) => name.startsWith('convert')).map(({ peakMiB }) => peakMiB ?? NaN),
  );
  bench.say(
    `Peak memory of convert: ${peak.toFixed(0)} MiB (limit ${memoryLimit} MiB: ${peak < memoryLimit ? 'held' : 'MISSED'}).`,
  );
}

/** @param {string} script */
function peer(script) {
  return join(root, 'bench/peers', script);
}

/** A command that prints its own seconds as JSON. @param {readonly string[]} command */
function told(command) {
  const { stdout, peakMiB, others } = cost(command, { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });
  return { seconds: JSON.parse(stdout.trim().split('\n').at(-1)).seconds, peakMiB, others };
}

/** The first file, in a folder of its own. @param {import('../common/bench.mjs').Bench} bench @param {readonly string[]} paths */
function part(bench, paths) {
  const dir = bench.path('convert-part');
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  for (const path of paths.slice(0, 1)) linkSync(path, join(dir, basename(path)));
  return { pattern: join(dir, '*'), paths: readdirSync(dir).map((name) => join(dir, name)) };
}

/** @param {readonly string[]} inputs */
function verified(inputs) {
  return JSON.parse(cost([...bowerbird, 'verify', ...inputs, '--proof', '--json', '--quiet']).stdout);
}

/** @param {readonly string[]} inputs @returns {string} */
function proofOf(inputs) {
  return verified(inputs).proof;
}

/** @param {readonly string[]} inputs @returns {number} */
function recordsOf(inputs) {
  return verified(inputs).records;
}
