// Runs benchmarks: npm run bench -- NAME... [options]. Without a name: the list of them, each with the question it answers.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench, question, root } from './common/bench.mjs';

const usage = `npm run bench -- NAME... [options]

  --all          every case
  --smallest     one round at the smallest size: does the case come to its end? Its figures mean nothing
  --rounds N     rounds that count, after one to warm up (default: the case's own)
  --gib N        size of the A2O-like input (default 8; below 8 the start of Node is subtracted)
  --data DIR     where inputs and outputs go (default .cache/bench)
  --ram          outputs in /dev/shm
  --python PATH  interpreter with TensorFlow and NumPy (default .cache/interop-venv/bin/python)
  --save         keep the run in bench/runs/
`;

const cases = join(root, 'bench/cases');
const known = readdirSync(cases).map((file) => basename(file, '.mjs'));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    smallest: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    gib: { type: 'string' },
    data: { type: 'string' },
    ram: { type: 'boolean', default: false },
    python: { type: 'string', default: '.cache/interop-venv/bin/python' },
    save: { type: 'boolean', default: false },
  },
});
const names = values.all ? known : positionals;
const unknown = names.find((name) => !known.includes(name));
if (names.length === 0 || unknown !== undefined) {
  if (unknown !== undefined) console.error(`There is no case "${unknown}".\n`);
  console.log(usage);
  for (const each of known) console.log(`  ${each.padEnd(14)} ${question(join(cases, `${each}.mjs`))}`);
  process.exit(unknown === undefined ? 0 : 2);
}
if (values.smallest && values.save) {
  console.error('Cannot use --save with --smallest: its figures mean nothing.');
  process.exit(2);
}

const [only] = names;
if (names.length === 1 && only !== undefined) await measure(only);
else measureEach(names);

/** @param {string} name */
async function measure(name) {
  const number = (/** @type {string | undefined} */ text) => (text === undefined ? undefined : Number(text));
  const { ram, python, smallest } = values;
  const bench = new Bench(name, {
    rounds: number(values.rounds),
    gib: number(values.gib),
    // Files are made once and known by their names: small ones must not be taken for large ones.
    data: resolve(values.data ?? join(root, smallest ? '.cache/bench-smallest' : '.cache/bench')),
    ram,
    python,
    smallest,
  });
  const { run } = await import(`./cases/${name}.mjs`);
  await run(bench);
  if (values.save)
    console.log(
      `\nkept in ${bench.save(process.argv.slice(3))}; node scripts/docs-benchmarks.mjs tells it in docs/benchmarks.md`,
    );
}

/** Each in a process of its own: one that fails, or leaves garbage behind, is no other's trouble. @param {readonly string[]} names */
function measureEach(names) {
  const options = process.argv.slice(2).filter((word) => word !== '--all' && !names.includes(word));
  const failed = names.filter((name) => {
    const child = [join(root, 'bench/run.mjs'), name, ...options];
    const { status, signal } = spawnSync(process.execPath, child, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) console.error(`${name} ended with ${signal ?? status}`);
    console.log('');
    return status !== 0;
  });
  console.log(`${names.length - failed.length} of ${names.length} cases ran to their end`);
  if (failed.length > 0) {
    console.error(`failed: ${failed.join(', ')}`);
    process.exitCode = 1;
  }
}
