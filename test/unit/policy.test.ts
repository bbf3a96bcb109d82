/** Promises that the files of the project make to each other. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const manifest = JSON.parse(read('package.json'));

function filesIn(folder: string, ending: RegExp): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => ending.test(name)).map((name) => `${folder}/${name}`);
}

const sources = [
  ...filesIn('src', /\.ts$/),
  ...filesIn('native/core', /\.(cc|h)$/),
  ...filesIn('native/os', /\.(cc|h)$/),
  ...filesIn('native/addon', /\.(cc|h)$/),
];

/** Files shall have at most 300 lines. This is what the longest has today; it goes down when that one is divided. */
const mostLines = 365;

test(`no source file is longer than ${mostLines} lines`, () => {
  expect(sources.length).toBeGreaterThan(10);
  expect(sources.filter((name) => read(name).split('\n').length > mostLines + 1)).toEqual([]);
});

test('every source file opens with a comment that places it', () => {
  expect(sources.filter((name) => !/^(#!.*\n)?(\/\*\*(\n \*)?|\/\/) \S|^#include ".*"\n/.test(read(name)))).toEqual([]);
});

test('docs/decisions/027-dependencies.md gives the reason for every package that is installed with this one, and for no other', () => {
  const rows = [...read('docs/decisions/027-dependencies.md').matchAll(/^\| (\S+) \| (.+) \|$/gm)];
  const reasons = new Map(rows.map(([, name, reason]) => [name, reason]));
  const headings = ['package', 'peer, optional', '---'];
  const named = [...reasons.keys()].filter((name) => name !== undefined && !headings.includes(name));
  const needed = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
  expect(named.sort()).toEqual(needed.sort());
  expect(needed.filter((name) => (reasons.get(name) ?? '').length < 15)).toEqual([]);
});

test('package-lock.json names no registry, so that it works behind any mirror', () => {
  expect(read('package-lock.json')).not.toMatch(/"resolved"/);
});

test('package-lock.json is of this version and these dependencies', () => {
  const locked = JSON.parse(read('package-lock.json'));
  expect(locked.version).toBe(manifest.version);
  expect(locked.packages[''].dependencies).toEqual(manifest.dependencies);
  expect(locked.packages[''].devDependencies).toEqual(manifest.devDependencies);
});

test('package-lock.json locks every optional package too, or `npm ci` refuses it', () => {
  const { packages }: { packages: { [path: string]: { optionalDependencies?: object } } } = JSON.parse(
    read('package-lock.json'),
  );
  const optional = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  expect(optional.length).toBeGreaterThan(0);
  expect(optional.filter((name) => packages[`node_modules/${name}`] === undefined)).toEqual([]);
});

test('everything that "files" lists is there, except what is built', () => {
  const missing = (manifest.files as string[])
    .filter((name) => name !== 'dist' && !name.includes('*'))
    .filter((name) => statSync(join(root, name), { throwIfNoEntry: false }) === undefined);
  expect(missing).toEqual([]);
});

test('the scripts that are packed import only each other and packages that are installed with them', () => {
  const packed = (manifest.files as string[]).filter((name) => name.startsWith('scripts/'));
  const needed = packed.flatMap((name) =>
    [...read(name).matchAll(/from '\.\/(.*)'/g)].map((match) => `scripts/${match[1]}`),
  );
  expect(needed.length).toBeGreaterThan(0);
  expect(needed.filter((name) => !packed.includes(name))).toEqual([]);
});

test('sources.txt lists every C++ source, and nothing else', () => {
  const listed = read('native/sources.txt').trim().split('\n').sort();
  const present = sources.filter((name) => name.endsWith('.cc')).map((name) => name.slice('native/'.length));
  expect(listed).toEqual(present.sort());
});

test('CHANGELOG.md has the version of package.json at its top', () => {
  expect(/^## (\S+)/m.exec(read('CHANGELOG.md'))?.[1]).toBe(manifest.version);
});
