/** What columns of one field say of each other: lists and structures are spread over several, and each says for itself where they begin. */

import { BowerbirdError } from '../../../errors.ts';
import type { ParquetFile } from '../../../samples/parquet/parquet.ts';
import type { Field, Schema } from '../../../samples/parquet/schema.ts';
import type { ParquetFindings } from './findings.ts';

/** Names of fields that are put together of more than what stands side by side. */
export function nestedFields({ columns, leaves }: Schema): string[] {
  const isPlain = (field: Field) => field.kind === 'value' || isFlat(field);
  const isNested = (field: Field) => !isPlain(field) || field.leaves.some((leaf) => leaves[leaf]!.repetition > 0);
  return columns.filter(isNested).map(({ name }) => name);
}

/** A structure of values. */
export function isFlat(field: Field): boolean {
  return field.kind === 'struct' && field.fields.every(({ kind }) => kind === 'value');
}

/** Puts the rows of a group together, as readers do. */
export async function checkNested(
  file: ParquetFile,
  columns: readonly string[],
  group: number,
  findings: ParquetFindings,
): Promise<void> {
  const { first, rows } = file.groups[group]!;
  if (columns.length === 0 || rows === 0) return;
  try {
    for await (const _ of file.rows({ first, count: rows, columns }));
  } catch (error) {
    if (!(error instanceof BowerbirdError)) throw error;
    // What is read of each column for itself was told before; what is left is a map that names a key twice.
    const { code, offset, record: row } = error;
    if (code === 'BAD_SCHEMA' || code === 'UNSUPPORTED') findings.note('not-decoded', findings.reasonOf(error));
    else findings.caught(error, 'page', { group, row, offset });
  }
}

const mostRows = 1 << 24;

/** Which rows of a group have a structure, as the first of its columns says; the others say the same. */
export class Presence {
  readonly #level: number;
  #there = new Uint8Array(1024);
  #known = 0;
  #isFirst = true;
  #isTold = false;

  /** `level`: the definition from which on it is there. */
  constructor(level: number) {
    this.#level = level;
  }

  /** Before the values of each column. */
  beginColumn(isFirst: boolean): void {
    this.#isFirst = isFirst;
    this.#isTold = false;
    if (isFirst) this.#known = 0;
  }

  /** False where the columns differ; once for each column. `number`: of the row in its group. */
  agrees(number: number, definition: number): boolean {
    const isThere = definition >= this.#level ? 1 : 0;
    if (this.#isFirst) {
      if (number < mostRows) this.#keep(number, isThere);
      return true;
    }
    if (this.#isTold || number >= this.#known || this.#there[number] === unseen) return true;
    this.#isTold = this.#there[number] !== isThere;
    return !this.#isTold;
  }

  #keep(number: number, isThere: number): void {
    if (number >= this.#there.length) {
      const more = new Uint8Array(Math.min(mostRows, Math.max(number + 1, 2 * this.#there.length)));
      more.set(this.#there);
      this.#there = more;
    }
    // Rows of a page that cannot be read were passed over.
    this.#there.fill(unseen, this.#known, number);
    this.#there[number] = isThere;
    this.#known = number + 1;
  }
}

const unseen = 2;
