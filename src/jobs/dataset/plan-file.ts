/**
 * work_plan.json: the prefixes of episodes by language, in the order in which they are built. Its form is that of the script this replaces:
 * `{"en": ["processed/en/0001/", ...], ...}`.
 */

import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { BowerbirdError, systemError } from '../../errors.ts';
import { named } from '../../options.ts';
import { publishFile } from '../../storage/drafts.ts';
import type { Episodes } from './episodes/source.ts';
import { isLanguage } from './languages.ts';

export interface PlanFile {
  readonly path: string;
  readonly episodes: Episodes;
  /** SHA-256 of its bytes. */
  readonly sha256: string;
}

/** V8 has no longer texts. */
const mostBytes = 500_000_000;

/** Undefined where there is none. @throws BowerbirdError BAD_SCHEMA, saying what is wrong where */
export function readPlanFile(path: string): PlanFile | undefined {
  const bytes = bytesOf(path);
  if (bytes === undefined) return undefined;
  const bad = (what: string) =>
    new BowerbirdError('BAD_SCHEMA', `Cannot use the plan "${path}": ${what}`, { source: path });
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (error) {
    throw bad(`expected JSON, found something else (${(error as Error).message})`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw bad('expected an object with a list of episodes for each language');
  }
  const episodes = new Map<string, readonly string[]>();
  const owners = new Map<string, string>();
  for (const language of namesIn(text)) {
    // The last of them would be all that is left.
    if (episodes.has(language)) throw bad(`the language "${language}" stands there twice; join its lists of episodes`);
    const prefixes: unknown = (json as { readonly [language: string]: unknown })[language];
    if (!isLanguage(language)) throw bad(`${JSON.stringify(language)} cannot be the folder of a language`);
    if (!Array.isArray(prefixes)) throw bad(`expected a list of episodes as "${language}"`);
    for (const [i, prefix] of prefixes.entries()) {
      const fault = typeof prefix === 'string' ? faultOf(prefix) : 'expected a text';
      if (fault !== undefined) throw bad(`episode ${i} of "${language}", ${JSON.stringify(prefix)}: ${fault}`);
      const owner = owners.get(prefix);
      if (owner !== undefined) {
        throw bad(
          `episode "${prefix}" stands there twice, in "${owner}" and in "${language}"; its rows would be doubled`,
        );
      }
      owners.set(prefix, language);
    }
    episodes.set(language, prefixes);
  }
  return { path, episodes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** As they are written: an object of JavaScript keeps the last of two, and has names of digits first. REQUIRES: `text` is JSON. */
function* namesIn(text: string): Generator<string, void, void> {
  const colon = /\s*:/y;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    const start = at++;
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    at++;
    colon.lastIndex = at;
    if (colon.test(text)) yield JSON.parse(text.slice(start, at)) as string;
  }
}

function bytesOf(path: string): Buffer | undefined {
  try {
    const { size } = statSync(path);
    if (size > mostBytes) {
      throw new BowerbirdError(
        'BAD_SCHEMA',
        `Cannot use the plan "${path}": expected at most ${mostBytes} bytes, found ${size}`,
        {
          source: path,
        },
      );
    }
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error instanceof BowerbirdError ? error : systemError('read', path, error);
  }
}

function faultOf(prefix: string): string | undefined {
  if (!prefix.endsWith('/')) return 'expected "/" at its end, as in "processed/en/0001/"';
  const names = prefix.slice(0, -1).split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..')) {
    return 'expected names of folders with "/" between them';
  }
  return /\p{Surrogate}/u.test(prefix) ? 'expected text in Unicode' : undefined;
}

/** Episodes of another place than the source would be looked for where they are not. */
export function refuseElsewhere({ path, episodes }: PlanFile, start: string, source: string): void {
  for (const [language, prefixes] of episodes) {
    const other = prefixes.find((prefix) => !prefix.startsWith(start));
    if (other === undefined) continue;
    throw new BowerbirdError(
      'USAGE',
      `Cannot use the plan "${path}" with ${named('source', source)}: its episode "${other}" (${language}) is not below "${start}"; ` +
        `name the source that was scanned, or another plan (${named('plan')})`,
    );
  }
}

/** Text as `json.dump(plan, file, indent=2)` writes it, but for letters beyond ASCII, which stay themselves. */
export function planText(episodes: Episodes): string {
  const lists = [...episodes].map(([language, prefixes]) => {
    const list = prefixes.map((prefix) => `    ${JSON.stringify(prefix)}`).join(',\n');
    return `  ${JSON.stringify(language)}: ${list === '' ? '[]' : `[\n${list}\n  ]`}`;
  });
  return lists.length === 0 ? '{}\n' : `{\n${lists.join(',\n')}\n}\n`;
}

/**
 * Replaces the plan that was read (`before`) at once.
 *
 * @throws BowerbirdError EXISTS: somebody else wrote it meanwhile
 */
export async function writePlanFile(path: string, episodes: Episodes, before: PlanFile | undefined): Promise<PlanFile> {
  const now = bytesOf(path);
  const sha256 = now && createHash('sha256').update(now).digest('hex');
  if (sha256 !== before?.sha256) {
    throw new BowerbirdError(
      'EXISTS',
      `Cannot write the plan "${path}": it was changed while the source was scanned; scan again`,
      {
        source: path,
      },
    );
  }
  const bytes = Buffer.from(planText(episodes));
  if (now?.equals(bytes)) return before!;
  await publishFile(path, once(bytes), { overwrite: true });
  return { path, episodes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
