/** What documents, comments and tests name is there: files of the code, pages, sections of pages. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { anchorsOf, linksOf } from '../../support/markdown.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

const pages = [
  '.github/ARCHITECTURE.md',
  '.github/CONTRIBUTING.md',
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

/**
 * Paths of the repository that a page names. In a page that tells how to add something NAME, SCHEME and the like stand for what is not
 * there yet; what a build makes is no file of the repository.
 */
function pathsIn(text: string): string[] {
  const found =
    text.match(/(?<![\w/.-])(?:src|native|test|scripts|bench|docs|\.ci|\.github)\/[\w./*{},-]*\w\/?/g) ?? [];
  return [...new Set(found)].filter(
    (path) => !/[A-Z]{4}|\*|\{|\/build\/|\/build-|^native\/npm\b/.test(path.replace(/[\w-]+\.md$/, '')),
  );
}

/** Links of a page that lead nowhere. */
function brokenLinks(page: string, text: string): string[] {
  return linksOf(text)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : relative(root, join(root, dirname(page), path));
      if (!existsSync(join(root, file))) return true;
      return (
        anchor !== undefined && file.endsWith('.md') && !anchorsOf(file === page ? text : read(file)).includes(anchor)
      );
    });
}

test.each(pages)('every path of the code that %s names is there', (page) => {
  const gone = pathsIn(read(page)).filter((path) => !existsSync(join(root, path)));
  expect(gone).toEqual([]);
});

test('every path of the code that a comment of src/ or native/ names is there', () => {
  const sources = ['src', 'native/core', 'native/os', 'native/addon'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|cc|h|inc)$/.test(name))
      .map((name) => `${folder}/${name}`),
  );
  const comments = (name: string) =>
    read(name)
      .match(/\/\*\*[\s\S]*?\*\/|\/\/ .*/g)
      ?.join('\n') ?? '';
  const gone = sources.flatMap((name) =>
    pathsIn(comments(name))
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${name} names ${path}`),
  );
  expect(sources.length).toBeGreaterThan(200);
  expect(gone).toEqual([]);
});

test('every compiled file that tests, benchmarks and scripts name has its source', () => {
  const users = ['test', 'bench/cases', 'bench/common', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|mjs)$/.test(name))
      .map((name) => `${folder}/${name}`),
  );
  const named = users.flatMap((name) =>
    [...read(name).matchAll(/dist\/([\w/-]+)\.js/g)].map(([, path]) => [name, path]),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(([, path]) => !existsSync(join(root, `src/${path}.ts`)))).toEqual([]);
});

test.each(pages)('every link of %s leads somewhere', (page) => {
  expect(brokenLinks(page, read(page))).toEqual([]);
});

describe('these looks can fail', () => {
  test('on a path that is gone, in prose and in code', () => {
    const text =
      'See `src/gone.ts`, src/errors.ts and\n```\nnode scripts/gone.mjs\n```\nbut src/formats/NAME/, src/*/options.ts no.';
    expect(pathsIn(text)).toEqual(['src/gone.ts', 'src/errors.ts', 'scripts/gone.mjs']);
  });

  test('on a file and a section that are gone', () => {
    const text =
      '# Here\n[a](#here) [b](#there) [c](GONE.md) [d](CONTRIBUTING.md#gone) [e](CONTRIBUTING.md) [f](https://x.org)\n\n[g]: ../no';
    expect(brokenLinks('.github/ARCHITECTURE.md', text)).toEqual([
      '#there',
      'GONE.md',
      'CONTRIBUTING.md#gone',
      '../no',
    ]);
  });
});

test('the list of decisions names each page, by its number and its title', () => {
  const folder = join(root, 'docs/decisions');
  const numbered = readdirSync(folder)
    .filter((name) => /^\d{3}-/.test(name))
    .sort();
  const entries = numbered.map((name, i) => {
    const title = /^# (\d+)\. (.*)$/m.exec(readFileSync(join(folder, name), 'utf8'));
    expect([name.slice(0, 3), Number(title?.[1])]).toEqual([String(i + 1).padStart(3, '0'), i + 1]);
    return `${i + 1}. [${title?.[2]}](${name})`;
  });
  expect(entries.length).toBeGreaterThan(20);
  expect(
    read('docs/decisions/README.md')
      .split('\n')
      .filter((line) => /^\d+\. /.test(line)),
  ).toEqual(entries);
});

test('ARCHITECTURE.md is read in one sitting: about 900 words', () => {
  // What holds a letter: bars of tables and arrows are no words.
  expect(read('.github/ARCHITECTURE.md').match(/[^\s|]*\p{L}[^\s|]*/gu)?.length).toBeLessThan(950);
});

test('every folder of src/ and native/ has its line in ARCHITECTURE.md', () => {
  const tree = /```\n(native[\s\S]*?)```/.exec(read('.github/ARCHITECTURE.md'))?.[1] ?? '';
  const folders = (folder: string) =>
    readdirSync(join(root, folder)).filter((name) => statSync(join(root, folder, name)).isDirectory());
  const missing = [
    ...folders('src').filter((name) => !tree.includes(`src/${name}/`)),
    ...['core', 'os', 'addon'].filter((name) => !tree.includes(`native/${name}/`)),
    ...['src/jobs', 'src/formats', 'src/storage', 'native/core'].flatMap((folder) => {
      const line = tree.split('\n').find((line) => line.startsWith(`${folder}/`)) ?? '';
      return folders(folder)
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(line))
        .map((name) => `${folder}/${name}`);
    }),
  ];
  expect(missing).toEqual([]);
});
