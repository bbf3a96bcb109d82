/** Numbers out of the cells of a CSV file. */

export type CellKind = 'text' | 'int' | 'float';

/** A column and what its cells hold. */
export interface KeptColumn {
  /** In the header; the name of the feature or field. */
  readonly name: string;
  readonly as: CellKind;
}

/** Null for an empty cell, undefined for one that holds no such number. */
export function cellNumber(cell: string, as: 'int' | 'float'): number | bigint | null | undefined {
  const trimmed = cell.trim();
  if (trimmed === '') return null;
  if (as === 'float') {
    const isNumber =
      /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) || /^[+-]?(nan|inf|infinity)$/i.test(trimmed);
    return isNumber ? floatOf(trimmed) : undefined;
  }
  const value = /^[+-]?\d{1,20}$/.test(trimmed) ? BigInt(trimmed.replace('+', '')) : undefined;
  return value !== undefined && BigInt.asIntN(64, value) === value ? value : undefined;
}

/** A sentence about such a cell. */
export function notNumber(cell: string, { name, as }: KeptColumn): string {
  return `"${cell}" in column "${name}" is no ${as === 'int' ? 'whole number' : 'number'}`;
}

function floatOf(text: string): number {
  if (/nan$/i.test(text)) return Number.NaN;
  return /inf/i.test(text) ? Number(`${text.startsWith('-') ? '-' : ''}Infinity`) : Number(text);
}
