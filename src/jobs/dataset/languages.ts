/** Names of languages as the folders of a bucket have them, and as the dataset does. The rule is that of the script this replaces. */

import { usage } from '../../options.ts';

const names: ReadonlyMap<string, string> = new Map([
  ['deu', 'de'],
  ['eng', 'en'],
  ['srp', 'sr'],
  ['in', 'id'],
  ['', 'unknown'],
  ['un', 'unknown'],
  ['unite', 'unknown'],
]);

/**
 * Lower case; a few names of three letters become those of two; of the others what stands before the first "-" or "_". "unknown" where that is
 * nothing. A region after three letters keeps them: "ENG" is "en", "ENG-US" is "eng".
 */
export function normalizeLanguage(name: string): string {
  const lower = name.trim().toLowerCase();
  const known = names.get(lower);
  if (known !== undefined) return known;
  return /^[^-_]*/.exec(lower)![0] || 'unknown';
}

/** Languages as users type them: one, a list, or some with commas. Undefined for all. */
export function languagesOf(given: string | readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (given === undefined) return undefined;
  const typed = [given].flat().flatMap((text) => text.split(','));
  const found = typed.map((name) => name.trim()).filter((name) => name !== '');
  if (found.length === 0)
    throw usage(`Cannot use "${[given].flat().join(' ')}" as languages: expected some such as en or en,de`);
  return new Set(found.map(normalizeLanguage));
}

/** Whether it can be a folder of the dataset. */
export function isLanguage(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !/[\\/\p{Cc}\p{Surrogate}]/u.test(name);
}
