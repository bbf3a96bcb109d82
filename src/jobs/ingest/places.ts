/** Where the rows of a CSV file are: the place of every so many, from which the others are found by reading on. */

import type { CsvPlace } from '../../formats/csv.ts';

/** Rows from one place to the next: a row that is wanted alone costs the reading of so many at most. */
export const rowsAPlace = 64;

const digits = 16;
const lineBytes = 2 * digits + 2;

export class Places {
  readonly #offsets: number[] = [];
  readonly #lines: number[] = [];

  /** Before row `rowsAPlace * length`. */
  push({ offset, line }: CsvPlace): void {
    this.#offsets.push(offset);
    this.#lines.push(line);
  }

  /** The nearest before a row. */
  before(row: number): { readonly place: CsvPlace; readonly skip: number } {
    const index = Math.min(Math.floor(row / rowsAPlace), this.#offsets.length - 1);
    const place = { offset: this.#offsets[index]!, line: this.#lines[index]! };
    return { place, skip: row - index * rowsAPlace };
  }

  /** The first byte that rows before `row` surely do not reach. */
  endOf(row: number, end: number): number {
    const index = Math.ceil(row / rowsAPlace);
    return index < this.#offsets.length ? this.#offsets[index]! : end;
  }

  /** As a file for workers that need single rows: lines of equal length, the end of the CSV file last. */
  *text(end: number): Generator<string> {
    for (let i = 0; i < this.#offsets.length; i++) yield placeText(this.#offsets[i]!, this.#lines[i]!);
    yield placeText(end, 0);
  }
}

function placeText(offset: number, line: number): string {
  return `${String(offset).padStart(digits)} ${String(line).padStart(digits)}\n`;
}

/** Bytes of such a file that tell about the place before a row and the one behind it. */
export function placeRange(row: number): { readonly offset: number; readonly length: number; readonly skip: number } {
  return { offset: Math.floor(row / rowsAPlace) * lineBytes, length: 2 * lineBytes, skip: row % rowsAPlace };
}

/** `end`: byte of the CSV file up to which to read. */
export function parsePlaces(text: string): { readonly place: CsvPlace; readonly end: number } {
  const [offset, line, end] = text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(Number);
  return { place: { offset: offset!, line: line! }, end: end! };
}
