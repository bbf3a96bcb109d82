/** Names of the parts of an output whose size only the unit finds out: `NAME.ext` where one file holds it, `NAME-part-00.ext` and so on where several do. */

const leastDigits = 2;

/** Of part `index`, from 0, of so many. */
export function partName(output: string, index: number, parts: number): string {
  if (parts === 1) return output;
  const { stem, extension } = divided(output);
  return `${stem}-part-${String(index).padStart(leastDigits, '0')}${extension}`;
}

/** Of all parts; none where there is nothing. */
export function partNames(output: string, parts: number): string[] {
  return Array.from({ length: parts }, (_, index) => partName(output, index, parts));
}

/** The output that a file of this name would hold all or a part of: its own name, and what is left without a part's ending. */
export function outputsHeldBy(name: string): readonly [string] | readonly [string, string] {
  const { stem, extension } = divided(name);
  const match = /^(.+)-part-(\d{2,})$/s.exec(stem);
  if (match === null) return [name];
  const [, whole = '', digits = ''] = match;
  // Otherwise written, the number is no part's: those of others keep their names.
  const isOurs = String(Number(digits)).padStart(leastDigits, '0') === digits;
  return isOurs ? [name, `${whole}${extension}`] : [name];
}

function divided(name: string): { stem: string; extension: string } {
  const dot = name.indexOf('.', name.lastIndexOf('/') + 2);
  const extension = dot < 0 ? '' : name.slice(name.lastIndexOf('.'));
  return { stem: name.slice(0, name.length - extension.length), extension };
}
