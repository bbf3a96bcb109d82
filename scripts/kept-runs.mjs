// Reads the runs of benchmarks that are kept in bench/runs: when, where, how, and what was said, as sentences and tables.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ kind: 'text', text: string } | { kind: 'table', rows: string[][] }} Block
 * @typedef {{ name: string, day: string, file: string, command: string, machine: string, blocks: Block[] }} KeptRun
 * `file` is what a figure links to, relative to the folder of the runs.
 */

/** Cases whose runs are what their program printed. @type {{ [file: string]: string }} */
const printed = { 'native.txt': 'crc32c-cores', 'node.txt': 'crc32c' };

/** The runs of each case, the newest first. @param {string} folder @returns {Map<string, KeptRun[]>} */
export function keptRuns(folder) {
  /** @type {Map<string, KeptRun[]>} */
  const runs = new Map();
  for (const name of readdirSync(folder).sort().reverse()) {
    for (const run of runsIn(folder, name)) runs.set(run.name, [...(runs.get(run.name) ?? []), run]);
  }
  return runs;
}

/** @param {string} folder @param {string} name @returns {KeptRun[]} */
function runsIn(folder, name) {
  const day = name.slice(0, '2026-01-01'.length);
  const summary = `${name}/summary.md`;
  const read = (/** @type {string} */ file) => readFileSync(join(folder, file), 'utf8');
  if (existsSync(join(folder, summary))) return [{ day, file: summary, ...parseSummary(read(summary), summary) }];
  return Object.entries(printed).flatMap(([file, of]) => {
    const path = `${name}/${file}`;
    return existsSync(join(folder, path)) ? [{ name: of, day, file: path, ...parsePrinted(of, read(path)) }] : [];
  });
}

/** What Bench.save() writes. @param {string} text @param {string} file */
function parseSummary(text, file) {
  const [heading = '', ...parts] = text.trim().split(/\n{2,}/);
  const command = heading.replace(/^# /, '');
  const name = /^npm run bench -- (\S+)/.exec(command)?.[1];
  if (name === undefined)
    throw new Error(`Cannot read bench/runs/${file}: expected "# npm run bench -- NAME", found "${heading}"`);
  const [machine = '', ...said] = parts;
  return { name, command, machine: machine.slice(`${name}: `.length), blocks: said.map(blockOf) };
}

/** @param {string} part @returns {Block} */
function blockOf(part) {
  if (!part.startsWith('|')) return { kind: 'text', text: part };
  const rows = part.split('\n').filter((line) => !/^\|[-: |]+\|$/.test(line));
  return {
    kind: 'table',
    rows: rows.map((line) =>
      line
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim()),
    ),
  };
}

/** Columns that blanks divide, below a caption; the first line is the machine. @param {string} name @param {string} text */
function parsePrinted(name, text) {
  const [machine = '', ...parts] = text.trim().split(/\n{2,}/);
  const blocks = parts.flatMap((/** @type {string} */ part) => {
    const [caption = '', ...lines] = part.split('\n');
    /** @type {Block} */
    const said = { kind: 'text', text: lines.length === 0 ? caption : `${caption}:` };
    return lines.length === 0 ? [said] : [said, tableOf(lines)];
  });
  return { command: `npm run bench -- ${name}`, machine: machine.replace(/;.*/, ''), blocks };
}

/** Long numbers leave one blank between columns. */
const betweenColumns = /\s{2,}|(?<=\d|GB\/s) (?=\d)/;

/** @param {readonly string[]} lines @returns {Block} */
function tableOf(lines) {
  const rows = lines.map((line) => line.split(betweenColumns));
  if (rows[0]?.[0] === '') return { kind: 'table', rows };
  const titles = ['', 'GB/s', 'ns/call', 'bowerbird is so many times as fast'];
  const bare = rows.map((row) =>
    row.map((cell) => cell.replace(/ (GB\/s|ns\/call)$/, '').replace(/^bowerbird is (.*)x as fast/, '$1')),
  );
  return { kind: 'table', rows: [titles, ...bare] };
}
