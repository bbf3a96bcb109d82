/** Processors in Node itself, whose loader is another than that of the unit tests: in the thread that asks and in one of its own. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const load = new URL('../../dist/samples/load.js', import.meta.url).href;
const dataAt = (name: string) => fileURLToPath(new URL(`../data/${name}`, import.meta.url));

/** What a script prints, as JSON. `loadProcessor`, `tell` and `input` are there. */
function told(code: string, input: unknown): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-processors-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const head = `import { loadProcessor } from ${JSON.stringify(load)};
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
const input = ${JSON.stringify(input)};
const tell = (value) => process.stdout.write(JSON.stringify(value));
`;
  writeFileSync(join(folder, 'run.mjs'), head + code);
  const child = spawnSync(process.execPath, [join(folder, 'run.mjs')], { encoding: 'utf8' });
  expect(child.stderr).toBe('');
  return JSON.parse(child.stdout);
}

test('a class of a module gives the same in every thread', () => {
  const spec = { module: dataAt('recipes/custom-nlp.mjs'), export: 'CustomNLPProcessor' };
  const code = `
async function work() {
  const { processor, name } = await loadProcessor(input);
  const { input_ids, text_length } = await processor.process({ text: 'The BIRD sings' }, { sampleRate: 16000 });
  return { name, ids: Array.from(input_ids.slice(0, 8), Number), text_length };
}
if (isMainThread) {
  const others = [1, 2].map(() => new Promise((resolve) => new Worker(new URL(import.meta.url)).once('message', resolve)));
  tell(await Promise.all([work(), ...others]));
} else parentPort.postMessage(await work());
`;
  const made = told(code, { ...spec, options: { folder: dataAt('tokenizers/bert') } }) as readonly object[];
  expect(made).toHaveLength(3);
  expect(made).toEqual(Array(3).fill(made[0]));
  // [CLS] and [SEP] of test/data/tokenizers/bert are 2 and 3.
  expect(made[0]).toMatchObject({ name: 'CustomNLPProcessor', ids: expect.arrayContaining([2, 3]), text_length: 14 });
});

test('a module in TypeScript is loaded where Node can, and else it is told so', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-processors-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const module = join(folder, 'typed.mts');
  writeFileSync(module, 'export default class Typed { process(sample: object): object { return sample; } }\n');
  const made = told('tell(await loadProcessor(input).then(({ name }) => name, ({ message }) => message));', { module });
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const strips = major > 22 || (major === 22 && minor >= 18);
  expect(made).toBe(
    strips
      ? 'Typed'
      : `Cannot use the processor of "${module}": Node ${process.versions.node} does not load TypeScript; compile it to JavaScript, or run Node 22.18 or newer`,
  );
});

test('a module of CommonJS, and one that was changed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-processors-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const module = join(folder, 'common.cjs');
  const code = `
import { writeFileSync } from 'node:fs';
const write = (version) => writeFileSync(input.module, \`module.exports.Mine = class Mine { process() { return { version: \${version} }; } };\`);
const made = [];
for (const version of [1, 2, 1]) {
  write(version);
  made.push((await loadProcessor(input)).processor.process({}));
}
tell(made);
`;
  expect(told(code, { module, export: 'Mine' })).toEqual([{ version: 1 }, { version: 2 }, { version: 1 }]);
});
