/** The pages of docs/: what is made from code is what the code says now, every link leads somewhere, and every page is found. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commandRegion, documented, pageOf } from '../../../scripts/docs-commands.mjs';
import { fillRegions } from '../../../scripts/docs-text.mjs';
import { commandNames, commandOf, exitCodes } from '../../../src/cli/flags/commands.ts';
import { flagsMarkdown } from '../../../src/cli/help.ts';
import { errorCodes } from '../../../src/errors.ts';
import { linksOf, proseLines, referencesOf } from '../../support/markdown.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const below = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);

const docs = below('docs');
const pages = ['README.md', ...docs, ...below('.github')];
const one = (text: string) => text.replaceAll(/\s+/g, ' ');

/** Where links of a page lead that stay in the repository, as [link, file]. */
function leads(name: string): [string, string][] {
  return linksOf(read(name))
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = ''] = link.split('#');
      return [link, path === '' ? name : normalize(join(dirname(name), path))];
    });
}

describe('every page', () => {
  // That they lead somewhere: pages.test.ts.
  test.each(pages)('%s uses every reference link that it tells, and tells every one that it uses', (name) => {
    const { used, told } = referencesOf(read(name));
    expect([...told].sort()).toEqual([...used].sort());
  });

  test('is found from the README', () => {
    const found = new Set(['README.md']);
    for (const name of found) {
      for (const [, file] of leads(name)) if (pages.includes(file)) found.add(file);
    }
    expect(docs.filter((name) => !found.has(name))).toEqual([]);
  });

  // Of those for users: others have a width of their own.
  test.each(docs.filter((name) => !/^docs\/(decisions\/|contributing\/|benchmarks\.md)/.test(name)))(
    '%s has lines that fit a window',
    (name) => {
      for (const line of proseLines(read(name))) expect(line.length, line).toBeLessThanOrEqual(120);
    },
  );
});

describe('pages of commands', () => {
  const region = commandRegion({ flagsMarkdown, commandOf, exitCodes, errorCodes });

  test('are there for every command that does something', () => {
    expect([...documented].sort()).toEqual(
      commandNames.filter((name) => !/^(help|completions|version)$/.test(name)).sort(),
    );
  });

  test.each(docs.filter((name) => read(name).includes('<!-- begin ') && name !== 'docs/api/README.md'))(
    '%s is what `npm run docs` makes',
    (name) => {
      expect(read(name)).toBe(fillRegions(read(name), region));
    },
  );

  test.each(documented)('lists the options of %s as --help knows them', (name) => {
    const page = read(`docs/commands/${pageOf(name)}.md`);
    const shared = read('docs/commands/README.md');
    const [own, all] = [one(page), one(shared)];
    const rows = flagsMarkdown(commandOf(name)).trim().split('\n').slice(2);
    expect(rows).toHaveLength(Object.keys(commandOf(name).flags).length);
    for (const row of rows) {
      const [term = '', meaning = '', fallback = ''] = row
        .slice(2, -2)
        .split(/ +(?<!\\)\| +/)
        .map((cell) => cell.trim().replaceAll('\\|', '|'));
      const told = fallback === '' ? '' : fallback === 'required' ? ' (required)' : ` (default: ${fallback})`;
      const item = `- **${term}**${told} ${meaning}.`;
      if (own.includes(item)) continue;
      expect(all, item).toContain(item);
      expect(own, item).toContain(`\`${/--[\w-]+/.exec(term)?.[0]}\``);
    }
    expect(leads(`docs/commands/${pageOf(name)}.md`).map(([link]) => link)).toContain(
      'README.md#options-of-several-commands',
    );
  });
});

test('lists every error code and every exit code with its meaning', () => {
  const page = one(read('docs/errors.md'));
  for (const [code, meaning] of [...Object.entries(errorCodes), ...exitCodes]) {
    expect(page).toContain(`- **\`${code}\`**: ${meaning} `);
  }
});
