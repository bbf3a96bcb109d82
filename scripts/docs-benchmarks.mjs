// Makes docs/benchmarks.md of the runs kept in bench/runs: of each case the newest one, every figure with a link to where it stands.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { question } from '../bench/common/bench.mjs';
import { table } from '../bench/common/stats.mjs';
import { keptRuns } from './kept-runs.mjs';

/** @typedef {import('./kept-runs.mjs').KeptRun} KeptRun */

/** The order of the page. A case that is not listed comes behind them. */
const chapters = {
  'Embeddings out of TFRecord': [
    'extract',
    'notebook',
    'durable',
    'memory',
    'start',
    'scan',
    'parts',
    'metadata',
    'dtypes',
  ],
  'Records from one format to another': ['convert', 'arrayrecord', 'lmdb-read'],
  'Labelled recordings to shards': ['ingest', 'ingest-flac', 'ingest-objects'],
  'Datasets in LMDB': ['pack', 'unpack'],
  'Datasets in Parquet': ['parquet-write', 'dedupe'],
  'Sound to samples': ['flac', 'flac-node', 'flac-threads', 'wav', 'resample', 'log-mel'],
  Checksums: ['crc32c-cores', 'crc32c'],
};

/** What a reader has to know to be fair to the figures. @type {{ [name: string]: string }} */
const notes = {
  extract:
    '`2 x cp` is two `cp` side by side, half of the files each: what two workers have to be held against, as one worker against ' +
    '`cp -r`. Copying looks at none of the bytes.',
};

/** Told of every kind of contender, and not what is asked here. The run has them. */
const leftOut = new Set(['GB/s best', 'best', 'worst', 'CPU s/GB', 'others busy']);
const mostRows = 12;
const longestLine = 240;

/** @param {string} root the top folder of the project */
export function benchmarksPage(root) {
  const runs = keptRuns(join(root, 'bench/runs'));
  const cases = readdirSync(join(root, 'bench/cases')).map((file) => basename(file, '.mjs'));
  const listed = Object.values(chapters).flat();
  const groups = Object.entries({ ...chapters, Others: cases.filter((name) => !listed.includes(name)).sort() });
  const withoutRun = cases.filter((name) => !runs.has(name)).sort();
  const parts = [head()];
  for (const [title, names] of groups) {
    const kept = names.filter((name) => runs.has(name) && cases.includes(name));
    if (kept.length > 0) parts.push(`## ${title}`);
    for (const name of kept)
      parts.push(section(name, question(join(root, `bench/cases/${name}.mjs`)), runs.get(name) ?? []));
  }
  if (withoutRun.length > 0) {
    const list = withoutRun.map((name) => `- \`${name}\`: ${question(join(root, `bench/cases/${name}.mjs`))}`);
    parts.push('## Cases of which no run is kept', list.join('\n'));
  }
  return `${parts.join('\n\n')}\n`;
}

function head() {
  return `# Benchmarks

<!-- Made by scripts/docs-benchmarks.mjs of what is in bench/runs; changed there, not here. -->

Every figure here is a link to the kept run that it comes from: all contenders, each round, the machine and the commit.

- A ratio is taken inside a round, in which all contenders had their turn; shown is the median of the rounds, and their range behind it.
  Beside GB/s, more than 1 in a column "÷ NAME" means that the row was faster than NAME.
- The machines are shared virtual ones. A ratio tells more than a speed, and its range tells how much it is worth.
- \`npm run bench\` lists the cases, \`npm run bench -- NAME\` measures one here, and with \`--save\` its run is kept.
  [How a run is made](../.github/CONTRIBUTING.md#benchmarks).`;
}

/** @param {string} name @param {string} asked @param {readonly KeptRun[]} runs the newest first */
function section(name, asked, runs) {
  const [newest, ...older] = runs;
  if (newest === undefined) return '';
  const link = (/** @type {string} */ text) => `[${text}][${name}]`;
  const blocks = newest.blocks.flatMap((block) =>
    block.kind === 'table' ? tableText(block.rows, link) : paragraph(block.text, link),
  );
  const facts = [`${newest.day}: ${newest.machine}`, `\`${newest.command}\``];
  if (older.length > 0) facts.push(`earlier: ${older.map(({ day, file }) => `[${day}](${place(file)})`).join(', ')}`);
  return [
    `### ${name}`,
    asked,
    facts.map((fact) => `- ${fact}`).join('\n'),
    ...(notes[name] === undefined ? [] : [notes[name]]),
    ...blocks,
    `[${name}]: ${place(newest.file)}`,
  ].join('\n\n');
}

/** @param {string} file below bench/runs */
function place(file) {
  return `../bench/runs/${file}`;
}

/** Sentences and lists; a caption, which ends in a colon, only says what was done. @param {string} text @param {(text: string) => string} link */
function paragraph(text, link) {
  if (text.endsWith(':') || !/\d/.test(text)) return [text];
  const lines = text.split('\n').map((line) => {
    const [, mark = '', rest = ''] = /^(- )?(.*)$/.exec(line) ?? [];
    return `${mark}${link(shortened(rest))}`;
  });
  return [lines.join('\n')];
}

/** @param {string} text */
function shortened(text) {
  if (text.length <= longestLine) return text;
  return `${text.slice(0, text.lastIndexOf(';', longestLine))}; ...`;
}

/** @param {readonly (readonly string[])[]} rows the first is the head @param {(text: string) => string} link */
function tableText(rows, link) {
  const [titles = [], ...all] = rows;
  const columns = titles.map((_, i) => i).filter((i) => i === 0 || !leftOut.has(titles[i] ?? ''));
  const body = all.length > mostRows ? all.filter(([what]) => what === 'in total') : besideCp(all);
  if (body.length === 0) return [`(${link(`${all.length} rows`)}.)`];
  const isEmpty = (/** @type {number} */ i) => body.every((row) => (row[i] ?? '-') === '-');
  const shown = columns.filter((i) => i === 0 || !isEmpty(i));
  const header = shown.map((i) =>
    (titles[i] ?? '').replace(/^÷ (.*): median \(range\), best\/best$/, '÷ $1').replace(/^median$/, 'GB/s'),
  );
  const cells = body.map((row) => shown.map((i) => (i === 0 ? (row[0] ?? '') : cell(row[i] ?? '-', link))));
  return [table([header, ...cells])];
}

/** Where two copies ran side by side, they are told beside the one. @param {readonly (readonly string[])[]} rows */
function besideCp(rows) {
  const two = rows.find(([name]) => name === '2 x cp');
  if (two === undefined) return rows;
  return rows.filter((row) => row !== two).flatMap((row) => (row[0] === 'cp -r' ? [row, two] : [row]));
}

/** @param {string} text @param {(text: string) => string} link */
function cell(text, link) {
  const ratio = text.replace(/^(\S+ \(.*\)), \S+$/, '$1');
  if (ratio === '1.00 (1.00 to 1.00)') return '1';
  return /\d/.test(ratio) ? link(ratio) : ratio;
}

const root = fileURLToPath(new URL('..', import.meta.url));
if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  const page = join(root, 'docs/benchmarks.md');
  const before = existsSync(page) ? readFileSync(page, 'utf8') : '';
  const now = benchmarksPage(root);
  if (now !== before) writeFileSync(page, now);
  console.log(`docs/benchmarks.md: ${now === before ? 'as before' : 'made anew'}`);
}
