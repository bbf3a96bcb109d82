// @ts-check
/**
 * Reads the declarations that tsc wrote to dist/: for the pages of the API. tsc puts every declaration into the first column and its
 * comment right above it, so lines are enough; no compiler has to be loaded, and none of them has a stable interface at the moment.
 */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @typedef {object} Declaration
 * @property {string} name
 * @property {'function' | 'class' | 'interface' | 'type' | 'const'} kind
 * @property {string} doc what stands in its comment, without the stars
 * @property {string} text as it stands in the file; overloads one after another
 * @property {string} file
 */

/**
 * @typedef {object} Module
 * @property {Map<string, Declaration>} declarations
 * @property {Map<string, { file: string, name: string }>} imports local names and where they come from
 */

/** @type {Map<string, Module>} */
const modules = new Map();

/** @param {string} file @returns {Module} */
function readModule(file) {
  const known = modules.get(file);
  if (known !== undefined) return known;
  /** @type {Module} */
  const module = { declarations: new Map(), imports: new Map() };
  modules.set(file, module);
  const lines = readFileSync(file, 'utf8').split('\n');
  let comment = '';
  for (let at = 0; at < lines.length; at++) {
    const line = /** @type {string} */ (lines[at]);
    if (line.startsWith('/**')) {
      const end = lines.findIndex((text, i) => i >= at && text.includes('*/'));
      // The comment that opens a file is about the file.
      comment = at === 0 ? '' : plainComment(lines.slice(at, end + 1).join('\n'));
      at = end;
      continue;
    }
    const from = /^(?:import|export) (?:type )?\{(.*)\} from '(.*)';$/.exec(line);
    if (from !== null) {
      for (const [local, name] of namesOf(/** @type {string} */ (from[1]))) {
        const path = /** @type {string} */ (from[2]);
        if (path.startsWith('.')) module.imports.set(local, { file: declarationFile(file, path), name });
      }
    }
    const [, kind, name] =
      /^(?:export )?(?:declare )?(?:abstract )?(function|class|interface|type|const) (\w+)/.exec(line) ?? [];
    if (kind !== undefined && name !== undefined) {
      const end = endOf(lines, at);
      const text = lines.slice(at, end + 1).join('\n');
      const before = module.declarations.get(name);
      module.declarations.set(name, {
        name,
        kind: /** @type {Declaration['kind']} */ (kind),
        doc: before?.doc || comment,
        text: before === undefined ? text : `${before.text}\n${text}`,
        file,
      });
      at = end;
    }
    comment = '';
  }
  return module;
}

/** "type A, B as C" as pairs of local and exported names. @param {string} list @returns {[string, string][]} */
function namesOf(list) {
  return list
    .split(',')
    .map((part) => part.trim().replace(/^type /, ''))
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', local = name] = part.split(' as ');
      return [local, name];
    });
}

/** @param {string} file @param {string} path as an import says it */
function declarationFile(file, path) {
  return join(dirname(file), path.replace(/\.[jt]s$/, '.d.ts'));
}

/** The last line of a declaration: all its brackets are closed there. @param {string[]} lines @param {number} from */
function endOf(lines, from) {
  let open = 0;
  let inComment = false;
  for (let at = from; at < lines.length; at++) {
    const line = /** @type {string} */ (lines[at]);
    if (!inComment && /^\s*\/\*\*/.test(line)) inComment = true;
    if (!inComment) {
      open += [...line].reduce((sum, c) => sum + ('{(['.includes(c) ? 1 : '})]'.includes(c) ? -1 : 0), 0);
      if (open === 0 && /[;}]$/.test(line)) return at;
    }
    if (line.includes('*/')) inComment = false;
  }
  throw new Error(`Cannot find the end of the declaration in line ${from + 1}`);
}

/** @param {string} comment from its first star to its last */
export function plainComment(comment) {
  return comment
    .replace(/^\s*\/\*\*\s?/, '')
    .replace(/\s*\*\/\s*$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim();
}

/**
 * The declaration that a name means in a file, wherever it was declared; undefined for names of the language and of Node.
 * @param {string} file @param {string} name @returns {Declaration | undefined}
 */
export function declarationOf(file, name) {
  const module = readModule(file);
  const own = module.declarations.get(name);
  if (own !== undefined) return own;
  const from = module.imports.get(name);
  return from === undefined ? undefined : exportedDeclaration(from.file, from.name);
}

/** Names that a module exports, in order, those of `export type *` too. @param {string} file @returns {string[]} */
export function exportsOf(file) {
  if (!existsSync(file)) throw new Error(`Cannot read ${file}: run npm run build:ts first`);
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const star = /^export (?:type )?\* from '(.*)';$/.exec(line);
      if (star !== null) return exportsOf(declarationFile(file, /** @type {string} */ (star[1])));
      const list = /^export (?:type )?\{(.*)\}/.exec(line);
      if (list !== null) return namesOf(/** @type {string} */ (list[1])).map(([local]) => local);
      const [, name] =
        /^export (?:declare )?(?:abstract )?(?:function|class|interface|type|const) (\w+)/.exec(line) ?? [];
      return name === undefined ? [] : [name];
    });
}

/**
 * The declaration behind a name that a module exports.
 * @param {string} file @param {string} name @returns {Declaration | undefined}
 */
export function exportedDeclaration(file, name) {
  const found = declarationOf(file, name);
  if (found !== undefined) return found;
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/^export (?:type )?\* from '(.*)';$/gm)) {
    const below = exportedDeclaration(declarationFile(file, /** @type {string} */ (path)), name);
    if (below !== undefined) return below;
  }
  return undefined;
}
