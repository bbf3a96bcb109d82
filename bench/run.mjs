// Runs one benchmark: npm run bench -- NAME [options]. Without a name: the list of them, each with the question it answers.
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench, question, root } from './common/bench.mjs';

const usage = `npm run bench -- NAME [options]

  --rounds N     rounds that count, after one to warm up (default: the case's own)
  --gib N        size of the A2O-like input (default 8; below 8 the start of Node is subtracted)
  --data DIR     where inputs and outputs go (default .cache/bench)
  --ram          outputs in /dev/shm
  --python PATH  interpreter with TensorFlow and NumPy (default .cache/interop-venv/bin/python)
  --save         keep the run in bench/runs/
`;

const cases = join(root, 'bench/cases');
const names = readdirSync(cases).map((file) => basename(file, '.mjs'));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    gib: { type: 'string' },
    data: { type: 'string', default: join(root, '.cache/bench') },
    ram: { type: 'boolean', default: false },
    python: { type: 'string', default: '.cache/interop-venv/bin/python' },
    save: { type: 'boolean', default: false },
  },
});
const [name] = positionals;

if (name === undefined || !names.includes(name)) {
  console.log(usage);
  for (const each of names) console.log(`  ${each.padEnd(10)} ${question(join(cases, `${each}.mjs`))}`);
  process.exit(name === undefined ? 0 : 2);
}

const module = await import(`./cases/${name}.mjs`);
// A case without run() measures while it is loaded, and only prints.
if (module.run !== undefined) {
  const number = (/** @type {string | undefined} */ text) => (text === undefined ? undefined : Number(text));
  const { ram, python } = values;
  const bench = new Bench(name, {
    rounds: number(values.rounds),
    gib: number(values.gib),
    data: resolve(values.data),
    ram,
    python,
  });
  await module.run(bench);
  if (values.save) console.log(`\nkept in ${bench.save(process.argv.slice(3))}`);
}
