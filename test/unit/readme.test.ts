import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { flagsMarkdown } from '../../src/cli/help.ts';
import { errorCodes } from '../../src/errors.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

describe('README', () => {
  test.each(['extract', 'inspect', 'verify', 'repair', 'convert', 'ingest', 'decode'] as const)(
    'lists the options of %s as --help knows them',
    (command) => {
      expect(readme).toContain(flagsMarkdown(command).trim());
    },
  );

  test('lists every error code with its meaning', () => {
    for (const [code, meaning] of Object.entries(errorCodes)) {
      expect(readme).toMatch(new RegExp(`\\| \`${code}\` +\\| ${meaning.replace(/[().]/g, '\\$&')} +\\|`));
    }
  });

  test('names in its first code block the two commands that a newcomer runs', () => {
    const block = readme.split('\n').filter((line) => line.startsWith('    npm '));
    expect(block.map((line) => line.split('#')[0]!.trim())).toEqual(['npm ci && npm run demo', 'npm ci && npm test']);
  });
});
