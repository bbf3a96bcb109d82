/** Keys of consecutive samples as small JSON: of numbered ones, as nearly all are, the first and how many. */

/** `list`: in base64, since a key is any bytes. */
export type KeyRun = { readonly first: string; readonly count: number } | { readonly list: readonly string[] };

/** A name and a number, whose digits JavaScript counts exactly. */
const numbered = /^([ -~]*?)(\d{1,15})$/;

/** The key that numbering gives to the next sample: "sample_00000009", "sample_00000010". Undefined where it has no number, or the digits end. */
export function nextKey(key: string, steps = 1): string | undefined {
  const match = numbered.exec(key);
  if (match === null) return undefined;
  const [, name, digits] = match;
  const next = String(Number(digits) + steps).padStart(digits!.length, '0');
  return next.length === digits!.length ? `${name}${next}` : undefined;
}

export function runOf(keys: readonly Uint8Array[]): KeyRun {
  const texts = keys.map((key) => Buffer.from(key).toString('latin1'));
  const [first] = texts;
  if (first !== undefined && texts.every((text, i) => nextKey(first, i) === text)) return { first, count: keys.length };
  return { list: keys.map((key) => Buffer.from(key).toString('base64')) };
}

export function keysOf(run: KeyRun): Uint8Array[] {
  if ('list' in run) return run.list.map((key) => Buffer.from(key, 'base64'));
  return Array.from({ length: run.count }, (_, i) => Buffer.from(nextKey(run.first, i)!, 'latin1'));
}
