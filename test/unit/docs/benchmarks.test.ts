/** docs/benchmarks.md is what the kept runs say, and every figure in it leads to where it stands. */

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { benchmarksPage } from '../../../scripts/docs-benchmarks.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const page = readFileSync(join(root, 'docs/benchmarks.md'), 'utf8');
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** The questions of the real cases, and one run a day of "start". */
function withRuns(days: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-runs-'));
  folders.push(folder);
  cpSync(join(root, 'bench/cases'), join(folder, 'bench/cases'), { recursive: true });
  for (const day of days) {
    const run = join(folder, 'bench/runs', `${day}-start-box`);
    mkdirSync(run, { recursive: true });
    writeFileSync(
      join(run, 'summary.md'),
      `# npm run bench -- start --save\n\nstart: Box, 2 CPUs\n\nOf ${day}:\n\n| what | ms |\n| --- | --: |\n| all | 7 |\n`,
    );
  }
  return folder;
}

test('docs/benchmarks.md is what scripts/docs-benchmarks.mjs makes of bench/runs', () => {
  // If not: node scripts/docs-benchmarks.mjs
  expect(page).toBe(benchmarksPage(root));
});

test('every figure of a table is a link, and every link leads to a file', () => {
  const tables = page.split('\n').filter((line) => line.startsWith('|') && !/^\| -/.test(line));
  const cells = tables.flatMap((line) => line.slice(1, -1).split(' | ').slice(1)).map((cell) => cell.trim());
  const figures = cells.filter((cell) => /^[\d[]/.test(cell) && cell !== '1');
  expect(figures.length).toBeGreaterThan(300);
  const targets = new Map([...page.matchAll(/^\[(.+)\]: (\S+)$/gm)].map(([, label, target]) => [label, target]));
  const lost = figures.filter((cell) => {
    const target = targets.get(/^\[[^\]]+\]\[(.+)\]$/.exec(cell)?.[1]);
    return target === undefined || !existsSync(join(root, 'docs', target));
  });
  expect(lost).toEqual([]);
});

test('the row of two copies stands behind that of one', () => {
  expect(page).toMatch(/\n\| cp -r +\|.*\n\| 2 x cp +\|/);
});

test('benchmarksPage() tells the newest run of a case, links earlier ones, and names cases without any', () => {
  const made = benchmarksPage(withRuns(['2026-01-02', '2026-01-09', '2026-01-03']));
  expect(made).toContain('Of 2026-01-09:');
  expect(made).not.toContain('Of 2026-01-03:');
  expect(made).toContain('| all  | [7][start] |');
  expect(made).toContain('[start]: ../bench/runs/2026-01-09-start-box/summary.md');
  expect(made).toMatch(/^- earlier: \[2026-01-03\]\(\S+\), \[2026-01-02\]/m);
  expect(made).toMatch(/## Cases of which no run is kept\n\n(- .*\n)*- `wav`: /);
});

test('benchmarksPage() refuses a summary that no run wrote', () => {
  const folder = withRuns(['2026-01-02']);
  writeFileSync(join(folder, 'bench/runs/2026-01-02-start-box/summary.md'), '# Notes\n');
  expect(() => benchmarksPage(folder)).toThrow(
    'start-box/summary.md: expected "# npm run bench -- NAME", found "# Notes"',
  );
});
