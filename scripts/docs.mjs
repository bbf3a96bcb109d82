// @ts-check
/**
 * `npm run docs`: makes the parts of docs/ that are made from code: tables of options, examples and codes in the pages of commands, and the
 * pages of the API. Reads dist/; the same sources give the same pages. Tests compare them with what is committed.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandOf, exitCodes } from '../dist/cli/flags/commands.js';
import { flagsMarkdown } from '../dist/cli/help.js';
import { errorCodes } from '../dist/errors.js';
import { apiPages } from './docs-api.mjs';
import { commandRegion } from './docs-commands.mjs';
import { fillRegions } from './docs-text.mjs';

const docs = fileURLToPath(new URL('../docs', import.meta.url));
const region = commandRegion({ flagsMarkdown, commandOf, exitCodes, errorCodes });
const api = apiPages();

/** @param {string} path @param {string} text */
function write(path, text) {
  const before = (() => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  })();
  if (before === text) return;
  writeFileSync(path, text);
  console.log(`made ${path.slice(docs.length + 1)}`);
}

mkdirSync(join(docs, 'api'), { recursive: true });
for (const [name, text] of api) if (name !== 'index') write(join(docs, 'api', name), text);
for (const name of readdirSync(docs, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.md')) continue;
  const path = join(docs, name);
  const page = readFileSync(path, 'utf8');
  write(
    path,
    fillRegions(page, (what) => (what === 'exports' ? /** @type {string} */ (api.get('index')) : region(what))),
  );
}
