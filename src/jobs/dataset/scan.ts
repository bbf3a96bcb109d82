/** Which episodes a source holds: two levels of folders, LANGUAGE/EPISODE/, and how they go into a plan that is there already. */

import type { Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { storageOf } from '../../storage/registry.ts';
import { baseOf, joinUri, shown } from '../../storage/uri.ts';
import { eachAtOnce } from '../../turns.ts';
import type { Episodes } from './episodes/source.ts';
import { isLanguage, normalizeLanguage } from './languages.ts';
import type { SourcePlace } from './source-place.ts';

/** Lists under way at once. */
const atOnce = 8;

export interface Scanning {
  readonly source: string;
  readonly place: SourcePlace;
  /** Undefined for all. */
  readonly languages: ReadonlySet<string> | undefined;
  readonly limitPerLanguage: number | undefined;
  readonly stop: Stop;
  readonly onProgress?: ((done: number, of: number, episodes: number) => void) | undefined;
}

export interface Scanned {
  readonly episodes: Episodes;
  /** Folders of each language, where they are spelled otherwise or several. */
  readonly folders: ReadonlyMap<string, readonly string[]>;
  /** What is no folder of a language or an episode, with the reason. */
  readonly leftOut: readonly string[];
}

/** @throws BowerbirdError NOT_FOUND: there is no episode; what the storage throws */
export async function scanSource({
  source,
  place,
  languages,
  limitPerLanguage,
  stop,
  onProgress,
}: Scanning): Promise<Scanned> {
  const leftOut: string[] = [];
  const top = await foldersIn(place.root, place.start, stop, leftOut);
  const byLanguage = new Map<string, string[]>();
  for (const prefix of top) {
    const name = baseOf(prefix.slice(0, -1));
    const language = normalizeLanguage(name);
    if (!isLanguage(language)) leftOut.push(`${shown(joinUri(place.root, prefix))}: no name of a language`);
    else if (languages?.has(language) !== false)
      byLanguage.set(language, [...(byLanguage.get(language) ?? []), prefix]);
  }
  const folders = [...byLanguage].flatMap(([language, prefixes]) => prefixes.map((prefix) => ({ language, prefix })));
  const left: string[][] = folders.map(() => []);
  let [done, episodes] = [0, 0];
  onProgress?.(0, folders.length, 0);
  const found = await eachAtOnce(folders, atOnce, async ({ prefix }, i) => {
    const prefixes = await foldersIn(place.root, prefix, stop, left[i]!, limitPerLanguage);
    episodes += prefixes.length;
    onProgress?.(++done, folders.length, episodes);
    return prefixes;
  });
  const plan = new Map<string, string[]>();
  for (const [i, { language }] of folders.entries()) plan.set(language, [...(plan.get(language) ?? []), ...found[i]!]);
  if (episodes === 0) throw nothingIn(source, languages, top.length);
  return {
    episodes: new Map([...plan].map(([language, prefixes]) => [language, prefixes.slice(0, limitPerLanguage)])),
    folders: new Map(
      [...byLanguage].map(([language, prefixes]) => [language, prefixes.map((it) => baseOf(it.slice(0, -1)))]),
    ),
    leftOut: [...leftOut, ...left.flat()],
  };
}

/** Whole prefixes, sorted by the bytes of their names. What is none goes to `leftOut`. */
async function foldersIn(root: string, start: string, stop: Stop, leftOut: string[], most?: number): Promise<string[]> {
  // A page may begin with what the last one ended with.
  const folders = new Set<string>();
  const left = new Set<string>();
  const uri = `${root}${start}`;
  const storage = await storageOf(uri);
  for await (const page of storage.list(uri, { delimiter: '/', stop })) {
    for (const one of page) {
      const name = one.uri.slice(uri.length);
      // What consoles make so that a folder is seen.
      if (name === '') continue;
      const reason = one.kind === 'object' ? 'a file where a folder was expected' : faultOf(name);
      if (reason === undefined) folders.add(`${start}${name}`);
      else left.add(`${shown(one.uri)}: ${reason}`);
    }
    // Lists of object stores are sorted: the first of them are the first of all.
    if (most !== undefined && folders.size >= most && storage.scheme !== 'file') break;
  }
  leftOut.push(...[...left].sort());
  const sorted = [...folders].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return most === undefined ? sorted : sorted.slice(0, most);
}

function faultOf(name: string): string | undefined {
  if (name.startsWith('.')) return 'a hidden folder';
  return name === '/' ? 'a folder without a name' : undefined;
}

function nothingIn(source: string, languages: ReadonlySet<string> | undefined, folders: number): BowerbirdError {
  const what =
    folders === 0
      ? 'it has no folder; expected LANGUAGE/EPISODE/all_segments.json'
      : languages === undefined
        ? 'none of its folders has an episode; expected LANGUAGE/EPISODE/all_segments.json'
        : `it has no episode of ${[...languages].join(', ')}`;
  return new BowerbirdError('NOT_FOUND', `Cannot scan "${shown(source)}": ${what}`, { source });
}

export interface MergedPlan {
  readonly episodes: Episodes;
  /** By language, of those that were scanned. */
  readonly counts: readonly { readonly language: string; readonly episodes: number; readonly added: number }[];
  /** Episodes of the plan that the source does not hold. */
  readonly gone: readonly string[];
}

/** What is in the plan stays, in its order; what is new comes behind it. `limitPerLanguage` holds for the plan as a whole. */
export function mergePlans(
  before: Episodes,
  { episodes: found }: Scanned,
  limitPerLanguage: number | undefined,
): MergedPlan {
  const known = new Set([...before.values()].flat());
  const merged = new Map(before);
  const counts: { language: string; episodes: number; added: number }[] = [];
  const gone: string[] = [];
  for (const language of [...found.keys()].sort()) {
    const old = before.get(language) ?? [];
    const here = found.get(language)!;
    const room = limitPerLanguage === undefined ? Number.POSITIVE_INFINITY : Math.max(0, limitPerLanguage - old.length);
    const added = here.filter((prefix) => !known.has(prefix)).slice(0, room);
    merged.set(language, [...old, ...added]);
    counts.push({ language, episodes: old.length + added.length, added: added.length });
    // A list that ended early says nothing of the rest.
    if (limitPerLanguage !== undefined) continue;
    const there = new Set(here);
    gone.push(...old.filter((prefix) => !there.has(prefix)));
  }
  return { episodes: merged, counts, gone };
}
