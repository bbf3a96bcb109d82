/** "Did you mean": the known word nearest to what was typed. */

/** Undefined when nothing is near enough to be meant. */
export function suggest(typed: string, known: readonly string[]): string | undefined {
  const word = plain(typed);
  if (word === '') return undefined;
  const exact = known.find((name) => plain(name) === word);
  if (exact !== undefined) return exact;
  const begun = known.filter((name) => word.length >= 3 && plain(name).startsWith(word));
  if (begun.length === 1) return begun[0];

  // A third of the letters may be wrong, so that "-x" suggests nothing and "on-eror" its likely self.
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of known) {
    const distance = editDistance(word, plain(name));
    if (distance < bestDistance && distance < Math.max(word.length, name.length))
      [best, bestDistance] = [name, distance];
  }
  return best;
}

/** Case and the choice of hyphen, underscore or none are not worth a difference. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, '');
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      next.push(least);
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
