// @ts-check
/** Parts of the pages of docs/commands: options, examples and codes, from the tables that the command line itself reads. */

import { readFileSync } from 'node:fs';
import { escapeProse, wrap } from './docs-text.mjs';

/**
 * What the command line knows of itself: given, so that the script takes it from dist/ and the test from src/.
 * @typedef {object} CommandTables
 * @property {(command: any) => string} flagsMarkdown a table of Option, Meaning and Default
 * @property {(command: any) => { name: string, examples: readonly (readonly [string, string])[], exitCodes: readonly (readonly [number, string])[] }} commandOf
 * @property {readonly (readonly [number, string])[]} exitCodes
 * @property {Readonly<Record<string, string>>} errorCodes
 */

/** Those that have a page. */
export const documented = /** @type {const} */ ([
  'extract',
  'convert',
  'ingest',
  'pack',
  'decode',
  'unpack',
  'dataset scan',
  'dataset build',
  'dataset card',
  'inspect',
  'verify',
  'repair',
]);

/** Of the page of a command, without its extension. @param {string} command */
export const pageOf = (command) => command.replaceAll(' ', '-');

/** @typedef {{ term: string, meaning: string, fallback: string }} Option */

/** @param {string} markdown @returns {Option[]} */
function optionsOf(markdown) {
  return markdown
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => {
      const [, term = '', meaning = '', fallback = ''] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
      return {
        term: term.replaceAll('\\|', '|'),
        meaning: meaning.replaceAll('\\|', '|').replaceAll('&lt;', '<'),
        fallback: fallback.replaceAll('\\|', '|').replaceAll('&lt;', '<'),
      };
    });
}

/** @param {Option} option */
function item({ term, meaning, fallback }) {
  const told = fallback === '' ? '' : fallback === 'required' ? ' (required)' : ` (default: ${escapeProse(fallback)})`;
  return `- **${term}**${told}\n${wrap(`${escapeProse(meaning)}.`, { first: '  ' })}`;
}

/** @param {readonly (readonly [string, string])[]} codes */
function meanings(codes) {
  return codes.map(([code, meaning]) => wrap(`- **\`${code}\`**: ${meaning}`, { first: '', rest: '  ' })).join('\n');
}

/** @param {Option} option */
const flagName = ({ term }) => /--[\w-]+/.exec(term)?.[0] ?? term;

/** @param {CommandTables} tables */
function commandRegions(tables) {
  const all = documented.map((name) => ({ name, options: optionsOf(tables.flagsMarkdown(tables.commandOf(name))) }));
  /** Commands that say the very same of an option. @param {Option} option */
  const sharing = (option) =>
    all.filter(({ options }) => options.some((other) => JSON.stringify(other) === JSON.stringify(option)));
  /** @param {Option} option */
  const isShared = (option) => sharing(option).length > 1;

  return {
    /** @param {string} command */
    options(command) {
      const options = all.find(({ name }) => name === command)?.options;
      if (options === undefined) throw new Error(`Cannot list the options of "${command}": there is no such command`);
      const own = options.filter((option) => !isShared(option)).map(item);
      const shared = options.filter(isShared).map((option) => `\`${flagName(option)}\``);
      const more = `And those of [several commands](README.md#options-of-several-commands): ${shared.join(', ')}.`;
      return [own.join('\n'), shared.length === 0 ? '' : wrap(more)].join('\n\n');
    },

    shared() {
      const seen = new Set();
      return all
        .flatMap(({ options }) => options.filter(isShared))
        .filter((option) => !seen.has(JSON.stringify(option)) && seen.add(JSON.stringify(option)))
        .map((option) => {
          const users = sharing(option).map(({ name }) => `[${name}](${pageOf(name)}.md)`);
          return `${item(option)}\n${wrap(`Of ${users.join(', ')}.`, { first: '  ' })}`;
        })
        .join('\n');
    },

    /** @param {string} command */
    examples(command) {
      const lines = tables.commandOf(command).examples.map(([line, why]) => `# ${why}\n${line}`);
      return `\`\`\`sh\n${lines.join('\n')}\n\`\`\``;
    },

    /** @param {string} [command] */
    exitCodes(command) {
      const codes = command === undefined ? tables.exitCodes : tables.commandOf(command).exitCodes;
      return meanings(codes.map(([code, meaning]) => [String(code), meaning]));
    },

    errorCodes() {
      return meanings(Object.entries(tables.errorCodes));
    },
  };
}

/**
 * What a region holds, by its name: "options of extract", "exit codes" ...
 * @param {CommandTables} tables @returns {(name: string) => string}
 */
export function commandRegion(tables) {
  const regions = commandRegions(tables);
  return (name) => {
    const [, what, page = ''] = /^(options|examples|exit codes) of ([\w-]+)$/.exec(name) ?? [];
    const command = page.replaceAll('-', ' ');
    if (what === 'options') return regions.options(command);
    if (what === 'examples') return regions.examples(command);
    if (what === 'exit codes') return regions.exitCodes(command);
    if (name === 'shared options') return regions.shared();
    if (name === 'exit codes') return regions.exitCodes();
    if (name === 'error codes') return regions.errorCodes();
    const [, recipe] = /^recipe ([\w-]+\.mjs)$/.exec(name) ?? [];
    if (recipe !== undefined) return recipeRegion(recipe);
    throw new Error(`Cannot make the region "${name}": it has no rule in scripts/docs-commands.mjs`);
  };
}

/** A tested file without the comment that places it: the page says that. @param {string} name in test/data/recipes */
function recipeRegion(name) {
  const text = readFileSync(new URL(`../test/data/recipes/${name}`, import.meta.url), 'utf8');
  return `\`\`\`javascript\n${text.replace(/^\/\/ .*\n/, '').trim()}\n\`\`\``;
}
