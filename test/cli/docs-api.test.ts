/** The pages of the API in docs/api are what the declarations of the built package say. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { errorCodes } from '../../dist/index.js';
import { apiPages } from '../../scripts/docs-api.mjs';
import { fillRegions } from '../../scripts/docs-text.mjs';

const folder = fileURLToPath(new URL('../../docs/api/', import.meta.url));
const made = apiPages();
const read = (name: string) => readFileSync(`${folder}${name}`, 'utf8');

test('docs/api is what `npm run docs` makes', () => {
  const names = [...made.keys()].filter((name) => name !== 'index');
  expect(readdirSync(folder).sort()).toEqual(['README.md', ...names].sort());
  for (const name of names) expect(read(name), name).toBe(made.get(name));
  expect(read('README.md')).toBe(fillRegions(read('README.md'), () => made.get('index') ?? ''));
});

test('docs/api tells of every value that the package exports, and names it in its list', async () => {
  const values = Object.keys(await import('../../dist/index.js'));
  const headings = [...made.values()].flatMap((page) => [...page.matchAll(/^## (\w+)/gm)].map(([, name]) => name));
  expect(values.filter((name) => !headings.includes(name))).toEqual([]);
  expect(values.filter((name) => !new RegExp(`\`${name}(\\(\\))?\``).test(made.get('index') ?? ''))).toEqual([]);
});

test('docs/api names no error code that there is not', () => {
  const thrown = [...made.values()].flatMap((page) => page.match(/^\*\*Throws\*\*[\s\S]*?\n\n/gm) ?? []);
  const codes = thrown.flatMap((text) => text.match(/\b[A-Z]+_[A-Z_]+\b/g) ?? []);
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.filter((code) => !Object.hasOwn(errorCodes, code))).toEqual([]);
});

test('docs/api says what stands in the comments', () => {
  const sound = made.get('sound.md') ?? '';
  expect(sound).toContain('readonly samples: SampleArrays[D];');
  expect(sound).toContain('/** channels * frames values. */');
  expect(sound).toContain('**Throws** BowerbirdError EXISTS, IO, USAGE');
  expect(sound).not.toContain('#private');
});
