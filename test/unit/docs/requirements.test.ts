/** docs/datasets.md: each of the 26 wishes of users names a test that is there, or says that nothing holds it. */

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const tests = new Map(
  readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => [name, readFileSync(join(root, 'test', name), 'utf8')]),
);
const page = readFileSync(join(root, 'docs/datasets.md'), 'utf8');
const held = [...page.slice(page.indexOf('| # | held by |')).matchAll(/^\| (\d+) \| (.+) \|$/gm)];

test('every wish has a line', () => {
  const all = Array.from({ length: 26 }, (_, i) => String(i + 1));
  expect([...new Set(held.map(([, number]) => number))]).toEqual(all);
});

test.each(held.map(([, number, words]) => [number, words!] as const))('wish %s: %s', (_, words) => {
  const [, file, name] = /^`([\w/.-]+\.test\.ts)`: (.+)$/.exec(words) ?? [];
  if (file !== undefined) {
    const named = [...tests].filter(([path]) => path === file || basename(path) === file);
    expect(named.some(([, text]) => text.includes(name!))).toBe(true);
    return;
  }
  const [, part] = /^interop `([\w-]+)`/.exec(words) ?? [];
  const [, benchmark] = /^`npm run bench -- ([\w-]+)`/.exec(words) ?? [];
  if (part !== undefined) expect(readFileSync(join(root, 'test/interop/run.mjs'), 'utf8')).toContain(`${part}`);
  else if (benchmark !== undefined) expect(readdirSync(join(root, 'bench/cases'))).toContain(`${benchmark}.mjs`);
  else expect(words).toMatch(/^not held/);
});
