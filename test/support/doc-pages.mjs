// @ts-check
/**
 * The pages for users, run as a reader would run them: README.md and docs/ hold blocks of three kinds that can be run,
 *
 *   - ```console: lines that begin with "$ " are typed, one after another, in the same shell; what stands below each is what it prints
 *   - ```js: saved and run with node; a ```text block right behind it is what it prints
 *   - ```python: the same, run where there is a Python with NumPy, TensorFlow and Grain
 *
 * A line "..." stands for any lines. `<!-- varies: PATTERN -->` anywhere on a page: where a shown line has what fits the regular expression,
 * anything that fits it is right. Readers do not see it.
 */

import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeA2oLike } from '../../scripts/a2o-like.mjs';
import { makeSamples } from '../../scripts/docs-samples.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @typedef {object} Block
 * @property {string} language
 * @property {string} text
 * @property {number} line where it begins, from 1
 */

/**
 * @typedef {object} Page
 * @property {string} name such as docs/recipes.md
 * @property {string} text
 * @property {readonly Block[]} blocks
 * @property {readonly RegExp[]} varies
 */

/** Pages for users: written by hand, the regions that a script fills among it. */
export function pageNames() {
  const found = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  return ['README.md', ...found.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)].sort();
}

/** @param {string} name @returns {Page} */
export function readPage(name) {
  const text = readFileSync(join(root, name), 'utf8');
  return { name, text, blocks: blocksOf(text), varies: variesOf(text) };
}

/** @param {string} text @returns {Block[]} */
export function blocksOf(text) {
  const lines = text.split('\n');
  /** @type {Block[]} */
  const blocks = [];
  for (let at = 0; at < lines.length; at++) {
    const [, language] = /^```(\w*)$/.exec(lines[at] ?? '') ?? [];
    if (language === undefined) continue;
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new Error(`Cannot find the end of the block in line ${at + 1}`);
    blocks.push({ language, text: lines.slice(at + 1, end).join('\n'), line: at + 1 });
    at = end;
  }
  return blocks;
}

/** @param {string} text @returns {RegExp[]} */
export function variesOf(text) {
  return [...text.matchAll(/^<!-- varies: (.+) -->$/gm)].map(([, pattern]) => new RegExp(pattern ?? '', 'g'));
}

/**
 * What is typed, and what it prints. A line that ends with a backslash goes on.
 * @param {Block} block @returns {{ command: string, shown: string[] }[]}
 */
export function commandsOf({ text, line }) {
  /** @type {{ command: string, shown: string[] }[]} */
  const commands = [];
  let open = false;
  for (const row of text.split('\n')) {
    const last = commands.at(-1);
    if (open && last !== undefined) last.command += `\n${row}`;
    else if (row.startsWith('$ ')) commands.push({ command: row.slice(2), shown: [] });
    else if (last === undefined) throw new Error(`Cannot tell what prints "${row}" in the block in line ${line}`);
    else last.shown.push(row);
    open = row.endsWith('\\') && (open || row.startsWith('$ '));
  }
  return commands;
}

/**
 * Why `printed` is not what the page shows; undefined when it is.
 * @param {readonly string[]} shown @param {readonly string[]} printed @param {readonly RegExp[]} varies
 */
export function difference(shown, printed, varies) {
  const trim = (/** @type {readonly string[]} */ lines) => lines.join('\n').replace(/\n+$/, '');
  const parts = trim(shown)
    .split('\n')
    .map((line) => (line === '...' ? '[^]*?' : lineShape(line, varies)));
  if (new RegExp(`^${parts.join('\n')}$`).test(trim(printed))) return undefined;
  return `shown:\n${trim(shown)}\nprinted:\n${trim(printed)}`;
}

/** @param {string} line @param {readonly RegExp[]} varies */
function lineShape(line, varies) {
  const literal = (/** @type {string} */ text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  let shape = '';
  for (let at = 0; at < line.length; ) {
    const found = varies
      .map((pattern) => {
        const match = [...line.matchAll(pattern)].find(({ index, 0: text }) => index === at && text !== '');
        return match === undefined ? undefined : { length: match[0].length, source: pattern.source };
      })
      .find((match) => match !== undefined);
    shape += found === undefined ? literal(line.charAt(at)) : `(?:${found.source})`;
    at += found?.length ?? 1;
  }
  return shape;
}

/** A folder as a clone has it after `npm run demo` and `node scripts/docs-samples.mjs`. @param {string} folder */
export async function makeClone(folder) {
  makeA2oLike(join(folder, 'demo/one_percent_data_sample'), { files: 4, records: 200 });
  await makeSamples(join(folder, 'demo'));
  mkdirSync(join(folder, 'test'));
  cpSync(join(root, 'test/data'), join(folder, 'test/data'), { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/bowerbird'));
  mkdirSync(join(folder, '.bin'));
  const npx = `#!/bin/sh
[ "$1" = bowerbird ] || { echo "this npx knows no $1" >&2; exit 1; }
shift
exec "${process.execPath}" "${join(root, 'dist/cli/main.js')}" "$@"
`;
  writeFileSync(join(folder, '.bin/npx'), npx);
  chmodSync(join(folder, '.bin/npx'), 0o755);
}

/** A clone of that clone, which costs nothing: its inputs are never changed. @param {string} from @param {string} to */
export function cloneAgain(from, to) {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) cloneAgain(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(root, target);
    else if (entry.name.endsWith('.csv')) copyFileSync(source, target);
    else linkSync(source, target);
  }
}

const mark = '-- the end of a command of the page --';

/**
 * Types the commands of a block; what each prints, stdout and stderr as they come.
 * @param {Block} block @param {string} cwd @param {NodeJS.ProcessEnv} env @returns {Promise<string[][]>}
 */
export async function runConsole(block, cwd, env) {
  const script = commandsOf(block).map(
    ({ command }) => `${command}\nstatus=$?; printf '\\n%s\\n' '${mark}'; (exit $status)`,
  );
  const { output } = await run('bash', ['-c', `exec 2>&1\n${script.join('\n')}\n`], cwd, env);
  // A run that takes long says how far it is.
  const lines = output.split('\n').filter((line) => !/^bowerbird: \w+ \d+ ?%/.test(line));
  return lines
    .join('\n')
    .split(`\n${mark}\n`)
    .slice(0, -1)
    .map((printed) => printed.split('\n'));
}

/**
 * Runs a script of a page with node or python; what it prints, and its exit code.
 * @param {Block} block @param {string} program @param {string} cwd @param {NodeJS.ProcessEnv} env
 */
export async function runScript({ text, line, language }, program, cwd, env) {
  const file = join(cwd, `line-${line}.${language === 'js' ? 'mjs' : 'py'}`);
  writeFileSync(file, `${text}\n`);
  return run(program, [file], cwd, env);
}

/** @param {string} program @param {readonly string[]} args @param {string} cwd @param {NodeJS.ProcessEnv} env */
function run(program, args, cwd, env) {
  const path = `${join(cwd, '.bin')}:${dirname(process.execPath)}:${process.env['PATH']}`;
  return new Promise((/** @type {(ended: { code: number, output: string, errors: string }) => void} */ resolve) => {
    execFile(
      program,
      args,
      { cwd, env: { ...process.env, NO_COLOR: '1', ...env, PATH: path }, maxBuffer: 1 << 26 },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), output: stdout, errors: stderr }),
    );
  });
}
