/** The library speaks of options as code does (`named()`); only the command line knows flags, and turns one into the other. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** Tables hold the words of the command line; the command line itself speaks of nothing else. */
const isOfTheCommandLine = (path: string) => path.startsWith('cli/') || /^jobs\/\w+\/options(\.ts$|\/)/.test(path);
/** Commands of others. */
const foreign = [
  '"aws configure export-credentials --format env"',
  'npm install --save-dev',
  'pnpm add --save-dev',
  'yarn add --dev',
  '(--omit=optional)',
];

/** String literals and the text of templates, without what stands in comments, regular expressions aside. */
function textsOf(source: string): string[] {
  const texts: string[] = [];
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;
  for (const [, single, double, template] of source.matchAll(token)) {
    const text = single ?? double ?? template;
    if (text !== undefined) texts.push(text);
  }
  return texts;
}

function flagsIn(source: string): string[] {
  return textsOf(source)
    .map((text) => foreign.reduce((rest, command) => rest.replaceAll(command, ''), text))
    .filter((text) => /(^|[\s("'=])--[a-z]/.test(text));
}

test('finds a flag in a message, and none in comments and names', () => {
  expect(flagsIn("throw usage('use --workers');")).toEqual(['use --workers']);
  expect(flagsIn('const a = `fewer (--workers)`;')).toHaveLength(1);
  expect(flagsIn("// use --workers\n/** or --out */ const a = 'no-flag -- here';")).toEqual([]);
});

describe('no message of the library names a flag', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !isOfTheCommandLine(path),
  );

  test('in any of its files', () => {
    expect(files.length).toBeGreaterThan(100);
    const found = files.flatMap((path) =>
      flagsIn(readFileSync(join(src, path), 'utf8')).map((text) => `${path}: ${text}`),
    );
    expect(found).toEqual([]);
  });
});
