/** README.md: short enough to be read, its commands stay where .ci/run finds them, and its figures are those of kept runs. */

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { proseLines } from '../support/markdown.ts';

const root = new URL('../../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');

/** Of reference links: "[name]: target". */
const targets = new Map([...readme.matchAll(/^\[(.+)\]: (\S+)$/gm)].map(([, name, target]) => [name!, target!]));

/** Every number, as a run's summary has it. */
function figuresOf(name: string): readonly number[] {
  const target = targets.get(name);
  if (target === undefined || !existsSync(new URL(target, root))) throw new Error(`[${name}] leads to no kept run`);
  expect(target).toMatch(/^bench\/runs\/.+\/summary\.md$/);
  return [...readFileSync(new URL(target, root), 'utf8').matchAll(/\d+(?:\.\d+)?/g)].map(([text]) => Number(text));
}

/** Whether the run has a figure that is `text` when it is rounded to as many digits. */
function measured(text: string, name: string): boolean {
  const digits = text.split('.')[1]?.length ?? 0;
  return figuresOf(name).some((figure) => figure.toFixed(digits) === text);
}

describe('README', () => {
  test('names in its first code block the two commands that a newcomer runs', () => {
    const block = readme.split('\n').filter((line) => line.startsWith('    npm '));
    expect(block.map((line) => line.split('#')[0]!.trim())).toEqual(['npm ci && npm run demo', 'npm ci && npm test']);
    // As .ci/run looks for it.
    expect(/^```[^\n]*\n[\s\S]*?^```|(^ {4}.*\n)+/m.exec(readme)?.[0]).toBe(`${block.join('\n')}\n`);
  });

  test('has 200 lines at most, none too wide for a terminal', () => {
    expect(readme.split('\n').length - 1).toBeLessThanOrEqual(200);
    for (const line of proseLines(readme)) expect(line.length, line).toBeLessThanOrEqual(120);
    for (const line of proseLines(readme).filter((text) => text.startsWith('|'))) {
      expect(line.length, line).toBeLessThanOrEqual(100);
    }
  });

  test('gives each of its reasons a figure of a kept run', () => {
    const reasons = /\n(- \*\*[\s\S]*?)\n\n/.exec(readme)![1]!.split(/\n(?=- )/);
    expect(reasons).toHaveLength(3);
    for (const reason of reasons) {
      const names = [...reason.matchAll(/\]\[(\w+)\]/g)].map(([, name]) => name!);
      expect(names, reason).toHaveLength(1);
      const figure = /(\d+)(?= times| GB\/s| MiB)/.exec(reason)![0];
      expect(measured(figure, names[0]!), reason).toBe(true);
    }
  });

  test('takes every figure of its rows of speed from the run that the row links to', () => {
    const rows = [...readme.matchAll(/^\|.+\| \[([\d.]+.*?)\]\[(\w+)\] +\|$/gm)];
    expect(rows.length).toBeGreaterThanOrEqual(5);
    for (const [row, times, name] of rows) {
      const figures = [...times!.matchAll(/[\d.]+/g)].map(([text]) => text);
      expect(figures.length, row).toBeGreaterThanOrEqual(2);
      expect(
        figures.filter((figure) => !measured(figure, name!)),
        row,
      ).toEqual([]);
    }
    const table = readme.slice(readme.indexOf('## How fast'), readme.indexOf('## More'));
    expect(table.match(/^\|/gm)).toHaveLength(rows.length + 2);
  });
});
